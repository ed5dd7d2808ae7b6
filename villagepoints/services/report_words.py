"""How a report writes days, money and percentages in either language."""

from datetime import date, datetime
from decimal import Decimal

from villagepoints.domain.calendar import SHANGHAI, Month, village_date
from villagepoints.domain.errors import N_
from villagepoints.services.report_tables import Translate

OFFICES = {  # of domain/actor
    "clerk": N_("文书"),
    "grid_worker": N_("网格员"),
    "reviewer": N_("审核人"),
    "counter": N_("窗口"),
    "supervisor": N_("监督小组"),
    "neighbourhood": N_("居委会"),
    "town": N_("镇里"),
    "admin": N_("管理员"),
}


def full_day(when: date | datetime | None, translate: Translate = str) -> str:
    """A village date with its year, 2026年1月6日; an instant by the village's date; None is a dash."""
    if when is None:
        return "—"
    on = village_date(when) if isinstance(when, datetime) else when
    named = {"year": on.year, "month": translate(Month.of(on).name), "day": on.day}
    return translate(N_("%(year)d年%(month)s%(day)d日")) % named


def day(when: date | None, translate: Translate = str) -> str:
    """A village date near the report's month, 6月11日; None is a dash."""
    if when is None:
        return "—"
    return translate(N_("%(month)s%(day)d日")) % {"month": translate(Month.of(when).name), "day": when.day}


def instant(when: datetime, translate: Translate = str) -> str:
    """An instant by the village's clock, 2026年1月6日 10:42."""
    return f"{full_day(when, translate)} {when.astimezone(SHANGHAI):%H:%M}"


def month_of(month: Month, translate: Translate = str) -> str:
    """A month with its year, 2026年1月."""
    return translate(N_("%(year)d年%(month)s")) % {"year": month.year, "month": translate(month.name)}


def money(cents: int | None, translate: Translate = str) -> str:
    """分 as people write yuan: 1,250 元, 12.5 元; what is not known is a dash."""
    if cents is None:
        return "—"
    sign, (whole, rest) = "\N{MINUS SIGN}" if cents < 0 else "", divmod(abs(cents), 100)
    amount = f"{sign}{whole:,}" + (f".{rest:02d}".rstrip("0") if rest else "")
    return translate(N_("%(amount)s 元")) % {"amount": amount}


def share(value: Decimal | None) -> str:
    """Percent, 84.6%; nothing to say is a dash."""
    return "—" if value is None else f"{value}%"
