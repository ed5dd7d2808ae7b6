"""A proof leads from any account of any tree to its root, survives a QR code, and no flipped bit of it does."""

from dataclasses import replace
from uuid import UUID, uuid5

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from villagepoints.domain import proof
from villagepoints.domain.proof import Proof, Tree
from villagepoints.domain.seal import SEAL, SealedHead, Stamp, leaves_of, merkle_root

VILLAGE = UUID("01900000-0000-7000-8000-000000000001")


def tree(size: int, *, with_who: bool = True) -> tuple[list[SealedHead], list[bytes]]:
    heads = sorted(
        SealedHead(uuid5(VILLAGE, f"{n}"), n, bytes([n % 251]) * 32 if n else b"h" * 32, b"w" * 32 if with_who else b"")
        for n in range(size)
    )
    return heads, leaves_of(VILLAGE, b"before", 3, b"trail", heads, Stamp(SEAL, 1, "now") if with_who else None)


def test_every_account_of_every_size_of_tree_proves() -> None:
    for size in range(1, 41):
        heads, leaves = tree(size, with_who=size % 2 == 0)
        root = merkle_root(leaves)
        assert Tree(leaves).root == root
        for head in heads:
            made = Tree(leaves).prove(VILLAGE, 7, head)
            assert made.root() == root
            assert proof.read(proof.encode(made)) == made


@settings(max_examples=60)
@given(st.integers(1, 40), st.data())
def test_no_flipped_bit_comes_to_the_root(size: int, data: st.DataObject) -> None:
    heads, leaves = tree(size)
    root, made = merkle_root(leaves), Tree(leaves).prove(VILLAGE, 7, data.draw(st.sampled_from(heads)))
    letters = list(proof.encode(made))
    place = data.draw(st.integers(0, len(letters) - 1))
    bit = 1 << data.draw(st.integers(0, 4))
    letters[place] = proof.ALPHABET[proof.ALPHABET.index(letters[place]) ^ bit]
    other = proof.read("".join(letters))
    # the seal's number is proved by the fingerprint it is held against, not by the path
    assert other is None or replace(other, seal=7) == made or other.root() != root


def test_a_path_that_is_too_long_or_too_short_proves_nothing() -> None:
    heads, leaves = tree(9)
    made = Tree(leaves).prove(VILLAGE, 1, heads[0])
    for path in (made.path[:-1], (*made.path, b"x" * 32), made.path[1:]):
        assert replace(made, path=path).root() != merkle_root(leaves)


@settings(max_examples=60)
@given(st.text(max_size=400))
def test_anything_may_be_pasted(text: str) -> None:
    assert proof.read(text) is None or isinstance(proof.read(text), Proof)


def test_the_address_before_it_small_letters_and_line_breaks_are_read() -> None:
    heads, leaves = tree(5)
    made = Tree(leaves).prove(VILLAGE, 3, heads[2])
    text = proof.encode(made)
    assert proof.read(f"HTTPS://SX.EXAMPLE/V/SX/PROOF/{text}") == made
    assert proof.read(f" {text[:60]}\n{text[60:].lower()} ") == made
    for other in ("", "1", text[:-1], text + "0", text + "00000000", "U" + text[1:]):
        assert proof.read(other) is None


def test_whoever_holds_another_account_s_leaf_is_seen() -> None:
    """The negative control: a path alone, without its own leaf hashed anew, would prove anybody."""
    heads, leaves = tree(6)
    mine = Tree(leaves).prove(VILLAGE, 1, heads[0])
    with pytest.raises(KeyError):
        Tree(leaves).prove(VILLAGE, 1, replace(heads[0], seq=99))
    assert replace(mine, head=heads[1]).root() != merkle_root(leaves)
