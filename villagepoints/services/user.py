"""Staff accounts: adding them, one-time sign-in links, passwords, signing in and out everywhere."""

import hashlib
import secrets
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from typing import NoReturn
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.orm import Session
from werkzeug.security import check_password_hash, generate_password_hash

from villagepoints.domain import user as rules
from villagepoints.domain.actor import ADMIN, Actor
from villagepoints.domain.errors import N_, BadInput, Conflict, NotAllowed, NotFound
from villagepoints.models import Household, SignInLink, User, Village
from villagepoints.services import activity, once, throttle, village
from villagepoints.services import household as households
from villagepoints.services.transaction import transaction

LINK_LIVES = timedelta(hours=24)
TRIES, PAUSE = 8, timedelta(minutes=15)


@dataclass(frozen=True, slots=True)
class SignedIn:
    """Who is signed in, as values that outlive the transaction they were read in."""

    village_id: UUID
    village_code: str
    user_id: UUID
    login_name: str
    name: str
    roles: frozenset[str]
    session_no: int
    has_password: bool

    @property
    def actor(self) -> Actor:
        """The actor to hand to services."""
        return Actor(self.village_id, user_id=self.user_id, roles=self.roles, name=self.name)


@dataclass(frozen=True, slots=True)
class Link:
    """A one-time link that is still good: whose it is."""

    name: str
    village_name: str


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
    """Add a staff account without a password and return its id.

    Raises BadInput for unusable names or roles, Conflict for a login name that is taken, NotFound for a household.
    """
    _check_may_manage(actor)
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
    user = User(
        village_id=actor.village_id,
        login_name=login_name,
        name=rules.check_name(name),
        roles=rules.check_roles(roles),
        household_id=_own_household(session, actor.village_id, household_number),
        created_at=now,
    )
    session.add(user)
    session.flush()
    detail = {"login_name": login_name, "roles": list(user.roles)}
    activity.record(session, actor, "user.added", now, subject=user.id, detail=detail)
    once.answer(session, actor.village_id, key, {"id": str(user.id)})
    return user.id


@transaction
def make_link(session: Session, actor: Actor, *, user_id: UUID, now: datetime, lives: timedelta = LINK_LIVES) -> str:
    """Make a one-time sign-in link for a user and return its token; links made earlier for the user die."""
    _check_may_manage(actor)
    user = session.get(User, (actor.village_id, user_id))
    if user is None or not user.is_active:
        raise NotFound(N_("没有这个人，或者他的账号停用了。"))
    code = session.scalars(select(Village.code).where(Village.id == actor.village_id)).one()
    session.execute(
        update(SignInLink)
        .where(SignInLink.village_id == actor.village_id, SignInLink.user_id == user_id, SignInLink.used_at.is_(None))
        .values(used_at=now)
    )
    secret = secrets.token_urlsafe(24)
    session.add(
        SignInLink(village_id=actor.village_id, user_id=user_id, token_sha256=_sha256(secret), expires_at=now + lives)
    )
    activity.record(session, actor, "user.link_made", now, subject=user_id)
    return f"{code}.{secret}"


def look_at_link(session: Session, token: str, now: datetime) -> Link:
    """Whose link it is, without using it up; NotFound for unknown, used and expired ones alike."""
    code, secret = _parts(token)
    row = session.execute(
        select(User.name, Village.name)
        .select_from(SignInLink)
        .join(Village, Village.id == SignInLink.village_id)
        .join(User, (User.village_id == SignInLink.village_id) & (User.id == SignInLink.user_id))
        .where(
            Village.code == code,
            SignInLink.token_sha256 == _sha256(secret),
            SignInLink.used_at.is_(None),
            SignInLink.expires_at > now,
            User.is_active,
        )
    ).one_or_none()
    return Link(*row) if row else _dead_link()


@transaction
def open_link(session: Session, token: str, now: datetime) -> SignedIn:
    """Use up a one-time link and return who is signed in by it; NotFound for unknown, used and expired ones alike."""
    code, secret = _parts(token)
    village_id = session.scalar(select(Village.id).where(Village.code == code))
    user_id = session.scalar(
        update(SignInLink)
        .where(
            SignInLink.village_id == village_id,
            SignInLink.token_sha256 == _sha256(secret),
            SignInLink.used_at.is_(None),
            SignInLink.expires_at > now,
        )
        .values(used_at=now)
        .returning(SignInLink.user_id)
    )
    if village_id is None or user_id is None:
        _dead_link()
    return _seen(session, village_id, user_id, now) or _dead_link()


def sign_in(session: Session, *, village_code: str, login_name: str, password: str, now: datetime) -> SignedIn:
    """Sign in by password; the try is counted in a transaction of its own before anything is hashed.

    Raises NotAllowed with the tries left, TooManyTries with the minutes to wait. It is not said which part was wrong.
    """
    village_id = session.scalar(select(Village.id).where(Village.code == village.known_form(village_code)))
    if village_id is None:
        check_password_hash(_no_password(), password)
        raise NotAllowed(N_("村代码、登录名或密码不对，请再核对一下。"))
    login_name = "".join(c for c in login_name.strip().lower()[:40] if c.isprintable())
    subject = f"user:{login_name}"
    left = throttle.claim(session, village_id, subject, TRIES, PAUSE, now)
    user = session.execute(
        select(User.id, User.password_hash).where(
            User.village_id == village_id, User.login_name == login_name, User.is_active
        )
    ).one_or_none()
    session.rollback()  # hashing takes long: hold no snapshot meanwhile
    right = check_password_hash((user and user.password_hash) or _no_password(), password)
    if user is None or user.password_hash is None or not right:
        raise NotAllowed(N_("村代码、登录名或密码不对，还可以试 %(left)s 次。"), left=left)
    throttle.forget(session, village_id, subject)
    return _sign_in(session, village_id, user.id, now)


def set_password(session: Session, signed_in: SignedIn, *, old: str, new: str, again: str, now: datetime) -> SignedIn:
    """Set the person's own password (at least 10 characters) and sign out their other sessions.

    Raises BadInput for a weak password or one typed differently twice, NotAllowed for a wrong old one.
    """
    if new != again:
        raise BadInput(N_("两次填的新密码不一样，密码没有改。"))
    rules.check_password(new, names=(signed_in.login_name, signed_in.name))
    subject = f"password:{signed_in.user_id}"
    left = throttle.claim(session, signed_in.village_id, subject, TRIES, PAUSE, now)
    owner = (User.village_id == signed_in.village_id, User.id == signed_in.user_id)
    kept = session.scalar(select(User.password_hash).where(*owner))
    session.rollback()  # hashing takes long: hold no snapshot and no lock meanwhile
    if kept is not None and not check_password_hash(kept, old):
        raise NotAllowed(N_("现在的密码不对，密码没有改。还可以试 %(left)s 次。"), left=left)
    throttle.forget(session, signed_in.village_id, subject)
    return _keep_password(session, signed_in, generate_password_hash(new, method="scrypt"), now)


@transaction
def sign_out_everywhere(session: Session, actor: Actor) -> None:
    """End every session of the person."""
    session.execute(
        update(User)
        .where(User.village_id == actor.village_id, User.id == actor.user_id)
        .values(session_no=User.session_no + 1)
    )


@transaction
def set_active(session: Session, actor: Actor, *, user_id: UUID, is_active: bool, key: str, now: datetime) -> None:
    """Close or reopen an account; closing ends its sessions. Raises NotAllowed for one's own."""
    _check_may_manage(actor)
    asked = {"act": "set_active", "user": user_id, "is_active": is_active}
    if once.claim(session, actor.village_id, key, asked, now) is not None:
        return
    user = session.get(User, (actor.village_id, user_id))
    if user is None:
        raise NotFound(N_("没有这个人。"))
    if user.id == actor.user_id:
        raise NotAllowed(N_("不能停用自己的账号，请另一位管理员来做。"))
    user.is_active = is_active
    user.session_no += 1
    activity.record(session, actor, "user.opened" if is_active else "user.closed", now, subject=user_id)
    once.answer(session, actor.village_id, key, {"done": True})


def find(session: Session, village_id: UUID, user_id: UUID, session_no: int) -> SignedIn | None:
    """Who a session belongs to; None if the account is closed or was signed out everywhere since."""
    row = session.execute(
        select(User, Village.code)
        .join(Village, Village.id == User.village_id)
        .where(User.village_id == village_id, User.id == user_id, User.session_no == session_no, User.is_active)
    ).one_or_none()
    return _signed_in(row[0], row[1]) if row else None


def list_users(session: Session, village_id: UUID) -> Sequence[UserRow]:
    """The village's staff accounts, the active ones first, by login name."""
    rows = session.execute(
        select(User, Household.number)
        .outerjoin(Household, (Household.village_id == User.village_id) & (Household.id == User.household_id))
        .where(User.village_id == village_id)
        .order_by(User.is_active.desc(), User.login_name)
    )
    return [
        UserRow(
            user.id,
            user.name,
            user.login_name,
            tuple(user.roles),
            number,
            user.password_hash is not None,
            user.is_active,
            user.last_seen_at,
        )
        for user, number in rows
    ]


def _check_may_manage(actor: Actor) -> None:
    """A command (no user) may; of the staff only administrators."""
    if actor.household_id is not None or (actor.user_id is not None and not actor.is_any(ADMIN)):
        raise NotAllowed(N_("人员账号由管理员来办。"))


def _own_household(session: Session, village_id: UUID, number: str) -> UUID | None:
    return households.by_number(session, village_id, number).id if number.strip() else None


@transaction
def _keep_password(session: Session, signed_in: SignedIn, password_hash: str, now: datetime) -> SignedIn:
    user = session.get_one(User, (signed_in.village_id, signed_in.user_id))
    user.password_hash = password_hash
    user.session_no += 1
    activity.record(session, signed_in.actor, "user.password_set", now, subject=user.id)
    session.flush()
    return _signed_in(user, signed_in.village_code)


@transaction
def _sign_in(session: Session, village_id: UUID, user_id: UUID, now: datetime) -> SignedIn:
    return _seen(session, village_id, user_id, now) or _dead_link()


def _seen(session: Session, village_id: UUID, user_id: UUID, now: datetime) -> SignedIn | None:
    user = session.get(User, (village_id, user_id))
    if user is None or not user.is_active:
        return None
    user.last_seen_at = now
    code = session.scalars(select(Village.code).where(Village.id == village_id)).one()
    return _signed_in(user, code)


def _signed_in(user: User, village_code: str) -> SignedIn:
    return SignedIn(
        user.village_id,
        village_code,
        user.id,
        user.login_name,
        user.name,
        frozenset(user.roles),
        user.session_no,
        user.password_hash is not None,
    )


def _parts(token: str) -> tuple[str, str]:
    code, _dot, secret = token.partition(".")
    return village.known_form(code), secret


def _dead_link() -> NoReturn:
    raise NotFound(N_("这条链接用过了，或者过期了。请村里的管理员再给一条。"))


def _sha256(secret: str) -> bytes:
    return hashlib.sha256(secret.encode()).digest()


@cache
def _no_password() -> str:
    """A hash that nothing matches, so that an unknown name takes as long as a wrong password."""
    return generate_password_hash(secrets.token_urlsafe(24), method="scrypt")
