"""Working days: Monday to Friday but for holidays, and the weekend days that are worked instead (调休)."""

from collections.abc import Mapping
from datetime import date, timedelta

SATURDAY = 5


def works(day: date, exceptions: Mapping[date, bool]) -> bool:
    """Whether a village date is worked; `exceptions` says so for the days that differ from Monday to Friday."""
    return exceptions.get(day, day.weekday() < SATURDAY)


def add(start: date, days: int, exceptions: Mapping[date, bool]) -> date:
    """The working day so many working days after a village date, which itself is not counted; 0 is the date itself."""
    day = start
    while days > 0:
        day += timedelta(days=1)
        days -= works(day, exceptions)
    return day
