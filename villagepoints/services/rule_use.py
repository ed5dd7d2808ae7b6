"""Which items of the rules nobody used for a year, which tell nobody apart, and what notes keep coming back."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy import and_, func, select
from sqlalchemy.orm import Session

from villagepoints.domain import ledger, phrase
from villagepoints.domain.calendar import Month
from villagepoints.domain.demand import FEWEST
from villagepoints.domain.phrase import Phrase
from villagepoints.domain.rule_use import Given, Use, uses
from villagepoints.domain.rulebook import BASE, CONTRIBUTION, RuleBook, RuleItem
from villagepoints.models import EntryText, LedgerEntry, Resident, User
from villagepoints.services import rulebook, running

MONTHS = 12
MOST_NOTES = 3000  # that are read, the latest: enough to say what comes back
MOST_PHRASES = 3  # of an item


@dataclass(frozen=True, slots=True)
class Recurring:
    """What keeps being noted under an item: the item, and the words with their figures."""

    item: RuleItem
    phrase: Phrase


@dataclass(frozen=True, slots=True)
class RuleUse:
    """A year of the rules in force: every item, and the notes that come back."""

    book: RuleBook
    since: date
    items: Sequence[Use]
    recurring: Sequence[Recurring]

    @property
    def unused(self) -> list[Use]:
        """Contributions and penalties that nobody was recorded for."""
        return [one for one in self.items if one.is_unused]

    @property
    def always_full(self) -> list[Use]:
        """Base items of which nobody ever got less than all."""
        return [one for one in self.items if one.is_always_full]


# Notes are written once: as long as there are as many, the same words keep coming back. One village, one result.
_KEPT: dict[UUID, tuple[tuple[int, int, date], list[tuple[str, Phrase]]]] = {}


def of_village(session: Session, village_id: UUID, today: date) -> RuleUse:
    """This month and the eleven before it; the books as they are kept added up, and two statements, five where notes
    were written since."""
    book = rulebook.in_force(session, village_id, today)
    since = (Month.of(today) - (MONTHS - 1)).first
    items = uses(book, _given(session, village_id, since, today))
    recurring = [Recurring(book.items[code], found) for code, found in _noted(session, village_id, book, since)]
    return RuleUse(book, since, items, recurring)


def _given(session: Session, village_id: UUID, since: date, today: date) -> dict[str, Given]:
    sums = running.of_village(session, village_id, today)
    books = rulebook.versions(session, village_id)
    given: dict[str, Given] = defaultdict(Given)
    for one in sums.sums(Month.of(since), Month.of(today)):
        if one.item_code is not None and one.kind != BASE:
            given[one.item_code] += Given(one.points)
    for (day, code), cell in sums.base.items():
        if day >= since:
            book = next((book for book in reversed(books) if book.effective_on <= day), books[0])
            full = book.items[code].points if code in book.items else 0
            given[code] += Given(cell.points, cell.entries, full * cell.entries)
    return given


def _noted(session: Session, village_id: UUID, book: RuleBook, since: date) -> list[tuple[str, Phrase]]:
    written = session.scalars(
        select(func.count()).select_from(EntryText).where(EntryText.village_id == village_id)
    ).one()
    state = (written, book.version, since)
    kept = _KEPT.get(village_id)
    if kept is None or kept[0] != state:
        kept = _KEPT[village_id] = (state, _phrases(session, village_id, book, since))
    return kept[1]


def _phrases(session: Session, village_id: UUID, book: RuleBook, since: date) -> list[tuple[str, Phrase]]:
    """What keeps coming back in the notes of contributions, the most frequent of each item, people's names left out."""
    of_entry = and_(
        LedgerEntry.village_id == EntryText.village_id,
        LedgerEntry.household_id == EntryText.household_id,
        LedgerEntry.seq == EntryText.seq,
    )
    rows = session.execute(
        select(LedgerEntry.item_code, EntryText.household_id, EntryText.note)
        .join(LedgerEntry, of_entry)
        .where(
            EntryText.village_id == village_id,
            EntryText.note != "",
            LedgerEntry.kind == ledger.AWARD,
            LedgerEntry.occurred_on >= since,
            LedgerEntry.item_code.in_([item.code for item in book.of_kind(CONTRIBUTION)]),
        )
        .order_by(LedgerEntry.recorded_at.desc())
        .limit(MOST_NOTES)
    )
    notes: dict[str, list[tuple[UUID, str]]] = {}
    for code, household_id, note in rows:
        notes.setdefault(str(code), []).append((household_id, note))
    found = [
        (code, one)
        for code in book.items
        for one in phrase.telling(notes.get(code, ()), fewest=FEWEST, apart_from=_said(book.items[code]))
    ]
    names = _names(session, village_id, {part for _, one in found for part in _two_to_four(one.words)})
    kept: list[tuple[str, Phrase]] = []
    for code, one in found:
        named = any(part in names for part in _two_to_four(one.words))
        if not named and sum(other == code for other, _ in kept) < MOST_PHRASES:
            kept.append((code, one))
    return kept


def _said(item: RuleItem) -> list[str]:
    """What an item's own name and grades say already, in pieces between its marks."""
    text = "、".join((item.name, item.name_relocated, *item.grades))
    for mark in "，；（）/":
        text = text.replace(mark, "、")
    return [part for part in text.split("、") if part]


def _two_to_four(words: str) -> set[str]:
    return {words[start : start + size] for size in (2, 3, 4) for start in range(len(words) - size + 1)}


def _names(session: Session, village_id: UUID, parts: set[str]) -> frozenset[str]:
    """Those of the words that are somebody's name; two statements."""
    if not parts:
        return frozenset()
    found: set[str] = set()
    for model in (Resident, User):
        found |= set(session.scalars(select(model.name).where(model.village_id == village_id, model.name.in_(parts))))
    return frozenset(found)
