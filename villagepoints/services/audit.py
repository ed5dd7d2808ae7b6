"""The village's audits as they are looked up."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from villagepoints.domain.errors import N_, NotFound
from villagepoints.models import Audit


def one(session: Session, village_id: UUID, audit_id: UUID) -> Audit:
    """An audit of the village; NotFound."""
    found = session.get(Audit, (village_id, audit_id))
    if found is None:
        raise NotFound(N_("没有这次审核。"))
    return found


def latest(session: Session, village_id: UUID) -> Audit | None:
    """The audit of the latest month; None before the first."""
    return session.scalars(
        select(Audit).where(Audit.village_id == village_id).order_by(Audit.month.desc()).limit(1)
    ).one_or_none()


def of_month(session: Session, village_id: UUID, month: str) -> Audit | None:
    """The audit of a month written 2026-01; None where none was opened."""
    return session.scalars(select(Audit).where(Audit.village_id == village_id, Audit.month == month)).one_or_none()


def earlier(session: Session, village_id: UUID, month: str) -> Sequence[Audit]:
    """The audits of the months before, the latest first."""
    return session.scalars(
        select(Audit).where(Audit.village_id == village_id, Audit.month < month).order_by(Audit.month.desc())
    ).all()
