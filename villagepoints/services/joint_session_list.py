"""Reading joint sessions: the list, one with its agenda and minutes, and the ones somebody may add a point to."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import Select, and_, case, func, select
from sqlalchemy.orm import Session

from villagepoints.domain import joint_session as rules
from villagepoints.domain.errors import N_, NotFound
from villagepoints.models import Finding, Household, JointItem, JointSession, Neighbourhood, User
from villagepoints.services.paging import Page, Sortable, Wanted, order

SORTS: dict[str, Sortable] = {
    "quarter": JointSession.quarter,
    "committee": Neighbourhood.name,
    "held": JointSession.held_on,
    "status": JointSession.status,
}


@dataclass(frozen=True, slots=True)
class SessionRow:
    """A line of the list: how many points its agenda has, how many are open, and how many of those are late."""

    id: UUID
    quarter: str
    neighbourhood: str
    held_on: date | None
    place: str
    status: str
    lines: int
    left: int
    late: int


@dataclass(frozen=True, slots=True)
class Line:
    """A point of the agenda with the household it is about and how its finding stands today."""

    item: JointItem
    number: str | None
    head_name: str | None
    address: str | None
    finding_status: str | None
    from_quarter: str | None


@dataclass(frozen=True, slots=True)
class Whole:
    """A session with its committee, its agenda and who closed it."""

    session: JointSession
    neighbourhood: Neighbourhood
    lines: Sequence[Line]
    closed_by: str

    @property
    def is_open(self) -> bool:
        """Whether agenda and minutes may still be written."""
        return self.session.status == rules.OPEN


_OF_COMMITTEE = and_(
    Neighbourhood.village_id == JointSession.village_id, Neighbourhood.id == JointSession.neighbourhood_id
)


def listed(session: Session, village_id: UUID, only: UUID | None, today: date, wanted: Wanted) -> Page[SessionRow]:
    """One page of the sessions, of one committee alone where `only` is given, the latest first; two statements."""
    here = [JointSession.village_id == village_id]
    if only is not None:
        here.append(JointSession.neighbourhood_id == only)
    total = session.scalars(select(func.count()).select_from(JointSession).where(*here)).one()
    of_item = and_(JointItem.village_id == JointSession.village_id, JointItem.joint_session_id == JointSession.id)
    is_open = JointItem.status == rules.OPEN
    rows: Select[*tuple[Any, ...]] = (
        select(
            JointSession.id,
            JointSession.quarter,
            Neighbourhood.name,
            JointSession.held_on,
            JointSession.place,
            JointSession.status,
            func.count(JointItem.line),
            func.sum(case((is_open, 1), else_=0)),
            func.sum(case((and_(is_open, JointItem.due_on < today), 1), else_=0)),
        )
        .join(Neighbourhood, _OF_COMMITTEE)
        .outerjoin(JointItem, of_item)
        .where(*here)
        .group_by(JointSession.village_id, JointSession.id, Neighbourhood.village_id, Neighbourhood.id)
        .order_by(*order(wanted.sort, SORTS, [JointSession.quarter.desc()], Neighbourhood.name))
        .limit(wanted.size)
        .offset(wanted.offset)
    )
    return Page([SessionRow(*row) for row in session.execute(rows)], wanted.number, wanted.size, total, wanted.sort)


def one(session: Session, village_id: UUID, joint_session_id: UUID, only: UUID | None) -> Whole:
    """A session with its whole agenda; NotFound for any other, and for another committee's where `only` is given.
    Two statements, however long the agenda."""
    found = session.execute(
        select(JointSession, Neighbourhood, User.name)
        .join(Neighbourhood, _OF_COMMITTEE)
        .outerjoin(User, and_(User.village_id == JointSession.village_id, User.id == JointSession.closed_by))
        .where(JointSession.village_id == village_id, JointSession.id == joint_session_id)
    ).one_or_none()
    if found is None or only not in (None, found[1].id):
        raise NotFound(N_("没有这次联席会。"))
    row, committee, closed_by = found
    return Whole(row, committee, _lines(session, row), closed_by or "")


def open_one(session: Session, village_id: UUID, neighbourhood_id: UUID) -> UUID | None:
    """The committee's session that is open, if one is; one statement."""
    return session.scalar(
        select(JointSession.id).where(
            JointSession.village_id == village_id,
            JointSession.neighbourhood_id == neighbourhood_id,
            JointSession.status == rules.OPEN,
        )
    )


def _lines(session: Session, row: JointSession) -> list[Line]:
    of_home = and_(Household.village_id == JointItem.village_id, Household.id == JointItem.household_id)
    of_finding = and_(Finding.village_id == JointItem.village_id, Finding.id == JointItem.finding_id)
    first = and_(JointSession.village_id == JointItem.village_id, JointSession.id == JointItem.from_session_id)
    rows = session.execute(
        select(
            JointItem,
            Household.number,
            Household.head_name,
            Household.address,
            Finding.status,
            JointSession.quarter,
        )
        .outerjoin(Household, of_home)
        .outerjoin(Finding, of_finding)
        .outerjoin(JointSession, first)
        .where(JointItem.village_id == row.village_id, JointItem.joint_session_id == row.id)
        .order_by(JointItem.position, JointItem.line)
    )
    return [Line(*line) for line in rows]
