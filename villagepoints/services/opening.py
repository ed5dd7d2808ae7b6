"""Opening a household's page: the slip's code or the PIN, each try counted before it is looked at."""

import hashlib
import secrets
from datetime import date, datetime, timedelta
from typing import NamedTuple, NoReturn
from uuid import UUID

from sqlalchemy import and_, select, update
from sqlalchemy.orm import Session
from werkzeug.security import check_password_hash, generate_password_hash

from villagepoints.domain.actor import Actor
from villagepoints.domain.card import opening_hash
from villagepoints.domain.errors import N_, BadInput, Conflict, NotFound, TooManyTries
from villagepoints.domain.pin import check_birthdays, check_form, digits, peppered
from villagepoints.models import Card, Household, Phone, Resident
from villagepoints.services import activity, throttle
from villagepoints.services.phone import REMEMBERED, Home, remember
from villagepoints.services.transaction import transaction

TRIES, PAUSE = 5, timedelta(minutes=15)  # of one phone at one door
TRIES_DOOR, PAUSE_DOOR = 30, timedelta(hours=2)  # of all unknown phones together; known ones are not held up by them


class WrongSecret(BadInput):
    """Not the household's code or PIN; the sentence says how many tries are left."""


class Door(NamedTuple):
    """What a phone that is not remembered learns at a door; the name and balance only where the household agreed."""

    household_number: str
    has_pin: bool
    has_opening_code: bool
    head_name: str
    balance: int
    shows_at_scan: bool
    is_elder: bool  # not for whoever has no more than the card: nobody is to learn at a door that old people live there


def door(session: Session, village_id: UUID, card_id: UUID) -> Door:
    """What the page behind a scanned card may know; NotFound when the card has died since."""
    row = session.execute(
        select(
            Household.number,
            Household.pin_hash.is_not(None),
            Card.opening_sha256.is_not(None),
            Household.head_name,
            Household.balance,
            Household.shows_at_scan,
            Household.is_elder,
        )
        .join(Card, and_(Card.village_id == Household.village_id, Card.household_id == Household.id))
        .where(Card.village_id == village_id, Card.id == card_id, Card.revoked_at.is_(None))
    ).first()
    if row is None:
        raise NotFound(N_("这张码牌已经换过了。请扫门上新的那一张。"))
    return Door._make(row)


def check_opening_code(
    session: Session, *, village_id: UUID, card_id: UUID, device: str, code: str, card_key: bytes, now: datetime
) -> int:
    """Which opening code of the card was typed, to hand to `choose_pin`; the try is counted first.

    Raises WrongSecret with the tries left, TooManyTries during a pause.
    """
    card = session.execute(
        select(Card.household_id, Card.opening_no, Card.opening_sha256).where(
            Card.village_id == village_id, Card.id == card_id, Card.revoked_at.is_(None)
        )
    ).one_or_none()
    subjects = _subjects(card.household_id if card else card_id, device)
    left = _claim(session, village_id, subjects, now)
    given = opening_hash(card_key, card_id, digits(code))
    if card is None or card.opening_sha256 is None or not secrets.compare_digest(card.opening_sha256, given):
        _wrong(left)
    _forget(session, village_id, subjects)
    return int(card.opening_no)


def choose_pin(
    session: Session,
    *,
    village_id: UUID,
    card_id: UUID,
    opening_no: int,
    pin: str,
    again: str,
    card_key: bytes,
    secret: str,
    former: str = "",
    label: str,
    now: datetime,
) -> UUID:
    """Use the opening code up, keep the PIN and remember this phone; the household's id.

    Raises BadInput for a PIN that is not six digits, too easy or typed in two ways, Conflict for a used code.
    """
    pin = digits(pin)
    check_form(pin)
    if digits(again) != pin:
        raise BadInput(N_("两次填的不一样，请再填一次。"))
    household_id = session.scalar(select(Card.household_id).where(Card.village_id == village_id, Card.id == card_id))
    if household_id is None:
        raise NotFound(N_("这张码牌已经换过了。请扫门上新的那一张。"))
    check_birthdays(pin, birthdays(session, village_id, household_id))
    # hashing takes a tenth of a second: done before the write lock is taken
    pin_hash = generate_password_hash(peppered(card_key, village_id, household_id, pin))
    _open(session, village_id, household_id, card_id, opening_no, pin_hash, secret, former, label, now)
    return household_id


def open_with_pin(
    session: Session,
    *,
    village_id: UUID,
    household_id: UUID,
    card_id: UUID,
    device: str,
    pin: str,
    card_key: bytes,
    secret: str,
    former: str = "",
    label: str,
    now: datetime,
) -> None:
    """Remember a new phone that knows the PIN; the try is counted first. `former` as in `phone.remember`.

    Raises WrongSecret with the tries left, TooManyTries during a pause, NotFound when the scanned card has died since.
    """
    door(session, village_id, card_id)
    subjects = _subjects(household_id, device)
    _check_pin(session, village_id, household_id, pin, card_key, subjects, now)
    _remember_known(session, village_id, household_id, secret, former, label, now)


def confirm_pin(session: Session, home: Home, *, pin: str, card_key: bytes, now: datetime) -> None:
    """Take the PIN again on a remembered phone, good for a quarter of an hour; raises as `open_with_pin`.

    Only this phone's own tries count: nobody at the door can keep the household from spending.
    """
    check_own_pin(session, home, pin=pin, card_key=card_key, now=now)
    _refresh(session, home, now)


def check_own_pin(session: Session, home: Home, *, pin: str, card_key: bytes, now: datetime) -> str:
    """The kept hash of the PIN, where a remembered phone gave the right one; raises as `confirm_pin`."""
    subjects = [(f"pin:{home.phone_id.hex}", TRIES, PAUSE)]
    return _check_pin(session, home.village_id, home.household_id, pin, card_key, subjects, now)


def _subjects(household_id: UUID, device: str) -> list[tuple[str, int, timedelta]]:
    # this phone first: a child with the card in hand must not lock grandmother's other phone out
    who = hashlib.sha256(device.encode("utf-8", "surrogatepass")).hexdigest()[:32]
    return [
        (f"door:{household_id.hex}:{who}", TRIES, PAUSE),
        (f"door:{household_id.hex}", TRIES_DOOR, PAUSE_DOOR),
    ]


def _claim(session: Session, village_id: UUID, subjects: list[tuple[str, int, timedelta]], now: datetime) -> int:
    return min(throttle.claim(session, village_id, subject, limit, pause, now) for subject, limit, pause in subjects)


def _forget(session: Session, village_id: UUID, subjects: list[tuple[str, int, timedelta]]) -> None:
    for subject, _limit, _pause in subjects:
        throttle.forget(session, village_id, subject)


def _wrong(left: int) -> NoReturn:
    if left <= 0:
        raise TooManyTries(N_("不对。试的次数用完了，请过 %(minutes)s 分钟再试。"), minutes=PAUSE.seconds // 60)
    raise WrongSecret(N_("不对，还可以再试 %(left)s 次。"), left=left)


def _check_pin(
    session: Session,
    village_id: UUID,
    household_id: UUID,
    pin: str,
    card_key: bytes,
    subjects: list[tuple[str, int, timedelta]],
    now: datetime,
) -> str:
    left = _claim(session, village_id, subjects, now)
    kept: str | None = session.scalar(
        select(Household.pin_hash).where(Household.village_id == village_id, Household.id == household_id)
    )
    session.rollback()  # nothing is read while the hash is computed
    if kept is None or not check_password_hash(kept, peppered(card_key, village_id, household_id, digits(pin))):
        _wrong(left)
    _forget(session, village_id, subjects)
    return kept


def birthdays(session: Session, village_id: UUID, household_id: UUID) -> list[date]:
    """When the people of a household were born: no PIN for it."""
    return list(
        session.scalars(
            select(Resident.birth_on).where(
                Resident.village_id == village_id,
                Resident.household_id == household_id,
                Resident.birth_on.is_not(None),
            )
        )
    )


@transaction
def _open(
    session: Session,
    village_id: UUID,
    household_id: UUID,
    card_id: UUID,
    opening_no: int,
    pin_hash: str,
    secret: str,
    former: str,
    label: str,
    now: datetime,
) -> None:
    used = session.execute(
        update(Card)
        .where(
            Card.village_id == village_id,
            Card.id == card_id,
            Card.opening_no == opening_no,
            Card.opening_sha256.is_not(None),
            Card.revoked_at.is_(None),
        )
        .values(opening_sha256=None, opened_at=now)
        .returning(Card.number)
    ).first()
    if used is None:
        raise Conflict(N_("这个开门码已经用过了，密码没有改。请填 6 位密码，或找村里要一个新的开门码。"))
    session.execute(
        update(Household)
        .where(Household.village_id == village_id, Household.id == household_id)
        .values(pin_hash=pin_hash, pin_set_at=now)
    )
    actor = Actor(village_id, household_id=household_id)
    activity.record(session, actor, "household.opened", now, subject=household_id, detail={"card": used.number})
    remember(session, village_id, household_id, secret, label, now, former=former)


@transaction
def _remember_known(
    session: Session, village_id: UUID, household_id: UUID, secret: str, former: str, label: str, now: datetime
) -> None:
    remember(session, village_id, household_id, secret, label, now, former=former)


@transaction
def _refresh(session: Session, home: Home, now: datetime) -> None:
    session.execute(
        update(Phone)
        .where(Phone.village_id == home.village_id, Phone.id == home.phone_id)
        .values(pin_at=now, expires_at=now + REMEMBERED)
    )
