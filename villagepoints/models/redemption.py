"""The goods of the points shop and their redemption."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, Integer, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from villagepoints.models.base import Base, Entity, OfVillage, refers, to_village


class Reward(Entity, Base):
    """Something that points can buy; its stock moves only by conditional UPDATE."""

    __tablename__ = "reward"
    __table_args__ = (
        to_village(),
        UniqueConstraint("village_id", "code"),
        CheckConstraint("points > 0", name="points"),
        CheckConstraint("stock >= 0", name="stock"),
    )

    code: Mapped[str] = mapped_column(String(20))
    name: Mapped[str] = mapped_column(String(80))
    points: Mapped[int]
    stock: Mapped[int] = mapped_column(default=0)
    low_stock: Mapped[int] = mapped_column(default=10)
    household_month_limit: Mapped[int | None]  # pieces a household may take in a month
    is_active: Mapped[bool] = mapped_column(default=True)
    picture: Mapped[str] = mapped_column(String(60), default="")
    cost_cents: Mapped[int | None]  # what one piece costs the village, in 分 of a yuan
    supplier: Mapped[str] = mapped_column(String(60), default="")
    offered_from: Mapped[date | None]  # the redemption window: first and last village date, None: open
    offered_until: Mapped[date | None]


class StockMove(Entity, Base):
    """Goods that came in, went out or were counted, with the reason; redemptions are their own record."""

    __tablename__ = "stock_move"
    __table_args__ = (
        refers("reward_id", to="reward"),
        refers("stocktake_id", to="stocktake"),
        CheckConstraint("kind IN ('in', 'out', 'count')", name="kind"),
        Index("ix_stock_move_village_id_reward_id", "village_id", "reward_id"),
    )

    reward_id: Mapped[UUID]
    kind: Mapped[str] = mapped_column(String(8), default="in")  # count: what a stocktake put right
    quantity: Mapped[int]  # + in, − out
    reason: Mapped[str] = mapped_column(String(120))
    document: Mapped[str] = mapped_column(String(60), default="")  # number of the delivery note or receipt
    supplier: Mapped[str] = mapped_column(String(60), default="")
    cost_cents: Mapped[int | None]  # of one piece, as bought
    stocktake_id: Mapped[UUID | None]
    recorded_by: Mapped[UUID | None]
    recorded_at: Mapped[datetime]


class Redemption(Entity, Base):
    """Points and goods taken together: reserved, then fulfilled, cancelled or expired."""

    __tablename__ = "redemption"
    __table_args__ = (
        refers("household_id", to="household"),
        CheckConstraint("status IN ('reserved', 'fulfilled', 'cancelled', 'expired')", name="status"),
        CheckConstraint("channel IN ('self', 'counter', 'proxy')", name="channel"),
        Index("ix_redemption_village_id_household_id_reserved_at", "village_id", "household_id", "reserved_at"),
        Index("ix_redemption_village_id_status_collect_by", "village_id", "status", "collect_by"),
        Index("ix_redemption_village_id_occurred_on", "village_id", "occurred_on"),
        Index("ix_redemption_village_id_fulfilled_at", "village_id", "fulfilled_at"),
        Index("ix_redemption_village_id_closed_at", "village_id", "closed_at"),
        Index("ix_redemption_village_id_code", "village_id", "pickup_code"),
        Index(
            "uq_redemption_village_id_pickup_code",
            "village_id",
            "pickup_code",
            unique=True,
            sqlite_where=text("status = 'reserved'"),
            postgresql_where=text("status = 'reserved'"),
        ),
    )

    household_id: Mapped[UUID]
    status: Mapped[str] = mapped_column(String(10))
    channel: Mapped[str] = mapped_column(String(8))
    points: Mapped[int]  # what it costs, positive
    occurred_on: Mapped[date]
    pickup_code: Mapped[str | None] = mapped_column(String(6))
    collect_by: Mapped[date | None]
    proxy_name: Mapped[str] = mapped_column(String(40), default="")
    entry_seq: Mapped[int | None]
    refund_seq: Mapped[int | None]
    reserved_at: Mapped[datetime]
    reserved_by: Mapped[UUID | None]
    fulfilled_at: Mapped[datetime | None]
    fulfilled_by: Mapped[UUID | None]
    closed_at: Mapped[datetime | None]
    closed_by: Mapped[UUID | None]
    reason: Mapped[str] = mapped_column(String(200), default="")
    batch_id: Mapped[UUID | None]


class RedemptionLine(OfVillage, Base):
    """One kind of goods in a redemption, at the points it cost then."""

    __tablename__ = "redemption_line"
    __table_args__ = (
        refers("redemption_id", to="redemption"),
        refers("reward_id", to="reward"),
        CheckConstraint("quantity > 0", name="quantity"),
        Index("ix_redemption_line_village_id_reward_id", "village_id", "reward_id"),
    )

    redemption_id: Mapped[UUID] = mapped_column(primary_key=True)
    line: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    reward_id: Mapped[UUID]
    name: Mapped[str] = mapped_column(String(80))
    quantity: Mapped[int]
    points_each: Mapped[int]
