"""Door cards: printed again unchanged, revoked by the next number, and silent about why they do not open."""

from datetime import date
from uuid import UUID

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from tests.factories import NOW, Made, make_household, make_village
from villagepoints.domain.actor import Actor
from villagepoints.domain.card import ALPHABET, TOKEN_LENGTH, opening_code_of, token_of
from villagepoints.domain.errors import NotFound
from villagepoints.models import Activity, Card, Household
from villagepoints.services import card

KEY = bytes(range(32))


def issue(session: Session, village: Made, index: int = 0, key: str = "k1") -> card.PrintedCard:
    return card.issue(session, village.clerk, household_id=village.households[index].id, card_key=KEY, key=key, now=NOW)


def test_a_token_is_26_places_of_crockfords_base_32_and_follows_from_the_key() -> None:
    token = token_of(KEY, UUID(int=1), UUID(int=2), 1)
    assert len(token) == TOKEN_LENGTH
    assert set(token) <= set(ALPHABET)
    assert token == token_of(KEY, UUID(int=1), UUID(int=2), 1)
    others = {
        token_of(bytes(32), UUID(int=1), UUID(int=2), 1),
        token_of(KEY, UUID(int=3), UUID(int=2), 1),
        token_of(KEY, UUID(int=1), UUID(int=3), 1),
        token_of(KEY, UUID(int=1), UUID(int=2), 2),
    }
    assert len(others | {token}) == 5


def test_an_opening_code_has_eight_digits_and_changes_with_its_number() -> None:
    codes = {opening_code_of(KEY, UUID(int=1), UUID(int=2), 1, number) for number in range(1, 100)}
    assert len(codes) > 90
    assert all(len(code) == 8 and code.isdigit() for code in codes)


def test_a_card_opens_its_household_in_either_case(session: Session, village: Made) -> None:
    token = issue(session, village).token
    for typed in (token, token.lower(), token.replace("0", "O").replace("1", "l")):
        scan = card.resolve(session, "SX" if typed == token else "sx", typed)
        assert scan is not None
        assert scan.household_id == village.household.id


def test_the_database_keeps_neither_token_nor_opening_code(session: Session, village: Made) -> None:
    printed = issue(session, village)
    kept = session.scalars(select(Card)).one()
    everything = repr([getattr(kept, column.key) for column in Card.__table__.columns])
    assert printed.token not in everything
    assert str(printed.opening_code) not in everything


def test_a_card_can_be_printed_again_without_dying(session: Session, village: Made) -> None:
    first = issue(session, village)
    assert card.printed(session, village.id, card_key=KEY) == [first]


def test_a_new_number_kills_the_card_before_it(session: Session, village: Made) -> None:
    old, new = issue(session, village), issue(session, village, key="k2")
    assert (old.number, new.number) == (1, 2)
    assert card.resolve(session, "sx", old.token) is None
    assert card.resolve(session, "sx", new.token) is not None


def test_the_same_request_gives_one_card(session: Session, village: Made) -> None:
    assert issue(session, village) == issue(session, village)
    assert len(session.scalars(select(Card)).all()) == 1


@pytest.mark.parametrize("token", ["", "0" * 26, "不是码", "A" * 5000, "\0", "🌾", "'; DROP TABLE card"])
def test_nonsense_opens_nothing(session: Session, village: Made, token: str) -> None:
    issue(session, village)
    assert card.resolve(session, "sx", token) is None


def test_another_villages_card_opens_nothing_here(session: Session, village: Made) -> None:
    other = make_village(session, "hm")
    token = issue(session, other).token
    assert card.resolve(session, "sx", token) is None
    assert card.resolve(session, "nowhere", token) is None
    assert card.resolve(session, "hm", token) is not None


def test_a_household_that_left_is_not_opened_any_more(session: Session, village: Made) -> None:
    token = issue(session, village).token
    session.get_one(Household, (village.id, village.household.id)).left_on = date(2026, 6, 1)
    session.commit()
    assert card.resolve(session, "sx", token) is None


def test_a_card_for_another_villages_household_is_refused(session: Session, village: Made) -> None:
    other = make_village(session, "hm")
    with pytest.raises(NotFound):
        card.issue(session, village.clerk, household_id=other.household.id, card_key=KEY, key="k", now=NOW)
    assert session.scalars(select(Card)).all() == []


def test_every_household_without_a_card_gets_one(session: Session, village: Made) -> None:
    issue(session, village)
    make_household(session, village.id, "009", left_on=date(2026, 1, 1))
    actor = Actor(village.id)
    assert card.issue_missing(session, actor, card_key=KEY, now=NOW) == 2
    assert card.issue_missing(session, actor, card_key=KEY, now=NOW) == 0
    assert [one.household_number for one in card.printed(session, village.id, card_key=KEY)] == ["001", "002", "003"]


def test_cards_given_out_stand_in_the_activity_trail(session: Session, village: Made) -> None:
    issue(session, village)
    acts = session.scalars(select(Activity).where(Activity.action == "card.issued")).all()
    assert [act.subject for act in acts] == [village.household.id]


def test_a_new_opening_code_leaves_the_card_on_the_door_alive(session: Session, village: Made) -> None:
    first = issue(session, village)
    renewed = card.renew_opening(
        session, village.clerk, household_id=village.household.id, card_key=KEY, key="r", now=NOW
    )
    assert renewed.token == first.token
    assert renewed.opening_code not in (None, first.opening_code)


def test_a_printed_address_is_upper_case_and_short() -> None:
    token = token_of(KEY, UUID(int=1), UUID(int=2), 1)
    assert card.url_of("https://hm.example.cn", "sx", token) == f"https://hm.example.cn/q/sx/{token}"
    assert card.url_of("https://hm.example.cn", "sx", token, printed=True) == f"HTTPS://HM.EXAMPLE.CN/Q/SX/{token}"
