"""A village and what its pages say of it."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from villagepoints.models.base import Base, Entity, OfVillage, new_id, to_village


class Village(Base):
    """One village of this installation; `code` stands in the URL of every door card, in lower case."""

    __tablename__ = "village"
    __table_args__ = (UniqueConstraint("code"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    code: Mapped[str] = mapped_column(String(8))
    name: Mapped[str] = mapped_column(String(60))
    clerk_name: Mapped[str] = mapped_column(String(40), default="")
    clerk_phone: Mapped[str] = mapped_column(String(20), default="")
    household_claims: Mapped[bool] = mapped_column(default=True)  # whether households may claim points themselves
    revision: Mapped[int] = mapped_column(
        default=0
    )  # counts whatever changes on every household's page: rules, goods, news
    activity_seq: Mapped[int] = mapped_column(default=0)
    activity_hash: Mapped[bytes] = mapped_column(default=b"")
    created_at: Mapped[datetime]


class WorkingDay(OfVillage, Base):
    """A day that differs from Monday to Friday: a holiday, or a weekend day that is worked (调休)."""

    __tablename__ = "working_day"
    __table_args__ = (to_village(),)

    day: Mapped[date] = mapped_column(primary_key=True)
    works: Mapped[bool]
    name: Mapped[str] = mapped_column(String(40), default="")


class News(Entity, Base):
    """A text of the committee on the village's page, shown from `shown_on` until `until_on`."""

    __tablename__ = "news"
    __table_args__ = (to_village(),)

    title: Mapped[str] = mapped_column(String(80))
    body: Mapped[str] = mapped_column(Text, default="")
    shown_on: Mapped[date]
    until_on: Mapped[date | None]
