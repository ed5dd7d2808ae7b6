"""Who counts as an elder's household."""

from datetime import date

import pytest

from villagepoints.domain.elder import age, is_elder

TODAY = date(2026, 2, 1)


@pytest.mark.parametrize(
    ("births", "marked", "expected"),
    [
        ([date(1966, 2, 1)], None, True),  # 60 today
        ([date(1966, 2, 2)], None, False),
        ([date(1950, 1, 1), date(1990, 1, 1)], None, False),
        ([date(1950, 1, 1), None], None, False),
        ([], None, False),
        ([date(1990, 1, 1)], True, True),
        ([date(1930, 1, 1)], False, False),
    ],
)
def test_everyone_at_home_is_60_unless_the_clerk_says_otherwise(
    births: list[date | None], marked: bool | None, expected: bool
) -> None:
    assert is_elder(births, TODAY, marked) is expected


def test_somebody_born_on_a_leap_day_is_older_on_the_first_of_march() -> None:
    assert age(date(1964, 2, 29), date(2025, 2, 28)) == 60
    assert age(date(1964, 2, 29), date(2025, 3, 1)) == 61
