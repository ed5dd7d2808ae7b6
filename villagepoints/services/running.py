"""What a village's ledger adds up to: counted once in a process, then kept up with what was posted since."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from threading import Lock
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import and_, func, or_, select, type_coerce
from sqlalchemy.orm import Session
from sqlalchemy.types import NullType

from villagepoints.domain import expiry
from villagepoints.domain.calendar import Month
from villagepoints.domain.errors import NotFound
from villagepoints.domain.ledger import AWARD, PENALTY, REDEMPTION, REFUND
from villagepoints.domain.report import LARGE, Sum
from villagepoints.domain.rulebook import BASE, CONTRIBUTION
from villagepoints.models import Household, RuleItem
from villagepoints.models.ledger import ENTRIES
from villagepoints.services import rulebook

GENERATED, SPENT = (BASE, CONTRIBUTION), (REDEMPTION, REFUND)  # kinds of sums
_SCORED = (AWARD, PENALTY)
FEW = 400  # accounts that moved: up to here their new entries are read, beyond it all are counted anew


class Account(NamedTuple):
    """A household as the sums need it."""

    id: UUID
    seq: int
    balance: int
    residency: str
    group_no: int | None
    number: str
    is_elder: bool
    has_left: bool


# What entries are added up by: the month (counted from year 0), the item's kind (or the entry's, without an item),
# the item's code, and the residency and group of the household.
Key = tuple[int, str, str | None, str, int | None]


@dataclass(slots=True)
class Cell:
    """Entries of one key: their points, how many, and how many of them from 100 points."""

    points: int = 0
    entries: int = 0
    large: int = 0


@dataclass
class Running:
    """The sums of one village, up to the entries counted in `seqs`."""

    young_from: date  # gains from this village date on do not expire on the first of next month
    kinds: dict[tuple[int, str], str] = field(default_factory=dict)
    accounts: dict[UUID, Account] = field(default_factory=dict)
    seqs: dict[UUID, int] = field(default_factory=dict)
    young: dict[UUID, int] = field(default_factory=lambda: defaultdict(int))
    gained: dict[int, dict[UUID, int]] = field(default_factory=lambda: defaultdict(lambda: defaultdict(int)))
    cells: dict[Key, Cell] = field(default_factory=lambda: defaultdict(Cell))
    base: dict[tuple[date, str], Cell] = field(default_factory=lambda: defaultdict(Cell))  # last day of a month, item
    state: tuple[Any, ...] = ()

    def all_sums(self) -> list[Sum]:
        """Every month by item and residency."""
        return self.sums(Month(0, 1), Month(9999, 12))

    def sums(self, first: Month, last: Month) -> list[Sum]:
        """The months from `first` to `last` by item and residency, as the month's report has them."""
        begin, end = _of(first), _of(last)
        found: dict[tuple[int, str, str | None, str], Cell] = defaultdict(Cell)
        for (month, kind, code, residency, _), cell in self.cells.items():
            if begin <= month <= end:
                _join(found[month, kind, code, residency], cell)
        return [
            Sum(Month(month // 12, month % 12 + 1), kind, code, residency, cell.points, cell.entries, cell.large)
            for (month, kind, code, residency), cell in found.items()
        ]

    def points(self, kinds: Collection[str]) -> int:
        """The points of all entries of these kinds."""
        return sum(cell.points for (_, kind, *_by), cell in self.cells.items() if kind in kinds)

    def here(self) -> list[Account]:
        """The households that have not left."""
        return [one for one in self.accounts.values() if not one.has_left]

    def base_of(self, day: date) -> tuple[int, int]:
        """Households that have the base of the month that ends on that day, and its points."""
        found = [cell for (last, _), cell in self.base.items() if last == day]
        return max((cell.entries for cell in found), default=0), sum(cell.points for cell in found)

    def held_by_month(self) -> dict[Month, int]:
        """In which months the points were gained that households of the village hold now."""
        months = sorted(self.gained, reverse=True)
        held: dict[int, int] = defaultdict(int)
        for one in self.here():
            room = one.balance
            for month in months:
                if room <= 0:
                    break
                kept = min(room, self.gained[month].get(one.id, 0))
                held[month] += kept
                room -= kept
        return {Month(month // 12, month % 12 + 1): points for month, points in held.items() if points}

    def falling_due(self) -> dict[UUID, int]:
        """The points of each household's balance that were gained before `young_from`; who has none is left out."""
        old = {one.id: one.balance - max(0, self.young[one.id]) for one in self.accounts.values() if one.balance > 0}
        return {id_: points for id_, points in old.items() if points > 0 and not self.accounts[id_].has_left}


# Entries are append-only and every account's run 1, 2, 3 …: what was counted up to an entry stays right.
_KEPT: dict[UUID, Running] = {}
_LOCKS: dict[UUID, Lock] = defaultdict(Lock)


def of_village(session: Session, village_id: UUID, today: date) -> Running:
    """The village's sums as of now; two statements where nothing changed, four where a few accounts moved.

    The first count in a process reads every entry: about two seconds for half a million.
    """
    young_from = _young_from(session, village_id, today)
    state = _state(session, village_id, young_from)
    with _LOCKS[village_id]:
        kept = _KEPT.get(village_id)
        if kept is not None and kept.state == state:
            return kept
        accounts = {row.id: Account(*row) for row in session.execute(_accounts(village_id))}
        moved = [one for one in accounts.values() if kept is None or kept.seqs.get(one.id, 0) < one.seq]
        if kept is None or len(moved) > FEW or not _may_go_on(kept, accounts, young_from):
            kept = Running(young_from, _kinds(session, village_id), accounts)
            _add(kept, session.execute(_entries(village_id).execution_options(yield_per=5000)))
        else:
            kept.accounts = accounts
            kept.kinds = _kinds(session, village_id)
            for start in range(0, len(moved), 100):
                newer = _newer(kept, moved[start : start + 100])
                _add(kept, session.execute(_entries(village_id).where(newer)))
        kept.state = state
        _KEPT[village_id] = kept
        return kept


def _young_from(session: Session, village_id: UUID, today: date) -> date:
    """The cutoff of the coming expiry; without rules nothing expires."""
    day = expiry.next_day(today)
    try:
        return expiry.cutoff(rulebook.in_force(session, village_id, day), day)
    except NotFound:
        return date.min


def _state(session: Session, village_id: UUID, young_from: date) -> tuple[Any, ...]:
    row = session.execute(
        select(func.count(), func.sum(Household.last_seq), func.sum(Household.revision)).where(
            Household.village_id == village_id
        )
    ).one()
    return *row, young_from


def _accounts(village_id: UUID) -> Any:
    row = Household
    columns = (row.id, row.last_seq, row.balance, row.residency, row.group_no, row.number, row.is_elder)
    return select(*columns, row.left_on.is_not(None)).where(row.village_id == village_id)


def _may_go_on(kept: Running, accounts: dict[UUID, Account], young_from: date) -> bool:
    """Whether what was counted is still added up by the right keys: nobody changed group or residency."""
    return kept.young_from == young_from and all(
        id_ in accounts and (old.residency, old.group_no) == (accounts[id_].residency, accounts[id_].group_no)
        for id_, old in kept.accounts.items()
    )


def _kinds(session: Session, village_id: UUID) -> dict[tuple[int, str], str]:
    rows = session.execute(
        select(RuleItem.version, RuleItem.code, RuleItem.kind).where(RuleItem.village_id == village_id)
    )
    return {(version, code): kind for version, code, kind in rows}


def _entries(village_id: UUID) -> Any:
    """Entries with the day and the points of the entry that each of them undoes."""
    entry, undone = ENTRIES.c, ENTRIES.alias("undone")
    of_it = and_(
        undone.c.village_id == entry.village_id,
        undone.c.household_id == entry.household_id,
        undone.c.seq == entry.reverses_seq,
    )
    raw = NullType()  # of half a million ids and days only a few differ: they are converted once each
    return (
        select(
            type_coerce(entry.household_id, raw).label("of_household"),
            entry.seq,
            entry.kind,
            entry.points,
            type_coerce(entry.occurred_on, raw).label("day"),
            entry.rulebook_version,
            entry.item_code,
            type_coerce(undone.c.occurred_on, raw).label("undone_day"),
            undone.c.points.label("undone_points"),
        )
        .select_from(ENTRIES.outerjoin(undone, of_it))
        .where(entry.village_id == village_id)
    )


def _newer(kept: Running, lot: Sequence[Account]) -> Any:
    entry = ENTRIES.c
    return or_(*(and_(entry.household_id == one.id, entry.seq > kept.seqs.get(one.id, 0)) for one in lot))


def _add(kept: Running, rows: Iterable[Any]) -> None:
    """Count entries in; one that was posted between two statements is counted when its account shows it."""
    accounts: dict[Any, Account | None] = {}  # by the id as the driver gives it
    days: dict[Any, tuple[date, int]] = {}
    for row in rows:
        raw_id, seq, kind, points, raw_day, version, code, raw_undone, undone_points = row
        if raw_id not in accounts:
            accounts[raw_id] = kept.accounts.get(_id(raw_id))
        account = accounts[raw_id]
        if account is None or seq > account.seq:
            continue
        day, month = days.get(raw_day) or days.setdefault(raw_day, _day(raw_day))
        of_item = kind if code is None else kept.kinds[version, code]
        cell = kept.cells[month, of_item, code, account.residency, account.group_no]
        cell.points += points
        cell.entries += 1
        if kind in _SCORED and not -LARGE < points < LARGE:
            cell.large += 1
        if raw_undone is not None:
            sign, (since, month), gain = -1, _day(raw_undone), undone_points
        else:
            sign, since, gain = 1, day, points
        if gain > 0:
            kept.gained[month][account.id] += sign * gain
            if since >= kept.young_from:
                kept.young[account.id] += sign * gain
        if of_item == BASE:
            base = kept.base[since, code]
            base.points += points
            base.entries += sign
    kept.seqs = {one.id: one.seq for one in kept.accounts.values()}


def _id(raw: Any) -> UUID:
    return raw if isinstance(raw, UUID) else UUID(raw)


def _day(raw: Any) -> tuple[date, int]:
    day = raw if isinstance(raw, date) else date.fromisoformat(raw)
    return day, _of(Month.of(day))


def _of(month: Month) -> int:
    return month.year * 12 + month.number - 1


def _join(into: Cell, other: Cell) -> None:
    into.points += other.points
    into.entries += other.entries
    into.large += other.large
