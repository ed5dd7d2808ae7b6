"""The check code on a paper statement: which seal it stands on, and the first 65 bits of the account's leaf in it."""

import hashlib
import re
from unicodedata import normalize
from uuid import UUID

from villagepoints.domain.card import base32, read_token
from villagepoints.domain.seal import SealedHead, leaf_of

# 65 bits are 13 letters and digits. Whoever wants a false statement to pass has to find other books whose leaf begins
# with the same 65 bits: 2^65 chains to hash. Guessing names one of a thousand accounts: 1000 in 2^65. Two books made
# alike beforehand (2^33) do not help, because the check holds the kept heads, at full length, against the seal's root,
# and that hangs on the notice board with 128 bits.
LENGTH = 13
BITS = 5 * LENGTH
_TYPED = re.compile(rf"([1-9][0-9]{{0,8}})([0-9A-HJKMNP-TV-Z]{{{LENGTH}}})", re.ASCII)


def mark_of(village_id: UUID, head: SealedHead) -> str:
    """The 13 letters and digits of an account as a seal found it: of its leaf's hash in the seal's Merkle tree.

    Anybody with the published SEAL.json can work it out; no household can be read from it.
    """
    digest = hashlib.sha256(b"\x00" + leaf_of(village_id, head)).digest()
    return base32(int.from_bytes(digest, "big") >> 256 - BITS, LENGTH)


def code_of(seal: int, mark: str) -> str:
    """The code as it is printed, 12-7F3A-91C4-QX0ZM: the seal's number, then the mark in groups."""
    return f"{seal}-{mark[:4]}-{mark[4:8]}-{mark[8:]}"


def read(typed: str) -> tuple[int, str] | None:
    """The seal's number and the mark of a code as somebody typed it; None for what cannot be one.

    Either case, full-width letters, other dashes or none, and letters taken for digits are all read.
    """
    plain = "".join(sign for sign in normalize("NFKC", typed[:100]) if sign.isalnum())
    found = _TYPED.fullmatch(read_token(plain))
    return (int(found[1]), found[2]) if found else None
