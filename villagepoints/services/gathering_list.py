"""Reading activities: those to come and those past, one with its attendances, what a phone shows of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import ColumnElement, and_, func, select
from sqlalchemy.orm import Session

from villagepoints.domain import gathering as rules
from villagepoints.domain.errors import N_, NotFound
from villagepoints.models import Attendance, Claim, Gathering, Household, User
from villagepoints.services.paging import Page, Wanted, order

SOON = timedelta(days=30)
MOST_SOON = 5


@dataclass(frozen=True, slots=True)
class GatheringRow:
    """A line of the list: the activity, how many were there, and how many of them have their claim."""

    id: UUID
    title: str
    item_code: str
    place: str
    starts_at: datetime
    ends_at: datetime
    status: str
    people: int
    claimed: int


class Refusal(NamedTuple):
    """Why closing made no claim of an attendance, as a page says it."""

    sentence: str
    values: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class AttendanceRow:
    """A line of the attendance list; `recorder` is empty where the household's own phone checked in."""

    id: UUID
    household_id: UUID
    number: str
    head_name: str
    person: str
    checked_in_at: datetime
    checked_out_at: datetime | None
    recorder: str | None
    remark: str
    refused: Mapping[str, Any] | None
    claim_id: UUID | None
    claim_status: str | None
    claim_points: int | None

    @property
    def refusal(self) -> Refusal | None:
        """Why it got no claim when the activity was closed."""
        return Refusal(**self.refused) if self.refused else None


def listed(session: Session, village_id: UUID, *, past: bool, now: datetime, wanted: Wanted) -> Page[GatheringRow]:
    """One page of the activities that are over, the latest first, or of the others, the next first; two statements."""
    conditions = [Gathering.village_id == village_id, Gathering.ends_at < now if past else Gathering.ends_at >= now]
    total = session.scalars(select(func.count()).select_from(Gathering).where(*conditions)).one()
    usual: list[ColumnElement[Any]] = [
        Gathering.starts_at.desc() if past else Gathering.starts_at.asc(),
        Gathering.id.asc(),
    ]
    sorts = {"starts": Gathering.starts_at, "title": Gathering.title, "item": Gathering.item_code}
    mine = and_(Attendance.village_id == Gathering.village_id, Attendance.gathering_id == Gathering.id)
    there = select(func.count()).where(mine).correlate(Gathering)
    rows = session.execute(
        select(
            Gathering.id,
            Gathering.title,
            Gathering.item_code,
            Gathering.place,
            Gathering.starts_at,
            Gathering.ends_at,
            Gathering.status,
            there.scalar_subquery(),
            there.where(Attendance.claim_id.is_not(None)).scalar_subquery(),
        )
        .where(*conditions)
        .order_by(*order(wanted.sort, sorts, usual, Gathering.id))
        .limit(wanted.size)
        .offset(wanted.offset)
    )
    return Page([GatheringRow(*row) for row in rows], wanted.number, wanted.size, total, wanted.sort)


def soon(session: Session, village_id: UUID, now: datetime) -> Sequence[Gathering]:
    """The next activities a household can go to; one statement."""
    return session.scalars(
        select(Gathering)
        .where(
            Gathering.village_id == village_id,
            Gathering.status == rules.PLANNED,
            Gathering.ends_at >= now,
            Gathering.starts_at < now + SOON,
        )
        .order_by(Gathering.starts_at)
        .limit(MOST_SOON)
    ).all()


def one(session: Session, village_id: UUID, gathering_id: UUID) -> Gathering:
    """An activity; NotFound where the village has none of that id."""
    row = session.get(Gathering, (village_id, gathering_id))
    if row is None:
        raise NotFound(N_("没有这个活动。"))
    return row


def attendance(session: Session, village_id: UUID, gathering_id: UUID, attendance_id: UUID) -> Attendance:
    """One attendance of that activity; NotFound otherwise."""
    row = session.get(Attendance, (village_id, attendance_id), populate_existing=True)
    if row is None or row.gathering_id != gathering_id:
        raise NotFound(N_("签到表里没有这个人。"))
    return row


def attendances(session: Session, village_id: UUID, gathering_id: UUID, wanted: Wanted) -> Page[AttendanceRow]:
    """One page of who was there: those without a claim first, then in the order they came; two statements."""
    mine = (Attendance.village_id == village_id, Attendance.gathering_id == gathering_id)
    total = session.scalars(select(func.count()).select_from(Attendance).where(*mine)).one()
    rows = session.execute(
        select(
            Attendance.id,
            Attendance.household_id,
            Household.number,
            Household.head_name,
            Attendance.person,
            Attendance.checked_in_at,
            Attendance.checked_out_at,
            User.name,
            Attendance.remark,
            Attendance.refusal,
            Attendance.claim_id,
            Claim.status,
            Claim.points,
        )
        .join(Household, and_(Household.village_id == Attendance.village_id, Household.id == Attendance.household_id))
        .outerjoin(User, and_(User.village_id == Attendance.village_id, User.id == Attendance.recorded_by))
        .outerjoin(Claim, and_(Claim.village_id == Attendance.village_id, Claim.id == Attendance.claim_id))
        .where(*mine)
        .order_by(Attendance.claim_id.is_not(None), Attendance.checked_in_at, Attendance.id)
        .limit(wanted.size)
        .offset(wanted.offset)
    )
    return Page([AttendanceRow(*row) for row in rows], wanted.number, wanted.size, total)


def open_count(session: Session, village_id: UUID, gathering_id: UUID) -> int:
    """How many of the attendances have no claim yet."""
    mine = (Attendance.village_id == village_id, Attendance.gathering_id == gathering_id)
    return session.scalars(
        select(func.count()).select_from(Attendance).where(*mine, Attendance.claim_id.is_(None))
    ).one()


def of_household(session: Session, village_id: UUID, gathering_id: UUID, household_id: UUID) -> dict[str, Attendance]:
    """Who of a household is on the list of an activity, by name; one statement."""
    rows = session.scalars(
        select(Attendance).where(
            Attendance.village_id == village_id,
            Attendance.gathering_id == gathering_id,
            Attendance.household_id == household_id,
        )
    )
    return {row.person: row for row in rows}
