"""红线: what crossing one costs, and how a household shortens its pause by putting things right."""

from collections.abc import Iterable
from datetime import date, datetime
from typing import Protocol
from uuid import UUID

from villagepoints.domain.calendar import Month
from villagepoints.domain.errors import N_, BadInput, Conflict, NotAllowed, RuleBroken
from villagepoints.domain.rulebook import RedLine, RuleBook

WAITING, CONFIRMED, REFUSED, LIFTED = "waiting", "confirmed", "refused", "lifted"
STATUSES = (WAITING, CONFIRMED, REFUSED, LIFTED)
PUT_RIGHT, PLEDGE, SERVICE = "put_right", "pledge", "service"
REPAIRS = (PUT_RIGHT, PLEDGE, SERVICE)


MOST_HOURS = 24  # of service on one day


class Step(Protocol):
    """A confirmed step of the way back."""

    @property
    def kind(self) -> str: ...
    @property
    def hours(self) -> int: ...
    @property
    def counts_on(self) -> date: ...  # the village date on which somebody confirmed it


def check_document(line: RedLine, document: str) -> None:
    """Refuse a red line that asks for a written finding and has none (RuleBroken)."""
    if line.requires_document and not document.strip():
        raise RuleBroken(N_("红线 %(code)s 要有书面文书才能认定。请填文书名称或文号。没有记。"), code=line.code)


def check_open(status: str) -> None:
    """Refuse to decide on what is decided (Conflict)."""
    if status != WAITING:
        raise Conflict(N_("这一条红线已经处理过了，没有再改。"))


def check_decider(decider: UUID | None, recorded_by: UUID | None) -> None:
    """Refuse whoever recorded it (NotAllowed): two different people."""
    if decider is None:
        raise NotAllowed(N_("认定要由村里的工作人员来做，什么都没有动。"))
    if decider == recorded_by:
        raise NotAllowed(N_("这一条是你自己记的，要请另一个人来定。什么都没有动。"))


def check_lifter(lifter: UUID | None, status: str, decided_by: UUID | None) -> None:
    """Refuse to lift what does not stand (Conflict), or what one has confirmed oneself (NotAllowed)."""
    if status != CONFIRMED:
        raise Conflict(N_("这一条红线没有认定，或者已经撤销了，没有再改。"))
    if lifter is None or lifter == decided_by:
        raise NotAllowed(N_("撤销要请认定以外的另一个人来办，什么都没有动。"))


def check_stands(status: str) -> None:
    """Refuse a step of the way back from what does not stand (Conflict)."""
    if status != CONFIRMED:
        raise Conflict(N_("这一条红线没有认定，或者已经撤销了，不用再补救。没有记。"))


def check_done_on(done_on: date, found_on: date, today: date) -> None:
    """Refuse a step before the line was crossed, or on a day that has not come (BadInput)."""
    if not found_on <= done_on <= today:
        raise BadInput(
            N_("做到的日期要在 %(first)s 到 %(last)s 之间，填的是 %(day)s。没有记。"),
            first=found_on.isoformat(),
            last=today.isoformat(),
            day=done_on.isoformat(),
        )


def check_step(decider: UUID | None, recorded_by: UUID | None, confirmed_at: datetime | None) -> None:
    """Refuse to settle a step twice (Conflict) or one's own record (NotAllowed)."""
    if confirmed_at is not None:
        raise Conflict(N_("这一步已经核实过了，没有再改。"))
    check_decider(decider, recorded_by)


def months_later(day: date, months: int) -> date:
    """The same day some months on, the month's last day where it is shorter."""
    month = Month.of(day) + months
    return month.first.replace(day=min(day.day, month.last.day))


def check_hours(kind: str, hours: int) -> None:
    """Refuse service without hours, more than a day has, or hours of anything but service (BadInput)."""
    if kind not in REPAIRS:
        raise BadInput(N_("请选做到了哪一样：已改正、写了承诺书，或做了义工。没有记。"))
    if kind == SERVICE and not 1 <= hours <= MOST_HOURS:
        raise BadInput(N_("义工要填 1 到 %(most)s 小时，填的是 %(hours)s。没有记。"), most=MOST_HOURS, hours=hours)


def hours_counted(steps: Iterable[Step]) -> int:
    """The hours of service that count: none before the matter is put right and a pledge is given."""
    done = list(steps)
    if not {PUT_RIGHT, PLEDGE} <= {step.kind for step in done}:
        return 0
    return sum(step.hours for step in done if step.kind == SERVICE)


def paused_until(book: RuleBook, line: RedLine, start: date, steps: Iterable[Step]) -> date:
    """The first day on which the household may redeem again; `start` is the day the case was confirmed.

    Once it is put right and a pledge is given, every `repair_hours` of service take a month off the pause; the
    village's book gives no number, so this is our proposal, to be changed in the rule studio. A step never reaches
    back: it ends the pause on the day it was confirmed at the earliest.
    """
    until = months_later(start, line.pause_months)
    done: list[Step] = []
    for step in sorted(steps, key=lambda step: step.counts_on):
        done.append(step)
        months = hours_counted(done) // book.repair_hours if book.repair_hours > 0 else 0
        shorter = months_later(start, max(0, line.pause_months - months))
        until = min(until, max(shorter, step.counts_on))
    return until


def is_paused(until: date | None, today: date) -> bool:
    """Whether a household may not redeem on a village date."""
    return until is not None and today < until


def check_may_redeem(until: date | None, today: date) -> None:
    """Refuse a redemption while a red line's pause lasts (RuleBroken)."""
    if until is not None and is_paused(until, today):
        raise RuleBroken(N_("因为碰了红线，兑换先停着，%(day)s 起可以再换。积分还在，没有动。"), day=until.isoformat())
