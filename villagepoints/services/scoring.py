"""What may be recorded for a household today: the book's items by category, each with what its caps still leave."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy.orm import Session

from villagepoints.domain import caps
from villagepoints.domain.caps import Remaining
from villagepoints.domain.rulebook import BASE, CONTRIBUTION, Category, RuleBook, RuleItem
from villagepoints.services import allowed, rulebook


@dataclass(frozen=True, slots=True)
class Choice:
    """An item that may be recorded, and what each of its caps leaves this household."""

    item: RuleItem
    remaining: Sequence[Remaining]

    @property
    def used_up(self) -> bool:
        """Whether a cap leaves nothing."""
        return any(left.amount == 0 for left in self.remaining)

    @property
    def worth(self) -> tuple[int, int]:
        """The least and the most signed points of one time or unit."""
        values = list(self.item.grades.values()) or [self.item.points]
        return min(values), max(values)


def choices(session: Session, village_id: UUID, household_id: UUID, on: date) -> list[tuple[Category, list[Choice]]]:
    """Every contribution and penalty, by category, as of a village date; two statements whatever the book's length."""
    book = rulebook.in_force(session, village_id, on)
    items = [item for item in book.items.values() if item.kind != BASE]
    plain = next((item for item in items if item.once_per is None), items[0])
    before = allowed.past(session, village_id, household_id, plain, on)
    grouped = []
    for category in book.categories:
        own = [Choice(i, caps.remaining(book, i, on, before)) for i in items if i.category == category.code]
        if own:
            grouped.append((category, sorted(own, key=lambda choice: choice.item.kind != CONTRIBUTION)))
    return grouped


def choice(session: Session, village_id: UUID, household_id: UUID, code: str, on: date) -> tuple[RuleBook, Choice]:
    """One item with what is left of it, and the book it stands in; RuleBroken for an unknown code."""
    book = rulebook.in_force(session, village_id, on)
    item = book.item(code)
    before = allowed.past(session, village_id, household_id, item, on)
    return book, Choice(item, caps.remaining(book, item, on, before))
