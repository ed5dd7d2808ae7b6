"""Which rows of which files are in the books."""

from datetime import datetime
from typing import Any, cast
from uuid import UUID

from sqlalchemy import JSON, CheckConstraint, Index, String, Table
from sqlalchemy.orm import Mapped, mapped_column

from villagepoints.models.base import Base, Entity, OfVillage, refers, to_village


class ImportBatch(Entity, Base):
    """One file that went in whole; taking it back reverses what it posted and frees its rows."""

    __tablename__ = "import_batch"
    __table_args__ = (to_village(), Index("ix_import_batch_village_id_imported_at", "village_id", "imported_at"))

    kind: Mapped[str] = mapped_column(String(16))
    filename: Mapped[str] = mapped_column(String(200))
    file_sha256: Mapped[bytes]
    row_count: Mapped[int] = mapped_column(default=0)
    points: Mapped[int] = mapped_column(default=0)
    warnings: Mapped[list[Any]] = mapped_column(JSON, default=list)
    imported_by: Mapped[UUID | None]
    imported_at: Mapped[datetime]
    taken_back_at: Mapped[datetime | None]
    taken_back_by: Mapped[UUID | None]
    reason: Mapped[str] = mapped_column(String(200), default="")


class ImportRow(OfVillage, Base):
    """A row that is in the books, by the hash of its business columns and its ordinal among equal rows."""

    __tablename__ = "import_row"
    __table_args__ = (
        refers("batch_id", to="import_batch"),
        Index("ix_import_row_village_id_batch_id", "village_id", "batch_id"),
    )

    kind: Mapped[str] = mapped_column(String(16), primary_key=True)
    identity: Mapped[bytes] = mapped_column(primary_key=True)
    batch_id: Mapped[UUID]


IMPORT_ROWS = cast(Table, ImportRow.__table__)


class ImportSession(Entity, Base):
    """A file on its way in: which columns mean what, what was put right on the page, until it is committed."""

    __tablename__ = "import_session"
    __table_args__ = (
        to_village(),
        refers("batch_id", to="import_batch"),
        CheckConstraint("status IN ('open', 'committed', 'replaced', 'dropped')", name="status"),
        Index("ix_import_session_village_id_status", "village_id", "status"),
    )

    kind: Mapped[str] = mapped_column(String(16))
    filename: Mapped[str] = mapped_column(String(200))
    file: Mapped[str] = mapped_column(String(60))  # its random name in the instance folder
    columns: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)  # sheet → field → column, as put right
    edits: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)  # sheet → row → field → text, as put right
    status: Mapped[str] = mapped_column(String(10), default="open")
    batch_id: Mapped[UUID | None]
    begun_by: Mapped[UUID | None]
    begun_at: Mapped[datetime]
    changed_at: Mapped[datetime]
