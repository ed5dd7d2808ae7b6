"""A household's proof against a seal, for its printed statement; and whether one that somebody holds is right."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy.orm import Session

from villagepoints.domain import proof as rules
from villagepoints.domain import seal as seals
from villagepoints.domain.proof import Proof, Tree
from villagepoints.models import Seal
from villagepoints.services import seal as seal_service
from villagepoints.services import slip

UNREADABLE, ELSEWHERE, ALTERED, MOVED, RIGHT = "unreadable", "elsewhere", "altered", "moved", "right"


@dataclass(frozen=True, slots=True)
class Verdict:
    """What is said of a proof; `same`: whether it leads to the fingerprint that somebody read off the notice board
    (None where none was typed, or nothing that could be one)."""

    answer: str
    seal: Seal | None = None
    seq: int = 0
    fingerprint: str = ""
    typed: str | None = None

    @property
    def same(self) -> bool | None:
        """Whether the typed fingerprint is the one the proof leads to."""
        return None if self.typed is None else self.typed == self.fingerprint


def of_households(session: Session, village_id: UUID, number: int, ids: Sequence[UUID]) -> dict[UUID, str]:
    """The proofs of households in a kept seal, as they are printed; none of an account that was not in it.

    Two statements, and a tenth of a second of hashing for 10,000 households.
    """
    seal = seal_service.one(session, village_id, number)
    heads = seal_service.heads_of(session, village_id, number)
    frame = (village_id, seal.previous_root, seal.activity_seq, seal.activity_hash)
    tree = Tree(seals.leaves_of(*frame, heads, seal_service.stamp_of(seal)))
    wanted = set(ids)
    return {
        head.household_id: rules.encode(tree.prove(village_id, number, head))
        for head in heads
        if head.household_id in wanted
    }


def check(session: Session, village_id: UUID, pasted: str, board: str) -> Verdict:
    """Whether a proof leads to the kept seal it names and its entries still are what was sealed; and, where somebody
    typed a fingerprint off the notice board, to that one. It says nothing of whose it is. Three statements."""
    found, typed = rules.read(pasted), seals.read_fingerprint(board)
    if found is None:
        return Verdict(UNREADABLE)
    if found.village_id != village_id:
        return Verdict(ELSEWHERE)
    led_to, seq = found.root(), found.head.seq
    fingerprint = seals.fingerprint(led_to)
    seal = session.get(Seal, (village_id, found.seal)) if found.seal < 2**31 else None
    if seal is None or seal.root != led_to:
        return Verdict(ALTERED, seal, seq, fingerprint, typed)
    answer = RIGHT if _leads_there(session, found) else MOVED
    return Verdict(answer, seal, seq, fingerprint, typed)


def _leads_there(session: Session, found: Proof) -> bool:
    """Whether the account's entries, each hashed again today, still come to the head that the proof names."""
    head = found.head
    return slip.walked(session, found.village_id, head.household_id, head.seq) == head.hash
