"""Reading one problem of an audit with its story and photos, and which problem something in the books follows from."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import ColumnElement, and_, or_, select
from sqlalchemy.orm import Session

from villagepoints.domain.errors import N_, NotFound
from villagepoints.models import Audit, AuditLook, AuditProblem, AuditProblemStep, Evidence, User
from villagepoints.services import evidence
from villagepoints.services.audit_problem_list import OF_AUDIT, ProblemRow, rows_of


@dataclass(frozen=True, slots=True)
class StepRow:
    """What somebody did about a problem."""

    act: str
    words: str
    due_on: date | None
    user_id: UUID
    name: str
    recorded_at: datetime


@dataclass(frozen=True, slots=True)
class Whole:
    """A problem with its story and photos: the audit's, the answer's, the recheck's, those of its finding and claim."""

    row: ProblemRow
    steps: Sequence[StepRow]
    photos: Sequence[Evidence]


def one(session: Session, village_id: UUID, problem_id: UUID) -> Whole:
    """A problem with its story and photos; NotFound where the village has none of that id. Four statements."""
    found = session.execute(
        rows_of().where(AuditProblem.village_id == village_id, AuditProblem.id == problem_id)
    ).one_or_none()
    if found is None:
        raise NotFound(N_("没有这个问题。"))
    row = ProblemRow(*found)
    return Whole(row, _steps(session, village_id, problem_id), _photos(session, village_id, row))


def behind(
    session: Session, village_id: UUID, *, claim_id: UUID | None = None, finding_ids: Sequence[UUID] = ()
) -> tuple[str, int] | None:
    """Month and number of the problem that a claim or one of these findings follows from; one statement at most."""
    if claim_id is None and not finding_ids:
        return None
    follows: list[ColumnElement[bool]] = [AuditProblem.finding_id.in_(finding_ids)]
    if claim_id is not None:
        follows.append(AuditProblem.claim_id == claim_id)
    found = session.execute(
        select(Audit.month, AuditProblem.number)
        .join(Audit, OF_AUDIT)
        .where(AuditProblem.village_id == village_id, or_(*follows))
        .order_by(Audit.month.desc())
        .limit(1)
    ).one_or_none()
    return None if found is None else (found.month, found.number)


def _steps(session: Session, village_id: UUID, problem_id: UUID) -> list[StepRow]:
    row, person = AuditProblemStep, User
    rows = session.execute(
        select(row.act, row.words, row.due_on, row.user_id, person.name, row.recorded_at)
        .join(person, and_(person.village_id == row.village_id, person.id == row.user_id))
        .where(row.village_id == village_id, row.problem_id == problem_id)
        .order_by(row.line)
    )
    return [StepRow(*one) for one in rows]


def _photos(session: Session, village_id: UUID, row: ProblemRow) -> Sequence[Evidence]:
    looks = select(AuditLook.id).where(AuditLook.village_id == village_id, AuditLook.item_id == row.item_id)
    shown = evidence.shows(
        village_id,
        audit_problem_id=[row.id],
        audit_look_id=session.scalars(looks) if row.item_id is not None else (),
        finding_id=[row.finding_id] if row.finding_id is not None else (),
        claim_id=[row.claim_id] if row.claim_id is not None else (),
    )
    statement = select(Evidence).where(Evidence.village_id == village_id, shown)
    return session.scalars(statement.order_by(Evidence.recorded_at, Evidence.id)).all()
