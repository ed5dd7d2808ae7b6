"""The rules of an activity: when its code checks people in and out, and how many hours somebody was there."""

import hashlib
import hmac
from collections.abc import Iterable
from datetime import UTC, date, datetime, time, timedelta
from typing import Protocol
from uuid import UUID

from villagepoints.domain.calendar import SHANGHAI
from villagepoints.domain.caps import Remaining
from villagepoints.domain.card import TOKEN_BITS, TOKEN_LENGTH, base32
from villagepoints.domain.errors import N_, BadInput, Conflict, RuleBroken
from villagepoints.domain.rulebook import CONTRIBUTION, RuleBook, RuleItem

PLANNED, CLOSED, CANCELLED = "planned", "closed", "cancelled"
EARLY, ON, LEAVING, OVER = "early", "on", "leaving", "over"  # what its code does now
BEFORE = timedelta(minutes=30)  # how early people may check in
AFTER = timedelta(hours=2)  # how late they may still check out; it counts as the end
GRACE = timedelta(minutes=10)  # what queueing at the poster may cost without costing an hour
HOUR = timedelta(hours=1)
FURTHEST = timedelta(days=366)  # an activity planned beyond it is a slip of the pen


class Times(Protocol):
    """From when to when an activity lasts, and what has become of it."""

    @property
    def starts_at(self) -> datetime: ...
    @property
    def ends_at(self) -> datetime: ...
    @property
    def status(self) -> str: ...


def token_of(key: bytes, village_id: UUID, gathering_id: UUID) -> str:
    """The token on the activity's poster: the first 128 bits of an HMAC, as on a door card, 26 letters and digits."""
    digest = hmac.digest(key, b"gathering\0" + village_id.bytes + gathering_id.bytes, hashlib.sha256)
    return base32(int.from_bytes(digest[: TOKEN_BITS // 8], "big"), TOKEN_LENGTH)


def instant(day: date, at: time) -> datetime:
    """The UTC instant of a time of day in the village."""
    return datetime.combine(day, at, SHANGHAI).astimezone(UTC)


def _is_earned_by_being_there(item: RuleItem) -> bool:
    """A grade cannot be told from being there."""
    return item.kind == CONTRIBUTION and item.evidence == "check_in" and not item.grades


def items_for(book: RuleBook) -> list[RuleItem]:
    """The contributions that are earned by being there."""
    return [item for item in book.of_kind(CONTRIBUTION) if _is_earned_by_being_there(item)]


def check_plan(item: RuleItem, starts_at: datetime, ends_at: datetime, now: datetime) -> None:
    """Refuse what cannot be an activity: an item that is not earned by being there (RuleBroken), times that do not
    make sense (BadInput)."""
    if not _is_earned_by_being_there(item):
        raise RuleBroken(N_("%(code)s 不是靠签到得的分，不能办成活动。没有建。"), code=item.code)
    if ends_at <= starts_at:
        raise BadInput(N_("结束时间要比开始晚，没有建。请改一下时间。"))
    if starts_at > now + FURTHEST:
        raise BadInput(N_("开始的日子在一年以后，没有建。请看看年份有没有填错。"))


def check_not_cancelled(status: str) -> None:
    """Refuse an activity that was called off (Conflict)."""
    if status == CANCELLED:
        raise Conflict(N_("这个活动已经取消了，没有记。"))


def phase(gathering: Times, now: datetime) -> str:
    """What its code does now: nothing yet, in and out, out only, nothing any more, nothing at all."""
    if gathering.status == CANCELLED:
        return CANCELLED
    if now < gathering.starts_at - BEFORE:
        return EARLY
    if now <= gathering.ends_at:
        return ON
    return LEAVING if now <= gathering.ends_at + AFTER else OVER


def check_in_open(gathering: Times, now: datetime) -> None:
    """Refuse a check-in by phone before its time or after the end (RuleBroken)."""
    check_not_cancelled(gathering.status)
    is_now = phase(gathering, now)
    if is_now == EARLY:
        raise RuleBroken(
            N_("还没到签到的时候，没有签。开始前半小时起可以签：%(time)s。"),
            time=f"{(gathering.starts_at - BEFORE).astimezone(SHANGHAI):%H:%M}",
        )
    if is_now != ON:
        raise RuleBroken(N_("活动已经结束，签不上了。你来过的话，请跟办活动的人说一声，由他们补。"))


def check_out_open(gathering: Times, now: datetime) -> None:
    """Refuse a check-out by phone later than two hours after the end (RuleBroken)."""
    check_not_cancelled(gathering.status)
    if phase(gathering, now) == OVER:
        raise RuleBroken(N_("结束超过 2 小时，签退不了了。请跟办活动的人说一声，由他们补上签退时间。"))


def check_times(gathering: Times, arrived: datetime, left: datetime | None) -> None:
    """Refuse times typed by hand that lie outside the activity, or a leaving before the arriving (BadInput)."""
    if not gathering.starts_at - BEFORE <= arrived <= gathering.ends_at:
        raise BadInput(N_("签到时间不在活动时间里，没有改。请照活动的开始和结束来填。"))
    if left is not None and not arrived <= left <= gathering.ends_at:
        raise BadInput(N_("签退时间要在签到以后、活动结束以前，没有改。"))


def check_ended(gathering: Times, now: datetime) -> None:
    """Refuse to close an activity that still goes on (RuleBroken)."""
    check_not_cancelled(gathering.status)
    if now < gathering.ends_at:
        raise RuleBroken(N_("活动还没结束，没有报分。等结束了再来。"))


def hours(gathering: Times, arrived: datetime, left: datetime) -> int:
    """The whole hours somebody was there: inside the activity's times, ten minutes forgiven, the rest rounded down.

    Never below 0 and never more than the activity's own whole hours, however early or late somebody checked.
    """
    there = min(left, gathering.ends_at) - max(arrived, gathering.starts_at)
    whole = (gathering.ends_at - gathering.starts_at) // HOUR
    return max(0, min(whole, (there + GRACE) // HOUR))


def quantity(item: RuleItem, gathering: Times, arrived: datetime, left: datetime | None) -> int:
    """How many units an attendance is worth: hours where the item counts them, else once for having been there.

    Raises RuleBroken where hours are counted and somebody has not checked out, or was there for less than one.
    """
    if item.unit != "hour":
        return 1
    if left is None:
        raise RuleBroken(N_("没有签退，不知道做了几小时。请补上签退时间，再报一次。"))
    if (counted := hours(gathering, arrived, left)) == 0:
        raise RuleBroken(N_("在场不满 1 小时，这次不记分。"))
    return counted


def within_caps(item: RuleItem, wanted: int, left: Iterable[Remaining]) -> int:
    """As many of the wanted units as the caps leave room for; the wanted ones where not even one fits, so that the
    rules refuse them with their own reason."""
    rooms = [one.amount // item.points for one in left if one.unit == "points"]
    return min([wanted, *rooms]) or wanted
