"""The activity trail: every act outside the ledger that changes what an account means, chained village by village."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import insert, select, update
from sqlalchemy.orm import Session

from villagepoints.domain.actor import Actor
from villagepoints.domain.ledger import instant_text
from villagepoints.models import Activity, Village


def record(
    session: Session,
    actor: Actor,
    action: str,
    now: datetime,
    *,
    subject: UUID | None = None,
    detail: Mapping[str, Any] | None = None,
) -> None:
    """Add one act to the trail, inside the caller's transaction; `detail` holds what JSON holds."""
    record_all(session, actor, action, now, [(subject, detail or {})])


def record_all(
    session: Session, actor: Actor, action: str, now: datetime, acts: Sequence[tuple[UUID | None, Mapping[str, Any]]]
) -> None:
    """Add several acts of one kind (cards for a whole village) in a fixed number of statements."""
    # key_share: every request key of the village refers to this row, and two that wait for its key wait for each other
    village = session.execute(
        select(Village.activity_seq, Village.activity_hash)
        .where(Village.id == actor.village_id)
        .with_for_update(key_share=True)
    ).one()
    seq, head = village.activity_seq, village.activity_hash
    rows = []
    for subject, detail in acts:
        seq += 1
        row = {
            "village_id": actor.village_id,
            "seq": seq,
            "action": action,
            "subject": subject,
            "actor_id": actor.user_id,
            "detail": json.loads(json.dumps(dict(detail), default=str)),
            "recorded_at": now,
            "prev_hash": head,
        }
        head = act_hash(row)
        rows.append({**row, "hash": head})
    if rows:
        session.execute(insert(Activity), rows)
        session.execute(
            update(Village).where(Village.id == actor.village_id).values(activity_seq=seq, activity_hash=head)
        )


def act_hash(row: Mapping[str, Any]) -> bytes:
    """The SHA-256 of an act over its frozen bytes: a JSON array of its fields, the hash before it last."""
    fields = [
        1,
        str(row["village_id"]),
        row["seq"],
        row["action"],
        None if row["subject"] is None else str(row["subject"]),
        None if row["actor_id"] is None else str(row["actor_id"]),
        json.dumps(row["detail"], sort_keys=True, ensure_ascii=False),
        instant_text(row["recorded_at"]),
        row["prev_hash"].hex(),
    ]
    text = json.dumps(fields, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(b"villagepoints act\n" + text.encode()).digest()
