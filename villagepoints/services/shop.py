"""The goods as a household sees them: what it can take, how far the rest is, and what its choice would cost."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import Select, and_, case, func, or_, select
from sqlalchemy.orm import Session

from villagepoints.domain.calendar import Month
from villagepoints.domain.redemption import FULFILLED, MOST_PIECES, RESERVED
from villagepoints.models import Counter, Redemption, RedemptionLine, Reward, RewardCounter
from villagepoints.services.paging import Page, Wanted
from villagepoints.services.phone import Home


@dataclass(frozen=True, slots=True)
class Offer:
    """One of the goods for one household: how many it may take now, how many points it is short of one."""

    id: UUID
    name: str
    picture: str
    points: int
    stock: int
    month_limit: int | None
    taken: int
    most: int
    missing: int
    offered_from: date | None
    offered_until: date | None
    is_open: bool  # whether today lies in its window
    counter: str | None  # where it is collected, if not at the village's own window

    @property
    def left_of_limit(self) -> int | None:
        """How many more the month's limit of the household allows; None without one."""
        return None if self.month_limit is None else max(0, self.month_limit - self.taken)

    @property
    def is_limited(self) -> bool:
        """Whether the month's limit of the household is what stands in the way."""
        return self.left_of_limit == 0


@dataclass(frozen=True, slots=True)
class Chosen:
    """Goods and pieces, and what they cost together."""

    offer: Offer
    quantity: int

    @property
    def points(self) -> int:
        """What these pieces cost."""
        return self.offer.points * self.quantity


def offers(session: Session, home: Home, today: date, wanted: Wanted) -> Page[Offer]:
    """A page of the goods: what the household can take, the dearest first, then the nearest; two statements."""
    mine = (Reward.village_id == home.village_id, Reward.is_active.is_(True))
    total = session.scalars(select(func.count()).select_from(Reward).where(*mine)).one()
    statement = _goods(home, today).limit(wanted.size).offset(wanted.offset)
    rows = session.execute(statement)
    return Page([_offer(home.balance, row, today) for row in rows], wanted.number, wanted.size, total)


def chosen(session: Session, home: Home, today: date, pieces: Mapping[UUID, int]) -> list[Chosen]:
    """What was chosen, in the catalogue's order; what is not in it is left out. One statement."""
    statement = _goods(home, today, [id_ for id_, quantity in pieces.items() if quantity > 0])
    found = [_offer(home.balance, row, today) for row in session.execute(statement)]
    return [Chosen(offer, pieces[offer.id]) for offer in found]


def _goods(home: Home, today: date, only: Collection[UUID] | None = None) -> Select[*tuple[Any, ...]]:
    """The goods in the order of the catalogue: within reach, short of points, not to be had this month."""
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
    pieces = func.coalesce(taken.c.pieces, 0)
    limit = Reward.household_month_limit
    is_open = and_(
        or_(Reward.offered_from.is_(None), Reward.offered_from <= today),
        or_(Reward.offered_until.is_(None), Reward.offered_until >= today),
    )
    is_there = and_(Reward.stock > 0, is_open, or_(limit.is_(None), limit > pieces))
    is_within = and_(is_there, Reward.points <= home.balance)
    statement = (
        select(
            *(Reward.id, Reward.name, Reward.picture, Reward.points, Reward.stock, limit, pieces),
            *(Reward.offered_from, Reward.offered_until, Counter.name),
        )
        .outerjoin(taken, taken.c.reward_id == Reward.id)
        .outerjoin(
            RewardCounter, and_(RewardCounter.village_id == Reward.village_id, RewardCounter.reward_id == Reward.id)
        )
        .outerjoin(Counter, and_(Counter.village_id == Reward.village_id, Counter.id == RewardCounter.counter_id))
        .where(Reward.village_id == home.village_id, Reward.is_active.is_(True))
        .order_by(
            case((is_within, 0), (is_there, 1), else_=2),
            case((is_within, -Reward.points), else_=Reward.points),
            Reward.name,
            Reward.id,
        )
    )
    return statement if only is None else statement.where(Reward.id.in_(only))


def _offer(balance: int, row: Any, today: date) -> Offer:
    id_, name, picture, points, stock, limit, pieces, first, last, counter = row
    taken, is_open = int(pieces), (first is None or first <= today) and (last is None or today <= last)
    allowed = MOST_PIECES if limit is None else max(0, limit - taken)
    most = max(0, min(stock, allowed, balance // points)) if is_open else 0
    missing = max(0, points - balance)
    return Offer(id_, name, picture, points, stock, limit, taken, most, missing, first, last, is_open, counter)
