"""A scan at a door: home for those who are known, the desk for staff, silence for misses."""

import html
import re
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from tests.factories import NOW, Clock, Made, make_village, remember_phone
from tests.pages import Client, forms
from villagepoints.domain.actor import Actor
from villagepoints.models import Household
from villagepoints.services import card, phone
from villagepoints.services.phone import Credential

PIN = "730518"
# what the database answers is tried on both kinds in tests/services
pytestmark = pytest.mark.parametrize("database", ["sqlite"], indirect=True)


def issue(app: Flask, session: Session, village: Made, index: int = 0, key: str = "c1") -> card.PrintedCard:
    return card.issue(
        session,
        village.clerk,
        household_id=village.households[index].id,
        card_key=app.config["CARD_KEY"],
        key=key,
        now=NOW,
    )


def open_with_slip(client: Client, printed: card.PrintedCard, pin: str = PIN) -> Any:
    client.get(f"/q/sx/{printed.token}")
    client.submit("/card", code=printed.opening_code)
    return client.submit("/card/pin", pin=pin, again=pin)


def test_a_stranger_sees_the_village_and_nothing_of_the_household(
    app: Flask, client: Client, session: Session, village: Made
) -> None:
    printed = issue(app, session, village)
    scan = client.get(f"/q/sx/{printed.token}")
    assert scan.status_code == 302
    assert printed.token not in scan.headers["Location"]
    page = client.get(scan.headers["Location"]).get_data(as_text=True)
    assert 'href="tel:021-57300001"' in page
    assert "/v/sx/rules" in page
    for secret in ("张建国", "张*国", ">001", "001）"):
        assert secret not in page


def test_upper_and_lower_case_open_the_same_door(app: Flask, client: Client, session: Session, village: Made) -> None:
    printed = issue(app, session, village)
    for path in (f"/Q/SX/{printed.token}", f"/q/sx/{printed.token.lower()}", f"/q/SX/{printed.token}"):
        assert client.get(path).headers["Location"] == "/card"


def test_unknown_revoked_and_foreign_cards_answer_alike(app: Flask, session: Session, village: Made) -> None:
    other = make_village(session, "hm")
    foreign = issue(app, session, other).token
    revoked = issue(app, session, village).token
    issue(app, session, village, key="c2")
    addresses = [f"/q/sx/{token}" for token in ("0" * 26, revoked, foreign, "nonsense")] + [f"/q/zz/{revoked}"]
    answers = []
    for address in addresses:
        answer = app.test_client().get(address)
        answers.append((answer.status_code, answer.data, sorted(answer.headers.items())))
    assert answers[0][0] == 404
    assert all(answer == answers[0] for answer in answers)


def test_the_slip_opens_the_page_and_the_next_scan_opens_it_at_once(
    app: Flask, client: Client, session: Session, village: Made
) -> None:
    printed = issue(app, session, village)
    opened = open_with_slip(client, printed)
    assert opened.headers["Location"] == "/my/"
    cookie = next(line for line in opened.headers.getlist("Set-Cookie") if line.startswith("home="))
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie
    assert "张*国" in client.get("/my/").get_data(as_text=True)
    assert client.get(f"/q/sx/{printed.token}").headers["Location"] == "/my/"


def test_another_phone_is_asked_for_the_pin(app: Flask, client: Client, session: Session, village: Made) -> None:
    printed = issue(app, session, village)
    open_with_slip(client, printed)
    other = app.test_client()
    other.get(f"/q/sx/{printed.token}")
    assert other.submit("/card", code="111222").status_code == 422
    assert other.submit("/card", code=PIN).headers["Location"] == "/my/"
    assert other.get("/my/").status_code == 200


def test_wrong_codes_are_counted_down_then_paused(
    app: Flask, client: Client, session: Session, village: Made, clock: Clock
) -> None:
    printed = issue(app, session, village)
    client.get(f"/q/sx/{printed.token}")
    said = [client.submit("/card", code="12345678") for _ in range(6)]
    for answer, left in zip(said, (4, 3, 2, 1), strict=False):
        assert f"还可以再试 {left} 次" in answer.get_data(as_text=True)
    assert [answer.status_code for answer in said[4:]] == [429, 429]
    assert client.submit("/card", code=printed.opening_code).status_code == 429
    clock.now += timedelta(minutes=15)
    assert client.submit("/card", code=printed.opening_code).headers["Location"] == "/card/pin"


def test_the_pin_page_is_closed_to_who_did_not_type_the_slip(
    app: Flask, client: Client, session: Session, village: Made
) -> None:
    printed = issue(app, session, village)
    client.get(f"/q/sx/{printed.token}")
    assert client.get("/card/pin").headers["Location"] == "/card"


@pytest.mark.parametrize("typed", ["", "12", "一二三四五六", "1234567890123", "\0", "🌾🌾🌾🌾🌾🌾"])
def test_what_is_no_code_gets_a_sentence_and_costs_no_try(
    app: Flask, client: Client, session: Session, village: Made, typed: str
) -> None:
    printed = issue(app, session, village)
    client.get(f"/q/sx/{printed.token}")
    answer = client.submit("/card", code=typed)
    assert answer.status_code == 422
    assert "开门码是 8 位数字" in answer.get_data(as_text=True)
    assert "还可以再试 4 次" in client.submit("/card", code="12345678").get_data(as_text=True)


def test_who_mistyped_may_still_ask_for_larger_type(
    app: Flask, client: Client, session: Session, village: Made
) -> None:
    client.get(f"/q/sx/{issue(app, session, village).token}")
    refused = client.submit("/card", code="12").get_data(as_text=True)
    larger = client.get(html.unescape(re.findall(r'href="(/view/elder[^"]*)"', refused)[0]))
    assert client.get(larger.headers["Location"]).status_code == 200


def test_a_household_that_agreed_is_shown_masked(app: Flask, client: Client, session: Session, village: Made) -> None:
    printed = issue(app, session, village)
    phone.consent(session, Actor(village.id, household_id=village.household.id), shows=True, now=NOW)
    client.get(f"/q/sx/{printed.token}")
    page = client.get("/card").get_data(as_text=True)
    assert "张*国" in page
    assert "张建国" not in page


def test_the_counter_s_scan_lands_on_the_household_at_the_desk(
    app: Flask, client: Client, session: Session, village: Made
) -> None:
    printed = issue(app, session, village)
    client.sign_in(village.users["counter"])
    assert client.get(f"/q/sx/{printed.token}").headers["Location"] == f"/desk/households/{village.household.id}"


def test_staff_of_another_village_are_strangers_here(
    app: Flask, client: Client, session: Session, village: Made
) -> None:
    printed = issue(app, session, village)
    client.sign_in(make_village(session, "hm").users["clerk"])
    assert client.get(f"/q/sx/{printed.token}").headers["Location"] == "/card"


def test_a_phone_of_one_household_is_a_stranger_at_the_next_door(
    app: Flask, client: Client, session: Session, village: Made
) -> None:
    client.open_home(remember_phone(session, village.households[1]))
    printed = issue(app, session, village)
    assert client.get(f"/q/sx/{printed.token}").headers["Location"] == "/card"


def test_an_elder_is_asked_one_thing_a_page_and_only_after_the_slip_was_known(
    app: Flask, client: Client, session: Session, village: Made
) -> None:
    printed = issue(app, session, village, 2)
    assert b'class="elder"' not in client.get(f"/q/sx/{printed.token}", follow_redirects=True).data
    client.submit("/card", code=printed.opening_code)
    first = client.get("/card/pin").get_data(as_text=True)
    assert 'class="elder"' in first
    assert 'name="again"' not in first
    assert client.submit("/card/pin", pin="123456").status_code == 422
    second = client.submit("/card/pin", pin=PIN)
    fields = forms(second.get_data(as_text=True))[-1].fields
    assert client.post("/card/pin", data={**fields, "again": PIN}).headers["Location"] == "/my/"
    assert b'class="elder"' in client.get("/my/").data


def test_one_phone_stays_open_for_both_its_households(
    app: Flask, client: Client, session: Session, village: Made
) -> None:
    mine, mothers = issue(app, session, village), issue(app, session, village, 2, "c2")
    open_with_slip(client, mine)
    client.set_cookie("view", "plain")
    open_with_slip(client, mothers, "902713")
    assert "王*婆" in client.get("/my/").get_data(as_text=True)
    assert client.get(f"/q/sx/{mine.token}").headers["Location"] == "/my/"
    assert "张*国" in client.get("/my/").get_data(as_text=True)


def test_a_card_that_dies_between_scan_and_code_opens_nothing(
    app: Flask, client: Client, session: Session, village: Made
) -> None:
    printed = issue(app, session, village)
    client.get(f"/q/sx/{printed.token}")
    client.submit("/card", code=printed.opening_code)
    issue(app, session, village, key="c2")
    assert client.submit("/card/pin", pin=PIN, again=PIN).status_code == 409
    session.rollback()
    assert session.scalars(select(Household.pin_hash).where(Household.id == village.household.id)).one() is None


def test_a_card_that_dies_between_scan_and_pin_opens_nothing(
    app: Flask, client: Client, session: Session, village: Made
) -> None:
    printed = issue(app, session, village)
    open_with_slip(client, printed)
    other = app.test_client()
    other.get(f"/q/sx/{printed.token}")
    page = forms(other.get("/card").get_data(as_text=True))[-1]
    issue(app, session, village, key="c2")
    answer = other.post("/card/open", data={"csrf_token": page.fields["csrf_token"], "code": PIN})
    assert answer.status_code == 404
    assert other.get("/my/").status_code != 200


def copy_of(app: Flask, client: Client, household_id: UUID) -> Client:
    """A browser elsewhere that holds the secret of this one, written for a household."""
    shown = Credential.read(client.get_cookie("home").value)  # type: ignore[union-attr]
    assert shown
    copied: Client = app.test_client()  # type: ignore[assignment]
    copied.open_home(str(replace(shown, household_id=household_id)))
    return copied


def test_who_copied_a_browser_before_does_not_come_in_with_the_next_household(
    app: Flask, client: Client, session: Session, village: Made
) -> None:
    mine, neighbours = issue(app, session, village), issue(app, session, village, 2, "c2")
    open_with_slip(client, mine)
    copied = copy_of(app, client, village.households[2].id)
    client.set_cookie("view", "plain")
    open_with_slip(client, neighbours, "902713")
    assert client.get("/my/").status_code == 200
    assert copied.get("/my/").status_code == 403


def test_a_stolen_secret_that_was_signed_out_does_not_come_back_with_the_pin(
    app: Flask, client: Client, session: Session, village: Made
) -> None:
    printed = issue(app, session, village)
    open_with_slip(client, printed)
    stolen = copy_of(app, client, village.household.id)
    phone.forget_phones(session, village.villager(), now=NOW)
    client.get(f"/q/sx/{printed.token}")
    client.submit("/card", code=PIN)
    assert client.get("/my/").status_code == 200
    assert stolen.get("/my/").status_code == 403
