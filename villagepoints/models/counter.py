"""The counters where goods are handed out, and the counting of what lies there."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from villagepoints.models.base import Base, Entity, OfVillage, refers, to_village


class Counter(Entity, Base):
    """窗口: a shop or a room where goods are collected, with its opening hours in words."""

    __tablename__ = "counter"
    __table_args__ = (to_village(), UniqueConstraint("village_id", "name"))

    name: Mapped[str] = mapped_column(String(40))
    place: Mapped[str] = mapped_column(String(80), default="")
    hours: Mapped[str] = mapped_column(String(80), default="")
    is_active: Mapped[bool] = mapped_column(default=True)


class CounterStaff(OfVillage, Base):
    """Which counter somebody works at; without a row: at all of them."""

    __tablename__ = "counter_staff"
    __table_args__ = (refers("user_id", to="user"), refers("counter_id", to="counter"))

    user_id: Mapped[UUID] = mapped_column(primary_key=True)
    counter_id: Mapped[UUID]


class RewardCounter(OfVillage, Base):
    """Where goods lie and are collected; goods of two shops are two lines of the catalogue, each with its own stock."""

    __tablename__ = "reward_counter"
    __table_args__ = (
        refers("reward_id", to="reward"),
        refers("counter_id", to="counter"),
        Index("ix_reward_counter_village_id_counter_id", "village_id", "counter_id"),
    )

    reward_id: Mapped[UUID] = mapped_column(primary_key=True)
    counter_id: Mapped[UUID]


class Stocktake(Entity, Base):
    """盘点: the goods of a counter, or of the whole village, counted by hand and compared with the books."""

    __tablename__ = "stocktake"
    __table_args__ = (
        to_village(),
        refers("counter_id", to="counter"),
        CheckConstraint("status IN ('open', 'closed', 'dropped')", name="status"),
    )

    counter_id: Mapped[UUID | None]
    status: Mapped[str] = mapped_column(String(8), default="open")
    note: Mapped[str] = mapped_column(String(200), default="")
    begun_by: Mapped[UUID | None]
    begun_at: Mapped[datetime]
    closed_by: Mapped[UUID | None]
    closed_at: Mapped[datetime | None]


class StocktakeLine(OfVillage, Base):
    """One kind of goods in a stocktake: what was counted, and what should have been on the shelf at that moment."""

    __tablename__ = "stocktake_line"
    __table_args__ = (
        refers("stocktake_id", to="stocktake"),
        refers("reward_id", to="reward"),
        CheckConstraint("counted >= 0", name="counted"),
    )

    stocktake_id: Mapped[UUID] = mapped_column(primary_key=True)
    reward_id: Mapped[UUID] = mapped_column(primary_key=True)
    counted: Mapped[int | None]
    in_books: Mapped[int | None]
    reason: Mapped[str] = mapped_column(String(120), default="")
