"""What the rules are used for: items nobody needs, and items that tell no household from another."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from villagepoints.domain.ledger import AWARD, PENALTY, REVERSAL
from villagepoints.domain.rulebook import BASE, RuleBook, RuleItem


@dataclass(frozen=True, slots=True)
class ItemSum:
    """Entries of one item under one version, of one kind, added up; points are signed."""

    version: int
    code: str
    kind: str
    points: int
    entries: int


@dataclass(frozen=True, slots=True)
class Use:
    """How an item of the book in force was used: entries that stand, and their points together."""

    item: RuleItem
    entries: int
    points: int
    is_always_full: bool

    @property
    def is_unused(self) -> bool:
        """Whether nobody was given it, or lost by it."""
        return self.entries == 0


def uses(book: RuleBook, books: Mapping[int, RuleBook], sums: Iterable[ItemSum]) -> list[Use]:
    """Each item of the book in force, in its order; what a reversal undid counts as never given.

    A base item was always given in full where its points add up to the full ones of the version each was given under:
    none can be more, so none was less.
    """
    entries: dict[str, int] = dict.fromkeys(book.items, 0)
    points: dict[str, int] = dict.fromkeys(book.items, 0)
    full: dict[str, int] = dict.fromkeys(book.items, 0)
    for one in sums:
        if one.code not in entries or one.kind not in (AWARD, PENALTY, REVERSAL):
            continue
        standing = -one.entries if one.kind == REVERSAL else one.entries
        entries[one.code] += standing
        points[one.code] += one.points
        given_under = books.get(one.version, book).items.get(one.code)
        full[one.code] += standing * given_under.points if given_under else 0
    return [
        Use(
            item,
            entries[code],
            points[code],
            item.kind == BASE and entries[code] > 0 and points[code] == full[code],
        )
        for code, item in book.items.items()
    ]
