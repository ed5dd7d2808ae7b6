"""Take a seal of the books, and hold the books against one that was published."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import and_, func, insert, select
from sqlalchemy.orm import Session

from villagepoints.domain import seal as rules
from villagepoints.domain.actor import Actor
from villagepoints.domain.errors import N_, BadInput, Conflict
from villagepoints.domain.ledger import instant_text
from villagepoints.domain.seal import SealedHead
from villagepoints.models import Activity, Household, LedgerEntry, Seal, SealHead, Village
from villagepoints.services.paging import Page, Wanted
from villagepoints.services.transaction import transaction
from villagepoints.services.verify import Problem

TRIES = 5  # at a number that somebody else's seal took meanwhile


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A seal with everything needed to check it elsewhere."""

    village_id: UUID
    village_code: str
    number: int
    root: bytes
    previous_root: bytes
    activity_seq: int
    activity_hash: bytes
    taken_at: datetime
    heads: tuple[SealedHead, ...]
    numbers: Mapping[UUID, str]

    def as_json(self) -> dict[str, Any]:
        """The seal as SEAL.json holds it."""
        return {
            "format": rules.FORMAT,
            "village": {"id": str(self.village_id), "code": self.village_code},
            "number": self.number,
            "root": self.root.hex(),
            "fingerprint": rules.fingerprint(self.root),
            "previous_root": self.previous_root.hex(),
            "activity": {"seq": self.activity_seq, "hash": self.activity_hash.hex()},
            "taken_at": instant_text(self.taken_at),
            "accounts": [
                {
                    "household": str(head.household_id),
                    "number": self.numbers.get(head.household_id, ""),
                    "seq": head.seq,
                    "hash": head.hash.hex(),
                }
                for head in self.heads
            ],
        }


def take(session: Session, actor: Actor, *, now: datetime) -> Snapshot:
    """Seal the books as they stand: one consistent read that holds nobody up, then the seal is kept.

    Raises Conflict where seals are being taken by several at once and no number could be had.
    """
    for _ in range(TRIES):
        snapshot = _read(session, actor.village_id, now)
        session.rollback()
        if _keep(session, actor, snapshot):
            return snapshot
    raise Conflict(N_("别人正在封账，这次没有封。请过一会儿再试。"))


def _read(session: Session, village_id: UUID, now: datetime) -> Snapshot:
    session.rollback()
    if session.get_bind().dialect.name == "postgresql":
        session.connection(execution_options={"isolation_level": "REPEATABLE READ"})
    village = session.execute(
        select(Village.code, Village.activity_seq, Village.activity_hash).where(Village.id == village_id)
    ).one()
    last = session.execute(
        select(Seal.number, Seal.root).where(Seal.village_id == village_id).order_by(Seal.number.desc()).limit(1)
    ).one_or_none()
    rows = session.execute(
        select(Household.id, Household.last_seq, Household.last_hash, Household.number)
        .where(Household.village_id == village_id)
        .order_by(Household.id)
    ).all()
    heads = tuple(SealedHead(row.id, row.last_seq, row.last_hash) for row in rows)
    previous = last.root if last else b""
    leaves = rules.leaves_of(village_id, previous, village.activity_seq, village.activity_hash, heads)
    return Snapshot(
        village_id,
        village.code,
        (last.number if last else 0) + 1,
        rules.merkle_root(leaves),
        previous,
        village.activity_seq,
        village.activity_hash,
        now,
        heads,
        {row.id: row.number for row in rows},
    )


@transaction
def _keep(session: Session, actor: Actor, seal: Snapshot) -> bool:
    """Whether the seal's number was still free; then it is kept."""
    taken = select(Seal.number).where(Seal.village_id == seal.village_id, Seal.number == seal.number)
    # one seal at a time: the second finds the number gone and reads again
    session.execute(select(Village.id).where(Village.id == seal.village_id).with_for_update(key_share=True))
    if session.scalar(taken) is not None:
        return False
    key = {"village_id": seal.village_id, "number": seal.number}
    session.execute(
        insert(Seal).values(
            **key,
            root=seal.root,
            previous_root=seal.previous_root,
            activity_seq=seal.activity_seq,
            activity_hash=seal.activity_hash,
            households=len(seal.heads),
            entries=sum(head.seq for head in seal.heads),
            taken_by=actor.user_id,
            taken_at=seal.taken_at,
        )
    )
    rows = [{**key, "household_id": head.household_id, "seq": head.seq, "hash": head.hash} for head in seal.heads]
    if rows:
        session.execute(insert(SealHead), rows)
    return True


def latest(session: Session, village_id: UUID) -> Seal | None:
    """The last seal of a village; None before the first."""
    return session.scalars(
        select(Seal).where(Seal.village_id == village_id).order_by(Seal.number.desc()).limit(1)
    ).one_or_none()


def listed(session: Session, village_id: UUID, wanted: Wanted) -> Page[Seal]:
    """One page of a village's seals, the latest first; two statements."""
    of_village = Seal.village_id == village_id
    total = session.scalar(select(func.count()).select_from(Seal).where(of_village)) or 0
    rows = session.scalars(
        select(Seal).where(of_village).order_by(Seal.number.desc()).limit(wanted.size).offset(wanted.offset)
    )
    return Page(rows.all(), wanted.number, wanted.size, total)


@dataclass(frozen=True, slots=True)
class Published:
    """A seal as it was published, read back from SEAL.json."""

    village_id: UUID
    root: bytes
    previous_root: bytes
    activity_seq: int
    activity_hash: bytes
    heads: tuple[SealedHead, ...]
    numbers: Mapping[UUID, str]


def read_published(text: str) -> Published:
    """SEAL.json as a published seal; BadInput where it is none."""
    try:
        raw = json.loads(text)
        heads = tuple(
            SealedHead(UUID(one["household"]), int(one["seq"]), bytes.fromhex(one["hash"])) for one in raw["accounts"]
        )
        return Published(
            UUID(raw["village"]["id"]),
            bytes.fromhex(raw["root"]),
            bytes.fromhex(raw["previous_root"]),
            int(raw["activity"]["seq"]),
            bytes.fromhex(raw["activity"]["hash"]),
            heads,
            {UUID(one["household"]): str(one["number"]) for one in raw["accounts"]},
        )
    except (ValueError, KeyError, TypeError) as error:
        raise BadInput(N_("这个封账文件读不懂（%(error)s）。请用 seal 命令导出的文件。"), error=error) from None


def against(session: Session, published: Published) -> Iterator[Problem]:
    """What of the books no longer agrees with a published seal: entries edited and hashed again, dropped, deleted."""
    village = session.get(Village, published.village_id)
    if village is None:
        yield Problem("seal", "", None, None, "封账文件是别的村的，或者这个村不见了。")
        return
    leaves = rules.leaves_of(
        published.village_id,
        published.previous_root,
        published.activity_seq,
        published.activity_hash,
        published.heads,
    )
    if rules.merkle_root(leaves) != published.root:
        yield Problem("seal", village.code, None, None, "封账文件自己的指纹不符：文件被改过。")
    kept = _hashes(session, published)
    for head in published.heads:
        if head.seq and kept.get(head.household_id) != head.hash:
            number = published.numbers[head.household_id]
            sentence = "封账时的最后一条记录现在不在了，或者内容变了。"
            yield Problem("seal", village.code, number, head.seq, sentence)
    yield from _households_and_trail(session, village, published)


def _hashes(session: Session, published: Published) -> dict[UUID, bytes]:
    """The hash that each account's entry has today at the number where the seal found its head."""
    at = {head.household_id: head.seq for head in published.heads}
    rows = session.execute(
        select(LedgerEntry.household_id, LedgerEntry.seq, LedgerEntry.hash)
        .where(LedgerEntry.village_id == published.village_id)
        .execution_options(yield_per=5000)
    )
    return {row.household_id: row.hash for row in rows if at.get(row.household_id) == row.seq}


def _households_and_trail(session: Session, village: Village, published: Published) -> Iterator[Problem]:
    there = set(session.scalars(select(Household.id).where(Household.village_id == village.id)))
    for household_id in published.numbers.keys() - there:
        yield Problem("seal", village.code, published.numbers[household_id], None, "封账时有的户现在不见了。")
    act = session.scalar(
        select(Activity.hash).where(and_(Activity.village_id == village.id, Activity.seq == published.activity_seq))
    )
    if published.activity_seq and act != published.activity_hash:
        yield Problem("seal", village.code, None, published.activity_seq, "封账时的操作记录现在变了。")
