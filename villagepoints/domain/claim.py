"""The rules of review: who may decide on a claim, and how many people it takes."""

from collections.abc import Collection
from uuid import UUID

from villagepoints.domain.errors import N_, Conflict, NotAllowed, RuleBroken
from villagepoints.domain.rulebook import BASE, CONTRIBUTION, RuleBook, RuleItem

WAITING, APPROVED, POSTED, REFUSED, WITHDRAWN = "waiting", "approved", "posted", "refused", "withdrawn"
STATUSES = (WAITING, APPROVED, POSTED, REFUSED, WITHDRAWN)
ITEM, REVERSAL, CLAW_BACK = "item", "reversal", "claw_back"

MOST_WAITING = 20  # claims of one household at a time: more would bury what its neighbours claimed

_NOW = {
    APPROVED: N_("这一条已经审核通过，正等着公示和入账，没有再改。"),
    POSTED: N_("这一条已经审核通过、记上账了，没有再记。"),
    REFUSED: N_("这一条已经被退回了，没有再改。"),
    WITHDRAWN: N_("这一条申报人自己撤回了，没有记账。"),
}


def approvals_needed(book: RuleBook, points: int) -> int:
    """How many people must approve, besides whoever recorded it: one; from `second_approver_from` points two."""
    return 2 if book.needs_second_approver(points) else 1


def goes_on_notice(book: RuleBook, kind: str) -> bool:
    """Whether an approved claim is first shown to the village; a reversal puts right what was public already."""
    return kind != REVERSAL and book.publicity_days > 0


def check_names_its_entry(item: RuleItem) -> None:
    """Refuse a penalty for a false claim that does not say which entry was falsely gained (RuleBroken)."""
    if item.claws_back:
        raise RuleBroken(
            N_("%(code)s 要从虚报得来的那一条记录进：打开这户的积分账，点那一条的「虚报冒领」。没有记账。"),
            code=item.code,
        )


def check_not_base(item: RuleItem | None) -> None:
    """Refuse to reverse a month's base: the month would earn nothing under the item (RuleBroken)."""
    if item is not None and item.kind == BASE:
        raise RuleBroken(
            N_(
                "每月基础分不能整条冲正，冲了这一项这个月就没有分了。评错了请到「公示与异议」里提异议，改成对的分。没有冲正。"
            )
        )


def check_falsely_gained(item: RuleItem | None) -> None:
    """Refuse to take back as falsely claimed what was no contribution (RuleBroken)."""
    if item is None or item.kind != CONTRIBUTION:
        raise RuleBroken(N_("只有加分才会虚报冒领；这一条不是加分，没有动。记错了请用「冲正」，基础分评错了请提异议。"))


def clawing_back(book: RuleBook) -> RuleItem:
    """The penalty for a false claim; RuleBroken where this version of the book has none."""
    for item in book.items.values():
        if item.claws_back:
            return item
    raise RuleBroken(N_("现行办法里没有「虚报冒领」这一项，没有动。可以用「冲正」。"))


def check_waiting(waiting: int) -> None:
    """Refuse a household's own claim while so many of its claims wait to be reviewed (RuleBroken)."""
    if waiting >= MOST_WAITING:
        raise RuleBroken(N_("你家已经有 %(count)s 条等着审核，等审过一些再报。没有申报。"), count=waiting)


def check_open(status: str) -> None:
    """Refuse to decide on what is decided, with what it is now (Conflict)."""
    if status != WAITING:
        raise Conflict(_NOW[status])


def check_reviewer(reviewer: UUID | None, recorded_by: UUID | None, earlier: Collection[UUID]) -> None:
    """Refuse whoever recorded the claim or has approved it before (NotAllowed): two different people."""
    if reviewer is None:
        raise NotAllowed(N_("审核要由村里的工作人员来做。"))
    if reviewer == recorded_by:
        raise NotAllowed(N_("这一条是你自己录的，要请另一个人审核。没有记账。"))
    if reviewer in earlier:
        raise NotAllowed(N_("你已经同意过这一条，还要另一个人也同意。没有记账。"))
