"""The running count of caps says of every entry what looking back over all of them would say."""

import tomllib
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from uuid import UUID

from hypothesis import given, settings
from hypothesis import strategies as st

import villagepoints
from villagepoints.domain import caps
from villagepoints.domain.rule_check import parse
from villagepoints.domain.rulebook import BASE
from villagepoints.domain.tally import Tally

RULES = Path(villagepoints.__file__).parent / "data/rulebook.toml"
BOOK = parse(tomllib.loads(RULES.read_text("utf-8")), 1)
ITEMS = [item for item in BOOK.items.values() if item.kind != BASE]


@dataclass
class Entry:
    household: UUID
    item_code: str
    points: int
    occurred_on: date
    occasion: str | None = None


ENTRIES = st.builds(
    lambda household, item, times, days: Entry(
        UUID(int=household),
        item.code,
        (next(iter(item.grades.values())) if item.grades else item.points) * times,
        date(2025, 12, 1) + timedelta(days=days),
    ),
    st.integers(1, 2),
    st.sampled_from(ITEMS),
    st.integers(1, 4),
    st.integers(0, 60),
)


@settings(max_examples=300)
@given(st.lists(ENTRIES, max_size=40))
def test_the_tally_agrees_with_looking_back(entries: list[Entry]) -> None:
    tally, past = Tally(), []
    for entry in entries:
        item = BOOK.items[entry.item_code]
        own = [row for row in past if row.household == entry.household]
        looked = [
            left
            for left in caps.remaining(BOOK, item, entry.occurred_on, own)
            if left.amount < (abs(entry.points) if left.unit == "points" else 1)
        ]
        assert tally.add(BOOK, item, entry.household, entry.points, entry.occurred_on) == looked
        past.append(entry)


def test_the_monthly_quota_counts_each_residency_apart() -> None:
    tally, item = Tally({"resident": 20, "relocated": 10}), BOOK.items["A6"]
    day = date(2026, 1, 31)
    assert [tally.over_quota(item, "resident", day) for _ in range(3)] == [None, None, 2]
    assert [tally.over_quota(item, "relocated", day) for _ in range(2)] == [None, 1]
    assert tally.over_quota(item, "resident", date(2026, 2, 1)) is None
    assert tally.over_quota(BOOK.items["D1"], "resident", day) is None
