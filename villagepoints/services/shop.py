"""The goods as a household sees them: what it can take, how far the rest is, and what its choice would cost."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy import and_, func, select
from sqlalchemy.orm import Session

from villagepoints.domain.calendar import Month
from villagepoints.domain.redemption import FULFILLED, MOST_PIECES, RESERVED
from villagepoints.models import Redemption, RedemptionLine, Reward
from villagepoints.services.phone import Home


@dataclass(frozen=True, slots=True)
class Offer:
    """One of the goods for one household: how many it may take now, how many points it is short of one."""

    id: UUID
    name: str
    points: int
    stock: int
    month_limit: int | None
    taken: int
    most: int
    missing: int

    @property
    def is_limited(self) -> bool:
        """Whether the month's limit of the household is what stands in the way."""
        return self.month_limit is not None and self.taken >= self.month_limit


@dataclass(frozen=True, slots=True)
class Chosen:
    """Goods and pieces, and what they cost together."""

    offer: Offer
    quantity: int

    @property
    def points(self) -> int:
        """What these pieces cost."""
        return self.offer.points * self.quantity


def offers(session: Session, home: Home, today: date) -> list[Offer]:
    """The village's goods for this household: what it can take, the dearest first, then the nearest; one statement."""
    month = Month.of(today)
    taken = (
        select(RedemptionLine.reward_id, func.sum(RedemptionLine.quantity).label("pieces"))
        .join(
            Redemption,
            and_(Redemption.village_id == RedemptionLine.village_id, Redemption.id == RedemptionLine.redemption_id),
        )
        .where(
            Redemption.village_id == home.village_id,
            Redemption.household_id == home.household_id,
            Redemption.status.in_((RESERVED, FULFILLED)),
            Redemption.occurred_on.between(month.first, month.last),
        )
        .group_by(RedemptionLine.reward_id)
        .subquery()
    )
    rows = session.execute(
        select(
            Reward.id,
            Reward.name,
            Reward.points,
            Reward.stock,
            Reward.household_month_limit,
            func.coalesce(taken.c.pieces, 0),
        )
        .outerjoin(taken, taken.c.reward_id == Reward.id)
        .where(Reward.village_id == home.village_id, Reward.is_active.is_(True))
        .order_by(Reward.points, Reward.name)
    )
    found = [_offer(home.balance, *row) for row in rows]
    return sorted(found, key=lambda offer: (offer.most == 0, -offer.points if offer.most else offer.missing))


def _offer(balance: int, id_: UUID, name: str, points: int, stock: int, limit: int | None, taken: int) -> Offer:
    allowed = MOST_PIECES if limit is None else max(0, limit - int(taken))
    most = max(0, min(stock, allowed, balance // points))
    return Offer(id_, name, points, stock, limit, int(taken), most, max(0, points - balance))


def chosen(catalogue: Sequence[Offer], wanted: dict[UUID, int]) -> list[Chosen]:
    """What was chosen of the catalogue, in its order; what is not in it is left out."""
    return [Chosen(offer, wanted[offer.id]) for offer in catalogue if wanted.get(offer.id, 0) > 0]
