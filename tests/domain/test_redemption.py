"""What redemption allows, and which way it may go."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from villagepoints.domain import redemption as rules
from villagepoints.domain.errors import BadInput, Conflict, OutOfStock, RuleBroken


@dataclass
class Oil:
    name: str = "食用油 5L"
    points: int = 200
    stock: int = 3
    is_active: bool = True
    household_month_limit: int | None = 2


def test_nothing_chosen_and_numbers_that_are_no_pieces_are_refused():
    for lines in ([], [(UUID(int=1), 0)], [(UUID(int=1), -1)], [(UUID(int=1), 100)]):
        with pytest.raises(BadInput):
            rules.merge(lines)


@given(st.lists(st.tuples(st.integers(1, 4).map(lambda n: UUID(int=n)), st.integers(1, 9)), min_size=1, max_size=9))
def test_merging_keeps_every_piece_in_one_order(lines: list[tuple[UUID, int]]):
    wanted = rules.merge(lines)
    assert sum(wanted.values()) == sum(n for _, n in lines)
    assert list(wanted) == sorted(wanted)


def test_goods_short_in_stock_off_the_list_or_above_the_limit_are_refused_with_numbers():
    rules.check_goods(Oil(), 2, 0)
    with pytest.raises(OutOfStock, match="要 4 件，只剩 3 件"):
        rules.check_goods(Oil(), 4, 0)
    with pytest.raises(RuleBroken, match="不供应"):
        rules.check_goods(Oil(is_active=False), 1, 0)
    with pytest.raises(RuleBroken, match="最多 2 件，这个月已经换了 1 件"):
        rules.check_goods(Oil(), 2, 1)


def test_it_waits_thirty_days():
    assert rules.collect_by(date(2026, 1, 31)) == date(2026, 3, 2)


@pytest.mark.parametrize("status", [rules.FULFILLED, rules.CANCELLED, rules.EXPIRED])
def test_only_what_waits_is_handed_over_cancelled_or_expired(status: str):
    for target in (rules.FULFILLED, rules.CANCELLED, rules.EXPIRED):
        rules.check_step(rules.RESERVED, target)
        with pytest.raises(Conflict):
            rules.check_step(status, target)


def test_a_hand_over_can_be_taken_back_but_points_given_back_stay():
    rules.check_step(rules.FULFILLED, rules.RESERVED)
    for status in (rules.CANCELLED, rules.EXPIRED):
        with pytest.raises(Conflict):
            rules.check_step(status, rules.RESERVED)
