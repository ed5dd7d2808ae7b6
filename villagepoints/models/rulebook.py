"""The village's rule book as effective-dated versions that are never edited."""

from datetime import date, datetime
from typing import Any, cast
from uuid import UUID

from sqlalchemy import JSON, CheckConstraint, Integer, String, Table, Text
from sqlalchemy.orm import Mapped, mapped_column

from villagepoints.models.base import Base, Entity, OfVillage, refers, to_village


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


class RuleDraft(Entity, Base):
    """A rule book on its way: `body` is changed until it is deliberated on, then adopted or dropped."""

    __tablename__ = "rule_draft"
    __table_args__ = (
        to_village(),
        refers("based_on", to="rulebook", keys=("version",)),
        CheckConstraint("status IN ('draft', 'deliberation', 'adopted', 'dropped')", name="status"),
    )

    title: Mapped[str] = mapped_column(String(80))
    body: Mapped[dict[str, Any]] = mapped_column(JSON)
    based_on: Mapped[int]
    status: Mapped[str] = mapped_column(String(12), default="draft")
    revision: Mapped[int] = mapped_column(default=0)  # counts its changes, so that two editors notice each other
    created_by: Mapped[UUID | None]
    created_at: Mapped[datetime]
    changed_at: Mapped[datetime]
    adopted_version: Mapped[int | None]


class Deliberation(OfVillage, Base):
    """One of the six steps of a draft (民提、民议、民决、民办、民管、民评): when, who, what was said, the votes."""

    __tablename__ = "deliberation"
    __table_args__ = (
        refers("draft_id", to="rule_draft"),
        CheckConstraint("step IN ('propose', 'discuss', 'decide', 'carry_out', 'manage', 'evaluate')", name="step"),
    )

    draft_id: Mapped[UUID] = mapped_column(primary_key=True)
    step: Mapped[str] = mapped_column(String(10), primary_key=True)
    held_on: Mapped[date]
    assembly: Mapped[str] = mapped_column(String(20), default="")  # who decides: villagers, households, representatives
    entitled: Mapped[int | None]
    present: Mapped[int | None]
    in_favour: Mapped[int | None]
    against: Mapped[int | None]
    abstained: Mapped[int | None]
    people: Mapped[str] = mapped_column(Text, default="")
    minutes: Mapped[str] = mapped_column(Text, default="")
    recorded_by: Mapped[UUID | None]
    recorded_at: Mapped[datetime]
