"""A household's year: month by month what it gained, lost and spent, and what it had at the month's end."""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import String, and_, case, extract, func, literal, select
from sqlalchemy.orm import Session, aliased

from villagepoints.domain import ledger
from villagepoints.domain.calendar import Month
from villagepoints.models import LedgerEntry

GAINED, LOST, SPENT = "gained", "lost", "spent"


@dataclass(frozen=True, slots=True)
class MonthOfYear:
    """Signed points of one month by the dates of its entries, and the balance they leave at its end."""

    month: Month
    gained: int
    lost: int
    spent: int
    balance: int


@dataclass(frozen=True, slots=True)
class Year:
    """A year of a household, its months in order; `began` is that of the first entry, None before it."""

    number: int
    began: int | None
    months: tuple[MonthOfYear, ...]

    @property
    def gained(self) -> int:
        """What the year brought."""
        return sum(one.gained for one in self.months)

    @property
    def lost(self) -> int:
        """What penalties and expiry took, zero or less."""
        return sum(one.lost for one in self.months)

    @property
    def spent(self) -> int:
        """What goods cost, zero or less."""
        return sum(one.spent for one in self.months)


def of_household(session: Session, village_id: UUID, household_id: UUID, *, year: int, until: Month) -> Year:
    """A year up to `until`, from January or the household's first entry; one statement whatever the entries.

    A correction counts in its own month and as what it corrects, so a month is the sum of the same month's records.
    """
    last = min(Month(year, 12), until)
    entry, undone = LedgerEntry, aliased(LedgerEntry)
    of_undone = and_(
        undone.village_id == entry.village_id,
        undone.household_id == entry.household_id,
        undone.seq == entry.reverses_seq,
    )
    kind = case((entry.kind == ledger.REVERSAL, undone.kind), else_=entry.kind)
    account = case(
        (kind.in_((ledger.AWARD, ledger.OPENING)), literal(GAINED, String)),
        (kind.in_((ledger.REDEMPTION, ledger.REFUND)), literal(SPENT, String)),
        (kind.in_((ledger.PENALTY, ledger.EXPIRY)), literal(LOST, String)),
        (entry.points > 0, literal(GAINED, String)),  # households merged: what came with them
        else_=literal(LOST, String),
    )
    of_year, of_month = extract("year", entry.occurred_on), extract("month", entry.occurred_on)
    rows = session.execute(
        select(of_year, of_month, account, func.sum(entry.points))
        .outerjoin(undone, of_undone)
        .where(entry.village_id == village_id, entry.household_id == household_id, entry.occurred_on <= last.last)
        .group_by(of_year, of_month, account)
    ).all()
    sums = {(Month(int(y), int(m)), account): int(points) for y, m, account, points in rows}
    return _put_together(year, last, sums)


def _put_together(year: int, last: Month, sums: dict[tuple[Month, str], int]) -> Year:
    if not sums:
        return Year(year, None, ())
    began = min(month for month, _account in sums)
    balance = sum(points for (month, _account), points in sums.items() if month.year < year)
    months: list[MonthOfYear] = []
    month = max(Month(year, 1), began)
    while month <= last:
        gained, lost, spent = (sums.get((month, account), 0) for account in (GAINED, LOST, SPENT))
        balance += gained + lost + spent
        months.append(MonthOfYear(month, gained, lost, spent, balance))
        month += 1
    return Year(year, began.year, tuple(months))
