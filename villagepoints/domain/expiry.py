"""Points expire oldest first: what is spent, lost or expired is always taken from the oldest, so no lots are kept.

Points that came from another household (a merger, a split, an inheritance) count as gained on the day they came: they
were moved once, on paper and by two people, and nobody is to lose points to the delay of a family's papers. For the
household that gave them they count as spent.
"""

from datetime import date, timedelta

from villagepoints.domain.calendar import Month
from villagepoints.domain.rulebook import RuleBook

WARNED = timedelta(days=30)  # how long before points expire their household is told


def next_day(today: date) -> date:
    """The next village date on which points expire: the first of the coming month."""
    return (Month.of(today) + 1).first


def falls_due(balance: int, gained_since: int) -> int:
    """The points of a balance that were gained before a cutoff; `gained_since` are those gained on or after it.

    The same as `due`, seen from the other side: what is not young is old.
    """
    return max(0, balance - gained_since)


def cutoff(book: RuleBook, today: date) -> date:
    """Points gained before this village date have expired: the first day of the month `expiry_months` ago."""
    return (Month.of(today) - book.expiry_months).first


def due(*, balance: int, gained_before: int, spent: int, lost: int, expired: int) -> int:
    """The points to expire now, positive or 0, never more than the balance.

    `gained_before`: awards before the cutoff; `spent`, `lost`, `expired`: all redemptions, penalties and earlier
    expiries, positive. An entry that was undone counts in none of them, nor does what undid it.
    """
    return max(0, min(balance, gained_before - spent - lost - expired))
