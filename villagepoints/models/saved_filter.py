"""Filters of lists that somebody keeps under a name."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from villagepoints.models.base import Base, Entity, refers


class SavedFilter(Entity, Base):
    """A list's page and the query of its URL, kept by one person under a name."""

    __tablename__ = "saved_filter"
    __table_args__ = (refers("user_id", to="user"), UniqueConstraint("village_id", "user_id", "page", "name"))

    user_id: Mapped[UUID]
    page: Mapped[str] = mapped_column(String(60))  # the endpoint
    name: Mapped[str] = mapped_column(String(40))
    query: Mapped[str] = mapped_column(String(500))
    saved_at: Mapped[datetime]
