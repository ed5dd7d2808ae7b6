"""劝导: what becomes of something found in the lane; the first of its kind is talked about, a repeat counts."""

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from typing import Protocol

from villagepoints.domain.calendar import Month, village_date
from villagepoints.domain.errors import N_, BadInput, Conflict, RuleBroken
from villagepoints.domain.rulebook import BASE, RuleBook, RuleItem

PERSUADED, COUNTED, RECTIFIED, WITHDRAWN = "persuaded", "counted", "rectified", "withdrawn"
STATUSES = {
    PERSUADED: N_("劝导中"),
    COUNTED: N_("已计入"),
    RECTIFIED: N_("已整改"),
    WITHDRAWN: N_("已撤销"),
}
MOST_AT_ONCE = 20  # piles of one item found in one visit: more is a slip of the finger


class Earlier(Protocol):
    """An earlier finding of the same item at the same household."""

    @property
    def found_on(self) -> date: ...
    @property
    def status(self) -> str: ...
    @property
    def rectify_by(self) -> date | None: ...
    @property
    def recorded_at(self) -> datetime: ...


def remembered_from(book: RuleBook, on: date) -> date:
    """The first day whose persuasions are still remembered on a village date."""
    month = Month.of(on) - book.persuasion_months
    return month.first.replace(day=min(on.day, month.last.day))


def becomes(book: RuleBook, on: date, earlier: Iterable[Earlier], today: date) -> tuple[str, date | None]:
    """What a finding becomes: `persuaded` with the date to put it right, or `counted` where it is a repeat.

    `earlier` are findings of the same item at the same household, in any state; withdrawn ones never were. The days
    to put it right run from `today`, when it is recorded, however long ago it was found.
    """
    if _told(book, on, earlier):
        return COUNTED, None
    return PERSUADED, today + timedelta(days=book.rectification_days)


def _told(book: RuleBook, on: date, earlier: Iterable[Earlier]) -> list[Earlier]:
    """The remembered findings of which the household knew before a village date: recorded on an earlier day, so that
    nobody makes a repeat out of one visit, or of days that are written down together afterwards."""
    since = remembered_from(book, on)
    return [
        one
        for one in earlier
        if one.status != WITHDRAWN and since <= one.found_on and village_date(one.recorded_at) < on
    ]


def settle(status: str, is_right: bool) -> str:
    """What a recheck makes of a finding: put right it costs nothing, else it counts; Conflict where it is settled."""
    if status != PERSUADED:
        raise Conflict(N_("这一条已经处理过了，没有再改。"))
    return RECTIFIED if is_right else COUNTED


def can_be_found(item: RuleItem) -> bool:
    """Whether the item is scored by findings: base items, and penalties that somebody must be persuaded about first."""
    return item.kind == BASE or item.requires_persuasion


def check_item(item: RuleItem) -> None:
    """Refuse an item that is not scored by findings (RuleBroken)."""
    if not can_be_found(item):
        raise RuleBroken(N_("%(code)s 不是走访检查的内容，没有记。请到「记分」里记。"), code=item.code)


def check_recheck(
    item: RuleItem, rectify_by: date | None, today: date, *, is_right: bool, note: str, photos: int
) -> None:
    """Refuse a recheck without its proof (BadInput), or one that says "not put right" before the day (RuleBroken).

    What is put right is shown by a photo where the item is proved by photos, else told in a few words.
    """
    if not is_right:
        if rectify_by is not None and today < rectify_by:
            raise RuleBroken(
                N_("说好 %(day)s 前改好，现在还没到期。什么都没有改，请到期再来复查。"), day=rectify_by.isoformat()
            )
    elif item.evidence == "photo" and not photos:
        raise BadInput(N_("改好了要拍一张照片留底。还没有记，请拍了照片再交。"))
    elif not photos and not note.strip():
        raise BadInput(N_("请写一句是怎么改好的，或者拍一张照片。还没有记。"))


def check_count(count: int) -> None:
    """Refuse numbers of findings nobody makes in one visit (BadInput)."""
    if not 1 <= count <= MOST_AT_ONCE:
        raise BadInput(N_("处数要在 1 到 %(most)s 之间，填的是 %(count)s。没有记。"), most=MOST_AT_ONCE, count=count)


def persuaded_before(book: RuleBook, item: RuleItem, on: date, earlier: Iterable[Earlier]) -> date:
    """The day of the persuasion on which a penalty of that day may rest: not put right in time, or done again.

    Raises RuleBroken where nobody talked to the household before, or its time to put it right is not over.
    """
    before = _told(book, on, earlier)
    if not before:
        raise RuleBroken(
            N_("%(code)s 要先劝导、不改或再犯才扣分。这户还没有劝导过，请先到「评分」记一次劝导。没有记账。"),
            code=item.code,
        )
    last = max(before, key=lambda one: one.found_on)
    if last.status == PERSUADED and last.rectify_by is not None and on <= last.rectify_by:
        raise RuleBroken(
            N_("%(code)s：%(day)s 劝导过，%(until)s 前改好就不扣，现在还没到期。没有记账。"),
            code=item.code,
            day=last.found_on.isoformat(),
            until=last.rectify_by.isoformat(),
        )
    return last.found_on
