"""A village of the source village's size as prompts see it, in which nobody favours anybody; tests plant cheats."""

from collections import defaultdict
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from random import Random
from uuid import UUID

from villagepoints.domain.actor import CLERK, COUNTER, GRID_WORKER
from villagepoints.domain.calendar import Month
from villagepoints.domain.prompt_books import (
    Asked,
    Books,
    Deed,
    Edit,
    Found,
    Handed,
    Home,
    Person,
    Picture,
    Scored,
    Sums,
)
from villagepoints.domain.rule_check import parse
from villagepoints.services.rulebook import default_text, read_text

MONTH = Month(2026, 5)
MONTHS = (MONTH - 2, MONTH - 1, MONTH)
AT = datetime(2026, 6, 3, 1, tzinfo=UTC)
HOUSEHOLDS, RELOCATED, GROUPS = 1046, 362, 18
CLERKS = tuple(UUID(int=900_000 + n) for n in range(4))
GRID, SHOP = UUID(int=900_010), UUID(int=900_011)
GIVEN = (("D1", 5), ("D1", 10), ("D1", 20), ("D2", 5), ("C4", 5), ("A6", 20), ("D3", 30), ("B4", 50))
BOOK = parse(read_text(default_text()), 1)


def home_id(n: int) -> UUID:
    """The id of the n-th household, from 0."""
    return UUID(int=1_000 + n)


def fair(seed: int) -> Books:
    """Three months of a village of 1,046 households, drawn by lot: the same for everybody, whoever records it."""
    lot = Random(seed)
    homes = {
        home_id(n): Home(
            home_id(n), n % GROUPS + 1, "relocated" if n < RELOCATED else "resident", n % 5 == 0, None, None
        )
        for n in range(HOUSEHOLDS)
    }
    people = {
        who: Person(
            who, f"记录人{n}", home_id(40 * n), [CLERK if who in CLERKS else GRID_WORKER if who == GRID else COUNTER]
        )
        for n, who in enumerate((*CLERKS, GRID, SHOP))
    }
    relatives = [(who, home_id(lot.randrange(HOUSEHOLDS))) for who in people for _ in range(5)]
    scored, found, base = _scored(lot, homes)
    deeds = _deeds(lot, homes)
    return Books(
        month=MONTH,
        at=AT,
        book=BOOK,
        first_on=date(2025, 1, 31),
        kept_from=datetime(2025, 1, 2, tzinfo=UTC),
        homes=homes,
        sums=_sums(lot, homes, base, deeds),
        deeds=deeds,
        people=people,
        relatives=relatives,
        scored=scored,
        found=found,
        asked=_asked(lot),
        pictures=[_picture(n, lot.getrandbits(64) - 2**63, lot) for n in range(300)],
        handed=_handed(lot),
        edits=[Edit("reversal", AT - timedelta(hours=lot.uniform(1, 90 * 24)), ["act", n]) for n in range(20)],
    )


def _scored(lot: Random, homes: dict[UUID, Home]) -> tuple[list[Scored], list[Found], dict[UUID, list[int]]]:
    """Every household each month, by the clerk whose turn its lane is; one in seven has something."""
    scored, found = list[Scored](), list[Found]()
    base: dict[UUID, list[int]] = defaultdict(list)
    for place, month in enumerate(MONTHS):
        for home in homes.values():
            scorer = CLERKS[((home.group_no or 0) + place) % len(CLERKS)]
            scored.append(Scored(str(month), home.id, scorer))
            hit = lot.random() < 0.15
            base[home.id].append(100 - 5 * hit * lot.randint(1, 3))
            if hit:
                at = datetime(month.year, month.number, 20, 2, tzinfo=UTC)
                found.append(Found(UUID(int=10_000_000 + len(found)), home.id, month.last, True, scorer, at))
    return scored, found, base


def _deeds(lot: Random, homes: dict[UUID, Home]) -> list[Deed]:
    """Some households do much, most a little; who is at hand writes it down."""
    deeds, seqs = list[Deed](), defaultdict[UUID, int](lambda: 30)
    for home in homes:
        eager = lot.gammavariate(0.7, 1.0)
        for month in MONTHS:
            for _ in range(min(9, int(lot.expovariate(1 / (eager + 0.01))))):
                code, points = lot.choice(GIVEN)
                on, who = date(month.year, month.number, lot.randint(1, 28)), lot.choice(CLERKS)
                at = datetime(month.year, month.number, on.day, lot.randint(1, 9), lot.randint(0, 59), tzinfo=UTC)
                seqs[home] += 1
                deeds.append(Deed(home, seqs[home], code, "award", points, on, at, who, lot.choice(CLERKS), False, ""))
    return deeds


def _sums(lot: Random, homes: dict[UUID, Home], base: dict[UUID, list[int]], deeds: list[Deed]) -> list[Sums]:
    gained: dict[UUID, int] = defaultdict(int)
    for deed in deeds:
        gained[deed.household_id] += deed.points
    rows = []
    for id_ in homes:
        lower = [month.last for month, points in zip(MONTHS, base[id_], strict=True) if points < 100]
        earlier = date(2025, 9, 30) if lot.random() < 0.6 else None
        rows.append(Sums(id_, sum(base[id_]) + gained[id_], base[id_][-1], 10, 0, lower[-1] if lower else earlier))
    return rows


def _asked(lot: Random) -> list[Asked]:
    """A pile of papers now and then, one every minute or two."""
    asked = list[Asked]()
    for who in CLERKS:
        for _ in range(6):
            at = datetime(2026, 5, lot.randint(1, 28), lot.randint(1, 8), tzinfo=UTC)
            for _ in range(lot.randint(1, 15)):
                at += timedelta(seconds=lot.randint(50, 180))
                asked.append(Asked(UUID(int=20_000_000 + len(asked)), who, at))
    return asked


def _picture(n: int, hashed: int, lot: Random) -> Picture:
    at = datetime(2026, 5, lot.randint(1, 28), 3, lot.randint(0, 59), n % 60, tzinfo=UTC)
    return Picture(UUID(int=30_000_000 + n), home_id(n), UUID(int=31_000_000 + n), hashed, CLERKS[n % 4], at)


def _handed(lot: Random) -> list[Handed]:
    """By day; helpers for a few elders each."""
    rows = list[Handed]()
    for n in range(200):
        on = date(2026, 5, lot.randint(1, 28))
        at = datetime(2026, 5, on.day, lot.randint(0, 9), lot.randint(0, 59), tzinfo=UTC)
        name = f"代办人{n // 4}" if n % 2 else ""
        rows.append(Handed(UUID(int=40_000_000 + n), home_id(5 * n), 30, on, at, SHOP, name, False))
    return rows


def favoured(books: Books, percent: int) -> Books:
    """The same village in which the first clerk's relatives, six households, get so much more than they should."""
    family = [home_id(n) for n in (101, 233, 377, 505, 691, 803)]
    sums = [
        row._replace(points=row.points * (100 + percent) // 100) if row.household_id in family else row
        for row in books.sums
    ]
    others = [(user, home) for user, home in books.relatives if user != CLERKS[0]]
    people = {**books.people, CLERKS[0]: books.people[CLERKS[0]]._replace(household_id=None)}
    return replace(books, sums=sums, people=people, relatives=[*others, *((CLERKS[0], home) for home in family)])


def reused(books: Books, times: int) -> Books:
    """The same village in which the photo of one claim shows up again, packed anew, at others on other days."""
    first = books.pictures[0]
    copies = [
        first._replace(
            id=UUID(int=32_000_000 + n),
            household_id=home_id(500 + n),
            about=UUID(int=33_000_000 + n),
            hash=first.hash ^ (1 << n),
            recorded_at=first.recorded_at + timedelta(days=n),
        )
        for n in range(1, times)
    ]
    return replace(books, pictures=[*books.pictures, *copies])


def let_off(books: Books, keeps: float, seed: int = 0) -> Books:
    """The same village in which the third clerk writes down only this share of what there is to find."""
    lot = Random(seed)
    found = [one for one in books.found if one.recorded_by != CLERKS[2] or lot.random() < keeps]
    return replace(books, found=found)
