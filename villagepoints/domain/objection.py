"""异议: when one may be raised, by when it is answered, who may answer it, and what the village says of all of them."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from statistics import median
from typing import Protocol
from uuid import UUID

from villagepoints.domain import ledger, working_days
from villagepoints.domain.calendar import Month
from villagepoints.domain.errors import N_, BadInput, Conflict, NotAllowed, RuleBroken
from villagepoints.domain.finding import WITHDRAWN as FINDING_WITHDRAWN
from villagepoints.domain.rulebook import RuleBook

OPEN, UPHELD, REJECTED, WITHDRAWN = "open", "upheld", "rejected", "withdrawn"
STATUSES = (OPEN, UPHELD, REJECTED, WITHDRAWN)
PHONE, DESK, PAPER = "phone", "desk", "paper"
MOST_WORDS = 1000

_NOW = {
    UPHELD: N_("这件异议已经答复过了：提得对，已经改正。没有再改。"),
    REJECTED: N_("这件异议已经答复过了：没有改。没有再动。"),
    WITHDRAWN: N_("这件异议提的人已经撤回了，没有再动。"),
}


def answer_by(book: RuleBook, filed_on: date, exceptions: Mapping[date, bool]) -> tuple[date, date]:
    """The target day in working days and the limit in calendar days for one filed on a village date.

    The target is never later than the limit: a long holiday moves working days away, the limit stands.
    """
    limit = filed_on + timedelta(days=book.objection_answer_days)
    return min(working_days.add(filed_on, book.objection_target_working_days, exceptions), limit), limit


def check_words(words: str) -> None:
    """Refuse an objection that does not say what is wrong, or says it at the length of a book (BadInput)."""
    if not words.strip():
        raise BadInput(N_("请写一句哪里不对，村里才好去查。异议还没有提。"))
    if len(words.strip()) > MOST_WORDS:
        raise BadInput(N_("写得太长了，最多 %(most)s 个字。异议还没有提。"), most=MOST_WORDS)


def check_filed_on(filed_on: date, today: date) -> None:
    """Refuse a paper that is dated after today (BadInput)."""
    if filed_on > today:
        raise BadInput(N_("纸上的日期 %(day)s 还没到，没有登记。请核对日期。"), day=filed_on.isoformat())


def check_notice_window(opened_on: date, closes_on: date, filed_on: date) -> None:
    """Refuse an objection to an item outside its notice's days (RuleBroken)."""
    if not opened_on <= filed_on <= closes_on:
        raise RuleBroken(
            N_("这一条从 %(first)s 公示到 %(last)s，不在这几天里，没有提上。记上账以后还可以对那一条提异议。"),
            first=opened_on.isoformat(),
            last=closes_on.isoformat(),
        )


def last_day_for_entry(book: RuleBook, posted_on: date) -> date:
    """The last village date on which an entry posted on a village date may be objected to."""
    return posted_on + timedelta(days=book.objection_window_days)


def first_posted(book: RuleBook, today: date) -> date:
    """The first village date whose entries may still be objected to today."""
    return today - timedelta(days=book.objection_window_days)


def check_entry_window(book: RuleBook, posted_on: date, filed_on: date) -> None:
    """Refuse an objection to an entry before it was posted or after the window (RuleBroken)."""
    last = last_day_for_entry(book, posted_on)
    if not posted_on <= filed_on <= last:
        raise RuleBroken(
            N_(
                "这一条是 %(posted)s 记上的，记上后 %(days)s 天内（到 %(last)s）可以提异议。"
                "没有提上。还有话要说，请打村里电话。"
            ),
            posted=posted_on.isoformat(),
            days=book.objection_window_days,
            last=last.isoformat(),
        )


def check_entry_kind(kind: str) -> None:
    """Refuse an entry that an objection cannot put right by a reversal (RuleBroken)."""
    if kind not in (ledger.AWARD, ledger.PENALTY):
        raise RuleBroken(
            N_("只有加分、扣分和基础分可以在这里提异议。兑换、更正、到期的分有疑问，请打村里电话。没有提上。")
        )


def check_finding_window(status: str, found_on: date, counts_on: date, filed_on: date, *, is_closed: bool) -> None:
    """Refuse an objection to a finding that was withdrawn, or whose month was closed before it was filed (RuleBroken).

    After the close the finding stands in the ledger: then the entry is what one objects to, within its window.
    """
    if status == FINDING_WITHDRAWN:
        raise RuleBroken(N_("这一条检查发现已经撤销了，不扣分，不用再提异议。"))
    if filed_on < found_on:
        raise BadInput(N_("日期 %(day)s 比检查那天还早，没有登记。请核对日期。"), day=filed_on.isoformat())
    if is_closed and Month.of(filed_on) > Month.of(counts_on):
        raise RuleBroken(N_("那个月已经结账了。请在「记录」里找到那个月的基础分，对那一项提异议。没有提上。"))


def check_open(status: str) -> None:
    """Refuse to decide on what is decided (Conflict)."""
    if status != OPEN:
        raise Conflict(_NOW[status])


def check_decider(decider: UUID | None, involved: Collection[UUID | None], filed_by: UUID | None) -> None:
    """Refuse an answer by whoever recorded, reviewed or approved the thing, or typed the objection in (NotAllowed)."""
    if decider is None:
        raise NotAllowed(N_("异议要由村里的工作人员来答复。"))
    if decider in involved:
        raise NotAllowed(N_("这件事当初是你经手的，要请另一个人来答复。异议还开着，什么都没有动。"))
    if decider == filed_by:
        raise NotAllowed(N_("这件异议是你登记的，要请另一个人来答复。异议还开着，什么都没有动。"))


def check_reason(reason: str) -> None:
    """Refuse an answer without a reason (BadInput): whoever objected reads it."""
    if not reason.strip():
        raise BadInput(N_("请写明为什么这样答复，提异议的人会看到。什么都没有动。"))
    if len(reason.strip()) > MOST_WORDS:
        raise BadInput(N_("答复写得太长了，最多 %(most)s 个字。什么都没有动。"), most=MOST_WORDS)


class Answered(Protocol):
    """An objection as far as the public figures go."""

    @property
    def status(self) -> str: ...
    @property
    def filed_on(self) -> date: ...
    @property
    def decided_on(self) -> date | None: ...
    @property
    def limit_on(self) -> date: ...


@dataclass(frozen=True, slots=True)
class Figures:
    """How a year's objections went: how many of each, the median days to an answer, how many answered or left late."""

    filed: int
    open: int
    upheld: int
    rejected: int
    withdrawn: int
    median_days: float | None
    late: int


def figures(objections: Iterable[Answered], today: date) -> Figures:
    """The figures of these objections on a village date; late is what was, or still is not, answered by its limit."""
    rows = list(objections)
    of = {status: sum(row.status == status for row in rows) for status in STATUSES}
    days = [(row.decided_on - row.filed_on).days for row in rows if row.decided_on and row.status in (UPHELD, REJECTED)]
    late = sum((row.decided_on or today) > row.limit_on for row in rows if row.status != WITHDRAWN)
    return Figures(len(rows), of[OPEN], of[UPHELD], of[REJECTED], of[WITHDRAWN], middle(days), late)


def middle(days: Sequence[int]) -> float | None:
    """The median of days to an answer; None of none."""
    return float(median(days)) if days else None
