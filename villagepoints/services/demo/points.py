"""The demo village's five months of points: exactly the published totals, nobody ever overdrawn."""

from collections import Counter
from datetime import date
from random import Random
from typing import NamedTuple

from villagepoints.domain.calendar import Month
from villagepoints.services.demo import deeds, words
from villagepoints.services.demo.deeds import LAST, MONTHS, Deed, Moment
from villagepoints.services.demo.people import SHOWCASE, DemoHousehold

GENERATED, DEDUCTED, REDEEMED = 552_870, 1_150, 214_888
SEED = 552_870

# base item: points a month, step of one finding, findings in the five months
BASE = {
    "A1": (25, 5, 1035),
    "A2": (15, 5, 721),
    "A3": (10, 2, 605),
    "A4": (10, 5, 306),
    "A5": (5, 5, 163),
    "B1": (10, 10, 20),
    "B2": (5, 5, 45),
    "C1": (10, 5, 404),
    "C2": (5, 5, 101),
    "C3": (5, 5, 142),
}
BASE_ITEMS = tuple(BASE)
SHARE_BY_MONTH = (0.0, 0.09, 0.29, 0.58, 1.0)  # of all that is redeemed, reached by the month's end
LIKED = (44, 26, 14, 8, 6, 6, 4, 4, 5, 3)  # how often each of the goods is chosen
PRICES = {code: price for code, _, price, _ in words.GOODS}
KEPT_BACK = 70  # what a household with a penalty ahead does not spend
SAVED_BY_SHOWCASE = 240


class BaseScore(NamedTuple):
    """A household's ten base items of one month, in the order of `BASE_ITEMS`."""

    month: Month
    household: str
    points: tuple[int, ...]


class Event(NamedTuple):
    """One contribution or penalty as the clerk's list has it."""

    occurred_on: date
    household: str
    item: str
    points: int
    note: str
    recorder: str
    grade: str
    subject: str


class DemoRedemption(NamedTuple):
    """Goods handed over; `channel` self, counter or proxy, `proxy` who fetched them."""

    occurred_on: date
    household: str
    reward: str
    quantity: int
    price: int
    channel: str
    proxy: str


class Points(NamedTuple):
    """Everything that happened in the five months, each list in the order of time."""

    months: tuple[Month, ...]
    base: list[BaseScore]
    events: list[Event]
    redemptions: list[DemoRedemption]


class _Bought(NamedTuple):
    at: Moment
    household: int
    reward: str
    quantity: int


def _draw_base(rng: Random, count: int) -> list[list[dict[str, int]]]:
    """Base points by month, household, item: findings meet the careless more often, and grow fewer by the month."""
    months = [[{item: BASE[item][0] for item in BASE} for _ in range(count)] for _ in range(MONTHS)]
    careless = [rng.expovariate(1) + 0.15 for _ in range(count)]
    for item, (_, step, findings) in BASE.items():
        for household in rng.choices(range(count), careless, k=findings):
            score = months[rng.choices(range(MONTHS), (26, 22, 20, 17, 15))[0]][household]
            while score[item] < step:
                score = months[rng.randrange(MONTHS)][rng.randrange(count)]
            score[item] -= step
    return months


class _Shop:
    """Lets households buy what they can afford at that moment."""

    def __init__(self, rng: Random, households: list[DemoHousehold], done: list[Deed]) -> None:
        self.rng = rng
        self.left = REDEEMED
        self.balance = [0] * len(households)
        self.floor = Counter({deed.household: KEPT_BACK for deed in done if deed.points < 0})
        wish = [min(rng.expovariate(1), 3.0) for _ in households]
        for place, household in enumerate(households):
            if household.number == SHOWCASE:
                self.floor[place], wish[place] = SAVED_BY_SHOWCASE, 3.0
        self.wishes = [sum(wish[: place + 1]) for place in range(len(wish))]
        self.bought: list[_Bought] = []

    def buy(self, at: Moment) -> None:
        """One household takes one of the goods, or goes home with nothing because its points do not reach."""
        household = self.rng.choices(range(len(self.balance)), cum_weights=self.wishes)[0]
        reward = self.rng.choices(words.GOODS, LIKED)[0][0]
        quantity = 2 if PRICES[reward] <= 60 and self.rng.random() < 0.18 else 1
        self._take(at, household, reward, quantity)

    def _take(self, at: Moment, household: int, reward: str, quantity: int) -> bool:
        cost = PRICES[reward] * quantity
        if self.balance[household] - cost < self.floor[household] or cost > self.left:
            return False
        self.balance[household] -= cost
        self.left -= cost
        self.bought.append(_Bought(at, household, reward, quantity))
        return True

    def spend_the_rest(self, at: Moment) -> None:
        """Choose goods that cost exactly what is left of the total and give them to the households with most points."""
        goods: dict[int, list[str]] = {0: []}
        for amount in range(1, self.left + 1):
            before = next((code for code, price in PRICES.items() if amount - price in goods), None)
            if before is not None:
                goods[amount] = [*goods[amount - PRICES[before]], before]
        richest = sorted(range(len(self.balance)), key=lambda place: -self.balance[place])
        for household, reward in zip(richest, goods[self.left], strict=False):
            self._take(at, household, reward, 1)


def _draw_redemptions(
    rng: Random, households: list[DemoHousehold], base: list[list[dict[str, int]]], done: list[Deed]
) -> list[_Bought]:
    """What was redeemed, in the order of time: a day's deeds come first, base points at the month's end."""
    shop, waiting = _Shop(rng, households, done), list(reversed(done))
    for month in range(MONTHS):
        goal = REDEEMED * (1 - SHARE_BY_MONTH[month])
        start = shop.left
        for day in (*range(1, 29), LAST):
            while waiting and waiting[-1].at <= (month, day):
                deed = waiting.pop()
                shop.balance[deed.household] += deed.points
            while day <= 28 and shop.left > max(start - (start - goal) * day / 28, 600):
                shop.buy((month, day))
        if month == MONTHS - 1:
            shop.spend_the_rest((month, 28))
        for place, score in enumerate(base[month]):
            shop.balance[place] += sum(score.values())
    return shop.bought


def _channel(rng: Random, household: DemoHousehold) -> tuple[str, str]:
    """How it was fetched: old people by somebody else more often."""
    draw = rng.random()
    by_self, by_counter = (0.62, 0.72) if household.elderly else (0.90, 0.96)
    if draw < by_self:
        return "self", ""
    if draw < by_counter:
        return "counter", ""
    return "proxy", rng.choice(words.PROXIES)


def points(households: list[DemoHousehold], today: date) -> Points:
    """The five months that end with the last full month before `today`; only the dates depend on the day."""
    rng, current = Random(SEED), Month.of(today)
    months = tuple(current - back for back in range(MONTHS, 0, -1))

    def day(at: Moment) -> date:
        return months[at[0]].last if at[1] == LAST else months[at[0]].first.replace(day=at[1])

    base = _draw_base(rng, len(households))
    done = deeds.draw(rng, households)
    bought = _draw_redemptions(rng, households, base, done)
    numbers = [household.number for household in households]
    return Points(
        months=months,
        base=[
            BaseScore(months[month], numbers[place], tuple(score.values()))
            for month, scores in enumerate(base)
            for place, score in enumerate(scores)
        ],
        events=[
            Event(
                day(deed.at), numbers[deed.household], deed.item, deed.points, deed.note,
                rng.choice(words.RECORDERS), deed.grade, deed.subject,
            )
            for deed in done
        ],
        redemptions=[
            DemoRedemption(
                day(row.at), numbers[row.household], row.reward, row.quantity, PRICES[row.reward],
                *_channel(rng, households[row.household]),
            )
            for row in bought
        ],
    )  # fmt: skip
