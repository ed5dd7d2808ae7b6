"""Points that go from one household to another: what waits for a second person, and what went."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Select, and_, func, or_, select
from sqlalchemy.orm import Session, aliased

from villagepoints.domain.errors import N_, NotFound
from villagepoints.domain.succession import WAITING
from villagepoints.models import Household, Succession, User
from villagepoints.services.paging import Page, Wanted


@dataclass(frozen=True, slots=True)
class Row:
    """One hand-over: between whom, how many points, who proposed it and who decided."""

    id: UUID
    kind: str
    points: int
    document: str
    succeeded_on: date
    status: str
    reason: str
    recorded_at: datetime
    recorded_by: UUID | None
    recorder: str
    decider: str
    household_id: UUID
    number: str
    head_name: str
    balance: int
    successor_id: UUID
    successor_number: str
    successor_name: str


def _rows(village_id: UUID) -> Select[*tuple[Any, ...]]:
    source, target, recorder, decider = aliased(Household), aliased(Household), aliased(User), aliased(User)
    row = Succession
    return (
        select(
            *(row.id, row.kind, row.points, row.document, row.succeeded_on, row.status, row.reason),
            *(row.recorded_at, row.recorded_by, func.coalesce(recorder.name, ""), func.coalesce(decider.name, "")),
            *(source.id, source.number, source.head_name, source.balance, target.id, target.number, target.head_name),
        )
        .join(source, and_(source.village_id == row.village_id, source.id == row.household_id))
        .join(target, and_(target.village_id == row.village_id, target.id == row.successor_id))
        .outerjoin(recorder, and_(recorder.village_id == row.village_id, recorder.id == row.recorded_by))
        .outerjoin(decider, and_(decider.village_id == row.village_id, decider.id == row.decided_by))
        .where(row.village_id == village_id)
    )


def listed(session: Session, village_id: UUID, status: str, wanted: Wanted) -> Page[Row]:
    """One page of the hand-overs of points with that status, the latest first; two statements."""
    mine = (Succession.village_id == village_id, Succession.status == status, Succession.points > 0)
    total = session.scalars(select(func.count()).select_from(Succession).where(*mine)).one()
    query = _rows(village_id).where(*mine).order_by(Succession.recorded_at.desc(), Succession.id)
    rows = [Row(*row) for row in session.execute(query.limit(wanted.size).offset(wanted.offset))]
    return Page(rows, wanted.number, wanted.size, total)


def one(session: Session, village_id: UUID, succession_id: UUID) -> Row:
    """One hand-over; NotFound where the village has none of that id."""
    row = session.execute(_rows(village_id).where(Succession.id == succession_id)).one_or_none()
    if row is None:
        raise NotFound(N_("没有这笔转积分。"))
    return Row(*row)


def waiting_of(session: Session, village_id: UUID, household_id: UUID) -> list[Row]:
    """What waits to go from or to a household; one statement."""
    either = or_(Succession.household_id == household_id, Succession.successor_id == household_id)
    query = _rows(village_id).where(either, Succession.status == WAITING).order_by(Succession.recorded_at)
    return [Row(*row) for row in session.execute(query)]
