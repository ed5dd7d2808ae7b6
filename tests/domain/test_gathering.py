"""When an activity checks people in and out, and how many hours count."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from villagepoints.domain import gathering as rules
from villagepoints.domain.errors import BadInput, Conflict, RuleBroken

START = rules.instant(date(2026, 6, 15), time(9))


@dataclass
class Times:
    starts_at: datetime = START
    ends_at: datetime = START + timedelta(hours=2)
    status: str = rules.PLANNED


def after(minutes: int) -> datetime:
    return START + timedelta(minutes=minutes)


LENGTHS = st.integers(1, 15 * 60)
MOMENTS = st.integers(-180, 24 * 60)


@settings(max_examples=100)
@given(length=LENGTHS, arrived=MOMENTS, left=MOMENTS, later=st.integers(0, 600))
def test_hours_are_never_negative_never_longer_than_the_activity_and_never_fewer_for_staying_longer(
    length: int, arrived: int, left: int, later: int
) -> None:
    gathering = Times(ends_at=after(length))
    counted = rules.hours(gathering, after(arrived), after(left))
    assert 0 <= counted <= length // 60
    assert counted <= rules.hours(gathering, after(arrived), after(left + later))
    assert counted <= rules.hours(gathering, after(arrived - later), after(left))


@pytest.mark.parametrize(
    ("arrived", "left", "hours"),
    [(-30, 200, 2), (0, 120, 2), (8, 120, 2), (11, 120, 1), (0, 109, 1), (0, 49, 0), (60, 50, 0), (0, 50, 1)],
)
def test_ten_minutes_at_the_poster_cost_no_hour(arrived: int, left: int, hours: int) -> None:
    assert rules.hours(Times(), after(arrived), after(left)) == hours


def test_the_code_works_from_half_an_hour_before_until_the_end_and_out_two_hours_longer() -> None:
    gathering = Times()
    for minutes in (-30, 0, 120):
        rules.check_in_open(gathering, after(minutes))
    rules.check_out_open(gathering, after(240))
    with pytest.raises(RuleBroken, match="08:30"):
        rules.check_in_open(gathering, after(-31))
    with pytest.raises(RuleBroken, match="已经结束"):
        rules.check_in_open(gathering, after(121))
    with pytest.raises(RuleBroken, match="签退不了"):
        rules.check_out_open(gathering, after(241))


def test_what_was_called_off_checks_nobody_in_or_out() -> None:
    gathering = Times(status=rules.CANCELLED)
    for check in (rules.check_in_open, rules.check_out_open, rules.check_ended):
        with pytest.raises(Conflict):
            check(gathering, START)


def test_times_by_hand_lie_inside_the_activity() -> None:
    rules.check_times(Times(), after(-30), after(120))
    for arrived, left in ((-31, None), (121, None), (10, 5), (0, 121)):
        with pytest.raises(BadInput):
            rules.check_times(Times(), after(arrived), None if left is None else after(left))


def test_it_is_closed_only_after_its_end() -> None:
    rules.check_ended(Times(), after(120))
    with pytest.raises(RuleBroken, match="还没结束"):
        rules.check_ended(Times(), after(119))


def test_every_activity_of_every_village_has_its_own_token() -> None:
    tokens = {rules.token_of(key, UUID(int=v), UUID(int=g)) for key in (b"a", b"b") for v in (1, 2) for g in (1, 2)}
    assert len(tokens) == 8
    assert all(len(token) == 26 and token == token.upper() for token in tokens)
