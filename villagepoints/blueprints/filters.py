"""How figures, dates and names are written on every page: 1,046 · ＋10 · −5 · 12月6日 · 2026年1月 · 王*明."""

from datetime import date, datetime
from secrets import token_urlsafe

from flask import Flask

from villagepoints.blueprints.quick import text as _
from villagepoints.domain.calendar import SHANGHAI, Month, village_date
from villagepoints.domain.names import mask

MINUS = "\N{MINUS SIGN}"
PLUS = "\N{FULLWIDTH PLUS SIGN}"


def points(number: int) -> str:
    """Points with thousands, as 1,046 or −30."""
    return f"{number:,}" if number >= 0 else f"{MINUS}{-number:,}"


def signed(number: int) -> str:
    """A change of points with its sign always written: ＋10, −5; nothing gained or lost is 0."""
    return f"{PLUS}{number:,}" if number > 0 else points(number)


def short(number: int) -> str:
    """A large number as a bar of a chart has room for: 11.1万 (111k in English); below ten thousand as it is."""
    if abs(number) < 10_000:
        return points(number)
    return str(_("%(myriads)s万", myriads=f"{number / 10_000:.1f}", thousands=f"{number / 1000:.0f}"))


def _as_date(when: date | datetime) -> date:
    return village_date(when) if isinstance(when, datetime) else when


def day(when: date | datetime | None) -> str:
    """The village's day, as 12月6日; an instant is first brought to the village's date; None is a dash."""
    if when is None:
        return "—"
    on = _as_date(when)
    return str(_("%(month)d月%(day)d日", month=on.month, day=on.day))


def full_day(when: date | datetime | None) -> str:
    """The village's day with its year, as 2026年1月6日."""
    if when is None:
        return "—"
    on = _as_date(when)
    return str(_("%(year)d年%(month)d月%(day)d日", year=on.year, month=on.month, day=on.day))


def month(when: Month | date | datetime) -> str:
    """The month with its year, as 2026年1月."""
    of = when if isinstance(when, Month) else Month.of(_as_date(when))
    return str(_("%(year)d年%(month)d月", year=of.year, month=of.number))


def moment(instant: datetime, today: date) -> str:
    """An instant of today by its time in the village, 10:42; an earlier one by its day."""
    return f"{instant.astimezone(SHANGHAI):%H:%M}" if village_date(instant) == today else day(instant)


def grouped(digits: str, size: int = 4) -> str:
    """A long number in groups that a person can read out and type: 3141 5926."""
    return " ".join(digits[start : start + size] for start in range(0, len(digits), size))


def init_app(app: Flask) -> None:
    """Make the filters known to the templates, and `new_key()`, the request key of a form that is one button."""
    app.jinja_env.globals["new_key"] = lambda: token_urlsafe(18)
    filters = (points, signed, short, day, full_day, month, moment, grouped, mask)
    app.jinja_env.filters.update({function.__name__: function for function in filters})
