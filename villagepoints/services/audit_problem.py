"""Problems of an audit as the group handles them: raise, send back, close after the recheck, withdraw."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from villagepoints.domain import audit as audits
from villagepoints.domain import audit_problem as rules
from villagepoints.domain import claim, finding
from villagepoints.domain.actor import Actor
from villagepoints.domain.calendar import village_date
from villagepoints.domain.errors import N_, NotFound
from villagepoints.models import Audit, AuditProblem, AuditProblemStep, Claim, Finding, Supervisor
from villagepoints.services import activity, evidence, once, supervisor
from villagepoints.services import audit_problem_subject as subjects
from villagepoints.services.audit_problem_list import carried as carried
from villagepoints.services.audit_problem_list import of_home as of_home
from villagepoints.services.audit_problem_subject import About
from villagepoints.services.evidence import Photo
from villagepoints.services.transaction import transaction


@dataclass(frozen=True, slots=True)
class Standing:
    """A problem with what its finding and its claim say today."""

    status: str
    due_on: date
    finding_status: str | None
    rectify_by: date | None
    claim_status: str | None


@transaction
def raise_problem(
    session: Session,
    actor: Actor,
    *,
    key: str,
    audit_id: UUID,
    about: About,
    text: str,
    remedy: str,
    owner_id: UUID | None,
    due_on: date,
    now: datetime,
) -> UUID:
    """Keep a problem of an open audit, with the way it is first seen to, who of the staff sees to it and by when.

    Raises NotAllowed outside a term and for one's own household or record, Conflict for a concluded audit and for an
    item that agrees, BadInput for an owner who is concerned or cannot do it, and without words, NotFound.
    """
    request = {
        "problem": str(audit_id),
        "by": actor.user_id,
        "about": {name: value and str(value) for name, value in asdict(about).items()},
        "said": [text, remedy, owner_id and str(owner_id), due_on.isoformat()],
    }
    if (earlier := once.claim(session, actor.village_id, key, request, now)) is not None:
        return UUID(earlier["id"])
    today = village_date(now)
    member = supervisor.current(session, actor, today)
    audit = _open_audit(session, actor.village_id, audit_id)
    subject = subjects.resolve(session, audit, about)
    supervisor.check_free(session, member, household_id=subject.about.household_id, **subject.recorded)
    row = _problem(session, subject, text, remedy, owner_id, due_on, today)
    row.audit_id, row.number = audit.id, _next_number(session, audit)
    row.recorded_by, row.recorded_at = member.id, now
    session.add(row)
    session.flush()
    step(session, row, rules.RAISED, actor, now, row.text, due_on)
    _trail(session, actor, "problem.raised", row, audit, now, facts_sha256=rules.facts_hash(row))
    once.answer(session, actor.village_id, key, {"id": str(row.id)})
    return row.id


def _problem(
    session: Session,
    subject: subjects.Subject,
    text: str,
    remedy: str,
    owner_id: UUID | None,
    due_on: date,
    today: date,
) -> AuditProblem:
    """The problem as it is said, if it can be said so."""
    words = rules.check_words(text, N_("请写明看到了什么、和账上哪里对不上。什么都没有记。"))
    rules.check_way(remedy, household=subject.has_household, entry=subject.has_entry)
    rules.check_due(due_on, today)
    rules.check_owner(owner_id, [one.id for one in subjects.owners(session, subject, remedy)])
    row = AuditProblem(village_id=subject.village_id, **asdict(subject.about))
    row.text, row.remedy, row.due_on, row.status = words, remedy, due_on, audits.OPEN
    row.owner_id = owner_id  # type: ignore[assignment]  # checked above
    return row


@transaction
def send_back(
    session: Session,
    actor: Actor,
    *,
    key: str,
    problem_id: UUID,
    reason: str,
    due_on: date,
    owner_id: UUID | None,
    now: datetime,
) -> None:
    """Ask for it to be seen to again, by a new day and perhaps by somebody else, with the reason.

    Raises what `raise_problem` raises, Conflict where it has ended or is still on its way.
    """
    request = {
        "send_back": str(problem_id),
        "by": actor.user_id,
        "said": [reason, due_on.isoformat(), owner_id and str(owner_id)],
    }
    if once.claim(session, actor.village_id, key, request, now) is not None:
        return
    today = village_date(now)
    _member, row, subject = _of_group(session, actor, problem_id, today)
    rules.check_sends_back(standing(session, row))
    words = rules.check_words(reason, N_("请写明为什么要再办、还差什么。什么都没有动。"))
    rules.check_due(due_on, today)
    rules.check_owner(owner_id, [one.id for one in subjects.owners(session, subject, row.remedy)])
    _let_go(session, row)
    row.status, row.due_on, row.owner_id = audits.OPEN, due_on, owner_id or row.owner_id
    session.flush()
    step(session, row, rules.SENT_BACK, actor, now, words, due_on)
    once.answer(session, actor.village_id, key, {})


@transaction
def close(
    session: Session,
    actor: Actor,
    *,
    key: str,
    problem_id: UUID,
    outcome: str,
    photos: Sequence[Photo] = (),
    now: datetime,
) -> None:
    """End it after the recheck, with what the recheck found.

    Raises NotAllowed outside a term, for one's own household and for who owns it, Conflict where nobody has seen to
    it, where it is still on its way to the books, or where it came to nothing, BadInput without words, NotFound.
    """
    request = _ending("close", problem_id, actor, outcome, photos)
    if once.claim(session, actor.village_id, key, request, now) is not None:
        return
    member, row, _subject = _of_group(session, actor, problem_id, village_date(now))
    rules.check_other(actor.user_id, row.owner_id)
    rules.check_closes(standing(session, row))
    words = rules.check_words(outcome, N_("请写明复查看到了什么。还没有了结。"))
    _end(session, actor, member, row, audits.CLOSED, words, now)
    evidence.attach(session, actor, photos, row.household_id, now, is_recheck=True, audit_problem_id=row.id)
    once.answer(session, actor.village_id, key, {})


@transaction
def withdraw(session: Session, actor: Actor, *, key: str, problem_id: UUID, reason: str, now: datetime) -> None:
    """Take back what was no problem, with the reason; it stays in the report. Nothing that was done is undone.

    Raises NotAllowed as `close`, Conflict where it has ended or is still on its way, BadInput without words, NotFound.
    """
    request = _ending("withdraw_problem", problem_id, actor, reason)
    if once.claim(session, actor.village_id, key, request, now) is not None:
        return
    member, row, _subject = _of_group(session, actor, problem_id, village_date(now))
    rules.check_sends_back(standing(session, row))
    words = rules.check_words(reason, N_("请写明为什么撤回，报告里看得到。什么都没有动。"))
    _end(session, actor, member, row, audits.WITHDRAWN, words, now)
    once.answer(session, actor.village_id, key, {})


def locked(session: Session, village_id: UUID, problem_id: UUID) -> AuditProblem:
    """A problem of the village, locked; NotFound for any other."""
    of_it = (AuditProblem.village_id == village_id, AuditProblem.id == problem_id)
    statement = select(AuditProblem).where(*of_it).with_for_update(key_share=True)
    row = session.scalars(statement.execution_options(populate_existing=True)).one_or_none()
    if row is None:
        raise NotFound(N_("没有这个问题。"))
    return row


def standing(session: Session, row: AuditProblem) -> Standing:
    """Where it stands, its finding and its claim read as they are now."""
    found = session.get(Finding, (row.village_id, row.finding_id)) if row.finding_id else None
    asked = session.get(Claim, (row.village_id, row.claim_id)) if row.claim_id else None
    return Standing(
        row.status,
        row.due_on,
        found.status if found else None,
        found.rectify_by if found else None,
        asked.status if asked else None,
    )


def step(
    session: Session,
    row: AuditProblem,
    act: str,
    actor: Actor,
    now: datetime,
    words: str,
    due_on: date | None = None,
) -> None:
    """Keep what somebody did about a problem that is locked."""
    mine = (AuditProblemStep.village_id == row.village_id, AuditProblemStep.problem_id == row.id)
    line = (session.scalar(select(func.max(AuditProblemStep.line)).where(*mine)) or 0) + 1
    kept = AuditProblemStep(village_id=row.village_id, problem_id=row.id, line=line, user_id=actor.user_id)
    kept.act, kept.words, kept.due_on, kept.recorded_at = act, words, due_on, now
    session.add(kept)
    session.flush()


def _open_audit(session: Session, village_id: UUID, audit_id: UUID) -> Audit:
    """The audit, locked so that it is not concluded meanwhile and its problems are numbered one after the other."""
    of_it = (Audit.village_id == village_id, Audit.id == audit_id)
    statement = select(Audit).where(*of_it).with_for_update(key_share=True)
    row = session.scalars(statement.execution_options(populate_existing=True)).one_or_none()
    if row is None:
        raise NotFound(N_("没有这次审核。"))
    rules.check_can_raise(row.status == audits.OPEN)
    return row


def _next_number(session: Session, audit: Audit) -> int:
    of_audit = (AuditProblem.village_id == audit.village_id, AuditProblem.audit_id == audit.id)
    return (session.scalar(select(func.max(AuditProblem.number)).where(*of_audit)) or 0) + 1


def _of_group(
    session: Session, actor: Actor, problem_id: UUID, today: date
) -> tuple[Supervisor, AuditProblem, subjects.Subject]:
    """A problem, locked, that the member who acts is free to handle, with what it is about."""
    member = supervisor.current(session, actor, today)
    row = locked(session, actor.village_id, problem_id)
    subject = subjects.of(session, row)
    supervisor.check_free(session, member, household_id=row.household_id, **subject.recorded)
    return member, row, subject


def _let_go(session: Session, row: AuditProblem) -> None:
    """Forget what came to nothing, so that it keeps nobody from ending the problem; its steps still tell of it."""
    now = standing(session, row)
    if now.claim_status in (claim.REFUSED, claim.WITHDRAWN):
        row.claim_id = None
    if now.finding_status == finding.WITHDRAWN:
        row.finding_id = None


def _end(
    session: Session, actor: Actor, member: Supervisor, row: AuditProblem, status: str, words: str, now: datetime
) -> None:
    row.status, row.outcome, row.closed_by, row.closed_at = status, words, member.id, now
    session.flush()
    step(session, row, status, actor, now, words)
    audit = session.get_one(Audit, (row.village_id, row.audit_id))
    outcome = rules.outcome_hash(status, words)
    _trail(session, actor, f"problem.{status}", row, audit, now, outcome_sha256=outcome)


def _ending(act: str, problem_id: UUID, actor: Actor, words: str, photos: Sequence[Photo] = ()) -> dict[str, Any]:
    return {act: str(problem_id), "by": actor.user_id, "said": [words, *(photo.sha256.hex() for photo in photos)]}


def _trail(
    session: Session, actor: Actor, act: str, row: AuditProblem, audit: Audit, now: datetime, **more: str
) -> None:
    detail = {"month": audit.month, "number": row.number, **more}
    activity.record(session, actor, act, now, subject=row.id, detail=detail)
