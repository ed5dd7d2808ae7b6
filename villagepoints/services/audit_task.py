"""An item of an audit's sample with all that is needed before a door or a shelf, and nothing that must not be seen."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy.orm import Session

from villagepoints.domain.audit import ENTRY, HOUSEHOLD
from villagepoints.domain.rulebook import BASE, RuleBook, RuleItem, base_points
from villagepoints.domain.supervision import Ties
from villagepoints.models import Audit, AuditItem, Household, Reward
from villagepoints.services import audit_books
from villagepoints.services import audit_task_reads as reads
from villagepoints.services.audit_task_reads import Look
from villagepoints.services.statement import Line, Place

IN_BOOKS = "in_books"  # in the scores of a look at goods: how many pieces should have lain there


@dataclass(frozen=True, slots=True)
class Base:
    """A base item with what the books said when the sample was drawn, what they say now and, where somebody scored it
    blind, how many they found."""

    item: RuleItem
    in_books: int
    now: int
    found: int | None = None

    @property
    def scored(self) -> int:
        """The points that what was found comes to; without a score those of the books."""
        return self.in_books if self.found is None else base_points(self.item, self.found)


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """An item as it stands before whoever looks at it; what the books say is left out while `is_hidden`."""

    item: AuditItem
    household: Household | None = None
    reward: Reward | None = None
    line: Line | None = None
    photos: Sequence[UUID] = ()  # that the entry rests on
    looks: Sequence[Look] = ()  # the last one first
    base: Sequence[Base] = ()
    to_score: Sequence[RuleItem] = ()
    is_hidden: bool = False
    left_to_others: str | None = None  # why the member does not look at it

    @property
    def id(self) -> UUID:
        """The item's."""
        return self.item.id

    @property
    def waits_for_score(self) -> bool:
        """Whether it is a month's base of a household that has yet to be scored blind."""
        return self.is_hidden and self.item.kind == ENTRY

    @property
    def waits_for_word(self) -> bool:
        """Whether it was scored blind otherwise than the books have it, and nobody said what to make of that."""
        return self.item.is_blind and self.item.result is None and not self.is_hidden

    @property
    def in_books(self) -> int | None:
        """How many pieces should have lain there when they were counted last."""
        return next((look.scores[IN_BOOKS] for look in self.looks if look.scores), None)

    @property
    def when_drawn(self) -> int | None:
        """How many pieces of the goods the books had when the sample was drawn; None where it was not kept."""
        said = self.item.expected
        return said["stock"] + said["waiting"] if said else None


def load(session: Session, audit: Audit, ties: Ties, items: Sequence[AuditItem]) -> list[Task]:
    """The items as a member with these ties sees them; a fixed number of statements."""
    book = audit_books.book_of(session, audit)
    hidden = reads.hidden_homes(session, audit)
    homes, goods = reads.places(session, audit.village_id, items)
    lines = reads.lines(session, audit.village_id, items)
    shown = [id_ for id_ in homes if id_ not in hidden and _is_visited(items, id_)]
    base = audit_books.base_of(session, audit, book, shown)
    looks = reads.looks(session, audit.village_id, items)
    photos = reads.photos(session, audit, lines.values())
    people = reads.people(session, audit.village_id, items)

    def task(item: AuditItem) -> Task:
        place: Place = (item.household_id, item.entry_seq)
        line, seen = lines.get(place), looks.get(item.id, ())
        now = base.get(item.household_id) if item.household_id else None
        is_hidden = item.household_id in hidden and (item.kind == HOUSEHOLD or (line is not None and _is_base(line)))
        return Task(
            item=item,
            household=homes.get(item.household_id) if item.household_id else None,
            reward=goods.get(item.reward_id) if item.reward_id else None,
            line=None if is_hidden else line,
            photos=() if is_hidden else photos.get(place, ()),
            looks=seen,
            base=_base(book, item, now, seen) if item.kind == HOUSEHOLD and now else (),
            to_score=book.of_kind(BASE) if is_hidden and item.kind == HOUSEHOLD else (),
            is_hidden=is_hidden,
            left_to_others=ties.against(item.household_id, *people.get(place, (None, None))),
        )

    return [task(item) for item in items]


def _is_visited(items: Sequence[AuditItem], household_id: UUID) -> bool:
    return any(item.kind == HOUSEHOLD and item.household_id == household_id for item in items)


def _is_base(line: Line) -> bool:
    return line.item_kind == BASE


def _base(book: RuleBook, item: AuditItem, now: dict[str, int], looks: Sequence[Look]) -> list[Base]:
    """Each base item, with the last blind score."""
    drawn = audit_books.when_drawn(item, now)
    scores = next((look.scores for look in looks if look.scores is not None), None)
    return [
        Base(one, drawn.get(one.code, 0), now.get(one.code, 0), None if scores is None else scores.get(one.code, 0))
        for one in book.of_kind(BASE)
    ]
