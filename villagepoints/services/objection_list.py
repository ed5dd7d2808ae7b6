"""Reading objections: the desk's list, one with its people, a household's own, the figures."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, func, or_, select
from sqlalchemy.orm import Session, aliased

from villagepoints.domain import objection as rules
from villagepoints.domain.errors import N_, NotFound
from villagepoints.domain.objection import Figures
from villagepoints.models import Claim, Evidence, Finding, Household, LedgerEntry, Objection, RuleItem, User
from villagepoints.services import evidence
from villagepoints.services.household import tidy
from villagepoints.services.objection_subject import Subject
from villagepoints.services.paging import Page, Wanted, order

MOST_OF_HOUSEHOLD = 50


@dataclass(frozen=True, slots=True)
class ObjectionRow:
    """An objection as it is read: who, about whose what, by when, and what became of it."""

    id: UUID
    number: int
    household_id: UUID | None
    household: str | None
    head_name: str | None
    objector: str
    about_household_id: UUID
    about: str
    about_head_name: str
    claim_id: UUID | None
    finding_id: UUID | None
    entry_seq: int | None
    item_code: str | None
    item_name: str | None
    via: str
    words: str
    filed_on: date
    filed_at: datetime
    filed_by: UUID | None
    due_on: date
    limit_on: date
    status: str
    proposed_by: UUID | None
    decided_by: UUID | None
    decided_on: date | None
    reason: str
    reversal_seq: int | None

    @property
    def is_own(self) -> bool:
        """Whether the household objects to something of its own."""
        return self.household_id == self.about_household_id

    def is_late(self, today: date) -> bool:
        """Whether it is open beyond its limit."""
        return self.status == rules.OPEN and self.limit_on < today

    def is_due(self, today: date) -> bool:
        """Whether it is open on or beyond its target day."""
        return self.status == rules.OPEN and self.due_on <= today


@dataclass(frozen=True, slots=True)
class Filter:
    """Which objections are wanted: of a status (any, if empty), those due, words of a search box."""

    status: str = ""
    due_by: date | None = None
    words: str = ""


def listed(session: Session, village_id: UUID, which: Filter, wanted: Wanted) -> Page[ObjectionRow]:
    """One page: the open ones by their target day, the others from the latest; two statements."""
    about, by = aliased(Household), aliased(Household)
    conditions = [Objection.village_id == village_id, *_conditions(which, about, by)]
    counted = _joined(select(func.count()).select_from(Objection), about, by).where(*conditions)
    due: list[ColumnElement[Any]] = [Objection.due_on.asc(), Objection.number.asc()]
    latest: list[ColumnElement[Any]] = [Objection.filed_on.desc(), Objection.number.desc()]
    sorts = {"number": Objection.number, "filed": Objection.filed_on, "due": Objection.due_on, "about": about.number}
    sorted_by = order(wanted.sort, sorts, due if which.status == rules.OPEN else latest, Objection.number)
    statement = _rows(about, by).where(*conditions).order_by(*sorted_by)
    rows = session.execute(statement.limit(wanted.size).offset(wanted.offset))
    total = session.scalars(counted).one()
    return Page([ObjectionRow(*row) for row in rows], wanted.number, wanted.size, total, wanted.sort)


def _conditions(which: Filter, about: Any, by: Any) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    if which.status:
        conditions.append(Objection.status == which.status)
    if which.due_by is not None:
        conditions += [Objection.status == rules.OPEN, Objection.due_on <= which.due_by]
    if words := tidy(which.words):
        found = [
            about.head_name.startswith(words, autoescape=True),
            by.head_name.startswith(words, autoescape=True),
            func.upper(about.number) == words.upper(),
            func.upper(by.number) == words.upper(),
            Objection.objector.startswith(words, autoescape=True),
        ]
        if words.isascii() and words.isdigit() and len(words) <= 9:
            found.append(Objection.number == int(words))
        conditions.append(or_(*found))
    return conditions


def one(session: Session, village_id: UUID, objection_id: UUID) -> ObjectionRow:
    """One objection; NotFound where the village has none of that id."""
    about, by = aliased(Household), aliased(Household)
    statement = _rows(about, by).where(Objection.village_id == village_id, Objection.id == objection_id)
    row = session.execute(statement).one_or_none()
    if row is None:
        raise NotFound(N_("没有这件异议。"))
    return ObjectionRow(*row)


def of_household(session: Session, village_id: UUID, household_id: UUID) -> list[ObjectionRow]:
    """What a household objected to and what was objected to of its own, the latest first; one statement."""
    about, by = aliased(Household), aliased(Household)
    theirs = or_(Objection.household_id == household_id, Objection.about_household_id == household_id)
    statement = _rows(about, by).where(Objection.village_id == village_id, theirs)
    rows = session.execute(statement.order_by(Objection.number.desc()).limit(MOST_OF_HOUSEHOLD))
    return [ObjectionRow(*row) for row in rows]


def earlier(session: Session, village_id: UUID, row: ObjectionRow) -> list[ObjectionRow]:
    """Other objections about the same household, the latest first; one statement."""
    return [other for other in of_household(session, village_id, row.about_household_id) if other.id != row.id]


def named(session: Session, village_id: UUID, words: str, itself: UUID) -> tuple[UUID | None, str]:
    """Who objects, as typed at the desk: nothing means the household itself, a household's number that household,
    anything else is a person's name."""
    if not words.strip():
        return itself, ""
    number = func.upper(Household.number) == tidy(words).upper()
    found = session.scalar(select(Household.id).where(Household.village_id == village_id, number))
    return (found, "") if found else (None, words)


def names(session: Session, village_id: UUID, row: ObjectionRow, subject: Subject) -> Mapping[UUID, str]:
    """What the members of staff are called who had to do with it; one statement."""
    people = subject.involved | {one for one in (row.filed_by, row.proposed_by, row.decided_by) if one}
    rows = session.execute(select(User.id, User.name).where(User.village_id == village_id, User.id.in_(people)))
    return {row.id: row.name for row in rows}


def photos(session: Session, village_id: UUID, row: ObjectionRow, subject: Subject) -> Sequence[Evidence]:
    """The photos of the thing and of the objection, the oldest first; one statement."""
    claims = [subject.claim.id] if subject.claim is not None else []
    findings = [one.id for one in subject.findings]
    shown = evidence.shows(village_id, objection_id=[row.id], finding_id=findings, claim_id=claims)
    statement = select(Evidence).where(Evidence.village_id == village_id, shown)
    return session.scalars(statement.order_by(Evidence.recorded_at, Evidence.id)).all()


def is_disputed(entry: type[LedgerEntry]) -> ColumnElement[bool]:
    """Whether an open objection is about an entry, as a column of a statement over entries."""
    about_it = and_(
        Objection.village_id == entry.village_id,
        Objection.about_household_id == entry.household_id,
        Objection.entry_seq == entry.seq,
        Objection.status == rules.OPEN,
    )
    return select(Objection.id).where(about_it).exists()


def figures(session: Session, village_id: UUID, today: date) -> Figures:
    """How the objections of the year of a village date went; one statement."""
    rows = session.execute(
        select(Objection.status, Objection.filed_on, Objection.decided_on, Objection.limit_on).where(
            Objection.village_id == village_id, Objection.filed_on.between(date(today.year, 1, 1), today)
        )
    )
    return rules.figures(rows.all(), today)


def wrong_outcomes(session: Session, village_id: UUID) -> list[tuple[str, int]]:
    """Households and entries whose objection was held to be right without the entry being undone by what it names."""
    undoing = aliased(LedgerEntry)
    of_entry = and_(undoing.village_id == Objection.village_id, undoing.household_id == Objection.about_household_id)
    undoes = and_(undoing.seq == Objection.reversal_seq, undoing.reverses_seq == Objection.entry_seq)
    rows = session.execute(
        select(Household.number, Objection.entry_seq)
        .join(
            Household,
            and_(Household.village_id == Objection.village_id, Household.id == Objection.about_household_id),
        )
        .outerjoin(undoing, and_(of_entry, undoes))
        .where(
            Objection.village_id == village_id,
            Objection.status == rules.UPHELD,
            Objection.entry_seq.is_not(None),
            undoing.seq.is_(None),
        )
        .order_by(Objection.number)
    )
    return [(number, seq) for number, seq in rows if seq is not None]


def _joined(statement: Select[*tuple[Any, ...]], about: Any, by: Any) -> Select[*tuple[Any, ...]]:
    return statement.join(
        about, and_(about.village_id == Objection.village_id, about.id == Objection.about_household_id)
    ).outerjoin(by, and_(by.village_id == Objection.village_id, by.id == Objection.household_id))


def _rows(about: Any, by: Any) -> Select[*tuple[Any, ...]]:
    """Objections with their households and the item they are about; every join is by a key."""
    entry = LedgerEntry
    of_entry = and_(entry.village_id == Objection.village_id, entry.household_id == Objection.about_household_id)
    version = func.coalesce(Claim.rulebook_version, Finding.rulebook_version, entry.rulebook_version)
    code = func.coalesce(Claim.item_code, Finding.item_code, entry.item_code)
    statement = select(
        Objection.id,
        Objection.number,
        Objection.household_id,
        by.number,
        by.head_name,
        Objection.objector,
        Objection.about_household_id,
        about.number,
        about.head_name,
        Objection.claim_id,
        Objection.finding_id,
        Objection.entry_seq,
        code,
        RuleItem.name,
        Objection.via,
        Objection.words,
        Objection.filed_on,
        Objection.filed_at,
        Objection.filed_by,
        Objection.due_on,
        Objection.limit_on,
        Objection.status,
        Objection.proposed_by,
        Objection.decided_by,
        Objection.decided_on,
        Objection.reason,
        Objection.reversal_seq,
    )
    return (
        _joined(statement, about, by)
        .outerjoin(Claim, and_(Claim.village_id == Objection.village_id, Claim.id == Objection.claim_id))
        .outerjoin(Finding, and_(Finding.village_id == Objection.village_id, Finding.id == Objection.finding_id))
        .outerjoin(entry, and_(of_entry, entry.seq == Objection.entry_seq))
        .outerjoin(
            RuleItem,
            and_(RuleItem.village_id == Objection.village_id, RuleItem.version == version, RuleItem.code == code),
        )
    )
