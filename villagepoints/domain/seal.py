"""A seal: one Merkle root over every account's head, so that a past nobody may change can be checked from outside."""

import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from uuid import UUID

FORMAT = 1


@dataclass(frozen=True, slots=True, order=True)
class SealedHead:
    """Where one account stood when the seal was taken."""

    household_id: UUID
    seq: int
    hash: bytes


def leaf_of(village_id: UUID, head: SealedHead) -> bytes:
    """The frozen bytes of one account's leaf: a JSON array, ids as text, the hash as hex."""
    return _json([FORMAT, str(village_id), str(head.household_id), head.seq, head.hash.hex()])


def leaves_of(
    village_id: UUID, previous_root: bytes, activity_seq: int, activity_hash: bytes, heads: Iterable[SealedHead]
) -> list[bytes]:
    """Everything a seal covers, in its order: the seal before, the activity trail's head, the accounts by id."""
    return [
        _json([FORMAT, str(village_id), "previous", previous_root.hex()]),
        _json([FORMAT, str(village_id), "activity", activity_seq, activity_hash.hex()]),
        *(leaf_of(village_id, head) for head in sorted(heads)),
    ]


def merkle_root(leaves: Sequence[bytes]) -> bytes:
    """The Merkle tree hash of RFC 6962, section 2.1: leaves hashed behind 0x00, nodes behind 0x01."""
    if not leaves:
        return hashlib.sha256(b"").digest()
    level = [hashlib.sha256(b"\x00" + leaf).digest() for leaf in leaves]
    while len(level) > 1:
        # pairing from the left and carrying an odd last node up gives RFC 6962's split at the largest power of two
        pairs = [
            hashlib.sha256(b"\x01" + level[i] + level[i + 1]).digest() for i in range(0, len(level) - len(level) % 2, 2)
        ]
        level = pairs + level[len(level) - len(level) % 2 :]
    return level[0]


def fingerprint(root: bytes) -> str:
    """The root as a notice board prints it: its first 128 bits in groups of four, 7F3A-91C4-…"""
    text = root[:16].hex().upper()
    return "-".join(text[i : i + 4] for i in range(0, len(text), 4))


def _json(value: object) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()
