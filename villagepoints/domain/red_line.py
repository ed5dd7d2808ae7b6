"""红线: what crossing one costs, and how a household shortens its pause by putting things right."""

from collections.abc import Iterable
from datetime import date
from typing import Protocol

from villagepoints.domain.calendar import Month
from villagepoints.domain.errors import N_, Conflict, RuleBroken
from villagepoints.domain.rulebook import RedLine, RuleBook

WAITING, CONFIRMED, REFUSED, LIFTED = "waiting", "confirmed", "refused", "lifted"
STATUSES = (WAITING, CONFIRMED, REFUSED, LIFTED)
PUT_RIGHT, PLEDGE, SERVICE = "put_right", "pledge", "service"
REPAIRS = (PUT_RIGHT, PLEDGE, SERVICE)


class Step(Protocol):
    """A confirmed step of the way back."""

    @property
    def kind(self) -> str: ...
    @property
    def hours(self) -> int: ...


def check_document(line: RedLine, document: str) -> None:
    """Refuse a red line that asks for a written finding and has none (RuleBroken)."""
    if line.requires_document and not document.strip():
        raise RuleBroken(N_("红线 %(code)s 要有书面文书才能认定。请填文书名称或文号。没有记。"), code=line.code)


def check_open(status: str) -> None:
    """Refuse to decide on what is decided (Conflict)."""
    if status != WAITING:
        raise Conflict(N_("这一条红线已经处理过了，没有再改。"))


def months_later(day: date, months: int) -> date:
    """The same day some months on, the month's last day where it is shorter."""
    month = Month.of(day) + months
    return month.first.replace(day=min(day.day, month.last.day))


def paused_until(book: RuleBook, line: RedLine, start: date, steps: Iterable[Step]) -> date:
    """The first day on which the household may redeem again; `start` is the day the case was confirmed.

    Once it is put right and a pledge is given, every `repair_hours` of service take a month off the pause; the
    village's book gives no number, so this is our proposal, to be changed in the rule studio. Never before `start`.
    """
    done = list(steps)
    kinds = {step.kind for step in done}
    shorter = 0
    if {PUT_RIGHT, PLEDGE} <= kinds and book.repair_hours > 0:
        shorter = sum(step.hours for step in done if step.kind == SERVICE) // book.repair_hours
    return months_later(start, max(0, line.pause_months - shorter))


def check_may_redeem(until: date | None, today: date) -> None:
    """Refuse a redemption while a red line's pause lasts (RuleBroken)."""
    if until is not None and today < until:
        raise RuleBroken(N_("因为碰了红线，兑换先停着，%(day)s 起可以再换。积分还在，没有动。"), day=until.isoformat())
