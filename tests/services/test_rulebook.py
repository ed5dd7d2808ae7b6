"""Rule books are versions: the one in force on a day counts, and none is ever edited."""

from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy.orm import Session

from tests import factories
from tests.factories import NOW, TODAY, Made
from villagepoints.domain.errors import BadInput, Conflict, NotFound
from villagepoints.services import posting, rulebook
from villagepoints.services import village as villages
from villagepoints.services.posting import Item
from villagepoints.services.transaction import transaction


@transaction
def adopt(session: Session, village: Made, source: dict[str, Any]) -> int:
    return rulebook.adopt(session, village.clerk, source, NOW).version


def dearer_volunteering(from_day: date) -> dict[str, Any]:
    source = rulebook.read_text(rulebook.default_text())
    next(item for item in source["item"] if item["code"] == "D1")["points"] = 10
    source["effective_on"] = from_day.isoformat()
    return source


def test_a_new_version_counts_from_its_day_and_old_entries_keep_theirs(session: Session, village: Made):
    assert adopt(session, village, dearer_volunteering(TODAY)) == 2
    session.rollback()
    assert rulebook.in_force(session, village.id, TODAY - timedelta(days=1)).item("D1").points == 5
    assert rulebook.in_force(session, village.id, TODAY).item("D1").points == 10
    assert rulebook.in_force(session, village.id, date(2020, 1, 1)).version == 1
    common = {"household_id": village.household.id, "now": NOW}
    for day, points in ((TODAY - timedelta(days=1), 5), (TODAY, 10)):
        wanted = Item(code="D1", occurred_on=day)
        assert posting.record(session, village.clerk, key=str(day), wanted=wanted, **common).points == points


def test_a_book_that_cannot_be_read_says_where(session: Session, village: Made):
    with pytest.raises(BadInput, match="line 1"):
        rulebook.read_text("name = \nx = 1")
    with pytest.raises(BadInput):
        adopt(session, village, {"name": "x"})


def test_a_village_without_a_book_says_what_to_do(session: Session, village: Made):
    with pytest.raises(NotFound, match="先导入办法"):
        rulebook.in_force(session, village.household.id, TODAY)


@pytest.mark.parametrize("code", ["", "x", "x" * 9, "盛新", "a-b", "a b", "../x"])
def test_a_village_code_is_what_a_card_can_print(session: Session, code: str):
    with pytest.raises(BadInput):
        villages.add(session, code, "盛新村", NOW)


def test_codes_are_the_same_in_any_case_and_taken_once(session: Session):
    made = factories.make_village(session, "Sx9")
    assert villages.by_code(session, "sX9").id == made.id
    with pytest.raises(Conflict):
        villages.add(session, "SX9", "又一村", NOW)
    with pytest.raises(NotFound):
        villages.by_code(session, "none")
