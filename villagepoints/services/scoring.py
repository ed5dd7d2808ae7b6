"""What may be recorded for a household today: the book's items by category, each with what its caps still leave."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from villagepoints.domain import caps, finding
from villagepoints.domain.caps import Remaining
from villagepoints.domain.claim import APPROVED, ITEM, WAITING
from villagepoints.domain.errors import RuleBroken
from villagepoints.domain.rulebook import BASE, CONTRIBUTION, Category, RuleBook, RuleItem
from villagepoints.models import Claim
from villagepoints.services import allowed, rulebook
from villagepoints.services.allowed import Counted

MOST_SHOWN = 10  # claims on their way, beside the form


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
    def tightest(self) -> Remaining | None:
        """The cap that is reached first."""
        return caps.tightest(self.item, self.remaining)

    @property
    def worth(self) -> tuple[int, int]:
        """The least and the most signed points of one time or unit."""
        values = list(self.item.grades.values()) or [self.item.points]
        return min(values), max(values)


@dataclass(frozen=True, slots=True)
class OnTheWay:
    """A claim under the item that waits for people or for its notice."""

    id: UUID
    status: str
    points: int
    grade: str | None
    occurred_on: date


@dataclass(frozen=True, slots=True)
class Chosen:
    """An item chosen for a household: its book, what its caps leave, the grades that count already, what is on its
    way, the persuasion it may rest on or why there is none, and the month's places with how many are taken."""

    book: RuleBook
    choice: Choice
    graded: Sequence[Counted]
    on_the_way: Sequence[OnTheWay]
    persuaded_on: date | None
    unpersuaded: RuleBroken | None
    places: tuple[int, int] | None


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


def chosen(session: Session, village_id: UUID, household_id: UUID, code: str, on: date) -> Chosen:
    """One item on a village date with all that staff is told before recording it; RuleBroken for an unknown code."""
    book = rulebook.in_force(session, village_id, on)
    item = book.item(code)
    before = allowed.past(session, village_id, household_id, item, on)
    persuaded_on, unpersuaded = None, None
    if item.requires_persuasion:
        try:
            earlier = allowed.of_kind(session, village_id, household_id, code, on)
            persuaded_on = finding.persuaded_before(book, item, on, earlier)
        except RuleBroken as not_yet:
            unpersuaded = not_yet
    places = None
    if item.quota_percent is not None:
        households, given = allowed.quota_use(session, village_id, household_id, item, on)
        places = (caps.quota(item, households) or 0, given)
    return Chosen(
        book,
        Choice(item, caps.remaining(book, item, on, before)),
        [row for row in before if row.item_code == item.code] if item.grades else [],
        _on_the_way(session, village_id, household_id, code),
        persuaded_on,
        unpersuaded,
        places,
    )


def _on_the_way(session: Session, village_id: UUID, household_id: UUID, code: str) -> Sequence[OnTheWay]:
    rows = session.execute(
        select(Claim.id, Claim.status, Claim.points, Claim.grade, Claim.occurred_on)
        .where(
            Claim.village_id == village_id,
            Claim.household_id == household_id,
            Claim.item_code == code,
            Claim.kind == ITEM,
            Claim.status.in_((WAITING, APPROVED)),
        )
        .order_by(Claim.claimed_at)
        .limit(MOST_SHOWN)
    )
    return [OnTheWay(*row) for row in rows]
