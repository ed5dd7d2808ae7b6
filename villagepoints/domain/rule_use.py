"""What the rules are used for: items nobody needs, and items that tell no household from another."""

from collections.abc import Mapping
from dataclasses import dataclass

from villagepoints.domain.rulebook import BASE, RuleBook, RuleItem


@dataclass(frozen=True, slots=True)
class Given:
    """What an item gave or took in some time: its points, signed, what was undone netted; of a base item also how many
    times it was given, and the points these would be in full."""

    points: int = 0
    times: int = 0
    full: int = 0

    def __add__(self, other: "Given") -> "Given":
        return Given(self.points + other.points, self.times + other.times, self.full + other.full)


@dataclass(frozen=True, slots=True)
class Use:
    """How an item of the book in force was used."""

    item: RuleItem
    given: Given

    @property
    def is_unused(self) -> bool:
        """Whether a contribution or penalty was recorded for nobody, or taken back wherever it was."""
        return self.item.kind != BASE and self.given.points == 0

    @property
    def is_always_full(self) -> bool:
        """Whether every household got all of a base item every time: none gets more, so nobody got less."""
        return self.item.kind == BASE and self.given.times > 0 and self.given.points == self.given.full


def uses(book: RuleBook, given: Mapping[str, Given]) -> list[Use]:
    """Each item of the book in force, in its order, with what was given by its code."""
    return [Use(item, given.get(code, Given())) for code, item in book.items.items()]
