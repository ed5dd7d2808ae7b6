"""Opening a household's page: the slip works once, guesses are counted before they are looked at."""

from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from threading import Barrier

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from tests.factories import NOW, Made, make_village
from villagepoints.domain.errors import BadInput, Conflict, DomainError, TooManyTries
from villagepoints.domain.pin import check_birthdays, check_form, digits
from villagepoints.models import Card, Household, Phone
from villagepoints.services import card, opening, phone

KEY = bytes(range(32))
PIN = "730518"


@pytest.fixture
def printed(session: Session, village: Made) -> card.PrintedCard:
    return card.issue(session, village.clerk, household_id=village.household.id, card_key=KEY, key="k1", now=NOW)


def card_of(session: Session, village: Made) -> Card:
    return session.scalars(select(Card).where(Card.household_id == village.household.id)).one()


def type_code(session: Session, village: Made, code: str, device: str = "d1", now=NOW) -> int:
    living = card_of(session, village)
    return opening.check_opening_code(
        session, village_id=village.id, card_id=living.id, device=device, code=code, card_key=KEY, now=now
    )


def open_first(session: Session, village: Made, printed: card.PrintedCard, pin: str = PIN, secret: str = "s1") -> None:
    opening_no = type_code(session, village, str(printed.opening_code))
    opening.choose_pin(
        session,
        village_id=village.id,
        card_id=card_of(session, village).id,
        opening_no=opening_no,
        pin=pin,
        again=pin,
        card_key=KEY,
        secret=secret,
        label="微信",
        now=NOW,
    )


def try_pin(session: Session, village: Made, pin: str, *, device: str = "d2", secret: str = "s2", now=NOW) -> None:
    opening.open_with_pin(
        session,
        village_id=village.id,
        household_id=village.household.id,
        card_id=card_of(session, village).id,
        device=device,
        pin=pin,
        card_key=KEY,
        secret=secret,
        label="",
        now=now,
    )


def at_home(session: Session, village: Made, secret: str = "s1", now=NOW) -> phone.Home | None:
    return phone.identify(session, phone.Credential(village.id, village.household.id, secret), now)


def test_the_slip_opens_once_and_the_phone_is_remembered(session: Session, village: Made, printed) -> None:
    open_first(session, village, printed)
    home = at_home(session, village)
    assert home is not None
    assert home.number == "001"
    with pytest.raises(BadInput):
        type_code(session, village, str(printed.opening_code))


def test_two_who_both_typed_the_slip_do_not_both_choose_a_pin(session: Session, village: Made, printed) -> None:
    opening_no = type_code(session, village, str(printed.opening_code))
    open_first(session, village, printed)
    with pytest.raises(Conflict):
        opening.choose_pin(
            session,
            village_id=village.id,
            card_id=card_of(session, village).id,
            opening_no=opening_no,
            pin="902713",
            again="902713",
            card_key=KEY,
            secret="thief",
            label="",
            now=NOW,
        )
    assert at_home(session, village, "thief") is None


def test_a_phone_is_forgotten_after_half_a_year(session: Session, village: Made, printed) -> None:
    open_first(session, village, printed)
    assert at_home(session, village, now=NOW + timedelta(days=179)) is not None
    assert at_home(session, village, now=NOW + timedelta(days=180)) is None


def test_a_secret_opens_no_other_household_and_no_other_village(session: Session, village: Made, printed) -> None:
    open_first(session, village, printed)
    other = make_village(session, "hm")
    for village_id, household_id in ((village.id, village.households[1].id), (other.id, village.household.id)):
        assert phone.identify(session, phone.Credential(village_id, household_id, "s1"), NOW) is None


def test_another_phone_opens_with_the_pin_in_full_width_digits(session: Session, village: Made, printed) -> None:
    open_first(session, village, printed)
    full_width = {ord(digit): ord(digit) + 0xFEE0 for digit in "0123456789"}
    try_pin(session, village, "730 518".translate(full_width))
    assert at_home(session, village, "s2") is not None


def test_wrong_pins_say_how_many_tries_are_left_then_comes_a_pause(session: Session, village: Made, printed) -> None:
    open_first(session, village, printed)
    said = []
    for _ in range(6):
        with pytest.raises(DomainError) as refusal:
            try_pin(session, village, "111222")
        said.append(refusal.value.values.get("left", type(refusal.value)))
    assert said == [4, 3, 2, 1, TooManyTries, TooManyTries]
    with pytest.raises(TooManyTries):
        try_pin(session, village, PIN)  # the right one waits as well
    try_pin(session, village, PIN, now=NOW + timedelta(minutes=15))


def test_a_child_at_the_door_does_not_lock_grandmother_out(session: Session, village: Made, printed) -> None:
    open_first(session, village, printed)
    for _ in range(6):
        with pytest.raises(DomainError):
            try_pin(session, village, "111222", device="child")
    try_pin(session, village, PIN, device="grandmother")


def test_changing_the_device_does_not_give_endless_tries(session: Session, village: Made, printed) -> None:
    open_first(session, village, printed)
    tried = 0
    for number in range(opening.TRIES_DOOR + 5):
        try:
            try_pin(session, village, "111222", device=f"fresh{number}")
        except TooManyTries:
            break
        except BadInput:
            tried += 1
    assert tried < opening.TRIES_DOOR
    home = at_home(session, village)
    assert home is not None
    opening.confirm_pin(session, home, pin=PIN, card_key=KEY, now=NOW)  # the remembered phone still spends


def test_forty_guesses_at_once_are_five(session: Session, sessions, village: Made, printed, monkeypatch) -> None:
    open_first(session, village, printed)
    looked_at, barrier = [], Barrier(40)
    assert village.household.id  # loaded now: forty threads may not share this session
    session.expunge_all()
    monkeypatch.setattr(opening, "check_password_hash", lambda kept, given: looked_at.append(given))

    def guess(number: int) -> None:
        with sessions() as own, pytest.raises(DomainError):
            barrier.wait()
            try_pin(own, village, f"{number:06d}")

    with ThreadPoolExecutor(40) as threads:
        list(threads.map(guess, range(40)))
    assert len(looked_at) == opening.TRIES


def test_the_pin_goes_stale_after_a_quarter_of_an_hour(session: Session, village: Made, printed) -> None:
    open_first(session, village, printed)
    home = at_home(session, village)
    assert home is not None
    later = NOW + timedelta(minutes=15)
    assert phone.is_fresh(home, later - timedelta(seconds=1))
    assert not phone.is_fresh(home, later)
    opening.confirm_pin(session, home, pin=PIN, card_key=KEY, now=later)
    refreshed = at_home(session, village, now=later)
    assert refreshed is not None
    assert phone.is_fresh(refreshed, later)


def test_signing_out_one_phone_leaves_the_other(session: Session, village: Made, printed) -> None:
    open_first(session, village, printed)
    try_pin(session, village, PIN)
    actor = village.villager()
    assert len(phone.phones(session, actor, NOW)) == 2
    home = at_home(session, village)
    assert home is not None
    assert phone.forget_phones(session, actor, now=NOW, but=home.phone_id) == 1
    assert at_home(session, village, "s2") is None
    assert at_home(session, village, "s1") is not None


def test_nobody_signs_out_another_households_phone(session: Session, village: Made, printed) -> None:
    open_first(session, village, printed)
    home = at_home(session, village)
    assert home is not None
    assert phone.forget_phones(session, village.villager(1), now=NOW, only=home.phone_id) == 0
    assert at_home(session, village) is not None


def test_after_a_new_slip_the_pin_can_be_chosen_again(session: Session, village: Made, printed) -> None:
    open_first(session, village, printed)
    renewed = card.renew_opening(
        session, village.clerk, household_id=village.household.id, card_key=KEY, key="r", now=NOW
    )
    open_first(session, village, renewed, pin="902713", secret="s3")
    try_pin(session, village, "902713")


def test_the_database_keeps_neither_pin_nor_secret(session: Session, village: Made, printed) -> None:
    open_first(session, village, printed)
    household = session.get_one(Household, (village.id, village.household.id))
    kept = session.scalars(select(Phone)).one()
    assert PIN not in str(household.pin_hash)
    assert b"s1" not in kept.secret_sha256


@pytest.mark.parametrize(
    "pin",
    ["", "12345", "1234567", "abcdef", "123456", "654321", "000000", "112112", "121212", "73051\uff18\uff18", "73051x"],
)
def test_a_pin_that_is_no_pin_or_too_easy_is_refused(pin: str) -> None:
    with pytest.raises(BadInput):
        check_form(digits(pin))


@pytest.mark.parametrize("pin", ["580321", "195803", "210358", "032158"])
def test_a_birthday_in_the_house_is_refused(pin: str) -> None:
    with pytest.raises(BadInput):
        check_birthdays(pin, [date(1958, 3, 21)])
    check_birthdays(PIN, [date(1958, 3, 21)])
