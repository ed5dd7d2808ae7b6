"""Households, which hold the accounts, and the residents in them."""

from datetime import date, datetime
from typing import cast
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, String, Table, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from villagepoints.models.base import Base, Entity, refers, to_village


class Household(Entity, Base):
    """A household and the head of its account; balance, last_seq and last_hash move only with an entry."""

    __tablename__ = "household"
    __table_args__ = (
        to_village(),
        UniqueConstraint("village_id", "number"),
        Index("ix_household_village_id_group_no_number", "village_id", "group_no", "number"),
        CheckConstraint("residency IN ('resident', 'relocated')", name="residency"),
        CheckConstraint("last_seq >= 0", name="last_seq"),
    )

    number: Mapped[str] = mapped_column(String(20))  # 户号
    group_no: Mapped[int | None]  # 组
    residency: Mapped[str] = mapped_column(String(10), default="resident")
    address: Mapped[str] = mapped_column(String(120), default="")
    head_name: Mapped[str] = mapped_column(String(40), default="")
    is_elder: Mapped[bool] = mapped_column(default=False)
    elder_marked: Mapped[bool | None]  # what the clerk said, if anything; else the default by age stands in is_elder
    shows_at_scan: Mapped[bool] = mapped_column(default=False)  # consent: masked name and balance to whoever scans
    remark: Mapped[str] = mapped_column(String(200), default="")
    joined_on: Mapped[date | None]  # its first day here, where it was registered later than the first roster
    left_on: Mapped[date | None]
    left_reason: Mapped[str] = mapped_column(String(12), default="")  # moved, merged, died

    balance: Mapped[int] = mapped_column(default=0)
    last_seq: Mapped[int] = mapped_column(default=0)
    last_hash: Mapped[bytes] = mapped_column(default=b"")
    revision: Mapped[int] = mapped_column(default=0)  # counts whatever changes on its page besides entries
    rank_percent: Mapped[int | None]  # place among its residency by merit, as of the last month's close
    rank_month: Mapped[str | None] = mapped_column(String(7))
    walked_on: Mapped[date | None]  # the last day somebody walking the lanes looked at it, found something or not
    redeem_paused_until: Mapped[date | None]  # the first day it may redeem again after a red line
    told_at: Mapped[
        datetime | None
    ]  # up to when somebody of it knows what happened: on its phone, by a call, by a slip
    told_by: Mapped[UUID | None]  # the member of staff who told it; None: it saw it on its own phone
    shows_on_lists: Mapped[bool] = mapped_column(default=False)  # consent: its name on the red list

    pin_hash: Mapped[str | None] = mapped_column(String(200))
    pin_set_at: Mapped[datetime | None]


HOUSEHOLDS = cast(Table, Household.__table__)


class Resident(Entity, Base):
    """A person in a household; the identity number is kept only as a keyed hash."""

    __tablename__ = "resident"
    __table_args__ = (
        to_village(),
        refers("household_id", to="household"),
        Index("ix_resident_village_id_household_id", "village_id", "household_id"),
        Index("ix_resident_village_id_name", "village_id", "name"),
        Index("ix_resident_village_id_initials", "village_id", "initials"),
        Index("ix_resident_village_id_phone_tail", "village_id", "phone_tail"),
        UniqueConstraint("village_id", "identity_hash"),
    )

    household_id: Mapped[UUID]
    line: Mapped[int] = mapped_column(default=0)  # its order within the household, 0 is the head
    name: Mapped[str] = mapped_column(String(40))
    pinyin: Mapped[str] = mapped_column(String(120), default="")
    initials: Mapped[str] = mapped_column(String(40), default="")
    relation: Mapped[str] = mapped_column(String(20), default="")
    sex: Mapped[str] = mapped_column(String(2), default="")
    birth_on: Mapped[date | None]
    identity_hash: Mapped[bytes | None]
    phone: Mapped[str] = mapped_column(String(20), default="")
    phone_tail: Mapped[str] = mapped_column(String(4), default="")
    left_on: Mapped[date | None]
    left_reason: Mapped[str] = mapped_column(String(12), default="")  # moved, died, married, mistake


class Succession(Entity, Base):
    """Points that go on from one household to another after a merger, a death or a split, once two people say so."""

    __tablename__ = "succession"
    __table_args__ = (
        refers("household_id", to="household"),
        refers("successor_id", to="household"),
        CheckConstraint("kind IN ('merge', 'inherit', 'split')", name="kind"),
        CheckConstraint("status IN ('waiting', 'done', 'refused')", name="status"),
        CheckConstraint("household_id <> successor_id", name="two_households"),
        CheckConstraint("points >= 0", name="points"),
        Index("ix_succession_village_id_household_id", "village_id", "household_id"),
        Index("ix_succession_village_id_successor_id", "village_id", "successor_id"),
        Index("ix_succession_village_id_status_recorded_at", "village_id", "status", "recorded_at"),
    )

    household_id: Mapped[UUID]
    successor_id: Mapped[UUID]
    kind: Mapped[str] = mapped_column(String(8))
    points: Mapped[int]  # that go over, by a pair of transfers; 0 where only people did
    document: Mapped[str] = mapped_column(String(120), default="")
    succeeded_on: Mapped[date]
    status: Mapped[str] = mapped_column(String(8), default="done")
    given_seq: Mapped[int | None]  # the entries of both accounts, once they are posted
    taken_seq: Mapped[int | None]
    recorded_by: Mapped[UUID | None]
    recorded_at: Mapped[datetime]
    decided_by: Mapped[UUID | None]
    decided_at: Mapped[datetime | None]
    reason: Mapped[str] = mapped_column(String(200), default="")  # why it was refused
