"""The month's report, added up in the database by the day things happened, as the books stand now."""

from collections.abc import Sequence
from datetime import date, datetime, time
from uuid import UUID

from sqlalchemy import ColumnElement, Integer, and_, case, cast, func, or_, select
from sqlalchemy.orm import Session

from villagepoints.domain import ledger
from villagepoints.domain.calendar import SHANGHAI, Month
from villagepoints.domain.errors import N_, BadInput
from villagepoints.domain.redemption import CHANNELS
from villagepoints.domain.report import (
    LARGE,
    RESIDENCIES,
    ItemName,
    LastSeal,
    MonthReport,
    Sum,
    Taken,
    Totals,
    lines,
    totals,
)
from villagepoints.domain.seal import fingerprint
from villagepoints.models import Household, LedgerEntry, Redemption, RedemptionLine, Reward, RuleItem, Seal
from villagepoints.services import rulebook, running
from villagepoints.services.stats import item_join

CHART_MONTHS = 6
LISTED = 12  # months on a page of the list
SPENT = (ledger.REDEMPTION, ledger.REFUND)


def parse_month(text: str) -> Month:
    """`2026-01` as a month; BadInput with an example for anything else."""
    try:
        return Month.parse(text)
    except ValueError:
        raise BadInput(N_("「%(text)s」不是月份。请写成 2026-01 这样。"), text=text[:20]) from None


def month_report(session: Session, village_id: UUID, month: Month, today: date) -> MonthReport:
    """The report of one month, as the books stand on village date `today`; at most ten statements.

    A reversal counts in the month in which it was made, against the item of the entry it undoes.
    """
    first = month - (CHART_MONTHS - 1)
    sums = _sums(session, village_id, first.first, month.last)
    of = {each: [part for part in sums if part.month == each] for each in (month - 1, month)}
    households = _households(session, village_id, month)
    outstanding = _outstanding(session, village_id, month)
    now = totals(of[month], outstanding)
    book = rulebook.in_force(session, village_id, month.last)
    names = [ItemName(item.code, item.name, item.category, item.kind) for item in book.items.values()]
    names += _retired(session, village_id, sums, {item.code for item in names})
    categories = {category.code: category.name for category in book.categories}
    total, groups = lines(of[month], of[month - 1], names, {**categories, **_missing(names, categories)})
    return MonthReport(
        month=month,
        households=households,
        now=now,
        before=totals(of[month - 1], now.brought_forward),
        total=total,
        groups=groups,
        channels=_channels(session, village_id, month),
        goods=_goods(session, village_id, month),
        entries=sum(part.entries for part in of[month]),
        large=sum(part.large for part in of[month]),
        late=_late(session, village_id, month),
        months=_months(sums, first, month),
        seal=_last_seal(session, village_id),
        is_over=month.last < today,
    )


def _happened(village_id: UUID, first: date, last: date) -> ColumnElement[bool]:
    return and_(LedgerEntry.village_id == village_id, LedgerEntry.occurred_on.between(first, last))


def _year_month() -> tuple[ColumnElement[int], ColumnElement[int]]:
    year = cast(func.extract("year", LedgerEntry.occurred_on), Integer)
    return year, cast(func.extract("month", LedgerEntry.occurred_on), Integer)


def _of_household() -> ColumnElement[bool]:
    return and_(Household.village_id == LedgerEntry.village_id, Household.id == LedgerEntry.household_id)


def _kind() -> ColumnElement[str]:
    """Base, contribution or penalty by the item, so that a reversal nets with what it undoes; else the entry's kind."""
    return func.coalesce(RuleItem.kind, LedgerEntry.kind)


def _sums(session: Session, village_id: UUID, first: date, last: date) -> list[Sum]:
    year, month = _year_month()
    posted = LedgerEntry.kind.in_((ledger.AWARD, ledger.PENALTY))
    large = and_(posted, or_(LedgerEntry.points >= LARGE, LedgerEntry.points <= -LARGE))
    by = (year, month, _kind(), LedgerEntry.item_code, Household.residency)
    rows = session.execute(
        select(*by, func.sum(LedgerEntry.points), func.count(), func.sum(case((large, 1), else_=0)))
        .join(Household, _of_household())
        .outerjoin(RuleItem, item_join())
        .where(_happened(village_id, first, last))
        .group_by(*by)
    )
    return [Sum(Month(y, m), kind, code, lives, int(p), n, int(big)) for y, m, kind, code, lives, p, n, big in rows]


def _households(session: Session, village_id: UUID, month: Month) -> dict[str, int]:
    """Households that had not left by the month's end, by residency as it is now."""
    rows = session.execute(
        select(Household.residency, func.count())
        .where(Household.village_id == village_id, or_(Household.left_on.is_(None), Household.left_on > month.last))
        .group_by(Household.residency)
    )
    return {**dict.fromkeys(RESIDENCIES, 0), **{row[0]: row[1] for row in rows}}


def _outstanding(session: Session, village_id: UUID, month: Month) -> int:
    """Balances at the month's end: today's, less what happened since, in one statement and so of one instant."""
    today = select(func.coalesce(func.sum(Household.balance), 0)).where(Household.village_id == village_id)
    since = select(func.coalesce(func.sum(LedgerEntry.points), 0)).where(
        LedgerEntry.village_id == village_id, LedgerEntry.occurred_on > month.last
    )
    balances, later = session.execute(select(today.scalar_subquery(), since.scalar_subquery())).one()
    return int(balances) - int(later)


def _retired(session: Session, village_id: UUID, sums: Sequence[Sum], known: set[str]) -> list[ItemName]:
    """Items that entries of these months name and the rule book in force no longer has."""
    codes = {part.item_code for part in sums if part.item_code} - known
    if not codes:
        return []
    rows = session.execute(
        select(RuleItem.code, RuleItem.name, RuleItem.category, RuleItem.kind)
        .where(RuleItem.village_id == village_id, RuleItem.code.in_(codes))
        .order_by(RuleItem.code, RuleItem.version)
    )
    return list({row.code: ItemName(*row) for row in rows}.values())


def _missing(names: Sequence[ItemName], categories: dict[str, str]) -> dict[str, str]:
    return {item.category: item.category for item in names if item.category not in categories}


def _given_and_back() -> ColumnElement[int]:
    """1 for a redemption, −1 for what was given back, so that sums agree with the ledger's."""
    return case((LedgerEntry.kind == ledger.REDEMPTION, 1), else_=-1)


def _of_redemption() -> ColumnElement[bool]:
    return and_(Redemption.village_id == LedgerEntry.village_id, Redemption.id == LedgerEntry.redemption_id)


def _channels(session: Session, village_id: UUID, month: Month) -> tuple[Taken, ...]:
    rows = session.execute(
        select(Redemption.channel, func.sum(_given_and_back()), func.sum(LedgerEntry.points))
        .select_from(LedgerEntry)
        .join(Redemption, _of_redemption())
        .where(_happened(village_id, month.first, month.last), LedgerEntry.kind.in_(SPENT))
        .group_by(Redemption.channel)
    )
    found = {channel: Taken(channel, int(number), -int(points)) for channel, number, points in rows}
    return tuple(found.get(channel, Taken(channel, 0, 0)) for channel in CHANNELS)


def _goods(session: Session, village_id: UUID, month: Month) -> tuple[Taken, ...]:
    line = RedemptionLine
    pieces = func.sum(_given_and_back() * line.quantity)
    points = func.sum(_given_and_back() * line.quantity * line.points_each)
    of_line = and_(line.village_id == LedgerEntry.village_id, line.redemption_id == LedgerEntry.redemption_id)
    rows = session.execute(
        select(Reward.name, pieces, points)
        .select_from(LedgerEntry)
        .join(line, of_line)
        .join(Reward, and_(Reward.village_id == line.village_id, Reward.id == line.reward_id))
        .where(_happened(village_id, month.first, month.last), LedgerEntry.kind.in_(SPENT))
        .group_by(Reward.id, Reward.name)
        .order_by(points.desc(), Reward.name)
    )
    return tuple(Taken(name, int(number), int(worth)) for name, number, worth in rows)


def _late(session: Session, village_id: UUID, month: Month) -> dict[str, int]:
    """补记: entries recorded in this month, by the village's clock, for a day of an earlier one."""
    rows = session.execute(
        select(LedgerEntry.origin, func.count())
        .where(
            LedgerEntry.village_id == village_id,
            LedgerEntry.recorded_at >= _midnight(month.first),
            LedgerEntry.recorded_at < _midnight((month + 1).first),
            LedgerEntry.occurred_on < month.first,
        )
        .group_by(LedgerEntry.origin)
    )
    return {row[0]: row[1] for row in rows}


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), SHANGHAI)


def _last_seal(session: Session, village_id: UUID) -> LastSeal | None:
    entries = select(func.coalesce(func.sum(Household.last_seq), 0)).where(Household.village_id == village_id)
    row = session.execute(
        select(Seal, entries.scalar_subquery())
        .where(Seal.village_id == village_id)
        .order_by(Seal.number.desc())
        .limit(1)
    ).first()
    if row is None:
        return None
    seal, now = row
    since = int(now) - seal.entries
    return LastSeal(seal.number, fingerprint(seal.root), seal.taken_at, seal.households, seal.entries, since)


def _months(sums: Sequence[Sum], first: Month, last: Month) -> tuple[tuple[Month, int, int], ...]:
    found: list[tuple[Month, int, int]] = []
    each = first
    while each <= last:
        figures = totals((part for part in sums if part.month == each), 0)
        if found or figures.generated or figures.redeemed:  # months before the first entry tell nothing
            found.append((each, figures.generated, figures.redeemed))
        each = each + 1
    return tuple(found)


def month_list(
    session: Session, village_id: UUID, last: Month, today: date, size: int = 12
) -> list[tuple[Month, Totals]]:
    """`size` months up to `last` with their totals, the newest first, none before the first entry."""
    first = last - (size - 1)
    sums = running.of_village(session, village_id, today).sums(first, last)
    outstanding = _outstanding(session, village_id, last)
    oldest = session.scalar(select(func.min(LedgerEntry.occurred_on)).where(LedgerEntry.village_id == village_id))
    listed: list[tuple[Month, Totals]] = []
    month = last
    while oldest is not None and month >= max(first, Month.of(oldest)):
        figures = totals((part for part in sums if part.month == month), outstanding)
        listed.append((month, figures))
        month, outstanding = month - 1, figures.brought_forward
    return listed
