"""Take a seal of the books: one root over every account as it stands, in a read that holds nobody up."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any, cast
from uuid import UUID

from sqlalchemy import Table, func, insert, select
from sqlalchemy.orm import Session

from villagepoints.domain import seal as rules
from villagepoints.domain.actor import Actor
from villagepoints.domain.calendar import SHANGHAI
from villagepoints.domain.errors import N_, Conflict, NotFound
from villagepoints.domain.ledger import instant_text
from villagepoints.domain.seal import SealedHead, Stamp
from villagepoints.models import Household, Seal, SealHead, Village
from villagepoints.services import activity, bulk, once
from villagepoints.services.paging import Page, Wanted
from villagepoints.services.transaction import transaction

TRIES = 5  # at a number that somebody else's seal took meanwhile
HEADS = cast(Table, SealHead.__table__)
TAKEN = "seal.taken"  # the act that the next seal covers: who took this one, and what came out


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
    salt: bytes | None
    heads: tuple[SealedHead, ...]
    numbers: Mapping[UUID, str]

    def as_json(self, *, with_numbers: bool = True) -> dict[str, Any]:
        """The seal as SEAL.json holds it; what everybody may have tells no household by its number."""
        return {
            "format": rules.FORMAT if self.salt else 1,
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
                    "number": self.numbers.get(head.household_id, "") if with_numbers else "",
                    "seq": head.seq,
                    "hash": head.hash.hex(),
                    **({"who": head.who.hex()} if head.who else {}),
                }
                for head in self.heads
            ],
        }


def take(session: Session, actor: Actor, *, now: datetime, key: str | None = None) -> Snapshot:
    """Seal the books as they stand: one consistent read that holds nobody up, then the seal is kept.

    With the key of a form a repeat gives the seal of the first time. Raises Conflict where seals are being taken by
    several at once and no number could be had.
    """
    for _ in range(TRIES):
        snapshot = _read(session, actor.village_id, now)
        session.rollback()
        number = _keep(session, actor, snapshot, key)
        if number is not None:
            return snapshot if number == snapshot.number else kept(session, actor.village_id, number)
    raise Conflict(N_("别人正在封账，这次没有封。请过一会儿再试。"))


def read_consistently(session: Session) -> None:
    """Begin a read that sees the books of one instant and holds nobody up, on either database."""
    session.rollback()
    if session.get_bind().dialect.name == "postgresql":
        session.connection(execution_options={"isolation_level": "REPEATABLE READ"})


def _read(session: Session, village_id: UUID, now: datetime) -> Snapshot:
    read_consistently(session)
    village = session.execute(
        select(Village.code, Village.activity_seq, Village.activity_hash).where(Village.id == village_id)
    ).one()
    last = session.execute(
        select(Seal.number, Seal.root).where(Seal.village_id == village_id).order_by(Seal.number.desc()).limit(1)
    ).one_or_none()
    rows = session.execute(
        select(Household.id, Household.last_seq, Household.last_hash, Household.number, Household.head_name)
        .where(Household.village_id == village_id)
        .order_by(Household.id)
    ).all()
    salt, number, previous = secrets.token_bytes(32), (last.number if last else 0) + 1, last.root if last else b""
    heads = tuple(
        SealedHead(id_, seq, hash_, rules.who_of(rules.who_salt(salt, id_), house_number, name))
        for id_, seq, hash_, house_number, name in rows
    )
    stamp = Stamp(rules.SEAL, number, instant_text(now))
    leaves = rules.leaves_of(village_id, previous, village.activity_seq, village.activity_hash, heads, stamp)
    return Snapshot(
        village_id,
        village.code,
        number,
        rules.merkle_root(leaves),
        previous,
        village.activity_seq,
        village.activity_hash,
        now,
        salt,
        heads,
        {row.id: row.number for row in rows},
    )


@transaction
def _keep(session: Session, actor: Actor, seal: Snapshot, key: str | None) -> int | None:
    """The number under which the seal is kept (of the first time, for a repeat); None where it was taken meanwhile."""
    request = {"act": TAKEN, "by": actor.user_id}
    if key is not None and (earlier := once.claim(session, seal.village_id, key, request, seal.taken_at)) is not None:
        return int(earlier["number"])
    taken = select(Seal.number).where(Seal.village_id == seal.village_id, Seal.number == seal.number)
    # one seal at a time: the second finds the number gone and reads again
    session.execute(select(Village.id).where(Village.id == seal.village_id).with_for_update(key_share=True))
    if session.scalar(taken) is not None:
        session.rollback()  # the key is still free for the next try
        return None
    _write(session, actor, seal)
    detail = {"number": seal.number, "root": seal.root.hex()}
    activity.record(session, actor, TAKEN, seal.taken_at, detail=detail)
    if key is not None:
        once.answer(session, seal.village_id, key, {"number": seal.number})
    return seal.number


def _write(session: Session, actor: Actor, seal: Snapshot) -> None:
    place = {"village_id": seal.village_id, "number": seal.number}
    session.execute(
        insert(Seal).values(
            **place,
            root=seal.root,
            previous_root=seal.previous_root,
            activity_seq=seal.activity_seq,
            activity_hash=seal.activity_hash,
            households=len(seal.heads),
            entries=sum(head.seq for head in seal.heads),
            salt=seal.salt,
            taken_by=actor.user_id,
            taken_at=seal.taken_at,
        )
    )
    rows = [(seal.village_id, seal.number, head.household_id, head.seq, head.hash, head.who) for head in seal.heads]
    bulk.insert_rows(session, HEADS, ("village_id", "number", "household_id", "seq", "hash", "who"), rows)


def latest(session: Session, village_id: UUID) -> Seal | None:
    """The last seal of a village; None before the first."""
    return session.scalars(
        select(Seal).where(Seal.village_id == village_id).order_by(Seal.number.desc()).limit(1)
    ).one_or_none()


def before(session: Session, village_id: UUID, day: date) -> Seal | None:
    """The last seal taken before a village date, which could hang on the notice board by then; None where none was."""
    begins = datetime.combine(day, time(), SHANGHAI)
    return session.scalars(
        select(Seal).where(Seal.village_id == village_id, Seal.taken_at < begins).order_by(Seal.number.desc()).limit(1)
    ).one_or_none()


def one(session: Session, village_id: UUID, number: int) -> Seal:
    """A seal by its number; NotFound where there is none."""
    found = session.get(Seal, (village_id, number)) if number < 2**31 else None
    if found is None:
        raise NotFound(N_("没有第 %(number)s 次封账。"), number=number)
    return found


def stamp_of(seal: Seal) -> Stamp | None:
    """The stamp that a seal's root covers; None for one of format 1."""
    return Stamp(rules.SEAL, seal.number, instant_text(seal.taken_at)) if seal.salt else None


def heads_of(session: Session, village_id: UUID, number: int) -> list[SealedHead]:
    """Where every account stood in a seal, by id; one statement."""
    rows = session.execute(
        select(SealHead.household_id, SealHead.seq, SealHead.hash, SealHead.who)
        .where(SealHead.village_id == village_id, SealHead.number == number)
        .order_by(SealHead.household_id)
    )
    return [SealedHead(id_, seq, hash_, who or b"") for id_, seq, hash_, who in rows]


def kept(session: Session, village_id: UUID, number: int) -> Snapshot:
    """A seal that was taken earlier, as it was written down; NotFound where there is none. Four statements."""
    seal, village = one(session, village_id, number), session.get_one(Village, village_id)
    numbers = session.execute(select(Household.id, Household.number).where(Household.village_id == village_id))
    return Snapshot(
        village_id,
        village.code,
        seal.number,
        seal.root,
        seal.previous_root,
        seal.activity_seq,
        seal.activity_hash,
        seal.taken_at,
        seal.salt,
        tuple(heads_of(session, village_id, number)),
        dict(numbers.all()),
    )


def listed(session: Session, village_id: UUID, wanted: Wanted) -> Page[Seal]:
    """One page of a village's seals, the latest first; two statements."""
    of_village = Seal.village_id == village_id
    total = session.scalar(select(func.count()).select_from(Seal).where(of_village)) or 0
    rows = session.scalars(
        select(Seal).where(of_village).order_by(Seal.number.desc()).limit(wanted.size).offset(wanted.offset)
    )
    return Page(rows.all(), wanted.number, wanted.size, total)
