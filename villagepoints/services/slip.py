"""A household's books held against the last seal: whether an entry is sealed, and the check code on paper."""

from dataclasses import dataclass
from datetime import datetime
from hmac import compare_digest
from uuid import UUID

from sqlalchemy import and_, select
from sqlalchemy.orm import Session

from villagepoints.domain import seal as seals
from villagepoints.domain import slip as rules
from villagepoints.domain.ledger import commit_to, entry_hash
from villagepoints.domain.seal import SealedHead
from villagepoints.models import EntryText, LedgerEntry, Seal, SealHead
from villagepoints.services import seal as seal_service

RIGHT, UNKNOWN, ALTERED = "right", "unknown", "altered"


@dataclass(frozen=True, slots=True)
class Standing:
    """A household's account in the last seal: up to which entry it is sealed; `code` is empty where the entries, gone
    through one by one today, no longer come to what was sealed."""

    seal: int
    taken_at: datetime
    seq: int
    code: str

    @property
    def holds(self) -> bool:
        """Whether the entries still are what was sealed."""
        return self.code != ""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What is said of a code: right, unknown, or altered; with its seal unless it is unknown."""

    answer: str
    seal: Seal | None = None


def standing(session: Session, village_id: UUID, household_id: UUID) -> Standing | None:
    """The household in the last seal, its sealed entries recomputed; None before its first sealed entry.

    Two statements; the second reads the household's entries, some hundred in three years.
    """
    found = session.execute(
        select(Seal.number, Seal.taken_at, SealHead.seq, SealHead.hash, SealHead.who)
        .join(
            SealHead,
            and_(
                SealHead.village_id == Seal.village_id,
                SealHead.number == Seal.number,
                SealHead.household_id == household_id,
            ),
        )
        .where(Seal.village_id == village_id)
        .order_by(Seal.number.desc())
        .limit(1)
    ).one_or_none()
    if found is None or found.seq == 0:
        return None
    head = SealedHead(household_id, found.seq, walked(session, village_id, household_id, found.seq), found.who or b"")
    code = rules.code_of(found.number, rules.mark_of(village_id, head)) if head.hash == found.hash else ""
    return Standing(found.number, found.taken_at, found.seq, code)


def check(session: Session, village_id: UUID, typed: str) -> Verdict:
    """Whether a typed code belongs to a seal of the village, whose kept heads still come to its published root and
    whose entries still are what was sealed. Of the household it says nothing; three statements."""
    asked = rules.read(typed)
    seal = session.get(Seal, (village_id, asked[0])) if asked else None
    if asked is None or seal is None:
        return Verdict(UNKNOWN)
    heads = seal_service.heads_of(session, village_id, seal.number)
    of_mark = [head for head in heads if head.seq and compare_digest(rules.mark_of(village_id, head), asked[1])]
    frame = (village_id, seal.previous_root, seal.activity_seq, seal.activity_hash)
    leaves = seals.leaves_of(*frame, heads, seal_service.stamp_of(seal))
    if seals.merkle_root(leaves) != seal.root:
        return Verdict(ALTERED, seal)
    if not of_mark:
        return Verdict(UNKNOWN)
    head = of_mark[0]
    is_kept = walked(session, village_id, head.household_id, head.seq) == head.hash
    return Verdict(RIGHT if is_kept else ALTERED, seal)


def walked(session: Session, village_id: UUID, household_id: UUID, seq: int) -> bytes:
    """The hash that an account's first `seq` entries come to, each recomputed; nothing where the chain is torn or a
    reason no longer is what the entry committed to (one that was deleted may be gone)."""
    of_text = and_(
        EntryText.village_id == LedgerEntry.village_id,
        EntryText.household_id == LedgerEntry.household_id,
        EntryText.seq == LedgerEntry.seq,
    )
    mine = (LedgerEntry.village_id == village_id, LedgerEntry.household_id == household_id, LedgerEntry.seq <= seq)
    rows = session.execute(
        select(LedgerEntry, EntryText)
        .outerjoin(EntryText, of_text)
        .where(*mine)
        .order_by(LedgerEntry.seq)
        .execution_options(populate_existing=True)
    )
    reached = b""
    for entry, text in rows:
        is_torn = entry.prev_hash != reached
        if is_torn or (text and commit_to(text.salt, text.note, text.recorder, text.evidence) != entry.commitment):
            return b""
        reached = entry_hash(entry)
    return reached
