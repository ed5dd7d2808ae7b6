"""Publishing a month's report: an archival PDF that comes out the same, its editions, and what anybody may read."""

import json
from datetime import date, datetime, timedelta
from hashlib import sha256
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from tests.audits import MONTH, as_supervisor, make_audit, make_supervisors
from tests.factories import NOW as WHOLE_SECOND
from tests.factories import TODAY, Made
from villagepoints.domain.calendar import Month
from villagepoints.domain.errors import Conflict, KeyReused, NotAllowed
from villagepoints.domain.ledger import AWARD, PAGE, PENALTY, Draft
from villagepoints.models import AuditProblem, AuditSignature, News, Supervisor, Village
from villagepoints.services import (
    pdf,
    posting,
    report,
    report_blocks,
    report_board,
    report_document,
    report_pdf,
    report_publish,
    seal,
    village_page,
)
from villagepoints.services.report_tables import Source

pytestmark = pytest.mark.skipif(not pdf.available(), reason="the extra `pdf` is not installed")
NOW = WHOLE_SECOND + timedelta(microseconds=700_000)  # what happened within a second before belongs to an edition too
MAY = Month.parse(MONTH)
URL = "https://hms.example.cn/v/sx/reports/2026-05"
TOLD_ON = "张建国家门口堆了柴草，已经说过"


@pytest.fixture
def group(session: Session, village: Made) -> list[Supervisor]:
    """May sealed: a household praised, another one fined, an audit concluded with a problem that names somebody."""
    helper, fined = (household.id for household in village.households[:2])
    shared: dict[str, Any] = {"occurred_on": MAY.last, "origin": PAGE, "rulebook_version": 1}
    drafts = [
        Draft(household_id=helper, kind=AWARD, points=15, item_code="D1", **shared),
        Draft(household_id=fined, kind=PENALTY, points=-20, item_code="A7", **shared),
    ]
    posting.post(session, village.id, drafts, NOW)
    session.commit()
    taken = seal.take(session, village.clerk, now=NOW)
    members = make_supervisors(session, village)
    values = {"status": "concluded", "concluded_by": members[0].id, "concluded_at": NOW, "opinion": "账记得清楚。"}
    audit = make_audit(session, village, members, sealed_number=taken.number, findings_hash=b"f" * 32, **values)
    problem = AuditProblem(
        village_id=village.id,
        audit_id=audit.id,
        number=1,
        household_id=helper,
        text=TOLD_ON,
        remedy="persuade",
        owner_id=village.users["clerk"].id,
        due_on=TODAY + timedelta(days=10),
        recorded_by=members[0].id,
        recorded_at=NOW,
    )
    session.add(problem)
    session.commit()
    return members


def sign(session: Session, members: list[Supervisor], at: datetime = NOW) -> None:
    for member in members:
        values = {"audit_id": audit_of(session, member), "supervisor_id": member.id, "signed_at": at}
        session.add(
            AuditSignature(
                village_id=member.village_id,
                household_id=member.household_id,
                statement="",
                hash=b"h" * 32,
                **values,
            )
        )
    session.commit()


def audit_of(session: Session, member: Supervisor) -> Any:
    from villagepoints.services import audit

    found = audit.of_month(session, member.village_id, MONTH)
    assert found is not None
    return found.id


def publish(session: Session, actor: Any, key: str, **values: Any) -> int:
    session.rollback()
    return report_publish.publish(session, actor, month=MAY, url=URL, key=key, now=values.pop("now", NOW), **values)


def document_of_may(session: Session, village: Made) -> dict[str, Any]:
    made = report.month_report(session, village.id, MAY, TODAY)
    return report_document.document(made, Source("盛新村", NOW, URL))


def test_the_pdf_is_tagged_archival_and_the_same_bytes_when_made_again(
    session: Session, village: Made, group: list[Supervisor]
) -> None:
    document = document_of_may(session, village)
    made = report_pdf.typeset(document, NOW)
    for part in (b"/Marked true", b"/StructTreeRoot", b"/OutputIntents", b"/Lang", b"pdfuaid"):
        assert part in made
    assert b"<pdfaid:part>2</pdfaid:part>" in made
    assert b"<pdfaid:conformance>A</pdfaid:conformance>" in made
    assert report_pdf.typeset(document_of_may(session, village), NOW) == made
    assert report_pdf.typeset(document, NOW + timedelta(seconds=1)) != made


def test_a_name_that_no_font_draws_is_found_before_printing_and_printed_with_a_mark(
    session: Session, village: Made, group: list[Supervisor]
) -> None:
    document = document_of_may(session, village)
    assert report_pdf.gaps(document) == {}
    rare = "王\U000323b0"
    document["sections"][0]["blocks"].append(report_blocks.text(rare))
    assert report_pdf.gaps(document) == {rare: "\U000323b0"}
    assert "王〓" in json.dumps(report_pdf.printable(document), ensure_ascii=False)
    assert report_pdf.typeset(document, NOW).startswith(b"%PDF")  # PDF/A would refuse a sign without a shape


def test_nothing_is_published_before_a_seal_covers_the_month(session: Session, village: Made) -> None:
    with pytest.raises(Conflict, match="还没有封过账"):
        publish(session, village.clerk, "k1")
    assert report_publish.editions(session, village.id, MAY) == []


def test_an_edition_comes_out_the_same_whatever_happens_later_and_signing_makes_the_next(
    session: Session, village: Made, group: list[Supervisor], monkeypatch: pytest.MonkeyPatch
) -> None:
    before, member = session.get_one(Village, village.id).revision, as_supervisor(session, group[0])
    unsigned = document_of_may(session, village)
    assert publish(session, village.clerk, "k1") == 1
    assert publish(session, village.clerk, "k1") == 1  # the same button pressed twice
    with pytest.raises(KeyReused):
        publish(session, village.clerk, "k1", seal=1)
    told = session.scalars(select(News).where(News.village_id == village.id)).one()
    assert told.title == "2026年5月的积分报告公布了"
    assert "未签" in told.body
    assert session.get_one(Village, village.id, populate_existing=True).revision > before
    with pytest.raises(Conflict, match="第 1 版一个字不差"):
        publish(session, village.clerk, "k2", now=NOW + timedelta(minutes=5))
    sign(session, group[:1])
    with pytest.raises(NotAllowed, match="要两户人家"):
        publish(session, member, "k3")
    sign(session, group[1:2], NOW + timedelta(minutes=1))
    entry = {"kind": AWARD, "points": 5, "occurred_on": date(2026, 5, 3), "origin": PAGE, "item_code": "D1"}
    posting.post(session, village.id, [Draft(household_id=village.household.id, rulebook_version=1, **entry)], NOW)
    session.commit()
    first = report_publish.one(session, village.id, MAY)
    assert sha256(first.pdf).digest() == first.sha256
    was = first.pdf
    assert publish(session, member, "k4", now=NOW + timedelta(minutes=9)) == 2
    signed = document_of_may(session, village)
    assert signed["mark"] == "已签：监督员0、监督员1。"
    assert signed["summary"] == unsigned["summary"]  # the seal, not what came later
    monkeypatch.setattr(pdf, "ARCHIVE", ("a-2b",))  # as another typesetter would
    assert report_publish.one(session, village.id, MAY, 1).pdf == was


def test_nobody_is_named_to_the_public_and_the_one_page_for_the_board_masks_those_it_praises(
    session: Session, village: Made, group: list[Supervisor]
) -> None:
    assert village_page.report(session, village.id, MONTH, NOW).made.parts.audit is None  # not before it is published
    publish(session, village.clerk, "k1")
    shown = village_page.report(session, village.id, MONTH, NOW)
    assert shown.edition is not None
    assert shown.made.parts.audit is not None
    assert shown.made.parts.audit.concluded_at == NOW
    whole = report_document.document(shown.made, Source("盛新村", NOW, URL))
    public = json.dumps(report_blocks.for_anybody(whole), ensure_ascii=False)
    assert TOLD_ON in json.dumps(whole, ensure_ascii=False)
    assert "查出 1 个问题" in "".join(piece for piece in texts(public))
    place = session.get_one(Village, village.id)
    sheet = report_board.sheet(session, place, shown.made, shown.edition, url=URL, paper="a4")
    board = json.dumps(sheet.data, ensure_ascii=False)
    for text in (public, board):
        assert not any(household.head_name in text for household in village.households)
        assert "账记得清楚" not in text
    assert "张*国" in board
    assert shown.edition.sha256.hex()[:8] in board
    assert "李*英" not in board  # fined: a figure, no name
    assert len(pdf.pictures(sheet.template, sheet.data, sheet.dated, sheet.files, ppi=12)) == 1


def texts(document: str) -> list[str]:
    """The words of a document's paragraphs, pieces joined."""
    sections = json.loads(document)["sections"]
    return ["".join(p for p, _ in b["pieces"]) for one in sections for b in one["blocks"] if b["kind"] == "text"]
