"""What was found in the lane this month, from which the base is earned down."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from villagepoints.models.base import Base, Entity, refers


class Finding(Entity, Base):
    """Something found against a base item of a household; `rectified` ones cost nothing."""

    __tablename__ = "finding"
    __table_args__ = (
        refers("household_id", to="household"),
        refers("rulebook_version", "item_code", to="rule_item", keys=("version", "code")),
        CheckConstraint("status IN ('persuaded', 'counted', 'rectified', 'withdrawn')", name="status"),
        CheckConstraint("count >= 1", name="count"),
        Index("ix_finding_village_id_household_id_found_on", "village_id", "household_id", "found_on"),
        Index("ix_finding_village_id_status_rectify_by", "village_id", "status", "rectify_by"),
    )

    household_id: Mapped[UUID]
    rulebook_version: Mapped[int]
    item_code: Mapped[str] = mapped_column(String(8))
    count: Mapped[int] = mapped_column(default=1)
    found_on: Mapped[date]
    note: Mapped[str] = mapped_column(String(200), default="")
    status: Mapped[str] = mapped_column(String(10))  # persuaded: to be put right by `rectify_by`, counts if not
    rectify_by: Mapped[date | None]
    recorded_by: Mapped[UUID | None]
    recorded_at: Mapped[datetime]
