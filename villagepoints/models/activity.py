"""The chained trail of who a household is and who may do what: cards, PINs, users, rules, imports."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import JSON, Index, Integer, String
from sqlalchemy.orm import Mapped, mapped_column

from villagepoints.models.base import Base, OfVillage, to_village


class Activity(OfVillage, Base):
    """One act outside the ledger that changes what an account means; append-only like an entry."""

    __tablename__ = "activity"
    __table_args__ = (to_village(), Index("ix_activity_village_id_subject", "village_id", "subject"))

    seq: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    action: Mapped[str] = mapped_column(String(40))
    subject: Mapped[UUID | None]
    actor_id: Mapped[UUID | None]
    detail: Mapped[dict[str, Any]] = mapped_column(JSON)
    recorded_at: Mapped[datetime]
    prev_hash: Mapped[bytes]
    hash: Mapped[bytes]
