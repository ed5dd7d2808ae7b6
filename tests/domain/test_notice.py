"""How long a notice stands: full days, none lost and none given away."""

from datetime import date, timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from villagepoints.domain import notice
from villagepoints.domain.errors import Conflict

DAYS = st.dates(date(2024, 1, 1), date(2030, 12, 31))


def book(days: int) -> Any:
    return SimpleNamespace(publicity_days=days)


@settings(max_examples=100)
@given(opened=DAYS, length=st.integers(1, 60), later=st.integers(0, 90))
def test_it_stands_its_full_days_after_the_day_it_was_put_up_and_not_one_more(
    opened: date, length: int, later: int
) -> None:
    last, today = notice.closes_on(book(length), opened), opened + timedelta(days=later)
    full_days = [opened + timedelta(days=n) for n in range(1, 99) if opened + timedelta(days=n) <= last]
    assert len(full_days) == length
    if today <= last:
        assert notice.days_left(last, today) == length - later + 1
        with pytest.raises(Conflict, match="还没到期"):
            notice.check_over(last, today)
    else:
        assert notice.days_left(last, today) == 0
        notice.check_over(last, today)


def test_names_are_public_for_thirty_days_after_it_closed() -> None:
    last = date(2026, 6, 20)
    assert notice.shows_names(last, date(2026, 7, 20))
    assert not notice.shows_names(last, date(2026, 7, 21))


@pytest.mark.parametrize(
    ("status", "said"), [("posted", "已经记上账"), ("refused", "已经撤下"), ("withdrawn", "已经撤下")]
)
def test_what_is_decided_does_not_come_off(status: str, said: str) -> None:
    notice.check_comes_off("approved")
    with pytest.raises(Conflict, match=said):
        notice.check_comes_off(status)
