"""Reading the ledger: a household's statement, and the village's latest entries with their reasons."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, func, select
from sqlalchemy.orm import InstrumentedAttribute, Session, aliased

from villagepoints.domain import ledger
from villagepoints.domain.calendar import period, village_date
from villagepoints.models import EntryText, Household, LedgerEntry, RedemptionLine, RuleItem, User, Village
from villagepoints.services import household as households
from villagepoints.services import slip
from villagepoints.services.household import FULL_WIDTH
from villagepoints.services.objection_list import is_disputed
from villagepoints.services.paging import Page, Wanted, order, pieces
from villagepoints.services.quick_read import unindexed
from villagepoints.services.slip import Standing
from villagepoints.services.undone import standing

ON_PAPER = 100  # entries, the latest: three sheets at most
Place = tuple[UUID | None, int | None]  # household and number of an entry


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """An entry as it is read: what it was for, who recorded and approved it, and whether it was undone."""

    household_id: UUID
    number: str
    head_name: str
    seq: int
    kind: str
    points: int
    balance_after: int
    occurred_on: date
    recorded_at: datetime
    item_code: str | None
    item_name: str | None
    item_kind: str | None
    grade: str | None
    quantity: int
    origin: str
    note: str
    recorder: str
    approver: str | None
    reverses_seq: int | None
    reversed_by: int | None
    is_disputed: bool
    redemption_id: UUID | None
    goods: str

    @property
    def can_be_reversed(self) -> bool:
        """Whether the page offers a reversal; the rules decide when it is asked for."""
        return self.kind in ("award", "penalty", "opening") and self.reversed_by is None and self.item_kind != "base"

    @property
    def can_be_false(self) -> bool:
        """Whether the page offers to take it back as falsely claimed."""
        return self.can_be_reversed and self.item_kind == "contribution"


@dataclass(frozen=True, slots=True)
class Filter:
    """Which entries of the village are wanted: of one item, of one kind, of a span of village dates."""

    item_code: str = ""
    kind: str = ""
    first_on: date | None = None
    last_on: date | None = None
    recorded_by: UUID | None = None


def of_household(session: Session, village_id: UUID, household_id: UUID, wanted: Wanted) -> Page[Line]:
    """One page of a household's statement, the newest first; three statements whatever its length."""
    total = session.scalar(
        select(Household.last_seq).where(Household.village_id == village_id, Household.id == household_id)
    )
    top = (total or 0) - wanted.offset  # numbers run without a gap, so a page is a span of them
    statement = _lines(village_id).where(
        LedgerEntry.household_id == household_id, LedgerEntry.seq <= top, LedgerEntry.seq > top - wanted.size
    )
    rows = session.execute(statement.order_by(LedgerEntry.seq.desc())).mappings().all()
    return Page(_with_goods(session, village_id, rows), wanted.number, wanted.size, total or 0)


def one(session: Session, village_id: UUID, household_id: UUID, seq: int) -> Line | None:
    """One entry of a household; None if there is none of that number."""
    statement = _lines(village_id).where(LedgerEntry.household_id == household_id, LedgerEntry.seq == seq)
    rows = session.execute(statement).mappings().all()
    return _with_goods(session, village_id, rows)[0] if rows else None


def whole(session: Session, village_id: UUID, household_id: UUID) -> list[Line]:
    """The whole statement of a household, the oldest first, for an export."""
    statement = _lines(village_id).where(LedgerEntry.household_id == household_id).order_by(LedgerEntry.seq)
    return _with_goods(session, village_id, session.execute(statement).mappings().all())


def chosen(session: Session, village_id: UUID, which: ColumnElement[bool]) -> list[Line]:
    """The entries of the village that meet a condition; two statements."""
    return _with_goods(session, village_id, session.execute(_lines(village_id).where(which)).mappings().all())


def at(
    household: InstrumentedAttribute[Any], seq: InstrumentedAttribute[Any], places: Collection[Place]
) -> ColumnElement[bool]:
    """The rows of these households with one of these numbers, the places and a few more: no index would find pairs."""
    return and_(household.in_({home for home, _ in places}), seq.in_({number for _, number in places}))


# Both dates have an index; points are sorted only within a month.
SORTS: dict[str, InstrumentedAttribute[Any]] = {
    "recorded": LedgerEntry.recorded_at,
    "occurred": LedgerEntry.occurred_on,
    "points": LedgerEntry.points,
}


def of_group(
    session: Session, village_id: UUID, whose: ColumnElement[bool], first: date, last: date
) -> dict[UUID, list[Line]]:
    """The entries between two village dates of households that meet a condition, the oldest first; two statements."""
    statement = _lines(village_id).where(whose, LedgerEntry.occurred_on.between(first, last))
    order = (LedgerEntry.household_id, LedgerEntry.occurred_on, LedgerEntry.seq)
    rows = session.execute(statement.order_by(*order)).mappings().all()
    found: dict[UUID, list[Line]] = {}
    for line in _with_goods(session, village_id, rows):
        found.setdefault(line.household_id, []).append(line)
    return found


def of_village(session: Session, village_id: UUID, which: Filter, wanted: Wanted) -> Page[Line]:
    """One page of the village's entries, the newest first; counted and added up where that costs little: all of them,
    or those of a span of dates."""
    latest: list[ColumnElement[Any]] = [LedgerEntry.recorded_at.desc(), LedgerEntry.household_id.desc()]
    by = [*order(wanted.sort, SORTS, latest, LedgerEntry.household_id), LedgerEntry.seq.desc()]
    # an import records thousands of entries at one instant: cut the page first, then join what is read beside it
    keys = (
        select(LedgerEntry.household_id, LedgerEntry.seq)
        .where(LedgerEntry.village_id == village_id, *_conditions(which))
        .order_by(*by)
        .limit(wanted.size + 1)
        .offset(wanted.offset)
        .subquery()
    )
    wanted_one = and_(keys.c.household_id == LedgerEntry.household_id, keys.c.seq == LedgerEntry.seq)
    statement = _lines(village_id).join(keys, wanted_one).order_by(*by)
    rows = session.execute(statement).mappings().all()
    lines = _with_goods(session, village_id, rows[: wanted.size])
    total, points = _added(session, village_id, which)
    sums = {} if points is None else {"points": points}
    return Page(lines, wanted.number, wanted.size, total, wanted.sort, more=len(rows) > wanted.size, sums=sums)


def _added(session: Session, village_id: UUID, which: Filter) -> tuple[int | None, int | None]:
    """How many entries there are and what they add up to; None where only reading all of them would tell."""
    if which == Filter():  # the accounts know
        sums = select(func.sum(Household.last_seq), func.sum(Household.balance))
        entries, points = session.execute(sums.where(Household.village_id == village_id)).one()
    elif which.first_on:
        counted = select(func.count(), func.sum(LedgerEntry.points))
        these = counted.where(LedgerEntry.village_id == village_id, *_conditions(which))
        entries, points = session.execute(these).one()
    else:
        return None, None
    return int(entries or 0), int(points or 0)


def _conditions(which: Filter) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    if which.item_code:
        conditions.append(LedgerEntry.item_code == which.item_code.translate(FULL_WIDTH).upper())
    if which.kind:
        conditions.append(LedgerEntry.kind == which.kind)
    if which.first_on:
        conditions.append(LedgerEntry.occurred_on >= which.first_on)
    if which.last_on:
        conditions.append(LedgerEntry.occurred_on <= which.last_on)
    if which.recorded_by:
        conditions.append(LedgerEntry.recorded_by == which.recorded_by)
    return conditions


def _lines(village_id: UUID) -> Select[*tuple[Any, ...]]:
    """Entries with what a reader needs beside them; every join is by a key."""
    undoing, recorder, approver = aliased(LedgerEntry), aliased(User), aliased(User)
    entry = LedgerEntry
    of_entry = and_(EntryText.village_id == entry.village_id, EntryText.household_id == entry.household_id)
    undoes = and_(undoing.village_id == entry.village_id, undoing.household_id == entry.household_id)
    of_book = and_(RuleItem.village_id == entry.village_id, RuleItem.version == entry.rulebook_version)
    return (
        select(
            entry.household_id,
            Household.number,
            Household.head_name,
            entry.seq,
            entry.kind,
            entry.points,
            entry.balance_after,
            entry.occurred_on,
            entry.recorded_at,
            entry.item_code,
            RuleItem.name.label("item_name"),
            RuleItem.kind.label("item_kind"),
            entry.grade,
            entry.quantity,
            entry.origin,
            func.coalesce(EntryText.note, "").label("note"),
            func.coalesce(func.nullif(EntryText.recorder, ""), recorder.name, "").label("recorder"),
            approver.name.label("approver"),
            entry.reverses_seq,
            undoing.seq.label("reversed_by"),
            is_disputed(entry).label("is_disputed"),
            entry.redemption_id,
        )
        .join(Household, and_(Household.village_id == entry.village_id, Household.id == entry.household_id))
        .outerjoin(EntryText, and_(of_entry, EntryText.seq == entry.seq))
        .outerjoin(RuleItem, and_(of_book, RuleItem.code == entry.item_code))
        .outerjoin(undoing, and_(undoes, undoing.reverses_seq == entry.seq))
        .outerjoin(recorder, and_(recorder.village_id == entry.village_id, recorder.id == entry.recorded_by))
        .outerjoin(approver, and_(approver.village_id == entry.village_id, approver.id == entry.approved_by))
        .where(entry.village_id == village_id)
    )


def _with_goods(session: Session, village_id: UUID, rows: Sequence[Any]) -> list[Line]:
    """The lines, each redemption with the names of its goods, in one further statement."""
    wanted = {row["redemption_id"] for row in rows} - {None}
    goods: dict[UUID, list[str]] = {}
    for some in pieces(list(wanted)):
        statement = (
            select(RedemptionLine.redemption_id, RedemptionLine.name, RedemptionLine.quantity)
            .where(RedemptionLine.village_id == village_id, RedemptionLine.redemption_id.in_(some))
            .order_by(RedemptionLine.line)
        )
        for redemption_id, name, quantity in session.execute(statement):
            goods.setdefault(redemption_id, []).append(name if quantity == 1 else f"{name} ×{quantity}")
    return [Line(**row, goods="、".join(goods.get(row["redemption_id"], ()))) for row in rows]


@dataclass(frozen=True, slots=True)
class Paper:
    """A household's statement as it is printed: the latest entries, the oldest of them first, and what is sealed."""

    village: Village
    household: Household
    merit: int
    lines: list[Line]
    sealed: Standing | None


def on_paper(session: Session, village_id: UUID, household_id: UUID, now: datetime) -> Paper:
    """The statement of a household; NotFound if the village has none such. At most eight statements."""
    household = households.get(session, village_id, household_id)
    page = of_household(session, village_id, household_id, Wanted(size=ON_PAPER))
    return Paper(
        session.get_one(Village, village_id),
        household,
        merit(session, village_id, household_id, village_date(now)),
        list(reversed(page.rows)),
        slip.standing(session, village_id, household_id),
    )


def merit(session: Session, village_id: UUID, household_id: UUID, today: date) -> int:
    """文明分: awards less penalties of the year of a village date, undone ones left out; spending does not lower it."""
    first, last = period("year", today)
    total = session.scalar(
        select(func.sum(LedgerEntry.points)).where(
            LedgerEntry.village_id == village_id,
            LedgerEntry.household_id == household_id,
            LedgerEntry.kind.in_((ledger.AWARD, ledger.PENALTY)),
            unindexed(LedgerEntry.occurred_on).between(first, last),
            standing(),
        )
    )
    return int(total or 0)
