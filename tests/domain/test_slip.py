"""The code on a paper statement: short enough to type, and another one as soon as anything in the books differs."""

from dataclasses import replace
from datetime import date
from uuid import UUID

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from tests.factories import NOW
from villagepoints.domain import ledger, slip
from villagepoints.domain.card import ALPHABET
from villagepoints.domain.ledger import AWARD, PAGE, Draft, Head
from villagepoints.domain.seal import SealedHead, leaf_of, leaves_of, merkle_root

VILLAGE, HOUSEHOLD, OTHER = UUID(int=1), UUID(int=2), UUID(int=3)
DAY = date(2026, 6, 15)
CASES, DASHES = (
    st.sampled_from([str.upper, str.lower]),
    st.sampled_from(["-", " ", "", "\N{FULLWIDTH HYPHEN-MINUS}", "—"]),
)
amounts = st.lists(st.integers(0, 500), min_size=1, max_size=8)


def code(points: list[int], notes: dict[int, str] | None = None, household: UUID = HOUSEHOLD) -> str:
    """The code of a household with awards of these points."""
    head = Head(0, 0, b"")
    for place, amount in enumerate(points):
        note = (notes or {}).get(place, "")
        draft = Draft(household_id=household, kind=AWARD, points=amount, occurred_on=DAY, origin=PAGE, note=note)
        _entry, head = ledger.append(VILLAGE, head, draft, NOW, b"salt")
    return slip.code_of(1, slip.mark_of(VILLAGE, SealedHead(household, head.seq, head.hash)))


@settings(max_examples=100)
@given(amounts, st.data())
def test_the_code_changes_with_every_entry(points: list[int], data: st.DataObject) -> None:
    place = data.draw(st.integers(0, len(points) - 1))
    other = data.draw(st.integers(0, 500))
    assume(other != points[place])
    changed = [*points[:place], other, *points[place + 1 :]]
    assert code(points) != code(changed)
    assert code(points) != code(points, {place: "另一个说法"})
    assert code(points) != code(points, household=OTHER)
    assert len(points) == 1 or code(points) != code(points[:-1])
    assert code(points) == code(list(points))


@settings(max_examples=100)
@given(
    amounts, st.integers(1, 99_999), st.sampled_from([str.upper, str.lower]), st.sampled_from(["-", " ", "", "－", "—"])
)
def test_a_code_is_read_however_it_is_typed(points: list[int], seal: int, case: object, dash: str) -> None:
    mark = code(points)[2:].replace("-", "")
    typed = case(slip.code_of(seal, mark)).replace("-", dash)  # type: ignore[operator]
    assert slip.read(typed) == (seal, mark)
    assert slip.read(f" {typed.replace('0', 'o').replace('1', 'l')} ") == (seal, mark)


@settings(max_examples=100)
@given(st.text(max_size=60))
def test_anything_may_be_typed(typed: str) -> None:
    found = slip.read(typed)
    assert found is None or (found[0] > 0 and len(found[1]) == slip.LENGTH)


def test_what_is_no_code_is_none() -> None:
    for typed in ("", "3", "0-7F3A-91C4-QX0ZM", "3-7F3A-91C4-QX0Z", "3-7F3A-91C4-QX0ZU", "9" * 200, "-3-7F3A"):
        assert slip.read(typed) is None


def test_the_code_is_the_beginning_of_the_account_s_own_leaf_in_the_seal() -> None:
    """Whoever has SEAL.json can work it out: a tree of that leaf alone has its whole hash as its root."""
    head = SealedHead(HOUSEHOLD, 7, b"h" * 32)
    whole = int.from_bytes(merkle_root([leaf_of(VILLAGE, head)]), "big")
    mark = slip.mark_of(VILLAGE, head)
    assert sum(ALPHABET.index(letter) << 5 * place for place, letter in enumerate(reversed(mark))) == whole >> 191
    assert leaf_of(VILLAGE, head) in leaves_of(VILLAGE, b"", 0, b"", [head])
    assert mark != slip.mark_of(VILLAGE, replace(head, seq=8))
