"""The public notice on which approved items stand before they are posted, and the objections people raise."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from villagepoints.models.base import Base, Entity, refers, to_village


class Notice(Entity, Base):
    """公示: approved claims shown to the village from `opened_on` to `closes_on`, posted afterwards as one batch."""

    __tablename__ = "notice"
    __table_args__ = (
        to_village(),
        UniqueConstraint("village_id", "number"),
        CheckConstraint("status IN ('open', 'posted')", name="status"),
        Index("ix_notice_village_id_status_closes_on", "village_id", "status", "closes_on"),
    )

    number: Mapped[int]
    opened_on: Mapped[date]
    closes_on: Mapped[date]  # the last day of the publicity
    status: Mapped[str] = mapped_column(String(10), default="open")  # posted: nothing of it waits any more
    opened_by: Mapped[UUID | None]
    opened_at: Mapped[datetime]
    posted_by: Mapped[UUID | None]
    posted_at: Mapped[datetime | None]


class Objection(Entity, Base):
    """异议: somebody holds an item, an entry or a finding to be wrong; answered by another person within its dates."""

    __tablename__ = "objection"
    __table_args__ = (
        refers("household_id", to="household"),
        refers("about_household_id", to="household"),
        refers("claim_id", to="claim"),
        refers("finding_id", to="finding"),
        refers("about_household_id", "entry_seq", to="ledger_entry", keys=("household_id", "seq")),
        UniqueConstraint("village_id", "number"),
        CheckConstraint("via IN ('phone', 'desk', 'paper')", name="via"),
        CheckConstraint("status IN ('open', 'upheld', 'rejected', 'withdrawn')", name="status"),
        CheckConstraint(
            "claim_id IS NOT NULL OR finding_id IS NOT NULL OR entry_seq IS NOT NULL", name="is_about_something"
        ),
        Index("ix_objection_village_id_status_due_on", "village_id", "status", "due_on"),
        Index("ix_objection_village_id_about_household_id", "village_id", "about_household_id"),
        Index("ix_objection_village_id_household_id", "village_id", "household_id"),
    )

    number: Mapped[int]
    household_id: Mapped[UUID | None]  # who objects; None: a person named in `objector`
    objector: Mapped[str] = mapped_column(String(40), default="")
    about_household_id: Mapped[UUID]
    claim_id: Mapped[UUID | None]
    finding_id: Mapped[UUID | None]
    entry_seq: Mapped[int | None]
    via: Mapped[str] = mapped_column(String(8))
    words: Mapped[str] = mapped_column(Text)
    filed_on: Mapped[date]
    filed_at: Mapped[datetime]
    filed_by: Mapped[UUID | None]  # the member of staff who typed it in
    due_on: Mapped[date]  # the target, in working days
    limit_on: Mapped[date]  # the limit, in calendar days
    status: Mapped[str] = mapped_column(String(10), default="open")
    proposed_by: Mapped[UUID | None]  # the first of two who hold it to be right, where it takes two
    decided_by: Mapped[UUID | None]
    decided_on: Mapped[date | None]
    decided_at: Mapped[datetime | None]
    reason: Mapped[str] = mapped_column(Text, default="")
    reversal_seq: Mapped[int | None]  # the entry that put it right
