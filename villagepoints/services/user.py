"""Staff accounts: adding them, one-time sign-in links, roles that two administrators give, stopping and starting."""

import secrets
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import Select, false, func, select, update
from sqlalchemy.orm import Session

from villagepoints.domain import user as rules
from villagepoints.domain.actor import Actor
from villagepoints.domain.errors import N_, Conflict, NotAllowed, NotFound
from villagepoints.models import Household, SecondFactor, SignInLink, StaffDevice, User, Village
from villagepoints.services import activity, once, role
from villagepoints.services import household as households
from villagepoints.services.signing_in import sha256
from villagepoints.services.transaction import transaction

LINK_LIVES = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class UserRow:
    """A line of the list of staff."""

    id: UUID
    name: str
    login_name: str
    roles: tuple[str, ...]
    household: str | None
    has_password: bool
    is_active: bool
    last_seen_at: datetime | None
    has_factor: bool
    link_until: datetime | None  # of a sign-in link that nobody has used yet

    @property
    def idle_roles(self) -> frozenset[str]:
        """Roles that do not count beside the others of the account."""
        return frozenset(self.roles) - rules.effective(self.roles)


@transaction
def add_user(
    session: Session,
    actor: Actor,
    *,
    login_name: str,
    name: str,
    roles: Collection[str],
    household_number: str = "",
    key: str,
    now: datetime,
) -> UUID:
    """Add a staff account without a password and return its id; roles that two give wait for another administrator.

    Raises BadInput for unusable names or roles, Conflict for a login name that is taken, NotFound for a household,
    NotAllowed where the only administrator gives roles that two have to give.
    """
    role.check_may_manage(actor)
    asked = {
        "act": "add_user",
        "login_name": login_name,
        "name": name,
        "roles": sorted(roles),
        "household": household_number,
    }
    if (earlier := once.claim(session, actor.village_id, key, asked, now)) is not None:
        return UUID(earlier["id"])
    login_name = rules.check_login_name(login_name)
    taken = session.scalar(select(User.id).where(User.village_id == actor.village_id, User.login_name == login_name))
    if taken is not None:
        raise Conflict(N_("登录名「%(login)s」已经有人用了，请换一个。"), login=login_name)
    wanted = rules.check_roles(roles)
    rules.check_no_supervisor((), wanted)
    by_two = role.by_two(session, actor, (), wanted)
    user = User(
        village_id=actor.village_id,
        login_name=login_name,
        name=rules.check_name(name),
        roles=[word for word in wanted if word not in by_two],
        household_id=_own_household(session, actor.village_id, household_number),
        created_at=now,
    )
    session.add(user)
    session.flush()
    detail = {"login_name": login_name, "roles": list(user.roles)}
    activity.record(session, actor, "user.added", now, subject=user.id, detail=detail)
    if by_two:
        role.ask(session, actor, user, wanted, now)
    once.answer(session, actor.village_id, key, {"id": str(user.id)})
    return user.id


@transaction
def make_link(session: Session, actor: Actor, *, user_id: UUID, now: datetime, lives: timedelta = LINK_LIVES) -> str:
    """Make a one-time sign-in link for a user and return its token; links made earlier for the user die."""
    role.check_may_manage(actor)
    user = session.get(User, (actor.village_id, user_id))
    if user is None or not user.is_active:
        raise NotFound(N_("没有这个人，或者他的账号停用了。"))
    code = session.scalars(select(Village.code).where(Village.id == actor.village_id)).one()
    _end_links(session, actor.village_id, user_id, now)
    secret = secrets.token_urlsafe(24)
    session.add(
        SignInLink(village_id=actor.village_id, user_id=user_id, token_sha256=sha256(secret), expires_at=now + lives)
    )
    activity.record(session, actor, "user.link_made", now, subject=user_id)
    return f"{code}.{secret}"


@transaction
def withdraw_link(session: Session, actor: Actor, *, user_id: UUID, key: str, now: datetime) -> None:
    """Take back somebody's sign-in link that was not used yet; Conflict where there is none, NotFound."""
    role.check_may_manage(actor)
    if once.claim(session, actor.village_id, key, {"act": "withdraw_link", "user": user_id}, now) is not None:
        return
    role.load(session, actor, user_id)
    if not _end_links(session, actor.village_id, user_id, now):
        raise Conflict(N_("没有还能用的登录链接：用过了，或者过期了。"))
    activity.record(session, actor, "user.link_withdrawn", now, subject=user_id)
    once.answer(session, actor.village_id, key, {})


@transaction
def set_active(session: Session, actor: Actor, *, user_id: UUID, is_active: bool, key: str, now: datetime) -> None:
    """Close or reopen an account; closing ends its sessions, reopening leaves out roles that two administrators give.

    Raises NotAllowed for one's own and for the last administrator's.
    """
    role.check_may_manage(actor)
    asked = {"act": "set_active", "user": user_id, "is_active": is_active}
    if once.claim(session, actor.village_id, key, asked, now) is not None:
        return
    user = role.load(session, actor, user_id)
    if user.id == actor.user_id:
        raise NotAllowed(N_("不能停用自己的账号，请另一位管理员来做。"))
    if not is_active:
        role.keep_an_admin(session, user, ())
        _end_links(session, actor.village_id, user_id, now)
        _end_devices(session, user, now)
    elif not user.is_active and actor.user_id is not None:
        user.roles = [word for word in user.roles if word not in rules.BY_TWO]
    user.is_active = is_active
    user.session_no += 1
    detail = {"roles": list(user.roles)} if is_active else {}
    activity.record(session, actor, "user.opened" if is_active else "user.closed", now, subject=user_id, detail=detail)
    once.answer(session, actor.village_id, key, {"done": True})


def list_users(session: Session, village_id: UUID, now: datetime | None = None) -> Sequence[UserRow]:
    """The village's staff accounts, the active ones first, by login name; links that are good at `now` are told."""
    statement = _rows(village_id, now).order_by(User.is_active.desc(), User.login_name)
    return [_row(*row) for row in session.execute(statement)]


def one(session: Session, village_id: UUID, user_id: UUID, now: datetime) -> UserRow:
    """One of them; NotFound."""
    row = session.execute(_rows(village_id, now).where(User.id == user_id)).one_or_none()
    if row is None:
        raise NotFound(N_("没有这个人。"))
    return _row(*row)


def _rows(village_id: UUID, now: datetime | None) -> Select[User, str | None, datetime | None, datetime | None]:
    of_user = (SignInLink.village_id == User.village_id, SignInLink.user_id == User.id)
    good = (SignInLink.used_at.is_(None), SignInLink.expires_at > now) if now else (false(),)
    until = select(func.max(SignInLink.expires_at)).where(*of_user, *good).scalar_subquery()
    return (
        select(User, Household.number, SecondFactor.confirmed_at, until)
        .outerjoin(Household, (Household.village_id == User.village_id) & (Household.id == User.household_id))
        .outerjoin(SecondFactor, (SecondFactor.village_id == User.village_id) & (SecondFactor.user_id == User.id))
        .where(User.village_id == village_id)
    )


def _row(user: User, number: str | None, confirmed_at: datetime | None, link_until: datetime | None) -> UserRow:
    return UserRow(
        user.id,
        user.name,
        user.login_name,
        tuple(user.roles),
        number,
        user.password_hash is not None,
        user.is_active,
        user.last_seen_at,
        confirmed_at is not None,
        link_until,
    )


def _end_links(session: Session, village_id: UUID, user_id: UUID, now: datetime) -> bool:
    """Let links that nobody used die; whether there was one that could have been used."""
    ended = session.scalars(
        update(SignInLink)
        .where(SignInLink.village_id == village_id, SignInLink.user_id == user_id, SignInLink.used_at.is_(None))
        .values(used_at=now)
        .returning(SignInLink.expires_at)
    ).all()
    return any(expires_at > now for expires_at in ended)


def _end_devices(session: Session, user: User, now: datetime) -> None:
    session.execute(
        update(StaffDevice)
        .where(
            StaffDevice.village_id == user.village_id, StaffDevice.user_id == user.id, StaffDevice.ended_at.is_(None)
        )
        .values(ended_at=now)
    )


def _own_household(session: Session, village_id: UUID, number: str) -> UUID | None:
    return households.by_number(session, village_id, number).id if number.strip() else None
