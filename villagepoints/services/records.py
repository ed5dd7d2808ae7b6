"""A household's own records: one page of entries by month and kind, each with its reason and who recorded it."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Select, and_, func, select
from sqlalchemy.orm import Session, aliased

from villagepoints.domain import ledger
from villagepoints.domain.actor import Actor
from villagepoints.domain.calendar import Month, village_date
from villagepoints.models import EntryText, LedgerEntry, RuleItem, User
from villagepoints.services.objection_list import is_disputed

PAGE = 30
# what a person looks for, and which entries that is
KINDS = {
    "gained": (ledger.AWARD, ledger.OPENING),
    "lost": (ledger.PENALTY, ledger.EXPIRY),
    "spent": (ledger.REDEMPTION, ledger.REFUND),
    "corrected": (ledger.REVERSAL, ledger.TRANSFER),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """One entry as its household reads it."""

    seq: int
    kind: str
    points: int
    balance_after: int
    occurred_on: date
    recorded_at: datetime
    item_code: str | None
    item_name: str | None
    item_kind: str | None
    note: str
    recorder: str
    approver: str
    reverses_seq: int | None
    reversed_by: int | None
    is_disputed: bool

    @property
    def posted_on(self) -> date:
        """The village date on which it was posted: from then it may be objected to."""
        return village_date(self.recorded_at)

    @property
    def in_month(self) -> Month:
        """The month it belongs to."""
        return Month.of(self.occurred_on)

    @property
    def fold(self) -> str:
        """Entries that are read as one: a month's base; everything else stands by itself."""
        return f"base {self.occurred_on}" if self.kind == ledger.AWARD and self.item_kind == "base" else str(self.seq)


@dataclass(frozen=True, slots=True)
class Records:
    """A page of records, the newest first; `older` is the number to go on below, None at the end."""

    rows: list[Record]
    months: list[Month]
    older: int | None


def page(session: Session, actor: Actor, *, month: Month | None, kind: str, below: int | None) -> Records:
    """One page of the actor's household: entries of a month and kind, numbered below `below`; two statements."""
    mine = (LedgerEntry.village_id == actor.village_id, LedgerEntry.household_id == actor.household_id)
    wanted = _rows().where(*mine).order_by(LedgerEntry.seq.desc()).limit(PAGE + 1)
    if month is not None:
        wanted = wanted.where(LedgerEntry.occurred_on.between(month.first, month.last))
    if kind in KINDS:
        wanted = wanted.where(LedgerEntry.kind.in_(KINDS[kind]))
    if below is not None:
        wanted = wanted.where(LedgerEntry.seq < below)
    rows = [Record(**row) for row in session.execute(wanted).mappings()]
    days = session.execute(
        select(func.min(LedgerEntry.occurred_on), func.max(LedgerEntry.occurred_on)).where(*mine)
    ).one()
    shown = _whole_folds(rows)
    return Records(shown, _months(*days), shown[-1].seq if len(rows) > len(shown) else None)


def _whole_folds(rows: list[Record]) -> list[Record]:
    """The rows of a page without the beginning of something that would only be whole on the next page."""
    shown = rows[:PAGE]
    if len(rows) > PAGE and shown[0].fold != rows[PAGE].fold:
        shown = [row for row in shown if row.fold != rows[PAGE].fold]
    return shown


def _months(first: date | None, last: date | None) -> list[Month]:
    if first is None or last is None:
        return []
    months: list[Month] = []
    month = Month.of(last)
    while month >= Month.of(first) and len(months) < 60:
        months.append(month)
        month -= 1
    return months


def _rows() -> Select[*tuple[Any, ...]]:
    entry, undoing, recorder, approver = LedgerEntry, aliased(LedgerEntry), aliased(User), aliased(User)
    of_text = and_(EntryText.village_id == entry.village_id, EntryText.household_id == entry.household_id)
    undoes = and_(undoing.village_id == entry.village_id, undoing.household_id == entry.household_id)
    of_book = and_(RuleItem.village_id == entry.village_id, RuleItem.version == entry.rulebook_version)
    return (
        select(
            entry.seq,
            entry.kind,
            entry.points,
            entry.balance_after,
            entry.occurred_on,
            entry.recorded_at,
            entry.item_code,
            RuleItem.name.label("item_name"),
            RuleItem.kind.label("item_kind"),
            func.coalesce(EntryText.note, "").label("note"),
            func.coalesce(func.nullif(EntryText.recorder, ""), recorder.name, "").label("recorder"),
            func.coalesce(approver.name, "").label("approver"),
            entry.reverses_seq,
            undoing.seq.label("reversed_by"),
            is_disputed(entry).label("is_disputed"),
        )
        .outerjoin(EntryText, and_(of_text, EntryText.seq == entry.seq))
        .outerjoin(RuleItem, and_(of_book, RuleItem.code == entry.item_code))
        .outerjoin(undoing, and_(undoes, undoing.reverses_seq == entry.seq))
        .outerjoin(recorder, and_(recorder.village_id == entry.village_id, recorder.id == entry.recorded_by))
        .outerjoin(approver, and_(approver.village_id == entry.village_id, approver.id == entry.approved_by))
    )
