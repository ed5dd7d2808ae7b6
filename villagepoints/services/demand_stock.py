"""How the goods go: what was taken of each, how long the stock lasts, and on which days there was none."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Subquery, and_, case, distinct, func, select
from sqlalchemy.orm import Session

from villagepoints.domain import demand as rules
from villagepoints.domain.calendar import SHANGHAI, village_date
from villagepoints.domain.demand import LONG, Dry, Goods
from villagepoints.domain.redemption import CANCELLED, EXPIRED, FULFILLED, RESERVED
from villagepoints.domain.reward import DAYS, to_order
from villagepoints.domain.service_request import OPEN
from villagepoints.models import Redemption, RedemptionLine, Reward, ServiceRequest, StockMove


@dataclass(frozen=True, slots=True)
class Shelf:
    """One of the goods with when there was none of it in a period, and the day the stock will be gone as it goes."""

    goods: Goods
    dry: Dry
    gone_on: date | None
    to_order: int


def shelves(session: Session, village_id: UUID, first: date, last: date, today: date) -> list[Shelf]:
    """The goods on offer or waited for, those that run out first at the top; five statements."""
    rows = _goods(session, village_id, today)
    changes, since = _changes(session, village_id, first)
    found = []
    for one in rows:
        begun = since.get(one.id)
        goods = one if begun is None else _kept_since(one, (today - begun).days)
        kept_from = max(first, begun) if begun else today
        dry = rules.dry_days(one.stock, changes.get(one.id, {}), kept_from, last, today)
        left = goods.days_left
        gone_on = today + timedelta(days=min(left, 3650)) if left is not None else None
        found.append(Shelf(goods, dry, gone_on, to_order(one.stock, one.pieces_30) if one.is_active else 0))
    return sorted(found, key=lambda one: (one.gone_on or date.max, -one.dry.days, one.goods.points, one.goods.name))


def _kept_since(goods: Goods, days: int) -> Goods:
    values = {name: getattr(goods, name) for name in Goods.__slots__}
    return Goods(**{**values, "kept_days": days})


def _goods(session: Session, village_id: UUID, today: date) -> list[Goods]:
    """What the shelf holds and what was taken of it in 30 and in 90 days, and who waits for it; two statements."""
    waiting = _waiting(session, village_id)
    lately = _lately(village_id, today)
    on_offer = and_(  # what its window is closed for is asked about as little as what is no longer offered
        Reward.is_active,
        func.coalesce(Reward.offered_from, today) <= today,
        func.coalesce(Reward.offered_until, today) >= today,
    )
    shown = (Reward.id, Reward.name, Reward.points, Reward.stock, on_offer, Reward.cost_cents)
    taken = (func.coalesce(lately.c.pieces_30, 0), func.coalesce(lately.c.pieces_90, 0))
    rows = session.execute(
        select(*shown, *taken)
        .outerjoin(lately, lately.c.reward_id == Reward.id)
        .where(Reward.village_id == village_id)
        .order_by(Reward.points, Reward.code)
    )
    return [
        Goods(id_, name, points, stock, bool(active), cost, int(pieces_30), int(pieces_90), None, waiting.get(id_, 0))
        for id_, name, points, stock, active, cost, pieces_30, pieces_90 in rows
        if active or id_ in waiting
    ]


def _lately(village_id: UUID, today: date) -> Subquery:
    recent = Redemption.occurred_on > today - timedelta(days=DAYS)
    return (
        select(
            RedemptionLine.reward_id,
            func.sum(case((recent, RedemptionLine.quantity), else_=0)).label("pieces_30"),
            func.sum(RedemptionLine.quantity).label("pieces_90"),
        )
        .join(Redemption, _of_line())
        .where(
            Redemption.village_id == village_id,
            Redemption.status.in_((RESERVED, FULFILLED)),
            Redemption.occurred_on > today - timedelta(days=LONG),
        )
        .group_by(RedemptionLine.reward_id)
        .subquery()
    )


def _waiting(session: Session, village_id: UUID) -> Mapping[UUID | None, int]:
    """How many households wait for which of the goods."""
    rows = session.execute(
        select(ServiceRequest.reward_id, func.count(distinct(ServiceRequest.household_id)))
        .where(
            ServiceRequest.village_id == village_id,
            ServiceRequest.status == OPEN,
            ServiceRequest.reward_id.is_not(None),
        )
        .group_by(ServiceRequest.reward_id)
    )
    return {row[0]: row[1] for row in rows}


def _of_line() -> Any:
    return and_(RedemptionLine.village_id == Redemption.village_id, RedemptionLine.redemption_id == Redemption.id)


def _changes(
    session: Session, village_id: UUID, first: date
) -> tuple[Mapping[UUID, Mapping[date, int]], Mapping[UUID, date]]:
    """What each day since `first` did to each shelf, and when each was first filled; three statements.

    What a register of paper says left no shelf of ours.
    """
    changes: dict[UUID, dict[date, int]] = defaultdict(lambda: defaultdict(int))
    begun = datetime.combine(first, datetime.min.time(), SHANGHAI)
    moves = session.execute(
        select(StockMove.reward_id, StockMove.recorded_at, StockMove.quantity).where(
            StockMove.village_id == village_id, StockMove.recorded_at >= begun
        )
    )
    for reward_id, at, quantity in moves:
        changes[reward_id][village_date(at)] += quantity
    for reward_id, day, quantity in session.execute(_lines(village_id, first)):
        changes[reward_id][day] -= int(quantity)
    returned = session.execute(
        select(RedemptionLine.reward_id, Redemption.closed_at, RedemptionLine.quantity)
        .join(RedemptionLine, _of_line())
        .where(
            Redemption.village_id == village_id,
            Redemption.status.in_((CANCELLED, EXPIRED)),
            Redemption.batch_id.is_(None),
            Redemption.closed_at >= begun,
        )
    )
    for reward_id, closed_at, quantity in returned:
        if closed_at is not None:
            changes[reward_id][village_date(closed_at)] += quantity
    filled = session.execute(
        select(StockMove.reward_id, func.min(StockMove.recorded_at))
        .where(StockMove.village_id == village_id)
        .group_by(StockMove.reward_id)
    )
    return changes, {reward_id: village_date(at) for reward_id, at in filled}


def _lines(village_id: UUID, first: date) -> Any:
    return (
        select(RedemptionLine.reward_id, Redemption.occurred_on, func.sum(RedemptionLine.quantity))
        .join(RedemptionLine, _of_line())
        .where(Redemption.village_id == village_id, Redemption.batch_id.is_(None), Redemption.occurred_on >= first)
        .group_by(RedemptionLine.reward_id, Redemption.occurred_on)
    )
