"""What households tell or ask the village: a hazard, an idea, goods they want, a visit, a helper, a correction."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from villagepoints.models.base import Base, Entity, refers, to_village


class ServiceRequest(Entity, Base):
    """One thing a household said, from its page or to a member of staff, and what the village answered."""

    __tablename__ = "service_request"
    __table_args__ = (
        to_village(),
        refers("household_id", to="household"),
        refers("reward_id", to="reward"),
        UniqueConstraint("village_id", "number"),
        CheckConstraint("kind IN ('hazard', 'idea', 'goods', 'visit', 'helper', 'correction')", name="kind"),
        CheckConstraint("status IN ('open', 'answered', 'withdrawn')", name="status"),
        Index("ix_service_request_village_id_status_kind", "village_id", "status", "kind"),
        Index("ix_service_request_village_id_household_id", "village_id", "household_id"),
    )

    number: Mapped[int]  # 1, 2, 3 … in the village, to be named on the telephone
    household_id: Mapped[UUID]
    kind: Mapped[str] = mapped_column(String(12))
    words: Mapped[str] = mapped_column(Text, default="")
    reward_id: Mapped[UUID | None]  # the goods of the catalogue that it wants
    filed_on: Mapped[date]
    filed_at: Mapped[datetime]
    filed_by: Mapped[UUID | None]  # the member of staff who wrote it down; None: the household's own phone
    status: Mapped[str] = mapped_column(String(10), default="open")
    answer: Mapped[str] = mapped_column(Text, default="")
    answered_by: Mapped[UUID | None]
    answered_on: Mapped[date | None]
    answered_at: Mapped[datetime | None]
