"""Money in whole cents that adds up, and a curve that lets go of every point exactly once."""

from datetime import date
from fractions import Fraction
from uuid import UUID

from hypothesis import given, settings
from hypothesis import strategies as st

from villagepoints.domain.calendar import Month
from villagepoints.domain.expiry import falls_due
from villagepoints.domain.liability import Goods, Rates, covered_percent, expiry_curve, forecast, money, rates

TODAY = date(2026, 6, 15)
JUNE = Month(2026, 6)


def goods(points: int, cost: int | None, pieces: int = 0, *, is_active: bool = True) -> Goods:
    return Goods(UUID(int=points), "商品", points, cost, is_active, pieces, pieces * points)


SHELF = st.lists(
    st.builds(
        goods, st.integers(1, 500), st.none() | st.integers(0, 10_000), st.integers(0, 50), is_active=st.booleans()
    ),
    max_size=6,
)


@settings(max_examples=60)
@given(SHELF, st.integers(0, 1_000_000))
def test_low_likely_and_high_stand_in_this_order(shelf: list[Goods], points: int) -> None:
    by = rates(shelf)
    if by is None:
        assert all(one.cost_cents is None or not (one.is_active or one.redeemed) for one in shelf)
        return
    cost = money(points, by)
    assert 0 <= cost.low <= cost.likely <= cost.high
    assert abs(cost.likely - points * by.likely) <= Fraction(1, 2)


def test_the_likely_cost_is_that_of_what_was_taken() -> None:
    shelf = [goods(200, 6000, 30), goods(50, 1000, 10), goods(60, None, 99), goods(100, 9000)]
    by = rates(shelf)
    assert by == Rates(Fraction(20), Fraction(30 * 6000 + 10 * 1000, 30 * 200 + 10 * 50), Fraction(90))
    assert covered_percent(shelf) == 100 * 6500 // (6500 + 99 * 60)


def test_goods_without_a_cost_tell_nothing_and_are_no_zero() -> None:
    assert rates([goods(60, None, 5)]) is None
    assert covered_percent([goods(60, None, 5)]) == 0
    assert covered_percent([goods(60, None)]) is None


@settings(max_examples=60)
@given(st.dictionaries(st.integers(0, 40), st.integers(1, 500), max_size=8), st.integers(1, 36))
def test_each_point_expires_once_and_as_the_rule_book_says(ages: dict[int, int], keeps: int) -> None:
    gained_in = {JUNE - back: points for back, points in ages.items()}
    balance = sum(gained_in.values())
    curve = expiry_curve(gained_in, TODAY, keeps)
    assert sum(one.points for one in curve) == balance
    assert all(one.points >= 0 for one in curve)
    for one in curve:
        young = sum(points for month, points in gained_in.items() if month >= Month.of(one.on) - keeps)
        assert balance - one.left == falls_due(balance, young)


def test_the_next_quarter_is_three_average_months_of_what_is_spent() -> None:
    generated = {JUNE - 2: 1000, JUNE - 1: 3000, JUNE: 900}
    found = forecast(generated, {JUNE - 1: 1000, JUNE: 500}, TODAY)
    assert found is not None
    assert (found.first, found.months, found.gained_a_month) == (Month(2026, 7), 2, 2000)
    assert (found.spent_percent, found.points) == (25, 1500)
    assert forecast({JUNE: 900}, {}, TODAY) is None
