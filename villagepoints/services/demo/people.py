"""The demo village's households and people: invented, the same on every day, with ages that stay as they are."""

from datetime import date
from random import Random
from typing import NamedTuple

from villagepoints.domain.calendar import Month
from villagepoints.services.demo import words

HOUSEHOLDS = 1046
RELOCATED = 362
GROUPS = 18
SIZES = {1: 115, 2: 275, 3: 375, 4: 242, 5: 39}  # households by number of people: 2,953 people
SEED = 1046
SHOWCASE = "SX03028"  # the household whose door `make run` prints
SHOWCASE_FAMILY = (("户主", "男", 46, "王"), ("配偶", "女", 44, "陆"), ("女", "女", 17, "王"), ("母亲", "女", 71, "沈"))


class Person(NamedTuple):
    """One resident; `relation` to the head (户主), `phone` empty where none is known."""

    name: str
    relation: str
    gender: str
    age: int
    born_on: date
    phone: str


class DemoHousehold(NamedTuple):
    """One household as the roster shows it; the first member is its head."""

    number: str
    group: int
    residency: str
    address: str
    note: str
    members: tuple[Person, ...]

    @property
    def elderly(self) -> bool:
        """Whether everybody in it is 60 or older."""
        return all(person.age >= 60 for person in self.members)


class _Family:
    """Collects one household's members: relation, sex, age, surname."""

    def __init__(self, rng: Random, surname: str) -> None:
        self.rng, self.surname = rng, surname
        self.rows: list[tuple[str, str, int, str]] = []

    def head(self, age: int, *, single: bool = False) -> None:
        """The head; four in five heads of a couple are men."""
        gender = self.rng.choice("男女") if single else "男" if self.rng.random() < 0.82 else "女"
        self.rows.append(("户主", gender, age, self.surname))

    def spouse(self) -> None:
        """The head's husband or wife, of another surname."""
        _, gender, age, _ = self.rows[0]
        wife = gender == "男"
        other = self.rng.choice([name for name in words.SURNAMES if name != self.surname])
        step = self.rng.randint(-4, 1) if wife else self.rng.randint(-1, 4)
        self.rows.append(("配偶", "女" if wife else "男", max(age + step, 22), other))

    def child(self, age: int) -> None:
        """A son or daughter, with the father's surname."""
        gender = self.rng.choice("男女")
        father = next((row for row in self.rows[:2] if row[1] == "男"), self.rows[0])
        self.rows.append(("子" if gender == "男" else "女", gender, max(age, 0), father[3]))

    def parents(self, how_many: int) -> None:
        """The head's father, mother or both."""
        age = self.rows[0][2] + self.rng.randint(22, 28)
        mother = self.rng.choice([name for name in words.SURNAMES if name != self.surname])
        both = [("父亲", "男", age + self.rng.randint(0, 3), self.surname), ("母亲", "女", age, mother)]
        self.rows += both if how_many == 2 else [both[self.rng.random() < 0.65]]


def _compose(rng: Random, surname: str, size: int) -> _Family:
    """A family of that size with a structure that villages know."""
    family, draw = _Family(rng, surname), rng.random()
    if size == 1:
        family.head(rng.randint(63, 91) if draw < 0.85 else rng.randint(30, 57), single=True)
    elif size == 2 and draw < 0.80:
        family.head(rng.randint(62, 84) if draw < 0.45 else rng.randint(38, 60))
        family.spouse()
    elif size == 2:
        family.head(rng.randint(34, 58), single=True)
        if draw < 0.88:
            family.child(family.rows[0][2] - rng.randint(24, 31))
        else:
            family.parents(1)
    else:
        _compose_large(rng, family, size, draw)
    return family


def _compose_large(rng: Random, family: _Family, size: int, draw: float) -> None:
    """Three to five people: a couple with children, with parents, or both."""
    chances = {3: (0.0, 0.25), 4: (0.15, 0.70), 5: (0.70, 1.0)}[size]  # of two parents in the house, of at least one
    parents = sum(draw < chance for chance in chances)
    children = size - 2 - parents
    family.head(rng.randint(28, 56) if parents else rng.randint(29, 63))
    family.spouse()
    mother = min(row[2] for row in family.rows)
    first = mother - rng.randint(22, 29)
    for place in range(children):
        family.child(first - place * rng.randint(3, 6))
    if parents:
        family.parents(parents)


def _given_name(rng: Random, gender: str, age: int) -> str:
    man = gender == "男"
    if age >= 60:
        return rng.choice(words.OLD_MEN if man else words.OLD_WOMEN)
    if age >= 30:
        return rng.choice(words.MID_MEN if man else words.MID_WOMEN)
    return rng.choice(words.NEW_MEN if man else words.NEW_WOMEN)


def _born_on(rng: Random, age: int, current: Month) -> date:
    """A birthday `age` full years back on every day of the current month: never in that month of the year."""
    month = current - (12 * age + rng.randint(1, 11))
    return date(month.year, month.number, rng.randint(1, 28))


def _phone(rng: Random, age: int, place: int, used: set[str]) -> str:
    """A phone of the range 100, which nobody can have; old people and children often have none."""
    chance = 0.0 if age < 16 else 0.55 if age >= 75 else 0.97 if place == 0 else 0.85
    if rng.random() >= chance:
        return ""
    while (phone := f"100{rng.randrange(10**8):08d}") in used:
        pass
    used.add(phone)
    return phone


def _people(rng: Random, family: _Family, current: Month, phones: set[str]) -> tuple[Person, ...]:
    people: list[Person] = []
    for place, (relation, gender, age, surname) in enumerate(family.rows):
        while (name := surname + _given_name(rng, gender, age)) in {person.name for person in people}:
            pass
        people.append(Person(name, relation, gender, age, _born_on(rng, age, current), _phone(rng, age, place, phones)))
    return tuple(people)


def _group_sizes(rng: Random) -> list[int]:
    """How many households each group has: 1,046 in all, none far from the mean."""
    sizes = [HOUSEHOLDS // GROUPS] * GROUPS
    for _ in range(60):
        giver, taker = rng.sample(range(GROUPS), 2)
        if sizes[giver] > 47:
            sizes[giver], sizes[taker] = sizes[giver] - 1, sizes[taker] + 1
    sizes[1] += HOUSEHOLDS - sum(sizes)
    return sizes


def _flats(rng: Random) -> list[str]:
    """One flat for each relocated household, none twice."""
    every = [
        f"{block}{house}号{floor}{door:02d}室"
        for block in words.APARTMENTS
        for house in range(1, 13)
        for floor in range(1, 12)
        for door in (1, 2, 3)
    ]
    return rng.sample(every, RELOCATED)


def households(today: date) -> list[DemoHousehold]:
    """The 1,046 households in the order of their numbers; only birth dates move with `today`, by whole months."""
    rng, current = Random(SEED), Month.of(today)
    numbers = [(group + 1, place + 1) for group, size in enumerate(_group_sizes(rng)) for place in range(size)]
    sizes = [size for size, count in SIZES.items() for _ in range(count)]
    rng.shuffle(sizes)
    showcase = next(index for index, at in enumerate(numbers) if f"SX{at[0]:02d}{at[1]:03d}" == SHOWCASE)
    fitting = sizes.index(4)
    sizes[showcase], sizes[fitting] = sizes[fitting], sizes[showcase]
    moved = set(rng.sample([index for index in range(HOUSEHOLDS) if index != showcase], RELOCATED))
    flats, phones = iter(_flats(rng)), set[str]()
    found: list[DemoHousehold] = []
    for index, (group, place) in enumerate(numbers):
        surname = rng.choice(words.RARE_SURNAMES if rng.random() < 0.015 else words.SURNAMES)
        family = _compose(rng, surname, sizes[index])
        if index == showcase:
            family.rows = list(SHOWCASE_FAMILY)
        members = _people(rng, family, current, phones)
        alone = len(members) == 1 and members[0].age >= 70
        found.append(
            DemoHousehold(
                number=f"SX{group:02d}{place:03d}",
                group=group,
                residency="relocated" if index in moved else "resident",
                address=next(flats) if index in moved else f"{words.VILLAGE_NAME}{group}组{place}号",
                note=words.LIVES_ALONE if alone else "",
                members=members,
            )
        )
    return found
