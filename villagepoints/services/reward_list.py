"""Reading the goods at the desk: the catalogue searched, sorted and paged, and the history of a stock that adds up."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, Subquery, Uuid, and_, cast, func, literal, null, or_, select, union_all
from sqlalchemy.orm import Session, aliased

from villagepoints.domain.redemption import CANCELLED, EXPIRED
from villagepoints.models import Counter, Household, Redemption, RedemptionLine, Reward, RewardCounter, StockMove, User
from villagepoints.services.paging import Page, Wanted, order

LOW, OFF, SHUT = "low", "off", "shut"  # runs short; not supplied; outside its window
STATES = (LOW, OFF, SHUT)
SORTS: Mapping[str, Any] = {
    "code": Reward.code,
    "name": Reward.name,
    "points": Reward.points,
    "stock": Reward.stock,
    "cost": func.coalesce(Reward.cost_cents, 0),  # what is not known stands at one end on either database
}


@dataclass(frozen=True, slots=True)
class Filter:
    """Which goods are wanted: words (code, name, supplier), a state of STATES, a counter."""

    words: str = ""
    state: str = ""
    counter_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class RewardRow:
    """One of the goods as the desk's catalogue shows it; the cost of a piece in 分 of a yuan."""

    id: UUID
    code: str
    name: str
    picture: str
    points: int
    stock: int
    low_stock: int
    household_month_limit: int | None
    is_active: bool
    cost_cents: int | None
    supplier: str
    offered_from: date | None
    offered_until: date | None
    counter: str | None


def listed(session: Session, village_id: UUID, which: Filter, wanted: Wanted, today: date) -> Page[RewardRow]:
    """One page of the catalogue; `sums` are the pieces in `stock`, their `cost` in 分 and how many kinds are of unknown
    cost (`without_cost`). Two statements."""
    conditions = [Reward.village_id == village_id, *_conditions(which, today)]
    total, pieces, cost, without = session.execute(
        _placed(
            select(
                func.count(),
                func.coalesce(func.sum(Reward.stock), 0),
                func.coalesce(func.sum(Reward.stock * Reward.cost_cents), 0),
                func.count().filter(Reward.cost_cents.is_(None), Reward.stock > 0),
            ).select_from(Reward)
        ).where(*conditions)
    ).one()
    by = order(wanted.sort, SORTS, [Reward.points.asc(), Reward.code.asc()], Reward.code)
    statement = _placed(_rows()).where(*conditions).order_by(*by)
    rows = session.execute(statement.limit(wanted.size).offset(wanted.offset))
    lines, sums = [RewardRow(*row) for row in rows], {"stock": int(pieces), "cost": int(cost), "without_cost": without}
    return Page(lines, wanted.number, wanted.size, total, wanted.sort, sums=sums)


def on_offer(session: Session, village_id: UUID, today: date, counter_id: UUID | None = None) -> list[RewardRow]:
    """What can be redeemed on a day, cheapest first, of one counter or all; one statement."""
    conditions = [
        Reward.village_id == village_id,
        Reward.is_active.is_(True),
        or_(Reward.offered_from.is_(None), Reward.offered_from <= today),
        or_(Reward.offered_until.is_(None), Reward.offered_until >= today),
    ]
    if counter_id is not None:
        conditions.append(Counter.id == counter_id)
    statement = _placed(_rows()).where(*conditions).order_by(Reward.points, Reward.code)
    return [RewardRow(*row) for row in session.execute(statement)]


def _rows() -> Select[*tuple[Any, ...]]:
    return select(
        Reward.id,
        Reward.code,
        Reward.name,
        Reward.picture,
        Reward.points,
        Reward.stock,
        Reward.low_stock,
        Reward.household_month_limit,
        Reward.is_active,
        Reward.cost_cents,
        Reward.supplier,
        Reward.offered_from,
        Reward.offered_until,
        Counter.name,
    )


def _placed(statement: Select[*tuple[Any, ...]]) -> Select[*tuple[Any, ...]]:
    of_reward = and_(RewardCounter.village_id == Reward.village_id, RewardCounter.reward_id == Reward.id)
    of_counter = and_(Counter.village_id == RewardCounter.village_id, Counter.id == RewardCounter.counter_id)
    return statement.outerjoin(RewardCounter, of_reward).outerjoin(Counter, of_counter)


def _conditions(which: Filter, today: date) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    if words := which.words.strip():
        columns = (Reward.code, Reward.name, Reward.supplier)
        conditions.append(or_(*(func.upper(one).contains(words.upper(), autoescape=True) for one in columns)))
    if which.state == LOW:
        conditions += [Reward.is_active.is_(True), Reward.stock <= Reward.low_stock]
    elif which.state == OFF:
        conditions.append(Reward.is_active.is_(False))
    elif which.state == SHUT:
        conditions += [Reward.is_active.is_(True), or_(Reward.offered_from > today, Reward.offered_until < today)]
    if which.counter_id is not None:
        conditions.append(Counter.id == which.counter_id)
    return conditions


# ------------------------------------------------------------------ the history of one stock

SOLD, RETURNED = "sold", "returned"
KINDS = ("in", "out", "count", SOLD, RETURNED)
EVER = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Step:
    """What a stock went up or down by, why, and how much it was afterwards."""

    kind: str
    quantity: int
    at: datetime
    text: str  # the reason, or whose redemption it was
    document: str
    supplier: str
    cost_cents: int | None
    who: str | None
    redemption_id: UUID | None
    stocktake_id: UUID | None
    stock: int


@dataclass(frozen=True, slots=True)
class History:
    """A page of a stock's steps since an instant, the newest first, and how they add up to what is there."""

    page: Page[Step]
    opening: int
    sums: Mapping[str, int]  # by kind

    @property
    def stock(self) -> int:
        """What the opening stock and all steps come to."""
        return self.opening + sum(self.sums.values())


def history(session: Session, village_id: UUID, reward_id: UUID, wanted: Wanted, since: datetime = EVER) -> History:
    """How the stock of one of the goods came to be what it is; three statements at most."""
    steps = _steps(village_id, reward_id).subquery()
    later = (steps.c.at >= since).label("later")
    rows = session.execute(
        select(steps.c.kind, later, func.sum(steps.c.quantity), func.count()).group_by(steps.c.kind, later)
    ).all()
    sums = {kind: int(quantity) for kind, is_later, quantity, _count in rows if is_later}
    total = sum(count for _kind, is_later, _quantity, count in rows if is_later)
    opening = sum(int(quantity) for _kind, is_later, quantity, _count in rows if not is_later)
    newest = (steps.c.at.desc(), steps.c.ref.desc(), steps.c.kind)
    stock = opening + sum(sums.values())
    if wanted.offset:
        newer = select(steps.c.quantity).order_by(*newest).limit(wanted.offset).subquery()
        stock -= int(session.scalar(select(func.sum(newer.c.quantity))) or 0)
    latest = select(steps).where(steps.c.at >= since).order_by(*newest).limit(wanted.size).offset(wanted.offset)
    page = Page(list(_told(session, village_id, latest.subquery(), stock)), wanted.number, wanted.size, total)
    return History(page, opening, sums)


def _told(session: Session, village_id: UUID, page: Subquery, stock: int) -> Iterator[Step]:
    """The steps of a page in words, the newest first; `stock` is what there was after the first of them."""
    user, household = aliased(User), aliased(Household)
    rows = session.execute(
        select(page, household.number, household.head_name, user.name)
        .outerjoin(Redemption, and_(Redemption.village_id == village_id, Redemption.id == page.c.redemption_id))
        .outerjoin(household, and_(household.village_id == village_id, household.id == Redemption.household_id))
        .outerjoin(user, and_(user.village_id == village_id, user.id == page.c.by))
        .order_by(page.c.at.desc(), page.c.ref.desc(), page.c.kind)
    )
    for row in rows:
        text = row.text if row.redemption_id is None else f"{row.number} {row.head_name}"
        told = (row.document, row.supplier, row.cost_cents, row.name, row.redemption_id, row.stocktake_id)
        yield Step(row.kind, row.quantity, row.at, text, *told, stock)
        stock -= row.quantity


def _steps(village_id: UUID, reward_id: UUID) -> Any:
    """Every step of a stock: what came and went, what was redeemed, what came back; redemptions of old registers,
    which moved no stock, are none."""
    nothing = cast(null(), Uuid())
    moves = select(
        StockMove.kind.label("kind"),
        StockMove.quantity.label("quantity"),
        StockMove.recorded_at.label("at"),
        StockMove.reason.label("text"),
        StockMove.document.label("document"),
        StockMove.supplier.label("supplier"),
        StockMove.cost_cents.label("cost_cents"),
        StockMove.recorded_by.label("by"),
        nothing.label("redemption_id"),
        StockMove.stocktake_id.label("stocktake_id"),
        StockMove.id.label("ref"),
    ).where(StockMove.village_id == village_id, StockMove.reward_id == reward_id)
    back = (Redemption.status.in_((CANCELLED, EXPIRED)), Redemption.closed_at.is_not(None))
    return union_all(
        moves,
        _redeemed(village_id, reward_id, SOLD, -1, Redemption.reserved_at, Redemption.reserved_by),
        _redeemed(village_id, reward_id, RETURNED, 1, Redemption.closed_at, Redemption.closed_by, *back),
    )


def _redeemed(
    village_id: UUID, reward_id: UUID, kind: str, sign: int, at: Any, by: Any, *conditions: ColumnElement[bool]
) -> Select[*tuple[Any, ...]]:
    of_line = and_(Redemption.village_id == RedemptionLine.village_id, Redemption.id == RedemptionLine.redemption_id)
    return (
        select(
            literal(kind),
            RedemptionLine.quantity * sign,
            at,
            literal(""),
            literal(""),
            literal(""),
            null(),
            by,
            Redemption.id,
            cast(null(), Uuid()),
            Redemption.id,
        )
        .select_from(RedemptionLine)
        .join(Redemption, of_line)
        .where(
            RedemptionLine.village_id == village_id,
            RedemptionLine.reward_id == reward_id,
            Redemption.batch_id.is_(None),
            *conditions,
        )
    )
