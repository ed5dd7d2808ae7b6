"""What an audit found, gathered for its fingerprint, and what a member says who signs it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, and_, func, select
from sqlalchemy.orm import Session

from villagepoints.domain import audit_signature
from villagepoints.domain.audit import DIFFER, WITHDRAWN
from villagepoints.domain.audit_signature import Statement
from villagepoints.domain.errors import N_, NotFound
from villagepoints.models import (
    Audit,
    AuditItem,
    AuditLook,
    AuditProblem,
    AuditPrompt,
    AuditWitness,
    Evidence,
    Household,
    Reward,
    Seal,
)

OF_AUDIT = (
    "month",
    "opened_by",
    "opened_on",
    "opened_at",
    "lot",
    "seal_number",
    "seal_root",
    "seed",
    "frame_hash",
    "sizes",
    "entries_from",
    "opinion",
    "unseen_reason",
)
OF_OPENING = OF_AUDIT[:-2]  # opinion and what was not looked at come later
OF_ITEM = (
    "id",
    "position",
    "kind",
    "reason",
    "stratum",
    "pseudonym",
    "household_id",
    "entry_seq",
    "reward_id",
    "is_blind",
    "expected",
    "result",
    "looked_by",
    "looked_at",
)
OF_LOOK = ("id", "item_id", "supervisor_id", "result", "note", "scores", "counted", "looked_at", "recorded_at")
OF_PROMPT = (
    "id",
    "position",
    "kind",
    "subject_id",
    "figures",
    "behind",
    "status",
    "note",
    "answered_by",
    "answered_at",
)
# whose turn it is, until when and how it ended goes on after the signatures
OF_PROBLEM = (
    "id",
    "number",
    "item_id",
    "prompt_id",
    "household_id",
    "entry_seq",
    "reward_id",
    "text",
    "remedy",
    "recorded_by",
    "recorded_at",
)


def shown_hash(session: Session, audit: Audit) -> bytes:
    """The fingerprint of what stands fast when an audit is opened: before whom, what is worth a look, what the books
    say of each item. Two members are to find it as it was, whoever has the database in hand. Four statements."""
    of_audit = {"village_id": audit.village_id, "audit_id": audit.id}
    prompts = select(AuditPrompt).filter_by(**of_audit).order_by(AuditPrompt.position)
    items = select(AuditItem).filter_by(**of_audit).order_by(AuditItem.position)
    return audit_signature.findings_hash(
        {
            "audit": _taken(audit, OF_OPENING),
            "witnesses": _witnesses(session, of_audit),
            "prompts": _rows(session.scalars(prompts), OF_PROMPT[:6]),
            "items": _rows(session.scalars(items), OF_ITEM[:11]),
        }
    )


def hash_of(session: Session, audit: Audit, until: datetime) -> bytes:
    """The fingerprint of what the audit found up to an instant, from the rows as they are in the database now."""
    session.flush()
    return audit_signature.findings_hash(gathered(session, audit, until))


def seal_under(session: Session, audit: Audit) -> Seal | None:
    """The seal that a concluded audit stands on; None before, and where somebody took it away."""
    return session.get(Seal, (audit.village_id, audit.sealed_number)) if audit.sealed_number else None


def problems(session: Session, audit: Audit) -> Sequence[AuditProblem]:
    """The audit's problems but those withdrawn, as they were raised; one statement."""
    return session.scalars(
        select(AuditProblem)
        .where(
            AuditProblem.village_id == audit.village_id,
            AuditProblem.audit_id == audit.id,
            AuditProblem.status != WITHDRAWN,
        )
        .order_by(AuditProblem.number)
    ).all()


def statement(
    session: Session, audit: Audit, supervisor_id: UUID, household_id: UUID, signed_at: datetime
) -> Statement:
    """What a member signs, from the rows as they are now; NotFound where the seal it stands on is gone."""
    under = seal_under(session, audit)
    if under is None:
        raise NotFound(N_("这次审核依据的封账找不到了。请告诉管理员。"))
    return Statement(
        village_id=audit.village_id,
        audit_id=audit.id,
        month=audit.month,
        seal_number=under.number,
        seal_root=under.root,
        seed=audit.seed,
        frame_hash=audit.frame_hash,
        findings_hash=audit.findings_hash or b"",
        supervisor_id=supervisor_id,
        household_id=household_id,
        signed_at=signed_at,
    )


def gathered(session: Session, audit: Audit, until: datetime) -> dict[str, Any]:
    """Witnesses, sample, looks with their photos, prompts with their answers, problems, opinion; six statements."""
    of_audit = {"village_id": audit.village_id, "audit_id": audit.id}
    looks = select(AuditLook).join(
        AuditItem, and_(AuditItem.village_id == AuditLook.village_id, AuditItem.id == AuditLook.item_id)
    )
    of_items = (AuditItem.village_id == audit.village_id, AuditItem.audit_id == audit.id)
    return {
        "audit": _taken(audit, OF_AUDIT),
        "witnesses": _witnesses(session, of_audit),
        "items": _rows(session.scalars(select(AuditItem).where(*of_items).order_by(AuditItem.position)), OF_ITEM),
        "looks": _rows(session.scalars(looks.where(*of_items).order_by(AuditLook.id)), OF_LOOK),
        "photos": _photos(session, of_items),
        "prompts": _rows(
            session.scalars(select(AuditPrompt).filter_by(**of_audit).order_by(AuditPrompt.position, AuditPrompt.id)),
            OF_PROMPT,
        ),
        "problems": [_problem(one, until) for one in _problems(session, of_audit, until)],
    }


def _witnesses(session: Session, of_audit: dict[str, UUID]) -> list[str]:
    return sorted(map(str, session.scalars(select(AuditWitness.supervisor_id).filter_by(**of_audit))))


def _photos(session: Session, of_items: Sequence[ColumnElement[bool]]) -> list[list[str]]:
    rows = session.execute(
        select(Evidence.audit_look_id, Evidence.sha256)
        .join(AuditLook, and_(AuditLook.village_id == Evidence.village_id, AuditLook.id == Evidence.audit_look_id))
        .join(AuditItem, and_(AuditItem.village_id == AuditLook.village_id, AuditItem.id == AuditLook.item_id))
        .where(*of_items)
    )
    return sorted([str(look_id), sha256.hex()] for look_id, sha256 in rows)


def _problems(session: Session, of_audit: dict[str, UUID], until: datetime) -> Iterable[AuditProblem]:
    return session.scalars(
        select(AuditProblem)
        .filter_by(**of_audit)
        .where(AuditProblem.recorded_at <= until)
        .order_by(AuditProblem.number, AuditProblem.id)
    )


def _problem(one: AuditProblem, until: datetime) -> dict[str, Any]:
    was_none = one.status == WITHDRAWN and one.closed_at is not None and one.closed_at <= until
    return {**_taken(one, OF_PROBLEM), "withdrawn": was_none}


def _rows(rows: Iterable[object], names: Sequence[str]) -> list[dict[str, Any]]:
    return [_taken(row, names) for row in rows]


def _taken(row: object, names: Sequence[str]) -> dict[str, Any]:
    return {name: getattr(row, name) for name in names}


@dataclass(frozen=True, slots=True)
class Unraised:
    """Something that differs from the books and that nobody is asked to put right; `name` is a number or the goods'."""

    item_id: UUID
    kind: str
    name: str
    entry_seq: int | None


def unraised(session: Session, audit: Audit) -> Sequence[Unraised]:
    """What differs and no problem was raised from, in the order of the sample; one statement."""
    of_item = and_(AuditProblem.village_id == AuditItem.village_id, AuditProblem.item_id == AuditItem.id)
    of_household = and_(Household.village_id == AuditItem.village_id, Household.id == AuditItem.household_id)
    of_reward = and_(Reward.village_id == AuditItem.village_id, Reward.id == AuditItem.reward_id)
    rows = session.execute(
        select(AuditItem.id, AuditItem.kind, func.coalesce(Household.number, Reward.name, ""), AuditItem.entry_seq)
        .outerjoin(Household, of_household)
        .outerjoin(Reward, of_reward)
        .where(AuditItem.village_id == audit.village_id, AuditItem.audit_id == audit.id, AuditItem.result == DIFFER)
        .where(~select(AuditProblem.id).where(of_item).exists())
        .order_by(AuditItem.position)
    )
    return [Unraised(*row) for row in rows]
