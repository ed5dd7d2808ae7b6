"""Whether concluded audits and the signatures under them still say what was concluded and signed, for verify."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from villagepoints.domain.audit import CONCLUDED
from villagepoints.domain.audit_signature import hash_of
from villagepoints.domain.calendar import village_date
from villagepoints.models import Activity, Audit, AuditSignature, Seal, Supervisor
from villagepoints.services import audit_findings

ACTS = ("audit.concluded", "audit.signed", "audit.reopened")


def wrong_audits(session: Session, village_id: UUID) -> Iterator[str]:
    """A sentence for each audit changed after its conclusion, and for each signature that is not what was signed."""
    acts = session.scalars(
        select(Activity).where(Activity.village_id == village_id, Activity.action.in_(ACTS)).order_by(Activity.seq)
    ).all()
    concluded = {act.subject: act.detail for act in acts if act.action == "audit.concluded"}  # the last of each
    signed = {(act.subject, act.detail.get("hash")): act for act in acts if act.action == "audit.signed"}
    audits = session.scalars(select(Audit).where(Audit.village_id == village_id).order_by(Audit.month)).all()
    rows = session.scalars(
        select(AuditSignature)
        .where(AuditSignature.village_id == village_id)
        .order_by(AuditSignature.audit_id, AuditSignature.supervisor_id)
    ).all()
    members = {one.id: one for one in session.scalars(select(Supervisor).where(Supervisor.village_id == village_id))}
    for audit in audits:
        yield from _findings(session, audit, concluded.get(audit.id))
        yield from _openings(audit, [act.action for act in acts if act.subject == audit.id])
        for row in (row for row in rows if row.audit_id == audit.id):
            for what in _signature(session, audit, row, members[row.supervisor_id], signed):
                yield f"{audit.month} 的审核：{what}"
    kept = {(row.audit_id, row.hash.hex()) for row in rows}
    for gone in signed.keys() - kept:
        month = signed[gone].detail.get("month", "")
        yield f"{month} 的审核：操作记录里有人签过字，这个签名现在不见了。"


def _findings(session: Session, audit: Audit, act: Mapping[str, str | int] | None) -> Iterator[str]:
    if audit.status != CONCLUDED:
        return
    found = None
    if audit.concluded_at is not None:
        found = audit_findings.hash_of(session, audit, audit.concluded_at)
    if found is None or found != audit.findings_hash:
        yield f"{audit.month} 的审核：结束以后，查到的东西被改过。"
    root = session.scalar(
        select(Seal.root).where(Seal.village_id == audit.village_id, Seal.number == (audit.sealed_number or 0))
    )
    now = (audit.sealed_number, root.hex() if root else None, (audit.findings_hash or b"").hex())
    if act is None or (act.get("seal"), act.get("root"), act.get("findings")) != now:
        yield f"{audit.month} 的审核：结束时的封账和结论，和操作记录里的不一样。"


def _openings(audit: Audit, actions: Sequence[str]) -> Iterator[str]:
    """What was concluded is opened again by a member, in the trail, or not at all."""
    turns = [action == "audit.concluded" for action in actions if action != "audit.signed"]
    is_over = bool(turns) and turns[-1]
    if any(one and other for one, other in pairwise(turns)) or (is_over and audit.status != CONCLUDED):
        yield f"{audit.month} 的审核：结束以后又打开过，操作记录里没有人打开。"


def _signature(
    session: Session,
    audit: Audit,
    row: AuditSignature,
    member: Supervisor,
    signed: Mapping[tuple[UUID | None, str | None], Activity],
) -> Iterator[str]:
    if audit.status != CONCLUDED:
        yield "签过字，却又打开了。"
        return
    is_theirs = row.household_id == member.household_id and row.hash == hash_of(row.statement)
    if not is_theirs or row.statement != _said(session, audit, row, member):
        yield "有一个签名签的不是这次审核、这个人，或者后来被改过。"
    act = signed.get((row.audit_id, row.hash.hex()))
    if act is None or act.actor_id != member.user_id or act.detail.get("supervisor") != str(member.id):
        yield "有一个签名，操作记录里没有本人签过字。"
    day = village_date(row.signed_at)
    has_left = member.ended_on is not None and member.ended_on <= day
    if not member.from_on <= day <= member.until_on or has_left:
        yield "有一个签名，签的时候不在任期里。"


def _said(session: Session, audit: Audit, row: AuditSignature, member: Supervisor) -> str:
    """The statement as today's rows say it; the household is the member's, whatever the signature says of it."""
    if session.get(Seal, (audit.village_id, audit.sealed_number or 0)) is None:
        return ""
    return audit_findings.statement(session, audit, row.supervisor_id, member.household_id, row.signed_at).text
