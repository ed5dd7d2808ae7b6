"""An audit's sample as it is walked with a phone: what is left where, in the order of the lanes."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, case, exists, func, literal, select
from sqlalchemy.orm import Session, aliased

from villagepoints.domain.audit import ENTRY, GOODS, HOUSEHOLD
from villagepoints.domain.errors import N_, NotFound
from villagepoints.domain.supervision import Ties
from villagepoints.models import Audit, AuditItem, Household, Reward
from villagepoints.services import audit_task
from villagepoints.services.audit_task import Task
from villagepoints.services.paging import Page, Wanted

PARTS = (HOUSEHOLD, ENTRY, GOODS)  # households with their entries; entries of other households; goods
PAGE = 40  # stops: what members walk in a day, and what a phone keeps as a whole


@dataclass(frozen=True, slots=True)
class Stop:
    """A place on the way with what is to be looked at there."""

    household: Household | None
    tasks: Sequence[Task]


@dataclass(frozen=True, slots=True)
class Progress:
    """Of one part of the sample how many items there are, and at how many somebody looked."""

    part: str
    drawn: int
    looked: int


def progress(session: Session, audit: Audit) -> list[Progress]:
    """How far each part of the sample is, parts with nothing in them left out; one statement."""
    part = _part(audit)
    rows = session.execute(select(part, func.count(), func.count(AuditItem.result)).where(*_of(audit)).group_by(part))
    found = {row[0]: Progress(*row) for row in rows}
    return [found[name] for name in PARTS if name in found]


def stops(
    session: Session, audit: Audit, ties: Ties, part: str, wanted: Wanted, *, is_left_only: bool = False
) -> Page[Stop]:
    """One page of a part by group and number, goods by their code; a fixed number of statements."""
    here = [*_of(audit), _part(audit) == part]
    if is_left_only:
        here.append(AuditItem.result.is_(None))
    place = _place(part)
    found = select(place.label("id")).where(*here).distinct().subquery()
    total = session.scalar(select(func.count()).select_from(found)) or 0
    ids = session.scalars(_in_order(found, audit, part).limit(wanted.size).offset(wanted.offset)).all()
    these = select(AuditItem).where(*here, place.in_(ids)).order_by(AuditItem.kind != HOUSEHOLD, AuditItem.entry_seq)
    by_place: dict[UUID | None, list[Task]] = defaultdict(list)
    for task in audit_task.load(session, audit, ties, session.scalars(these).all()):
        by_place[task.item.reward_id if part == GOODS else task.item.household_id].append(task)
    rows = [Stop(by_place[id_][0].household, by_place[id_]) for id_ in ids]
    return Page(rows, wanted.number, wanted.size, total)


def one(session: Session, audit: Audit, ties: Ties, item_id: UUID) -> Task:
    """One item of the audit; NotFound for any other."""
    item = session.scalars(select(AuditItem).where(*_of(audit), AuditItem.id == item_id)).one_or_none()
    if item is None:
        raise NotFound(N_("这次审核没有抽到这一样。"))
    return audit_task.load(session, audit, ties, [item])[0]


def following(session: Session, audit: Audit, task: Task) -> UUID | None:
    """What to look at next: left at this place, else the first that is left on the way; None at the end. Three
    statements."""
    is_it = (*_of(audit), AuditItem.id == task.id)
    part = session.scalars(select(_part(audit)).where(*is_it)).one()
    row, place = (Reward, AuditItem.reward_id) if part == GOODS else (Household, AuditItem.household_id)
    left = (
        select(AuditItem.id)
        .join(row, and_(row.village_id == AuditItem.village_id, row.id == place))
        .where(*_of(audit), _part(audit) == part, AuditItem.result.is_(None), AuditItem.id != task.id)
        .limit(1)
    )
    within = (AuditItem.kind != HOUSEHOLD, AuditItem.entry_seq)
    here = left.where(place == (task.item.reward_id or task.item.household_id)).order_by(*within)
    return session.scalar(here) or session.scalar(left.order_by(*_lane(part), *within))


def _of(audit: Audit) -> list[ColumnElement[bool]]:
    return [AuditItem.village_id == audit.village_id, AuditItem.audit_id == audit.id]


def _place(part: str) -> Any:
    return AuditItem.reward_id if part == GOODS else AuditItem.household_id


def _part(audit: Audit) -> ColumnElement[str]:
    """Where an item is looked at: an entry of a household that is visited anyway is looked at there."""
    home = aliased(AuditItem)
    is_visited = exists().where(
        home.village_id == audit.village_id,
        home.audit_id == audit.id,
        home.kind == HOUSEHOLD,
        home.household_id == AuditItem.household_id,
    )
    return case((and_(AuditItem.kind == ENTRY, is_visited), literal(HOUSEHOLD)), else_=AuditItem.kind)


def _lane(part: str) -> tuple[ColumnElement[Any], ...]:
    if part == GOODS:
        return (Reward.code.asc(),)
    return Household.group_no.is_(None), Household.group_no.asc(), Household.number.asc()


def _in_order(found: Any, audit: Audit, part: str) -> Select[UUID]:
    row = Reward if part == GOODS else Household
    of_row = and_(row.village_id == audit.village_id, row.id == found.c.id)
    return select(row.id).join(found, of_row).order_by(*_lane(part))
