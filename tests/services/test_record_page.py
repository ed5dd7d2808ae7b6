"""One entry with all that stands behind it, for its own household and for nobody else."""

from datetime import timedelta
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image
from sqlalchemy import select
from sqlalchemy.orm import Session

from tests.factories import NOW, TODAY, Made, make_village
from tests.services.test_posting import record
from tests.services.test_red_line import post_base
from tests.services.test_redemption import give, reserve
from villagepoints.domain.errors import NotFound
from villagepoints.models import Claim, Finding
from villagepoints.services import claim, evidence, notice, objection, posting, record_page, seal, statement
from villagepoints.services.objection_subject import About
from villagepoints.services.posting import Item
from villagepoints.services.record_page import RecordPage


def photo() -> bytes:
    out = BytesIO()
    Image.new("RGB", (8, 8)).save(out, "JPEG")
    return out.getvalue()


def told(session: Session, village: Made, seq: int, index: int = 0) -> RecordPage:
    session.rollback()
    session.expire_all()
    return record_page.read(session, village.villager(index), seq, TODAY)


def test_a_claim_s_entry_shows_its_photos_its_people_and_its_notice(session: Session, village: Made, tmp_path: Path):
    wanted = Item(code="D4", grade="义务维修", occurred_on=TODAY, note="修路灯")
    with evidence.prepared(tmp_path, [photo()]) as photos:
        asked = {"household_id": village.household.id, "wanted": wanted, "photos": photos, "now": NOW}
        id_ = claim.propose(session, village.clerk, key="p", **asked)  # type: ignore[arg-type]
    claim.approve(session, village.reviewer, key="a", claim_id=id_, now=NOW)
    notice_id = notice.publish(session, village.clerk, key="n", now=NOW).id
    notice.post(session, village.clerk, key="o", notice_id=notice_id, now=NOW + timedelta(days=6))
    seq = session.scalars(select(Claim.entry_seq)).one()
    assert seq is not None
    page = told(session, village, seq)
    assert (len(page.photos), page.approvers, page.line.recorder) == (1, ["沈文书"], "沈文书")
    assert page.subject.notice is not None
    with pytest.raises(NotFound):
        told(session, village, seq, index=1)


def test_a_base_entry_shows_the_findings_that_lowered_it_and_their_photos(
    session: Session, village: Made, tmp_path: Path
):
    post_base(session, village, {"A1": 20})
    day = TODAY - timedelta(days=30)
    of_item = {"rulebook_version": 1, "item_code": "A1", "found_on": day, "counts_on": day, "recorded_at": NOW}
    found = Finding(
        village_id=village.id, household_id=village.household.id, status="counted", note="乱堆物", **of_item
    )
    session.add(found)
    session.flush()
    with evidence.prepared(tmp_path, [photo(), photo()]) as photos:
        evidence.attach(session, village.clerk, photos, village.household.id, NOW, finding_id=found.id)
        session.commit()
    page = told(session, village, 1)
    assert ([one.note for one in page.subject.findings], len(page.photos)) == (["乱堆物"], 2)


def test_an_entry_and_what_undid_it_lead_to_each_other(session: Session, village: Made):
    record(session, village, "k1")
    undo = {"household_id": village.household.id, "seq": 1, "reason": "记错了户", "now": NOW}
    posting.reverse(session, village.clerk, key="r", **undo)  # type: ignore[arg-type]
    assert (told(session, village, 1).line.reversed_by, told(session, village, 2).line.reverses_seq) == (2, 1)
    assert [told(session, village, seq).can_object for seq in (1, 2)] == [False, False]


def test_an_objection_is_open_for_its_days_and_then_said_to_be_over(session: Session, village: Made):
    record(session, village, "k1")
    page = told(session, village, 1)
    assert (page.can_object, page.objection_until, page.objection_id) == (True, TODAY + timedelta(days=15), None)
    late = record_page.read(session, village.villager(), 1, TODAY + timedelta(days=16))
    assert (late.can_object, late.objection_until) == (False, page.objection_until)
    about = About(household_id=village.household.id, entry_seq=1)
    id_ = objection.file(session, village.villager(), key="o", about=about, words="不是我家", now=NOW)
    assert told(session, village, 1).objection_id == id_


def test_goods_are_named_and_not_objected_to(session: Session, village: Made):
    from tests.factories import make_reward

    give(session, village, 300)
    reserve(session, village, "k", (make_reward(session, village.id, points=200, name="食用油 5L").id, 1))
    page = told(session, village, 2)
    assert (page.line.goods, page.can_object, page.objection_until) == ("食用油 5L", False, None)


def test_an_entry_is_sealed_by_the_seal_after_it(session: Session, village: Made):
    record(session, village, "k1")
    assert not told(session, village, 1).is_sealed
    seal.take(session, village.clerk, now=NOW)
    record(session, village, "k2", Item(code="C4", occurred_on=TODAY))
    assert [told(session, village, seq).is_sealed for seq in (1, 2)] == [True, False]


@pytest.mark.parametrize("seq", [0, 2, 99])
def test_a_number_that_the_household_has_not_is_not_there(session: Session, village: Made, seq: int):
    record(session, village, "k1")
    record(session, make_village(session, "hm"), "k1")
    with pytest.raises(NotFound):
        told(session, village, seq)


def test_page_and_paper_take_a_fixed_number_of_statements(session: Session, village: Made, statements: list[str]):
    counts = []
    for more in (1, 29):
        for _ in range(more):
            give(session, village, 5)
        seal.take(session, village.clerk, now=NOW)
        told(session, village, 1)  # which has parsed the rules as well
        phone, household_id = village.villager(), village.household.id
        session.rollback()
        # sessions of their own: how much this one still remembers hangs on when Python collects its garbage
        with Session(session.get_bind()) as first, Session(session.get_bind()) as second:
            statements.clear()
            record_page.read(first, phone, 1, TODAY)
            page = len(statements)
            statement.on_paper(second, village.id, household_id, NOW)
        counts.append((page, len(statements) - page))
    assert counts[0] == counts[1]
    assert counts[0][0] <= 15
    assert counts[0][1] <= 8
