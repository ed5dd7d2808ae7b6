"""Working days: Monday to Friday but for what the calendar says otherwise."""

from datetime import date, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from villagepoints.domain import working_days
from villagepoints.services.working_days import packaged

DAYS = st.dates(date(2025, 1, 1), date(2027, 12, 31))
EXCEPTIONS = st.dictionaries(st.dates(date(2025, 12, 1), date(2026, 3, 31)), st.booleans(), max_size=40)
CALENDAR = {day: worked for day, (worked, _name) in packaged().items()}


def test_a_weekend_is_not_counted() -> None:
    friday = date(2026, 7, 3)
    assert working_days.add(friday, 1, {}) == date(2026, 7, 6)
    assert working_days.add(friday, 7, {}) == date(2026, 7, 14)


def test_holidays_are_free_and_weekend_days_worked_instead_count() -> None:
    assert working_days.add(date(2026, 2, 13), 2, CALENDAR) == date(2026, 2, 24)  # 14 February is worked
    assert working_days.add(date(2026, 9, 30), 3, CALENDAR) == date(2026, 10, 10)  # a Saturday that is worked


def test_the_packaged_year_has_its_thirty_three_days_off() -> None:
    """What the State Council published for 2026: 33 days off in all, six weekend days worked."""
    assert sum(not worked for worked in CALENDAR.values()) == 33
    worked = sorted(day for day, is_worked in CALENDAR.items() if is_worked)
    assert [f"{day:%m%d}" for day in worked] == ["0104", "0214", "0228", "0509", "0920", "1010"]
    assert all(day.weekday() >= 5 for day in worked)


@settings(max_examples=100)
@given(start=DAYS, days=st.integers(0, 40), exceptions=EXCEPTIONS)
def test_as_many_working_days_lie_between_as_were_added(start: date, days: int, exceptions: dict[date, bool]) -> None:
    end = working_days.add(start, days, exceptions)
    between = [start + timedelta(days=n) for n in range(1, (end - start).days + 1)]
    assert sum(working_days.works(day, exceptions) for day in between) == days
    assert days == 0 or working_days.works(end, exceptions)


@settings(max_examples=100)
@given(start=DAYS, days=st.integers(0, 40), exceptions=EXCEPTIONS)
def test_more_days_or_a_later_start_never_end_earlier(start: date, days: int, exceptions: dict[date, bool]) -> None:
    end = working_days.add(start, days, exceptions)
    assert working_days.add(start, days + 1, exceptions) > end
    assert working_days.add(start + timedelta(days=1), days, exceptions) >= end
