"""The neighbourhood committees that look after relocated households with the village, and their joint sessions."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, Integer, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from villagepoints.models.base import Base, Entity, OfVillage, refers, to_village


class Neighbourhood(Entity, Base):
    """居委会: the committee of the blocks to which households were relocated."""

    __tablename__ = "neighbourhood"
    __table_args__ = (to_village(), UniqueConstraint("village_id", "name"))

    name: Mapped[str] = mapped_column(String(60))
    contact_name: Mapped[str] = mapped_column(String(40), default="")
    contact_phone: Mapped[str] = mapped_column(String(20), default="")
    is_active: Mapped[bool] = mapped_column(default=True)


class Relocation(OfVillage, Base):
    """动迁上楼: which committee's blocks a household moved to, and when."""

    __tablename__ = "relocation"
    __table_args__ = (
        refers("household_id", to="household"),
        refers("neighbourhood_id", to="neighbourhood"),
        Index("ix_relocation_village_id_neighbourhood_id", "village_id", "neighbourhood_id"),
    )

    household_id: Mapped[UUID] = mapped_column(primary_key=True)
    neighbourhood_id: Mapped[UUID]
    moved_on: Mapped[date | None]


class NeighbourhoodMember(OfVillage, Base):
    """Whose account belongs to a neighbourhood committee: it sees the relocated households of its blocks only."""

    __tablename__ = "neighbourhood_member"
    __table_args__ = (refers("user_id", to="user"), refers("neighbourhood_id", to="neighbourhood"))

    user_id: Mapped[UUID] = mapped_column(primary_key=True)
    neighbourhood_id: Mapped[UUID]


class JointSession(Entity, Base):
    """联席会: village and committee sit down together once a quarter, written 2026-Q4."""

    __tablename__ = "joint_session"
    __table_args__ = (
        refers("neighbourhood_id", to="neighbourhood"),
        UniqueConstraint("village_id", "neighbourhood_id", "quarter"),
        CheckConstraint("status IN ('open', 'closed')", name="status"),
    )

    neighbourhood_id: Mapped[UUID]
    quarter: Mapped[str] = mapped_column(String(7))
    held_on: Mapped[date | None]
    place: Mapped[str] = mapped_column(String(80), default="")
    attended_village: Mapped[str] = mapped_column(String(200), default="")  # names, as they sign the sheet
    attended_committee: Mapped[str] = mapped_column(String(200), default="")
    minutes: Mapped[str] = mapped_column(Text, default="")
    status: Mapped[str] = mapped_column(String(8), default="open")
    opened_by: Mapped[UUID | None]
    opened_at: Mapped[datetime]
    closed_by: Mapped[UUID | None]
    closed_at: Mapped[datetime | None]


class JointItem(OfVillage, Base):
    """One point of a joint session's agenda, what was agreed on it, and how it ended."""

    __tablename__ = "joint_item"
    __table_args__ = (
        refers("joint_session_id", to="joint_session"),
        refers("household_id", to="household"),
        refers("finding_id", to="finding"),
        refers("from_session_id", to="joint_session"),
        CheckConstraint("status IN ('open', 'done', 'dropped', 'carried')", name="status"),
        CheckConstraint(
            "kind IN ('recheck', 'finding', 'objection', 'visit', 'elders', 'unassigned', 'joint', 'other')",
            name="kind",
        ),
        Index("ix_joint_item_village_id_status_due_on", "village_id", "status", "due_on"),
        Index("ix_joint_item_village_id_household_id", "village_id", "household_id"),
        Index("ix_joint_item_village_id_finding_id", "village_id", "finding_id"),
    )

    joint_session_id: Mapped[UUID] = mapped_column(primary_key=True)
    line: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    position: Mapped[int] = mapped_column(Integer)  # its place on the agenda; `line` stays what it was called by
    kind: Mapped[str] = mapped_column(String(10), default="other")  # what put it on the agenda
    subject: Mapped[str] = mapped_column(String(200))
    household_id: Mapped[UUID | None]
    finding_id: Mapped[UUID | None]
    from_session_id: Mapped[UUID | None]  # the session that agreed on it first, if it is followed up
    agreed: Mapped[str] = mapped_column(String(400), default="")
    owner: Mapped[str] = mapped_column(String(40), default="")
    due_on: Mapped[date | None]
    status: Mapped[str] = mapped_column(String(8), default="open")  # carried: it goes on in the next session
    added_by: Mapped[UUID | None]  # None: the books put it there
    settled_by: Mapped[UUID | None]
    settled_at: Mapped[datetime | None]
