"""Activities of the village with check-in and check-out: volunteering by the hour, meetings."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import JSON, CheckConstraint, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from villagepoints.models.base import Base, Entity, refers, to_village


class Gathering(Entity, Base):
    """活动: its poster's code checks people in and out between `starts_at` and `ends_at`, and at no other time."""

    __tablename__ = "gathering"
    __table_args__ = (
        to_village(),
        UniqueConstraint("village_id", "token_sha256"),
        CheckConstraint("starts_at < ends_at", name="ends_after_it_starts"),
        CheckConstraint("status IN ('planned', 'closed', 'cancelled')", name="status"),
        Index("ix_gathering_village_id_starts_at", "village_id", "starts_at"),
    )

    title: Mapped[str] = mapped_column(String(80))
    item_code: Mapped[str] = mapped_column(String(8))
    place: Mapped[str] = mapped_column(String(80), default="")
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    token_sha256: Mapped[bytes]
    status: Mapped[str] = mapped_column(String(10), default="planned")
    recorded_by: Mapped[UUID | None]
    recorded_at: Mapped[datetime]
    closed_by: Mapped[UUID | None]
    closed_at: Mapped[datetime | None]


class Attendance(Entity, Base):
    """Somebody of a household who was there, from check-in to check-out."""

    __tablename__ = "attendance"
    __table_args__ = (
        refers("gathering_id", to="gathering"),
        refers("household_id", to="household"),
        refers("claim_id", to="claim"),
        UniqueConstraint("village_id", "gathering_id", "household_id", "person"),
    )

    gathering_id: Mapped[UUID]
    household_id: Mapped[UUID]
    person: Mapped[str] = mapped_column(String(40), default="")
    checked_in_at: Mapped[datetime]
    checked_out_at: Mapped[datetime | None]
    recorded_by: Mapped[UUID | None]  # None: by the household's own phone
    remark: Mapped[str] = mapped_column(String(200), default="")  # why its times were put right by hand
    refusal: Mapped[dict[str, Any] | None] = mapped_column(JSON)  # why closing made no claim of it: sentence and values
    claim_id: Mapped[UUID | None]  # what became of it
