"""A household's place by merit among its residency, worked out once for each closed month, never while a page waits."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import and_, bindparam, func, select, update
from sqlalchemy.orm import Session

from villagepoints.domain import ledger
from villagepoints.domain.actor import Actor
from villagepoints.domain.calendar import Month, village_date
from villagepoints.models import Household, LedgerEntry
from villagepoints.models.household import HOUSEHOLDS
from villagepoints.services import village
from villagepoints.services.stats import standing
from villagepoints.services.transaction import transaction

_SET = (
    update(HOUSEHOLDS)
    .where(HOUSEHOLDS.c.village_id == bindparam("of_village"), HOUSEHOLDS.c.id == bindparam("of_household"))
    .values(rank_percent=bindparam("to_percent"), rank_month=bindparam("to_month"))
)


@transaction
def refresh(session: Session, actor: Actor, *, now: datetime) -> int:
    """Bring the ranks to the close of the last full month; how many households changed (0 when they stood there)."""
    return compute(session, actor.village_id, Month.of(village_date(now)) - 1)


def compute(session: Session, village_id: UUID, month: Month) -> int:
    """The ranks at the close of a month, inside the caller's transaction: `前 N%` of its residency by the year's merit."""
    merit = func.coalesce(func.sum(LedgerEntry.points), 0)
    counted = and_(
        LedgerEntry.village_id == Household.village_id,
        LedgerEntry.household_id == Household.id,
        LedgerEntry.kind.in_((ledger.AWARD, ledger.PENALTY)),
        LedgerEntry.occurred_on.between(month.first.replace(month=1), month.last),
        standing(),
    )
    track = Household.residency
    rows = session.execute(
        select(
            Household.id,
            Household.rank_percent,
            Household.rank_month,
            func.rank().over(partition_by=track, order_by=merit.desc()).label("place"),
            func.count().over(partition_by=track).label("among"),
        )
        .outerjoin(LedgerEntry, counted)
        .where(Household.village_id == village_id, Household.left_on.is_(None))
        .group_by(Household.id, track, Household.rank_percent, Household.rank_month)
    )
    changes = [change for row in rows if (change := _change(village_id, row, str(month)))]
    if changes:
        session.connection().execute(_SET, changes)
        village.touch(session, village_id)
    return len(changes)


def _change(village_id: UUID, row: Any, month: str) -> dict[str, object] | None:
    percent = -(-100 * row.place // row.among)
    if (row.rank_percent, row.rank_month) == (percent, month):
        return None
    return {"of_village": village_id, "of_household": row.id, "to_percent": percent, "to_month": month}
