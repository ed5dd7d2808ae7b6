"""The village's rule book as effective-dated versions that are never edited."""

from datetime import date, datetime
from typing import Any, cast
from uuid import UUID

from sqlalchemy import JSON, CheckConstraint, Integer, String, Table
from sqlalchemy.orm import Mapped, mapped_column

from villagepoints.models.base import Base, OfVillage, refers, to_village


class RuleBookVersion(OfVillage, Base):
    """One version of the 积分管理办法: its settings, categories and red lines as adopted (`body`), and from when."""

    __tablename__ = "rulebook"
    __table_args__ = (to_village(),)

    version: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    name: Mapped[str] = mapped_column(String(80))
    effective_on: Mapped[date]
    body: Mapped[dict[str, Any]] = mapped_column(JSON)
    adopted_by: Mapped[UUID | None]
    recorded_at: Mapped[datetime]


BOOKS = cast(Table, RuleBookVersion.__table__)


class RuleItem(OfVillage, Base):
    """A scoring item of one version, so that entries can refer to it and reports can group by it."""

    __tablename__ = "rule_item"
    __table_args__ = (
        refers("version", to="rulebook", keys=("version",)),
        CheckConstraint("kind IN ('base', 'contribution', 'penalty')", name="kind"),
    )

    version: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    code: Mapped[str] = mapped_column(String(8), primary_key=True)
    category: Mapped[str] = mapped_column(String(8))
    kind: Mapped[str] = mapped_column(String(12))
    position: Mapped[int]
    name: Mapped[str] = mapped_column(String(120))
