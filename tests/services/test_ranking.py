"""Ranks stand at the last month's close, apart for residents and relocated households."""

from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from tests import factories
from tests.factories import NOW, Made
from villagepoints.domain.ledger import Draft
from villagepoints.models import Household
from villagepoints.services import posting, ranking
from villagepoints.services.transaction import transaction


@transaction
def post(session: Session, village: Made, index: int, points: int, on: date) -> None:
    draft = Draft(
        household_id=village.households[index].id,
        kind="award",
        points=points,
        occurred_on=on,
        origin="job",
        rulebook_version=1,
        item_code="A1",
    )
    posting.post(session, village.id, [draft], NOW)


def ranks(session: Session, village: Made) -> list[tuple[int | None, str | None]]:
    session.rollback()
    rows = session.execute(select(Household.rank_percent, Household.rank_month).order_by(Household.number))
    return [tuple(row) for row in rows]  # type: ignore[misc]


def test_only_closed_months_of_the_year_count_and_each_residency_has_its_own_order(session: Session, village: Made):
    post(session, village, 0, 20, date(2026, 5, 31))
    post(session, village, 2, 10, date(2026, 1, 1))
    post(session, village, 2, 90, date(2026, 6, 1))  # this month is not closed
    post(session, village, 2, 90, date(2025, 12, 31))  # another year
    assert ranking.refresh(session, village.id, now=NOW) == 3
    assert ranks(session, village) == [(50, "2026-05"), (100, "2026-05"), (100, "2026-05")]
    assert ranking.refresh(session, village.id, now=NOW) == 0


def test_what_was_reversed_does_not_count(session: Session, village: Made):
    post(session, village, 0, 20, date(2026, 5, 31))
    posting.reverse(session, village.clerk, key="k", household_id=village.household.id, seq=1, reason="记错", now=NOW)
    factories.make_household(session, village.id, "004")
    post(session, village, 2, 1, date(2026, 5, 1))
    ranking.refresh(session, village.id, now=NOW)
    assert [percent for percent, _ in ranks(session, village)] == [67, 100, 34, 67]
