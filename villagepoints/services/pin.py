"""A household changes its own PIN: with the old one, each try counted before it is looked at."""

from datetime import datetime

from sqlalchemy import update
from sqlalchemy.orm import Session
from werkzeug.security import generate_password_hash

from villagepoints.domain.errors import N_, BadInput, Conflict
from villagepoints.domain.pin import check_birthdays, check_form, digits, peppered
from villagepoints.models import Household, Phone
from villagepoints.services import activity, once, opening
from villagepoints.services.phone import REMEMBERED, Home, sign_out
from villagepoints.services.transaction import transaction


def change(
    session: Session,
    home: Home,
    *,
    key: str,
    old: str,
    pin: str,
    again: str,
    signs_out: bool,
    card_key: bytes,
    now: datetime,
) -> None:
    """Put a new PIN in the place of the old one; with `signs_out` only this phone stays open.

    A try counts against this phone, as when it spends. Raises BadInput for a new PIN that is not six digits, too easy,
    the old one or typed in two ways, WrongSecret with the tries left, TooManyTries, Conflict where another phone was
    quicker. A repeat with the same key is answered as the first time; KeyReused where it brings another new PIN.
    """
    pin = digits(pin)
    check_form(pin)
    if digits(again) != pin:
        raise BadInput(N_("两次填的不一样，请再填一次。"))
    if digits(old) == pin:
        raise BadInput(N_("新密码和原来的一样，没有改。请换一个。"))
    check_birthdays(pin, opening.birthdays(session, home.village_id, home.household_id))
    if once.answered(session, home.village_id, key) is None:
        kept = opening.check_own_pin(session, home, pin=old, card_key=card_key, now=now)
        # hashing takes a tenth of a second: done before the write lock is taken
        made = generate_password_hash(peppered(card_key, home.village_id, home.household_id, pin))
        if _keep(session, home, key, kept, made, signs_out, now):
            return
    try:  # a second tap: the old PIN is no longer right, but what was asked is done if the new one is
        opening.check_own_pin(session, home, pin=pin, card_key=card_key, now=now)
    except opening.WrongSecret as error:
        raise once.reused() from error


@transaction
def _keep(session: Session, home: Home, key: str, kept: str, made: str, signs_out: bool, now: datetime) -> bool:
    """Write it; False where it was written under this key before."""
    request = {"change_pin": home.household_id, "phone": home.phone_id}
    if once.claim(session, home.village_id, key, request, now) is not None:
        return False
    changed = session.execute(
        update(Household)
        .where(Household.village_id == home.village_id, Household.id == home.household_id, Household.pin_hash == kept)
        .values(pin_hash=made, pin_set_at=now)
        .returning(Household.id)
    ).first()
    if changed is None:
        raise Conflict(N_("密码刚刚在别的手机上改过了，这次没有改。请用新的那个密码再试。"))
    session.execute(
        update(Phone)
        .where(Phone.village_id == home.village_id, Phone.id == home.phone_id)
        .values(pin_at=now, expires_at=now + REMEMBERED)
    )
    out = sign_out(session, home.actor, now=now, but=home.phone_id) if signs_out else 0
    activity.record(
        session, home.actor, "household.pin_changed", now, subject=home.household_id, detail={"signed_out": out}
    )
    once.answer(session, home.village_id, key, {})
    return True
