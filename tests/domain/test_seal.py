"""The Merkle root is RFC 6962's, and every head is in it."""

import hashlib
from collections.abc import Sequence
from dataclasses import replace
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from villagepoints.domain.seal import SealedHead, fingerprint, leaves_of, merkle_root

VILLAGE = UUID(int=1)


def rfc6962(leaves: Sequence[bytes]) -> bytes:
    """Section 2.1 word for word: split at the largest power of two smaller than n."""
    if not leaves:
        return hashlib.sha256(b"").digest()
    if len(leaves) == 1:
        return hashlib.sha256(b"\x00" + leaves[0]).digest()
    k = 1
    while k * 2 < len(leaves):
        k *= 2
    return hashlib.sha256(b"\x01" + rfc6962(leaves[:k]) + rfc6962(leaves[k:])).digest()


@given(st.lists(st.binary(max_size=8), max_size=70))
def test_the_root_is_the_one_of_the_standard(leaves: list[bytes]):
    assert merkle_root(leaves) == rfc6962(leaves)


HEADS = st.lists(
    st.builds(SealedHead, st.uuids(), st.integers(0, 9), st.binary(min_size=32, max_size=32)), min_size=1, unique=True
)


@given(HEADS, st.integers(0), st.sampled_from(["seq", "hash", "gone"]))
def test_no_head_can_change_or_vanish_without_the_root(heads: list[SealedHead], which: int, what: str):
    def root(of: list[SealedHead]) -> bytes:
        return merkle_root(leaves_of(VILLAGE, b"before", 3, b"trail", of))

    other = list(heads)
    victim = other.pop(which % len(heads))
    if what != "gone":
        change = {"seq": victim.seq + 1} if what == "seq" else {"hash": b"x" * 32 if victim.hash != b"x" * 32 else b"y"}
        other.append(replace(victim, **change))
    assert root(other) != root(heads)
    assert root(list(reversed(heads))) == root(heads)


def test_a_fingerprint_reads_in_groups_of_four():
    assert fingerprint(bytes(range(32))) == "0001-0203-0405-0607-0809-0A0B-0C0D-0E0F"
