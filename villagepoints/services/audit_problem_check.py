"""Hold problems of audits against the books and the trail: what is closed was done, what was said still stands."""

from collections.abc import Iterable, Iterator
from typing import Any
from uuid import UUID

from sqlalchemy import Row, and_, select
from sqlalchemy.orm import Session, aliased

from villagepoints.domain import audit as audits
from villagepoints.domain import audit_problem as rules
from villagepoints.domain import claim, finding
from villagepoints.models import Activity, AuditProblem, Claim, Finding, Household, LedgerEntry

Found = tuple[str | None, str]  # the household's number, and what is wrong


def wrong_problems(session: Session, village_id: UUID) -> Iterator[Found]:
    """Every problem whose finding, claim or words are not what they have to be."""
    acts = _acts(session, village_id)
    for row in _rows(session, village_id):
        problem: AuditProblem = row.AuditProblem
        sentences = [*_links(problem, row), *_ended(problem, row), *_said(problem, acts)]
        for sentence in sentences:
            yield row.number, f"problem {problem.number} of an audit {sentence}"


def _rows(session: Session, village_id: UUID) -> Iterable[Row[Any]]:
    row, posted = AuditProblem, aliased(LedgerEntry)
    of_entry = and_(
        posted.village_id == Claim.village_id,
        posted.household_id == Claim.household_id,
        posted.seq == Claim.entry_seq,
    )
    statement = (
        select(row, Household.number, Finding, Claim, posted.seq.label("posted"), posted.reverses_seq)
        .outerjoin(Household, and_(Household.village_id == row.village_id, Household.id == row.household_id))
        .outerjoin(Finding, and_(Finding.village_id == row.village_id, Finding.id == row.finding_id))
        .outerjoin(Claim, and_(Claim.village_id == row.village_id, Claim.id == row.claim_id))
        .outerjoin(posted, of_entry)
        .where(row.village_id == village_id)
        .order_by(row.recorded_at, row.id)
    )
    return session.execute(statement)


def _links(problem: AuditProblem, row: Row[Any]) -> Iterator[str]:
    for name, linked in (("finding", row.Finding), ("claim", row.Claim)):
        if linked is not None and linked.household_id != problem.household_id:
            yield f"names a {name} of another household"
    asked = row.Claim
    if asked is not None and asked.kind != claim.ITEM and asked.reverses_seq != problem.entry_seq:
        yield "names a reversal of another entry"


def _ended(problem: AuditProblem, row: Row[Any]) -> Iterator[str]:
    if problem.status != audits.CLOSED:
        return
    if row.Finding is not None and row.Finding.status == finding.PERSUADED:
        yield "is closed and its finding is not settled"
    if row.Claim is not None:
        if row.Claim.status != claim.POSTED or row.posted is None:
            yield "is closed and its deduction or reversal is not in the books"
        elif row.Claim.kind == claim.REVERSAL and row.reverses_seq != problem.entry_seq:
            yield "is closed and the entry it is about is not reversed"


def _said(problem: AuditProblem, acts: dict[tuple[UUID, str], dict[str, Any]]) -> Iterator[str]:
    raised = acts.get((problem.id, "problem.raised"), {})
    if raised.get("facts_sha256") != rules.facts_hash(problem):
        yield "is not what the group said when it raised it"
    if problem.status in (audits.CLOSED, audits.WITHDRAWN):
        ended = acts.get((problem.id, f"problem.{problem.status}"), {})
        if ended.get("outcome_sha256") != rules.outcome_hash(problem.status, problem.outcome):
            yield "ended in a way that the trail does not say"
    elif any((problem.id, f"problem.{status}") in acts for status in (audits.CLOSED, audits.WITHDRAWN)):
        yield "is open and the trail says that it ended"


def _acts(session: Session, village_id: UUID) -> dict[tuple[UUID, str], dict[str, Any]]:
    rows = session.execute(
        select(Activity.subject, Activity.action, Activity.detail).where(
            Activity.village_id == village_id, Activity.action.startswith("problem.")
        )
    )
    return {(row.subject, row.action): row.detail for row in rows}
