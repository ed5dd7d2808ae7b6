"""What waits to be approved: claims of households, proposals of staff, reversals, and their reviews."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, Integer, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from villagepoints.models.base import Base, Entity, OfVillage, refers


class Claim(Entity, Base):
    """Points asked for under a rule item, or an entry to be reversed; approved ones are posted."""

    __tablename__ = "claim"
    __table_args__ = (
        refers("household_id", to="household"),
        refers("rulebook_version", "item_code", to="rule_item", keys=("version", "code")),
        CheckConstraint("status IN ('waiting', 'approved', 'refused', 'withdrawn')", name="status"),
        Index("ix_claim_village_id_status_claimed_at", "village_id", "status", "claimed_at"),
        Index("ix_claim_village_id_household_id_claimed_at", "village_id", "household_id", "claimed_at"),
    )

    household_id: Mapped[UUID]
    rulebook_version: Mapped[int | None]
    item_code: Mapped[str | None] = mapped_column(String(8))  # none for the reversal of an opening
    reverses_seq: Mapped[int | None]  # the entry to be reversed; None: points under the item
    grade: Mapped[str | None] = mapped_column(String(20))
    quantity: Mapped[int] = mapped_column(default=1)
    points: Mapped[int]
    occasion: Mapped[str] = mapped_column(String(80), default="")
    document: Mapped[str] = mapped_column(String(80), default="")
    persuaded_on: Mapped[date | None]
    note: Mapped[str] = mapped_column(Text, default="")
    occurred_on: Mapped[date]
    claimed_at: Mapped[datetime]
    recorded_by: Mapped[UUID | None]  # the member of staff who proposed it; None: the household itself
    status: Mapped[str] = mapped_column(String(10), default="waiting")
    entry_seq: Mapped[int | None]


class Review(OfVillage, Base):
    """One person's decision on a claim."""

    __tablename__ = "review"
    __table_args__ = (
        refers("claim_id", to="claim"),
        refers("reviewer_id", to="user"),
        CheckConstraint("decision IN ('approved', 'refused')", name="decision"),
    )

    claim_id: Mapped[UUID] = mapped_column(primary_key=True)
    line: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    reviewer_id: Mapped[UUID]
    decision: Mapped[str] = mapped_column(String(10))
    reason: Mapped[str] = mapped_column(String(200), default="")
    decided_at: Mapped[datetime]
