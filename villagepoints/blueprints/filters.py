"""How figures, dates and names are written on every page: 1,046 · ＋10 · −5 · 12月6日 · 2026年1月 · 王*明."""

from datetime import date, datetime
from functools import lru_cache
from secrets import token_urlsafe

from flask import Flask

from villagepoints.blueprints.language import chosen
from villagepoints.blueprints.quick import text as _
from villagepoints.domain.calendar import MONTHS, SHANGHAI, Month, village_date
from villagepoints.domain.errors import N_
from villagepoints.domain.names import mask

MINUS = "\N{MINUS SIGN}"
PLUS = "\N{FULLWIDTH PLUS SIGN}"


def points(number: int) -> str:
    """Points with thousands, as 1,046 or −30."""
    return f"{number:,}" if number >= 0 else f"{MINUS}{-number:,}"


def signed(number: int) -> str:
    """A change of points with its sign always written: ＋10, −5; nothing gained or lost is 0."""
    return f"{PLUS}{number:,}" if number > 0 else points(number)


def yuan(cents: int | None) -> str:
    """Money kept in 分 as people write it: 1,250 元, 12.5 元; None, which is not known, is a dash."""
    if cents is None:
        return "—"
    whole, rest = divmod(abs(cents), 100)
    amount = f"{whole:,}" + (f".{rest:02d}".rstrip("0") if rest else "")
    return str(_("%(amount)s 元", amount=amount if cents >= 0 else MINUS + amount))


def short(number: int) -> str:
    """A large number as a bar of a chart has room for: 11.1万 (111k in English); below ten thousand as it is."""
    if abs(number) < 10_000:
        return points(number)
    unit = 10_000 if chosen() == "zh" else 1000
    return str(_("%(number)s万", number=f"{number / unit:.1f}"))


def _as_date(when: date | datetime) -> date:
    return village_date(when) if isinstance(when, datetime) else when


@lru_cache(maxsize=4096)
def _in_words(pattern: str, on: date, _language: str) -> str:
    return str(_(pattern, year=on.year, month=_(MONTHS[on.month - 1]), day=on.day))


def day(when: date | datetime | None) -> str:
    """The village's day, as 12月6日; an instant is first brought to the village's date; None is a dash."""
    if when is None:
        return "—"
    on = _as_date(when)
    return _in_words(N_("%(month)s%(day)d日"), on, chosen())


def full_day(when: date | datetime | None) -> str:
    """The village's day with its year, as 2026年1月6日."""
    if when is None:
        return "—"
    on = _as_date(when)
    return _in_words(N_("%(year)d年%(month)s%(day)d日"), on, chosen())


def month(when: Month | date | datetime | str) -> str:
    """The month with its year, as 2026年1月; also of a month kept as 2026-01."""
    if isinstance(when, str):
        when = Month.parse(when)
    of = when if isinstance(when, Month) else Month.of(_as_date(when))
    return str(_("%(year)d年%(month)s", year=of.year, month=_(of.name)))


def month_name(number: int | str) -> str:
    """What people call the month from 1 to 12 in any year, as 1月."""
    return str(_(MONTHS[int(number) - 1]))


def moment(instant: datetime, today: date) -> str:
    """An instant of today by its time in the village, 10:42; an earlier one by its day."""
    return f"{instant.astimezone(SHANGHAI):%H:%M}" if village_date(instant) == today else day(instant)


def clock_time(instant: datetime) -> str:
    """An instant by the clock in the village, 10:42."""
    return f"{instant.astimezone(SHANGHAI):%H:%M}"


def grouped(digits: str, size: int = 4) -> str:
    """A long number in groups that a person can read out and type: 3141 5926."""
    return " ".join(digits[start : start + size] for start in range(0, len(digits), size))


def init_app(app: Flask) -> None:
    """Make the filters known to the templates, and `new_key()`, the request key of a form that is one button."""
    app.jinja_env.globals["new_key"] = lambda: token_urlsafe(18)
    filters = (points, signed, yuan, short, day, full_day, month, month_name, moment, clock_time, grouped, mask)
    app.jinja_env.filters.update({function.__name__: function for function in filters})
