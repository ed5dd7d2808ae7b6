"""月底结账: when a month may be closed, and what a household loses in it."""

from collections.abc import Mapping
from datetime import date

from villagepoints.domain.calendar import Month
from villagepoints.domain.errors import N_, RuleBroken
from villagepoints.domain.recording import is_closed_year
from villagepoints.domain.rulebook import RuleBook

CLOSING, CLOSED = "closing", "closed"


def check_may_close(book: RuleBook, month: Month, today: date) -> None:
    """Refuse to close a month before its last day, or one of a year that is closed itself (RuleBroken)."""
    if today < month.last:
        raise RuleBroken(
            N_("%(month)s 还没过完，%(day)s 起才能结账。什么都没有动。"),
            month=str(month),
            day=month.last.isoformat(),
        )
    if is_closed_year(book, month.year, today):
        raise RuleBroken(
            N_("%(year)s 年的账已经结了，%(month)s 不能再结。什么都没有动。漏记的请走异议更正。"),
            year=month.year,
            month=str(month),
        )


def losses(book: RuleBook, earned: Mapping[str, int]) -> dict[str, int]:
    """What a month's base lost by item code, against nothing found; items that lost nothing are left out."""
    return {code: lost for code, points in earned.items() if (lost := book.item(code).points - points)}
