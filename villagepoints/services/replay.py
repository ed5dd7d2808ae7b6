"""Load the past months from the ledger, to be replayed under other rules (domain/replay.py)."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import Row, and_, func, select
from sqlalchemy.orm import Session, aliased

from villagepoints.domain import ledger, replay
from villagepoints.domain.calendar import Month, period
from villagepoints.domain.replay import BaseScore, Change, Event, History, Outcome
from villagepoints.domain.rulebook import BASE, RuleBook
from villagepoints.models import Household, LedgerEntry, RedLineCase
from villagepoints.services import crossed, rulebook
from villagepoints.services.undone import standing

MOST_MONTHS = 24


@dataclass(frozen=True, slots=True)
class Mover:
    """A household that gains or loses: its points in the books and under the draft."""

    id: UUID
    number: str
    head_name: str
    residency: str
    before: int
    after: int

    @property
    def difference(self) -> int:
        """What it would have gained (+) or lost (−)."""
        return self.after - self.before


@dataclass(frozen=True, slots=True)
class Comparison:
    """The past months as they are in the books and as they would be under a draft; points."""

    first: Month
    last: Month
    before: Outcome
    after: Outcome
    tracks: tuple[str, ...]
    households: int
    winners: list[Mover]  # who would have more, the most first
    losers: list[Mover]  # who would have less, the most first
    is_true: bool  # the replay of the rules of the time brought back the ledger, household by household
    before_by_track: dict[tuple[str, str], int]
    after_by_track: dict[tuple[str, str], int]

    @property
    def totals(self) -> tuple[int, int]:
        """All points in the books and under the draft."""
        return sum(self.before.cells.values()), sum(self.after.cells.values())


def compare(session: Session, village_id: UUID, draft: RuleBook, today: date, months: int) -> Comparison:
    """Replay the last `months` whole months (1 to 24) under a draft beside the rules of their time; six statements."""
    last = Month.of(today) - 1
    first = last - (min(max(months, 1), MOST_MONTHS) - 1)
    history = load(session, village_id, first, last)
    before = replay.replay(history, history.books.__getitem__)
    after = replay.replay(history, lambda _: draft)
    moved = [one for one in replay.changes(before, after, sorted(history.residencies)) if one.difference]
    moved.sort(key=lambda one: (one.difference, one.household))
    named = _named(session, village_id, moved)
    losers, winners = (
        [one for one in named if one.difference < 0],
        [one for one in reversed(named) if one.difference > 0],
    )
    return Comparison(
        first=first,
        last=last,
        before=before,
        after=after,
        tracks=tuple(sorted(set(history.residencies.values()), reverse=True)),
        households=len(history.residencies),
        winners=winners,
        losers=losers,
        is_true=dict(before.by_household()) == in_books(session, village_id, first, last),
        before_by_track=dict(before.by_track(history.residencies)),
        after_by_track=dict(after.by_track(history.residencies)),
    )


def load(session: Session, village_id: UUID, first: Month, last: Month) -> History:
    """What stands in the ledger of those months, and this far of the first one's year; four statements."""
    books = {book.version: book for book in rulebook.versions(session, village_id)}
    people = session.execute(
        select(Household.id, Household.residency, Household.left_on).where(Household.village_id == village_id)
    ).all()
    living = [residency for _, residency, left_on in people if left_on is None]
    red = _crossed(session, village_id, first, last)
    base: list[BaseScore] = []
    events: list[Event] = []
    for row in _standing(session, village_id, period("year", first.first)[0], last.last):
        household, seq, version, code, grade, quantity, points, on, occasion = row
        if books[version].item(code).kind == BASE:
            if on >= first.first:
                month = Month.of(on)
                emptied = points == 0 and (household, month) in red
                base.append(BaseScore(household, month, version, code, points, emptied))
        else:
            events.append(Event(household, version, code, grade, quantity, points, on, seq, occasion))
    return History(
        first=first.first,
        books=books,
        residencies={id_: residency for id_, residency, _ in people},
        households={residency: living.count(residency) for residency in set(living)},
        base=base,
        events=events,
    )


def _standing(session: Session, village_id: UUID, first: date, last: date) -> Iterable[Row[*tuple[Any, ...]]]:
    return session.execute(
        select(
            LedgerEntry.household_id,
            LedgerEntry.seq,
            LedgerEntry.rulebook_version,
            LedgerEntry.item_code,
            LedgerEntry.grade,
            LedgerEntry.quantity,
            LedgerEntry.points,
            LedgerEntry.occurred_on,
            LedgerEntry.occasion,
        ).where(
            LedgerEntry.village_id == village_id,
            LedgerEntry.kind.in_((ledger.AWARD, ledger.PENALTY)),
            LedgerEntry.item_code.is_not(None),
            LedgerEntry.occurred_on.between(first, last),
            standing(),
        )
    )


def _crossed(session: Session, village_id: UUID, first: Month, last: Month) -> set[tuple[UUID, Month]]:
    cases = select(RedLineCase.household_id, RedLineCase.found_on)
    rows = session.execute(cases.where(crossed.between(village_id, first.first, last.last)))
    return {(household, Month.of(on)) for household, on in rows}


def in_books(session: Session, village_id: UUID, first: Month, last: Month) -> dict[UUID, int]:
    """What the ledger itself says every household earned and lost under the rules in those months; one statement.

    A reversal counts against the day of the entry it undoes, so that only what stands is left.
    """
    original = aliased(LedgerEntry)
    day = func.coalesce(original.occurred_on, LedgerEntry.occurred_on)
    kind = func.coalesce(original.kind, LedgerEntry.kind)
    rows = session.execute(
        select(LedgerEntry.household_id, func.sum(LedgerEntry.points))
        .outerjoin(
            original,
            and_(
                original.village_id == LedgerEntry.village_id,
                original.household_id == LedgerEntry.household_id,
                original.seq == LedgerEntry.reverses_seq,
            ),
        )
        .where(
            LedgerEntry.village_id == village_id,
            kind.in_((ledger.AWARD, ledger.PENALTY)),
            LedgerEntry.item_code.is_not(None),
            day.between(first.first, last.last),
        )
        .group_by(LedgerEntry.household_id)
    )
    return {household: int(points) for household, points in rows}


def _named(session: Session, village_id: UUID, changes: list[Change]) -> list[Mover]:
    rows = session.execute(
        select(Household.id, Household.number, Household.head_name, Household.residency).where(
            Household.village_id == village_id
        )
    )
    named = {row.id: row for row in rows}
    return [Mover(*named[one.household], one.before, one.after) for one in changes]
