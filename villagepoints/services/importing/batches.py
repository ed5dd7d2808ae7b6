"""The files that went in: list them, and take one back, by reversals that free its rows."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import bindparam, delete, func, select, update
from sqlalchemy.orm import Session, aliased

from villagepoints.domain.actor import Actor
from villagepoints.domain.errors import N_, BadInput, Conflict, NotFound
from villagepoints.domain.ledger import (
    AWARD,
    IMPORT,
    OPENING,
    PENALTY,
    REDEMPTION,
    REFUND,
    REVERSAL,
    Draft,
    PostedEntry,
)
from villagepoints.domain.redemption import CANCELLED
from villagepoints.models import ImportBatch, ImportRow, LedgerEntry, Redemption, User
from villagepoints.services import activity, once, posting
from villagepoints.services.paging import Page, Sortable, Wanted, order
from villagepoints.services.transaction import transaction

TAKEN_BACK_KINDS = ("opening", "base-scores", "events", "redemptions")  # what posts entries
LOT = 10_000


SORTS: dict[str, Sortable] = {
    "imported": ImportBatch.imported_at,
    "kind": ImportBatch.kind,
    "file": ImportBatch.filename,
    "rows": ImportBatch.row_count,
}


def listed(session: Session, village_id: UUID, page: Wanted) -> Page[tuple[ImportBatch, str | None]]:
    """A page of the batches, newest first, each with the name of who imported it; two statements."""
    ours = ImportBatch.village_id == village_id
    total = session.scalar(select(func.count()).select_from(ImportBatch).where(ours)) or 0
    rows = session.execute(
        select(ImportBatch, User.name)
        .outerjoin(User, (User.village_id == ImportBatch.village_id) & (User.id == ImportBatch.imported_by))
        .where(ours)
        .order_by(*order(page.sort, SORTS, [ImportBatch.imported_at.desc(), ImportBatch.id.desc()], ImportBatch.id))
        .limit(page.size)
        .offset(page.offset)
    )
    return Page([(batch, name) for batch, name in rows], page.number, page.size, total, page.sort)


def get(session: Session, village_id: UUID, batch_id: UUID) -> ImportBatch:
    """A batch of the village; NotFound otherwise."""
    batch = session.get(ImportBatch, (village_id, batch_id))
    if batch is None:
        raise NotFound(N_("没有这次导入。"))
    return batch


@transaction
def take_back(session: Session, actor: Actor, *, batch_id: UUID, reason: str, key: str, now: datetime) -> int:
    """Reverse whatever the batch posted and still stands, and free its rows for another import; entries reversed.

    Reversals carry the days of what they undo, so the months add up again. Raises NotFound, Conflict for a batch
    taken back before or one that posted nothing (roster, goods, rules), BadInput without a reason.
    """
    request = {"take_back": str(batch_id), "by": actor.user_id, "reason": reason}
    if (earlier := once.claim(session, actor.village_id, key, request, now)) is not None:
        return int(earlier["entries"])
    if not reason.strip():
        raise BadInput(N_("请写明为什么收回，村民会看到。什么都没有动。"))
    batch = session.scalars(
        select(ImportBatch)
        .where(ImportBatch.village_id == actor.village_id, ImportBatch.id == batch_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one_or_none()
    if batch is None:
        raise NotFound(N_("没有这次导入。"))
    _check(batch)
    count = 0
    for lot in _standing(session, actor.village_id, batch_id):
        drafts = [_undo(actor, batch, entry, reason.strip(), now) for entry in lot]
        posted = posting.post(session, actor.village_id, drafts, now)
        _cancel(session, actor, posted, reason, now)
        count += len(posted)
    session.execute(delete(ImportRow).where(ImportRow.village_id == actor.village_id, ImportRow.batch_id == batch_id))
    batch.taken_back_at, batch.taken_back_by, batch.reason = now, actor.user_id, reason.strip()[:200]
    session.flush()
    detail = {"kind": batch.kind, "file": batch.filename, "entries": count, "reason": reason.strip()}
    activity.record(session, actor, "import.taken_back", now, subject=batch_id, detail=detail)
    once.answer(session, actor.village_id, key, {"entries": count})
    return count


def _check(batch: ImportBatch) -> None:
    if batch.taken_back_at is not None:
        raise Conflict(N_("这次导入已经收回过了，没有再动。"))
    if batch.kind not in TAKEN_BACK_KINDS:
        raise Conflict(N_("这种导入没有记分，不用收回：请改好文件再导入一次，变了的行会更新。"))


def _standing(session: Session, village_id: UUID, batch_id: UUID) -> Iterator[Sequence[Any]]:
    """The entries of the batch that nothing has undone yet, in lots."""
    undone = aliased(LedgerEntry)
    entries = session.execute(
        select(LedgerEntry.__table__)
        .outerjoin(
            undone,
            (undone.village_id == LedgerEntry.village_id)
            & (undone.household_id == LedgerEntry.household_id)
            & (undone.reverses_seq == LedgerEntry.seq),
        )
        .where(
            LedgerEntry.village_id == village_id,
            LedgerEntry.batch_id == batch_id,
            LedgerEntry.kind.in_((AWARD, PENALTY, OPENING, REDEMPTION)),
            undone.seq.is_(None),
        )
        .order_by(LedgerEntry.household_id, LedgerEntry.seq)
    ).all()
    for start in range(0, len(entries), LOT):
        yield entries[start : start + LOT]


def _undo(actor: Actor, batch: ImportBatch, entry: Any, reason: str, now: datetime) -> Draft:
    return Draft(
        household_id=entry.household_id,
        kind=REFUND if entry.kind == REDEMPTION else REVERSAL,
        points=-entry.points,
        occurred_on=entry.occurred_on,
        origin=IMPORT,
        rulebook_version=entry.rulebook_version,
        item_code=entry.item_code,
        grade=entry.grade,
        quantity=entry.quantity,
        recorded_by=actor.user_id,
        reverses_seq=entry.seq,
        redemption_id=entry.redemption_id,
        batch_id=batch.id,
        note=reason,
    )


def _cancel(session: Session, actor: Actor, refunds: list[PostedEntry], reason: str, now: datetime) -> None:
    """The redemptions count no longer; their goods left the shelf before there was a stock here, so none comes back."""
    rows = [
        {"of_village": actor.village_id, "of_id": entry.redemption_id, "by_seq": entry.seq}
        for entry in refunds
        if entry.redemption_id
    ]
    if rows:
        session.connection().execute(
            update(Redemption)
            .where(Redemption.village_id == bindparam("of_village"), Redemption.id == bindparam("of_id"))
            .values(
                status=CANCELLED,
                refund_seq=bindparam("by_seq"),
                closed_at=now,
                closed_by=actor.user_id,
                reason=reason.strip()[:200],
            ),
            rows,
        )
