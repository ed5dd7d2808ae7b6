"""A month's report as at a seal: nothing that comes later moves it, and what came late is told once."""

import json
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from io import BytesIO
from typing import Any
from uuid import UUID
from zipfile import ZipFile

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from python_calamine import CalamineWorkbook
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from tests.audits import make_audit, make_supervisors
from tests.factories import Made, make_household, make_reward
from villagepoints.domain.calendar import Month
from villagepoints.domain.errors import BadInput, NotFound
from villagepoints.domain.ledger import AWARD, IMPORT, PAGE, PENALTY, REVERSAL, Draft
from villagepoints.domain.report import MonthReport
from villagepoints.models import (
    Audit,
    AuditPrompt,
    AuditSignature,
    Finding,
    Household,
    Objection,
    PublishedReport,
    Reward,
    Supervisor,
)
from villagepoints.services import (
    departure,
    household_edit,
    posting,
    redemption,
    report,
    report_basis,
    report_json,
    report_rows,
    report_workbook,
    reward,
    seal,
)
from villagepoints.services.report_tables import Source

MAY, JUNE, JULY, AUGUST = (Month(2026, number) for number in (5, 6, 7, 8))
LATER = datetime(2026, 7, 3, 2, tzinfo=UTC)  # when June's books are sealed
SOURCE = Source("盛新村", LATER)


def add(session: Session, made: Made, household_id: UUID, on: date, points: int = 5, **values: Any) -> int:
    """One entry, recorded at `at`; its number in the account."""
    at, code = values.pop("at", LATER - timedelta(days=1)), values.pop("code", "D1")
    draft = Draft(
        household_id=household_id,
        kind=values.pop("kind", AWARD if points > 0 else PENALTY),
        points=points,
        occurred_on=on,
        origin=values.pop("origin", PAGE),
        rulebook_version=1,
        item_code=code,
        **values,
    )
    posted = posting.post(session, made.id, [draft], at)
    session.commit()
    return posted[0].seq


def of(session: Session, made: Made, month: Month, seal: int | None = None, **values: Any) -> MonthReport:
    session.rollback()
    session.expire_all()
    return report.month_report(session, made.id, month, values.pop("today", date(2026, 12, 1)), seal, **values)


def said(session: Session, made: Made, month: Month, **values: Any) -> str:
    return report_json.json_text(of(session, made, month, **values), SOURCE)


@pytest.fixture
def books(session: Session, village: Made) -> Made:
    """June with gains, a deduction, goods, a finding and an objection, sealed on 3 July."""
    a, b, c = (household.id for household in village.households)
    add(session, village, a, MAY.last, 100, code="D1")
    add(session, village, a, JUNE.first, 25)
    add(session, village, b, JUNE.last, 150, code="B4")
    add(session, village, b, JUNE.last, -50, code="A7")
    add(session, village, c, JULY.first, 30)
    oil = make_reward(session, village.id, points=60, name="食用油", cost_cents=5250)
    salt = make_reward(session, village.id, points=8, name="食盐")
    redemption.serve(
        session,
        village.clerk,
        household_id=a,
        lines=[(oil.id, 1), (salt.id, 2)],
        channel="counter",
        key="r",
        now=JUNE_15,
    )
    session.add(finding(village, a, rectify_by=date(2026, 6, 20)))
    session.add(finding(village, c, status="counted"))
    session.commit()
    session.add(complaint(village, a, 1))
    session.commit()
    seal.take(session, village.clerk, now=LATER)
    return village


JUNE_15 = datetime(2026, 6, 15, 2, tzinfo=UTC)


def finding(made: Made, household_id: UUID, status: str = "persuaded", **values: Any) -> Finding:
    day = values.pop("found_on", date(2026, 6, 10))
    return Finding(
        village_id=made.id,
        household_id=household_id,
        rulebook_version=1,
        item_code="A1",
        found_on=day,
        counts_on=day,
        status=status,
        recorded_at=JUNE_15,
        **values,
    )


def complaint(made: Made, household_id: UUID, number: int, **values: Any) -> Objection:
    dates = {"filed_on": date(2026, 6, 15), "filed_at": JUNE_15, "due_on": date(2026, 6, 24), "limit_on": JUNE.last}
    return Objection(
        village_id=made.id,
        number=number,
        household_id=household_id,
        about_household_id=household_id,
        entry_seq=1,
        via="phone",
        words="那天我在",
        **{**dates, **values},
    )


def test_nothing_that_comes_later_moves_a_sealed_report(session: Session, books: Made) -> None:
    before, live = said(session, books, JUNE), said(session, books, JUNE, seal=report.NOW)
    assert json.loads(before)["stands_on"] == 1
    assert json.loads(live)["stands_on"] is None
    a, b, c = (household.id for household in books.households)
    after = LATER + timedelta(days=1)
    add(session, books, a, JUNE.last, 500, at=after)
    add(session, books, a, JUNE.last, -25, at=after, kind=REVERSAL, reverses_seq=2)
    make_household(session, books.id, "777", joined_on=date(2026, 6, 1))
    wanted = household_edit.Particulars(group_no=7, residency="resident")
    household_edit.change(session, books.clerk, key="e", household_id=b, wanted=wanted, now=after)
    day = date(2026, 6, 2)
    departure.leave(session, books.clerk, key="l", household_id=c, reason="moved", left_on=day, now=after)
    (oil,) = (one for one in of(session, books, JUNE).parts.shop.goods if one.name == "食用油")
    assert oil.cost_cents == 5250
    reward_id = session.execute(select(Reward.id).where(Reward.name == "食用油")).scalar_one()
    details = reward.Details(
        code="R1", name="玉米油", points=70, is_active=True, low_stock=1, household_month_limit=None, cost_cents=9900
    )
    reward.save(session, books.clerk, reward_id=reward_id, wanted=details, key="s", now=after)
    session.execute(update(Finding).where(Finding.rectify_by.is_not(None)).values(status="rectified", settled_on=after))
    session.execute(update(Objection).values(status="upheld", decided_on=after.date(), decided_at=after))
    session.commit()
    assert said(session, books, JUNE) == before
    assert said(session, books, JUNE, seal=1) == before
    now = of(session, books, JUNE, seal=report.NOW)
    assert now.now.generated == of(session, books, JUNE).now.generated + 500 - 25
    assert now.households == {"resident": 3, "relocated": 0}
    assert {one.name for one in now.parts.shop.goods} == {"食用油", "食盐"}  # as it was called when it was taken
    assert (now.parts.persuasions.rectified_late, now.parts.objections.upheld) == (1, 1)


def test_goods_and_money_objections_and_persuasions_are_told(session: Session, books: Made) -> None:
    parts = of(session, books, JUNE).parts
    assert parts.basis is not None
    assert (parts.basis.number, parts.basis.households, parts.basis.entries) == (1, 3, 6)
    assert parts.basis.words
    shop = parts.shop
    assert [(one.name, one.pieces, one.points, one.cost_cents) for one in shop.goods] == [
        ("食用油", 1, 60, 5250),
        ("食盐", 2, 16, None),
    ]
    assert (shop.pieces, shop.points, shop.cost_cents, shop.unknown_pieces) == (3, 76, 5250, 2)
    assert (shop.bought_pieces, shop.bought_unknown) == (20, 20)
    told, found = parts.objections, parts.persuasions
    assert [(line.household, line.about, line.status, line.is_late) for line in told.lines] == [
        ("张*国", "entry", "open", True)
    ]
    assert (told.filed, told.open, told.late, told.median_days) == (1, 1, 1, None)
    assert (found.persuaded, found.waiting, found.counted_at_once) == (1, 1, 1)


def test_an_objection_of_last_month_that_was_open_is_told_with_how_it_ended(session: Session, books: Made) -> None:
    decided = {"status": "rejected", "decided_on": date(2026, 7, 2), "decided_at": LATER - timedelta(hours=9)}
    session.execute(update(Objection).values(**decided))
    session.add(complaint(books, books.household.id, 2, filed_on=JULY.first, filed_at=LATER - timedelta(days=2)))
    session.commit()
    seal.take(session, books.clerk, now=datetime(2026, 8, 2, tzinfo=UTC))
    july = of(session, books, JULY).parts.objections
    assert (july.filed, july.open, july.earlier, july.earlier_ended) == (1, 1, 1, 1)
    assert of(session, books, JUNE, 1).parts.objections.median_days == 17


def test_what_came_late_is_told_once_by_one_later_report(session: Session, books: Made) -> None:
    a = books.household.id
    add(session, books, a, JUNE.last, 11, at=LATER + timedelta(days=5))
    add(session, books, a, MAY.last, 12, at=LATER + timedelta(days=6), origin=IMPORT)
    add(session, books, a, JULY.last, 13, at=datetime(2026, 8, 1, tzinfo=UTC))
    seal.take(session, books.clerk, now=datetime(2026, 8, 4, tzinfo=UTC))
    add(session, books, a, JUNE.first, 14, at=datetime(2026, 8, 20, tzinfo=UTC))
    add(session, books, a, JULY.first, 15, at=datetime(2026, 8, 21, tzinfo=UTC))
    seal.take(session, books.clerk, now=datetime(2026, 9, 4, tzinfo=UTC))
    told = {month: of(session, books, month).parts.late for month in (JUNE, JULY, AUGUST, AUGUST + 1, AUGUST + 2)}
    assert {month: [(one.month, one.points) for one in late] for month, late in told.items()} == {
        JUNE: [],
        JULY: [(MAY, 12), (JUNE, 11)],
        AUGUST: [(JUNE, 14), (JULY, 15)],
        AUGUST + 1: [],
        AUGUST + 2: [],
    }
    july = of(session, books, JULY)
    assert july.late == {"page": 1, "import": 1}
    rows = {one.name: list(one.lines) for one in report_rows.of_report(session, books.id, july, str)}
    assert [line[-4] for line in rows["补记明细"]] == [11, 12]
    assert of(session, books, JULY, report.NOW).parts.late == told[JULY]  # whatever books it is made from


def test_a_report_stands_on_the_seal_it_was_published_on_else_the_last_after_its_month(
    session: Session, books: Made
) -> None:
    second = seal.take(session, books.clerk, now=LATER + timedelta(days=9))
    number = {month: of(session, books, month).parts.basis for month in (MAY, JUNE, JULY)}
    assert [basis and basis.number for basis in number.values()] == [second.number, second.number, None]
    edition = {"edition": 1, "made_at": LATER, "pdf": b"", "sha256": b"x", "document_hash": b"x", "published_at": LATER}
    session.add(PublishedReport(village_id=books.id, month=str(JUNE), seal_number=1, **edition))
    session.commit()
    june = of(session, books, JUNE)
    assert june.parts.basis is not None
    assert (june.parts.basis.number, june.is_over) == (1, True)
    with pytest.raises(NotFound, match="没有第 9 次封账"):
        of(session, books, JUNE, 9)


@pytest.mark.parametrize(("text", "number"), [("", None), ("now", 0), ("12", 12)])
def test_the_books_asked_for_are_a_number_or_now(text: str, number: int | None) -> None:
    assert report.parse_seal(text) == number


@pytest.mark.parametrize("text", ["0", "-1", "一", "1.5", "1" * 12])
def test_what_is_no_seal_is_refused(text: str) -> None:
    with pytest.raises(BadInput, match="不是封账的号"):
        report.parse_seal(text)


POSTED = st.tuples(
    st.integers(0, 3), st.integers(0, 60), st.sampled_from([("A1", 25), ("D1", 5), ("B4", 150), ("A7", -50)])
)


@settings(max_examples=8)
@given(st.lists(POSTED, min_size=1, max_size=6), st.booleans())
def test_groups_residencies_items_and_households_add_up_to_the_village(
    session: Session, grouped: Made, posted: list[tuple[int, int, tuple[str, int]]], seals: bool
) -> None:
    """Each example adds to the books of those before it."""
    for home, days, (code, points) in posted:
        add(session, grouped, grouped.households[home].id, JUNE.first + timedelta(days=days), points, code=code)
    if seals:
        seal.take(session, grouped.clerk, now=LATER)
    made = of(session, grouped, JUNE)
    for tracks in (made.parts.groups, made.parts.residencies):
        sums = [
            sum(getattr(one, name) for one in tracks) for name in ("generated", "deducted", "redeemed", "outstanding")
        ]
        assert sums == [made.now.generated, made.now.deducted, made.now.redeemed, made.now.outstanding]
        assert sum(one.households for one in tracks) == made.all_households == 4
    assert sum(line.line.now.total for line in made.groups) == made.now.generated - made.now.deducted
    assert made.parts.history[-1].outstanding == made.now.outstanding
    assert made.now.brought_forward == made.before.outstanding
    homes = next(iter(report_rows.of_report(session, grouped.id, made, str))).lines
    assert sum(int(line[-1] or 0) for line in homes) == made.now.outstanding


@pytest.fixture
def grouped(session: Session, village: Made) -> Made:
    """Four households, of two groups and of none."""
    village.households.append(make_household(session, village.id, "004", group_no=1))
    village.households.append(make_household(session, village.id, "005", group_no=2, residency="relocated"))
    village.households[:] = [*village.households[:2], *village.households[3:]]
    session.execute(update(Household).where(Household.number == "003").values(left_on=date(2026, 6, 1)))
    session.commit()
    return village


def test_the_rows_of_the_workbook_add_up_to_the_figures(session: Session, books: Made) -> None:
    made = of(session, books, JUNE)
    rows = report_rows.of_report(session, books.id, made, str)
    content = report_workbook.as_workbook(made, SOURCE, str, rows)
    book = CalamineWorkbook.from_filelike(BytesIO(content))

    def column(sheet: str, name: str) -> list[Any]:
        head, *lines = book.get_sheet_by_name(sheet).to_python(skip_empty_area=False)
        return [line[head.index(name)] for line in lines]

    assert "不要张贴" in str(book.get_sheet_by_name("说明").to_python())
    assert sum(column("各户", "产生")) == made.now.generated == 175
    assert sum(column("各户", "扣分")) == -made.now.deducted == -50
    assert sum(column("各户", "月末未兑换")) == made.now.outstanding
    assert sum(column("各户", "月末在村")) == made.all_households
    assert len(column("记录明细", "积分")) == made.entries
    assert sum(column("记录明细", "积分")) == made.now.outstanding - made.now.brought_forward
    assert sum(column("兑换明细", "积分")) == -made.now.redeemed == -76
    assert sum(column("兑换明细", "件数")) == made.parts.shop.pieces
    assert column("检查发现", "结果") == ["劝导中", "已计入"]
    assert column("异议明细", "关于哪户") == ["001"]
    assert sum(column("进货明细", "件数")) == made.parts.shop.bought_pieces
    with ZipFile(BytesIO(content)) as whole:
        entries = next(name for name in whole.namelist() if b"<autoFilter" in whole.read(name))
        assert b'<pane ySplit="1"' in whole.read(entries)


def test_the_audit_is_told_in_numbers_and_by_office(session: Session, books: Made) -> None:
    members = make_supervisors(session, books)
    a, b, _ = (household.id for household in books.households)
    items = (
        {"household_id": a, "is_blind": True, "result": "differ"},
        {"household_id": b, "reason": "never"},
        {"household_id": b, "kind": "entry", "entry_seq": 1, "reason": "large", "result": "agree"},
    )
    audit = make_audit(session, books, members, *items, month=str(JUNE), status="concluded", sealed_number=1)
    audit.concluded_at = LATER
    audit.sizes = {"held": {"household": 3, "entry": 6, "goods": 0}}
    audit.findings_hash = b"f"
    one = {"village_id": books.id, "audit_id": audit.id, "position": 1, "kind": "burst", "figures": {}, "behind": []}
    session.add(AuditPrompt(**one, status="explained"))
    sign(session, audit, members[0], LATER)
    told = of(session, books, JUNE).parts.audit
    assert told is not None
    assert [(line.kind, line.reason, line.drawn, line.differ, line.unseen) for line in told.sample] == [
        ("household", "never", 1, 0, 1),
        ("household", "group", 1, 1, 0),
        ("entry", "large", 1, 0, 0),
    ]
    assert (told.drawn, told.seen, told.differing, told.blind, told.blind_differ) == (3, 2, 1, 1, 1)
    assert [(line.kind, line.drawn, line.frame) for line in told.meanings] == [("household", 2, 3), ("entry", 0, 5)]
    assert [(line.kind, line.explained) for line in told.prompts] == [("burst", 1)]
    assert ([line.household for line in told.signatures], told.is_signed) == (["监**0"], False)
    sign(session, audit, members[1], LATER + timedelta(days=1))
    now = of(session, books, JUNE).parts
    assert now.audit is not None
    assert (now.audit.is_signed, now.history[-1].differing_share) == (True, Decimal("50.0"))
    assert of(session, books, JUNE, at=LATER).parts.audit == told  # as the first edition found it
    rows = {
        one.name: list(one.lines) for one in report_rows.of_report(session, books.id, of(session, books, JUNE), str)
    }
    assert [line[3] for line in rows["抽样明细"]] == ["001", "002", "002"]


def test_the_office_does_not_learn_the_sample_while_the_audit_runs(session: Session, books: Made) -> None:
    make_audit(session, books, make_supervisors(session, books), month=str(JUNE))
    made = of(session, books, JUNE)
    assert made.parts.audit is not None
    assert "抽样明细" not in [one.name for one in report_rows.of_report(session, books.id, made, str)]


def sign(session: Session, audit: Audit, member: Supervisor, at: datetime) -> None:
    of_audit = {"village_id": audit.village_id, "audit_id": audit.id}
    who = {"supervisor_id": member.id, "household_id": member.household_id}
    session.add(AuditSignature(**of_audit, **who, statement="{}", hash=b"h", signed_at=at))
    session.commit()


def test_a_report_knows_what_many_households_were_before_a_new_roster(session: Session, books: Made) -> None:
    was: dict[UUID, dict[str, Any]] = {UUID(int=number): {"group_no": 3} for number in range(1, 70_000)}
    was[books.household.id] = {"group_no": 77}
    then = report_basis.Stand(books.id, 1, LATER, was).column(Household.group_no)
    assert session.scalars(select(then).where(Household.id == books.household.id)).one() == 77
