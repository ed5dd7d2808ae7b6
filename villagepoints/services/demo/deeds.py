"""The demo village's contributions and penalties of five months, drawn so that no cap of the rule book is broken."""

from collections import Counter
from random import Random
from typing import NamedTuple

from villagepoints.services.demo import words
from villagepoints.services.demo.people import SHOWCASE, DemoHousehold

MONTHS = 5
LAST = 99  # "day" of what happens on a month's last day
CONTRIBUTION_CAP, UNCAPPED = 200, ("B4", "B5", "D4")
HOURS_A_MONTH, MEETINGS_A_MONTH = 20, 4
TIDY_HOMES = {"resident": 61, "relocated": 32}  # A6 a month, below a tenth of either residency
VOLUNTEER_HOURS, ATTENDANCES, DISPUTES, DUMPINGS = 3627, 1500, 8, 55
# item: points, how often, at most how often a household in a month, in the five months
REPEATED = {"C4": (5, 350, 4, 20), "B3": (30, 30, 1, 2)}
# item: grade, points, how often
HONOURS = (("村级", 20, 96), ("镇级", 50, 33), ("区级", 100, 8), ("市级及以上", 200, 2))
SUCCESSES = (("考取高校", 50, 20), ("参军入伍", 100, 4))
GOOD_DEEDS = (("帮扶代办", 10, 60), ("义务维修", 20, 28), ("献血", 50, 7), ("见义勇为", 200, 1))

Moment = tuple[int, int]  # number of the month, day of it (1 to 28, or LAST)


class Deed(NamedTuple):
    """One contribution or penalty; `grade` and `subject` (person or deed) where the rule asks for them."""

    at: Moment
    household: int
    item: str
    points: int
    note: str
    grade: str = ""
    subject: str = ""


class _Deeds:
    """Collects deeds and keeps the caps while it does."""

    def __init__(self, rng: Random, households: list[DemoHousehold]) -> None:
        self.rng, self.households = rng, households
        self.found: list[Deed] = []
        self.capped: Counter[tuple[int, int]] = Counter()  # points under the contribution cap by household and month
        self.times: Counter[tuple[str, int, int]] = Counter()  # deeds by item, household, month
        self.seen: set[tuple[str, int, Moment]] = set()
        self.eagerness: list[float] = []
        reached = 0.0
        for household in households:
            reached += 3.5 if household.number == SHOWCASE else min(rng.paretovariate(1.6), 12.0)
            self.eagerness.append(reached)

    def anyone(self) -> int:
        """A household, the eager ones more often."""
        return self.rng.choices(range(len(self.households)), cum_weights=self.eagerness)[0]

    def moment(self) -> Moment:
        """Any day that every month has."""
        return self.rng.randrange(MONTHS), self.rng.randint(1, 28)

    def add(self, deed: Deed, a_month: int = 99) -> bool:
        """Note a deed; False, and nothing noted, where a cap or an equal deed of that day stands against it."""
        month, capped = (deed.household, deed.at[0]), 0
        if deed.points > 0 and deed.item not in UNCAPPED:
            capped = deed.points
        if (deed.item, deed.household, deed.at) in self.seen or self.times[deed.item, *month] >= a_month:
            return False
        if self.capped[month] + capped > CONTRIBUTION_CAP:
            return False
        self.seen.add((deed.item, deed.household, deed.at))
        self.times[deed.item, *month] += 1
        self.capped[month] += capped
        self.found.append(deed)
        return True

    def must_add(self, household: int, item: str, points: int, note: str, grade: str = "", subject: str = "") -> None:
        """Note a deed on whichever day it fits."""
        while not self.add(Deed(self.moment(), household, item, points, note, grade, subject)):
            pass


def _tidy_homes(deeds: _Deeds) -> None:
    for month in range(MONTHS):
        for residency, number in TIDY_HOMES.items():
            of_kind = [n for n, household in enumerate(deeds.households) if household.residency == residency]
            note = "月度洁美家庭" if residency == "resident" else "月度美丽楼道"
            for household in deeds.rng.sample(of_kind, number):
                deeds.add(Deed((month, LAST), household, "A6", 20, note))


def _volunteering(deeds: _Deeds) -> None:
    left, hours_of = VOLUNTEER_HOURS, Counter[tuple[int, int]]()
    while left:
        hours = min(deeds.rng.randint(1, 4), left)
        at, household = deeds.moment(), deeds.anyone()
        note = f"{deeds.rng.choice(words.VOLUNTEERING)}志愿服务{hours}小时"
        if hours_of[household, at[0]] + hours > HOURS_A_MONTH:
            continue
        if deeds.add(Deed(at, household, "D1", 5 * hours, note)):
            hours_of[household, at[0]] += hours
            left -= hours


def _meetings(deeds: _Deeds) -> None:
    left = ATTENDANCES
    while left:
        household, month = deeds.anyone(), deeds.rng.randrange(MONTHS)
        nth = deeds.rng.randrange(MEETINGS_A_MONTH)  # each group has its own day in the week
        day = 1 + nth * 7 + (deeds.households[household].group + month) % 7
        left -= deeds.add(Deed((month, day), household, "D2", 5, words.MEETINGS[nth]), MEETINGS_A_MONTH)


def _repeated(deeds: _Deeds) -> None:
    total: Counter[tuple[str, int]] = Counter()
    for item, (points, left, a_month, in_all) in REPEATED.items():
        while left:
            household = deeds.anyone()
            hazard = f"上报{deeds.rng.choice(words.HAZARDS)}隐患，已核实"
            deed = Deed(deeds.moment(), household, item, points, hazard if item == "C4" else "红白事简办，提前报备")
            if total[item, household] < in_all and deeds.add(deed, a_month):
                total[item, household] += 1
                left -= 1


def _honours(deeds: _Deeds) -> None:
    """No household with more than one, so that nobody has the same honour at two grades."""
    people = iter(deeds.rng.sample(range(len(deeds.households)), sum(number for _, _, number in HONOURS)))
    for grade, points, number in HONOURS:
        for _ in range(number):
            honour = f"{grade}{deeds.rng.choice(words.HONOURS)}"
            deeds.must_add(next(people), "B4", points, f"获评{honour}", grade, honour)


def _successes(deeds: _Deeds) -> None:
    """University and enlistment, once for a person."""
    young = [
        (place, person.name)
        for place, household in enumerate(deeds.households)
        for person in household.members
        if 17 <= person.age <= 21 and household.number != SHOWCASE
    ]
    people = iter(deeds.rng.sample(young, sum(number for _, _, number in SUCCESSES)))
    for grade, points, number in SUCCESSES:
        for _ in range(number):
            household, name = next(people)
            deeds.must_add(household, "B5", points, f"家中青年{grade}", grade, name)


def _good_deeds(deeds: _Deeds) -> None:
    for grade, points, number in GOOD_DEEDS:
        for _ in range(number):
            deeds.must_add(deeds.anyone(), "D4", points, grade, grade)


def _disputes(deeds: _Deeds) -> None:
    """Quarrels settled: a mediator and the two parties, nobody in more than one of them."""
    people = iter(deeds.rng.sample(range(len(deeds.households)), 3 * DISPUTES))
    for _ in range(DISPUTES):
        at = deeds.moment()
        for grade, points in (("调解人", 30), ("当事方", 10), ("当事方", 10)):
            deeds.add(Deed(at, next(people), "D3", points, f"邻里纠纷调解成功（{grade}）", grade))


def _penalties(deeds: _Deeds) -> None:
    """From the second month on, so that there is a balance to take from; never the household that is shown."""
    blamed = [place for place, household in enumerate(deeds.households) if household.number != SHOWCASE]
    deeds.add(Deed((3, 12), deeds.rng.choice(blamed), "B6", -50, "打架，派出所书面认定"))
    left = DUMPINGS
    while left:
        at = deeds.rng.randint(1, MONTHS - 1), deeds.rng.randint(1, 28)
        left -= deeds.add(Deed(at, deeds.rng.choice(blamed), "A7", -20, "劝导后仍乱倒建筑垃圾"), 1)


def draw(rng: Random, households: list[DemoHousehold]) -> list[Deed]:
    """All deeds of the five months in the order of time; what few caps can refuse is drawn first."""
    deeds = _Deeds(rng, households)
    for kind in (_disputes, _tidy_homes, _honours, _successes, _repeated, _good_deeds, _penalties):
        kind(deeds)
    _meetings(deeds)
    _volunteering(deeds)
    return sorted(deeds.found, key=lambda deed: deed.at)
