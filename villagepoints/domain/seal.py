"""A seal: one Merkle root over every account's head, so that a past nobody may change can be checked from outside."""

import hashlib
import json
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from uuid import UUID

FORMAT = 2  # of SEAL.json; format 1 knew neither who a household is nor when the seal was taken, and stays readable
HEAD, HEAD_AND_WHO = 1, 2  # formats of a leaf
SEAL, CHECKPOINT = "seal", "checkpoint"
_SIGNS, _WORDS = "0123456789ABCDEF", "零一二三四五六七八九甲乙丙丁戊己"
_DIGITS, _SPOKEN = str.maketrans(_SIGNS, _WORDS), str.maketrans(_WORDS + "O", _SIGNS + "0")


@dataclass(frozen=True, slots=True, order=True)
class SealedHead:
    """Where one account stood when the seal was taken; `who` commits to whose it was (empty in format 1)."""

    household_id: UUID
    seq: int
    hash: bytes
    who: bytes = b""


@dataclass(frozen=True, slots=True)
class Stamp:
    """Which seal or checkpoint it is and when it was taken (the frozen text of the instant)."""

    kind: str
    number: int
    taken_at: str


def leaf_of(village_id: UUID, head: SealedHead) -> bytes:
    """The frozen bytes of one account's leaf: a JSON array, ids as text, hashes as hex; format 1 without `who`."""
    fields = [HEAD, str(village_id), str(head.household_id), head.seq, head.hash.hex()]
    return _json([HEAD_AND_WHO, *fields[1:], head.who.hex()] if head.who else fields)


def leaves_of(
    village_id: UUID,
    previous_root: bytes,
    activity_seq: int,
    activity_hash: bytes,
    heads: Iterable[SealedHead],
    stamp: Stamp | None = None,
) -> list[bytes]:
    """Everything a seal covers, in its order: its stamp (none in format 1), the seal before, the activity trail's
    head, the accounts by id."""
    return [
        *frame_of(village_id, previous_root, activity_seq, activity_hash, stamp),
        *(leaf_of(village_id, head) for head in sorted(heads)),
    ]


def frame_of(
    village_id: UUID, previous_root: bytes, activity_seq: int, activity_hash: bytes, stamp: Stamp | None
) -> list[bytes]:
    """The leaves before the accounts': two, with a stamp three."""
    stamped = [_json([2, str(village_id), stamp.kind, stamp.number, stamp.taken_at])] if stamp else []
    return [
        *stamped,
        _json([1, str(village_id), "previous", previous_root.hex()]),
        _json([1, str(village_id), "activity", activity_seq, activity_hash.hex()]),
    ]


def who_salt(seal_salt: bytes, household_id: UUID) -> bytes:
    """The 16 bytes that keep anybody from trying names against a household's commitment; the household has its own."""
    return hashlib.sha256(b"villagepoints salt\n" + seal_salt + household_id.bytes).digest()[:16]


def who_of(salt: bytes, number: str, head_name: str) -> bytes:
    """The commitment to whose account it is: its salt, number and head of household."""
    return hashlib.sha256(b"villagepoints who\n" + salt + _json([number, head_name])).digest()


def leaf_hash(leaf: bytes) -> bytes:
    """A leaf as the tree hashes it."""
    return hashlib.sha256(b"\x00" + leaf).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Two nodes of the tree as the one above them."""
    return hashlib.sha256(b"\x01" + left + right).digest()


def merkle_root(leaves: Sequence[bytes]) -> bytes:
    """The Merkle tree hash of RFC 6962, section 2.1: leaves hashed behind 0x00, nodes behind 0x01."""
    return root_of_hashes([leaf_hash(leaf) for leaf in leaves])


def root_of_hashes(level: list[bytes]) -> bytes:
    """The root over leaves that are hashed already."""
    if not level:
        return hashlib.sha256(b"").digest()
    while len(level) > 1:
        level = level_above(level)
    return level[0]


def level_above(level: list[bytes]) -> list[bytes]:
    """The nodes above; an odd last one is carried up, which gives RFC 6962's split at the largest power of two."""
    even = len(level) - len(level) % 2
    return [node_hash(level[i], level[i + 1]) for i in range(0, even, 2)] + level[even:]


def fingerprint(root: bytes) -> str:
    """The root as a notice board prints it: its first 128 bits in groups of four, 7F3A-91C4-…"""
    text = root[:16].hex().upper()
    return "-".join(text[i : i + 4] for i in range(0, len(text), 4))


def spoken(root: bytes) -> str:
    """The fingerprint to be read aloud, 7F3A as 七己三甲: its letters A to F are the first six heavenly stems."""
    return fingerprint(root).translate(_DIGITS).replace("-", "　")


def read_fingerprint(typed: str) -> str | None:
    """A fingerprint as somebody typed it, in Latin or Chinese digits, as `fingerprint` writes it; None for no such."""
    plain = unicodedata.normalize("NFKC", typed[:400]).upper().translate(_SPOKEN)
    digits = "".join(sign for sign in plain if sign.isalnum())
    is_one = len(digits) == 32 and all(sign in "0123456789ABCDEF" for sign in digits)
    return fingerprint(bytes.fromhex(digits)) if is_one else None


def _json(value: object) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()
