"""A household's six digits: how they are typed, which are too easy, and what stands behind them besides the digits."""

import hashlib
import hmac
import unicodedata
from collections.abc import Iterable
from datetime import date
from uuid import UUID

from villagepoints.domain.errors import N_, BadInput

PIN_DIGITS = 6
RUNS = "01234567890", "09876543210"


def digits(typed: str) -> str:
    """What was typed as plain digits: full-width ones made narrow, spaces and dashes dropped, anything else kept."""
    narrow = unicodedata.normalize("NFKC", typed[:64])
    return "".join(letter for letter in narrow if not letter.isspace() and letter not in "-－—")


def check_form(pin: str) -> None:
    """Refuse what is not six digits, or six that anybody tries first: BadInput."""
    if len(pin) != PIN_DIGITS or not (pin.isascii() and pin.isdigit()):
        raise BadInput(N_("密码要 6 位数字。"))
    if len(set(pin)) <= 2 or any(pin in run for run in RUNS) or pin[:3] == pin[3:] or pin[:2] * 3 == pin:
        raise BadInput(N_("%(pin)s 太容易被猜到（连着的数、重复的数都不行），请换一个。"), pin=pin)


def check_birthdays(pin: str, born_on: Iterable[date]) -> None:
    """Refuse the birthday of somebody in the household, however it is written in six digits: BadInput."""
    for day in born_on:
        if pin in {day.strftime(form) for form in ("%y%m%d", "%Y%m", "%d%m%y", "%m%d%y", "%m%Y")}:
            raise BadInput(N_("%(pin)s 像是家里人的生日，别人容易猜到，请换一个。"), pin=pin)


def peppered(pepper: bytes, village_id: UUID, household_id: UUID, pin: str) -> str:
    """What is hashed in place of the PIN: useless without the pepper, which no database backup holds."""
    message = village_id.bytes + household_id.bytes + pin.encode("utf-8", "surrogatepass")
    return hmac.digest(pepper, b"pin\0" + message, hashlib.sha256).hex()
