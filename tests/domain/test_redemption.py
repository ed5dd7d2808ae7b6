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
    offered_from: date | None = date(2026, 3, 1)
    offered_until: date | None = date(2026, 3, 31)


DAY = date(2026, 3, 15)


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
    rules.check_goods(Oil(), 2, 0, DAY)
    with pytest.raises(OutOfStock, match="要 4 件，只剩 3 件"):
        rules.check_goods(Oil(), 4, 0, DAY)
    with pytest.raises(RuleBroken, match="不供应"):
        rules.check_goods(Oil(is_active=False), 1, 0, DAY)
    with pytest.raises(RuleBroken, match="最多 2 件，这个月已经换了 1 件"):
        rules.check_goods(Oil(), 2, 1, DAY)


def test_goods_are_given_from_the_first_day_of_their_window_to_the_last():
    for day in (date(2026, 3, 1), date(2026, 3, 31)):
        rules.check_goods(Oil(), 1, 0, day)
    rules.check_goods(Oil(offered_from=None, offered_until=None), 1, 0, date(2030, 1, 1))
    with pytest.raises(RuleBroken, match="2026-03-01 起可以换"):
        rules.check_goods(Oil(), 1, 0, date(2026, 2, 28))
    with pytest.raises(RuleBroken, match="2026-03-31 为止"):
        rules.check_goods(Oil(), 1, 0, date(2026, 4, 1))


def test_goods_of_two_counters_are_not_taken_together():
    rules.check_one_place({"东头小店"})
    with pytest.raises(BadInput, match="东头小店、村委会"):
        rules.check_one_place({"村委会", "东头小店"})


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
