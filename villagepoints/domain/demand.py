"""What households want: how figures are shown without pointing at anybody, and what they ask people to think about."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Any
from uuid import UUID

from villagepoints.domain.calendar import SHANGHAI
from villagepoints.domain.errors import N_
from villagepoints.domain.reward import days_left, to_order

FEWEST = 10  # households of a group: with fewer its figures would say whose they are
FEWEST_WISHING = 3  # households that ask for the same thing before it is told as a wish of the village
AGES = (45, 60, 75)  # years at which the next group begins
UNKNOWN = len(AGES) + 1  # the group of households whose head's birth date nobody has written down
LONG = 90  # days in which goods show whether anybody wants them
SLOW, FAST = 180, 15  # days the stock lasts: longer is slow, shorter is fast
FAR_FROM = Decimal("1.5")  # times the points a yuan of goods asks elsewhere
FEWEST_RESERVED = 20  # reservations before anything is said of opening hours
OPENS, CLOSES = 8, 17  # the hours of an office in the village
TENTH = Decimal("0.1")

ORDER, ADD, BACK, DROP, LOWER, RAISE, WINDOW = "order", "add", "back", "drop", "lower", "raise", "window"


def unnamed(households: Mapping[Any, int]) -> frozenset[Any]:
    """The groups whose figures are not shown, by their number of households.

    Those of fewer than FEWEST, and the next smallest too where the others and the total would give one away.
    """
    hidden: list[Any] = []
    together = 0
    for group, number in sorted(households.items(), key=lambda one: one[1]):
        if number and (number < FEWEST or 0 < together < FEWEST):
            hidden.append(group)
            together += number
    return frozenset(hidden)


def birth_limits(on: date) -> list[date]:
    """For each of AGES the village date after which somebody was born who is younger than that on a day."""
    return [_years_before(on, years) for years in AGES]


def _years_before(on: date, years: int) -> date:
    try:
        return on.replace(year=on.year - years)
    except ValueError:  # 29 February
        return on.replace(year=on.year - years, day=28)


@dataclass(frozen=True, slots=True)
class Dry:
    """When goods were gone: days without any in a period, and the last day that was one (None: there was none)."""

    days: int
    last_on: date | None


def dry_days(stock: int, changes: Mapping[date, int], first: date, last: date, today: date) -> Dry:
    """How many evenings of a period the shelf was empty, reckoned back from today's stock over each day's change.

    `first` is the first day of the period on which the goods were kept at all.
    """
    evening, day, days, last_on = stock, today, 0, None
    while day >= first:
        if day <= last and evening <= 0:
            days += 1
            last_on = last_on or day
        evening -= changes.get(day, 0)
        day -= timedelta(days=1)
    return Dry(days, last_on)


@dataclass(frozen=True, slots=True)
class Goods:
    """One of the goods as it goes: pieces of 30 and 90 days, households that wait for it, cost of a piece in cents."""

    id: UUID
    name: str
    points: int
    stock: int
    is_active: bool
    cost_cents: int | None
    pieces_30: int
    pieces_90: int
    kept_days: int | None  # since when it has been kept; None: nobody knows
    wishes: int

    @property
    def days_left(self) -> int | None:
        """How long the stock lasts as it goes; None where nothing goes."""
        return days_left(self.stock, self.pieces_30)

    @property
    def points_a_yuan(self) -> Decimal | None:
        """What a household pays for goods worth a yuan; None where nobody wrote down what they cost."""
        return Decimal(100 * self.points) / self.cost_cents if self.cost_cents else None


@dataclass(frozen=True, slots=True)
class Wish:
    """Words that several households used for what they would like, and how many households did."""

    words: str
    households: int


@dataclass(frozen=True, slots=True)
class Window:
    """What households reserved with their phones: all of it, outside office hours, and what nobody fetched."""

    reserved: int
    outside: int
    expired: int


def window(reserved_at: Iterable[datetime], expired: int) -> Window:
    """The reservations by the hour; evenings and weekends of the village count as outside."""
    times = [at.astimezone(SHANGHAI) for at in reserved_at]
    outside = sum(at.weekday() >= 5 or not OPENS <= at.hour < CLOSES for at in times)
    return Window(len(times), outside, expired)


@dataclass(frozen=True, slots=True)
class Suggestion:
    """Something for people to talk about: a sentence (msgid) with its figures, about goods or about words."""

    act: str
    sentence: str
    values: Mapping[str, Any]
    reward_id: UUID | None = None
    words: str = field(default="")


def suggestions(goods: Sequence[Goods], wishes: Iterable[Wish], opening: Window) -> list[Suggestion]:
    """What the figures ask people to think about, the most pressing first; nothing of it happens by itself."""
    rates = [one.points_a_yuan for one in goods if one.is_active and one.points_a_yuan is not None]
    found = [made for one in goods for made in (_shelf(one), _price(one, rates)) if made is not None]
    names = [one.name for one in goods if one.is_active]
    found += [_wished(wish) for wish in wishes if not any(wish.words in name for name in names)]
    if (hours := _hours(opening)) is not None:
        found.append(hours)
    order = (ORDER, BACK, ADD, WINDOW, RAISE, LOWER, DROP)
    return sorted(found, key=lambda one: order.index(one.act))


def _shelf(one: Goods) -> Suggestion | None:
    values = {"name": one.name, "stock": one.stock, "pieces": one.pieces_30, "wishes": one.wishes}
    if not one.is_active:
        if one.wishes < FEWEST_WISHING:
            return None
        return Suggestion(BACK, N_("%(wishes)s 户在等「%(name)s」，现在停供。要不要再供应？"), values, one.id)
    if one.stock <= 0 and (one.pieces_30 or one.wishes):
        sentence = N_("「%(name)s」没有货了：近 30 天换走 %(pieces)s 件，%(wishes)s 户在等。要不要进货？")
        return Suggestion(ORDER, sentence, values, one.id)
    if order := to_order(one.stock, one.pieces_30):
        sentence = N_(
            "「%(name)s」还剩 %(stock)s 件，近 30 天换走 %(pieces)s 件，还够 %(days)s 天。要不要补 %(order)s 件？"
        )
        return Suggestion(ORDER, sentence, {**values, "days": one.days_left, "order": order}, one.id)
    if one.stock > 0 and not one.pieces_90 and not one.wishes and (one.kept_days or 0) >= LONG:
        sentence = N_("「%(name)s」90 天里没有人换，还放着 %(stock)s 件。要不要换成别的东西？")
        return Suggestion(DROP, sentence, values, one.id)
    return None


def _price(one: Goods, rates: Sequence[Decimal]) -> Suggestion | None:
    """Compared with the plain average of the other goods on offer, by the points that goods worth a yuan ask."""
    rate = one.points_a_yuan
    if rate is None or not one.is_active or len(rates) < 2:
        return None
    average = (sum(rates) - rate) / (len(rates) - 1)
    values = {"name": one.name, "rate": _tenths(rate), "average": _tenths(average), "pieces": one.pieces_90}
    lasts = one.days_left
    if rate >= average * FAR_FROM and (lasts is None or lasts > SLOW) and (one.kept_days or 0) >= LONG:
        sentence = N_(
            "「%(name)s」值 1 元的要 %(rate)s 分，别的平均 %(average)s 分，90 天换走 %(pieces)s 件。要不要少要几分？"
        )
        return Suggestion(LOWER, sentence, values, one.id)
    if rate * FAR_FROM <= average and lasts is not None and lasts < FAST:
        sentence = N_(
            "「%(name)s」值 1 元的只要 %(rate)s 分，别的平均 %(average)s 分，货还够 %(days)s 天。"
            "要不要多要几分，或者多进一些？"
        )
        return Suggestion(RAISE, sentence, {**values, "days": lasts}, one.id)
    return None


def _tenths(rate: Decimal) -> str:
    return str(rate.quantize(TENTH, ROUND_HALF_UP))


def _wished(wish: Wish) -> Suggestion:
    sentence = N_("%(households)s 户想要「%(words)s」，货架上没有。要不要进一些试试？")
    return Suggestion(ADD, sentence, {"households": wish.households, "words": wish.words}, words=wish.words)


def _hours(opening: Window) -> Suggestion | None:
    """Prompted where a tenth was never fetched, or four of ten reserve when an office is closed."""
    if opening.reserved < FEWEST_RESERVED:
        return None
    if opening.expired * 10 < opening.reserved and opening.outside * 10 < opening.reserved * 4:
        return None
    sentence = N_(
        "手机上约的 %(reserved)s 份里，%(outside)s 份是晚上、清早或周末约的，%(expired)s 份过期没来取。"
        "要不要换个时间开一次窗口？"
    )
    values = {"reserved": opening.reserved, "outside": opening.outside, "expired": opening.expired}
    return Suggestion(WINDOW, sentence, values)
