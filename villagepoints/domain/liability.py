"""What unspent points may cost the village one day: money in whole cents (分), rounded half up at the very end."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from uuid import UUID

from villagepoints.domain.calendar import Month

QUARTER = 3  # months


@dataclass(frozen=True, slots=True)
class Goods:
    """One of the goods: points and cost of a piece now, and what was redeemed of it lately, in pieces and points."""

    id: UUID
    name: str
    points: int
    cost_cents: int | None
    is_active: bool
    pieces: int
    redeemed: int


@dataclass(frozen=True, slots=True)
class Rates:
    """Cents a point costs: with the cheapest goods, as it was spent lately, with the dearest; None without any cost."""

    low: Fraction
    likely: Fraction
    high: Fraction


@dataclass(frozen=True, slots=True)
class Money:
    """The same number of points in cents, by each of the three rates."""

    low: int
    likely: int
    high: int


def rates(goods: Iterable[Goods]) -> Rates | None:
    """What a point costs, by the goods whose cost is written down.

    Likely: what the goods taken lately cost by the points paid for them; before anything was taken, what those on
    offer cost on average. Low and high: the cheapest and the dearest on offer or taken, as their points stand now.
    """
    known = [(one, one.cost_cents) for one in goods if one.cost_cents is not None]
    known = [(one, cost) for one, cost in known if one.is_active or one.redeemed]
    if not known:
        return None
    each = [Fraction(cost, one.points) for one, cost in known]
    redeemed = sum(one.redeemed for one, _ in known)
    spent = sum(one.pieces * cost for one, cost in known)
    likely = Fraction(spent, redeemed) if redeemed else sum(each, Fraction()) / len(each)
    return Rates(min(*each, likely), likely, max(*each, likely))


def money(points: int, by: Rates) -> Money:
    """What so many points cost."""
    return Money(*(_cents(points * rate) for rate in (by.low, by.likely, by.high)))


def _cents(amount: Fraction) -> int:
    return int(amount + Fraction(1, 2)) if amount >= 0 else -int(-amount + Fraction(1, 2))


def covered_percent(goods: Sequence[Goods]) -> int | None:
    """How much of the points redeemed lately went for goods whose cost is known; None where nothing was redeemed."""
    redeemed = sum(one.redeemed for one in goods)
    return 100 * sum(one.redeemed for one in goods if one.cost_cents is not None) // redeemed if redeemed else None


@dataclass(frozen=True, slots=True)
class Expiry:
    """Points that expire on a day if nobody spends any until then, and what is left after it."""

    on: date
    points: int
    left: int


def expiry_curve(gained_in: Mapping[Month, int], today: date, keeps: int) -> list[Expiry]:
    """The first days of the coming months until nothing is left, given in which months today's points were gained.

    Points of a month expire on the first of the month `keeps` months and one after it (domain/expiry.cutoff); what
    should be gone already, and was not posted yet, expires next.
    """
    left, month = sum(gained_in.values()), Month.of(today) + 1
    curve: list[Expiry] = []
    while left > 0:
        gone = sum(points for gained, points in gained_in.items() if gained + (keeps + 1) <= month) - sum(
            one.points for one in curve
        )
        left -= gone
        curve.append(Expiry(month.first, gone, left))
        month += 1
    return curve


@dataclass(frozen=True, slots=True)
class Forecast:
    """What the next quarter is reckoned to take, and from what: months looked at, points gained a month in them, and
    of a hundred points gained so many were spent."""

    first: Month
    months: int
    gained_a_month: int
    spent_percent: int
    points: int


def forecast(generated: Mapping[Month, int], redeemed: Mapping[Month, int], today: date) -> Forecast | None:
    """Three times the average month × the share that was spent, over the full months given; None without any."""
    this = Month.of(today)
    full = [month for month in generated if month < this]
    gained = sum(generated[month] for month in full)
    if not full or gained <= 0:
        return None
    spent = max(0, sum(points for month, points in redeemed.items() if month < this))
    points = _cents(Fraction(spent * QUARTER, len(full)))
    start = Month(this.year, (this.number - 1) // QUARTER * QUARTER + 1) + QUARTER
    return Forecast(start, len(full), _cents(Fraction(gained, len(full))), round(100 * spent / gained), points)
