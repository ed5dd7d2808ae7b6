"""Door cards: tokens and opening codes that follow from one key, printed again but never guessed."""

import hashlib
import hmac
from uuid import UUID

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # Crockford's base 32: no I, L, O, U
LOOKS_LIKE = str.maketrans({"I": "1", "L": "1", "O": "0", "-": None, " ": None})
TOKEN_BITS = 128
TOKEN_LENGTH = 26
OPENING_DIGITS = 8


def base32(value: int, length: int) -> str:
    """A number in Crockford base 32, so many places long, upper case."""
    return "".join(ALPHABET[value >> 5 * place & 31] for place in reversed(range(length)))


def token_of(key: bytes, village_id: UUID, household_id: UUID, number: int) -> str:
    """The token on the household's card of that number: the first 128 bits of the HMAC, 26 letters and digits."""
    digest = hmac.digest(key, b"card\0" + _place(village_id, household_id, number), hashlib.sha256)
    return base32(int.from_bytes(digest[: TOKEN_BITS // 8], "big"), TOKEN_LENGTH)


def read_token(typed: str) -> str:
    """A token as printed, from one in either case or with letters taken for the digits they look like."""
    return typed.upper().translate(LOOKS_LIKE)


def token_sha256(token: str) -> bytes:
    """All that the database keeps of a token; any text has one, so that nonsense costs as long as a real token."""
    return hashlib.sha256(read_token(token).encode("utf-8", "surrogatepass")).digest()


def opening_code_of(key: bytes, village_id: UUID, household_id: UUID, number: int, opening_no: int) -> str:
    """The one-time code on the slip of that card, eight digits; a new `opening_no` gives another."""
    place = _place(village_id, household_id, number) + opening_no.to_bytes(4, "big")
    digest = hmac.digest(key, b"opening\0" + place, hashlib.sha256)
    return f"{int.from_bytes(digest[:8], 'big') % 10**OPENING_DIGITS:0{OPENING_DIGITS}d}"


def opening_hash(key: bytes, card_id: UUID, code: str) -> bytes:
    """What the database keeps of an opening code; keyed, because eight digits alone are soon tried through."""
    return hmac.digest(key, b"opening kept\0" + card_id.bytes + code.encode("utf-8", "surrogatepass"), hashlib.sha256)


def _place(village_id: UUID, household_id: UUID, number: int) -> bytes:
    return village_id.bytes + household_id.bytes + number.to_bytes(4, "big")
