"""What was found in the lane, from which a month's base is earned down, and the closing of the month."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from villagepoints.models.base import Base, Entity, OfVillage, refers, to_village


class Finding(Entity, Base):
    """Something found against a base item of a household; `rectified` ones cost nothing."""

    __tablename__ = "finding"
    __table_args__ = (
        refers("household_id", to="household"),
        refers("rulebook_version", "item_code", to="rule_item", keys=("version", "code")),
        CheckConstraint("status IN ('persuaded', 'counted', 'rectified', 'withdrawn')", name="status"),
        CheckConstraint("count >= 1", name="count"),
        Index("ix_finding_village_id_household_id_found_on", "village_id", "household_id", "found_on"),
        Index("ix_finding_village_id_household_id_counts_on", "village_id", "household_id", "counts_on"),
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
    counts_on: Mapped[date]  # the day whose month it lowers: when it was found, or when it was not put right
    from_sheet: Mapped[bool] = mapped_column(default=False)  # typed into the score sheet, not found in the lane
    recorded_by: Mapped[UUID | None]
    recorded_at: Mapped[datetime]
    settled_on: Mapped[date | None]  # the recheck, or the day it was withdrawn
    settled_by: Mapped[UUID | None]
    settled_note: Mapped[str] = mapped_column(String(200), default="")


class MonthClose(OfVillage, Base):
    """A month whose base is being posted (`closing`) or has been (`closed`); its findings stand still."""

    __tablename__ = "month_close"
    __table_args__ = (to_village(), CheckConstraint("status IN ('closing', 'closed')", name="status"))

    month: Mapped[str] = mapped_column(String(7), primary_key=True)  # 2026-01
    status: Mapped[str] = mapped_column(String(10), default="closing")
    households: Mapped[int] = mapped_column(default=0)
    points: Mapped[int] = mapped_column(default=0)
    started_by: Mapped[UUID | None]
    started_at: Mapped[datetime]
    closed_at: Mapped[datetime | None]


class SheetRow(OfVillage, Base):
    """A household whose row of a month's score sheet somebody went through and saved, all of it full or not."""

    __tablename__ = "sheet_row"
    __table_args__ = (refers("household_id", to="household"),)

    month: Mapped[str] = mapped_column(String(7), primary_key=True)  # 2026-01
    household_id: Mapped[UUID] = mapped_column(primary_key=True)
    saved_by: Mapped[UUID | None]
    saved_at: Mapped[datetime]
