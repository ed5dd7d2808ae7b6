"""A cell of the score sheet holds what its item earns, and another number in it is findings more or fewer."""

import tomllib
from dataclasses import dataclass, replace
from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from villagepoints.domain.errors import BadInput, RuleBroken
from villagepoints.domain.finding import COUNTED, PERSUADED, RECTIFIED, STATUSES, WITHDRAWN
from villagepoints.domain.month_close import losses
from villagepoints.domain.rule_check import parse
from villagepoints.domain.rulebook import BASE, RuleBook, base_of_month
from villagepoints.domain.score_sheet import change, points_in_cell, read_points
from villagepoints.services.rulebook import default_text

BOOK: RuleBook = parse(tomllib.loads(default_text()), 1)
ITEMS = BOOK.of_kind(BASE)
A1 = BOOK.item("A1")
DAY = date(2026, 6, 15)


@dataclass(frozen=True)
class Found:
    """A finding of the month."""

    status: str
    count: int = 1
    from_sheet: bool = True
    found_on: date = DAY


founds = st.lists(
    st.builds(
        Found,
        status=st.sampled_from(sorted(STATUSES)),
        count=st.integers(1, 7),
        from_sheet=st.booleans(),
        found_on=st.integers(0, 10).map(lambda days: DAY - timedelta(days=days)),
    ),
    max_size=6,
)


@settings(max_examples=100)
@given(item=st.sampled_from(ITEMS), found=founds, steps=st.integers(0, 5))
def test_whatever_is_typed_the_cell_then_holds_it_or_it_is_refused(item, found, steps):
    points = max(0, item.points - item.step * steps)
    try:
        asked = change(item, found, points)
    except RuleBroken:
        lane = sum(one.count for one in found if one.status in (COUNTED, PERSUADED) and not one.from_sheet)
        assert points_in_cell(item, [Found(COUNTED, lane)] if lane else []) < points
        return
    left = [replace(one, status=WITHDRAWN) if any(one is gone for gone in asked.withdraw) else one for one in found]
    after = [*left, *([Found(PERSUADED, asked.found)] if asked.found else [])]
    assert points_in_cell(item, after) == points
    assert all(one.from_sheet and one.status in (COUNTED, PERSUADED) for one in asked.withdraw)


@settings(max_examples=100)
@given(counts=st.dictionaries(st.sampled_from([i.code for i in ITEMS]), st.integers(0, 30)), crossed=st.booleans())
def test_no_item_falls_below_0_and_no_month_rises_above_100_for_either_residency(counts, crossed):
    earned = base_of_month(BOOK, counts, crossed_red_line=crossed)
    assert all(0 <= points <= BOOK.item(code).points for code, points in earned.items())
    assert sum(earned.values()) + sum(losses(BOOK, earned).values()) == 100  # one book, one set of points, two texts
    assert not crossed or sum(earned.values()) == 0


@pytest.mark.parametrize("typed", ["", "26", "-5", "x", "5.0", "²", "23", "1" * 9])
def test_what_the_item_cannot_earn_is_refused_with_a_sentence(typed: str):
    with pytest.raises(BadInput, match="A1"):
        read_points(A1, typed)


def test_a_number_between_two_steps_names_both():
    with pytest.raises(BadInput, match="请填 25 或 20"):
        read_points(A1, "23")


def test_nothing_is_earned_in_any_number_of_steps():
    assert read_points(A1, "0") == 0
    assert change(A1, [], 0).found == 5


def test_the_number_that_stands_there_asks_for_nothing():
    found = [Found(RECTIFIED), Found(COUNTED, 2, from_sheet=False)]
    assert change(A1, found, 15) == change(A1, [], 25)


def test_what_was_typed_too_much_is_withdrawn_the_latest_first():
    first, repeat = Found(PERSUADED, found_on=DAY - timedelta(days=3)), Found(COUNTED)
    assert change(A1, [first, repeat], 20).withdraw == (repeat,)
    assert change(A1, [first, repeat], 25).withdraw == (repeat, first)


def test_what_was_found_in_the_lane_is_not_typed_away():
    with pytest.raises(RuleBroken, match="检查发现"):
        change(A1, [Found(COUNTED, 2, from_sheet=False), Found(COUNTED)], 20)
    assert len(change(A1, [Found(COUNTED, 2, from_sheet=False), Found(COUNTED)], 15).withdraw) == 1
