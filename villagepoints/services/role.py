"""Who may do what at the desk: roles are changed by administrators, some of them by two, never one's own."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.orm import Session, aliased

from villagepoints.domain import user as rules
from villagepoints.domain.actor import ADMIN, Actor
from villagepoints.domain.errors import N_, Conflict, NotAllowed, NotFound
from villagepoints.models import RoleChange, User, Village
from villagepoints.services import activity, once
from villagepoints.services.transaction import transaction


@dataclass(frozen=True, slots=True)
class Waiting:
    """Roles that an administrator asked for somebody and another has to agree to."""

    id: UUID
    user_id: UUID
    name: str
    before: tuple[str, ...]
    after: tuple[str, ...]
    asked_by: UUID
    asked_by_name: str
    asked_at: datetime


@transaction
def change(session: Session, actor: Actor, *, user_id: UUID, roles: Collection[str], key: str, now: datetime) -> bool:
    """Give somebody other roles; False if they wait for another administrator, in place of what waited before.

    Raises NotAllowed for one's own and for the last administrator's, BadInput for unusable roles, Conflict where
    nothing would change, NotFound.
    """
    check_may_manage(actor)
    asked = {"act": "change_roles", "user": user_id, "roles": sorted(roles)}
    if (earlier := once.claim(session, actor.village_id, key, asked, now)) is not None:
        return bool(earlier["done"])
    user = load(session, actor, user_id)
    if user.id == actor.user_id:
        raise NotAllowed(N_("自己的角色要请另一位管理员来改。没有动。"))
    wanted = rules.check_roles(roles)
    rules.check_no_supervisor(user.roles, wanted)
    if wanted == list(user.roles):
        raise Conflict(N_("角色和原来一样，没有改。")).at("roles")
    keep_an_admin(session, user, wanted)
    asked_of_two = by_two(session, actor, user.roles, wanted)
    if asked_of_two:
        ask(session, actor, user, wanted, now)
    else:
        _give(session, actor, user, wanted, now)
    once.answer(session, actor.village_id, key, {"done": not asked_of_two})
    return not asked_of_two


@transaction
def decide(session: Session, actor: Actor, *, change_id: UUID, agrees: bool, key: str, now: datetime) -> None:
    """Agree to roles that another administrator asked for, or refuse them.

    Raises NotAllowed for who asked and for whom they are, Conflict where they were decided already, NotFound.
    """
    check_may_manage(actor)
    asked = {"act": "decide_roles", "change": change_id, "agrees": agrees}
    if once.claim(session, actor.village_id, key, asked, now) is not None:
        return
    wanted = session.get(RoleChange, (actor.village_id, change_id), with_for_update=True)
    if wanted is None:
        raise NotFound(N_("没有这一条。"))
    if wanted.status != "waiting":
        raise Conflict(N_("这一条已经定过了，没有再改。"))
    if agrees and actor.user_id in (wanted.asked_by, wanted.user_id):
        raise NotAllowed(N_("要请另一位管理员来同意：提的人和本人都不能自己同意。没有动。"))
    wanted.status, wanted.decided_by, wanted.decided_at = "agreed" if agrees else "refused", actor.user_id, now
    user = load(session, actor, wanted.user_id)
    if agrees:
        keep_an_admin(session, user, wanted.roles)
        _give(session, actor, user, rules.check_roles(wanted.roles), now)
    else:
        activity.record(session, actor, "user.roles_refused", now, subject=user.id, detail={"after": wanted.roles})
    once.answer(session, actor.village_id, key, {})


def waiting(session: Session, village_id: UUID) -> Sequence[Waiting]:
    """Roles that wait for another administrator, the oldest first."""
    asker, person = aliased(User), aliased(User)
    rows = session.execute(
        select(RoleChange, person.name, person.roles, asker.name)
        .join(person, (person.village_id == RoleChange.village_id) & (person.id == RoleChange.user_id))
        .join(asker, (asker.village_id == RoleChange.village_id) & (asker.id == RoleChange.asked_by))
        .where(RoleChange.village_id == village_id, RoleChange.status == "waiting")
        .order_by(RoleChange.asked_at)
    )
    return [
        Waiting(
            change.id, change.user_id, name, tuple(before), tuple(change.roles), change.asked_by, asker, change.asked_at
        )
        for change, name, before, asker in rows
    ]


def check_may_manage(actor: Actor) -> None:
    """A command (no user) may; of the staff only administrators."""
    if actor.household_id is not None or (actor.user_id is not None and not actor.is_any(ADMIN)):
        raise NotAllowed(N_("人员账号由管理员来办。"))


def load(session: Session, actor: Actor, user_id: UUID) -> User:
    """Somebody of the village's staff; NotFound."""
    user = session.get(User, (actor.village_id, user_id))
    if user is None:
        raise NotFound(N_("没有这个人。"))
    return user


def _admins(session: Session, village_id: UUID) -> set[UUID]:
    """The administrators who can act, the village locked: two who stop each other at once leave one."""
    session.execute(select(Village.id).where(Village.id == village_id).with_for_update(key_share=True))
    rows = session.execute(select(User.id, User.roles).where(User.village_id == village_id, User.is_active))
    return {id_ for id_, roles in rows if ADMIN in rules.effective(roles)}


def keep_an_admin(session: Session, user: User, roles: Collection[str]) -> None:
    """Refuse to leave the village without an administrator: NotAllowed."""
    if ADMIN in user.roles and ADMIN not in roles and _admins(session, user.village_id) == {user.id}:
        raise NotAllowed(N_("村里只剩这一位管理员，停了就没有人管账号了。没有动。请先加一位管理员。"))


def by_two(session: Session, actor: Actor, before: Collection[str], after: Collection[str]) -> frozenset[str]:
    """The roles that wait for another administrator; NotAllowed where there is none. A command gives them alone."""
    if actor.user_id is None:
        return frozenset()
    asked = rules.needs_second(before, after)
    if asked and not _admins(session, actor.village_id) - {actor.user_id}:
        raise NotAllowed(
            N_(
                "「审核人」「管理员」要两位管理员一起给，村里现在只有一位，没有给。"
                "请装系统的人在服务器上加一位管理员（villagepoints user add），再由两位一起给。"
            )
        ).at("roles")
    return asked


def ask(session: Session, actor: Actor, user: User, wanted: list[str], now: datetime) -> None:
    """Let roles wait for another administrator, in place of what waited for that person before."""
    assert actor.user_id is not None
    session.execute(
        update(RoleChange)
        .where(
            RoleChange.village_id == actor.village_id,
            RoleChange.user_id == user.id,
            RoleChange.status == "waiting",
        )
        .values(status="refused", decided_by=actor.user_id, decided_at=now)
    )
    session.add(
        RoleChange(
            village_id=actor.village_id,
            user_id=user.id,
            roles=wanted,
            status="waiting",
            asked_by=actor.user_id,
            asked_at=now,
        )
    )
    detail = {"before": list(user.roles), "after": wanted}
    activity.record(session, actor, "user.roles_asked", now, subject=user.id, detail=detail)


def _give(session: Session, actor: Actor, user: User, wanted: list[str], now: datetime) -> None:
    detail = {"before": list(user.roles), "after": wanted}
    user.roles = wanted
    activity.record(session, actor, "user.roles_changed", now, subject=user.id, detail=detail)
