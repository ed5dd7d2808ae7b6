"""Where the books stand each day between two seals: taken by `tick`, its root kept in the trail that seals cover."""

from dataclasses import dataclass
from datetime import datetime
from typing import cast
from uuid import UUID

from sqlalchemy import Select, Table, func, insert, select
from sqlalchemy.orm import Session

from villagepoints.domain import seal as rules
from villagepoints.domain.actor import Actor
from villagepoints.domain.calendar import village_date
from villagepoints.domain.ledger import instant_text
from villagepoints.domain.seal import SealedHead, Stamp
from villagepoints.models import Checkpoint, CheckpointHead, Household, Village
from villagepoints.services import activity, bulk
from villagepoints.services.paging import Page, Wanted
from villagepoints.services.seal import read_consistently
from villagepoints.services.transaction import transaction

HEADS = cast(Table, CheckpointHead.__table__)
TAKEN = "checkpoint.taken"


@dataclass(frozen=True, slots=True)
class _Read:
    number: int
    root: bytes
    previous_root: bytes
    activity_seq: int
    activity_hash: bytes
    households: int
    entries: int
    moved: list[SealedHead]


def take(session: Session, actor: Actor, *, now: datetime) -> int | None:
    """Keep where every account stands; its number, or None where one was taken today or nothing moved since.

    One consistent read that holds nobody up, then a short write of the accounts that moved.
    """
    read = _read(session, actor.village_id, now)
    session.rollback()
    return None if read is None else _keep(session, actor, read, now)


def _read(session: Session, village_id: UUID, now: datetime) -> _Read | None:
    read_consistently(session)
    last = latest(session, village_id)
    if last is not None and village_date(last.taken_at) >= village_date(now):
        return None
    village = session.execute(select(Village.activity_seq, Village.activity_hash).where(Village.id == village_id)).one()
    rows = session.execute(_heads(village_id)).all()
    moved = [SealedHead(row.id, row.last_seq, row.last_hash) for row in rows if row.last_hash != row.kept]
    own_act = 1  # the act that the checkpoint before left in the trail itself
    if last is not None and not moved and village.activity_seq <= last.activity_seq + own_act:
        return None
    number, previous = (last.number if last else 0) + 1, last.root if last else b""
    heads = (SealedHead(row.id, row.last_seq, row.last_hash) for row in rows)
    stamp = Stamp(rules.CHECKPOINT, number, instant_text(now))
    leaves = rules.leaves_of(village_id, previous, village.activity_seq, village.activity_hash, heads, stamp)
    return _Read(
        number,
        rules.merkle_root(leaves),
        previous,
        village.activity_seq,
        village.activity_hash,
        len(rows),
        sum(row.last_seq for row in rows),
        moved,
    )


def _heads(village_id: UUID) -> Select[tuple[UUID, int, bytes, bytes | None]]:
    """Every account's head, and the one that the checkpoints know of it (by the index that begins with the account)."""
    known = (
        select(CheckpointHead.hash)
        .where(CheckpointHead.village_id == Household.village_id, CheckpointHead.household_id == Household.id)
        .order_by(CheckpointHead.number.desc())
        .limit(1)
        .scalar_subquery()
    )
    return select(Household.id, Household.last_seq, Household.last_hash, known.label("kept")).where(
        Household.village_id == village_id
    )


@transaction
def _keep(session: Session, actor: Actor, read: _Read, now: datetime) -> int | None:
    village_id = actor.village_id
    # one at a time: of two that run at once the second finds the number gone, and today's is there
    session.execute(select(Village.id).where(Village.id == village_id).with_for_update(key_share=True))
    if session.get(Checkpoint, (village_id, read.number)) is not None:
        return None
    place = {"village_id": village_id, "number": read.number}
    session.execute(
        insert(Checkpoint).values(
            **place,
            root=read.root,
            previous_root=read.previous_root,
            activity_seq=read.activity_seq,
            activity_hash=read.activity_hash,
            households=read.households,
            entries=read.entries,
            taken_at=now,
        )
    )
    rows = [(village_id, read.number, head.household_id, head.seq, head.hash) for head in read.moved]
    bulk.insert_rows(session, HEADS, ("village_id", "number", "household_id", "seq", "hash"), rows)
    activity.record(session, actor, TAKEN, now, detail={"number": read.number, "root": read.root.hex()})
    return read.number


def latest(session: Session, village_id: UUID) -> Checkpoint | None:
    """The last checkpoint; None before the first."""
    return session.scalars(
        select(Checkpoint).where(Checkpoint.village_id == village_id).order_by(Checkpoint.number.desc()).limit(1)
    ).one_or_none()


def listed(session: Session, village_id: UUID, wanted: Wanted) -> Page[Checkpoint]:
    """One page of the checkpoints, the latest first; two statements."""
    mine = Checkpoint.village_id == village_id
    total = session.scalar(select(func.count()).select_from(Checkpoint).where(mine)) or 0
    rows = session.scalars(
        select(Checkpoint).where(mine).order_by(Checkpoint.number.desc()).limit(wanted.size).offset(wanted.offset)
    )
    return Page(rows.all(), wanted.number, wanted.size, total)
