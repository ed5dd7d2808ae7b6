"""Door cards, remembered phones and counted tries."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from villagepoints.models.base import Base, Entity, OfVillage, refers, to_village


class Card(Entity, Base):
    """A door card: identifies, never authorises; the database keeps only the token's SHA-256."""

    __tablename__ = "card"
    __table_args__ = (
        refers("household_id", to="household"),
        UniqueConstraint("village_id", "token_sha256"),
        UniqueConstraint("village_id", "household_id", "number"),
    )

    household_id: Mapped[UUID]
    number: Mapped[int]  # 1, 2, 3 … for one household; a new number kills the old card
    token_sha256: Mapped[bytes]
    opening_no: Mapped[int] = mapped_column(default=1)  # counts the opening codes of this card
    opening_sha256: Mapped[bytes | None]
    opened_at: Mapped[datetime | None]
    issued_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]


class Phone(Entity, Base):
    """A phone that a household's page remembers; only the SHA-256 of its secret is kept."""

    __tablename__ = "phone"
    __table_args__ = (
        refers("household_id", to="household"),
        UniqueConstraint("village_id", "household_id", "secret_sha256"),
    )

    household_id: Mapped[UUID]
    secret_sha256: Mapped[bytes]
    label: Mapped[str] = mapped_column(String(60), default="")
    remembered_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    pin_at: Mapped[datetime]  # the last PIN on this phone; spending asks for a fresh one
    revoked_at: Mapped[datetime | None]


class Attempt(OfVillage, Base):
    """Guesses of one kind against one thing, claimed before they are checked."""

    __tablename__ = "attempt"
    __table_args__ = (to_village(), Index("ix_attempt_village_id_until_at", "village_id", "until_at"))

    subject: Mapped[str] = mapped_column(String(120), primary_key=True)
    count: Mapped[int] = mapped_column(default=0)
    until_at: Mapped[datetime]  # when the count starts again from nothing
