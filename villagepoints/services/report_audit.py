"""The audit's part of a month's report: the sample and what was seen, problems by office, who signed."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import and_, func, select
from sqlalchemy.orm import Session

from villagepoints.domain import audit as words
from villagepoints.domain.audit_meaning import meaning
from villagepoints.domain.audit_problem import ABLE, RAISED, SENT_BACK
from villagepoints.domain.audit_signature import is_signed
from villagepoints.domain.calendar import Month, village_date
from villagepoints.domain.names import mask
from villagepoints.domain.report import percent
from villagepoints.domain.report_parts import AuditPart, Meaning, ProblemLine, Prompted, Sampled, Signed, sampled
from villagepoints.models import (
    Audit,
    AuditItem,
    AuditLook,
    AuditProblemStep,
    AuditPrompt,
    AuditSignature,
    AuditWitness,
    Household,
    Supervisor,
    User,
)
from villagepoints.services import audit as audits
from villagepoints.services import audit_problem_list as problems
from villagepoints.services.audit_problem_list import ProblemRow
from villagepoints.services.report_basis import Stand

WHOLE = (words.LARGE, words.PROXY)  # reasons for which everything is drawn: chance has no part in them


class Ended(NamedTuple):
    """How a problem stood at an instant."""

    status: str
    due_on: date
    answer: str
    outcome: str
    closed_at: datetime | None


def of_month(session: Session, stand: Stand, month: Month, today: date, at: datetime | None) -> AuditPart | None:
    """The audit of a month as it stood at an instant (None: as it stands), late on a village date; None without one.

    Prompts are the group's own until it has concluded, and so is the lot: with the seed the office could tell which
    goods are going to be counted.
    """
    audit = audits.of_month(session, stand.village_id, str(month))
    if audit is None or (at is not None and audit.opened_at > at):
        return None
    is_done = audit.concluded_at is not None and (at is None or audit.concluded_at <= at)
    kinds = list(words.KINDS)
    sample = sampled(_items(session, audit), [*kinds, *(reason for reason in words.REASONS if reason not in kinds)])
    blind, blind_differ = _blind(session, audit)
    signed = _signatures(session, stand, audit, at)
    raised = problems.of_audit(session, stand.village_id, str(month))
    carried = problems.carried(session, stand.village_id, str(month))
    lines = _Lines(session, stand.village_id, [*raised, *carried], today, at)
    return AuditPart(
        month=month,
        status=words.CONCLUDED if is_done else words.OPEN,
        opened_on=audit.opened_on,
        walked_on=_days(session, audit),
        lot=audit.lot if is_done else "",
        seed_seal=audit.seal_number,
        seed=audit.seed.hex() if is_done else "",
        frame_hash=audit.frame_hash.hex() if is_done else "",
        witnesses=_witnesses(session, audit),
        sample=sample,
        meanings=_meanings(sample, audit.sizes.get("held", {})),
        blind=blind,
        blind_differ=blind_differ,
        prompts=_prompts(session, audit) if is_done else (),
        problems=lines.of(raised),
        carried=lines.of(carried),
        opinion=audit.opinion if is_done else "",
        concluded_at=audit.concluded_at if is_done else None,
        sealed_number=audit.sealed_number if is_done else None,
        findings_hash=(audit.findings_hash or b"").hex() if is_done else "",
        signatures=tuple(Signed(name, mask(head), when) for _, name, head, when in signed),
        is_signed=is_signed([household_id for household_id, *_ in signed]),
    )


def _items(session: Session, audit: Audit) -> list[tuple[str, str, str | None, int]]:
    by = (AuditItem.kind, AuditItem.reason, AuditItem.result)
    rows = session.execute(
        select(*by, func.count())
        .where(AuditItem.village_id == audit.village_id, AuditItem.audit_id == audit.id)
        .group_by(*by)
    )
    return [(kind, reason, result, number) for kind, reason, result, number in rows]


def _blind(session: Session, audit: Audit) -> tuple[int, int]:
    """Households scored blind so far, and how many of them differ from what was recorded."""
    rows = session.execute(
        select(AuditItem.result, func.count())
        .where(AuditItem.village_id == audit.village_id, AuditItem.audit_id == audit.id)
        .where(AuditItem.is_blind, AuditItem.result.is_not(None))
        .group_by(AuditItem.result)
    )
    found = dict(rows.all())
    return sum(found.values()), found.get(words.DIFFER, 0)


def _days(session: Session, audit: Audit) -> tuple[date, ...]:
    of_item = and_(AuditItem.village_id == AuditLook.village_id, AuditItem.id == AuditLook.item_id)
    instants = session.scalars(
        select(AuditLook.looked_at)
        .join(AuditItem, of_item)
        .where(AuditLook.village_id == audit.village_id, AuditItem.audit_id == audit.id)
    )
    return tuple(sorted({village_date(instant) for instant in instants}))


def _witnesses(session: Session, audit: Audit) -> int:
    there = (AuditWitness.village_id == audit.village_id, AuditWitness.audit_id == audit.id)
    return session.scalar(select(func.count()).select_from(AuditWitness).where(*there)) or 0


def _meanings(sample: Sequence[Sampled], held: dict[str, int]) -> tuple[Meaning, ...]:
    """What the part of each kind that was left to chance can tell: what is taken whole tells nothing of the rest."""
    found = []
    for kind in words.KINDS:
        whole = sum(line.drawn for line in sample if line.kind == kind and line.reason in WHOLE)
        drawn = sum(line.drawn for line in sample if line.kind == kind) - whole
        if frame := held.get(kind, 0) - whole:
            told = meaning(frame, drawn)
            wrong = None if told.found is None else percent(told.found, frame)
            found.append(Meaning(kind, drawn, frame, wrong))
    return tuple(found)


def _prompts(session: Session, audit: Audit) -> tuple[Prompted, ...]:
    rows = session.execute(
        select(AuditPrompt.kind, AuditPrompt.status, func.count())
        .where(AuditPrompt.village_id == audit.village_id, AuditPrompt.audit_id == audit.id)
        .group_by(AuditPrompt.kind, AuditPrompt.status)
        .order_by(AuditPrompt.kind)
    )
    found: dict[str, dict[str, int]] = defaultdict(dict)
    for kind, status, number in rows:
        found[kind][status] = number
    states = (words.OPEN, words.EXPLAINED, words.PROBLEM)
    return tuple(Prompted(kind, *(of.get(state, 0) for state in states)) for kind, of in found.items())


def _signatures(
    session: Session, stand: Stand, audit: Audit, at: datetime | None
) -> list[tuple[UUID, str, str, datetime]]:
    """Household, member, head of the household and instant of each signature, the first one first."""
    row = AuditSignature
    rows = session.execute(
        select(row.household_id, User.name, Household.head_name, row.signed_at)
        .join(Supervisor, and_(Supervisor.village_id == row.village_id, Supervisor.id == row.supervisor_id))
        .join(User, and_(User.village_id == Supervisor.village_id, User.id == Supervisor.user_id))
        .join(Household, and_(Household.village_id == row.village_id, Household.id == row.household_id))
        .where(row.village_id == audit.village_id, row.audit_id == audit.id)
        .order_by(row.signed_at, row.supervisor_id)
    )
    return [
        (household_id, name, stand.of(household_id, "head_name", head), when)
        for household_id, name, head, when in rows
        if at is None or when <= at
    ]


def differing(session: Session, village_id: UUID, first: Month, last: Month) -> dict[Month, Decimal | None]:
    """Of each month's sample what share of what was looked at differs, in percent; months without an audit are left
    out. One statement."""
    of_audit = and_(Audit.village_id == AuditItem.village_id, Audit.id == AuditItem.audit_id)
    rows = session.execute(
        select(Audit.month, AuditItem.result, func.count())
        .join(Audit, of_audit)
        .where(AuditItem.village_id == village_id, AuditItem.result.is_not(None))
        .where(Audit.month >= str(first), Audit.month <= str(last))
        .group_by(Audit.month, AuditItem.result)
    )
    found: dict[str, dict[str | None, int]] = defaultdict(dict)
    for month, result, number in rows:
        found[month][result] = number
    return {Month.parse(name): percent(of.get(words.DIFFER, 0), sum(of.values())) for name, of in found.items()}


class _Lines:
    """Problems as the report says them: by office, and as they stood at an instant; two statements at most."""

    def __init__(
        self, session: Session, village_id: UUID, rows: Sequence[ProblemRow], today: date, at: datetime | None
    ) -> None:
        self.today, self.at = today, at
        owners = {row.owner_id for row in rows}
        self.roles: dict[UUID, list[str]] = {}
        self.steps: dict[UUID, list[AuditProblemStep]] = defaultdict(list)
        if owners:
            of_owners = select(User.id, User.roles).where(User.village_id == village_id, User.id.in_(owners))
            self.roles = dict(session.execute(of_owners).all())
        if at is not None and rows:
            step = AuditProblemStep
            ids = [row.id for row in rows]
            told = select(step).where(step.village_id == village_id, step.problem_id.in_(ids), step.recorded_at <= at)
            for one in session.scalars(told.order_by(step.problem_id, step.line)):
                self.steps[one.problem_id].append(one)

    def of(self, rows: Iterable[ProblemRow]) -> tuple[ProblemLine, ...]:
        """Those that had been raised by then."""
        return tuple(self._line(row) for row in rows if self.at is None or row.recorded_at <= self.at)

    def _line(self, row: ProblemRow) -> ProblemLine:
        ended = Ended(row.status, row.due_on, row.answer, row.outcome, row.closed_at)
        if self.at is not None:
            ended = _replayed(self.steps[row.id], row)
        return ProblemLine(
            month=Month.parse(row.month),
            number=row.number,
            text=row.text,
            remedy=row.remedy,
            owner=self._office(row),
            due_on=ended.due_on,
            status=ended.status,
            is_overdue=ended.status == words.OPEN and ended.due_on < self.today,
            answer=ended.answer,
            outcome=ended.outcome,
            closed_on=None if ended.closed_at is None else village_date(ended.closed_at),
        )

    def _office(self, row: ProblemRow) -> str:
        """The office in which somebody sees to it: one that can go this way, else the first they hold."""
        roles = self.roles.get(row.owner_id, [])
        able = [role for role in roles if role in ABLE[row.remedy]]
        return next(iter([*able, *roles]), "")


def _replayed(steps: Iterable[AuditProblemStep], row: ProblemRow) -> Ended:
    """How a problem stood after these steps of it; what it says today where it has none."""
    now = Ended(row.status, row.due_on, row.answer, row.outcome, row.closed_at)
    then = None
    for step in steps:
        due_on = step.due_on or (then or now).due_on
        if step.act in (RAISED, SENT_BACK):
            then = Ended(words.OPEN, due_on, "", "", None)
        elif step.act in (words.CLOSED, words.WITHDRAWN):
            then = Ended(step.act, due_on, then.answer if then else "", step.words, step.recorded_at)
        else:
            then = Ended(words.ANSWERED, due_on, step.words, "", None)
    return then or now
