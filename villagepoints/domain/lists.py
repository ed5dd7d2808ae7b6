"""红榜 and 黑榜: who stands on the red list, and what of the black list may be read without pointing at anybody."""

from dataclasses import dataclass

from villagepoints.domain.rulebook import RuleBook

FEWEST = 3  # households under an item: with fewer its figures would say whose they are
BASE, PENALTY, RED_LINE = "base", "penalty", "red_line"


def is_on_red_list(book: RuleBook, percent: int, merit: int, *, crossed_red_line: bool) -> bool:
    """Whether a household in the top `percent` of its residency stands on the red list.

    Not in a year in which it crossed a red line, and not for nothing: before anybody has points all are equal.
    """
    return merit > 0 and percent <= book.red_list_percent and not crossed_red_line


@dataclass(frozen=True, slots=True)
class BlackLine:
    """A line of the black list; households and points are None where so few households are under it."""

    kind: str
    code: str
    name: str
    households: int | None
    points: int | None


def black_line(kind: str, code: str, name: str, households: int, points: int | None) -> BlackLine:
    """The line as it may be shown: `points` not given or taken, as a positive number."""
    if households < FEWEST:
        return BlackLine(kind, code, name, None, None)
    return BlackLine(kind, code, name, households, points)
