"""月底结账, before it happens: the months with their state, and what each household would get and lose."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import and_, func, select
from sqlalchemy.orm import Session

from villagepoints.domain import red_line
from villagepoints.domain.calendar import Month
from villagepoints.domain.finding import PERSUADED
from villagepoints.domain.month_close import losses
from villagepoints.domain.rulebook import BASE, RuleBook
from villagepoints.models import Finding, Household, MonthClose, RedLineCase, RuleItem, SheetRow, User
from villagepoints.services import crossed, month_base, rulebook, running
from villagepoints.services.month_base import Lives
from villagepoints.services.paging import Page, Wanted

LISTED = 12  # months on the list
NAMED = 30  # open persuasions named in a preview


@dataclass(frozen=True, slots=True)
class MonthRow:
    """A month on the list; `status` is closing, closed, imported (its base came from a file) or open."""

    month: Month
    status: str
    households: int
    points: int
    closed_at: datetime | None
    closed_by: str | None


@dataclass(frozen=True, slots=True)
class Due:
    """What a household is to get for the month, and what it loses of it by item code."""

    household: Lives
    earned: dict[str, int]
    lost: dict[str, int]
    crossed: bool  # a red line in the month, and so nothing of it

    @property
    def points(self) -> int:
        """The points that will be posted."""
        return sum(self.earned.values())

    @property
    def loss(self) -> int:
        """The points lost against nothing found, as a positive number."""
        return sum(self.lost.values())


@dataclass(frozen=True)
class Totals:
    """All that closing the month will post, and whom it leaves out."""

    book: RuleBook
    due: Sequence[Due]
    posted_already: int  # households whose base of the month stands in the ledger

    @cached_property
    def points(self) -> int:
        """Points to be posted."""
        return sum(one.points for one in self.due)

    @cached_property
    def losing(self) -> list[Due]:
        """The households that lose something."""
        return [one for one in self.due if one.loss]

    @cached_property
    def lost(self) -> int:
        """Points lost by all of them."""
        return sum(one.loss for one in self.losing)


class OpenPersuasion(NamedTuple):
    """Somebody was persuaded and nobody has looked since; nothing of it counts in this month."""

    id: UUID
    household_id: UUID
    number: str
    head_name: str
    item_code: str
    item_name: str
    found_on: date
    rectify_by: date | None


@dataclass(frozen=True, slots=True)
class Undecided:
    """What somebody should look at before the month is closed."""

    persuasions: Sequence[OpenPersuasion]  # the first of them, by the day until which they are to be put right
    persuaded: int
    red_lines: int  # that wait to be confirmed
    not_on_sheet: int  # households nobody went through in the score sheet; 0 where it is not used
    moved_out: int  # in the month, and so without base


def totals(session: Session, village_id: UUID, month: Month) -> Totals:
    """What closing the month would post as things stand; a handful of statements whatever the village's size."""
    book = rulebook.in_force(session, village_id, month.last)
    lives = [Lives(*row) for row in session.execute(month_base.households(village_id, month))]
    posted = month_base.posted(session, village_id, month, book)
    every = set(month_base.codes(book))
    waiting = [one for one in lives if posted.get(one.id, set()) != every]
    earned = month_base.earned(session, village_id, month, book, [one.id for one in waiting])
    red = crossed.households(session, village_id, month.first, month.last)
    due = []
    for one in waiting:
        missing = {code: points for code, points in earned[one.id].items() if code not in posted[one.id]}
        due.append(Due(one, missing, losses(book, missing), one.id in red))
    return Totals(book, due, len(lives) - len(due))


def losing(found: Totals, wanted: Wanted) -> Page[Due]:
    """One page of who loses what. The law of the base stands in the domain, so it is sorted here and not by SQL."""
    rows = sorted(found.losing, key=lambda one: (one.household.group_no or 0, one.household.number))
    sort = wanted.sort if wanted.sort in ("loss", "-loss", "number", "-number") else "-loss"
    if sort.endswith("loss"):
        rows.sort(key=lambda one: one.loss, reverse=sort.startswith("-"))
    elif sort == "-number":
        rows.reverse()
    page = rows[wanted.offset : wanted.offset + wanted.size]
    return Page(page, wanted.number, wanted.size, len(rows), sort)


def undecided(session: Session, village_id: UUID, month: Month) -> Undecided:
    """What is still open about a month."""
    persuasions, persuaded = _persuasions(session, village_id, month)
    waiting = select(func.count()).where(
        RedLineCase.village_id == village_id,
        RedLineCase.status == red_line.WAITING,
        RedLineCase.found_on.between(month.first, month.last),
    )
    moved = select(func.count()).where(
        Household.village_id == village_id, Household.left_on.between(month.first, month.last)
    )
    return Undecided(
        persuasions,
        persuaded,
        session.scalar(waiting) or 0,
        _not_on_sheet(session, village_id, month),
        session.scalar(moved) or 0,
    )


def _persuasions(session: Session, village_id: UUID, month: Month) -> tuple[list[OpenPersuasion], int]:
    """The persuasions nobody has rechecked, the first due first, and how many there are."""
    of_item = and_(
        RuleItem.village_id == Finding.village_id,
        RuleItem.version == Finding.rulebook_version,
        RuleItem.code == Finding.item_code,
        RuleItem.kind == BASE,
    )
    is_open = (Finding.village_id == village_id, Finding.status == PERSUADED, Finding.found_on <= month.last)
    rows = session.execute(
        select(
            Finding.id,
            Finding.household_id,
            Household.number,
            Household.head_name,
            Finding.item_code,
            RuleItem.name,
            Finding.found_on,
            Finding.rectify_by,
        )
        .join(Household, and_(Household.village_id == Finding.village_id, Household.id == Finding.household_id))
        .join(RuleItem, of_item)
        .where(*is_open)
        .order_by(Finding.rectify_by, Household.number, Finding.id)
        .limit(NAMED)
    )
    count = select(func.count()).select_from(Finding).join(RuleItem, of_item).where(*is_open)
    return [OpenPersuasion(*row) for row in rows], session.scalar(count) or 0


def _not_on_sheet(session: Session, village_id: UUID, month: Month) -> int:
    on_sheet = select(SheetRow.household_id).where(SheetRow.village_id == village_id, SheetRow.month == str(month))
    lives = select(func.count()).where(*month_base.living(village_id, month))
    missing = session.scalar(lives.where(Household.id.not_in(on_sheet))) or 0
    return missing if session.scalar(on_sheet.limit(1)) else 0


def months(session: Session, village_id: UUID, last: Month, today: date) -> list[MonthRow]:
    """The months up to `last`, the latest first, as far back as there is a base; at most `LISTED` of them."""
    names = [last - back for back in range(LISTED)]
    closes = {
        row.month: (row, name)
        for row, name in session.execute(
            select(MonthClose, User.name)
            .outerjoin(User, and_(User.village_id == MonthClose.village_id, User.id == MonthClose.started_by))
            .where(MonthClose.village_id == village_id, MonthClose.month.in_([str(name) for name in names]))
        )
    }
    sums = running.of_village(session, village_id, today)
    rows = []
    for name in names:
        if str(name) in closes:
            close, who = closes[str(name)]
            rows.append(MonthRow(name, close.status, close.households, close.points, close.closed_at, who))
        else:
            households, points = sums.base_of(name.last)
            rows.append(MonthRow(name, "imported" if households else "open", households, points, None, None))
    while len(rows) > 2 and rows[-1].status == "open":  # before the village kept its books here
        rows.pop()
    return rows

