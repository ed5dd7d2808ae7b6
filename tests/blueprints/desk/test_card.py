"""Door cards at the desk: given out, printed whole, by group or one by one."""

import re
from base64 import b64decode

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from tests.factories import NOW, Made, make_household
from tests.pages import Client
from villagepoints import qr_reader
from villagepoints.services import card, pdf

needs_pdf = pytest.mark.skipif(not pdf.available(), reason="the extra `pdf` is not installed")


@pytest.fixture
def desk(client: Client, village: Made) -> Client:
    client.sign_in(village.users["clerk"])
    return client


def test_households_without_a_card_are_counted_and_given_one_by_one_click(desk: Client) -> None:
    assert "还有 3 户没有码牌" in desk.get("/desk/cards").get_data(as_text=True)
    desk.submit("/desk/cards", action="/desk/cards")
    page = desk.get("/desk/cards").get_data(as_text=True)
    assert "发好了 3 张码牌" in page
    assert "户没有码牌" not in page


def test_one_household_s_card_prints_from_the_page_and_its_code_opens_its_door(
    desk: Client, app: Flask, session: Session, village: Made
) -> None:
    desk.submit("/desk/cards", action="/desk/cards")
    answer = desk.get(f"/desk/households/{village.household.id}/card")
    page = answer.get_data(as_text=True)
    assert answer.headers["Cache-Control"] == "no-store"
    found = re.search(r"data:image/png;base64,([^\"]+)", page)
    assert found is not None
    url = qr_reader.decode(b64decode(found[1]))
    assert url is not None
    scan = card.resolve(session, village.code, url.rsplit("/", 1)[1])
    assert scan is not None
    assert scan.household_id == village.household.id
    assert "张*国" in page
    assert "张建国" not in page
    assert re.search(r"<b>\d{4} \d{4}</b>", page)


def test_a_household_without_a_card_is_told_so(desk: Client, village: Made) -> None:
    answer = desk.get(f"/desk/households/{village.household.id}/card")
    assert answer.status_code == 404
    assert "还没有码牌" in answer.get_data(as_text=True)


@needs_pdf
@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_sheets_come_down_for_all_a_group_or_one_household(desk: Client, session: Session, village: Made) -> None:
    make_household(session, village.id, "SX07001", group_no=7)
    desk.submit("/desk/cards", action="/desk/cards")
    sizes = []
    for query in ("", "?group=7&per_sheet=6", "?household=sx07001&group=3"):
        page = desk.get(f"/desk/cards/print{query}").get_data(as_text=True)
        found = re.search(r"/desk/cards/files/\w+\.pdf", page)
        assert found is not None
        answer = desk.get(found[0])
        assert (answer.status_code, answer.mimetype, answer.data[:5]) == (200, "application/pdf", b"%PDF-")
        assert answer.headers["Cache-Control"] == "no-store"
        sizes.append(len(answer.data))
    assert sizes[0] > sizes[1]


@needs_pdf
@pytest.mark.parametrize("query", ["?group=99", "?household=nobody", "?per_sheet=5", "?group=99999999999999999999"])
def test_what_cannot_be_printed_is_answered_with_a_sentence(desk: Client, query: str) -> None:
    desk.submit("/desk/cards", action="/desk/cards")
    answer = desk.get(f"/desk/cards/print{query}")
    assert 400 <= answer.status_code < 500
    assert "没有" in answer.get_data(as_text=True) or "只能" in answer.get_data(as_text=True)


def test_only_those_who_hand_out_cards_may_print_opening_codes(client: Client, village: Made) -> None:
    for role in ("counter", "reviewer"):
        client.sign_in(village.users[role])
        assert client.get("/desk/cards").status_code == 403
        assert client.get("/desk/cards/print").status_code == 403
        assert client.get(f"/desk/households/{village.household.id}/card").status_code == 403


def test_the_printed_address_stands_in_the_settings(session: Session, village: Made, desk: Client, app: Flask) -> None:
    app.config["PUBLIC_URL"] = "https://jifen.example.cn"
    key = app.config["CARD_KEY"]
    one = card.issue(session, village.clerk, household_id=village.household.id, card_key=key, key="k", now=NOW)
    page = desk.get(f"/desk/households/{village.household.id}/card").get_data(as_text=True)
    picture = b64decode(re.search(r"base64,([^\"]+)", page)[1])  # type: ignore[index]
    assert qr_reader.decode(picture) == f"HTTPS://JIFEN.EXAMPLE.CN/Q/SX/{one.token}"
