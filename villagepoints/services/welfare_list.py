"""Reading welfare: schemes, the lines of one, and what a household gets."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, case, func, select
from sqlalchemy.orm import Session

from villagepoints.domain.errors import N_, NotFound
from villagepoints.models import Household, WelfareLine, WelfareScheme
from villagepoints.services.household import tidy
from villagepoints.services.paging import Page, Wanted
from villagepoints.services.welfare import LISTED

SORTS: dict[str, Any] = {"number": Household.number, "merit": WelfareLine.merit, "percent": WelfareLine.percent}


@dataclass(frozen=True, slots=True)
class SchemeRow:
    """A line of the list of schemes."""

    id: UUID
    name: str
    resolution_no: str
    resolved_on: date
    year: int
    status: str
    households: int
    qualifying: int


@dataclass(frozen=True, slots=True)
class LineRow:
    """A household under a scheme: whether it qualifies, and why or why not."""

    household_id: UUID
    number: str
    head_name: str
    group_no: int | None
    residency: str
    shows_on_lists: bool
    merit: int
    percent: int
    qualifies: bool
    reasons: Sequence[Any]  # whether it is met, msgid, values


@dataclass(frozen=True, slots=True)
class Own:
    """What a household reads of a scheme that stands."""

    name: str
    benefit: str
    resolution_no: str
    year: int
    as_of: str
    listed_at: datetime
    qualifies: bool
    reasons: Sequence[Any]


def schemes(session: Session, village_id: UUID, wanted: Wanted) -> Page[SchemeRow]:
    """One page of the schemes, the newest first; two statements."""
    of_village = WelfareScheme.village_id == village_id
    total = session.scalars(select(func.count()).select_from(WelfareScheme).where(of_village)).one()
    of_scheme = and_(WelfareLine.village_id == WelfareScheme.village_id, WelfareLine.scheme_id == WelfareScheme.id)
    rows = session.execute(
        select(
            WelfareScheme.id,
            WelfareScheme.name,
            WelfareScheme.resolution_no,
            WelfareScheme.resolved_on,
            WelfareScheme.year,
            WelfareScheme.status,
            func.count(WelfareLine.household_id),
            func.coalesce(func.sum(case((WelfareLine.qualifies.is_(True), 1), else_=0)), 0),
        )
        .outerjoin(WelfareLine, of_scheme)
        .where(of_village)
        .group_by(WelfareScheme.village_id, WelfareScheme.id)
        .order_by(WelfareScheme.created_at.desc())
        .limit(wanted.size)
        .offset(wanted.offset)
    )
    return Page([SchemeRow(*row) for row in rows], wanted.number, wanted.size, total)


def one(session: Session, village_id: UUID, scheme_id: UUID) -> WelfareScheme:
    """A scheme; NotFound where the village has none of that id."""
    row = session.get(WelfareScheme, (village_id, scheme_id))
    if row is None:
        raise NotFound(N_("没有这项福利。"))
    return row


def lines(
    session: Session, village_id: UUID, scheme_id: UUID, wanted: Wanted, *, qualifies: bool | None, words: str = ""
) -> Page[LineRow]:
    """One page of a scheme's lines; two statements."""
    conditions = _conditions(village_id, scheme_id, qualifies, words)
    base = select(func.count()).select_from(WelfareLine).join(Household, _of_household()).where(*conditions)
    column = SORTS.get(wanted.sort.removeprefix("-"), Household.number)
    order = column.desc() if wanted.sort.startswith("-") else column.asc()
    rows = session.execute(
        _rows().where(*conditions).order_by(order, Household.number).limit(wanted.size).offset(wanted.offset)
    )
    total = session.scalars(base).one()
    return Page([LineRow(*row) for row in rows], wanted.number, wanted.size, total, wanted.sort)


def all_lines(session: Session, village_id: UUID, scheme_id: UUID, *, qualifies: bool | None) -> list[LineRow]:
    """Every line, for paper and export; one statement."""
    conditions = _conditions(village_id, scheme_id, qualifies, "")
    return [LineRow(*row) for row in session.execute(_rows().where(*conditions).order_by(Household.number))]


def counts(session: Session, village_id: UUID, scheme_id: UUID) -> tuple[int, int]:
    """How many households were looked at, and how many qualify; one statement."""
    total, qualifying = session.execute(
        select(func.count(), func.coalesce(func.sum(case((WelfareLine.qualifies.is_(True), 1), else_=0)), 0)).where(
            WelfareLine.village_id == village_id, WelfareLine.scheme_id == scheme_id
        )
    ).one()
    return total, int(qualifying)


def _conditions(village_id: UUID, scheme_id: UUID, qualifies: bool | None, words: str) -> list[ColumnElement[bool]]:
    conditions = [WelfareLine.village_id == village_id, WelfareLine.scheme_id == scheme_id]
    if qualifies is not None:
        conditions.append(WelfareLine.qualifies.is_(qualifies))
    if words := tidy(words):
        number = func.upper(Household.number).contains(words.upper(), autoescape=True)
        conditions.append(number | Household.head_name.startswith(words, autoescape=True))
    return conditions


def _of_household() -> ColumnElement[bool]:
    return and_(Household.village_id == WelfareLine.village_id, Household.id == WelfareLine.household_id)


def _rows() -> Select[*tuple[Any, ...]]:
    return select(
        WelfareLine.household_id,
        Household.number,
        Household.head_name,
        Household.group_no,
        Household.residency,
        Household.shows_on_lists,
        WelfareLine.merit,
        WelfareLine.percent,
        WelfareLine.qualifies,
        WelfareLine.reasons,
    ).join(Household, _of_household())


def of_household(session: Session, village_id: UUID, household_id: UUID, since_year: int) -> list[Own]:
    """What a household gets or misses under the schemes that stand, the newest first; one statement."""
    of_scheme = and_(WelfareScheme.village_id == WelfareLine.village_id, WelfareScheme.id == WelfareLine.scheme_id)
    rows = session.execute(
        select(
            WelfareScheme.name,
            WelfareScheme.benefit,
            WelfareScheme.resolution_no,
            WelfareScheme.year,
            WelfareScheme.as_of,
            WelfareScheme.listed_at,
            WelfareLine.qualifies,
            WelfareLine.reasons,
        )
        .join(WelfareScheme, of_scheme)
        .where(
            WelfareLine.village_id == village_id,
            WelfareLine.household_id == household_id,
            WelfareScheme.status == LISTED,
            WelfareScheme.year >= since_year,
        )
        .order_by(WelfareScheme.listed_at.desc())
    )
    return [Own(*row) for row in rows]
