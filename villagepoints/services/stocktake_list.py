"""Reading stocktakes: those there were, and the lines of one."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Select, and_, func, select
from sqlalchemy.orm import Session, aliased

from villagepoints.domain import stocktake as rules
from villagepoints.domain.errors import N_, NotFound
from villagepoints.models import Counter, Reward, Stocktake, StocktakeLine, User
from villagepoints.services.paging import Page, Wanted


@dataclass(frozen=True, slots=True)
class StocktakeRow:
    """A stocktake: where, who, when, and how far it is."""

    id: UUID
    counter_id: UUID | None
    counter: str | None
    status: str
    note: str
    begun_at: datetime
    beginner: str | None
    closed_at: datetime | None
    closer: str | None
    goods: int
    counted: int
    differing: int


@dataclass(frozen=True, slots=True)
class Line:
    """One kind of goods in a stocktake; `in_books` is what should have lain there when it was counted."""

    reward_id: UUID
    code: str
    name: str
    cost_cents: int | None
    counted: int | None
    in_books: int | None
    reason: str

    @property
    def difference(self) -> int:
        """What the count changes; 0 for what was not counted."""
        return rules.difference(self)


def listed(session: Session, village_id: UUID, wanted: Wanted, counter_id: UUID | None = None) -> Page[StocktakeRow]:
    """A page of the stocktakes, of one counter or all, the newest first; two statements."""
    conditions = [Stocktake.village_id == village_id]
    if counter_id is not None:
        conditions.append(Stocktake.counter_id == counter_id)
    total = session.scalars(select(func.count()).select_from(Stocktake).where(*conditions)).one()
    statement = _rows().where(*conditions).order_by(Stocktake.begun_at.desc(), Stocktake.id.desc())
    rows = session.execute(statement.limit(wanted.size).offset(wanted.offset))
    return Page([StocktakeRow(*row) for row in rows], wanted.number, wanted.size, total)


def one(session: Session, village_id: UUID, stocktake_id: UUID) -> StocktakeRow:
    """A stocktake of the village; NotFound otherwise."""
    row = session.execute(_rows().where(Stocktake.village_id == village_id, Stocktake.id == stocktake_id)).first()
    if row is None:
        raise NotFound(N_("没有这次盘点。"))
    return StocktakeRow(*row)


def lines(session: Session, village_id: UUID, stocktake_id: UUID) -> Sequence[Line]:
    """What is to be counted, in the order of the codes on the shelf; one statement."""
    rows = session.execute(
        select(
            *(Reward.id, Reward.code, Reward.name, Reward.cost_cents),
            *(StocktakeLine.counted, StocktakeLine.in_books, StocktakeLine.reason),
        )
        .join(Reward, and_(Reward.village_id == StocktakeLine.village_id, Reward.id == StocktakeLine.reward_id))
        .where(StocktakeLine.village_id == village_id, StocktakeLine.stocktake_id == stocktake_id)
        .order_by(Reward.code)
    )
    return [Line(*row) for row in rows]


def _rows() -> Select[*tuple[Any, ...]]:
    beginner, closer = aliased(User), aliased(User)
    of_it = (StocktakeLine.village_id == Stocktake.village_id, StocktakeLine.stocktake_id == Stocktake.id)
    lines_of = select(func.count()).where(*of_it).correlate(Stocktake)
    return (
        select(
            Stocktake.id,
            Stocktake.counter_id,
            Counter.name,
            Stocktake.status,
            Stocktake.note,
            Stocktake.begun_at,
            beginner.name,
            Stocktake.closed_at,
            closer.name,
            lines_of.scalar_subquery(),
            lines_of.where(StocktakeLine.counted.is_not(None)).scalar_subquery(),
            lines_of.where(StocktakeLine.counted != StocktakeLine.in_books).scalar_subquery(),
        )
        .outerjoin(Counter, and_(Counter.village_id == Stocktake.village_id, Counter.id == Stocktake.counter_id))
        .outerjoin(beginner, and_(beginner.village_id == Stocktake.village_id, beginner.id == Stocktake.begun_by))
        .outerjoin(closer, and_(closer.village_id == Stocktake.village_id, closer.id == Stocktake.closed_by))
    )
