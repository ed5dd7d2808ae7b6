"""Reading the score sheet: pages of households by base items, and how far each group is."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, func, select
from sqlalchemy.orm import Session

from villagepoints.domain import score_sheet
from villagepoints.domain.actor import Actor
from villagepoints.domain.calendar import Month
from villagepoints.domain.finding import PERSUADED
from villagepoints.domain.rulebook import BASE, RuleBook, RuleItem
from villagepoints.models import Finding, Household, Relative, SheetRow, User
from villagepoints.services import month_base, rulebook
from villagepoints.services.month_base import Lives
from villagepoints.services.paging import Page, Wanted

ROWS = 70  # households on a page: a group of sixty, with some to spare, in one go

OWN, POSTED, CLOSED = "own", "posted", "closed"  # why a row is only shown


@dataclass(frozen=True, slots=True)
class Filter:
    """Which households are wanted: a group, a residency, those nobody went through yet."""

    group_no: int | None = None
    residency: str = ""
    missing: bool = False


@dataclass(frozen=True, slots=True)
class Cell:
    """What a base item earns a household in the month if nothing is put right, and whether some of it is persuasion."""

    item: RuleItem
    points: int
    is_open: bool


@dataclass(frozen=True, slots=True)
class Row:
    """A household's line; `shown_only` says why it cannot be typed into, `saved` whether somebody went through it."""

    household: Lives
    cells: tuple[Cell, ...]
    shown_only: str
    saved: bool

    @property
    def was(self) -> str:
        """What the cells hold, to be sent back and compared."""
        return " ".join(str(cell.points) for cell in self.cells)

    @property
    def total(self) -> int:
        """The points of the row together."""
        return sum(cell.points for cell in self.cells)


@dataclass(frozen=True, slots=True)
class GroupCount:
    """A group's households in a month, and how many of them somebody went through."""

    group_no: int
    households: int
    saved: int


def page(session: Session, actor: Actor, month: Month, which: Filter, number: int) -> Page[Row]:
    """One page of the sheet, by group and number."""
    conditions = _conditions(actor.village_id, month, which)
    lives = month_base.living(actor.village_id, month)
    total = session.scalars(select(func.count()).select_from(Household).where(*lives, *conditions)).one()
    wanted = Wanted(number=number, size=ROWS)
    found = month_base.households(actor.village_id, month).where(*conditions).limit(ROWS).offset(wanted.offset)
    households = [Lives(*row) for row in session.execute(found)]
    return Page(_rows(session, actor, month, households), number, ROWS, total)


def rows_again(session: Session, actor: Actor, month: Month, household_ids: Sequence[UUID]) -> list[Row]:
    """The rows of a page that was refused, whatever filter it came from."""
    found = month_base.households(actor.village_id, month).where(Household.id.in_(household_ids[:ROWS]))
    return _rows(session, actor, month, [Lives(*row) for row in session.execute(found)])


def groups(session: Session, village_id: UUID, month: Month) -> list[GroupCount]:
    """How far each group is in the month."""
    on_sheet = and_(
        SheetRow.village_id == Household.village_id,
        SheetRow.household_id == Household.id,
        SheetRow.month == str(month),
    )
    rows = session.execute(
        select(Household.group_no, func.count(), func.count(SheetRow.household_id))
        .outerjoin(SheetRow, on_sheet)
        .where(*month_base.living(village_id, month), Household.group_no.is_not(None))
        .group_by(Household.group_no)
        .order_by(Household.group_no)
    )
    return [GroupCount(group_no or 0, households, saved) for group_no, households, saved in rows]


def _conditions(village_id: UUID, month: Month, which: Filter) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    if which.group_no is not None:
        conditions.append(Household.group_no == which.group_no)
    if which.residency:
        conditions.append(Household.residency == which.residency)
    if which.missing:
        conditions.append(Household.id.not_in(saved(village_id, month)))
    return conditions


def _rows(session: Session, actor: Actor, month: Month, households: Sequence[Lives]) -> list[Row]:
    book = rulebook.in_force(session, actor.village_id, month.last)
    ids = [one.id for one in households]
    found = lowering(session, actor.village_id, month, ids)
    locks = _shown_only(session, actor, month, book, ids)
    gone_through = set(session.scalars(saved(actor.village_id, month).where(SheetRow.household_id.in_(ids))))
    return [Row(one, _cells(book, one.id, found), locks.get(one.id, ""), one.id in gone_through) for one in households]


def _cells(
    book: RuleBook, household_id: UUID, lowering: Mapping[tuple[UUID, str], Sequence[Finding]]
) -> tuple[Cell, ...]:
    cells = []
    for item in book.of_kind(BASE):
        found = lowering.get((household_id, item.code), ())
        is_open = any(one.status == PERSUADED for one in found)
        cells.append(Cell(item, score_sheet.points_in_cell(item, found), is_open))
    return tuple(cells)


def lowering(
    session: Session, village_id: UUID, month: Month, household_ids: Collection[UUID]
) -> dict[tuple[UUID, str], list[Finding]]:
    """The findings that lower these households' cells in the month."""
    return by_cell(findings(session, village_id, household_ids, month_base.lowers(month)))


def findings(
    session: Session, village_id: UUID, household_ids: Collection[UUID], *conditions: ColumnElement[bool]
) -> Sequence[Finding]:
    """These households' findings, the earliest first."""
    return session.scalars(
        select(Finding)
        .where(Finding.village_id == village_id, Finding.household_id.in_(household_ids), *conditions)
        .order_by(Finding.found_on, Finding.id)
    ).all()


def by_cell(found: Sequence[Finding]) -> dict[tuple[UUID, str], list[Finding]]:
    """Findings by household and item."""
    cells: dict[tuple[UUID, str], list[Finding]] = defaultdict(list)
    for one in found:
        cells[one.household_id, one.item_code].append(one)
    return cells


def saved(village_id: UUID, month: Month) -> Select[UUID]:
    """The households somebody went through in the month's sheet."""
    return select(SheetRow.household_id).where(SheetRow.village_id == village_id, SheetRow.month == str(month))


def _shown_only(
    session: Session, actor: Actor, month: Month, book: RuleBook, household_ids: Sequence[UUID]
) -> dict[UUID, str]:
    """Which of these rows may not be typed into, and why: the actor's own and relatives', posted, month closed."""
    posted = month_base.posted(session, actor.village_id, month, book, household_ids)
    locks = dict.fromkeys(posted, POSTED)
    if month_base.state(session, actor.village_id, month):
        locks = dict.fromkeys(household_ids, CLOSED)
    if actor.user_id is not None:
        own = select(User.household_id).where(User.village_id == actor.village_id, User.id == actor.user_id)
        related = select(Relative.household_id).where(
            Relative.village_id == actor.village_id, Relative.user_id == actor.user_id
        )
        locks |= dict.fromkeys(filter(None, [*session.scalars(own), *session.scalars(related)]), OWN)
    return locks
