"""Village welfare that looks at merit: schemes the villagers resolved on, and the list each of them gives."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import JSON, CheckConstraint, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from villagepoints.models.base import Base, Entity, OfVillage, refers, to_village


class WelfareScheme(Entity, Base):
    """村级福利: what is given, by which resolution, on which conditions; never a statutory right."""

    __tablename__ = "welfare_scheme"
    __table_args__ = (to_village(), CheckConstraint("status IN ('draft', 'listed', 'withdrawn')", name="status"))

    name: Mapped[str] = mapped_column(String(80))
    benefit: Mapped[str] = mapped_column(Text, default="")
    resolution_no: Mapped[str] = mapped_column(String(60))
    resolved_on: Mapped[date]
    year: Mapped[int]  # whose merit counts
    residency: Mapped[str] = mapped_column(String(10), default="")  # one track only; empty: each by itself
    least_merit: Mapped[int | None]
    top_percent: Mapped[int | None]
    excludes_red_line: Mapped[bool] = mapped_column(default=True)
    status: Mapped[str] = mapped_column(String(10), default="draft")
    created_by: Mapped[UUID | None]
    created_at: Mapped[datetime]
    as_of: Mapped[str | None] = mapped_column(String(7))  # the month at whose close merit was counted
    listed_by: Mapped[UUID | None]
    listed_at: Mapped[datetime | None]


class WelfareLine(OfVillage, Base):
    """Whether a household qualifies, and why."""

    __tablename__ = "welfare_line"
    __table_args__ = (refers("scheme_id", to="welfare_scheme"), refers("household_id", to="household"))

    scheme_id: Mapped[UUID] = mapped_column(primary_key=True)
    household_id: Mapped[UUID] = mapped_column(primary_key=True)
    merit: Mapped[int]
    percent: Mapped[int]  # the top per cent of its residency it is in
    red_lines: Mapped[int] = mapped_column(default=0)  # crossed in the year
    qualifies: Mapped[bool]
    reasons: Mapped[list[Any]] = mapped_column(JSON, default=list)
