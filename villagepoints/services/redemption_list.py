"""Reading redemptions at the desk: what waits, by code or household, and one of them with its goods."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, func, or_, select
from sqlalchemy.orm import Session, aliased

from villagepoints.domain import ledger
from villagepoints.domain import redemption as rules
from villagepoints.domain.errors import N_, NotFound
from villagepoints.models import Household, Redemption, RedemptionLine, Resident, Reward, User
from villagepoints.services import counter
from villagepoints.services import household as households
from villagepoints.services.household import tidy
from villagepoints.services.paging import Page, Sortable, Wanted, order, pieces


@dataclass(frozen=True, slots=True)
class Filter:
    """Which redemptions are wanted: a status, a channel, words (household, name, code), a last day, a counter."""

    status: str = rules.RESERVED
    channel: str = ""
    words: str = ""
    until_on: date | None = None
    counter_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class RedemptionRow:
    """A redemption as the desk reads it; `goods` are (name, pieces, points each)."""

    id: UUID
    household_id: UUID
    number: str
    head_name: str
    group_no: int | None
    status: str
    channel: str
    points: int
    occurred_on: date
    pickup_code: str | None
    collect_by: date | None
    proxy_name: str
    reserved_at: datetime
    fulfilled_at: datetime | None
    fulfiller: str | None
    closed_at: datetime | None
    reason: str
    imported: bool
    goods: Sequence[tuple[str, int, int]] = ()


SORTS: dict[str, Sortable] = {
    "number": Household.number,
    "name": Household.head_name,
    "occurred": Redemption.occurred_on,
    "collect": Redemption.collect_by,
    "points": Redemption.points,
}


def listed(session: Session, village_id: UUID, which: Filter, wanted: Wanted) -> Page[RedemptionRow]:
    """One page, what runs out first at the top, else the newest; three statements."""
    conditions = [Redemption.village_id == village_id, *_conditions(which)]
    counted = select(func.count(), func.sum(Redemption.points)).select_from(Redemption).join(Household, _of())
    total, points = session.execute(counted.where(*conditions)).one()
    waiting = which.status == rules.RESERVED
    usual: list[ColumnElement[Any]] = [
        Redemption.collect_by.asc() if waiting else Redemption.reserved_at.desc(),
        Redemption.id.asc(),
    ]
    by = order(wanted.sort, SORTS, usual, Redemption.id)
    statement = rows_of().where(*conditions).order_by(*by).limit(wanted.size).offset(wanted.offset)
    rows, sums = session.execute(statement).all(), {"points": int(points or 0)}
    return Page(with_goods(session, village_id, rows), wanted.number, wanted.size, total, wanted.sort, sums=sums)


def of_household(session: Session, village_id: UUID, household_id: UUID, most: int = 10) -> list[RedemptionRow]:
    """The latest redemptions of a household, what still waits first; two statements."""
    statement = (
        rows_of()
        .where(Redemption.village_id == village_id, Redemption.household_id == household_id)
        .order_by((Redemption.status == rules.RESERVED).desc(), Redemption.reserved_at.desc())
        .limit(most)
    )
    return with_goods(session, village_id, session.execute(statement).all())


def waiting_of(session: Session, village_id: UUID, household_id: UUID) -> list[RedemptionRow]:
    """What a household has still to collect, what runs out first at the top; two statements."""
    statement = rows_of().where(*_own(village_id, household_id), Redemption.status == rules.RESERVED)
    rows = session.execute(statement.order_by(Redemption.collect_by, Redemption.id)).all()
    return with_goods(session, village_id, rows)


def past_of(session: Session, village_id: UUID, household_id: UUID, wanted: Wanted) -> Page[RedemptionRow]:
    """A page of what a household collected, gave back or let expire, the latest first; three statements."""
    past = (*_own(village_id, household_id), Redemption.status != rules.RESERVED)
    total = session.scalars(select(func.count()).select_from(Redemption).where(*past)).one()
    statement = rows_of().where(*past).order_by(Redemption.reserved_at.desc(), Redemption.id.desc())
    rows = session.execute(statement.limit(wanted.size).offset(wanted.offset)).all()
    return Page(with_goods(session, village_id, rows), wanted.number, wanted.size, total)


def _own(village_id: UUID, household_id: UUID) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    return Redemption.village_id == village_id, Redemption.household_id == household_id


def one(session: Session, village_id: UUID, redemption_id: UUID) -> RedemptionRow:
    """A redemption of the village; NotFound otherwise."""
    statement = rows_of().where(Redemption.village_id == village_id, Redemption.id == redemption_id)
    rows = session.execute(statement).all()
    if not rows:
        raise NotFound(N_("没有这笔兑换。"))
    return with_goods(session, village_id, rows)[0]


def by_code(session: Session, village_id: UUID, code: str) -> UUID:
    """The redemption with that pickup code, whatever became of it, what still waits before all; NotFound otherwise."""
    digits = "".join(c for c in tidy(code.rsplit("/", 1)[-1]) if c in "0123456789")
    if len(digits) != 6:
        raise NotFound(N_("领取码是 6 位数字，这里收到 %(length)s 位。请再输一次或再扫一次。"), length=len(digits))
    redemption_id = session.scalar(
        select(Redemption.id)
        .where(Redemption.village_id == village_id, Redemption.pickup_code == digits)
        .order_by((Redemption.status == rules.RESERVED).desc(), Redemption.reserved_at.desc())
        .limit(1)
    )
    if redemption_id is None:
        raise NotFound(N_("本村没有领取码是 %(code)s 的兑换。请再扫一次，或者按户号查。"), code=digits)
    return redemption_id


@dataclass(frozen=True, slots=True)
class Quote:
    """What goods would cost a household: lines of (name, pieces, points each), the sum, the balance before."""

    lines: Sequence[tuple[str, int, int]]
    points: int
    balance: int


def quote(
    session: Session, village_id: UUID, household_id: UUID, lines: Iterable[tuple[UUID, int]], today: date
) -> Quote:
    """What goods would cost, before anything is taken; raises what taking them would raise today."""
    wanted = rules.merge(lines)
    rows = session.scalars(select(Reward).where(Reward.village_id == village_id, Reward.id.in_(wanted))).all()
    goods = {reward.id: reward for reward in rows}
    if len(goods) != len(wanted):
        raise NotFound(N_("要换的东西不在目录里了，什么都没有动。请重新选。"))
    for reward_id, quantity in wanted.items():
        rules.check_goods(goods[reward_id], quantity, 0, today)
    counter.check_one_place(session, village_id, wanted)
    balance = households.get(session, village_id, household_id).balance
    points = rules.cost({reward.id: reward.points for reward in rows}, wanted)
    if points > balance:
        raise ledger.not_enough(balance, points)
    return Quote([(goods[id_].name, n, goods[id_].points) for id_, n in wanted.items()], points, balance)


def _conditions(which: Filter) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    if which.until_on:
        conditions.append(Redemption.collect_by <= which.until_on)
    if which.status:
        conditions.append(Redemption.status == which.status)
    if which.counter_id:
        conditions.append(counter.lies_at(which.counter_id))
    if which.channel:
        conditions.append(Redemption.channel == which.channel)
    if words := tidy(which.words):
        conditions.append(
            or_(
                func.upper(Household.number).contains(words.upper(), autoescape=True),
                Household.head_name.contains(words, autoescape=True),
                Redemption.pickup_code == words,
                select(Resident.id)
                .where(
                    Resident.village_id == Household.village_id,
                    Resident.household_id == Household.id,
                    or_(Resident.name.contains(words, autoescape=True), Resident.phone_tail == words),
                )
                .exists(),
            )
        )
    return conditions


def _of() -> ColumnElement[bool]:
    return and_(Household.village_id == Redemption.village_id, Household.id == Redemption.household_id)


def rows_of() -> Select[*tuple[Any, ...]]:
    """The query that every list of redemptions narrows and sorts: the columns of RedemptionRow but its goods."""
    fulfiller = aliased(User)
    return (
        select(
            Redemption.id,
            Redemption.household_id,
            Household.number,
            Household.head_name,
            Household.group_no,
            Redemption.status,
            Redemption.channel,
            Redemption.points,
            Redemption.occurred_on,
            Redemption.pickup_code,
            Redemption.collect_by,
            Redemption.proxy_name,
            Redemption.reserved_at,
            Redemption.fulfilled_at,
            fulfiller.name,
            Redemption.closed_at,
            Redemption.reason,
            Redemption.batch_id.is_not(None),
        )
        .join(Household, _of())
        .outerjoin(
            fulfiller, and_(fulfiller.village_id == Redemption.village_id, fulfiller.id == Redemption.fulfilled_by)
        )
    )


def with_goods(session: Session, village_id: UUID, rows: Sequence[Any]) -> list[RedemptionRow]:
    """The rows of that query with their goods; one statement for a page."""
    goods: dict[UUID, list[tuple[str, int, int]]] = {row[0]: [] for row in rows}
    line = RedemptionLine
    for some in pieces(list(goods)):
        lines = select(line.redemption_id, line.name, line.quantity, line.points_each).where(
            line.village_id == village_id, line.redemption_id.in_(some)
        )
        for redemption_id, name, quantity, points_each in session.execute(lines.order_by(line.line)):
            goods[redemption_id].append((name, quantity, points_each))
    return [replace(RedemptionRow(*row), goods=goods[row[0]]) for row in rows]
