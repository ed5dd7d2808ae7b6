"""The members of the supervision group and their terms."""

from collections.abc import Sequence
from datetime import date
from uuid import UUID

from sqlalchemy import ColumnElement, and_, not_, select
from sqlalchemy.orm import Session

from villagepoints.domain.actor import Actor
from villagepoints.domain.errors import N_, NotAllowed
from villagepoints.models import Supervisor


def serving(on: date) -> ColumnElement[bool]:
    """Whose term runs on a village date."""
    is_left = and_(Supervisor.ended_on.is_not(None), Supervisor.ended_on <= on)
    return and_(Supervisor.from_on <= on, Supervisor.until_on >= on, not_(is_left))


def current(session: Session, actor: Actor, today: date) -> Supervisor:
    """The actor's own running term; NotAllowed where they have none."""
    found = session.scalars(
        select(Supervisor)
        .where(Supervisor.village_id == actor.village_id, Supervisor.user_id == actor.user_id, serving(today))
        .order_by(Supervisor.from_on.desc())
        .limit(1)
    ).one_or_none()
    if found is None:
        raise NotAllowed(N_("你现在不在监督小组的任期里，不能办这件事。任期由村里登记，请找管理员。"))
    return found


def members(session: Session, village_id: UUID, today: date) -> Sequence[Supervisor]:
    """Everybody whose term runs today."""
    return session.scalars(
        select(Supervisor).where(Supervisor.village_id == village_id, serving(today)).order_by(Supervisor.appointed_at)
    ).all()
