"""Reading findings: lists by month, state, group and item, one finding with its photos, and the slips to print."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, func, select
from sqlalchemy.orm import Session, aliased

from villagepoints.domain.calendar import Month
from villagepoints.domain.errors import N_, NotFound
from villagepoints.domain.finding import PERSUADED
from villagepoints.models import Evidence, Finding, Household, User
from villagepoints.services import evidence
from villagepoints.services.paging import Page, Sortable, Wanted, order

MOST_SLIPS = 100  # printed at once


@dataclass(frozen=True, slots=True, kw_only=True)
class Filter:
    """Which findings are wanted; `due_on`: those to be looked at again on that village date, of whatever month."""

    month: Month | None = None
    status: str = ""
    group_no: int | None = None
    item_code: str = ""
    due_on: date | None = None


@dataclass(frozen=True, slots=True)
class FindingRow:
    """A finding with its household and people; its item's text stands in the rule book of its version."""

    id: UUID
    household_id: UUID
    number: str
    head_name: str
    group_no: int | None
    residency: str
    address: str
    rulebook_version: int
    item_code: str
    count: int
    found_on: date
    note: str
    status: str
    rectify_by: date | None
    counts_on: date
    from_sheet: bool
    recorder: str | None
    recorded_at: datetime
    settled_on: date | None
    settler: str | None
    settled_note: str


@dataclass(frozen=True, slots=True)
class Whole:
    """One finding with its photos, and what else was found of its kind at the household, the latest first."""

    row: FindingRow
    photos: Sequence[Evidence]
    others: Sequence[FindingRow]


def listed(session: Session, village_id: UUID, asked: Filter, wanted: Wanted) -> Page[FindingRow]:
    """One page of the findings that match, by group and household; two statements."""
    conditions = _conditions(village_id, asked)
    total = session.scalars(select(func.count()).select_from(Finding).join(Household, _HOME).where(*conditions)).one()
    by = order(wanted.sort, _SORTS, _BY_DOOR, Finding.id)
    statement = _rows().where(*conditions).order_by(*by).limit(wanted.size).offset(wanted.offset)
    rows = [FindingRow(*row) for row in session.execute(statement)]
    return Page(rows, wanted.number, wanted.size, total, wanted.sort)


def one(session: Session, village_id: UUID, finding_id: UUID) -> Whole:
    """A finding of the village with all that belongs to it; three statements. NotFound for any other."""
    row = _one(session, village_id, finding_id)
    same = (
        Finding.village_id == village_id,
        Finding.household_id == row.household_id,
        Finding.item_code == row.item_code,
        Finding.id != finding_id,
    )
    others = session.execute(_rows().where(*same).order_by(Finding.found_on.desc(), Finding.id.desc()).limit(10))
    photos = evidence.of(session, village_id, finding_id=finding_id)
    return Whole(row, photos, [FindingRow(*other) for other in others])


def slip(session: Session, village_id: UUID, finding_id: UUID) -> FindingRow:
    """The finding that a slip is printed for; NotFound where nobody is being persuaded about it any more."""
    row = _one(session, village_id, finding_id)
    if row.status != PERSUADED:
        raise NotFound(N_("这一条不在劝导中，没有劝导单可印。"))
    return row


def slips(session: Session, village_id: UUID, group_no: int | None) -> Sequence[FindingRow]:
    """Whatever waits to be put right (in one group, if given), by household: at most MOST_SLIPS; one statement."""
    conditions = _conditions(village_id, Filter(status=PERSUADED, group_no=group_no))
    rows = session.execute(_rows().where(*conditions).order_by(*_BY_DOOR).limit(MOST_SLIPS))
    return [FindingRow(*row) for row in rows]


_HOME = and_(Household.village_id == Finding.village_id, Household.id == Finding.household_id)
_BY_DOOR: list[ColumnElement[Any]] = [
    Household.group_no.asc(),
    Household.number.asc(),
    Finding.item_code.asc(),
    Finding.id.asc(),
]
_SORTS: dict[str, Sortable] = {
    "number": Household.number,
    "name": Household.head_name,
    "group": Household.group_no,
    "item": Finding.item_code,
    "found": Finding.found_on,
    "rectify": Finding.rectify_by,
}


def _one(session: Session, village_id: UUID, finding_id: UUID) -> FindingRow:
    found = session.execute(_rows().where(Finding.village_id == village_id, Finding.id == finding_id)).one_or_none()
    if found is None:
        raise NotFound(N_("没有这一条检查发现。"))
    return FindingRow(*found)


def _conditions(village_id: UUID, asked: Filter) -> list[ColumnElement[bool]]:
    conditions = [Finding.village_id == village_id]
    if asked.month is not None:
        conditions.append(Finding.found_on.between(asked.month.first, asked.month.last))
    if asked.status:
        conditions.append(Finding.status == asked.status)
    if asked.group_no is not None:
        conditions.append(Household.group_no == asked.group_no)
    if asked.item_code:
        conditions.append(Finding.item_code == asked.item_code)
    if asked.due_on is not None:
        conditions += [Finding.status == PERSUADED, Finding.rectify_by <= asked.due_on]
    return conditions


def _rows() -> Select[*tuple[Any, ...]]:
    recorder, settler = aliased(User), aliased(User)
    return (
        select(
            Finding.id,
            Finding.household_id,
            Household.number,
            Household.head_name,
            Household.group_no,
            Household.residency,
            Household.address,
            Finding.rulebook_version,
            Finding.item_code,
            Finding.count,
            Finding.found_on,
            Finding.note,
            Finding.status,
            Finding.rectify_by,
            Finding.counts_on,
            Finding.from_sheet,
            recorder.name,
            Finding.recorded_at,
            Finding.settled_on,
            settler.name,
            Finding.settled_note,
        )
        .join(Household, _HOME)
        .outerjoin(recorder, and_(recorder.village_id == Finding.village_id, recorder.id == Finding.recorded_by))
        .outerjoin(settler, and_(settler.village_id == Finding.village_id, settler.id == Finding.settled_by))
    )
