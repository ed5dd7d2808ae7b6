"""The month's report: what the books say of one month, beside the month before, resident and relocated side by side."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal

from villagepoints.domain.calendar import Month
from villagepoints.domain.ledger import REDEMPTION, REFUND
from villagepoints.domain.report_parts import Parts
from villagepoints.domain.rulebook import BASE, CONTRIBUTION, PENALTY

RESIDENT, RELOCATED = "resident", "relocated"
RESIDENCIES = (RESIDENT, RELOCATED)
LARGE = 100  # points: from here on an entry is looked at one by one
ONE_PLACE = Decimal("0.1")


@dataclass(frozen=True, slots=True)
class Sum:
    """Entries of one month, item and residency added up; `kind` is the item's, or the entry's where it has no item."""

    month: Month
    kind: str
    item_code: str | None
    residency: str
    points: int
    entries: int
    large: int


@dataclass(frozen=True, slots=True)
class ItemName:
    """A scoring item as the report names it."""

    code: str
    name: str
    category: str
    kind: str


@dataclass(slots=True)
class Figures:
    """Points of one line: base and contributions gained, deductions (negative), and both tracks."""

    base: int = 0
    contribution: int = 0
    deduction: int = 0
    by_residency: dict[str, int] = field(default_factory=lambda: dict.fromkeys(RESIDENCIES, 0))

    @property
    def total(self) -> int:
        """What the line gave the households, deductions taken off."""
        return self.base + self.contribution + self.deduction

    def add(self, part: Sum) -> None:
        """Count one sum in; kinds that are not scored are left out."""
        if part.kind == BASE:
            self.base += part.points
        elif part.kind == CONTRIBUTION:
            self.contribution += part.points
        elif part.kind == PENALTY:
            self.deduction += part.points
        else:
            return
        self.by_residency[part.residency] += part.points

    def join(self, other: "Figures") -> None:
        """Count another line in."""
        self.base += other.base
        self.contribution += other.contribution
        self.deduction += other.deduction
        for residency in RESIDENCIES:
            self.by_residency[residency] += other.by_residency[residency]


@dataclass(frozen=True, slots=True)
class Line:
    """A line of the table by category and item, with the same line a month earlier."""

    code: str
    name: str
    now: Figures
    before: Figures
    kinds: frozenset[str]  # what the line can hold: base, contribution, penalty

    @property
    def change(self) -> Decimal | None:
        """In percent against the month before; None where there was nothing to compare with."""
        return percent_change(self.now.total, self.before.total)


@dataclass(frozen=True, slots=True)
class Group:
    """A category's line and the lines of its items."""

    line: Line
    items: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class Totals:
    """A month in five figures; `other` is what came in or went out besides (carried over, expired, moved)."""

    generated: int
    deducted: int
    redeemed: int
    other: int
    outstanding: int

    @property
    def brought_forward(self) -> int:
        """Outstanding at the end of the month before."""
        return self.outstanding - self.generated + self.deducted + self.redeemed - self.other


@dataclass(frozen=True, slots=True)
class Taken:
    """Redemptions of one channel or one kind of goods, those given back already taken off."""

    name: str
    number: int
    points: int


@dataclass(frozen=True, slots=True)
class LastSeal:
    """A seal: what it covered, and how many of the report's entries came after it (none where it stands on it)."""

    number: int
    fingerprint: str
    taken_at: datetime
    households: int
    entries: int
    since: int


@dataclass(frozen=True, slots=True)
class MonthReport:
    """Everything that the report of one month says."""

    month: Month
    households: Mapping[str, int]  # by residency
    now: Totals
    before: Totals
    total: Line
    groups: tuple[Group, ...]
    channels: tuple[Taken, ...]
    goods: tuple[Taken, ...]
    entries: int
    large: int
    late: Mapping[str, int]  # recorded this month for an earlier one: entries by origin
    months: tuple[tuple[Month, int, int], ...]  # the last ones up to this: generated, redeemed
    seal: LastSeal | None  # the one it stands on; made from the books as they stand, the latest
    parts: Parts
    is_over: bool  # a month that still runs is not compared with a whole one

    @property
    def all_households(self) -> int:
        """Households of both tracks."""
        return sum(self.households.values())

    @property
    def self_share(self) -> Decimal | None:
        """Of all redemptions how many percent the villagers did themselves; None without redemptions."""
        return self_share(self.channels)

    @property
    def is_sealed(self) -> bool:
        """Whether it stands on a seal, so that what comes later does not change it."""
        return self.parts.basis is not None

    def average(self, figures: Figures, residency: str | None = None) -> Decimal | None:
        """Points per household, of one track or of all; None where there are no households."""
        if residency is None:
            return average(figures.total, self.all_households)
        return average(figures.by_residency[residency], self.households[residency])


def percent_change(now: int, before: int) -> Decimal | None:
    """How many percent more than before, one place, halves away from zero; None where before was 0.

    Of two deductions the sizes are compared: −220 after −200 is 10 % more.
    """
    if before == 0:
        return None
    if before < 0 and now <= 0:
        now, before = -now, -before
    return (Decimal(now - before) * 100 / abs(before)).quantize(ONE_PLACE, ROUND_HALF_UP)


def self_share(channels: Iterable[Taken]) -> Decimal | None:
    """Of the redemptions of these channels how many percent the villagers did themselves; None without any."""
    number = {channel.name: channel.number for channel in channels}
    return percent(number.get("self", 0), sum(number.values()))


def percent(part: int, whole: int) -> Decimal | None:
    """A share in percent, one place; None of nothing."""
    return (Decimal(part) * 100 / whole).quantize(ONE_PLACE, ROUND_HALF_UP) if whole else None


def average(points: int, households: int) -> Decimal | None:
    """Points per household, one place, halves away from zero; None without households."""
    return (Decimal(points) / households).quantize(ONE_PLACE, ROUND_HALF_UP) if households else None


def totals(sums: Iterable[Sum], outstanding: int) -> Totals:
    """The five figures of the month whose sums these are, with what was outstanding at its end."""
    generated = deducted = redeemed = other = 0
    for part in sums:
        if part.kind in (BASE, CONTRIBUTION):
            generated += part.points
        elif part.kind == PENALTY:
            deducted -= part.points
        elif part.kind in (REDEMPTION, REFUND):
            redeemed -= part.points
        else:
            other += part.points
    return Totals(generated, deducted, redeemed, other, outstanding)


def lines(
    now: Sequence[Sum], before: Sequence[Sum], names: Iterable[ItemName], categories: Mapping[str, str]
) -> tuple[Line, tuple[Group, ...]]:
    """The total line, and each category with its items in the order of `names`; items never posted stay in, at 0."""
    new, old = _by_item(now), _by_item(before)
    items: dict[str, list[Line]] = {code: [] for code in categories}
    for item in names:
        items[item.category].append(Line(item.code, item.name, new[item.code], old[item.code], frozenset({item.kind})))
    groups = tuple(Group(_added(code, name, items[code]), tuple(items[code])) for code, name in categories.items())
    return _added("", "", [group.line for group in groups]), groups


def _by_item(sums: Iterable[Sum]) -> defaultdict[str, Figures]:
    figures: defaultdict[str, Figures] = defaultdict(Figures)
    for part in sums:
        if part.item_code is not None:
            figures[part.item_code].add(part)
    return figures


def _added(code: str, name: str, parts: Sequence[Line]) -> Line:
    now, before = Figures(), Figures()
    for part in parts:
        now.join(part.now)
        before.join(part.before)
    return Line(code, name, now, before, frozenset().union(*(part.kinds for part in parts)))
