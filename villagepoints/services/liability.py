"""What unspent points may cost: the goods behind them, when they expire, what the next quarter takes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import cast
from uuid import UUID

from sqlalchemy import Integer, and_, case, func, select
from sqlalchemy import cast as as_type
from sqlalchemy.orm import Session

from villagepoints.domain import liability as rules
from villagepoints.domain.calendar import Month
from villagepoints.domain.liability import Expiry, Forecast, Goods, Money, Rates
from villagepoints.domain.redemption import FULFILLED, RESERVED
from villagepoints.models import Household, LedgerEntry, Redemption, RedemptionLine, Reward
from villagepoints.services import month_sums, rulebook
from villagepoints.services.counted import counted
from villagepoints.services.undone import standing

BACK = 12  # months of redemptions that say what a point costs


@dataclass(frozen=True, slots=True)
class Liability:
    """The page: what households hold (points), by the cost of the goods, over the months until it expires."""

    points: int
    households: int
    goods: Sequence[Goods]
    rates: Rates | None
    curve: Sequence[Expiry]
    forecast: Forecast | None
    keeps: int  # months that points are good for
    counted_at: datetime  # of the curve and the forecast; everything else is as of now

    @property
    def money(self) -> Money | None:
        """What the points held cost; None where no cost is written down."""
        return rules.money(self.points, self.rates) if self.rates else None

    @property
    def next_quarter(self) -> Money | None:
        """What the next quarter is reckoned to cost."""
        return rules.money(self.forecast.points, self.rates) if self.rates and self.forecast else None

    @property
    def covered_percent(self) -> int | None:
        """How much of what was redeemed lately has a cost."""
        return rules.covered_percent(self.goods)

    @property
    def without_cost(self) -> Sequence[Goods]:
        """The goods that the reckoning had to leave out."""
        return [one for one in self.goods if one.cost_cents is None and (one.is_active or one.redeemed)]


def of_village(session: Session, village_id: UUID, today: date, now: datetime) -> Liability:
    """Everything the page shows; six statements, two more where the books were not counted within the hour."""
    book = rulebook.in_force(session, village_id, today)
    held, households = session.execute(
        select(func.coalesce(func.sum(Household.balance), 0), func.count()).where(
            Household.village_id == village_id, Household.balance > 0, Household.left_on.is_(None)
        )
    ).one()
    sums = month_sums.year(session, village_id, today, now)
    ages = counted(session, village_id, "gained_in", Month.of(today), now, lambda: gained_in(session, village_id))
    goods = of_goods(session, village_id, today)
    begun = Month.of(book.effective_on)  # full months under the rules as they are
    generated = {month: points for month, points in sums.figures.generated.items() if month >= begun}
    redeemed = {month: points for month, points in sums.figures.redeemed.items() if month >= begun}
    return Liability(
        points=int(held),
        households=households,
        goods=goods,
        rates=rules.rates(goods),
        curve=rules.expiry_curve(ages.figures, today, book.expiry_months),
        forecast=rules.forecast(generated, redeemed, today),
        keeps=book.expiry_months,
        counted_at=min(sums.counted_at, ages.counted_at),
    )


def of_goods(session: Session, village_id: UUID, today: date) -> list[Goods]:
    """The goods with what was redeemed of them in the last twelve months, the most redeemed first; one statement."""
    since = (Month.of(today) - BACK).first
    lines = (
        select(
            RedemptionLine.reward_id,
            func.sum(RedemptionLine.quantity).label("pieces"),
            func.sum(RedemptionLine.quantity * RedemptionLine.points_each).label("redeemed"),
        )
        .join(
            Redemption,
            and_(Redemption.village_id == RedemptionLine.village_id, Redemption.id == RedemptionLine.redemption_id),
        )
        .where(
            Redemption.village_id == village_id,
            Redemption.status.in_((RESERVED, FULFILLED)),
            Redemption.occurred_on >= since,
        )
        .group_by(RedemptionLine.reward_id)
        .subquery()
    )
    redeemed = func.coalesce(lines.c.redeemed, 0)
    rows = session.execute(
        select(
            Reward.id,
            Reward.name,
            Reward.points,
            Reward.cost_cents,
            Reward.is_active,
            func.coalesce(lines.c.pieces, 0),
            redeemed,
        )
        .outerjoin(lines, lines.c.reward_id == Reward.id)
        .where(Reward.village_id == village_id)
        .order_by(redeemed.desc(), Reward.points, Reward.code)
    )
    return [
        Goods(id_, name, points, cost, active, int(pieces), int(spent))
        for id_, name, points, cost, active, pieces, spent in rows
    ]


def gained_in(session: Session, village_id: UUID) -> Mapping[Month, int]:
    """In which months the points were gained that households hold now: what goes is the oldest, so what is left is the
    newest of each household. One statement; what was undone counts as never gained (services/expiry.py)."""
    gains = (
        select(
            LedgerEntry.household_id.label("household_id"),
            LedgerEntry.occurred_on.label("on"),
            func.sum(LedgerEntry.points).label("points"),
        )
        .where(
            LedgerEntry.village_id == village_id,
            LedgerEntry.points > 0,
            LedgerEntry.reverses_seq.is_(None),
            standing(),
        )
        .group_by(LedgerEntry.household_id, LedgerEntry.occurred_on)
        .subquery()
    )
    newest_first = func.sum(gains.c.points).over(
        partition_by=gains.c.household_id, order_by=gains.c.on.desc(), rows=(None, 0)
    )
    each = (
        select(gains.c.on, gains.c.points, (Household.balance - newest_first + gains.c.points).label("room"))
        .join(Household, and_(Household.village_id == village_id, Household.id == gains.c.household_id))
        .where(Household.balance > 0, Household.left_on.is_(None))
        .subquery()
    )
    kept = case((each.c.room <= 0, 0), (each.c.room < each.c.points, each.c.room), else_=each.c.points)
    by_day = select(each.c.on, as_type(func.sum(kept), Integer)).group_by(each.c.on)
    held: dict[Month, int] = {}
    for on, points in session.execute(by_day):
        month = Month.of(cast(date, on))
        held[month] = held.get(month, 0) + int(points)
    return {month: points for month, points in held.items() if points}
