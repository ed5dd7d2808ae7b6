"""走访: the route by group, and a household as whoever stands before its door needs it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import ColumnElement, and_, case, func, or_, select
from sqlalchemy.orm import Session

from villagepoints.domain import finding as rules
from villagepoints.domain.calendar import Month
from villagepoints.domain.rulebook import PENALTY, RuleItem
from villagepoints.domain.standing import BasePart, month_base
from villagepoints.models import Finding, Household
from villagepoints.services import household as households
from villagepoints.services import rulebook
from villagepoints.services.paging import Page, Wanted


@dataclass(frozen=True, slots=True)
class Group:
    """A group of the route (None: households without one), and how many of it were looked at today."""

    group_no: int | None
    households: int
    walked: int


@dataclass(frozen=True, slots=True)
class Stop:
    """A household on the route: when it was last looked at, and what this month's findings of it come to."""

    id: UUID
    number: str
    head_name: str
    address: str
    residency: str
    walked_on: date | None
    persuaded: int
    counted: int
    due: int


class Found(NamedTuple):
    """A finding as the door shows it; `kind` is its status, `number` how many."""

    id: UUID
    item_code: str
    kind: str
    number: int
    found_on: date
    rectify_by: date | None
    counts_on: date
    note: str
    recorded_at: datetime

    @property
    def status(self) -> str:
        """Its status under the name the rules know it by."""
        return self.kind


@dataclass(frozen=True, slots=True)
class Row:
    """An item to tick: what a finding today would become, and what is being put right already."""

    item: RuleItem
    part: BasePart | None  # None: a penalty, of which only the persuasion is recorded here
    is_repeat: bool
    open: Sequence[Found]


@dataclass(frozen=True, slots=True)
class Door:
    """All that is needed before a door."""

    household: Household
    rows: Sequence[Row]
    findings: Sequence[Found]  # of this month, and whatever still waits to be put right; withdrawn ones left out
    base: tuple[BasePart, ...]
    most: int  # what the base of a month can come to
    following: UUID | None  # the next household of the group

    @property
    def points(self) -> int:
        """This month's base as it stands."""
        return sum(part.points for part in self.base)

    @property
    def at_worst(self) -> int:
        """The same if nothing is put right."""
        return sum(part.at_worst for part in self.base)


def groups(session: Session, village_id: UUID, today: date) -> Sequence[Group]:
    """The groups with how far today's walk came in each; one statement."""
    rows = session.execute(
        select(
            Household.group_no,
            func.count(),
            func.sum(case((Household.walked_on == today, 1), else_=0)),
        )
        .where(Household.village_id == village_id, Household.left_on.is_(None))
        .group_by(Household.group_no)
        .order_by(Household.group_no.is_(None), Household.group_no)
    )
    return [Group(*row) for row in rows]


def route(session: Session, village_id: UUID, group_no: int | None, today: date, wanted: Wanted) -> Page[Stop]:
    """One page of a group's households in the order of their numbers; two statements."""
    month = Month.of(today)
    here = [Household.village_id == village_id, Household.left_on.is_(None), _in_group(group_no)]
    total = session.scalars(select(func.count()).select_from(Household).where(*here)).one()
    persuaded = Finding.status == rules.PERSUADED
    counted = and_(Finding.status == rules.COUNTED, Finding.counts_on.between(month.first, month.last))
    sums = [
        func.coalesce(func.sum(case((which, 1), else_=0)), 0)
        for which in (persuaded, counted, and_(persuaded, Finding.rectify_by <= today))
    ]
    its_own = and_(Finding.village_id == Household.village_id, Finding.household_id == Household.id)
    columns = (
        Household.id,
        Household.number,
        Household.head_name,
        Household.address,
        Household.residency,
        Household.walked_on,
    )
    statement = (
        select(*columns, *sums)
        .outerjoin(Finding, and_(its_own, or_(persuaded, counted)))
        .where(*here)
        .group_by(*columns)
        .order_by(Household.number)
        .limit(wanted.size)
        .offset(wanted.offset)
    )
    return Page([Stop(*row) for row in session.execute(statement)], wanted.number, wanted.size, total)


def door(session: Session, village_id: UUID, household_id: UUID, today: date) -> Door:
    """A household with its items and findings on a village date; four statements. NotFound for any other village's."""
    household = households.get(session, village_id, household_id)
    book, month = rulebook.in_force(session, village_id, today), Month.of(today)
    known = _known(session, village_id, household_id, min(rules.remembered_from(book, today), month.first))
    shown = [one for one in known if one.kind == rules.PERSUADED or Month.of(one.counts_on) == month]
    base = month_base(book, [one for one in shown if one.kind != rules.PERSUADED or one.counts_on <= month.last])
    parts = {part.item.code: part for part in base}
    rows = [
        Row(
            item,
            parts.get(item.code),
            rules.becomes(book, today, [one for one in known if one.item_code == item.code], today)[0] == rules.COUNTED,
            [one for one in shown if one.item_code == item.code and one.kind == rules.PERSUADED],
        )
        for item in sorted(book.items.values(), key=lambda item: (item.kind == PENALTY, item.position))
        if rules.can_be_found(item)
    ]
    return Door(
        household=household,
        rows=rows,
        findings=shown,
        base=base,
        most=book.monthly_base,
        following=following(session, village_id, household_id),
    )


def _known(session: Session, village_id: UUID, household_id: UUID, since: date) -> list[Found]:
    rows = session.execute(
        select(
            Finding.id,
            Finding.item_code,
            Finding.status,
            Finding.count,
            Finding.found_on,
            Finding.rectify_by,
            Finding.counts_on,
            Finding.note,
            Finding.recorded_at,
        )
        .where(
            Finding.village_id == village_id,
            Finding.household_id == household_id,
            Finding.status != rules.WITHDRAWN,
            or_(Finding.found_on >= since, Finding.counts_on >= since, Finding.status == rules.PERSUADED),
        )
        .order_by(Finding.found_on.desc(), Finding.id.desc())
    )
    return [Found(*row) for row in rows]


def following(session: Session, village_id: UUID, household_id: UUID) -> UUID | None:
    """The household after this one in the order of its group's numbers; one statement."""
    here = households.get(session, village_id, household_id)
    return session.scalars(
        select(Household.id)
        .where(
            Household.village_id == village_id,
            Household.left_on.is_(None),
            _in_group(here.group_no),
            Household.number > here.number,
        )
        .order_by(Household.number)
        .limit(1)
    ).one_or_none()


def _in_group(group_no: int | None) -> ColumnElement[bool]:
    return Household.group_no.is_(None) if group_no is None else Household.group_no == group_no
