"""Hold the kept seals and checkpoints against themselves, the trail and the books."""

from bisect import insort
from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import groupby
from operator import attrgetter
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, and_, or_, select
from sqlalchemy.orm import Session

from villagepoints.domain import seal as rules
from villagepoints.domain.calendar import SHANGHAI
from villagepoints.domain.ledger import instant_text
from villagepoints.domain.seal import SealedHead, Stamp
from villagepoints.models import Activity, Checkpoint, CheckpointHead, Household, LedgerEntry, Seal, SealHead
from villagepoints.services import checkpoint, identity_check, seal

SEAL, CHECKPOINT = "封账", "封存点"
# a large import states the instant at which it began, and a clock may be set back by an hour or two
LATE = timedelta(days=1)
Wrong = tuple[str | None, int | None, str]  # number of the household, entry, sentence


def wrong_seals(session: Session, village_id: UUID) -> Iterator[Wrong]:
    """Seals and checkpoints that are missing, replaced or no longer come to their root, and households whose entries
    (their hashes are held elsewhere), number or head are not those that were sealed."""
    seals = session.scalars(select(Seal).where(Seal.village_id == village_id).order_by(Seal.number)).all()
    points = session.scalars(
        select(Checkpoint).where(Checkpoint.village_id == village_id).order_by(Checkpoint.number)
    ).all()
    for sentence in [
        *_wrong_row_of(session, village_id, SEAL, seals, seal.TAKEN),
        *_wrong_row_of(session, village_id, CHECKPOINT, points, checkpoint.TAKEN),
        *_wrong_folds(session, village_id, points),
    ]:
        yield None, None, sentence
    yield from _wrong_heads(session, village_id, SealHead, SEAL)
    yield from _wrong_heads(session, village_id, CheckpointHead, CHECKPOINT)
    if seals:
        yield from _backdated(session, seals[-1])
        yield from _wrong_contents(session, village_id, seals)


def moment(instant: datetime) -> str:
    """An instant as the command line says it, in the village's time."""
    return f"{instant.astimezone(SHANGHAI):%Y-%m-%d %H:%M}"


def _wrong_row_of(session: Session, village_id: UUID, name: str, rows: Any, act: str) -> Iterator[str]:
    """What is wrong with numbers, the roots before, the acts in the trail, of seals or of checkpoints."""
    told = {
        detail["number"]: detail["root"]
        for detail in session.scalars(
            select(Activity.detail).where(Activity.village_id == village_id, Activity.action == act)
        )
    }
    numbers = {row.number for row in rows}
    for number in sorted({*range(1, max([*numbers, *told], default=0) + 1)} - numbers):
        yield f"第 {number} 次{name}不见了。"
    before: dict[int, bytes] = {0: b"", **{row.number: row.root for row in rows}}
    acts = _act_hashes(session, village_id, {row.activity_seq for row in rows})
    for row in rows:
        if before.get(row.number - 1, row.previous_root) != row.previous_root:
            yield f"第 {row.number} 次{name}和前一次接不上：其中一次被换过。"
        if told.get(row.number, row.root.hex()) != row.root.hex():
            yield f"第 {row.number} 次{name}的指纹不是当时记下的那一个：被换过。"
        if row.activity_seq and acts.get(row.activity_seq) != row.activity_hash:
            yield f"第 {row.number} 次{name}时的操作记录现在变了或不见了。"


def _act_hashes(session: Session, village_id: UUID, numbers: set[int]) -> dict[int, bytes]:
    acts = session.execute(select(Activity.seq, Activity.hash).where(Activity.village_id == village_id))
    return {seq: hash_ for seq, hash_ in acts if seq in numbers}


def is_whole(row: Seal, heads: list[SealedHead]) -> bool:
    """Whether what is kept of a seal comes to its root."""
    frame = (row.village_id, row.previous_root, row.activity_seq, row.activity_hash)
    return rules.merkle_root(rules.leaves_of(*frame, heads, seal.stamp_of(row))) == row.root


def _wrong_folds(session: Session, village_id: UUID, points: Any) -> Iterator[str]:
    for row, is_whole in folded(session, village_id, points):
        if not is_whole:
            yield f"第 {row.number} 次{CHECKPOINT}存下的内容和它的指纹不符：被改过，或者那时有的户不见了。"


def folded(session: Session, village_id: UUID, points: Any) -> Iterator[tuple[Checkpoint, bool]]:
    """Every checkpoint, and whether the accounts as it and those before it kept them come to its root; a leaf is
    hashed once, when its account moved."""
    rows = session.execute(
        select(CheckpointHead.number, CheckpointHead.household_id, CheckpointHead.seq, CheckpointHead.hash)
        .where(CheckpointHead.village_id == village_id)
        .order_by(CheckpointHead.number)
        .execution_options(yield_per=5000)
    )
    moved = groupby(rows, key=attrgetter("number"))
    number, heads = next(moved, (0, iter(())))
    hashes: dict[UUID, bytes] = {}
    order: list[UUID] = []
    for row in points:
        while number and number <= row.number:
            for head in heads:
                if head.household_id not in hashes:
                    insort(order, head.household_id)
                leaf = rules.leaf_of(village_id, SealedHead(head.household_id, head.seq, head.hash))
                hashes[head.household_id] = rules.leaf_hash(leaf)
            number, heads = next(moved, (0, iter(())))
        stamp = Stamp(rules.CHECKPOINT, row.number, instant_text(row.taken_at))
        frame = rules.frame_of(village_id, row.previous_root, row.activity_seq, row.activity_hash, stamp)
        level = [*map(rules.leaf_hash, frame), *(hashes[id_] for id_ in order)]
        yield row, rules.root_of_hashes(level) == row.root


def _wrong_heads(session: Session, village_id: UUID, model: Any, name: str) -> Iterator[Wrong]:
    """The first seal or checkpoint whose head of a household is no longer in the books, household by household."""
    rows = session.execute(
        select(model.household_id, model.number, model.seq, Household.number.label("house"))
        .outerjoin(LedgerEntry, at_head(model))
        .outerjoin(Household, and_(Household.village_id == model.village_id, Household.id == model.household_id))
        .where(
            model.village_id == village_id,
            or_(Household.id.is_(None), and_(model.seq > 0, LedgerEntry.hash.is_distinct_from(model.hash))),
        )
        .order_by(model.number)
    )
    named: set[UUID] = set()
    for row in rows:
        if row.household_id in named:
            continue
        named.add(row.household_id)
        if row.house is None:
            yield str(row.household_id), None, f"第 {row.number} 次{name}时有的户现在不见了。"
        else:
            yield row.house, row.seq, f"第 {row.number} 次{name}时的最后一条记录现在不在了，或者内容变了。"


def at_head(model: Any) -> ColumnElement[bool]:
    """The entry at the number where a seal or checkpoint found an account's head."""
    return and_(
        LedgerEntry.village_id == model.village_id,
        LedgerEntry.household_id == model.household_id,
        LedgerEntry.seq == model.seq,
    )


def _backdated(session: Session, last: Seal) -> Iterator[Wrong]:
    """Entries that came after the last seal and say that they are older than it."""
    of_head = and_(
        SealHead.village_id == LedgerEntry.village_id,
        SealHead.household_id == LedgerEntry.household_id,
        SealHead.number == last.number,
    )
    rows = session.execute(
        select(Household.number, LedgerEntry.seq)
        .join(SealHead, of_head)
        .join(Household, and_(Household.village_id == LedgerEntry.village_id, Household.id == LedgerEntry.household_id))
        .where(
            LedgerEntry.village_id == last.village_id,
            LedgerEntry.seq > SealHead.seq,
            LedgerEntry.recorded_at < last.taken_at - LATE,
        )
    )
    for number, seq in rows:
        yield number, seq, backdated(last.number)


def backdated(number: int) -> str:
    """What is said of an entry that is younger than a seal and says it is older."""
    return f"第 {number} 次封账时还没有这一条，它却写着是封账以前记的：日期被往前倒填了。"


def _wrong_contents(session: Session, village_id: UUID, seals: Any) -> Iterator[Wrong]:
    """Seals that no longer come to their root, and households that are not who they were; its heads are read once."""
    who = identity_check.read(session, village_id, min(row.activity_seq for row in seals))
    named: set[tuple[str, str]] = set()
    for row in seals:
        heads = seal.heads_of(session, village_id, row.number)
        if not is_whole(row, heads):
            yield None, None, f"第 {row.number} 次{SEAL}存下的内容和它的指纹不符：被改过。"
        for wrong in who.changed(row.activity_seq, row.salt, heads) if row.salt else ():
            if wrong not in named:
                named.add(wrong)
                yield wrong[0] or None, None, wrong[1]
