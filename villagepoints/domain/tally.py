"""Counts a whole file of entries against the caps of the rule book, without looking back over the file for each."""

from collections import Counter
from datetime import date
from uuid import UUID

from villagepoints.domain.calendar import period
from villagepoints.domain.caps import Remaining, quota
from villagepoints.domain.rulebook import CONTRIBUTION, RuleBook, RuleItem

Spec = tuple[str, str, int, bool]  # period, points or times, limit, over all contributions together


class Tally:
    """Entries as they come in, by household, item and period; says of each what it breaks (as domain/caps would)."""

    def __init__(self, households: dict[str, int] | None = None) -> None:
        self._used: Counter[tuple[object, ...]] = Counter()
        self._specs: dict[tuple[int, str], tuple[Spec, ...]] = {}
        self._starts: dict[tuple[str, date], date] = {}
        self._households = households or {}  # of each residency, for the month's quotas

    def add(self, book: RuleBook, item: RuleItem, household: UUID, points: int, on: date) -> list[Remaining]:
        """Count an entry; the caps it goes beyond, each with what was left of it before."""
        key = (book.version, item.code)
        specs = self._specs.get(key)
        if specs is None:
            specs = self._specs[key] = tuple(self._specs_of(book, item))
        broken = []
        for span, unit, limit, overall in specs:
            place = (household, "" if overall else item.code, span, unit, self._start(span, on))
            amount = 1 if unit == "times" else points if overall else abs(points)
            used = self._used[place]
            if used + amount > limit:
                broken.append(Remaining(span, unit, max(0, limit - used), limit, overall))
            self._used[place] = used + amount
        return broken

    def over_quota(self, item: RuleItem, residency: str, on: date) -> int | None:
        """Count a household given an item with a monthly quota; the quota where this is one too many."""
        most = quota(item, self._households.get(residency, 0))
        if most is None:
            return None
        place = (residency, item.code, "quota", self._start("month", on))
        self._used[place] += 1
        return most if self._used[place] > most else None

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
