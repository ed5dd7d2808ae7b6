"""Percent, averages and sums of the month's report."""

from decimal import Decimal

import pytest

from villagepoints.domain.calendar import Month
from villagepoints.domain.report import ItemName, Sum, Totals, average, lines, percent, percent_change, totals

JUNE = Month(2026, 6)


def part(kind: str, points: int, code: str | None = "A1", residency: str = "resident") -> Sum:
    return Sum(JUNE, kind, code, residency, points, 1, 0)


@pytest.mark.parametrize(
    ("now", "before", "change"),
    [
        (110, 100, "10.0"),
        (1000, 999, "0.1"),
        (99_950, 100_000, "-0.1"),  # −0.05 % away from zero
        (0, 100, "-100.0"),
        (-220, -200, "10.0"),  # more was taken
        (0, -50, "-100.0"),
        (-5, 10, "-150.0"),
        (5, -10, "150.0"),
        (7, 0, None),
    ],
)
def test_a_change_is_said_in_percent_of_the_month_before(now: int, before: int, change: str | None) -> None:
    assert percent_change(now, before) == (None if change is None else Decimal(change))


def test_nothing_is_divided_by_no_households() -> None:
    assert average(10, 0) is None
    assert average(1, 8) == Decimal("0.1")
    assert average(-1, 4) == Decimal("-0.3")
    assert percent(1, 3) == Decimal("33.3")
    assert percent(0, 0) is None


def test_what_was_brought_forward_adds_up_to_what_is_outstanding() -> None:
    posted = [part("base", 100), part("contribution", 20), part("penalty", -10), part("redemption", -50, None)]
    besides = [part("refund", 30, None), part("opening", 7, None), part("expiry", -2, None)]
    figures = totals([*posted, *besides], outstanding=500)
    assert figures == Totals(generated=120, deducted=10, redeemed=20, other=5, outstanding=500)
    assert figures.brought_forward == 500 - 120 + 10 + 20 - 5


def test_categories_are_the_sum_of_their_items_and_items_never_posted_stay_in() -> None:
    names = [
        ItemName("A1", "整洁", "A", "base"),
        ItemName("A7", "乱倒", "A", "penalty"),
        ItemName("D1", "志愿", "D", "contribution"),
    ]
    now = [part("base", 25), part("base", 20, "A1", "relocated"), part("penalty", -50, "A7", "relocated")]
    total, groups = lines(now, [part("base", 50)], names, {"A": "人居环境", "D": "公益共治"})
    a, d = groups
    assert (a.line.now.base, a.line.now.deduction, a.line.now.total) == (45, -50, -5)
    assert a.line.now.by_residency == {"resident": 25, "relocated": -30}
    assert (a.line.before.total, a.line.change) == (50, Decimal("-110.0"))
    assert [item.code for item in d.items] == ["D1"]
    assert d.line.now.total == 0
    assert total.now.total == -5
    assert total.kinds == {"base", "penalty", "contribution"}
