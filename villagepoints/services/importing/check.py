"""Holds imports to what they left behind: a batch to its entries, a committed import to its batch."""

from collections.abc import Iterator
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from villagepoints.models import ImportBatch, ImportSession, LedgerEntry
from villagepoints.services.importing.batches import TAKEN_BACK_KINDS
from villagepoints.services.importing.sessions import COMMITTED


def wrong_imports(session: Session, village_id: UUID) -> Iterator[str]:
    """A sentence for each batch whose entries do not add up to it, and each import that ended without its batch."""
    posted = dict(
        session.execute(
            select(LedgerEntry.batch_id, func.sum(LedgerEntry.points))
            .where(
                LedgerEntry.village_id == village_id,
                LedgerEntry.batch_id.is_not(None),
                LedgerEntry.reverses_seq.is_(None),  # taking a batch back adds reversals to it
            )
            .group_by(LedgerEntry.batch_id)
        ).all()
    )
    batches = select(ImportBatch).where(ImportBatch.village_id == village_id, ImportBatch.kind.in_(TAKEN_BACK_KINDS))
    for batch in session.scalars(batches):
        if int(posted.get(batch.id, 0)) != batch.points:
            yield f"import {batch.filename}: its entries do not add up to the {batch.points} points it brought"
    for importing in session.scalars(select(ImportSession).where(ImportSession.village_id == village_id)):
        if (importing.status == COMMITTED) != (importing.batch_id is not None):
            yield f"import {importing.filename}: {importing.status}, which does not go with its batch"
