"""The demo village's rows: the published totals exactly, on whatever day it is made, within every rule of the book."""

import time
import tomllib
from collections import Counter, defaultdict
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import pytest

from villagepoints.domain import caps, rule_check, rulebook
from villagepoints.domain.calendar import Month
from villagepoints.services.demo import points as rows
from villagepoints.services.demo.people import SHOWCASE, DemoHousehold, households
from villagepoints.services.demo.points import BASE, Points

RULES = Path(__file__).parents[2] / "villagepoints" / "data" / "rulebook.toml"
DAYS = (date(2026, 1, 1), date(2026, 1, 8), date(2026, 2, 28), date(2026, 3, 1), date(2028, 2, 29), date(2026, 12, 31))


@dataclass(frozen=True)
class Past:
    item_code: str
    points: int
    occurred_on: date
    occasion: str | None


@pytest.fixture(scope="module", params=DAYS, ids=str)
def today(request: pytest.FixtureRequest) -> date:
    day: date = request.param
    return day


@pytest.fixture(scope="module")
def village(today: date) -> list[DemoHousehold]:
    return households(today)


@pytest.fixture(scope="module")
def made(village: list[DemoHousehold], today: date) -> Points:
    return rows.points(village, today)


@pytest.fixture(scope="module")
def book() -> rulebook.RuleBook:
    return rule_check.parse(tomllib.loads(RULES.read_text()), 1)


def test_the_village_has_the_published_number_of_households(village: list[DemoHousehold]) -> None:
    assert len({household.number for household in village}) == 1046
    assert Counter(household.residency for household in village) == {"resident": 684, "relocated": 362}
    assert sum(len(household.members) for household in village) == 2953
    assert {household.group for household in village} == set(range(1, 19))
    assert len({household.address for household in village}) == 1046


def test_the_totals_are_the_published_ones(made: Points) -> None:
    contributions = sum(event.points for event in made.events if event.points > 0)
    assert sum(sum(row.points) for row in made.base) + contributions == 552_870
    assert sum(row.price * row.quantity for row in made.redemptions) == 214_888
    assert -sum(event.points for event in made.events if event.points < 0) == 1_150


def test_villagers_redeem_more_than_four_fifths_themselves(made: Points) -> None:
    share = Counter(row.channel for row in made.redemptions)["self"] / len(made.redemptions)
    assert 0.80 < share < 0.90


def test_the_months_end_with_the_last_full_one(made: Points, today: date) -> None:
    assert made.months == tuple(Month.of(today) - back for back in (5, 4, 3, 2, 1))
    days = [row.occurred_on for row in (*made.events, *made.redemptions)]
    assert min(days) >= made.months[0].first
    assert max(days) == made.months[-1].last < today


def test_points_and_households_do_not_depend_on_the_day(made: Points, village: list[DemoHousehold]) -> None:
    other = households(date(2025, 7, 15))
    assert [(h.number, h.address, [p.name for p in h.members]) for h in other] == [
        (h.number, h.address, [p.name for p in h.members]) for h in village
    ]
    again = rows.points(other, date(2025, 7, 15))
    assert [row[1:] for row in again.base] == [row[1:] for row in made.base]
    assert [row[1:] for row in again.events] == [row[1:] for row in made.events]
    assert [row[1:] for row in again.redemptions] == [row[1:] for row in made.redemptions]


def test_ages_stay_as_they_are(village: list[DemoHousehold], today: date) -> None:
    for person in (person for household in village for person in household.members):
        born = person.born_on
        assert today.year - born.year - ((today.month, today.day) < (born.month, born.day)) == person.age
        assert 0 <= person.age < 110


def test_families_are_plausible(village: list[DemoHousehold]) -> None:
    for household in village:
        head, *others = household.members
        assert head.relation == "户主"
        assert head.age >= 22
        for person in others:
            gap = head.age - person.age
            assert {"配偶": -15 < gap < 15, "子": gap >= 18, "女": gap >= 18}.get(person.relation, gap <= -18), (
                household
            )


def test_phones_are_numbers_nobody_can_have(village: list[DemoHousehold]) -> None:
    phones = [person.phone for household in village for person in household.members if person.phone]
    assert len(set(phones)) == len(phones)
    assert all(phone.startswith("100") and len(phone) == 11 for phone in phones)


def test_base_points_are_what_findings_leave(made: Points, book: rulebook.RuleBook) -> None:
    assert {item.code: (item.points, item.step) for item in book.of_kind(rulebook.BASE)} == {
        code: values[:2] for code, values in BASE.items()
    }
    assert len(made.base) == 5 * 1046
    for row in made.base:
        for code, points in zip(BASE, row.points, strict=True):
            full, step, _ = BASE[code]
            assert 0 <= points <= full
            assert (full - points) % step == 0


def test_nobody_is_ever_overdrawn(made: Points) -> None:
    moves = [(row.month.last, 2, row.household, sum(row.points)) for row in made.base]
    moves += [(event.occurred_on, 0, event.household, event.points) for event in made.events]
    moves += [(row.occurred_on, 1, row.household, -row.price * row.quantity) for row in made.redemptions]
    balance: Counter[str] = Counter()
    for day, _, household, points in sorted(moves):
        balance[household] += points
        assert balance[household] >= 0, (day, household)
    assert sum(balance.values()) == 552_870 - 1_150 - 214_888
    assert balance[SHOWCASE] >= 240


def test_no_cap_of_the_rule_book_is_broken(made: Points, book: rulebook.RuleBook) -> None:
    past: dict[str, list[Past]] = defaultdict(list)
    for event in made.events:
        item = book.item(event.item)
        quantity = event.points // item.points if item.unit else 1
        assert rulebook.points_of(item, event.grade or None, quantity) == event.points
        occasion = event.subject or None
        assert not item.once_per or occasion or event.points < 0, event
        broken = list(caps.breaches(book, item, event.points, event.occurred_on, occasion, past[event.household]))
        assert not broken, (event, broken)
        past[event.household].append(Past(event.item, event.points, event.occurred_on, occasion))


def test_no_quota_is_broken(made: Points, village: list[DemoHousehold], book: rulebook.RuleBook) -> None:
    residency = {household.number: household.residency for household in village}
    given = Counter((event.occurred_on, residency[event.household]) for event in made.events if event.item == "A6")
    in_all = Counter(residency.values())
    assert len(given) == 10
    assert all(number <= (caps.quota(book.item("A6"), in_all[kind]) or 0) for (_, kind), number in given.items())


def test_rows_are_there_at_once() -> None:
    started = time.perf_counter()
    rows.points(households(date(2026, 1, 8)), date(2026, 1, 8))
    assert timedelta(seconds=time.perf_counter() - started) < timedelta(seconds=1)
