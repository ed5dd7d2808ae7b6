"""Identity numbers: which are right, what they say, and that only a keyed hash is left of them."""

from datetime import date
from uuid import UUID

import pytest

from villagepoints.domain import identity
from villagepoints.domain.errors import BadInput


def wide(text: str) -> str:
    """Full-width digits and letters, as a Chinese keyboard types them."""
    return "".join(chr(ord(mark) + 0xFEE0) for mark in text)


VILLAGE, OTHER = UUID(int=1), UUID(int=2)


@pytest.mark.parametrize(
    ("number", "birth_on", "sex"),
    [
        ("11010519491231002X", date(1949, 12, 31), "女"),  # the example of GB 11643
        ("440524188001010014", date(1880, 1, 1), "男"),
        ("000000198402061399", date(1984, 2, 6), "男"),
        ("11010519491231002x", date(1949, 12, 31), "女"),
    ],
)
def test_a_right_number_tells_birth_and_sex(number: str, birth_on: date, sex: str) -> None:
    assert identity.read(number) == (birth_on, sex)


@pytest.mark.parametrize(
    ("number", "word"),
    [
        ("110105194912310021", "最后一位"),
        ("000000198402061398", "最后一位"),
        ("110105491231002", "15 位"),
        ("3101", "18 位"),
        ("11010519491231002" + wide("X"), "18 位"),
        (wide("11010519491231002X"), "18 位"),
        ("00000019840230000X", "出生日期"),
    ],
)
def test_a_wrong_number_is_refused_with_its_reason(number: str, word: str) -> None:
    if word == "出生日期":
        number = number[:17] + identity.check_digit(number[:17])
    with pytest.raises(BadInput, match=word):
        identity.read(number)


@pytest.mark.parametrize("place", range(17))
def test_one_wrong_digit_is_always_seen(place: int) -> None:
    number = "000000198402061399"
    for digit in "0123456789":
        changed = number[:place] + digit + number[place + 1 :]
        if changed != number:
            with pytest.raises(BadInput):
                identity.read(changed)


@pytest.mark.parametrize("cell", [3.10101198001011e17, 310101198001011234, "3.10101E+17"])
def test_a_number_typed_as_a_number_is_known_to_have_lost_digits(cell: object) -> None:
    assert identity.was_typed_as_number(cell)
    assert not identity.was_typed_as_number("000000198402061399")


def test_the_hash_depends_on_key_village_and_number_alone() -> None:
    one = identity.identity_hash(b"k", VILLAGE, "11010519491231002x")
    assert one == identity.identity_hash(b"k", VILLAGE, "11010519491231002X")
    others = [
        identity.identity_hash(b"j", VILLAGE, "11010519491231002X"),
        identity.identity_hash(b"k", OTHER, "11010519491231002X"),
        identity.identity_hash(b"k", VILLAGE, "440524188001010014"),
    ]
    assert one not in others
    assert len(one) == 32
