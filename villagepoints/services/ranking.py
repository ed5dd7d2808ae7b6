"""A household's place among its residency by merit, as of the last month's close; counted by a job."""

from collections import defaultdict
from datetime import datetime
from typing import NamedTuple, cast
from uuid import UUID

from sqlalchemy import Table, bindparam, func, select, update
from sqlalchemy.orm import Session

from villagepoints.domain import ledger
from villagepoints.domain.calendar import Month, period, village_date
from villagepoints.domain.ranking import percents
from villagepoints.models import Household, LedgerEntry
from villagepoints.services.transaction import transaction
from villagepoints.services.undone import standing

_HOUSEHOLD = cast(Table, Household.__table__)


class Rank(NamedTuple):
    """The top per cent of its residency a household is in, 1 to 100, and its merit."""

    percent: int
    merit: int


@transaction
def refresh(session: Session, village_id: UUID, *, now: datetime) -> int:
    """Count the ranks of the last full month, if that was not done yet; how many households were ranked."""
    month = str(Month.of(village_date(now)) - 1)
    done = select(Household.id).where(Household.village_id == village_id, Household.rank_month == month).limit(1)
    return 0 if session.scalar(done) else write(session, village_id, now)


def write(session: Session, village_id: UUID, now: datetime) -> int:
    """The same inside the caller's transaction, done anew."""
    month = Month.of(village_date(now)) - 1
    rows = [
        {"of_household": household_id, "to_percent": rank.percent}
        for household_id, rank in ranks(session, village_id, month).items()
    ]
    if rows:
        statement = (
            update(_HOUSEHOLD)
            .where(_HOUSEHOLD.c.village_id == village_id, _HOUSEHOLD.c.id == bindparam("of_household"))
            .values(rank_percent=bindparam("to_percent"), rank_month=str(month), revision=_HOUSEHOLD.c.revision + 1)
        )
        session.connection().execute(statement, rows)
    return len(rows)


def ranks(session: Session, village_id: UUID, month: Month) -> dict[UUID, Rank]:
    """Where each household that lives here stands among its residency as of a month's close; two statements."""
    merit_of = merits(session, village_id, month)
    by_residency: dict[str, dict[UUID, int]] = defaultdict(dict)
    living = select(Household.id, Household.residency).where(
        Household.village_id == village_id, Household.left_on.is_(None)
    )
    for household_id, residency in session.execute(living):
        by_residency[residency][household_id] = merit_of.get(household_id, 0)
    return {
        household_id: Rank(percent, ranked[household_id])
        for ranked in by_residency.values()
        for household_id, percent in percents(ranked).items()
    }


def merits(session: Session, village_id: UUID, month: Month) -> dict[UUID, int]:
    """Awards and penalties of the month's year up to its close; a reversal nets at the date of what it undoes."""
    first, _ = period("year", month.first)
    rows = session.execute(
        select(LedgerEntry.household_id, func.sum(LedgerEntry.points))
        .where(
            LedgerEntry.village_id == village_id,
            LedgerEntry.kind.in_((ledger.AWARD, ledger.PENALTY)),
            LedgerEntry.occurred_on.between(first, month.last),
            standing(),
        )
        .group_by(LedgerEntry.household_id)
    )
    return {household_id: int(points) for household_id, points in rows}
