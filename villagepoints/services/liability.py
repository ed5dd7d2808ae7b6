"""What unspent points may cost: the goods behind them, when they expire, what the next quarter takes."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy import and_, func, select
from sqlalchemy.orm import Session

from villagepoints.domain import liability as rules
from villagepoints.domain.calendar import Month
from villagepoints.domain.liability import Expiry, Forecast, Goods, Money, Rates
from villagepoints.domain.redemption import FULFILLED, RESERVED
from villagepoints.domain.report import Sum
from villagepoints.models import Redemption, RedemptionLine, Reward
from villagepoints.services import rulebook, running
from villagepoints.services.running import GENERATED, SPENT

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


def of_village(session: Session, village_id: UUID, today: date) -> Liability:
    """Everything the page shows, the books as they are kept added up (services/running.py) and one statement more."""
    book = rulebook.in_force(session, village_id, today)
    sums = running.of_village(session, village_id, today)
    holding = [one.balance for one in sums.here() if one.balance > 0]
    goods = of_goods(session, village_id, today)
    this = Month.of(today)
    months = sums.sums(max(Month.of(book.effective_on), this - BACK), this)  # under the rules as they are
    return Liability(
        points=sum(holding),
        households=len(holding),
        goods=goods,
        rates=rules.rates(goods),
        curve=rules.expiry_curve(sums.held_by_month(), today, book.expiry_months),
        forecast=rules.forecast(_by_month(months, GENERATED), _by_month(months, SPENT, -1), today),
        keeps=book.expiry_months,
    )


def _by_month(sums: Iterable[Sum], kinds: Collection[str], sign: int = 1) -> Mapping[Month, int]:
    found: dict[Month, int] = defaultdict(int)
    for one in sums:
        if one.kind in kinds:
            found[one.month] += sign * one.points
    return found


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
