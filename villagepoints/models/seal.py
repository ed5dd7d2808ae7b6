"""Seals and the account heads they cover; append-only like the ledger."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Index, Integer
from sqlalchemy.orm import Mapped, mapped_column

from villagepoints.models.base import Base, OfVillage, refers, to_village


class Seal(OfVillage, Base):
    """One seal of a village's books."""

    __tablename__ = "seal"
    __table_args__ = (to_village(),)

    number: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    root: Mapped[bytes]
    previous_root: Mapped[bytes]
    activity_seq: Mapped[int]
    activity_hash: Mapped[bytes]
    households: Mapped[int]
    entries: Mapped[int]
    salt: Mapped[bytes | None]  # of the commitments to whose account each is; None: a seal of format 1
    taken_by: Mapped[UUID | None]
    taken_at: Mapped[datetime]


class SealHead(OfVillage, Base):
    """Where one account stood; without a reference to it, so that its disappearance shows."""

    __tablename__ = "seal_head"
    __table_args__ = (refers("number", to="seal", keys=("number",)),)

    number: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    household_id: Mapped[UUID] = mapped_column(primary_key=True)
    seq: Mapped[int]
    hash: Mapped[bytes]
    who: Mapped[bytes | None]  # commits to the household's number and head; None in format 1


class Checkpoint(OfVillage, Base):
    """Where the books stood on a day between two seals; its root is in the activity trail too, which seals cover."""

    __tablename__ = "checkpoint"
    __table_args__ = (to_village(),)

    number: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    root: Mapped[bytes]
    previous_root: Mapped[bytes]
    activity_seq: Mapped[int]
    activity_hash: Mapped[bytes]
    households: Mapped[int]
    entries: Mapped[int]
    taken_at: Mapped[datetime]


class CheckpointHead(OfVillage, Base):
    """An account that moved since the checkpoint before, and where it stood; the others stand where they stood."""

    __tablename__ = "checkpoint_head"
    __table_args__ = (
        refers("number", to="checkpoint", keys=("number",)),
        Index("ix_checkpoint_head_village_id_household_id", "village_id", "household_id", "number"),
    )

    number: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    household_id: Mapped[UUID] = mapped_column(primary_key=True)
    seq: Mapped[int]
    hash: Mapped[bytes]
