"""The law of points that go from one household to another: after a merger, a death, or as part of a split."""

from datetime import date
from uuid import UUID

from villagepoints.domain.errors import N_, BadInput, Conflict, NotAllowed, NotEnoughPoints, RuleBroken

MERGE, INHERIT, SPLIT = "merge", "inherit", "split"
WAITING, DONE, REFUSED = "waiting", "done", "refused"
STATUSES = (WAITING, DONE, REFUSED)
MOVED, MERGED, DIED, MARRIED, MISTAKE = "moved", "merged", "died", "married", "mistake"
MEMBER_REASONS = (MOVED, MARRIED, DIED, MISTAKE)  # why a person is not in the household any more
HOUSEHOLD_REASONS = (MOVED, DIED)  # why a household is not in the village any more, besides a merger

_NOW = {
    DONE: N_("这笔积分已经转过去了，没有再转。"),
    REFUSED: N_("这笔转积分已经退回了，没有转。"),
}


def check_points(points: int, balance: int) -> None:
    """Refuse to hand on less than nothing (BadInput) or more than there is (NotEnoughPoints): debts do not go over."""
    if points < 0:
        raise BadInput(N_("转的积分填 0 或更多。什么都没有动。")).at("points")
    if points > balance:
        raise NotEnoughPoints(
            N_("要转 %(points)s 分，这户现在只有 %(balance)s 分。什么都没有动。"), points=points, balance=balance
        ).at("points")


def check_not_paused(points: int, paused_until: date | None, today: date) -> None:
    """Refuse to hand on points while a red line pauses their use: going to another household is no way around it."""
    if points and paused_until is not None and paused_until > today:
        raise RuleBroken(
            N_("这户碰了红线，%(day)s 以前积分不能用，也不能转给别的户。什么都没有动。"), day=paused_until.isoformat()
        ).at("points")


def check_document(kind: str, points: int, document: str) -> None:
    """Refuse an inheritance that names no paper it rests on (BadInput)."""
    if kind == INHERIT and points and not document.strip():
        raise BadInput(N_("继承积分要写明凭什么，例如「家庭协议 2026-06-01」。什么都没有动。")).at("document")


def check_decider(status: str, decider: UUID | None, recorded_by: UUID | None) -> None:
    """Refuse to decide what is decided (Conflict), and whoever recorded it (NotAllowed): two different people."""
    if status != WAITING:
        raise Conflict(_NOW[status])
    if decider is None or decider == recorded_by:
        raise NotAllowed(N_("这笔是你自己提的，要请另一个人来定。积分没有动。"))


def kind_of(left_reason: str, *, has_ties: bool) -> str:
    """As what a household may hand its points on; RuleBroken where nobody merged, died or split.

    `has_ties`: people of the two went over between them before, so that what was not settled then can be now.
    """
    if left_reason == MERGED:
        return MERGE
    if left_reason == DIED:
        return INHERIT
    if has_ties:
        return SPLIT
    raise RuleBroken(N_("积分只能在并户、分户或家里人都不在了的时候转给另一户。什么都没有动。"))


def next_number(number: str) -> str:
    """The household number after this one: the digits at its end counted on, as wide as they were."""
    digits = len(number) - len(number.rstrip("0123456789"))
    if not digits:
        return f"{number}1"
    head, tail = number[:-digits], number[-digits:]
    return f"{head}{int(tail) + 1:0{digits}d}"
