"""The desk's first page: the published totals, the months, what is most deducted and most wanted."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Integer, and_, case, cast, func, select
from sqlalchemy.orm import Session

from villagepoints.domain import ledger, redemption
from villagepoints.domain.calendar import Month
from villagepoints.domain.reward import DAYS, days_left, to_order
from villagepoints.domain.rulebook import BASE, RuleBook
from villagepoints.models import Household, LedgerEntry, Redemption, RedemptionLine, Reward
from villagepoints.services import expiry, paging, rulebook, stats

MONTHS, MOST_DEDUCTED, MOST_WANTED = 6, 5, 5


@dataclass(frozen=True, slots=True)
class MonthRow:
    """Points generated and redeemed in a month written 2026-01."""

    month: str
    generated: int
    redeemed: int


@dataclass(frozen=True, slots=True)
class Wanted:
    """Goods as they go: pieces of the last 30 days, how long the stock lasts, how many to order."""

    reward_id: UUID
    name: str
    pieces: int
    stock: int
    days_left: int | None
    to_order: int


@dataclass(frozen=True, slots=True)
class Totals:
    """What the books add up to; points, counts, and the share of redemptions made by villagers themselves."""

    generated: int
    redeemed: int
    outstanding: int
    self_service_share: float
    households: int
    relocated: int
    expiring: int  # households with points that expire on the first of next month
    months: Sequence[MonthRow]
    deducted: Sequence[tuple[str, str, int]]  # item code, name, points lost


# Counting a whole ledger takes a second in a large village. The books are append-only, so figures counted at a state
# of the accounts stay right until that state changes: one village, one state, one result.
_counted: dict[UUID, tuple[tuple[Any, ...], Totals]] = {}


def totals(session: Session, village_id: UUID, today: date) -> Totals:
    """The published totals, counted again only when an entry or a household was added since."""
    state = session.execute(
        select(
            func.coalesce(func.sum(Household.last_seq), 0),
            func.count(),
            func.sum(case((Household.residency == "relocated", 1), else_=0)),
            func.sum(case((Household.left_on.is_not(None), 1), else_=0)),
        ).where(Household.village_id == village_id)
    ).one()
    book = rulebook.in_force(session, village_id, today)
    now = (*state, book.version, Month.of(today))
    kept = _counted.get(village_id)
    if kept is None or kept[0] != now:
        kept = _counted[village_id] = (now, _count(session, village_id, book, today))
    return kept[1]


def _count(session: Session, village_id: UUID, book: RuleBook, today: date) -> Totals:
    figures = stats.stats(session, village_id)
    redeemed = _redeemed_by_month(session, village_id)
    generated: Mapping[str, int] = figures["generated_by_month"]
    months = sorted({*generated, *redeemed})[-MONTHS:]
    return Totals(
        generated=figures["points_generated"],
        redeemed=figures["points_redeemed"],
        outstanding=figures["points_outstanding"],
        self_service_share=figures["self_service_share_of_redemptions"],
        households=figures["households"],
        relocated=figures["relocated_households"],
        expiring=expiry.soon(session, village_id, today, paging.Wanted(size=1))[1].total or 0,
        months=[MonthRow(month, generated.get(month, 0), redeemed.get(month, 0)) for month in months],
        deducted=_deducted(session, village_id, book),
    )


def _redeemed_by_month(session: Session, village_id: UUID) -> dict[str, int]:
    year = cast(func.extract("year", LedgerEntry.occurred_on), Integer)
    month = cast(func.extract("month", LedgerEntry.occurred_on), Integer)
    rows = session.execute(
        select(year, month, func.sum(LedgerEntry.points))
        .where(LedgerEntry.village_id == village_id, LedgerEntry.kind.in_((ledger.REDEMPTION, ledger.REFUND)))
        .group_by(year, month)
    )
    return {f"{y:04d}-{m:02d}": -int(points) for y, m, points in rows}


def _deducted(session: Session, village_id: UUID, book: RuleBook) -> list[tuple[str, str, int]]:
    """Items by the points they cost: base not earned (a month's full points less what was given) and penalties."""
    months = func.sum(case((LedgerEntry.kind == ledger.AWARD, 1), (LedgerEntry.kind == ledger.REVERSAL, -1), else_=0))
    rows = session.execute(
        select(LedgerEntry.item_code, func.sum(LedgerEntry.points), months)
        .where(LedgerEntry.village_id == village_id, LedgerEntry.item_code.is_not(None))
        .group_by(LedgerEntry.item_code)
    )
    lost = []
    for code, points, count in rows:
        item = book.items.get(code)
        if item is not None and item.kind != "contribution":
            full = item.points * int(count) if item.kind == BASE else 0
            lost.append((item.code, item.name, full - int(points)))
    return sorted((row for row in lost if row[2] > 0), key=lambda row: -row[2])[:MOST_DEDUCTED]


def most_wanted(session: Session, village_id: UUID, today: date) -> list[Wanted]:
    """The goods most taken in the last 30 days, with how long their stock lasts; one statement."""
    pieces = func.sum(RedemptionLine.quantity)
    of_line = and_(Redemption.village_id == RedemptionLine.village_id, Redemption.id == RedemptionLine.redemption_id)
    rows = session.execute(
        select(Reward.id, Reward.name, pieces, Reward.stock)
        .join(
            RedemptionLine, and_(RedemptionLine.village_id == Reward.village_id, RedemptionLine.reward_id == Reward.id)
        )
        .join(Redemption, of_line)
        .where(
            Reward.village_id == village_id,
            Redemption.status.in_((redemption.RESERVED, redemption.FULFILLED)),
            Redemption.occurred_on > today - timedelta(days=DAYS),
        )
        .group_by(Reward.id, Reward.name, Reward.stock)
        .order_by(pieces.desc(), Reward.name)
        .limit(MOST_WANTED)
    )
    return [
        Wanted(id_, name, int(taken), stock, days_left(stock, int(taken)), to_order(stock, int(taken)))
        for id_, name, taken, stock in rows
    ]
