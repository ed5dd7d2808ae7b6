"""What prompts are reckoned from: the rows of a village's books that matter to them, already read."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cached_property
from typing import NamedTuple
from uuid import UUID

from villagepoints.domain.calendar import Month
from villagepoints.domain.prompt import ENTRY, MOST_BEHIND, Prompt
from villagepoints.domain.rulebook import RuleBook

Track = tuple[int | None, str]  # a lane: group and residency
Recorder = UUID | str  # an account, or a name as a workbook has it


class Home(NamedTuple):
    """A household that lives here."""

    id: UUID
    group_no: int | None
    residency: str
    is_elder: bool
    joined_on: date | None
    walked_on: date | None


class Sums(NamedTuple):
    """A household's three months: what was given less what was taken, its base of the month and how many base entries,
    base entries that came in from a workbook; and of a year the last day it was scored down for, by a base item that
    is not full or a penalty, if it stands."""

    household_id: UUID
    points: int
    month_base: int
    month_entries: int
    imported: int
    lower_on: date | None


class Deed(NamedTuple):
    """A contribution or penalty that stands; `recorder` is a name of the workbook it came from, or nothing."""

    household_id: UUID
    seq: int
    item_code: str
    kind: str
    points: int
    occurred_on: date
    recorded_at: datetime
    recorded_by: UUID | None
    approved_by: UUID | None
    is_imported: bool
    recorder: str


class Person(NamedTuple):
    """Somebody with an account: their own household, what they may do."""

    id: UUID
    name: str
    household_id: UUID | None
    roles: Sequence[str]


class Scored(NamedTuple):
    """A household whose row of a month's score sheet somebody saved."""

    month: str
    household_id: UUID
    saved_by: UUID | None


class Found(NamedTuple):
    """A finding that was not withdrawn."""

    id: UUID
    household_id: UUID
    found_on: date
    from_sheet: bool
    recorded_by: UUID | None
    recorded_at: datetime


class Asked(NamedTuple):
    """A claim that staff wrote down."""

    id: UUID
    recorded_by: UUID
    claimed_at: datetime


class Picture(NamedTuple):
    """A photo that proves points, and what it proves."""

    id: UUID
    household_id: UUID
    about: UUID
    hash: int
    recorded_by: UUID | None
    recorded_at: datetime


class Handed(NamedTuple):
    """Goods that were handed over, with whoever handed them and whoever fetched them for another."""

    id: UUID
    household_id: UUID
    points: int
    occurred_on: date
    fulfilled_at: datetime | None
    fulfilled_by: UUID | None
    proxy_name: str
    is_imported: bool


class Edit(NamedTuple):
    """Something that was changed: `what` is reversal, base, setting or count; `row` leads to it."""

    what: str
    at: datetime
    row: list[str | int]


@dataclass(frozen=True, kw_only=True)
class Books:
    """The books of a village as prompts need them: the audited month, when it is looked at, and the rows."""

    month: Month
    at: datetime
    book: RuleBook
    first_on: date | None  # the oldest entry of the village
    kept_from: datetime | None  # since when the program keeps its books
    homes: Mapping[UUID, Home]
    sums: Sequence[Sums] = ()
    deeds: Sequence[Deed] = ()
    people: Mapping[UUID, Person] = field(default_factory=dict)
    relatives: Sequence[tuple[UUID, UUID]] = ()  # a user, a household of their close relatives
    scored: Sequence[Scored] = ()
    found: Sequence[Found] = ()
    asked: Sequence[Asked] = ()
    pictures: Sequence[Picture] = ()
    handed: Sequence[Handed] = ()
    edits: Sequence[Edit] = ()

    @cached_property
    def _named(self) -> Mapping[str, UUID]:
        return {one.name: one.id for one in self.people.values()}

    def recorder(self, deed: Deed) -> Recorder | None:
        """Who recorded an entry: of an imported one whom the workbook names, by account where the name is one's."""
        return self._named.get(deed.recorder, deed.recorder) if deed.recorder else deed.recorded_by

    @property
    def quarter_from(self) -> date:
        """The first day of the three months that end with the audited one."""
        return (self.month - 2).first


def entries(deeds: Iterable[Deed]) -> list[list[str | int]]:
    """References to entries, as a prompt keeps them."""
    rows: list[list[str | int]] = [[ENTRY, str(one.household_id), one.seq] for one in deeds]
    return rows[:MOST_BEHIND]


def by_recorder(
    kind: str, who: Recorder, figures: dict[str, int | str], behind: list[list[str | int]], rate: float
) -> Prompt:
    """A prompt about a recorder; a name of a workbook without an account stands among its figures."""
    if isinstance(who, UUID):
        return Prompt(kind, figures, behind, who, rate)
    return Prompt(kind, {**figures, "who": who}, behind, None, rate)
