"""Counts a whole file of entries against the caps of the rule book, without looking back over the file for each."""

from collections import Counter
from collections.abc import Iterator
from datetime import date
from uuid import UUID

from villagepoints.domain.calendar import period
from villagepoints.domain.caps import Remaining, quota
from villagepoints.domain.rulebook import CONTRIBUTION, RuleBook, RuleItem

Spec = tuple[str, str, int, bool]  # period, points or times, limit, over all contributions together
Place = tuple[tuple[object, ...], int, int, bool]  # where it is counted, how much of it, limit, over all together


class Tally:
    """Entries as they come in, by household, item and period; says of each what it breaks (as domain/caps would)."""

    def __init__(self, households: dict[str, int] | None = None) -> None:
        self._used: Counter[tuple[object, ...]] = Counter()
        self._specs: dict[tuple[int, str], tuple[Spec, ...]] = {}
        self._starts: dict[tuple[str, date], date] = {}
        self._households = households or {}  # of each residency, for the month's quotas

    def add(self, book: RuleBook, item: RuleItem, household: UUID, points: int, on: date) -> list[Remaining]:
        """Count an entry; the caps it goes beyond, each with what was left of it before."""
        broken = []
        for place, amount, limit, overall in self._places(book, item, household, points, on):
            used = self._used[place]
            if used + amount > limit:
                broken.append(Remaining(str(place[2]), str(place[3]), max(0, limit - used), limit, overall))
            self._used[place] = used + amount
        return broken

    def has_room(self, book: RuleBook, item: RuleItem, household: UUID, points: int, on: date) -> bool:
        """Whether an entry would go beyond none of the caps; it is not counted."""
        places = self._places(book, item, household, points, on)
        return all(self._used[place] + amount <= limit for place, amount, limit, _ in places)

    def _places(self, book: RuleBook, item: RuleItem, household: UUID, points: int, on: date) -> Iterator[Place]:
        key = (book.version, item.code)
        specs = self._specs.get(key)
        if specs is None:
            specs = self._specs[key] = tuple(self._specs_of(book, item))
        for span, unit, limit, overall in specs:
            place = (household, "" if overall else item.code, span, unit, self._start(span, on))
            yield place, 1 if unit == "times" else points if overall else abs(points), limit, overall

    def over_quota(self, item: RuleItem, residency: str, on: date) -> int | None:
        """Count a household given an item with a monthly quota; the quota where this is one too many."""
        most = quota(item, self._households.get(residency, 0))
        if most is None:
            return None
        place = (residency, item.code, "quota", self._start("month", on))
        self._used[place] += 1
        return most if self._used[place] > most else None

    def has_place(self, item: RuleItem, residency: str, on: date) -> bool:
        """Whether one household more would stay within the item's monthly quota; it is not counted."""
        most = quota(item, self._households.get(residency, 0))
        return most is None or self._used[residency, item.code, "quota", self._start("month", on)] < most

    def _start(self, span: str, on: date) -> date:
        start = self._starts.get((span, on))
        if start is None:
            start = self._starts[span, on] = period(span, on)[0]
        return start

    @staticmethod
    def _specs_of(book: RuleBook, item: RuleItem) -> list[Spec]:
        specs: list[Spec] = []
        for name, limit in item.cap.items():
            specs.append(
                (name.removesuffix("_points"), "points" if name.endswith("_points") else "times", limit, False)
            )
        if item.kind == CONTRIBUTION and item.code not in book.cap_exempt:
            specs.extend((span, "points", limit, True) for span, limit in book.contribution_cap.items())
        return specs
