"""The desk's first page: the published totals, the months, categories and groups, what is most deducted and wanted."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Integer, and_, case, cast, func, select
from sqlalchemy.orm import Session

from villagepoints.domain import redemption
from villagepoints.domain.calendar import Month
from villagepoints.domain.report import RELOCATED, Sum
from villagepoints.domain.reward import DAYS, days_left, to_order
from villagepoints.domain.rulebook import PENALTY, RuleBook
from villagepoints.models import Redemption, RedemptionLine, Reward
from villagepoints.services import rulebook, running
from villagepoints.services.running import GENERATED, SPENT, Running

MONTHS, MOST_DEDUCTED, MOST_WANTED = 6, 5, 5


@dataclass(frozen=True, slots=True)
class MonthRow:
    """Points generated and redeemed in a month written 2026-01."""

    month: str
    generated: int
    redeemed: int


@dataclass(frozen=True, slots=True)
class GroupRow:
    """Points a group of the village generated and redeemed; None: households without a group."""

    group_no: int | None
    generated: int
    redeemed: int


@dataclass(frozen=True, slots=True)
class ShareRow:
    """Redemptions of a month, and how many of them villagers made themselves."""

    month: str
    redemptions: int
    own: int

    @property
    def percent(self) -> int:
        """The share in whole percent."""
        return round(self.own * 100 / self.redemptions) if self.redemptions else 0


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
    categories: Sequence[tuple[str, int]]  # name of the category, points generated less deducted
    groups: Sequence[GroupRow]
    shares: Sequence[ShareRow]
    deducted: Sequence[tuple[str, str, int]]  # item code, name, points lost


# Adding up thousands of sums takes its time: one village, one state of its books, one result.
_counted: dict[UUID, tuple[tuple[Any, ...], Totals]] = {}


def totals(session: Session, village_id: UUID, today: date) -> Totals:
    """The published totals, added up again only when an entry or a household changed since."""
    book = rulebook.in_force(session, village_id, today)
    sums = running.of_village(session, village_id, today)
    now = (*sums.state, book.version)
    kept = _counted.get(village_id)
    if kept is None or kept[0] != now:
        kept = _counted[village_id] = (now, _count(sums, book, _channels(session, village_id)))
    return kept[1]


def _count(sums: Running, book: RuleBook, channels: Sequence[ShareRow]) -> Totals:
    parts, redemptions = sums.all_sums(), sum(row.redemptions for row in channels)
    here = sums.here()
    return Totals(
        generated=sums.points(GENERATED),
        redeemed=-sums.points(SPENT),
        outstanding=sum(one.balance for one in sums.accounts.values()),  # of those who left as well
        self_service_share=round(sum(row.own for row in channels) / redemptions, 4) if redemptions else 0,
        households=len(here),
        relocated=sum(one.residency == RELOCATED for one in here),
        expiring=len(sums.falling_due()),
        months=_months(parts)[-MONTHS:],
        categories=_categories(parts, book),
        groups=_groups(sums),
        shares=channels[-MONTHS:],
        deducted=_deducted(sums, parts, book),
    )


def _months(parts: Sequence[Sum]) -> list[MonthRow]:
    generated, redeemed = Counter[Month](), Counter[Month]()
    for part in parts:
        generated[part.month] += part.points if part.kind in GENERATED else 0
        redeemed[part.month] -= part.points if part.kind in SPENT else 0
    months = sorted(month for month in generated if generated[month] or redeemed[month])
    return [MonthRow(str(month), generated[month], redeemed[month]) for month in months]


def _categories(parts: Sequence[Sum], book: RuleBook) -> list[tuple[str, int]]:
    """The categories of the book in its order; items that it no longer has are left out."""
    found: Counter[str] = Counter()
    for part in parts:
        if part.item_code is not None and part.item_code in book.items:
            found[book.items[part.item_code].category] += part.points
    return [(category.name, found[category.code]) for category in book.categories]


def _groups(sums: Running) -> list[GroupRow]:
    generated, redeemed = Counter[int | None](), Counter[int | None]()
    for (_, kind, _, _, group_no), cell in sums.cells.items():
        generated[group_no] += cell.points if kind in GENERATED else 0
        redeemed[group_no] -= cell.points if kind in SPENT else 0
    numbers = sorted(generated, key=lambda number: (number is None, number or 0))
    return [GroupRow(number, generated[number], redeemed[number]) for number in numbers]


def _deducted(sums: Running, parts: Sequence[Sum], book: RuleBook) -> list[tuple[str, str, int]]:
    """Items by the points they cost: base not earned (a month's full points less what was given) and penalties."""
    lost: Counter[str] = Counter()
    for (_, code), cell in sums.base.items():
        if code in book.items:
            lost[code] += book.items[code].points * cell.entries - cell.points
    for part in parts:
        if part.kind == PENALTY and part.item_code is not None and part.item_code in book.items:
            lost[part.item_code] -= part.points
    return [(code, book.items[code].name, points) for code, points in lost.most_common(MOST_DEDUCTED) if points > 0]


def _channels(session: Session, village_id: UUID) -> list[ShareRow]:
    """Redemptions that stand, by the month they were made in."""
    year = cast(func.extract("year", Redemption.occurred_on), Integer)
    month = cast(func.extract("month", Redemption.occurred_on), Integer)
    rows = session.execute(
        select(year, month, func.count(), func.sum(case((Redemption.channel == redemption.SELF, 1), else_=0)))
        .where(Redemption.village_id == village_id, Redemption.status.in_((redemption.RESERVED, redemption.FULFILLED)))
        .group_by(year, month)
        .order_by(year, month)
    )
    return [ShareRow(f"{y:04d}-{m:02d}", count, int(own)) for y, m, count, own in rows]


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
