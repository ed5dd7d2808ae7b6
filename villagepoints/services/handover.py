"""A day at the counters: what was handed over, how much of which goods, and what came back to the shelf."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from uuid import UUID

from sqlalchemy import ColumnElement, and_, func, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from villagepoints.domain.calendar import SHANGHAI
from villagepoints.domain.redemption import CANCELLED, EXPIRED, FULFILLED
from villagepoints.models import Redemption, RedemptionLine, Reward
from villagepoints.services import counter, redemption_list
from villagepoints.services.paging import Page, Wanted
from villagepoints.services.redemption_list import RedemptionRow


@dataclass(frozen=True, slots=True)
class GoodsRow:
    """Goods of a day: pieces and points together."""

    name: str
    pieces: int
    points: int


@dataclass(frozen=True, slots=True)
class Day:
    """What was handed over on a day, a page of it and the totals by goods; what came back on it, by goods as well."""

    given: Page[RedemptionRow]
    goods: Sequence[GoodsRow]
    returned: Page[RedemptionRow]
    goods_back: Sequence[GoodsRow]


def of_day(session: Session, village_id: UUID, day: date, counter_id: UUID | None, wanted: Wanted) -> Day:
    """A village day at one counter or all of them; what an import brought was never handed over here."""
    begins = datetime.combine(day, time(), SHANGHAI)
    ends = datetime.combine(day + timedelta(days=1), time(), SHANGHAI)
    common = [Redemption.village_id == village_id, Redemption.batch_id.is_(None)]
    if counter_id is not None:
        common.append(counter.lies_at(counter_id))
    handed, closed = Redemption.fulfilled_at, Redemption.closed_at
    given = [*common, Redemption.status == FULFILLED, handed >= begins, handed < ends]
    back = [*common, Redemption.status.in_((CANCELLED, EXPIRED)), closed >= begins, closed < ends]
    return Day(
        _page(session, village_id, given, handed, wanted),
        _goods(session, given),
        _page(session, village_id, back, closed, wanted),
        _goods(session, back),
    )


def _page(
    session: Session,
    village_id: UUID,
    conditions: Sequence[ColumnElement[bool]],
    order: InstrumentedAttribute[datetime | None],
    wanted: Wanted,
) -> Page[RedemptionRow]:
    total = session.scalars(select(func.count()).select_from(Redemption).where(*conditions)).one()
    statement = redemption_list.rows_of().where(*conditions).order_by(order, Redemption.id)
    rows = session.execute(statement.limit(wanted.size).offset(wanted.offset)).all()
    return Page(redemption_list.with_goods(session, village_id, rows), wanted.number, wanted.size, total)


def _goods(session: Session, conditions: Sequence[ColumnElement[bool]]) -> list[GoodsRow]:
    line = RedemptionLine
    rows = session.execute(
        select(Reward.name, func.sum(line.quantity), func.sum(line.quantity * line.points_each))
        .select_from(Redemption)
        .join(line, and_(line.village_id == Redemption.village_id, line.redemption_id == Redemption.id))
        .join(Reward, and_(Reward.village_id == line.village_id, Reward.id == line.reward_id))
        .where(*conditions)
        .group_by(Reward.id, Reward.name)
        .order_by(Reward.name)
    )
    return [GoodsRow(name, int(pieces), int(points)) for name, pieces, points in rows]
