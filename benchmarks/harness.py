"""Ours and the limit, turn by turn in one run, so that a busy machine slows both; the median of the turns' ratios."""

import gc
import time
from collections.abc import Callable
from dataclasses import dataclass
from statistics import median

Work = Callable[[], object]
Clock = Callable[[], float]


@dataclass(frozen=True)
class Row:
    """One line of the table: the median ratio, its goal, and what one piece of work cost on either side."""

    name: str
    ratio: float
    goal: float
    at_least: bool  # otherwise the ratio must not be above the goal
    ours: float
    limit: float
    note: str = ""

    @property
    def is_reached(self) -> bool:
        """Whether the goal is reached."""
        return self.ratio >= self.goal if self.at_least else self.ratio <= self.goal

    def __str__(self) -> str:
        sign, verdict = "≥" if self.at_least else "≤", "reached" if self.is_reached else "NOT REACHED"
        costs = f"ours {_time(self.ours)}, limit {_time(self.limit)}"
        return (
            f"{self.name:58} {self.ratio:6.2f}  goal {sign} {self.goal:<4}  {verdict:11}  {costs}  {self.note}".rstrip()
        )


def _time(seconds: float) -> str:
    return f"{seconds * 1000:.2f} ms" if seconds < 1 else f"{seconds:.2f} s"


def alternate(
    ours: Work, limit: Work, turns: int, clock: Clock = time.perf_counter, each: int = 1
) -> list[tuple[float, float]]:
    """Seconds of one piece of work of either side in every turn of `each` pieces, the two in changing order."""
    ours(), limit()
    gc.collect()
    gc.freeze()
    measured = []
    for turn in range(turns):
        spent = {}
        for work in (ours, limit) if turn % 2 else (limit, ours):
            begun = clock()
            for _ in range(each):
                work()
            spent[work] = (clock() - begun) / each
        measured.append((spent[ours], spent[limit]))
    gc.unfreeze()
    return measured


def share_of_limit(name: str, measured: list[tuple[float, float]], goal: float, note: str = "") -> Row:
    """How much of the limit's speed ours reaches: 1 is the limit itself."""
    ratio = median(limit / ours for ours, limit in measured)
    return Row(name, ratio, goal, True, *_medians(measured), note)


def growth(name: str, measured: list[tuple[float, float]], goal: float, note: str = "") -> Row:
    """How much longer the large one takes than the small one: 1 is not at all."""
    ratio = median(large / small for large, small in measured)
    return Row(name, ratio, goal, False, *_medians(measured), note)


def _medians(measured: list[tuple[float, float]]) -> tuple[float, float]:
    return median(ours for ours, _ in measured), median(limit for _, limit in measured)
