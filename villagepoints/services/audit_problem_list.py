"""Reading problems of audits: the lists, what waits now, what was open when an audit began."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, case, func, or_, select
from sqlalchemy.orm import Session

from villagepoints.domain import audit as audits
from villagepoints.domain import audit_problem as rules
from villagepoints.models import (
    Audit,
    AuditProblem,
    AuditPrompt,
    Claim,
    Finding,
    Household,
    Reward,
    User,
)
from villagepoints.services.household import tidy
from villagepoints.services.paging import Page, Sortable, Wanted, order

ALL = "all"
UNDER_WAY = "under_way"  # open or answered: not ended
MOST_AT_HOME = 5  # lines on the group's first page


@dataclass(frozen=True, slots=True)
class ProblemRow:
    """A problem as it is read: of which month, about what, who sees to it, and what its finding and claim say today."""

    id: UUID
    audit_id: UUID
    month: str
    number: int
    item_id: UUID | None
    prompt_id: UUID | None
    prompt_kind: str | None
    household_id: UUID | None
    household: str | None
    head_name: str | None
    entry_seq: int | None
    reward: str | None
    text: str
    remedy: str
    owner_id: UUID
    owner: str
    due_on: date
    status: str
    answer: str
    answered_at: datetime | None
    outcome: str
    closed_at: datetime | None
    recorded_at: datetime
    finding_id: UUID | None
    finding_status: str | None
    rectify_by: date | None
    claim_id: UUID | None
    claim_status: str | None
    claim_kind: str | None
    claim_points: int | None
    posted_seq: int | None

    @property
    def stage(self) -> str:
        """Whose turn it is; one of `rules.STAGES`."""
        return rules.stage(self)

    def late_since(self, today: date) -> date | None:
        """The day that passed without anything having happened."""
        return rules.late_since(self, today)


@dataclass(frozen=True, slots=True, kw_only=True)
class Filter:
    """Which problems are wanted: of a status (`under_way`, `all` or one of its states), late ones, of one audit, of an
    owner, words of a search box."""

    status: str = ALL
    late_on: date | None = None
    month: str = ""
    owner_id: UUID | None = None
    item_id: UUID | None = None
    prompt_id: UUID | None = None
    words: str = ""


class AtHome(NamedTuple):
    """What the group's first page says: how many wait for whom, and the first of them."""

    waiting: int  # for their owners
    late: int
    recheck: int  # answered: the group's turn, or soon
    rows: Sequence[ProblemRow]


def listed(session: Session, village_id: UUID, which: Filter, wanted: Wanted) -> Page[ProblemRow]:
    """One page: what is under way first, by its day, then what has ended, the latest first; two statements."""
    conditions = [AuditProblem.village_id == village_id, *_conditions(which)]
    counted = _from(select(func.count()).select_from(AuditProblem)).where(*conditions)
    usual: list[ColumnElement[Any]] = [
        case({audits.OPEN: 0, audits.ANSWERED: 1}, value=AuditProblem.status, else_=2),
        case((AuditProblem.closed_at.is_(None), AuditProblem.due_on)),
        AuditProblem.closed_at.desc(),
        AuditProblem.recorded_at.desc(),
        AuditProblem.number.asc(),
    ]
    by = order(wanted.sort, _SORTS, usual, AuditProblem.id)
    rows = session.execute(rows_of().where(*conditions).order_by(*by).limit(wanted.size).offset(wanted.offset))
    total = session.scalars(counted).one()
    return Page([ProblemRow(*row) for row in rows], wanted.number, wanted.size, total, wanted.sort)


def of_home(session: Session, village_id: UUID, today: date) -> AtHome:
    """How many problems wait for whom on a village date, and some of them, those that wait for the group first; three
    statements."""
    is_open = AuditProblem.status == audits.OPEN
    counts = select(
        func.count().filter(is_open),
        func.count().filter(is_open, AuditProblem.due_on < today),
        func.count().filter(AuditProblem.status == audits.ANSWERED),
    )
    waiting, late, recheck = session.execute(counts.where(AuditProblem.village_id == village_id)).one()
    page = listed(session, village_id, Filter(status=UNDER_WAY), Wanted(size=MOST_AT_HOME, sort="status"))
    return AtHome(waiting, late, recheck, page.rows)


def waiting_for(session: Session, village_id: UUID, owner_id: UUID | None, today: date) -> tuple[int, int]:
    """How many problems wait for one of the staff, and how many of them are late on a village date; one statement."""
    theirs = (AuditProblem.village_id == village_id, AuditProblem.owner_id == owner_id)
    counts = select(func.count(), func.count().filter(AuditProblem.due_on < today))
    waiting, late = session.execute(counts.where(*theirs, AuditProblem.status == audits.OPEN)).one()
    return waiting, late


def carried(session: Session, village_id: UUID, month: str) -> list[ProblemRow]:
    """The problems of earlier audits that were not ended when the audit of a month (2026-01) was opened, and how each
    stands today; those under way now, where the month has no audit. The oldest first; two statements."""
    began = session.scalar(select(Audit.opened_at).where(Audit.village_id == village_id, Audit.month == month))
    not_ended = AuditProblem.closed_at.is_(None)
    conditions: list[ColumnElement[bool]] = [AuditProblem.village_id == village_id, Audit.month < month]
    if began is None:
        conditions.append(not_ended)
    else:
        conditions += [AuditProblem.recorded_at < began, or_(not_ended, AuditProblem.closed_at >= began)]
    rows = session.execute(rows_of().where(*conditions).order_by(Audit.month, AuditProblem.number))
    return [ProblemRow(*row) for row in rows]


def of_audit(session: Session, village_id: UUID, month: str) -> list[ProblemRow]:
    """The problems that a month's audit raised, in their order; one statement."""
    rows = session.execute(
        rows_of().where(AuditProblem.village_id == village_id, Audit.month == month).order_by(AuditProblem.number)
    )
    return [ProblemRow(*row) for row in rows]


def months(session: Session, village_id: UUID) -> Sequence[str]:
    """The months whose audits raised problems, the latest first; one statement."""
    raised = select(Audit.month).join(AuditProblem, OF_AUDIT).where(Audit.village_id == village_id)
    return session.scalars(raised.distinct().order_by(Audit.month.desc())).all()


OF_AUDIT = and_(Audit.village_id == AuditProblem.village_id, Audit.id == AuditProblem.audit_id)
_SORTS: dict[str, Sortable] = {
    "number": AuditProblem.number,
    "month": Audit.month,
    "household": Household.number,
    "owner": User.name,
    "due": AuditProblem.due_on,
    "raised": AuditProblem.recorded_at,
    "status": AuditProblem.status,  # by its word: what is answered, and waits for the group, before what is open
}


def _conditions(which: Filter) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    if which.status == UNDER_WAY:
        conditions.append(AuditProblem.closed_at.is_(None))
    elif which.status != ALL:
        conditions.append(AuditProblem.status == which.status)
    if which.late_on is not None:
        conditions += [AuditProblem.status == audits.OPEN, AuditProblem.due_on < which.late_on]
    for column, value in (
        (Audit.month, which.month or None),
        (AuditProblem.owner_id, which.owner_id),
        (AuditProblem.item_id, which.item_id),
        (AuditProblem.prompt_id, which.prompt_id),
    ):
        if value is not None:
            conditions.append(column == value)
    if words := tidy(which.words):
        conditions.append(
            or_(
                func.upper(Household.number) == words.upper(),
                Household.head_name.startswith(words, autoescape=True),
                AuditProblem.text.contains(words, autoescape=True),
            )
        )
    return conditions


def _from(columns: Select[*tuple[Any, ...]]) -> Select[*tuple[Any, ...]]:
    row = AuditProblem
    return (
        columns.join(Audit, OF_AUDIT)
        .join(User, and_(User.village_id == row.village_id, User.id == row.owner_id))
        .outerjoin(AuditPrompt, and_(AuditPrompt.village_id == row.village_id, AuditPrompt.id == row.prompt_id))
        .outerjoin(Household, and_(Household.village_id == row.village_id, Household.id == row.household_id))
        .outerjoin(Reward, and_(Reward.village_id == row.village_id, Reward.id == row.reward_id))
        .outerjoin(Finding, and_(Finding.village_id == row.village_id, Finding.id == row.finding_id))
        .outerjoin(Claim, and_(Claim.village_id == row.village_id, Claim.id == row.claim_id))
    )


def rows_of() -> Select[*tuple[Any, ...]]:
    """The statement whose rows are `ProblemRow`s."""
    row = AuditProblem
    columns: Select[*tuple[Any, ...]] = select(
        *(row.id, row.audit_id, Audit.month, row.number, row.item_id, row.prompt_id, AuditPrompt.kind),
        *(row.household_id, Household.number, Household.head_name, row.entry_seq, Reward.name, row.text, row.remedy),
        *(row.owner_id, User.name, row.due_on, row.status, row.answer, row.answered_at, row.outcome, row.closed_at),
        *(row.recorded_at, row.finding_id, Finding.status, Finding.rectify_by),
        *(row.claim_id, Claim.status, Claim.kind, Claim.points, Claim.entry_seq),
    )
    return _from(columns.select_from(row))
