"""Whether every stock is what came in, went out, was counted, redeemed and given back, for verify."""

from collections.abc import Iterator
from uuid import UUID

from sqlalchemy import Select, and_, func, or_, select
from sqlalchemy.orm import Session

from villagepoints.domain.redemption import FULFILLED, RESERVED
from villagepoints.domain.stocktake import CLOSED
from villagepoints.models import Redemption, RedemptionLine, Reward, StockMove, Stocktake, StocktakeLine


def wrong_stocks(session: Session, village_id: UUID) -> Iterator[str]:
    """A sentence for each stock that its history does not come to, each move that goes the wrong way, and each
    stocktake whose differences are not what was moved."""
    yield from _wrong_sums(session, village_id)
    yield from _wrong_moves(session, village_id)
    yield from _wrong_counts(session, village_id)


def _wrong_sums(session: Session, village_id: UUID) -> Iterator[str]:
    """What came in and out less what was redeemed is left; imported redemptions were before there was a stock."""
    moved = _by_reward(
        session,
        select(StockMove.reward_id, func.sum(StockMove.quantity))
        .where(StockMove.village_id == village_id)
        .group_by(StockMove.reward_id),
    )
    of_line = and_(Redemption.village_id == RedemptionLine.village_id, Redemption.id == RedemptionLine.redemption_id)
    gone = _by_reward(
        session,
        select(RedemptionLine.reward_id, func.sum(RedemptionLine.quantity))
        .join(Redemption, of_line)
        .where(
            Redemption.village_id == village_id,
            Redemption.batch_id.is_(None),
            Redemption.status.in_((RESERVED, FULFILLED)),
        )
        .group_by(RedemptionLine.reward_id),
    )
    for reward in session.execute(select(Reward.id, Reward.name, Reward.stock).where(Reward.village_id == village_id)):
        should = moved.get(reward.id, 0) - gone.get(reward.id, 0)
        if reward.stock != should:
            yield f"「{reward.name}」的库存写着 {reward.stock} 件，按进出和兑换应是 {should} 件。"


def _wrong_moves(session: Session, village_id: UUID) -> Iterator[str]:
    of_reward = and_(Reward.village_id == StockMove.village_id, Reward.id == StockMove.reward_id)
    goes_wrong = or_(
        and_(StockMove.kind == "in", StockMove.quantity < 0),
        and_(StockMove.kind == "out", StockMove.quantity > 0),
        and_(StockMove.kind == "count", StockMove.stocktake_id.is_(None)),
        and_(StockMove.kind != "count", StockMove.stocktake_id.is_not(None)),
    )
    rows = session.execute(
        select(Reward.name, StockMove.kind, StockMove.quantity)
        .join(Reward, of_reward)
        .where(StockMove.village_id == village_id, goes_wrong)
    )
    for name, kind, quantity in rows:
        yield f"「{name}」有一笔库存进出对不上：写的是 {kind}，件数是 {quantity}。"


def _wrong_counts(session: Session, village_id: UUID) -> Iterator[str]:
    """A closed stocktake moved what its lines differ by, no other moved anything."""
    moves = session.execute(
        select(StockMove.stocktake_id, StockMove.reward_id, func.sum(StockMove.quantity))
        .where(StockMove.village_id == village_id, StockMove.stocktake_id.is_not(None))
        .group_by(StockMove.stocktake_id, StockMove.reward_id)
    )
    moved = {(stocktake_id, reward_id): int(quantity) for stocktake_id, reward_id, quantity in moves}
    of_line = and_(Stocktake.village_id == StocktakeLine.village_id, Stocktake.id == StocktakeLine.stocktake_id)
    of_reward = and_(Reward.village_id == StocktakeLine.village_id, Reward.id == StocktakeLine.reward_id)
    rows = session.execute(
        select(
            *(StocktakeLine.stocktake_id, StocktakeLine.reward_id, Reward.name),
            *(Stocktake.status, StocktakeLine.counted, StocktakeLine.in_books),
        )
        .join(Stocktake, of_line)
        .join(Reward, of_reward)
        .where(StocktakeLine.village_id == village_id)
    )
    for stocktake_id, reward_id, name, status, counted, in_books in rows:
        should, did = 0, moved.pop((stocktake_id, reward_id), 0)
        if status == CLOSED and counted is not None and in_books is not None:
            should = counted - in_books
        if did != should:
            yield f"「{name}」盘点差 {should} 件，库存却动了 {did} 件。"
    for quantity in moved.values():
        yield f"有一笔盘点动了 {quantity} 件，盘点单上却没有这样商品。"


def _by_reward(session: Session, query: Select[UUID, int]) -> dict[UUID, int]:
    return {reward_id: int(quantity) for reward_id, quantity in session.execute(query)}
