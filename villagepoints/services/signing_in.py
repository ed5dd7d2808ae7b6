"""Signing in to the desk and out again: one-time links, passwords, second factors, and the devices that stay in."""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from typing import NoReturn
from uuid import UUID

from sqlalchemy import ColumnElement, select, update
from sqlalchemy.orm import Session
from werkzeug.security import check_password_hash, generate_password_hash

from villagepoints.domain import user as rules
from villagepoints.domain.errors import N_, BadInput, NotAllowed, NotFound
from villagepoints.models import SecondFactor, SignInLink, StaffDevice, User, Village
from villagepoints.services import activity, second_factor, throttle, village
from villagepoints.services.staff_device import SignedIn, arrive, ending
from villagepoints.services.transaction import transaction

TRIES, PAUSE = 8, timedelta(minutes=15)


@dataclass(frozen=True, slots=True)
class Caller:
    """What somebody who signs in brings along: the code of their second factor, and how their device is called."""

    code: str = ""
    factor_key: bytes = b""
    device: str = ""


@dataclass(frozen=True, slots=True)
class Link:
    """A one-time link that is still good: whose it is, and whether it asks for the code of a second factor."""

    name: str
    village_name: str
    asks_code: bool


@dataclass(frozen=True, slots=True)
class _Known:
    """What is known of somebody who wants in."""

    user_id: UUID
    password_hash: str | None
    factor: SecondFactor | None


def look_at_link(session: Session, token: str, now: datetime) -> Link:
    """Whose link it is, without using it up; NotFound for unknown, used and expired ones alike."""
    code, secret = _parts(token)
    row = session.execute(
        select(User.name, Village.name, SecondFactor.confirmed_at)
        .select_from(SignInLink)
        .join(Village, Village.id == SignInLink.village_id)
        .join(User, (User.village_id == SignInLink.village_id) & (User.id == SignInLink.user_id))
        .outerjoin(SecondFactor, (SecondFactor.village_id == User.village_id) & (SecondFactor.user_id == User.id))
        .where(
            Village.code == code,
            SignInLink.token_sha256 == sha256(secret),
            SignInLink.used_at.is_(None),
            SignInLink.expires_at > now,
            User.is_active,
        )
    ).one_or_none()
    return Link(row[0], row[1], row[2] is not None) if row else _dead_link()


def open_link(session: Session, token: str, now: datetime, caller: Caller | None = None) -> SignedIn:
    """Use up a one-time link and return who is signed in by it; NotFound for unknown, used and expired ones alike.

    Where the person has a second factor, its code is asked for first and the link stays good while it is wrong:
    NotAllowed with the tries left, TooManyTries.
    """
    caller = caller or Caller()
    code, secret = _parts(token)
    row = session.execute(
        select(SignInLink.village_id, SignInLink.user_id)
        .join(Village, Village.id == SignInLink.village_id)
        .where(Village.code == code, SignInLink.token_sha256 == sha256(secret), SignInLink.used_at.is_(None))
    ).one_or_none()
    if row is None:
        _dead_link()
    known = _known(session, row.village_id, User.id == row.user_id) or _dead_link()
    if known.factor is None:
        return _open_link(session, row.village_id, row.user_id, secret, None, caller, now)
    subject = f"factor:{row.user_id}"
    left = throttle.claim(session, row.village_id, subject, TRIES, PAUSE, now)
    proof = second_factor.proof_of(caller.factor_key, known.factor, caller.code, now)
    if proof is None:
        raise NotAllowed(N_("动态码不对，还可以试 %(left)s 次。链接还能用。"), left=left)
    signed_in = _open_link(session, row.village_id, row.user_id, secret, proof, caller, now)
    throttle.forget(session, row.village_id, subject)
    return signed_in


@transaction
def _open_link(
    session: Session,
    village_id: UUID,
    user_id: UUID,
    secret: str,
    proof: second_factor.Proof | None,
    caller: Caller,
    now: datetime,
) -> SignedIn:
    opened = session.scalar(
        update(SignInLink)
        .where(
            SignInLink.village_id == village_id,
            SignInLink.token_sha256 == sha256(secret),
            SignInLink.used_at.is_(None),
            SignInLink.expires_at > now,
        )
        .values(used_at=now)
        .returning(SignInLink.user_id)
    )
    if opened is None:
        _dead_link()
    if proof is not None and not second_factor.spend(session, village_id, user_id, proof):
        raise NotAllowed(N_("这个动态码用过了，请等手机上换一个数再试。链接还能用。"))
    return arrive(session, village_id, user_id, caller.device, now) or _dead_link()


def sign_in(
    session: Session,
    *,
    village_code: str,
    login_name: str,
    password: str,
    now: datetime,
    caller: Caller | None = None,
) -> SignedIn:
    """Sign in by password and, where the person has one, second factor; the try is counted in a transaction of its own
    before anything is looked at.

    Raises NotAllowed with the tries left, TooManyTries with the minutes to wait. It is not said which part was wrong.
    """
    caller = caller or Caller()
    village_id = session.scalar(select(Village.id).where(Village.code == village.known_form(village_code)))
    if village_id is None:
        check_password_hash(_no_password(), password)
        raise NotAllowed(N_("村代码、登录名、密码或动态码不对，请再核对一下。"))
    login_name = "".join(c for c in login_name.strip().lower()[:40] if c.isprintable())
    subject = f"user:{login_name}"
    left = throttle.claim(session, village_id, subject, TRIES, PAUSE, now)
    known = _known(session, village_id, User.login_name == login_name)
    factor = known.factor if known else None
    proof = second_factor.proof_of(caller.factor_key, factor, caller.code, now) if factor else None
    session.rollback()  # hashing takes long: hold no snapshot meanwhile
    right = check_password_hash((known and known.password_hash) or _no_password(), password)
    wrong = NotAllowed(N_("村代码、登录名、密码或动态码不对，还可以试 %(left)s 次。"), left=left)
    if known is None or known.password_hash is None or not right or (factor and proof is None):
        raise wrong
    signed_in = _sign_in(session, village_id, known.user_id, proof, caller, wrong, now)
    throttle.forget(session, village_id, subject)
    return signed_in


@transaction
def _sign_in(
    session: Session,
    village_id: UUID,
    user_id: UUID,
    proof: second_factor.Proof | None,
    caller: Caller,
    wrong: NotAllowed,
    now: datetime,
) -> SignedIn:
    if proof is not None and not second_factor.spend(session, village_id, user_id, proof):
        raise wrong
    return arrive(session, village_id, user_id, caller.device, now) or _dead_link()


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
def _keep_password(session: Session, signed_in: SignedIn, password_hash: str, now: datetime) -> SignedIn:
    user = session.get_one(User, (signed_in.village_id, signed_in.user_id))
    user.password_hash = password_hash
    user.session_no += 1
    session.execute(ending(signed_in.actor, now).where(StaffDevice.id != signed_in.device_id))
    activity.record(session, signed_in.actor, "user.password_set", now, subject=user.id)
    session.flush()
    return SignedIn.of(user, signed_in.village_code, signed_in.device_id, now)


def sha256(secret: str) -> bytes:
    """What is kept of a link's token."""
    return hashlib.sha256(secret.encode()).digest()


def _known(session: Session, village_id: UUID, condition: ColumnElement[bool]) -> _Known | None:
    row = session.execute(
        select(User.id, User.password_hash, SecondFactor)
        .outerjoin(
            SecondFactor,
            (SecondFactor.village_id == User.village_id)
            & (SecondFactor.user_id == User.id)
            & SecondFactor.confirmed_at.is_not(None),
        )
        .where(User.village_id == village_id, condition, User.is_active)
    ).one_or_none()
    if row is None:
        return None
    if row[2] is not None:
        session.expunge(row[2])  # read again, and locked, when it is used up
    return _Known(*row)


def _parts(token: str) -> tuple[str, str]:
    code, _dot, secret = token.partition(".")
    return village.known_form(code), secret


def _dead_link() -> NoReturn:
    raise NotFound(N_("这条链接用过了，或者过期了。请村里的管理员再给一条。"))


@cache
def _no_password() -> str:
    """A hash that nothing matches, so that an unknown name takes as long as a wrong password."""
    return generate_password_hash(secrets.token_urlsafe(24), method="scrypt")
