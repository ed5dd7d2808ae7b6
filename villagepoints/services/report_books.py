"""The books' part of a month's report: entries added up by month, item, group and residency, as far as it reads."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, case, func, or_, select
from sqlalchemy.orm import Session

from villagepoints.domain import ledger
from villagepoints.domain.calendar import Month
from villagepoints.domain.redemption import CHANNELS
from villagepoints.domain.report import LARGE, RESIDENCIES, ItemName, Sum, Taken, totals
from villagepoints.domain.report_parts import Track
from villagepoints.models import Household, LedgerEntry, Redemption, RuleItem, SealHead
from villagepoints.services.report_basis import Stand

SPENT = (ledger.REDEMPTION, ledger.REFUND)
Kinds = Mapping[tuple[int, str], str]


@dataclass(frozen=True, slots=True)
class Flow:
    """Entries of one month, item, residency and group added up; `channel` of redemptions."""

    sum: Sum
    group_no: int | None
    channel: str | None


@dataclass(frozen=True, slots=True)
class Held:
    """Households of one residency and group and what they held at a month's end, with what came since taken off."""

    residency: str
    group_no: int | None
    households: int  # that had not left by then
    points: int


def kinds(session: Session, village_id: UUID) -> Kinds:
    """Base, contribution or penalty of every item of every version."""
    rows = session.execute(
        select(RuleItem.version, RuleItem.code, RuleItem.kind).where(RuleItem.village_id == village_id)
    )
    return {(version, code): kind for version, code, kind in rows}


def happened(village_id: UUID, first: date, last: date) -> ColumnElement[bool]:
    """Entries of the village by the day it happened."""
    return and_(LedgerEntry.village_id == village_id, LedgerEntry.occurred_on.between(first, last))


def of_household() -> ColumnElement[bool]:
    """An entry's household."""
    return and_(Household.village_id == LedgerEntry.village_id, Household.id == LedgerEntry.household_id)


def of_redemption() -> ColumnElement[bool]:
    """An entry's redemption."""
    return and_(Redemption.village_id == LedgerEntry.village_id, Redemption.id == LedgerEntry.redemption_id)


def flows(session: Session, stand: Stand, month: Month, of: Kinds) -> list[Flow]:
    """The entries of a month and of the one before; one statement. A reversal counts in the month it was made in,
    against the item of the entry it undoes."""
    posted = LedgerEntry.kind.in_((ledger.AWARD, ledger.PENALTY))
    large = and_(posted, or_(LedgerEntry.points >= LARGE, LedgerEntry.points <= -LARGE))
    is_now = LedgerEntry.occurred_on.between(month.first, month.last).label("is_now")
    item = (LedgerEntry.kind, LedgerEntry.rulebook_version, LedgerEntry.item_code)
    lives = (stand.column(Household.residency), stand.column(Household.group_no))
    statement = (
        select(is_now, *item, *lives, Redemption.channel)
        .add_columns(func.sum(LedgerEntry.points), func.count(), func.sum(case((large, 1), else_=0)))
        .join(Household, of_household())
        .outerjoin(Redemption, of_redemption())
        .where(happened(stand.village_id, (month - 1).first, month.last))
        .group_by("is_now", *item, *(column.name for column in lives), Redemption.channel)
    )
    found = []
    for now, kind, version, code, residency, group_no, channel, points, entries, big in session.execute(
        stand.up_to(statement)
    ):
        of_item = kind if code is None else of[version, code]
        each = month if now else month - 1
        found.append(Flow(Sum(each, of_item, code, residency, int(points), entries, int(big)), group_no, channel))
    return found


def earlier(session: Session, stand: Stand, first: Month, last: Month, of: Kinds) -> dict[Month, list[Flow]]:
    """The entries of older months, of the whole village; by day in the database, which is quicker than by month."""
    item = (LedgerEntry.kind, LedgerEntry.rulebook_version, LedgerEntry.item_code, Redemption.channel)
    statement = (
        select(LedgerEntry.occurred_on, *item, func.sum(LedgerEntry.points), func.count())
        .outerjoin(Redemption, of_redemption())
        .where(happened(stand.village_id, first.first, last.last))
        .group_by(LedgerEntry.occurred_on, *item)
    )
    found: dict[Month, list[Flow]] = defaultdict(list)
    for day, kind, version, code, channel, points, entries in session.execute(stand.up_to(statement)):
        month = Month.of(day)
        of_item = kind if code is None else of[version, code]
        found[month].append(Flow(Sum(month, of_item, code, "", int(points), entries, 0), None, channel))
    return found


def held(session: Session, stand: Stand, month: Month) -> list[Held]:
    """What households held at the month's end, by residency and group; one statement, so of one instant. Balances of
    those that left are theirs until they expire, so that all lines together are what is outstanding."""
    lives = (stand.column(Household.residency), stand.column(Household.group_no))
    here = func.sum(case((stand.lived_here(month.last), 1), else_=0))
    statement, points = balances(stand, month, *lives, here)
    rows = session.execute(statement.add_columns(func.sum(points)).group_by(*(column.name for column in lives)))
    return [Held(residency, group_no, int(number), int(sum_)) for residency, group_no, number, sum_ in rows]


def balances(
    stand: Stand, month: Month, *columns: ColumnElement[Any]
) -> tuple[Select[*tuple[Any, ...]], ColumnElement[int]]:
    """A statement with these columns of each household, and what it held at the month's end."""
    since = select(LedgerEntry.household_id, func.sum(LedgerEntry.points).label("points")).where(
        LedgerEntry.village_id == stand.village_id, LedgerEntry.occurred_on > month.last
    )
    # added up once: PostgreSQL would for each household while it has not counted tables that were filled just now
    later = stand.up_to(since.group_by(LedgerEntry.household_id)).cte("later").prefix_with("MATERIALIZED")
    balance: ColumnElement[int] = Household.balance.expression
    statement = stand.homes(select(*columns))
    if stand.number is not None:  # what the head's entry left, and not what the account holds today
        balance = func.coalesce(LedgerEntry.balance_after, 0)
        statement = statement.outerjoin(LedgerEntry, _at_head())
    statement = statement.outerjoin(later, later.c.household_id == Household.id)
    return (
        statement.select_from(Household).where(Household.village_id == stand.village_id),
        balance - func.coalesce(later.c.points, 0),
    )


def _at_head() -> ColumnElement[bool]:
    return and_(
        LedgerEntry.village_id == SealHead.village_id,
        LedgerEntry.household_id == SealHead.household_id,
        LedgerEntry.seq == SealHead.seq,
    )


def tracks(flows: Sequence[Flow], accounts: Sequence[Held]) -> tuple[tuple[Track, ...], tuple[Track, ...]]:
    """A month's entries by group (those without one last) and by residency; both add up to the village's totals."""
    by_group: dict[int | None, list[Flow]] = defaultdict(list)
    by_residency: dict[str, list[Flow]] = defaultdict(list)
    for flow in flows:
        by_group[flow.group_no].append(flow)
        by_residency[flow.sum.residency].append(flow)
    groups = {one.group_no for one in accounts} | set(by_group)
    return (
        tuple(
            _track(group, by_group[group], [one for one in accounts if one.group_no == group])
            for group in sorted(groups, key=lambda group: (group is None, group or 0))
        ),
        tuple(
            _track(residency, by_residency[residency], [one for one in accounts if one.residency == residency])
            for residency in RESIDENCIES
        ),
    )


def _track(name: int | str | None, flows: Sequence[Flow], accounts: Sequence[Held]) -> Track:
    figures = totals((flow.sum for flow in flows), sum(one.points for one in accounts))
    households = sum(one.households for one in accounts)
    earned = (figures.generated, figures.deducted, figures.redeemed, figures.other)
    return Track(name, households, *earned, figures.outstanding)


def channels(flows: Iterable[Flow]) -> tuple[Taken, ...]:
    """Redemptions of these entries by channel, what was given back taken off again."""
    found = {channel: [0, 0] for channel in CHANNELS}
    for flow in flows:
        if flow.channel is not None and flow.sum.kind in SPENT:
            found[flow.channel][0] += flow.sum.entries if flow.sum.kind == ledger.REDEMPTION else -flow.sum.entries
            found[flow.channel][1] -= flow.sum.points
    return tuple(Taken(channel, *found[channel]) for channel in CHANNELS)


def retired(session: Session, village_id: UUID, sums: Sequence[Sum], known: set[str]) -> list[ItemName]:
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
