"""补记: which entries of earlier months a month's report tells, so that each is told once, by one later report."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, case, func, select
from sqlalchemy.orm import Session, aliased

from villagepoints.domain.calendar import Month
from villagepoints.domain.report_parts import LateMonth
from villagepoints.models import LedgerEntry, SealHead
from villagepoints.services.report_basis import Stand, midnight, own

AGO = 24  # months back whose seals are asked for; reports older than these stood on the oldest of them
SLACK = timedelta(days=1)  # between an entry's clock and a seal's: it only narrows what is read, the heads decide


def condition(session: Session, stand: Stand, month: Month) -> ColumnElement[bool]:
    """Entries of earlier months that their own reports did not have, nor any report before this one; one statement.

    They lie beyond the heads of the seals on which those reports stood, and within those of this month's own. Where
    no seal decides, an entry belongs to the month in which it was recorded.
    """
    seals = own(session, stand.village_id, month - AGO, month)
    conditions = [LedgerEntry.village_id == stand.village_id, LedgerEntry.occurred_on < month.first]
    if month - 1 in seals:
        conditions.append(LedgerEntry.recorded_at >= midnight(month.first) - SLACK)
        conditions.append(LedgerEntry.seq > _head(stand.village_id, _told_by(seals, month)))
    else:
        conditions.append(LedgerEntry.recorded_at >= midnight(month.first))
    if month not in seals:
        conditions.append(LedgerEntry.recorded_at < midnight((month + 1).first))
    if covering := [number for number in (seals.get(month), stand.number) if number]:
        conditions.append(LedgerEntry.seq <= _head(stand.village_id, min(covering)))
    return and_(*conditions)


def _told_by(seals: dict[Month, int], month: Month) -> ColumnElement[int] | int:
    """The highest seal on which a report stood that could have told an entry: its own month's, or one after it."""
    steps: list[tuple[ColumnElement[bool], int]] = []
    highest = 0
    for back in range(1, AGO + 1):
        highest = max(highest, seals.get(month - back, 0))
        steps.append((LedgerEntry.occurred_on >= (month - back).first, highest))
    if steps[0][1] == highest:  # seals go with the months: one says it all
        return highest
    return case(*steps, else_=highest)


def _head(village_id: UUID, number: ColumnElement[int] | int) -> Any:
    """Up to where a seal found an entry's account; 0 for one that came later."""
    head = aliased(SealHead)
    seq = (
        select(head.seq)
        .where(head.village_id == village_id, head.number == number)
        .where(head.household_id == LedgerEntry.household_id)
    )
    return func.coalesce(seq.correlate(LedgerEntry).scalar_subquery(), 0)


def counted(session: Session, stand: Stand, month: Month) -> tuple[dict[str, int], tuple[LateMonth, ...]]:
    """The late entries by origin, and by the month they happened in; three statements."""
    statement: Select[*tuple[Any, ...]] = (
        select(LedgerEntry.occurred_on, LedgerEntry.origin, func.count(), func.sum(LedgerEntry.points))
        .where(condition(session, stand, month))
        .group_by(LedgerEntry.occurred_on, LedgerEntry.origin)
    )
    origins: dict[str, int] = {}
    months: dict[Month, tuple[int, int]] = {}
    for day, origin, entries, points in session.execute(statement):
        origins[origin] = origins.get(origin, 0) + entries
        had = months.get(Month.of(day), (0, 0))
        months[Month.of(day)] = (had[0] + entries, had[1] + int(points))
    return origins, tuple(LateMonth(each, *months[each]) for each in sorted(months))
