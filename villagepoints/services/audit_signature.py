"""The end of an audit: it is concluded on a seal, and members of the group sign it, each for themselves."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import and_, func, select
from sqlalchemy.orm import Session

from villagepoints.domain.actor import Actor
from villagepoints.domain.audit import CONCLUDED, OPEN
from villagepoints.domain.audit_signature import hash_of, is_signed
from villagepoints.domain.calendar import village_date
from villagepoints.domain.errors import N_, BadInput, Conflict, NotFound
from villagepoints.models import Audit, AuditItem, AuditPrompt, AuditSignature, Household, Supervisor, User
from villagepoints.services import activity, audit_findings, once, seal, supervisor
from villagepoints.services import audit as audits
from villagepoints.services.transaction import transaction

MOST_OPINION, MOST_REASON = 2000, 400  # characters


@dataclass(frozen=True, slots=True)
class Signed:
    """A signature as pages and reports show it."""

    supervisor_id: UUID
    household_id: UUID
    name: str
    household_number: str
    signed_at: datetime
    hash: bytes


@dataclass(frozen=True, slots=True)
class Left:
    """What has not been looked at yet."""

    items: int
    of_items: int
    prompts: int
    of_prompts: int


def signatures(session: Session, audit: Audit) -> Sequence[Signed]:
    """The signatures under an audit, the first one first; one statement."""
    rows = session.execute(
        select(
            AuditSignature.supervisor_id,
            AuditSignature.household_id,
            User.name,
            Household.number,
            AuditSignature.signed_at,
            AuditSignature.hash,
        )
        .join(
            Supervisor,
            and_(Supervisor.village_id == AuditSignature.village_id, Supervisor.id == AuditSignature.supervisor_id),
        )
        .join(User, and_(User.village_id == Supervisor.village_id, User.id == Supervisor.user_id))
        .join(
            Household,
            and_(Household.village_id == AuditSignature.village_id, Household.id == AuditSignature.household_id),
        )
        .where(AuditSignature.village_id == audit.village_id, AuditSignature.audit_id == audit.id)
        .order_by(AuditSignature.signed_at, AuditSignature.supervisor_id)
    )
    return [Signed(*row) for row in rows]


def are_enough(signed: Sequence[Signed]) -> bool:
    """Whether an audit with these signatures is signed: until then everything printed of it says 未签."""
    return is_signed([one.household_id for one in signed])


def left(session: Session, audit: Audit) -> Left:
    """How much of the sample and of the prompts nobody has looked at; two statements."""
    items = session.execute(
        select(func.count(), func.count(AuditItem.result)).where(
            AuditItem.village_id == audit.village_id, AuditItem.audit_id == audit.id
        )
    ).one()
    states = session.scalars(
        select(AuditPrompt.status).where(AuditPrompt.village_id == audit.village_id, AuditPrompt.audit_id == audit.id)
    ).all()
    return Left(items[0] - items[1], items[0], sum(state == OPEN for state in states), len(states))


def conclude(
    session: Session,
    actor: Actor,
    *,
    audit_id: UUID,
    opinion: str,
    unseen_reason: str = "",
    key: str,
    now: datetime,
) -> None:
    """End an audit with the group's opinion: a new seal is taken, and what was found stands still upon it.

    Refuses while something drawn or prompted was not looked at and no reason is written (BadInput), without an
    opinion (BadInput), an audit that is concluded (Conflict), somebody outside a term (NotAllowed).
    """
    asked = {"act": "conclude_audit", "audit": audit_id, "opinion": opinion, "unseen": unseen_reason}
    if once.repeated(session, actor.village_id, key, asked) is not None:
        return
    # asked before a seal is taken too: a page that is refused should leave no seal behind
    _check_may_conclude(session, actor, audit_id, opinion, unseen_reason, now)
    taken = seal.take(session, actor, now=now)
    _conclude(session, actor, audit_id, opinion, unseen_reason, taken.number, taken.root, asked, key, now)


@transaction
def _conclude(
    session: Session,
    actor: Actor,
    audit_id: UUID,
    opinion: str,
    unseen_reason: str,
    number: int,
    root: bytes,
    asked: Mapping[str, Any],
    key: str,
    now: datetime,
) -> None:
    if once.claim(session, actor.village_id, key, asked, now) is not None:
        return
    locked(session, actor.village_id, audit_id)
    member, audit = _check_may_conclude(session, actor, audit_id, opinion, unseen_reason, now)
    audit.status, audit.concluded_by, audit.concluded_at = CONCLUDED, member.id, now
    audit.opinion, audit.unseen_reason = opinion.strip(), unseen_reason.strip()
    audit.sealed_number = number
    session.flush()
    session.expire_all()  # hashed as the database gives it back
    audit.findings_hash = audit_findings.hash_of(session, audit, now)
    detail = {"month": audit.month, "seal": number, "root": root.hex(), "findings": audit.findings_hash.hex()}
    activity.record(session, actor, "audit.concluded", now, subject=audit_id, detail=detail)
    once.answer(session, actor.village_id, key, {})


def _check_may_conclude(
    session: Session, actor: Actor, audit_id: UUID, opinion: str, unseen_reason: str, now: datetime
) -> tuple[Supervisor, Audit]:
    member = supervisor.current(session, actor, village_date(now))
    audit = audits.one(session, actor.village_id, audit_id)
    if audit.status != OPEN:
        raise Conflict(N_("这次审核已经结束了，不用再结束一次。"))
    if not opinion.strip():
        raise BadInput(N_("请写一句小组的意见：查下来怎么样。审核还没有结束。")).at("opinion")
    if len(opinion) > MOST_OPINION or len(unseen_reason) > MOST_REASON:
        raise BadInput(N_("写得太长了，请短一些。审核还没有结束。")).at("opinion")
    rest = left(session, audit)
    if (rest.items or rest.prompts) and not unseen_reason.strip():
        raise BadInput(
            N_(
                "还没看的：抽到的 %(items)s 件，提示 %(prompts)s 条。审核还没有结束。请先看完；看不了的写明原因。"
            ),
            items=rest.items,
            prompts=rest.prompts,
        ).at("unseen_reason")
    return member, audit


@transaction
def reopen(session: Session, actor: Actor, *, audit_id: UUID, reason: str, key: str, now: datetime) -> None:
    """Open a concluded audit again, while nobody has signed: Conflict afterwards, BadInput without a reason."""
    asked = {"act": "reopen_audit", "audit": audit_id, "reason": reason}
    if once.claim(session, actor.village_id, key, asked, now) is not None:
        return
    supervisor.current(session, actor, village_date(now))
    audit = locked(session, actor.village_id, audit_id)
    if audit.status != CONCLUDED:
        raise Conflict(N_("这次审核本来就开着，不用重新打开。"))
    if not 1 <= len(reason.strip()) <= MOST_REASON:
        raise BadInput(N_("请写一句为什么要重新打开。没有动。")).at("reason")
    if signatures(session, audit):
        raise Conflict(N_("已经有人签了字，结论不能再动。新发现的事情可以另外提问题，写进下个月的报告。"))
    detail = {"month": audit.month, "reason": reason.strip(), "findings": (audit.findings_hash or b"").hex()}
    audit.status, audit.concluded_by, audit.concluded_at = OPEN, None, None
    audit.sealed_number, audit.findings_hash = None, None
    activity.record(session, actor, "audit.reopened", now, subject=audit_id, detail=detail)
    once.answer(session, actor.village_id, key, {})


def sign(
    session: Session, actor: Actor, *, audit_id: UUID, findings: str, pin: str, card_key: bytes, key: str, now: datetime
) -> None:
    """Sign an audit for oneself, with one's own PIN; `findings` is the fingerprint (hex) that the page showed.

    A member whose own household was found with a problem signs like the others: the signature does not decide about
    the problem, it says that this is what the group found, and nobody can be kept from signing by being reported.
    Raises WrongSecret, TooManyTries, NotAllowed, Conflict for an audit that is open, signed by the member before,
    or whose findings are not what the page showed. A repeat with the same key does nothing.
    """
    asked = {"act": "sign_audit", "audit": audit_id, "findings": findings, "by": actor.user_id}
    if once.repeated(session, actor.village_id, key, asked) is not None:
        return
    member = supervisor.current(session, actor, village_date(now))
    member_id = member.id
    _check_signable(session, audits.one(session, actor.village_id, audit_id), member_id, findings)
    supervisor.check_pin(session, actor.village_id, member_id, pin=pin, card_key=card_key, now=now)
    _sign(session, actor, audit_id, findings, asked, key, now)


@transaction
def _sign(
    session: Session,
    actor: Actor,
    audit_id: UUID,
    findings: str,
    asked: Mapping[str, Any],
    key: str,
    now: datetime,
) -> None:
    if once.claim(session, actor.village_id, key, asked, now) is not None:
        return
    member = supervisor.current(session, actor, village_date(now))
    audit = locked(session, actor.village_id, audit_id)
    _check_signable(session, audit, member.id, findings)
    text = audit_findings.statement(session, audit, member.id, member.household_id, now).text
    signature = AuditSignature(
        village_id=audit.village_id,
        audit_id=audit.id,
        supervisor_id=member.id,
        household_id=member.household_id,
        statement=text,
        hash=hash_of(text),
        signed_at=now,
    )
    session.add(signature)
    session.flush()
    detail = {"month": audit.month, "supervisor": str(member.id), "hash": signature.hash.hex()}
    activity.record(session, actor, "audit.signed", now, subject=audit_id, detail=detail)
    once.answer(session, actor.village_id, key, {})


def _check_signable(session: Session, audit: Audit, member_id: UUID, findings: str) -> None:
    if audit.status != CONCLUDED or audit.findings_hash is None or audit.concluded_at is None:
        raise Conflict(N_("这次审核还没有结束，没有签。请小组先结束审核，再来签字。"))
    if _has_signed(session, audit, member_id):
        raise Conflict(N_("你已经签过了，一个人签一次就够。"))
    if audit.findings_hash.hex() != findings:
        raise Conflict(N_("这次审核重新打开过，结论和你刚才看到的不一样，没有签。请重新看一遍再签。"))
    if audit_findings.hash_of(session, audit, audit.concluded_at) != audit.findings_hash:
        raise Conflict(
            N_("审核结束以后，查到的东西被人动过，和结束时的指纹不一样，没有签。请马上告诉小组里的人，先不要签。")
        )


def _has_signed(session: Session, audit: Audit, member_id: UUID) -> bool:
    """Whether the person whose term this is signed already, in whichever term: who moved house is still one person."""
    user_id = session.get_one(Supervisor, (audit.village_id, member_id)).user_id
    of_term = and_(Supervisor.village_id == AuditSignature.village_id, Supervisor.id == AuditSignature.supervisor_id)
    earlier = select(AuditSignature.supervisor_id).join(Supervisor, of_term)
    is_theirs = (AuditSignature.audit_id == audit.id, Supervisor.user_id == user_id)
    return session.scalar(earlier.where(AuditSignature.village_id == audit.village_id, *is_theirs).limit(1)) is not None


def locked(session: Session, village_id: UUID, audit_id: UUID) -> Audit:
    """An audit held against others who conclude, reopen, sign, look or answer; NotFound."""
    found = session.get(Audit, (village_id, audit_id), with_for_update=True, populate_existing=True)
    if found is None:
        raise NotFound(N_("没有这次审核。"))
    return found
