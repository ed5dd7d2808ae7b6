"""The supervision group: who is in it and for how long, and the committee whose members and relatives may not be."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from villagepoints.models.base import Base, Entity, OfVillage, refers, to_village


class Supervisor(Entity, Base):
    """A villager's term in the supervision group; pin_hash is the PIN they sign with."""

    __tablename__ = "supervisor"
    __table_args__ = (
        refers("user_id", to="user"),
        refers("household_id", to="household"),
        CheckConstraint("until_on >= from_on", name="term"),
        UniqueConstraint("village_id", "user_id", "from_on"),
    )

    user_id: Mapped[UUID]
    household_id: Mapped[UUID]
    from_on: Mapped[date]
    until_on: Mapped[date]  # the last day of the term
    assembly: Mapped[str] = mapped_column(String(20), default="")  # who chose them: villagers, representatives
    document: Mapped[str] = mapped_column(String(120), default="")
    contact: Mapped[str] = mapped_column(String(40), default="")  # a number they agreed to have published
    appointed_by: Mapped[UUID | None]
    appointed_at: Mapped[datetime]
    ended_on: Mapped[date | None]  # left before the term was over: the first day they no longer are a member
    ended_reason: Mapped[str] = mapped_column(String(200), default="")
    pin_hash: Mapped[str | None] = mapped_column(String(200))
    pin_set_at: Mapped[datetime | None]


class CommitteeMember(Entity, Base):
    """A member of the village committee or Party branch: they and their close relatives do not supervise."""

    __tablename__ = "committee_member"
    __table_args__ = (to_village(), refers("household_id", to="household"))

    name: Mapped[str] = mapped_column(String(40))
    position: Mapped[str] = mapped_column(String(40), default="")
    household_id: Mapped[UUID | None]  # None: lives elsewhere
    since_on: Mapped[date]
    until_on: Mapped[date | None]
    recorded_by: Mapped[UUID | None]
    recorded_at: Mapped[datetime]


class CommitteeRelative(OfVillage, Base):
    """A household of a committee member's close relatives."""

    __tablename__ = "committee_relative"
    __table_args__ = (
        refers("member_id", to="committee_member"),
        refers("household_id", to="household"),
        Index("ix_committee_relative_village_id_household_id", "village_id", "household_id"),
    )

    member_id: Mapped[UUID] = mapped_column(primary_key=True)
    household_id: Mapped[UUID] = mapped_column(primary_key=True)
    relation: Mapped[str] = mapped_column(String(20), default="")
    declared_by: Mapped[UUID | None]
    declared_at: Mapped[datetime]
