"""What a village asks of its staff accounts: second factors of who approves, a look each quarter at unused ones."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from villagepoints.domain import user as rules
from villagepoints.domain.actor import Actor
from villagepoints.domain.calendar import period, village_date
from villagepoints.domain.errors import N_, NotAllowed
from villagepoints.models import SecondFactor, StaffRule, User, Village
from villagepoints.services import activity, once, role
from villagepoints.services.transaction import transaction


@dataclass(frozen=True, slots=True)
class Unused:
    """An account that nobody has used for long."""

    id: UUID
    name: str
    login_name: str
    roles: tuple[str, ...]
    since: datetime  # when it was used last, or made
    was_used: bool


def of_village(session: Session, village_id: UUID) -> StaffRule:
    """The village's rule, or the one it begins with: asked for, not forced, never looked through."""
    return session.get(StaffRule, (village_id,)) or StaffRule(village_id=village_id)


def check_may_approve(session: Session, actor: Actor, today: date) -> None:
    """Refuse an approval of somebody without a second factor where the village demands one: NotAllowed."""
    begins = session.scalar(
        select(StaffRule.second_factor_from).where(
            StaffRule.village_id == actor.village_id, StaffRule.second_factor_from <= today, ~_factor_of(actor).exists()
        )
    )
    if begins is not None:
        raise NotAllowed(
            N_("村里定了：要先开动态码才能审核、答复、定办法、管账号。没有办。请到「我的账号」里开好再来。")
        )


def lacks_factor(session: Session, actor: Actor) -> bool:
    """Whether somebody has no second factor that counts; one statement."""
    return session.scalar(_factor_of(actor)) is None


@transaction
def demand_second_factor(session: Session, actor: Actor, *, is_on: bool, key: str, now: datetime) -> None:
    """Demand a second factor of everybody who approves, 14 days from now, or only ask for it."""
    role.check_may_manage(actor)
    if once.claim(session, actor.village_id, key, {"act": "demand_factor", "on": is_on}, now) is not None:
        return
    rule = _rule(session, actor.village_id)
    # demanded once more it is no later: else whoever puts it off could demand it again every other week
    begins = (rule.second_factor_from or village_date(now) + rules.ENROL_WITHIN) if is_on else None
    rule.second_factor_from = begins
    activity.record(session, actor, "village.second_factor", now, detail={"on": is_on, "from": begins})
    once.answer(session, actor.village_id, key, {})


def unused(session: Session, village_id: UUID, now: datetime) -> Sequence[Unused]:
    """The open accounts that nobody has used for 90 days, the longest first."""
    since = func.coalesce(User.last_seen_at, User.created_at)
    rows = session.scalars(
        select(User)
        .where(User.village_id == village_id, User.is_active, since <= now - rules.UNUSED_AFTER)
        .order_by(since, User.login_name)
    )
    return [
        Unused(
            user.id,
            user.name,
            user.login_name,
            tuple(user.roles),
            user.last_seen_at or user.created_at,
            user.last_seen_at is not None,
        )
        for user in rows
    ]


def look_is_due(session: Session, village_id: UUID, today: date) -> bool:
    """Whether nobody has looked the accounts through this quarter; a village begun in it has time until the next."""
    begins = period("quarter", today)[0]
    made_at = session.scalars(select(Village.created_at).where(Village.id == village_id)).one()
    looked_on = of_village(session, village_id).looked_through_on or village_date(made_at)
    return looked_on < begins


@transaction
def look_through(session: Session, actor: Actor, *, key: str, now: datetime) -> None:
    """Note that an administrator looked the unused accounts through: who did, when, and how many were left open."""
    role.check_may_manage(actor)
    if once.claim(session, actor.village_id, key, {"act": "look_through", "by": actor.user_id}, now) is not None:
        return
    left = unused(session, actor.village_id, now)
    _rule(session, actor.village_id).looked_through_on = village_date(now)
    detail = {"accounts": [row.login_name for row in left]}
    activity.record(session, actor, "user.looked_through", now, detail=detail)
    once.answer(session, actor.village_id, key, {})


def _rule(session: Session, village_id: UUID) -> StaffRule:
    """The village's row, made at the first need; the village is locked, so two make one."""
    session.execute(select(Village.id).where(Village.id == village_id).with_for_update(key_share=True))
    rule = session.get(StaffRule, (village_id,))
    if rule is None:
        rule = StaffRule(village_id=village_id)
        session.add(rule)
    return rule


def _factor_of(actor: Actor) -> Select[UUID]:
    return select(SecondFactor.user_id).where(
        SecondFactor.village_id == actor.village_id,
        SecondFactor.user_id == actor.user_id,
        SecondFactor.confirmed_at.is_not(None),
    )
