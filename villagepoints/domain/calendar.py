"""Village dates: the day, month, quarter and year of Asia/Shanghai."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from villagepoints.domain.errors import N_

SHANGHAI = ZoneInfo("Asia/Shanghai")
MONTHS = (
    N_("1月"),
    N_("2月"),
    N_("3月"),
    N_("4月"),
    N_("5月"),
    N_("6月"),
    N_("7月"),
    N_("8月"),
    N_("9月"),
    N_("10月"),
    N_("11月"),
    N_("12月"),
)


def village_date(instant: datetime) -> date:
    """The village's date at a UTC instant."""
    return instant.astimezone(SHANGHAI).date()


YEARS = range(2000, 2200)  # what anybody asks of a village's books; beyond lie slips of the pen


@dataclass(frozen=True, order=True, slots=True)
class Month:
    """A calendar month; sorts and counts, writes itself as 2026-01."""

    year: int
    number: int

    @classmethod
    def of(cls, day: date) -> "Month":
        """The month a day lies in."""
        return cls(day.year, day.month)

    @classmethod
    def parse(cls, text: str) -> "Month":
        """`2026-01` as a month of 2000 to 2199; ValueError for anything else."""
        month = cls.of(date.fromisoformat(f"{text}-01"))
        if month.year not in YEARS:
            raise ValueError(text)
        return month

    def __add__(self, months: int) -> "Month":
        index = self.year * 12 + self.number - 1 + months
        return Month(index // 12, index % 12 + 1)

    def __sub__(self, months: int) -> "Month":
        return self + -months

    @property
    def first(self) -> date:
        """Its first day."""
        return date(self.year, self.number, 1)

    @property
    def last(self) -> date:
        """Its last day, the date a base entry carries."""
        return (self + 1).first - timedelta(days=1)

    @property
    def name(self) -> str:
        """What people call it in any year, as 1月; a msgid."""
        return MONTHS[self.number - 1]

    def __str__(self) -> str:
        return f"{self.year:04d}-{self.number:02d}"


def period(name: str, day: date) -> tuple[date, date]:
    """First and last day of the `day`, `month`, `quarter` or `year` that a day lies in."""
    month = Month.of(day)
    if name == "day":
        return day, day
    if name == "month":
        return month.first, month.last
    if name == "quarter":
        start = Month(day.year, (day.month - 1) // 3 * 3 + 1)
        return start.first, (start + 2).last
    if name == "year":
        return date(day.year, 1, 1), date(day.year, 12, 31)
    raise ValueError(name)


@dataclass(frozen=True, slots=True)
class Span:
    """A month, quarter or year to look back on; writes itself as 2026-10, 2026-Q3 or 2026."""

    name: str  # month, quarter, year
    first: date
    last: date

    @classmethod
    def of(cls, name: str, day: date) -> "Span":
        """The one that a day lies in."""
        return cls(name, *period(name, day))

    @classmethod
    def parse(cls, text: str) -> "Span":
        """What `str` wrote; ValueError for anything else, and for years beyond 2000 to 2199."""
        year, quarter, number = text.partition("-Q")
        if quarter and number in ("1", "2", "3", "4"):
            return cls.of("quarter", Month.parse(f"{year}-{int(number) * 3:02d}").first)
        if len(text) == 4:
            return cls.of("year", Month.parse(f"{text}-01").first)
        return cls.of("month", Month.parse(text).first)

    @property
    def quarter(self) -> int:
        """Which quarter of the year its first day lies in, 1 to 4."""
        return (self.first.month + 2) // 3

    def __str__(self) -> str:
        if self.name == "year":
            return f"{self.first.year:04d}"
        if self.name == "quarter":
            return f"{self.first.year:04d}-Q{self.quarter}"
        return str(Month.of(self.first))


def looking_back(today: date) -> list[Span]:
    """The periods to choose from: this year and the last, five quarters, twelve months, each the latest first."""
    this = Month.of(today)
    return [
        *(Span.of("year", (this - back).first) for back in (0, 12)),
        *(Span.of("quarter", (this - back * 3).first) for back in range(5)),
        *(Span.of("month", (this - back).first) for back in range(12)),
    ]
