"""A year of the rules: what nobody used, what everybody got in full, what keeps being noted."""

from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

from sqlalchemy.orm import Session

from tests.factories import NOW, TODAY, Made, make_households
from tests.services.test_red_line import post_base
from villagepoints.domain.ledger import Draft
from villagepoints.services import posting, rule_use
from villagepoints.services.transaction import transaction


@transaction
def note(
    session: Session, village: Made, households: Sequence[UUID], words: str, code: str = "D4", days_ago: int = 0
) -> None:
    """The same deed of several households."""
    common = {"kind": "award", "points": 10, "origin": "job", "rulebook_version": 1, "item_code": code, "note": words}
    on = TODAY - timedelta(days=days_ago)
    drafts = [Draft(household_id=id_, occurred_on=on, **common) for id_ in households]  # type: ignore[arg-type]
    posting.post(session, village.id, drafts, NOW)


def test_items_nobody_used_for_a_year_and_those_always_full_are_found(session: Session, village: Made) -> None:
    post_base(session, village, dict.fromkeys(("A1", "A3", "A4", "A5", "B1", "B2", "C1", "C2", "C3"), 0))
    note(session, village, [village.household.id], "河道保洁", code="D1")
    note(session, village, [village.household.id], "上报路灯不亮", code="C4", days_ago=400)
    found = rule_use.of_village(session, village.id, TODAY)
    unused = [one.item.code for one in found.unused]
    assert "D1" not in unused
    assert "C4" in unused
    assert "A1" not in unused
    assert [one.item.code for one in found.always_full] == ["A2"]
    assert found.recurring == []


def test_words_of_ten_households_come_back_and_nobody_s_name_does(session: Session, village: Made) -> None:
    many = make_households(session, village.id, 12)
    note(session, village, many, "帮邻居收稻子2小时")
    note(session, village, many[:9], "代买药品")
    note(session, village, many, "张建国家扫雪")  # the head of a household
    found = rule_use.of_village(session, village.id, TODAY)
    assert [(one.item.code, one.phrase.words, one.phrase.households) for one in found.recurring] == [
        ("D4", "帮邻居收稻子", 12),
        ("D4", "小时", 12),
    ]
    note(session, village, many[9:], "代买药品")
    found = rule_use.of_village(session, village.id, TODAY)
    assert "代买药品" in [one.phrase.words for one in found.recurring]
