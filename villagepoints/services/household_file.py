"""A household's account as a file that the program for checking reads: every entry as it was hashed, and its words."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import and_, select
from sqlalchemy.orm import Session

from villagepoints.domain.ledger import instant_text
from villagepoints.domain.seal import who_salt
from villagepoints.models import EntryText, LedgerEntry, Seal, SealHead, Village
from villagepoints.services import household as households

KIND, FORMAT = "villagepoints household", 1
FIELDS = (
    *("seq", "kind", "points", "balance_after", "occurred_on", "recorded_at", "rulebook_version", "item_code"),
    *("grade", "quantity", "occasion", "origin", "recorded_by", "approved_by", "acted_for", "reverses_seq"),
    *("redemption_id", "batch_id", "counter_household_id", "commitment", "prev_hash", "hash"),
)


def whole(session: Session, village_id: UUID, household_id: UUID) -> dict[str, Any]:
    """All entries of one household as JSON holds them, with the salts of its own commitments only; five statements.

    NotFound if the village has none such.
    """
    home = households.get(session, village_id, household_id)
    village = session.get_one(Village, village_id)
    words = {
        row.seq: {"salt": row.salt.hex(), "note": row.note, "recorder": row.recorder, "evidence": list(row.evidence)}
        for row in session.scalars(
            select(EntryText).where(EntryText.village_id == village_id, EntryText.household_id == household_id)
        )
    }
    rows = session.execute(
        select(LedgerEntry.__table__)
        .where(LedgerEntry.village_id == village_id, LedgerEntry.household_id == household_id)
        .order_by(LedgerEntry.seq)
    )
    return {
        "kind": KIND,
        "format": FORMAT,
        "village": {"id": str(village.id), "code": village.code, "name": village.name},
        "household": {
            "id": str(home.id),
            "number": home.number,
            "head_name": home.head_name,
            "sealed": _salts(session, village_id, household_id),
        },
        "entries": [
            {**{name: _text(getattr(row, name)) for name in FIELDS}, "words": words.get(row.seq)} for row in rows
        ],
    }


def _salts(session: Session, village_id: UUID, household_id: UUID) -> list[dict[str, Any]]:
    """The salt of the household's own commitment in each seal: with it number and head can be held against the seal."""
    of_seal = and_(SealHead.village_id == Seal.village_id, SealHead.number == Seal.number)
    rows = session.execute(
        select(Seal.number, Seal.salt)
        .join(SealHead, of_seal)
        .where(Seal.village_id == village_id, SealHead.household_id == household_id)
        .order_by(Seal.number)
    )
    return [{"seal": row.number, "salt": who_salt(row.salt, household_id).hex()} for row in rows if row.salt]


def _text(value: Any) -> Any:
    """A value as the frozen format of an entry writes it."""
    if isinstance(value, datetime):
        return instant_text(value)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, bytes):
        return value.hex()
    return str(value) if isinstance(value, UUID) else value
