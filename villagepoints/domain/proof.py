"""A household's proof: its account's leaf and the way from there to a seal's root, short enough for a QR code."""

import struct
from collections.abc import Sequence
from dataclasses import dataclass
from unicodedata import normalize
from uuid import UUID

from villagepoints.domain.card import ALPHABET, read_token
from villagepoints.domain.seal import SealedHead, leaf_hash, leaf_of, level_above, node_hash

FORMAT = 1
MOST_LETTERS = 2000  # a proof among 2^32 accounts has some 1,800
_FIXED = struct.Struct(">B16sI16sI32s32sI")  # format, village, seal, household, seq, hash, who, sides


@dataclass(frozen=True, slots=True)
class Proof:
    """Where an account stood in a seal, and its path: sibling hashes from the leaf up (RFC 6962, section 2.1.1); bit n
    of `sides` says that the nth sibling stands on the left. With the sides no place and no size of the tree is needed,
    and no bit can be changed without the root."""

    village_id: UUID
    seal: int
    head: SealedHead
    sides: int
    path: tuple[bytes, ...]

    def root(self) -> bytes:
        """The root that leaf and path come to."""
        node = leaf_hash(leaf_of(self.village_id, self.head))
        for n, sibling in enumerate(self.path):
            node = node_hash(sibling, node) if self.sides >> n & 1 else node_hash(node, sibling)
        return node


class Tree:
    """A seal's tree with every level, for the proofs of many accounts."""

    def __init__(self, leaves: Sequence[bytes]) -> None:
        self.leaves = {leaf: place for place, leaf in enumerate(leaves)}
        self.levels = [[leaf_hash(leaf) for leaf in leaves]]
        while len(self.levels[-1]) > 1:
            self.levels.append(level_above(self.levels[-1]))

    @property
    def root(self) -> bytes:
        """What all leaves come to."""
        return self.levels[-1][0]

    def prove(self, village_id: UUID, seal: int, head: SealedHead) -> Proof:
        """The proof of an account; KeyError where its leaf is not one of these."""
        at = self.leaves[leaf_of(village_id, head)]
        path: list[bytes] = []
        sides = 0
        for level in self.levels[:-1]:
            if (at ^ 1) < len(level):
                sides |= (at & 1) << len(path)
                path.append(level[at ^ 1])
            at //= 2
        return Proof(village_id, seal, head, sides, tuple(path))


def encode(proof: Proof) -> str:
    """The proof in Crockford base 32, upper case: a QR code writes such text in 5.5 bits a letter."""
    head = proof.head
    fixed = _FIXED.pack(
        FORMAT,
        proof.village_id.bytes,
        proof.seal,
        head.household_id.bytes,
        head.seq,
        head.hash,
        head.who or bytes(32),
        proof.sides,
    )
    raw = fixed + b"".join(proof.path)
    length = -(-len(raw) * 8 // 5)
    value = int.from_bytes(raw, "big") << length * 5 - len(raw) * 8
    return "".join(ALPHABET[value >> 5 * place & 31] for place in reversed(range(length)))


def read(typed: str) -> Proof | None:
    """The proof in a text that somebody scanned or pasted, the address before it or not; None for what is none."""
    text = read_token("".join(normalize("NFKC", typed[: 2 * MOST_LETTERS]).split()).rpartition("/")[2])
    if not text or len(text) > MOST_LETTERS or any(letter not in ALPHABET for letter in text):
        return None
    value = 0
    for letter in text:
        value = value << 5 | ALPHABET.index(letter)
    rest = len(text) * 5 % 8
    raw = (value >> rest).to_bytes(len(text) * 5 // 8, "big")
    if rest >= 5 or value & (1 << rest) - 1 or len(raw) < _FIXED.size or (len(raw) - _FIXED.size) % 32:
        return None
    fmt, village, seal, household, seq, hash_, who, sides = _FIXED.unpack_from(raw)
    head = SealedHead(UUID(bytes=household), seq, hash_, b"" if who == bytes(32) else who)
    path = tuple(raw[at : at + 32] for at in range(_FIXED.size, len(raw), 32))
    is_one = fmt == FORMAT and sides >> len(path) == 0
    return Proof(UUID(bytes=village), seal, head, sides, path) if is_one else None
