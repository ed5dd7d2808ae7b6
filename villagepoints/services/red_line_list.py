"""Reading red lines: the list of a status, one case with its way back and a household's own."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Select, and_, func, select
from sqlalchemy.orm import Session, aliased

from villagepoints.domain import red_line as rules
from villagepoints.domain.errors import N_, NotFound
from villagepoints.domain.rulebook import RedLine
from villagepoints.models import Household, RedLineCase, Repair, User
from villagepoints.services import rulebook
from villagepoints.services.paging import Page, Sortable, Wanted, order

MOST_OWN = 20  # cases on a household's own page


@dataclass(frozen=True, slots=True)
class CaseRow:
    """A line of the list, and the head of a case's page."""

    id: UUID
    household_id: UUID
    number: str
    head_name: str
    group_no: int | None
    rulebook_version: int
    code: str
    found_on: date
    document: str
    note: str
    status: str
    recorded_by: UUID | None
    recorder: str | None
    recorded_at: datetime
    decided_by: UUID | None
    decider: str | None
    decided_at: datetime | None
    reason: str
    paused_from: date | None
    paused_until: date | None


@dataclass(frozen=True, slots=True)
class StepRow:
    """A step of the way back; without `confirmed_at` it does not count yet."""

    id: UUID
    case_id: UUID
    kind: str
    done_on: date
    hours: int
    note: str
    recorded_by: UUID | None
    recorder: str | None
    confirmed_at: datetime | None
    confirmer: str | None


@dataclass(frozen=True, slots=True)
class Case:
    """A case with its line in the rules and its way back."""

    row: CaseRow
    line: RedLine
    repair_hours: int  # of service that take one month off
    steps: Sequence[StepRow]

    @property
    def hours(self) -> int:
        """The confirmed hours of service, whether or not they count already."""
        return sum(step.hours for step in self.confirmed)

    @property
    def confirmed(self) -> list[StepRow]:
        """The steps that somebody confirmed."""
        return [step for step in self.steps if step.confirmed_at is not None]

    @property
    def missing(self) -> list[str]:
        """Which of putting right and the pledge is not confirmed yet: without both no hours count."""
        done = {step.kind for step in self.confirmed}
        return [kind for kind in (rules.PUT_RIGHT, rules.PLEDGE) if kind not in done]

    @property
    def hours_to_next(self) -> int:
        """The hours of service still to be done for the next month off; 0 where no more can be taken off."""
        if self.repair_hours <= 0 or self.hours >= self.line.pause_months * self.repair_hours:
            return 0
        return self.repair_hours - self.hours % self.repair_hours


SORTS: dict[str, Sortable] = {
    "found": RedLineCase.found_on,
    "code": RedLineCase.code,
    "number": Household.number,
    "paused": RedLineCase.paused_until,
}


def listed(
    session: Session,
    village_id: UUID,
    status: str,
    wanted: Wanted,
    *,
    recorded_by: UUID | None = None,
    household_id: UUID | None = None,
) -> Page[CaseRow]:
    """One page of the cases of a status, the latest first; those one person recorded or of one household, if given.
    Two statements."""
    conditions = [RedLineCase.village_id == village_id, RedLineCase.status == status]
    if recorded_by is not None:
        conditions.append(RedLineCase.recorded_by == recorded_by)
    if household_id is not None:
        conditions.append(RedLineCase.household_id == household_id)
    total = session.scalars(select(func.count()).select_from(RedLineCase).where(*conditions)).one()
    by = order(wanted.sort, SORTS, [RedLineCase.recorded_at.desc(), RedLineCase.id.asc()], RedLineCase.id)
    rows = session.execute(_rows().where(*conditions).order_by(*by).limit(wanted.size).offset(wanted.offset))
    return Page([CaseRow(*row) for row in rows], wanted.number, wanted.size, total, wanted.sort)


def one(session: Session, village_id: UUID, case_id: UUID, recorded_by: UUID | None = None) -> Case:
    """A case of the village, of those one person recorded, if given; NotFound otherwise. Three statements."""
    found = session.execute(_rows().where(RedLineCase.village_id == village_id, RedLineCase.id == case_id)).first()
    if found is None or (recorded_by is not None and CaseRow(*found).recorded_by != recorded_by):
        raise NotFound(N_("没有这一条红线记录。"))
    return _cases(session, village_id, [CaseRow(*found)])[0]


def of_household(session: Session, village_id: UUID, household_id: UUID) -> list[Case]:
    """A household's own cases, the latest first; three statements."""
    mine = (RedLineCase.village_id == village_id, RedLineCase.household_id == household_id)
    rows = session.execute(_rows().where(*mine).order_by(RedLineCase.recorded_at.desc()).limit(MOST_OWN))
    return _cases(session, village_id, [CaseRow(*row) for row in rows])


def _cases(session: Session, village_id: UUID, rows: Sequence[CaseRow]) -> list[Case]:
    recorder, confirmer = aliased(User), aliased(User)
    statement: Select[*tuple[Any, ...]] = (
        select(
            Repair.id,
            Repair.case_id,
            Repair.kind,
            Repair.done_on,
            Repair.hours,
            Repair.note,
            Repair.recorded_by,
            recorder.name,
            Repair.confirmed_at,
            confirmer.name,
        )
        .outerjoin(recorder, and_(recorder.village_id == Repair.village_id, recorder.id == Repair.recorded_by))
        .outerjoin(confirmer, and_(confirmer.village_id == Repair.village_id, confirmer.id == Repair.confirmed_by))
        .where(Repair.village_id == village_id, Repair.case_id.in_([row.id for row in rows]))
        .order_by(Repair.done_on, Repair.recorded_at)
    )
    steps = [StepRow(*step) for step in session.execute(statement)]
    books = {book.version: book for book in rulebook.versions(session, village_id)}
    return [
        Case(
            row,
            books[row.rulebook_version].red_line(row.code),
            books[row.rulebook_version].repair_hours,
            [step for step in steps if step.case_id == row.id],
        )
        for row in rows
    ]


def _rows() -> Select[*tuple[Any, ...]]:
    recorder, decider = aliased(User), aliased(User)
    case = RedLineCase
    return (
        select(
            case.id,
            case.household_id,
            Household.number,
            Household.head_name,
            Household.group_no,
            case.rulebook_version,
            case.code,
            case.found_on,
            case.document,
            case.note,
            case.status,
            case.recorded_by,
            recorder.name,
            case.recorded_at,
            case.decided_by,
            decider.name,
            case.decided_at,
            case.reason,
            case.paused_from,
            case.paused_until,
        )
        .join(Household, and_(Household.village_id == case.village_id, Household.id == case.household_id))
        .outerjoin(recorder, and_(recorder.village_id == case.village_id, recorder.id == case.recorded_by))
        .outerjoin(decider, and_(decider.village_id == case.village_id, decider.id == case.decided_by))
    )
