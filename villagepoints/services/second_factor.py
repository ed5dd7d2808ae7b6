"""The second factor of those who approve: one-time codes after RFC 6238, and recovery codes for a lost phone."""

import hashlib
import hmac
import secrets
from base64 import b32encode
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pyotp
from sqlalchemy import delete
from sqlalchemy.orm import Session

from villagepoints.domain.actor import Actor
from villagepoints.domain.errors import N_, BadInput, Conflict, NotAllowed
from villagepoints.models import SecondFactor as Factor
from villagepoints.services import activity, once, role, throttle
from villagepoints.services.transaction import transaction

STEP = 30  # seconds
SKEW = 1  # steps that a phone's clock may be before or behind
RECOVERY_CODES = 8
TRIES, PAUSE = 8, timedelta(minutes=15)
LETTERS = "ABCDEFGHJKMNPQRSTVWXYZ23456789"  # none that is taken for another
ALREADY = N_("动态码已经开了。要换手机，先用现在的动态码关掉，再重新开。")


@dataclass(frozen=True, slots=True)
class Proof:
    """What a typed code is good for: a step of time that was not used yet, or a recovery code by its hash."""

    step: int | None = None
    recovery: str | None = None


def secret_of(factor_key: bytes, factor: Factor) -> str:
    """The secret in base 32. The database holds only its random part: a stolen copy of it makes no codes."""
    return b32encode(_keyed(factor_key, factor, "secret")[:20]).decode()


def uri_of(secret: str, *, login_name: str, village: str) -> str:
    """What an authenticator reads from the QR code."""
    return pyotp.TOTP(secret).provisioning_uri(name=login_name, issuer_name=village)


def proof_of(factor_key: bytes, factor: Factor, code: str, now: datetime) -> Proof | None:
    """What a typed code proves, None if nothing; writes nothing, so `spend` decides whether it counts."""
    typed = "".join(c for c in code.upper() if c.isalnum())
    totp, present = pyotp.TOTP(secret_of(factor_key, factor)), int(now.timestamp()) // STEP
    for step in range(present - SKEW, present + SKEW + 1):
        if step > factor.last_step and hmac.compare_digest(totp.at(step * STEP).encode(), typed.encode()):
            return Proof(step=step)
    hashed = _hash(factor_key, factor, typed)
    return Proof(recovery=hashed) if hashed in factor.recovery else None


def spend(session: Session, village_id: UUID, user_id: UUID, proof: Proof) -> bool:
    """Use a proof up inside the caller's transaction; False if somebody used it in the meantime."""
    factor = session.get(Factor, (village_id, user_id), with_for_update=True, populate_existing=True)
    if factor is None:
        return False
    if proof.step is not None:
        is_fresh = proof.step > factor.last_step
        factor.last_step = max(factor.last_step, proof.step)
        return is_fresh
    is_fresh = proof.recovery in factor.recovery
    factor.recovery = [kept for kept in factor.recovery if kept != proof.recovery]
    return is_fresh


def of_user(session: Session, village_id: UUID, user_id: UUID) -> Factor | None:
    """Somebody's second factor, confirmed or not; one statement."""
    return session.get(Factor, (village_id, user_id))


@transaction
def begin(session: Session, actor: Actor, *, key: str, now: datetime) -> None:
    """Make a new secret for the person, which counts once a code confirmed it; Conflict where one counts already."""
    user_id = _person(actor)
    if once.claim(session, actor.village_id, key, {"act": "begin_factor", "user": user_id}, now) is not None:
        return
    # locked, so that a confirmation at this moment confirms the secret it was shown
    kept = session.get(Factor, (actor.village_id, user_id), with_for_update=True)
    if kept is not None and kept.confirmed_at is not None:
        raise Conflict(ALREADY)
    if kept is None:
        kept = Factor(village_id=actor.village_id, user_id=user_id, created_at=now, last_step=0, recovery=[])
        session.add(kept)
    kept.secret, kept.created_at = secrets.token_hex(32), now
    once.answer(session, actor.village_id, key, {})


def confirm(session: Session, actor: Actor, *, code: str, factor_key: bytes, key: str, now: datetime) -> list[str]:
    """Let the secret count, proved by a code of it, and return the recovery codes: only their hashes are kept.

    The same request again is given the same codes. Raises NotAllowed for a wrong code with the tries left,
    TooManyTries, Conflict where nothing waits to be confirmed.
    """
    left = throttle.claim(session, actor.village_id, f"factor:{_person(actor)}", TRIES, PAUSE, now)
    codes = _confirm(session, actor, code=code, factor_key=factor_key, left=left, key=key, now=now)
    throttle.forget(session, actor.village_id, f"factor:{_person(actor)}")
    return codes


@transaction
def _confirm(
    session: Session, actor: Actor, *, code: str, factor_key: bytes, left: int, key: str, now: datetime
) -> list[str]:
    asked = {"act": "confirm_factor", "user": actor.user_id}
    earlier = once.claim(session, actor.village_id, key, asked, now)
    factor = session.get(Factor, (actor.village_id, _person(actor)), with_for_update=True)
    if factor is None:
        raise Conflict(N_("请先点「开动态码」，再填手机上的数。"))
    codes = [_recovery_code(factor_key, factor, index) for index in range(RECOVERY_CODES)]
    if earlier is not None:
        return codes
    if factor.confirmed_at is not None:
        raise Conflict(ALREADY)
    proof = proof_of(factor_key, factor, code, now)
    if proof is None or proof.step is None:
        raise NotAllowed(
            N_("动态码不对，还没有开。请看手机上现在的 6 位数，再填一次。还可以试 %(left)s 次。"), left=left
        )
    factor.confirmed_at, factor.last_step = now, proof.step
    factor.recovery = [_hash(factor_key, factor, written.replace("-", "")) for written in codes]
    activity.record(session, actor, "user.factor_set", now, subject=actor.user_id)
    once.answer(session, actor.village_id, key, {})
    return codes


def drop(session: Session, actor: Actor, *, code: str, factor_key: bytes, key: str, now: datetime) -> None:
    """Switch one's own second factor off, proved by a code of it; NotAllowed for a wrong one, TooManyTries."""
    user_id = _person(actor)
    left = throttle.claim(session, actor.village_id, f"factor:{user_id}", TRIES, PAUSE, now)
    factor = of_user(session, actor.village_id, user_id)
    proof = factor and proof_of(factor_key, factor, code, now)
    if not proof:
        raise NotAllowed(N_("动态码不对，没有关掉。还可以试 %(left)s 次。"), left=left)
    _drop(session, actor, proof, key=key, now=now)
    throttle.forget(session, actor.village_id, f"factor:{user_id}")


@transaction
def _drop(session: Session, actor: Actor, proof: Proof, *, key: str, now: datetime) -> None:
    user_id = _person(actor)
    if once.claim(session, actor.village_id, key, {"act": "drop_factor", "user": user_id}, now) is not None:
        return
    if not spend(session, actor.village_id, user_id, proof):
        raise NotAllowed(N_("这个动态码用过了，没有关掉。请等手机上换一个数。"))
    session.delete(session.get_one(Factor, (actor.village_id, user_id)))
    session.flush()
    activity.record(session, actor, "user.factor_dropped", now, subject=user_id)
    once.answer(session, actor.village_id, key, {})


@transaction
def reset(session: Session, actor: Actor, *, user_id: UUID, key: str, now: datetime) -> None:
    """Take away the second factor of somebody who lost their phone; they are signed out everywhere and told.

    Raises NotAllowed for one's own and for who is no administrator, NotFound, BadInput where there is none.
    """
    role.check_may_manage(actor)
    if actor.user_id == user_id:
        raise NotAllowed(N_("自己的动态码丢了，要请另一位管理员来关。没有动。"))
    if once.claim(session, actor.village_id, key, {"act": "reset_factor", "user": user_id}, now) is not None:
        return
    of_person: Mapping[str, Any] = {"village_id": actor.village_id, "user_id": user_id}
    user = role.load(session, actor, user_id)
    gone = session.scalar(delete(Factor).filter_by(**of_person).returning(Factor.user_id))
    if gone is None:
        raise BadInput(N_("这个人没有开动态码，没有什么要关。"))
    user.session_no += 1
    activity.record(session, actor, "user.factor_reset", now, subject=user_id)
    once.answer(session, actor.village_id, key, {})


def _person(actor: Actor) -> UUID:
    if actor.user_id is None:
        raise NotAllowed(N_("只有工作人员才有动态码。"))
    return actor.user_id


def _recovery_code(factor_key: bytes, factor: Factor, index: int) -> str:
    """The recovery code of that number, XXXXX-XXXXX: drawn from the key, so that a repeated request shows the same."""
    drawn = _keyed(factor_key, factor, f"recovery {index}")
    letters = "".join(LETTERS[byte % len(LETTERS)] for byte in drawn[:10])
    return f"{letters[:5]}-{letters[5:]}"


def _hash(factor_key: bytes, factor: Factor, typed: str) -> str:
    return _keyed(factor_key, factor, f"hash {typed}").hex()


def _keyed(factor_key: bytes, factor: Factor, words: str) -> bytes:
    text = f"{factor.village_id} {factor.user_id} {factor.secret} {words}"
    return hmac.new(factor_key, text.encode(), hashlib.sha256).digest()
