"""What every table shares: named constraints, UTC instants, keys that begin with the village."""

import time
from datetime import UTC, datetime
from secrets import randbits
from typing import Any
from uuid import UUID

from sqlalchemy import DateTime, ForeignKeyConstraint, LargeBinary, MetaData, Uuid
from sqlalchemy.engine import Dialect
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, registry
from sqlalchemy.types import TypeDecorator

NAMES = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}


def new_id() -> UUID:
    """A UUIDv7: an id, never a secret, never the order (in Python's own uuid only from 3.14)."""
    milliseconds = time.time_ns() // 1_000_000
    value = (milliseconds & (1 << 48) - 1) << 80 | 0x7 << 76 | randbits(12) << 64 | 0b10 << 62 | randbits(62)
    return UUID(int=value)


class UtcDateTime(TypeDecorator[datetime]):
    """An aware UTC instant on either database; a naive one is refused."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("an instant without its time zone")
        value = value.astimezone(UTC)
        return value.replace(tzinfo=None) if dialect.name == "sqlite" else value

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Base(DeclarativeBase):
    """The base of all tables."""

    registry = registry(
        metadata=MetaData(naming_convention=NAMES),
        type_annotation_map={datetime: UtcDateTime(), UUID: Uuid(), bytes: LargeBinary()},
    )


class OfVillage:
    """A row of one village: every key begins with `village_id`, so the database refuses references into another."""

    village_id: Mapped[UUID] = mapped_column(primary_key=True, sort_order=-20)


class Entity(OfVillage):
    """A row with an id of its own inside its village."""

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id, sort_order=-10)


def to_village() -> ForeignKeyConstraint:
    """The reference of a row to its village."""
    return ForeignKeyConstraint(["village_id"], ["village.id"])


def refers(*columns: str, to: str, keys: tuple[str, ...] = ("id",), **options: Any) -> ForeignKeyConstraint:
    """A reference inside the village: `columns` to `keys` of table `to`, both led by `village_id`."""
    return ForeignKeyConstraint(
        ["village_id", *columns], [f"{to}.village_id", *(f"{to}.{key}" for key in keys)], **options
    )
