"""Identity numbers: the GB 11643 check digit, what they say of a person, and the keyed hash that is all we keep."""

import hashlib
import hmac
from datetime import date
from typing import NamedTuple
from uuid import UUID

from villagepoints.domain.errors import N_, BadInput

WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
CHECK_DIGITS = "10X98765432"
LOST = 1e15  # from here on a spreadsheet's number does not hold every digit


class Person(NamedTuple):
    """What an identity number says of its owner."""

    birth_on: date
    sex: str


def check_digit(first_seventeen: str) -> str:
    """The last place that belongs to the first seventeen digits: 0–9 or X."""
    total = sum(weight * int(digit) for weight, digit in zip(WEIGHTS, first_seventeen, strict=True))
    return CHECK_DIGITS[total % 11]


def was_typed_as_number(cell: object) -> bool:
    """Whether a spreadsheet kept an identity number as a number, so that its last digits are gone."""
    if isinstance(cell, float | int):
        return abs(cell) >= LOST
    return isinstance(cell, str) and "E+" in cell.upper()


def read(number: str) -> Person:
    """Birth date and sex from an 18-place number; BadInput with the reason when it cannot be a right one."""
    number = number.upper()
    if len(number) == 15 and number.isascii() and number.isdigit():
        raise BadInput(N_("这是 15 位的旧身份证号，请换成 18 位的"))
    if (
        len(number) != 18
        or not number.isascii()
        or not number[:17].isdigit()
        or not (number[17].isdigit() or number[17] == "X")
    ):
        raise BadInput(N_("身份证号应该是 18 位（最后一位可以是 X），请对照证件改正；没有就留空"))
    if check_digit(number[:17]) != number[17]:
        raise BadInput(N_("身份证号的最后一位对不上，有一位写错了，请对照证件改正"))
    try:
        birth_on = date(int(number[6:10]), int(number[10:12]), int(number[12:14]))
    except ValueError:
        raise BadInput(N_("身份证号里的出生日期不存在，请对照证件改正")) from None
    return Person(birth_on, "男" if int(number[16]) % 2 else "女")


def identity_hash(key: bytes, village_id: UUID, number: str) -> bytes:
    """The keyed hash by which a person is known again; the number itself is not kept anywhere."""
    return hmac.digest(key, b"identity\0" + village_id.bytes + number.upper().encode(), hashlib.sha256)
