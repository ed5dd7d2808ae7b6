"""Reading what households told or asked: the desk's list, one of them, a household's own."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, func, or_, select
from sqlalchemy.orm import Session, aliased

from villagepoints.domain import service_request as rules
from villagepoints.domain.errors import N_, NotFound
from villagepoints.models import Evidence, Household, Reward, ServiceRequest, User
from villagepoints.services.household import tidy
from villagepoints.services.paging import Page, Sortable, Wanted, order


@dataclass(frozen=True, slots=True)
class RequestRow:
    """A request as it is read: who said what, by whom it was written down, and the answer."""

    id: UUID
    number: int
    household_id: UUID
    household: str
    head_name: str
    group_no: int | None
    is_elder: bool
    kind: str
    words: str
    reward_id: UUID | None
    goods: str | None
    filed_on: date
    filed_at: datetime
    writer: str | None
    status: str
    answer: str
    answerer: str | None
    answered_on: date | None
    photos: int


class Standing(NamedTuple):
    """A request that waits: enough to lead to it."""

    id: UUID
    number: int


@dataclass(frozen=True, slots=True)
class Filter:
    """Which requests are wanted: of a status and a kind (any, if empty), words of a search box."""

    status: str = ""
    kind: str = ""
    words: str = ""


SORTS: dict[str, Sortable] = {
    "number": ServiceRequest.number,
    "filed": ServiceRequest.filed_on,
    "household": Household.number,
    "group": Household.group_no,
    "kind": ServiceRequest.kind,
}


def listed(session: Session, village_id: UUID, which: Filter, wanted: Wanted) -> Page[RequestRow]:
    """One page: of the open ones who waits longest comes first, of the others the latest; two statements."""
    conditions = [ServiceRequest.village_id == village_id, *_conditions(which)]
    usual = ServiceRequest.number.asc() if which.status == rules.OPEN else ServiceRequest.number.desc()
    by = order(wanted.sort, SORTS, [usual], ServiceRequest.number)
    counted = _joined(select(func.count()).select_from(ServiceRequest)).where(*conditions)
    total = session.scalars(counted).one()
    rows = session.execute(_rows().where(*conditions).order_by(*by).limit(wanted.size).offset(wanted.offset))
    return Page([RequestRow(*row) for row in rows], wanted.number, wanted.size, total, wanted.sort)


def of_household(session: Session, village_id: UUID, household_id: UUID, wanted: Wanted) -> Page[RequestRow]:
    """One page of what a household said, the open ones first, then the latest; two statements."""
    mine = (ServiceRequest.village_id == village_id, ServiceRequest.household_id == household_id)
    total = session.scalars(select(func.count()).select_from(ServiceRequest).where(*mine)).one()
    by = (ServiceRequest.status != rules.OPEN, ServiceRequest.number.desc())
    rows = session.execute(_rows().where(*mine).order_by(*by).limit(wanted.size).offset(wanted.offset))
    return Page([RequestRow(*row) for row in rows], wanted.number, wanted.size, total)


def one(session: Session, village_id: UUID, request_id: UUID) -> RequestRow:
    """One request; NotFound where the village has none of that id."""
    mine = (ServiceRequest.village_id == village_id, ServiceRequest.id == request_id)
    row = session.execute(_rows().where(*mine)).one_or_none()
    if row is None:
        raise NotFound(N_("没有这一件。"))
    return RequestRow(*row)


def own(session: Session, village_id: UUID, household_id: UUID, request_id: UUID) -> RequestRow:
    """One of a household's own; NotFound for anybody else's."""
    row = one(session, village_id, request_id)
    if row.household_id != household_id:
        raise NotFound(N_("没有这一件。"))
    return row


def open_one(
    session: Session, village_id: UUID, household_id: UUID, kind: str, reward_id: UUID | None = None
) -> Standing | None:
    """The request of that kind, and for those goods if any are named, that waits already; one statement."""
    statement = select(ServiceRequest.id, ServiceRequest.number).where(
        *_open_of(village_id, household_id), ServiceRequest.kind == kind, ServiceRequest.reward_id == reward_id
    )
    row = session.execute(statement.order_by(ServiceRequest.number).limit(1)).one_or_none()
    return Standing(*row) if row else None


def count_open(session: Session, village_id: UUID, household_id: UUID) -> int:
    """How many of a household wait to be answered; one statement."""
    mine = _open_of(village_id, household_id)
    return session.scalars(select(func.count()).select_from(ServiceRequest).where(*mine)).one()


def wished(session: Session, village_id: UUID, household_id: UUID) -> Sequence[UUID]:
    """The goods of the catalogue that a household waits for; one statement."""
    mine = (*_open_of(village_id, household_id), ServiceRequest.reward_id.is_not(None))
    return [id_ for id_ in session.scalars(select(ServiceRequest.reward_id).where(*mine)) if id_ is not None]


def count_same(session: Session, village_id: UUID, row: RequestRow) -> int:
    """How many other households wait for the same goods; one statement."""
    same = same_wish(village_id, row.id, row.reward_id)
    return session.scalars(select(func.count()).select_from(ServiceRequest).where(*same)).one()


def same_wish(village_id: UUID, request_id: UUID, reward_id: UUID | None) -> tuple[ColumnElement[bool], ...]:
    """The conditions of an open wish for the same goods, this one left out; none is for no goods of the catalogue."""
    return (
        ServiceRequest.village_id == village_id,
        ServiceRequest.reward_id.is_not(None),
        ServiceRequest.reward_id == reward_id,
        ServiceRequest.status == rules.OPEN,
        ServiceRequest.id != request_id,
    )


def _open_of(village_id: UUID, household_id: UUID) -> tuple[ColumnElement[bool], ...]:
    return (
        ServiceRequest.village_id == village_id,
        ServiceRequest.household_id == household_id,
        ServiceRequest.status == rules.OPEN,
    )


def _conditions(which: Filter) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    if which.status:
        conditions.append(ServiceRequest.status == which.status)
    if which.kind:
        conditions.append(ServiceRequest.kind == which.kind)
    if words := tidy(which.words):
        found = [
            Household.head_name.startswith(words, autoescape=True),
            func.upper(Household.number) == words.upper(),
            ServiceRequest.words.contains(words, autoescape=True),
            Reward.name.contains(words, autoescape=True),
        ]
        if words.isascii() and words.isdigit() and len(words) <= 9:
            found.append(ServiceRequest.number == int(words))
        conditions.append(or_(*found))
    return conditions


_OF_HOUSEHOLD = and_(Household.village_id == ServiceRequest.village_id, Household.id == ServiceRequest.household_id)


def _joined(statement: Select[*tuple[Any, ...]]) -> Select[*tuple[Any, ...]]:
    of_goods = and_(Reward.village_id == ServiceRequest.village_id, Reward.id == ServiceRequest.reward_id)
    return statement.join(Household, _OF_HOUSEHOLD).outerjoin(Reward, of_goods)


def _rows() -> Select[*tuple[Any, ...]]:
    """Requests with their household, goods and people; every join is by a key."""
    writer, answerer = aliased(User), aliased(User)
    photos = select(func.count()).where(
        Evidence.village_id == ServiceRequest.village_id, Evidence.service_request_id == ServiceRequest.id
    )
    statement: Select[*tuple[Any, ...]] = select(
        ServiceRequest.id,
        ServiceRequest.number,
        ServiceRequest.household_id,
        Household.number,
        Household.head_name,
        Household.group_no,
        Household.is_elder,
        ServiceRequest.kind,
        ServiceRequest.words,
        ServiceRequest.reward_id,
        Reward.name,
        ServiceRequest.filed_on,
        ServiceRequest.filed_at,
        writer.name,
        ServiceRequest.status,
        ServiceRequest.answer,
        answerer.name,
        ServiceRequest.answered_on,
        photos.correlate(ServiceRequest).scalar_subquery(),
    )
    return (
        _joined(statement)
        .outerjoin(writer, and_(writer.village_id == ServiceRequest.village_id, writer.id == ServiceRequest.filed_by))
        .outerjoin(
            answerer,
            and_(answerer.village_id == ServiceRequest.village_id, answerer.id == ServiceRequest.answered_by),
        )
    )
