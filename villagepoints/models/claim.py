"""What waits to be approved: claims of households, proposals of staff, reversals, and their reviews."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import JSON, CheckConstraint, Index, Integer, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from villagepoints.models.base import Base, Entity, OfVillage, refers, to_village


class Claim(Entity, Base):
    """Points asked for under a rule item, or an entry to be reversed; approved ones are posted."""

    __tablename__ = "claim"
    __table_args__ = (
        refers("household_id", to="household"),
        refers("rulebook_version", "item_code", to="rule_item", keys=("version", "code")),
        refers("notice_id", to="notice"),
        refers("council_id", to="council"),
        CheckConstraint("status IN ('waiting', 'approved', 'posted', 'refused', 'withdrawn')", name="status"),
        CheckConstraint("kind IN ('item', 'reversal', 'claw_back')", name="kind"),
        CheckConstraint("(kind = 'item') = (reverses_seq IS NULL)", name="reversal_names_its_entry"),
        Index("ix_claim_village_id_status_claimed_at", "village_id", "status", "claimed_at"),
        Index("ix_claim_village_id_household_id_claimed_at", "village_id", "household_id", "claimed_at"),
        Index("ix_claim_village_id_notice_id", "village_id", "notice_id"),
    )

    household_id: Mapped[UUID]
    kind: Mapped[str] = mapped_column(String(10), default="item")
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
    notice_id: Mapped[UUID | None]  # the public notice it stands on once it is approved
    council_id: Mapped[UUID | None]  # the council that decided on it
    entry_seq: Mapped[int | None]  # of a claw-back: the penalty; its reversal is the entry before


class Council(Entity, Base):
    """评议: a round in which at least three reviewers decide on claims together; what they said is kept."""

    __tablename__ = "council"
    __table_args__ = (to_village(), CheckConstraint("status IN ('open', 'closed')", name="status"))

    held_on: Mapped[date]
    place: Mapped[str] = mapped_column(String(80), default="")
    status: Mapped[str] = mapped_column(String(10), default="open")
    minutes: Mapped[str] = mapped_column(Text, default="")
    opened_by: Mapped[UUID | None]
    opened_at: Mapped[datetime]
    closed_by: Mapped[UUID | None]
    closed_at: Mapped[datetime | None]


class CouncilMember(OfVillage, Base):
    """A reviewer who was present."""

    __tablename__ = "council_member"
    __table_args__ = (refers("council_id", to="council"), refers("user_id", to="user"))

    council_id: Mapped[UUID] = mapped_column(primary_key=True)
    user_id: Mapped[UUID] = mapped_column(primary_key=True)


class CouncilItem(OfVillage, Base):
    """A claim before a council: what it decided, why, and who was concerned and therefore left out."""

    __tablename__ = "council_item"
    __table_args__ = (
        refers("council_id", to="council"),
        refers("claim_id", to="claim"),
        CheckConstraint("decision IN ('approved', 'refused')", name="decision"),
    )

    council_id: Mapped[UUID] = mapped_column(primary_key=True)
    claim_id: Mapped[UUID] = mapped_column(primary_key=True)
    decision: Mapped[str | None] = mapped_column(String(10))
    reason: Mapped[str] = mapped_column(String(200), default="")
    recused: Mapped[list[Any]] = mapped_column(JSON, default=list)  # user ids as text


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
