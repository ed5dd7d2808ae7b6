"""Let points expire that were gained longer ago than the rule book keeps them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import ColumnElement, Row, and_, case, func, select
from sqlalchemy.orm import Session

from villagepoints.domain import expiry, ledger
from villagepoints.domain.actor import Actor
from villagepoints.domain.calendar import village_date
from villagepoints.domain.errors import NotFound
from villagepoints.domain.ledger import Draft
from villagepoints.models import Household, LedgerEntry, Resident
from villagepoints.services import posting, rulebook, running
from villagepoints.services.paging import Page, Wanted
from villagepoints.services.running import Account
from villagepoints.services.transaction import transaction
from villagepoints.services.undone import standing

MOST = 2000  # households of one transaction


@transaction
def expire(session: Session, actor: Actor, *, now: datetime) -> int:
    """Post one expiry entry for each household that has points past the cutoff; how many households there were.

    Posts nothing when run again on the same day; call it until it returns 0.
    """
    today = village_date(now)
    try:
        before = expiry.cutoff(rulebook.in_force(session, actor.village_id, today), today)
    except NotFound:
        return 0  # a village without rules has nothing that could expire
    candidates = [row.id for row in _sums(session, actor.village_id, before, None) if _due(row)][:MOST]
    posting.lock(session, actor.village_id, candidates)
    drafts = [
        Draft(
            household_id=row.id,
            kind=ledger.EXPIRY,
            points=-points,
            occurred_on=today,
            origin=ledger.JOB,
            note=f"{before.year}年{before.month}月以前得的积分到期",
        )
        for row in _sums(session, actor.village_id, before, candidates)  # again, now that nobody can spend them
        if (points := _due(row))
    ]
    posting.post(session, actor.village_id, drafts, now)
    return len(drafts)


def _due(row: Row[UUID, int, int, int, int, int]) -> int:
    _, balance, gained, spent, lost, expired = row
    return expiry.due(
        balance=balance, gained_before=int(gained), spent=int(spent), lost=int(lost), expired=int(expired)
    )


@dataclass(frozen=True, slots=True)
class Expiring:
    """A household with points that are about to expire."""

    household_id: UUID
    number: str
    head_name: str
    group_no: int | None
    is_elder: bool
    phone: str
    balance: int
    points: int


SORTS: dict[str, Callable[[Account, int], tuple[int, str]]] = {
    "number": lambda account, _due: (0, account.number),
    "group": lambda account, _due: (-1 if account.group_no is None else account.group_no, ""),
    "balance": lambda account, _due: (account.balance, ""),
    "points": lambda _account, due: (due, ""),
}


def soon(session: Session, village_id: UUID, today: date, wanted: Wanted | None) -> tuple[date, Page[Expiring]]:
    """The next day on which points expire, and one page of the households that then lose some (all of them without
    `wanted`), elders first, then those who lose most; what each spends until then saves it."""
    kept = running.of_village(session, village_id, today)
    due = kept.falling_due()
    order = sorted(due, key=lambda id_: (not kept.accounts[id_].is_elder, -due[id_], kept.accounts[id_].number))
    if wanted is not None and (by := wanted.sort.removeprefix("-")) in SORTS:
        order.sort(key=lambda id_: SORTS[by](kept.accounts[id_], due[id_]), reverse=wanted.sort.startswith("-"))
    if wanted is None:
        wanted = Wanted(size=max(1, len(order)))
    ids = order[wanted.offset : wanted.offset + wanted.size]
    called = (
        select(func.max(Resident.phone))
        .where(Resident.village_id == Household.village_id, Resident.household_id == Household.id, Resident.line == 0)
        .correlate(Household)
        .scalar_subquery()
    )
    shown = (Household.number, Household.head_name, Household.group_no, Household.is_elder, called, Household.balance)
    query = select(Household.id, *shown).where(Household.village_id == village_id)
    if len(ids) <= MOST:  # else all of them are read: a list of ids has its limit
        query = query.where(Household.id.in_(ids))
    found = {
        id_: Expiring(id_, number, name, group_no, is_elder, phone or "", balance, due[id_])
        for id_, number, name, group_no, is_elder, phone, balance in session.execute(query)
        if id_ in due
    }
    rows = [found[id_] for id_ in ids]
    sums = {"points": sum(due.values()), "balance": sum(kept.accounts[id_].balance for id_ in due)}
    page = Page(rows, wanted.number, wanted.size, len(order), wanted.sort, sums=sums)
    return expiry.next_day(today), page


def _totals(before: date) -> tuple[ColumnElement[int], ColumnElement[int], ColumnElement[int], ColumnElement[int]]:
    """Of a household's entries: gained before the date, and all it spent, lost and let expire."""

    def total(counted: ColumnElement[bool]) -> ColumnElement[int]:
        return func.coalesce(func.sum(case((counted, func.abs(LedgerEntry.points)), else_=0)), 0)

    return (
        total(and_(LedgerEntry.points > 0, LedgerEntry.occurred_on < before)),
        total(LedgerEntry.kind.in_((ledger.REDEMPTION, ledger.TRANSFER)) & (LedgerEntry.points < 0)),
        total(LedgerEntry.kind.in_((ledger.PENALTY, ledger.OPENING)) & (LedgerEntry.points < 0)),
        total(LedgerEntry.kind == ledger.EXPIRY),
    )


def _counts() -> ColumnElement[bool]:
    # undone entries and what undid them (reversal, refund) net to nothing at the date of the entry that was undone
    return and_(
        LedgerEntry.village_id == Household.village_id,
        LedgerEntry.household_id == Household.id,
        LedgerEntry.reverses_seq.is_(None),
        standing(),
    )


def _sums(
    session: Session, village_id: UUID, before: date, only: Sequence[UUID] | None
) -> Sequence[Row[UUID, int, int, int, int, int]]:
    """Of each household with a balance: what it gained before the date, and all it spent, lost and let expire."""
    query = (
        select(Household.id, Household.balance, *_totals(before))
        .join(LedgerEntry, _counts())
        .where(Household.village_id == village_id, Household.balance > 0)
        .group_by(Household.id, Household.balance)
        .order_by(Household.id)
    )
    return session.execute(query if only is None else query.where(Household.id.in_(only))).all()
