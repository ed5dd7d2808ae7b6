"""The red list shows names by consent alone, the black list shows nobody; both follow the books of their month."""

from datetime import date
from uuid import UUID

import pytest
from sqlalchemy import insert, select, update
from sqlalchemy.orm import Session

from tests.factories import NOW, TODAY, Made, actor, make_household, make_user
from tests.services.test_red_line import post_base
from villagepoints.domain.actor import CLERK, REVIEWER
from villagepoints.domain.calendar import Month
from villagepoints.domain.errors import BadInput, NotAllowed
from villagepoints.domain.lists import BlackLine
from villagepoints.models import Activity, Household, MonthClose
from villagepoints.models.base import new_id
from villagepoints.services import lists, posting, red_line
from villagepoints.services.posting import Item
from villagepoints.services.red_line import Crossed

MAY = Month(2026, 5)


@pytest.fixture
def village(session: Session, village: Made) -> Made:
    """The village with ten more households in each residency: with fewer nobody is in the best tenth."""
    fill(session, village)
    return village


def fill(session: Session, village: Made) -> None:
    """Ten households in each residency that earned nothing."""
    rows = [
        {"village_id": village.id, "id": new_id(), "number": f"{residency}{i}", "residency": residency}
        for residency in lists.RESIDENCIES
        for i in range(10)
    ]
    session.execute(insert(Household), rows)
    session.commit()


def volunteer(session: Session, village: Made, household_id: UUID, hours: int) -> None:
    wanted = Item(code="D1", occurred_on=date(2026, 5, 4), quantity=hours)
    asked = {"household_id": household_id, "wanted": wanted, "now": NOW}
    posting.record(session, village.clerk, key=f"v{household_id}{hours}", **asked)  # type: ignore[arg-type]


def red(session: Session, village: Made, residency: str = "resident") -> lists.Track:
    session.rollback()
    board = lists.board(session, village.id, MAY)
    return next(track for track in board.tracks if track.residency == residency)


def agree(session: Session, village: Made, index: int = 0, key: str = "a") -> None:
    asked = {"household_id": village.households[index].id, "shows": True, "now": NOW}
    lists.consent(session, village.villager(index), key=key, **asked)  # type: ignore[arg-type]


def test_a_name_stands_there_only_by_consent_and_goes_as_soon_as_it_is_taken_back(
    session: Session, village: Made
) -> None:
    volunteer(session, village, village.household.id, 4)
    assert red(session, village) == lists.Track("resident", (), ((village.household.id, "001"),))
    agree(session, village)
    assert red(session, village).names == ("张建国",)
    lists.consent(session, village.villager(), key="b", household_id=village.household.id, shows=False, now=NOW)
    assert red(session, village).names == ()
    actions = session.scalars(select(Activity.action).order_by(Activity.seq)).all()
    assert actions[-2:] == ["household.list_consent"] * 2


def test_each_residency_has_its_own_list(session: Session, village: Made) -> None:
    volunteer(session, village, village.households[0].id, 4)
    volunteer(session, village, village.households[1].id, 1)
    agree(session, village, 1)
    assert red(session, village, "relocated").names == ("李秀英",)


def test_only_the_best_tenth_is_on_it(session: Session, village: Made) -> None:
    volunteer(session, village, village.households[2].id, 3)
    assert red(session, village).silent == ((village.households[2].id, "003"),)
    volunteer(session, village, village.household.id, 4)
    assert red(session, village).silent == ((village.household.id, "001"),), "an entry makes the figures anew"


def test_who_crossed_a_red_line_this_year_is_not_on_it_until_it_is_lifted(session: Session, village: Made) -> None:
    volunteer(session, village, village.household.id, 4)
    agree(session, village)
    crossed = Crossed("R1", TODAY)
    case_id = red_line.record(
        session, village.clerk, key="r", household_id=village.household.id, crossed=crossed, now=NOW
    )
    assert red(session, village).names == ("张建国",), "recorded is not confirmed"
    red_line.confirm(session, village.reviewer, key="c", case_id=case_id, now=NOW)
    assert red(session, village).names == ()
    third = actor(make_user(session, village.id, REVIEWER))
    red_line.lift(session, third, key="l", case_id=case_id, reason="查错了", now=NOW)
    assert red(session, village).names == ("张建国",)


def test_a_village_without_points_has_nobody_on_it(session: Session, village: Made) -> None:
    assert red(session, village) == lists.Track("resident", (), ())
    assert lists.last_month(session, village.id, TODAY) is None


def test_the_black_list_counts_households_and_hides_the_few(session: Session, village: Made) -> None:
    more = [make_household(session, village.id) for _ in range(2)]
    homes = [village.households[0], *more]
    for place, home in enumerate(homes):
        only = Made(village.id, village.code, [home], village.users)
        post_base(session, only, {"A1": 15, "A2": 10 if place == 0 else 15})
    session.rollback()
    black = lists.board(session, village.id, MAY).black
    assert [line.code for line in black] == ["A1", "A2"]
    assert (black[0].households, black[0].points) == (3, 30)
    assert (black[1].households, black[1].points) == (None, None)


def test_a_penalty_that_was_reversed_and_another_month_s_are_not_on_it(session: Session, village: Made) -> None:
    for index, household in enumerate(village.households):
        wanted = Item(code="B6", occurred_on=date(2026, 5, 9), document="派出所调解书", note="吵架")
        asked = {"household_id": household.id, "wanted": wanted, "now": NOW}
        posting.record(session, village.clerk, key=f"p{index}", **asked)  # type: ignore[arg-type]
    session.rollback()
    assert lists.board(session, village.id, MAY).black == (
        BlackLine("penalty", "B6", lists.board(session, village.id, MAY).black[0].name, 3, 150),
    )
    assert lists.board(session, village.id, MAY + 1).black == ()
    undone = {"household_id": village.household.id, "seq": 1, "reason": "记错了", "now": NOW}
    posting.reverse(session, village.clerk, key="u", **undone)  # type: ignore[arg-type]
    session.rollback()
    assert lists.board(session, village.id, MAY).black[0].households is None


def test_the_last_month_is_the_last_one_in_the_books_and_not_one_being_closed(session: Session, village: Made) -> None:
    post_base(session, village, {})
    session.rollback()
    assert lists.last_month(session, village.id, TODAY) == MAY
    assert lists.last_month(session, village.id, date(2026, 5, 31)) is None, "its month is not over"
    session.add(MonthClose(village_id=village.id, month="2026-05", status="closing", started_at=NOW))
    session.commit()
    assert lists.last_month(session, village.id, TODAY) == MAY - 1


def test_the_desk_needs_the_paper_and_other_hands(session: Session, village: Made) -> None:
    asked = {"household_id": village.household.id, "shows": True, "now": NOW}
    with pytest.raises(BadInput, match="同意书"):
        lists.consent(session, village.clerk, key="a", **asked)  # type: ignore[arg-type]
    own = actor(make_user(session, village.id, CLERK, household_id=village.household.id))
    with pytest.raises(NotAllowed, match="自己家"):
        lists.consent(session, own, key="b", on_paper=True, **asked)  # type: ignore[arg-type]
    with pytest.raises(NotAllowed, match="自己家"):
        lists.consent(session, village.villager(1), key="c", **asked)  # type: ignore[arg-type]
    assert not session.scalars(select(Household.shows_on_lists).where(Household.id == village.household.id)).one()
    lists.consent(session, village.clerk, key="d", on_paper=True, **asked)  # type: ignore[arg-type]
    session.rollback()
    assert session.scalars(select(Household.shows_on_lists).where(Household.id == village.household.id)).one()


def test_who_moved_out_is_not_on_it(session: Session, village: Made) -> None:
    volunteer(session, village, village.household.id, 4)
    session.execute(update(Household).where(Household.id == village.household.id).values(left_on=TODAY))
    session.commit()
    assert red(session, village).silent == ()
