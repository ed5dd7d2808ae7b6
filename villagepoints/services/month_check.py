"""Hold the closed months against what they were closed from: findings, red lines and the rules of their time."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import and_, exists, func, select
from sqlalchemy.orm import Session

from villagepoints.domain import ledger
from villagepoints.domain.calendar import Month
from villagepoints.domain.month_close import CLOSED
from villagepoints.domain.rulebook import BASE, RuleBook
from villagepoints.models import Household, LedgerEntry, MonthClose, RuleItem
from villagepoints.services import month_base, rulebook
from villagepoints.services.undone import undone

Wrong = tuple[str | None, str]  # a household's number, and what is wrong with its month


def wrong_months(session: Session, village_id: UUID) -> Iterator[Wrong]:
    """Every household whose base of a closed month is missing, double, out of bounds, or not what was found."""
    closed = select(MonthClose).where(MonthClose.village_id == village_id, MonthClose.status == CLOSED)
    closes = session.scalars(closed.order_by(MonthClose.month)).all()
    books = {book.version: book for book in rulebook.versions(session, village_id)} if closes else {}
    for close in closes:
        month = Month.parse(close.month)
        entries = _entries(session, village_id, month)
        numbers = {household_id: rows[0].number for household_id, rows in entries.items()}
        for version, of_version in _by_version(entries).items():
            earned = month_base.earned(session, village_id, month, books[version], list(of_version))
            for household_id, rows in of_version.items():
                for sentence in _wrong(books[version], rows, earned[household_id]):
                    yield numbers[household_id], f"{month}：{sentence}"
        for number in _without(session, close, month, set(entries)):
            yield number, f"{month}：已经结账，这户却没有基础分。"
        count = _posted_by(session, close, month)
        if count != close.households:
            yield None, f"{month}：结账时记了 {close.households} 户，账上是 {count} 户。"


def _base(village_id: UUID, month: Month) -> tuple[Any, ...]:
    """The conditions of a base entry of the month, standing or not."""
    of_book = and_(
        RuleItem.village_id == LedgerEntry.village_id,
        RuleItem.version == LedgerEntry.rulebook_version,
        RuleItem.code == LedgerEntry.item_code,
        RuleItem.kind == BASE,
    )
    return (
        LedgerEntry.village_id == village_id,
        LedgerEntry.occurred_on == month.last,
        LedgerEntry.kind == ledger.AWARD,
        exists().where(of_book),
    )


def _entries(session: Session, village_id: UUID, month: Month) -> dict[UUID, list[Any]]:
    found: dict[UUID, list[Any]] = defaultdict(list)
    rows = session.execute(
        select(
            LedgerEntry.household_id,
            Household.number,
            LedgerEntry.rulebook_version,
            LedgerEntry.item_code,
            LedgerEntry.points,
            LedgerEntry.origin,
            undone().label("undone"),
        )
        .join(Household, and_(Household.village_id == LedgerEntry.village_id, Household.id == LedgerEntry.household_id))
        .where(*_base(village_id, month))
        .order_by(Household.number, LedgerEntry.seq)
    )
    for row in rows:
        found[row.household_id].append(row)
    return found


def _by_version(entries: Mapping[UUID, list[Any]]) -> dict[int, dict[UUID, list[Any]]]:
    """The households by the version of the rules their month was closed under: the one of their last entry."""
    found: dict[int, dict[UUID, list[Any]]] = defaultdict(dict)
    for household_id, rows in entries.items():
        found[rows[-1].rulebook_version][household_id] = rows
    return found


def _wrong(book: RuleBook, rows: Sequence[Any], earned: Mapping[str, int]) -> Iterator[str]:
    """What is wrong with a household's month; what was put right or imported need not agree with the findings."""
    by_hand = {row.item_code for row in rows if row.undone or row.origin == ledger.IMPORT}
    standing = [row for row in rows if not row.undone]
    imported = {row.item_code for row in standing if row.origin == ledger.IMPORT}
    for item in book.of_kind(BASE):
        points = [row.points for row in standing if row.item_code == item.code]
        if len(points) != 1:
            yield f"{item.code} 有 {len(points)} 条基础分，应当正好一条。"
        elif item.code not in imported and not 0 <= points[0] <= item.points:
            yield f"{item.code} 记了 {points[0]} 分，应在 0 到 {item.points} 之间。"
        elif item.code not in by_hand and points[0] != earned[item.code]:
            yield f"{item.code} 记了 {points[0]} 分，按检查发现应是 {earned[item.code]} 分。"
    if not imported and (total := sum(row.points for row in standing)) > book.monthly_base:
        yield f"基础分共 {total} 分，每月最多 {book.monthly_base} 分。"


def _without(session: Session, close: MonthClose, month: Month, having: set[UUID]) -> list[str]:
    """Households that lived there and have no base; who came to the books only after the close is not meant."""
    known_before = exists().where(
        LedgerEntry.village_id == Household.village_id,
        LedgerEntry.household_id == Household.id,
        LedgerEntry.seq == 1,
        LedgerEntry.recorded_at <= close.closed_at,
    )
    rows = session.execute(
        select(Household.id, Household.number)
        .where(*month_base.living(close.village_id, month), known_before)
        .order_by(Household.number)
    )
    return [number for household_id, number in rows if household_id not in having]


def _posted_by(session: Session, close: MonthClose, month: Month) -> int:
    """How many households the close itself posted for, whatever was put right since."""
    return session.scalars(
        select(func.count(func.distinct(LedgerEntry.household_id))).where(
            *_base(close.village_id, month),
            LedgerEntry.origin == ledger.PAGE,
            LedgerEntry.recorded_at.between(close.started_at, close.closed_at),
        )
    ).one()
