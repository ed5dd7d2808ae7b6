"""The append-only ledger: one chain of entries for each household."""

from collections.abc import Iterable
from datetime import date, datetime
from typing import Any, cast
from uuid import UUID

from sqlalchemy import JSON, CheckConstraint, Index, Integer, SmallInteger, String, Table, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from villagepoints.domain.ledger import KINDS, ORIGINS
from villagepoints.models.base import Base, OfVillage, refers, to_village


def _one_of(column: str, values: Iterable[str]) -> str:
    return f"{column} IN ({', '.join(repr(value) for value in values)})"


def _where_set(name: str, *columns: str, unique: bool = False) -> Index:
    """An index of the rows that have its last column: most entries have not, and should not pay for it."""
    there = text(f"{columns[-1]} IS NOT NULL")
    return Index(name, "village_id", *columns, unique=unique, sqlite_where=there, postgresql_where=there)


class LedgerEntry(OfVillage, Base):
    """One entry as it was at its time; never updated, never deleted (triggers refuse both)."""

    __tablename__ = "ledger_entry"
    __table_args__ = (
        refers("household_id", to="household"),
        refers("rulebook_version", "item_code", to="rule_item", keys=("version", "code")),
        _where_set("uq_ledger_entry_reverses_seq", "household_id", "reverses_seq", unique=True),  # undone once only
        Index("ix_ledger_entry_village_id_occurred_on", "village_id", "occurred_on"),
        # the list of the desk reads it backwards, and looks no entry up whose kind and item it does not want
        # in the order of the village's ledger, and with what it is filtered by
        Index(
            "ix_ledger_entry_village_id_recorded_at",
            *("village_id", "recorded_at", "household_id", "seq", "kind", "item_code"),
        ),
        _where_set("ix_ledger_entry_batch_id", "batch_id"),
        CheckConstraint(_one_of("kind", KINDS), name="kind"),
        CheckConstraint(_one_of("origin", ORIGINS), name="origin"),
        CheckConstraint("seq >= 1", name="seq"),
        CheckConstraint(
            "kind <> 'redemption' OR (points <= 0 AND balance_after >= 0)", name="redemption_within_balance"
        ),
        CheckConstraint("kind <> 'award' OR points >= 0", name="award_not_negative"),
        CheckConstraint("kind <> 'penalty' OR points <= 0", name="penalty_not_positive"),
        CheckConstraint(
            "(kind IN ('reversal', 'refund')) = (reverses_seq IS NOT NULL)", name="reversal_names_its_entry"
        ),
        CheckConstraint("reverses_seq IS NULL OR reverses_seq < seq", name="reverses_an_earlier_entry"),
    )

    household_id: Mapped[UUID] = mapped_column(primary_key=True)
    seq: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    kind: Mapped[str] = mapped_column(String(12))
    points: Mapped[int]
    balance_after: Mapped[int]
    occurred_on: Mapped[date]
    recorded_at: Mapped[datetime]
    rulebook_version: Mapped[int | None]
    item_code: Mapped[str | None] = mapped_column(String(8))
    grade: Mapped[str | None] = mapped_column(String(20))
    quantity: Mapped[int] = mapped_column(default=1)
    occasion: Mapped[str | None] = mapped_column(String(32))  # a hash of the deed, person or case that counts once
    origin: Mapped[str] = mapped_column(String(8))
    recorded_by: Mapped[UUID | None]
    approved_by: Mapped[UUID | None]
    acted_for: Mapped[UUID | None]  # the household somebody else acted for
    reverses_seq: Mapped[int | None]
    redemption_id: Mapped[UUID | None]
    batch_id: Mapped[UUID | None]
    counter_household_id: Mapped[UUID | None]  # the other side of a transfer
    commitment: Mapped[bytes | None]
    prev_hash: Mapped[bytes]
    hash: Mapped[bytes]
    format: Mapped[int] = mapped_column(SmallInteger)


class EntryText(OfVillage, Base):
    """The personal words of an entry, outside the chain behind a salted commitment, so that they can be deleted."""

    __tablename__ = "entry_text"
    __table_args__ = (refers("household_id", "seq", to="ledger_entry", keys=("household_id", "seq")),)

    household_id: Mapped[UUID] = mapped_column(primary_key=True)
    seq: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    salt: Mapped[bytes]
    note: Mapped[str] = mapped_column(Text, default="")
    recorder: Mapped[str] = mapped_column(String(40), default="")
    evidence: Mapped[list[Any]] = mapped_column(JSON, default=list)


# The tables themselves, for statements that write many rows at once without making objects of them.
ENTRIES = cast(Table, LedgerEntry.__table__)
TEXTS = cast(Table, EntryText.__table__)


class RequestKey(OfVillage, Base):
    """A request that was answered: its key, a hash of what was asked, and the answer to give again."""

    __tablename__ = "request_key"
    __table_args__ = (to_village(),)

    key: Mapped[str] = mapped_column(String(64), primary_key=True)
    request_hash: Mapped[bytes]
    answer: Mapped[dict[str, Any] | None] = mapped_column(JSON)
    recorded_at: Mapped[datetime]
