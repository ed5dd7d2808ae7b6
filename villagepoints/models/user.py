"""Staff accounts and their one-time sign-in links."""

from datetime import date, datetime
from typing import Any, cast
from uuid import UUID

from sqlalchemy import JSON, CheckConstraint, Index, String, Table, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from villagepoints.models.base import Base, Entity, OfVillage, refers, to_village


class User(Entity, Base):
    """Somebody who works with the books; a household_id says which household is their own."""

    __tablename__ = "user"
    __table_args__ = (
        to_village(),
        refers("household_id", to="household"),
        UniqueConstraint("village_id", "login_name"),
    )

    login_name: Mapped[str] = mapped_column(String(40))
    name: Mapped[str] = mapped_column(String(40))
    roles: Mapped[list[Any]] = mapped_column(JSON, default=list)
    household_id: Mapped[UUID | None]
    password_hash: Mapped[str | None] = mapped_column(String(200))
    session_no: Mapped[int] = mapped_column(default=1)  # one more signs out everywhere
    is_active: Mapped[bool] = mapped_column(default=True)
    last_seen_at: Mapped[datetime | None]
    created_at: Mapped[datetime]


USERS = cast(Table, User.__table__)


class Relative(OfVillage, Base):
    """A household of somebody's close relatives, declared by them: they do not handle its points."""

    __tablename__ = "relative"
    __table_args__ = (refers("user_id", to="user"), refers("household_id", to="household"))

    user_id: Mapped[UUID] = mapped_column(primary_key=True)
    household_id: Mapped[UUID] = mapped_column(primary_key=True)
    relation: Mapped[str] = mapped_column(String(20), default="")
    declared_by: Mapped[UUID | None]
    declared_at: Mapped[datetime]


RELATIVES = cast(Table, Relative.__table__)


class SignInLink(Entity, Base):
    """A link that signs its user in once; only the SHA-256 of its token is kept."""

    __tablename__ = "sign_in_link"
    __table_args__ = (refers("user_id", to="user"), UniqueConstraint("village_id", "token_sha256"))

    user_id: Mapped[UUID]
    token_sha256: Mapped[bytes]
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]


class SecondFactor(OfVillage, Base):
    """The secret of somebody's time-based one-time codes (RFC 6238); counts once it was confirmed by a code."""

    __tablename__ = "second_factor"
    __table_args__ = (refers("user_id", to="user"),)

    user_id: Mapped[UUID] = mapped_column(primary_key=True)
    secret: Mapped[str] = mapped_column(String(200))  # a random part; with a key of the instance it is the secret
    confirmed_at: Mapped[datetime | None]
    last_step: Mapped[int] = mapped_column(default=0)  # the last 30-second step used: a code counts once
    recovery: Mapped[list[Any]] = mapped_column(JSON, default=list)  # keyed hashes of the recovery codes not used yet
    created_at: Mapped[datetime]


class StaffDevice(Entity, Base):
    """A browser somebody of the staff signed in with; ending it signs that browser out."""

    __tablename__ = "staff_device"
    __table_args__ = (
        refers("user_id", to="user"),
        Index("ix_staff_device_village_id_user_id", "village_id", "user_id"),
    )

    user_id: Mapped[UUID]
    label: Mapped[str] = mapped_column(String(60), default="")
    signed_in_at: Mapped[datetime]
    last_seen_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]


class RoleChange(Entity, Base):
    """Roles that one administrator asks for somebody and another has to agree to."""

    __tablename__ = "role_change"
    __table_args__ = (
        refers("user_id", to="user"),
        CheckConstraint("status IN ('waiting', 'agreed', 'refused')", name="status"),
        Index("ix_role_change_village_id_status", "village_id", "status"),
    )

    user_id: Mapped[UUID]
    roles: Mapped[list[Any]] = mapped_column(JSON)
    status: Mapped[str] = mapped_column(String(8), default="waiting")
    asked_by: Mapped[UUID]
    asked_at: Mapped[datetime]
    decided_by: Mapped[UUID | None]
    decided_at: Mapped[datetime | None]


class StaffRule(OfVillage, Base):
    """What a village asks of its staff accounts, and when it last looked them through."""

    __tablename__ = "staff_rule"
    __table_args__ = (to_village(),)

    second_factor_from: Mapped[date | None]  # from that day nobody approves without one; none: asked for, not forced
    looked_through_on: Mapped[date | None]  # the quarterly look at accounts that nobody uses
