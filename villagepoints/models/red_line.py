"""Red lines that were crossed, and how a household works its way back."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from villagepoints.models.base import Base, Entity, refers


class RedLineCase(Entity, Base):
    """红线: recorded by one, confirmed by another; redemption rests until `paused_until`."""

    __tablename__ = "red_line_case"
    __table_args__ = (
        refers("household_id", to="household"),
        refers("rulebook_version", to="rulebook", keys=("version",)),
        CheckConstraint("status IN ('waiting', 'confirmed', 'refused', 'lifted')", name="status"),
        Index("ix_red_line_case_village_id_household_id_found_on", "village_id", "household_id", "found_on"),
        Index("ix_red_line_case_village_id_status", "village_id", "status"),
    )

    household_id: Mapped[UUID]
    rulebook_version: Mapped[int]
    code: Mapped[str] = mapped_column(String(8))
    found_on: Mapped[date]  # its month has no base, its year no honours
    document: Mapped[str] = mapped_column(String(120), default="")
    note: Mapped[str] = mapped_column(String(300), default="")
    status: Mapped[str] = mapped_column(String(10), default="waiting")
    recorded_by: Mapped[UUID | None]
    recorded_at: Mapped[datetime]
    decided_by: Mapped[UUID | None]
    decided_at: Mapped[datetime | None]
    reason: Mapped[str] = mapped_column(String(200), default="")
    paused_from: Mapped[date | None]
    paused_until: Mapped[date | None]  # as shortened by its repairs


class Repair(Entity, Base):
    """One step of the way back: put right, a pledge, hours of service; counts once somebody else confirmed it."""

    __tablename__ = "repair"
    __table_args__ = (
        refers("case_id", to="red_line_case"),
        CheckConstraint("kind IN ('put_right', 'pledge', 'service')", name="kind"),
        CheckConstraint("hours >= 0", name="hours"),
        Index("ix_repair_village_id_case_id", "village_id", "case_id"),
    )

    case_id: Mapped[UUID]
    kind: Mapped[str] = mapped_column(String(10))
    done_on: Mapped[date]
    hours: Mapped[int] = mapped_column(default=0)
    note: Mapped[str] = mapped_column(String(200), default="")
    recorded_by: Mapped[UUID | None]
    recorded_at: Mapped[datetime]
    confirmed_by: Mapped[UUID | None]
    confirmed_at: Mapped[datetime | None]
