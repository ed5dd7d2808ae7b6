"""Households of close relatives, declared by members of staff: they do not handle their points."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import and_, func, select
from sqlalchemy.orm import Session

from villagepoints.domain.actor import ADMIN, Actor
from villagepoints.domain.errors import N_, Conflict, NotAllowed, NotFound
from villagepoints.domain.user import check_relation
from villagepoints.models import Household, Relative, User
from villagepoints.services import activity, once
from villagepoints.services import household as households
from villagepoints.services.transaction import transaction


@dataclass(frozen=True, slots=True)
class RelativeRow:
    """A declared household: whose it is, how they are related, since when."""

    household_id: UUID
    number: str
    head_name: str
    relation: str
    declared_at: datetime


@transaction
def declare(
    session: Session, actor: Actor, *, user_id: UUID, number: str, relation: str, key: str, now: datetime
) -> None:
    """Declare a household of close relatives, one's own or as an administrator for others.

    Raises NotAllowed for other people's, BadInput for an unknown relation, Conflict for a household that is declared
    already or the person's own, NotFound.
    """
    asked = {"act": "declare", "user": user_id, "number": number, "relation": relation}
    if once.claim(session, actor.village_id, key, asked, now) is not None:
        return
    user = person(session, actor, user_id)
    household = households.by_number(session, actor.village_id, number)
    if household.id == user.household_id:
        raise Conflict(N_("户号 %(number)s 就是本人家，本来就要回避，不用再报。"), number=household.number)
    if session.get(Relative, (actor.village_id, user_id, household.id)) is not None:
        raise Conflict(N_("户号 %(number)s 已经报过了，没有再记。"), number=household.number)
    kept = Relative(village_id=actor.village_id, user_id=user_id, household_id=household.id)
    kept.relation, kept.declared_by, kept.declared_at = check_relation(relation), actor.user_id, now
    session.add(kept)
    session.flush()
    detail = {"household": household.id, "relation": relation}
    activity.record(session, actor, "relative.declared", now, subject=user_id, detail=detail)
    once.answer(session, actor.village_id, key, {})


@transaction
def remove(session: Session, actor: Actor, *, user_id: UUID, household_id: UUID, key: str, now: datetime) -> None:
    """Take back a declaration that was wrong; an administrator does, never for themselves (NotAllowed)."""
    asked = {"act": "remove_relative", "user": user_id, "household": household_id}
    if once.claim(session, actor.village_id, key, asked, now) is not None:
        return
    if not may_remove(actor, user_id):
        raise NotAllowed(N_("报过的亲属只能由另一位管理员来去掉，免得自己给自己解除回避。没有动。"))
    row = session.get(Relative, (actor.village_id, user_id, household_id))
    if row is None:
        raise NotFound(N_("没有报过这一户。"))
    detail = {"household": household_id, "relation": row.relation}
    session.delete(row)
    session.flush()
    activity.record(session, actor, "relative.removed", now, subject=user_id, detail=detail)
    once.answer(session, actor.village_id, key, {})


def may_remove(actor: Actor, user_id: UUID) -> bool:
    """Whether the actor may take back a declaration of that person."""
    return actor.is_any(ADMIN) and actor.user_id != user_id


def person(session: Session, actor: Actor, user_id: UUID) -> User:
    """The member of staff whose relatives the actor may see and declare; NotAllowed or NotFound otherwise."""
    if actor.user_id != user_id and not actor.is_any(ADMIN):
        raise NotAllowed(N_("只能报自己的亲属；别人的由本人或管理员来报。"))
    user = session.get(User, (actor.village_id, user_id))
    if user is None:
        raise NotFound(N_("没有这个人。"))
    return user


def of_user(session: Session, village_id: UUID, user_id: UUID) -> Sequence[RelativeRow]:
    """The households that somebody declared, by number; one statement."""
    of_household = and_(Household.village_id == Relative.village_id, Household.id == Relative.household_id)
    rows = session.execute(
        select(Household.id, Household.number, Household.head_name, Relative.relation, Relative.declared_at)
        .join(Relative, of_household)
        .where(Relative.village_id == village_id, Relative.user_id == user_id)
        .order_by(Household.number)
    )
    return [RelativeRow(*row) for row in rows]


def counts(session: Session, village_id: UUID) -> dict[UUID, int]:
    """How many households each member of staff declared; one statement."""
    statement = select(Relative.user_id, func.count()).where(Relative.village_id == village_id)
    return dict(session.execute(statement.group_by(Relative.user_id)).all())
