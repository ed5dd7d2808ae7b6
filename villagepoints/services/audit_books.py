"""What the books say of what an audit looks at: a household's base of the month, the pieces that lie on a shelf."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import Select, and_, func, select
from sqlalchemy.orm import Session

from villagepoints.domain.calendar import Month, village_date
from villagepoints.domain.redemption import FULFILLED, RESERVED
from villagepoints.domain.rulebook import RuleBook
from villagepoints.models import Audit, AuditItem, Redemption, RedemptionLine, Reward, StockMove
from villagepoints.services import month_base, rulebook


def book_of(session: Session, audit: Audit) -> RuleBook:
    """The rule book of the audited month, as far as it had gone when the audit was opened."""
    last = Month.parse(audit.month).last
    return rulebook.in_force(session, audit.village_id, min(last, village_date(audit.opened_at)))


def base_of(session: Session, audit: Audit, book: RuleBook, of: Sequence[UUID]) -> dict[UUID, dict[str, int]]:
    """What each base item earned these households in the audited month, by item code: what stands in the ledger, or
    where the month is not closed what counts so far; three statements, none for no household."""
    if not of:
        return {}
    month = Month.parse(audit.month)
    posted: dict[UUID, dict[str, int]] = defaultdict(dict)
    standing = month_base.standing(audit.village_id, month, book)
    for household_id, code, points in session.execute(standing.where(standing.selected_columns.household_id.in_(of))):
        posted[household_id][code] = points
    missing = [household_id for household_id in of if household_id not in posted]
    return {**posted, **(month_base.earned(session, audit.village_id, month, book, missing) if missing else {})}


def when_drawn(item: AuditItem, now: dict[str, int]) -> dict[str, int]:
    """What each base item of a household of the sample earned when it was drawn; where that was not kept, `now`."""
    return {**item.expected["base"]} if item.expected else now


def on_the_shelf(session: Session, village_id: UUID, reward_ids: Sequence[UUID], at: datetime) -> dict[UUID, int]:
    """How many pieces of each goods lay there at an instant: what lies there now, less what came in since, and what
    was handed over since put back; five statements."""
    stock = select(Reward.id, Reward.stock).where(Reward.village_id == village_id, Reward.id.in_(reward_ids))
    waiting = _handed(village_id, reward_ids).where(Redemption.status == RESERVED)
    gone = _handed(village_id, reward_ids).where(Redemption.status == FULFILLED, Redemption.fulfilled_at > at)
    moved = (
        select(StockMove.reward_id, func.sum(StockMove.quantity))
        .where(StockMove.village_id == village_id, StockMove.reward_id.in_(reward_ids), StockMove.recorded_at > at)
        .group_by(StockMove.reward_id)
    )
    held, left, came = (_sums(session, query) for query in (waiting, gone, moved))
    return {
        id_: pieces + held.get(id_, 0) + left.get(id_, 0) - came.get(id_, 0) for id_, pieces in session.execute(stock)
    }


def _handed(village_id: UUID, reward_ids: Sequence[UUID]) -> Select[UUID, int]:
    """Pieces in redemptions of ours, by goods; imported ones were before there was a stock."""
    of_line = and_(Redemption.village_id == RedemptionLine.village_id, Redemption.id == RedemptionLine.redemption_id)
    return (
        select(RedemptionLine.reward_id, func.sum(RedemptionLine.quantity))
        .join(Redemption, of_line)
        .where(
            Redemption.village_id == village_id,
            Redemption.batch_id.is_(None),
            RedemptionLine.reward_id.in_(reward_ids),
        )
        .group_by(RedemptionLine.reward_id)
    )


def _sums(session: Session, query: Select[UUID, int]) -> dict[UUID, int]:
    return {reward_id: int(pieces) for reward_id, pieces in session.execute(query)}
