"""Who is served as an elder: a household whose members are all 60 or older, unless the clerk says otherwise."""

from collections.abc import Iterable
from datetime import date

ELDER_FROM = 60  # years


def age(birth_on: date, on: date) -> int:
    """Full years on a village date."""
    return on.year - birth_on.year - ((on.month, on.day) < (birth_on.month, birth_on.day))


def is_elder(births: Iterable[date | None], on: date, marked: bool | None = None) -> bool:
    """Whether a household with these birth dates is an elder's; the clerk's mark comes first, unknown births say no."""
    if marked is not None:
        return marked
    known = list(births)
    return bool(known) and all(birth is not None and age(birth, on) >= ELDER_FROM for birth in known)
