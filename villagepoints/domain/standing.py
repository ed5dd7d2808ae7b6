"""How a household stands: the month's base as it is earned down, what can still be earned, what expires first."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Protocol

from villagepoints.domain.calendar import Month
from villagepoints.domain.caps import Past, Remaining, of_item, overall
from villagepoints.domain.finding import COUNTED, PERSUADED
from villagepoints.domain.rulebook import CONTRIBUTION, RuleBook, RuleItem, base_points


class Found(Protocol):
    """What the base looks at in a finding."""

    @property
    def item_code(self) -> str | None: ...
    @property
    def kind(self) -> str: ...
    @property
    def number(self) -> int: ...


@dataclass(frozen=True, slots=True)
class BasePart:
    """One base item of this month: what it earns as things are, and what it would if nothing is put right."""

    item: RuleItem
    points: int
    at_worst: int


@dataclass(frozen=True, slots=True)
class Chance:
    """A contribution that can still be earned: how many points for one time (most of its grades), how many are left.

    `points_left` and `times_left` are None where nothing caps it; `period` is that of the tightest cap.
    """

    item: RuleItem
    least: int
    most: int
    points_left: int | None
    times_left: int | None
    period: str | None

    @property
    def is_used_up(self) -> bool:
        """Whether a cap leaves nothing."""
        return self.times_left == 0


def month_base(book: RuleBook, findings: Iterable[Found]) -> tuple[BasePart, ...]:
    """The base items of a month with what was found; rectified and withdrawn findings cost nothing."""
    counted: dict[str | None, int] = {}
    open_too: dict[str | None, int] = {}
    for found in findings:
        if found.kind == COUNTED:
            counted[found.item_code] = counted.get(found.item_code, 0) + found.number
        if found.kind in (COUNTED, PERSUADED):
            open_too[found.item_code] = open_too.get(found.item_code, 0) + found.number
    return tuple(
        BasePart(item, base_points(item, counted.get(item.code, 0)), base_points(item, open_too.get(item.code, 0)))
        for item in book.of_kind("base")
    )


def chances(book: RuleBook, on: date, past: Iterable[Past]) -> list[Chance]:
    """What can still be earned in the month of a village date, the everyday deeds first, what is used up last."""
    items = book.of_kind(CONTRIBUTION)
    codes = {item.code for item in items}
    rows = [row for row in past if row.item_code in codes]
    together: list[Remaining] = []
    for item in items:
        if item.code not in book.cap_exempt:
            together = list(overall(book, item, on, rows))
            break
    found = [_chance(item, on, rows, [] if item.code in book.cap_exempt else together) for item in items]
    return sorted(found, key=_order)


def _order(chance: Chance) -> tuple[bool, bool, int, int]:
    return chance.is_used_up, not _is_everyday(chance.item), -(chance.points_left or 0), chance.item.position


def _is_everyday(item: RuleItem) -> bool:
    return not item.grades and not item.quota_percent and not item.once_per and "year" not in item.cap


def _chance(item: RuleItem, on: date, past: list[Past], together: list[Remaining]) -> Chance:
    values = tuple(item.grades.values()) or (item.points,)
    least, most = min(values), max(values)
    # the cap of a single day says nothing about the month
    left = [row for row in of_item(item, on, past) if row.period != "day"] + together
    if not left:
        return Chance(item, least, most, None, None, None)
    by_times = [(row.amount if row.unit == "times" else row.amount // least, row) for row in left]
    times, tightest = min(by_times, key=lambda pair: pair[0])
    points = min([row.amount for row in left if row.unit == "points"] + [times * most])
    return Chance(item, least, most, points, times, tightest.period)


def first_expiry(balance: int, gained: Iterable[tuple[date, int]], months: int) -> Month | None:
    """The month in which the oldest points still unspent expire; None where there is nothing to expire.

    `gained` are village dates with points, the latest first: what is spent is taken from the oldest, so the balance
    is made of the latest.
    """
    if balance <= 0:
        return None
    oldest = None
    for day, points in gained:
        oldest = day
        balance -= points
        if balance <= 0:
            break
    return None if oldest is None else Month.of(oldest) + months
