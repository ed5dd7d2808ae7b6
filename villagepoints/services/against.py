"""Hold today's books against a seal that was published: name every household whose history no longer leads there."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, Select, and_, case, literal, select
from sqlalchemy.orm import Session

from villagepoints.domain.seal import SealedHead
from villagepoints.models import (
    Activity,
    Checkpoint,
    CheckpointHead,
    Household,
    LedgerEntry,
    Seal,
    SealHead,
    Village,
)
from villagepoints.services import history, identity_check, seal
from villagepoints.services.activity import act_hash
from villagepoints.services.history import Walk
from villagepoints.services.paging import pieces
from villagepoints.services.seal_check import CHECKPOINT, LATE, SEAL, at_head, backdated, folded, is_whole, moment
from villagepoints.services.seal_file import Published
from villagepoints.services.verify import Problem

LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)  # a seal of format 1 does not prove when it was taken
NAMES = (SEAL, CHECKPOINT)


@dataclass(frozen=True, slots=True)
class _Mark:
    """A head that a seal or checkpoint kept of an account, and whether the books still lead there."""

    taken_at: datetime
    name: str
    number: int
    household_id: UUID
    seq: int
    holds: bool


def to_walk(published: Published) -> Walk:
    """What has to be looked for in the ledger."""
    since = datetime.fromisoformat(published.stamp.taken_at) - LATE if published.stamp else LONG_AGO
    return Walk({head.household_id: head.seq for head in published.heads}, since)


def against(session: Session, published: Published, walked: Walk | None = None) -> Iterator[Problem]:
    """What of the books no longer agrees with a published seal; every entry and act is read once and hashed again.

    For each household that does not: up to which entry it holds; at the end the last day on which all of them held.
    Whoever has just verified the village gives what `to_walk` became there, so that the ledger is not read twice.
    """
    village = session.get(Village, published.village_id)
    if village is None:
        yield Problem("seal", "", None, None, "封账文件是别的村的，或者这个村不见了。")
        return
    if not published.is_whole():
        yield Problem("seal", village.code, None, None, "封账文件自己的指纹不符：文件被改过。")
    kept = session.get(Seal, (village.id, published.number))
    if kept is None or kept.root != published.root:
        yield Problem("seal", village.code, None, None, f"村里存着的第 {published.number} 次封账不见了，或者被换过。")
    if _trail_hash(session, village.id, published.activity_seq) != published.activity_hash:
        sentence = "封账时的操作记录现在变了，或者少了。"
        yield Problem("seal", village.code, None, published.activity_seq, sentence)
    walked = walked or history.walk(session, village.id, to_walk(published))
    yield from _accounts(session, village, published, walked)
    if kept is not None and kept.salt is not None:
        who = identity_check.read(session, village.id, published.activity_seq)
        for number, sentence in who.changed(published.activity_seq, kept.salt, list(published.heads)):
            yield Problem("seal", village.code, number or None, None, sentence)


def _trail_hash(session: Session, village_id: UUID, until: int) -> bytes:
    """The hash that the trail comes to at that act, each hashed again; nothing where it is torn."""
    seq, head = 0, b""
    acts = session.execute(
        select(Activity.__table__)
        .where(Activity.village_id == village_id, Activity.seq <= until)
        .order_by(Activity.seq)
        .execution_options(yield_per=5000)
    )
    for act in acts:
        if act.seq != seq + 1 or act.prev_hash != head or act.hash != act_hash(act._asdict()):
            return b""
        seq, head = act.seq, act.hash
    return head if seq == until else b""


def _accounts(session: Session, village: Village, published: Published, walked: Walk) -> Iterator[Problem]:
    numbers = dict(
        session.execute(select(Household.id, Household.number).where(Household.village_id == village.id)).all()
    )
    wrong = [head for head in published.heads if _is_wrong(head, walked, numbers)]
    marks = _marks(session, village.id, walked, [head.household_id for head in wrong])
    for head in wrong:
        name = published.numbers.get(head.household_id) or numbers.get(head.household_id) or str(head.household_id)
        sentence = "封账时有的户现在不见了。"
        if head.household_id in numbers:
            sentence = f"第 {published.number} 次封账时它的最后一条记录现在不在了，或者以前的内容变了。"
        yield Problem("seal", village.code, name, head.seq, sentence + _until(marks, head.household_id))
    for head in published.heads:
        seq = walked.backdated.get(head.household_id)
        if seq is not None:
            number = numbers.get(head.household_id)
            yield Problem("seal", village.code, number, seq, backdated(published.number))
    if wrong:
        yield Problem("checkpoint", village.code, None, None, _last_that_holds(session, village.id, marks))


def _is_wrong(head: SealedHead, walked: Walk, there: Mapping[UUID, str]) -> bool:
    is_gone = head.household_id not in there
    return is_gone or (head.seq > 0 and walked.at.get(head.household_id) != head.hash)


def _marks(session: Session, village_id: UUID, walked: Walk, household_ids: Sequence[UUID]) -> list[_Mark]:
    """Every head of these households that seals and checkpoints kept."""
    found: list[Row[Any]] = []
    for model, of, name in ((SealHead, Seal, SEAL), (CheckpointHead, Checkpoint, CHECKPOINT)):
        for piece in pieces(household_ids):
            found += session.execute(_kept_heads(village_id, model, of, name, piece)).all()
    return [_Mark(row.taken_at, row.name, row.number, row.household_id, row.seq, _holds(row, walked)) for row in found]


def _holds(row: Any, walked: Walk) -> bool:
    return bool(row.is_there) and row.seq <= walked.until.get(row.household_id, 0)


def _kept_heads(village_id: UUID, model: Any, of: Any, name: str, ids: Sequence[UUID]) -> Select[Any]:
    household = and_(Household.village_id == model.village_id, Household.id == model.household_id)
    same = case((Household.id.is_(None), False), (model.seq == 0, True), else_=LedgerEntry.hash == model.hash)
    return (
        select(
            of.taken_at,
            literal(name).label("name"),
            model.number,
            model.household_id,
            model.seq,
            same.label("is_there"),
        )
        .join(of, and_(of.village_id == model.village_id, of.number == model.number))
        .outerjoin(LedgerEntry, at_head(model))
        .outerjoin(Household, household)
        .where(model.village_id == village_id, model.household_id.in_(ids))
    )


def _until(marks: Sequence[_Mark], household_id: UUID) -> str:
    held = [mark for mark in marks if mark.household_id == household_id and mark.holds and mark.seq]
    if not held:
        return "它没有一条记录能用封账或封存点证明没动过。"
    last = max(held, key=lambda mark: (mark.seq, -mark.taken_at.timestamp()))
    return f"到第 {last.seq} 条为止还对得上（{moment(last.taken_at)} 第 {last.number} 次{last.name}）。"


def _last_that_holds(session: Session, village_id: UUID, marks: Sequence[_Mark]) -> str:
    """The last seal or checkpoint, itself whole, at which every household stood where the books lead today."""
    torn = {name: min((m.number for m in marks if m.name == name and not m.holds), default=2**31) for name in NAMES}
    points = session.scalars(
        select(Checkpoint).where(Checkpoint.village_id == village_id).order_by(Checkpoint.number)
    ).all()
    seals = session.scalars(select(Seal).where(Seal.village_id == village_id)).all()
    holding = [
        *((row.taken_at, CHECKPOINT, row.number) for row, holds in folded(session, village_id, points) if holds),
        *(
            (row.taken_at, SEAL, row.number)
            for row in seals
            if is_whole(row, seal.heads_of(session, village_id, row.number))
        ),
    ]
    standing = [one for one in holding if one[2] < torn[one[1]]]
    if not standing:
        return "没有一次封账或封存点还能和现在的账全对上。"
    taken_at, name, number = max(standing)
    return (
        f"最后一个全村都对得上的是 {moment(taken_at)} 第 {number} 次{name}：账是那以后被动的，或者动的是那以后的记录。"
    )
