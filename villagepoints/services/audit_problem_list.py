"""Reading problems of audits: the lists, one with its story, what is open now, what was open when an audit began."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, case, func, or_, select
from sqlalchemy.orm import Session, aliased

from villagepoints.domain import audit as audits
from villagepoints.domain import audit_problem as rules
from villagepoints.domain.errors import N_, NotFound
from villagepoints.models import (
    Audit,
    AuditLook,
    AuditProblem,
    AuditProblemStep,
    AuditPrompt,
    Claim,
    Evidence,
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
    rows = session.execute(_rows().where(*conditions).order_by(*by).limit(wanted.size).offset(wanted.offset))
    total = session.scalars(counted).one()
    return Page([ProblemRow(*row) for row in rows], wanted.number, wanted.size, total, wanted.sort)


def one(session: Session, village_id: UUID, problem_id: UUID) -> Whole:
    """A problem with its story and photos; NotFound where the village has none of that id. Three statements."""
    found = session.execute(
        _rows().where(AuditProblem.village_id == village_id, AuditProblem.id == problem_id)
    ).one_or_none()
    if found is None:
        raise NotFound(N_("没有这个问题。"))
    row = ProblemRow(*found)
    return Whole(row, _steps(session, village_id, problem_id), _photos(session, village_id, row))


def of_home(session: Session, village_id: UUID, today: date) -> AtHome:
    """How many problems wait for whom on a village date, and the first of them; three statements."""
    is_open = AuditProblem.status == audits.OPEN
    counts = select(
        func.count().filter(is_open),
        func.count().filter(is_open, AuditProblem.due_on < today),
        func.count().filter(AuditProblem.status == audits.ANSWERED),
    )
    waiting, late, recheck = session.execute(counts.where(AuditProblem.village_id == village_id)).one()
    page = listed(session, village_id, Filter(status=UNDER_WAY), Wanted(size=MOST_AT_HOME))
    return AtHome(waiting, late, recheck, page.rows)


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
    rows = session.execute(_rows().where(*conditions).order_by(Audit.month, AuditProblem.number))
    return [ProblemRow(*row) for row in rows]


def of_audit(session: Session, village_id: UUID, month: str) -> list[ProblemRow]:
    """The problems that a month's audit raised, in their order; one statement."""
    rows = session.execute(
        _rows().where(AuditProblem.village_id == village_id, Audit.month == month).order_by(AuditProblem.number)
    )
    return [ProblemRow(*row) for row in rows]


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
        .join(Audit, _OF_AUDIT)
        .where(AuditProblem.village_id == village_id, or_(*follows))
        .order_by(Audit.month.desc())
        .limit(1)
    ).one_or_none()
    return None if found is None else (found.month, found.number)


def months(session: Session, village_id: UUID) -> Sequence[str]:
    """The months whose audits raised problems, the latest first; one statement."""
    raised = select(Audit.month).join(AuditProblem, _OF_AUDIT).where(Audit.village_id == village_id)
    return session.scalars(raised.distinct().order_by(Audit.month.desc())).all()


_OF_AUDIT = and_(Audit.village_id == AuditProblem.village_id, Audit.id == AuditProblem.audit_id)
_SORTS: dict[str, Sortable] = {
    "number": AuditProblem.number,
    "month": Audit.month,
    "household": Household.number,
    "owner": User.name,
    "due": AuditProblem.due_on,
    "raised": AuditProblem.recorded_at,
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
        columns.join(Audit, _OF_AUDIT)
        .join(User, and_(User.village_id == row.village_id, User.id == row.owner_id))
        .outerjoin(AuditPrompt, and_(AuditPrompt.village_id == row.village_id, AuditPrompt.id == row.prompt_id))
        .outerjoin(Household, and_(Household.village_id == row.village_id, Household.id == row.household_id))
        .outerjoin(Reward, and_(Reward.village_id == row.village_id, Reward.id == row.reward_id))
        .outerjoin(Finding, and_(Finding.village_id == row.village_id, Finding.id == row.finding_id))
        .outerjoin(Claim, and_(Claim.village_id == row.village_id, Claim.id == row.claim_id))
    )


def _rows() -> Select[*tuple[Any, ...]]:
    row = AuditProblem
    columns: Select[*tuple[Any, ...]] = select(
        *(row.id, row.audit_id, Audit.month, row.number, row.item_id, row.prompt_id, AuditPrompt.kind),
        *(row.household_id, Household.number, Household.head_name, row.entry_seq, Reward.name, row.text, row.remedy),
        *(row.owner_id, User.name, row.due_on, row.status, row.answer, row.answered_at, row.outcome, row.closed_at),
        *(row.recorded_at, row.finding_id, Finding.status, Finding.rectify_by),
        *(row.claim_id, Claim.status, Claim.kind, Claim.points, Claim.entry_seq),
    )
    return _from(columns.select_from(row))


def _steps(session: Session, village_id: UUID, problem_id: UUID) -> list[StepRow]:
    row, person = AuditProblemStep, aliased(User)
    rows = session.execute(
        select(row.act, row.words, row.due_on, row.user_id, person.name, row.recorded_at)
        .join(person, and_(person.village_id == row.village_id, person.id == row.user_id))
        .where(row.village_id == village_id, row.problem_id == problem_id)
        .order_by(row.line)
    )
    return [StepRow(*one) for one in rows]


def _photos(session: Session, village_id: UUID, row: ProblemRow) -> Sequence[Evidence]:
    about: list[ColumnElement[bool]] = [Evidence.audit_problem_id == row.id]
    if row.item_id is not None:
        looks = select(AuditLook.id).where(AuditLook.village_id == village_id, AuditLook.item_id == row.item_id)
        about.append(Evidence.audit_look_id.in_(looks))
    if row.finding_id is not None:
        about.append(Evidence.finding_id == row.finding_id)
    if row.claim_id is not None:
        about.append(Evidence.claim_id == row.claim_id)
    statement = select(Evidence).where(Evidence.village_id == village_id, or_(*about))
    return session.scalars(statement.order_by(Evidence.recorded_at, Evidence.id)).all()
