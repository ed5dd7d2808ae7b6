"""The rules of review: who may decide on a claim, and how many people it takes."""

from collections.abc import Collection
from uuid import UUID

from villagepoints.domain.errors import N_, Conflict, NotAllowed
from villagepoints.domain.rulebook import RuleBook

WAITING, APPROVED, POSTED, REFUSED, WITHDRAWN = "waiting", "approved", "posted", "refused", "withdrawn"
STATUSES = (WAITING, APPROVED, POSTED, REFUSED, WITHDRAWN)
ITEM, REVERSAL, CLAW_BACK = "item", "reversal", "claw_back"

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
