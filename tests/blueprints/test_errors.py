"""What nobody's own browser sends is answered by a plain page, never by a crash."""

from io import BytesIO
from typing import Any
from uuid import uuid4

import pytest
from flask import Flask
from sqlalchemy import text
from sqlalchemy.orm import Session

from tests.factories import Made, make_reward, remember_phone
from tests.pages import Client, forms
from villagepoints.access import access
from villagepoints.domain.actor import ADMIN, CLERK
from villagepoints.extensions import db


def fields_of(client: Client, page: str, *names: str, action: str = "") -> dict[str, Any]:
    """What the first POST form of a page with these fields holds before anyone types."""
    html = client.get(page).get_data(as_text=True)
    found = next(f for f in forms(html) if f.method == "post" and f.has(names) and action in f.action)
    return {name: held for name, held in found.fields.items() if held}


UNREADABLE = ["http://[", "//\N{ACCOUNT OF}/", "http://]/"]


@pytest.fixture
def clerk(app: Flask, client: Client, village: Made) -> Client:
    app.testing = app.config["PROPAGATE_EXCEPTIONS"] = False  # as it runs for people
    client.sign_in(village.users[CLERK])
    return client


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
@pytest.mark.parametrize("address", UNREADABLE)
def test_an_address_that_cannot_be_read_is_no_way_back_and_no_crash(clerk: Client, address: str) -> None:
    header = address.encode().decode("latin-1")
    assert clerk.get("/nowhere", headers={"Referer": header}).status_code == 404
    assert clerk.post("/desk/cards", headers={"Origin": header}).status_code == 400
    assert clerk.get("/auth/sign-in", query_string={"next": address}).location == "/desk/"


@pytest.mark.parametrize("database", ["postgresql"], indirect=True)
def test_a_page_that_breaks_the_transaction_still_ends_in_a_plain_page(app: Flask, clerk: Client) -> None:
    @access("desk", "read")
    def broken() -> str:
        db.session.execute(text("SELECT 1 / 0"))
        return ""

    app.add_url_rule("/desk/broken", "desk.broken", broken)
    answer = clerk.get("/desk/broken")
    assert answer.status_code == 500
    assert "积分没有动" in answer.get_data(as_text=True)
    assert clerk.get("/desk/").status_code == 200


def test_a_home_page_whose_database_fails_is_a_plain_page(
    app: Flask, client: Client, session: Session, village: Made
) -> None:
    app.testing = app.config["PROPAGATE_EXCEPTIONS"] = False
    client.open_home(remember_phone(session, village.household))
    session.execute(text("ALTER TABLE phone RENAME TO lost"))
    session.commit()
    try:
        answer = client.get("/my/")
    finally:
        session.execute(text("ALTER TABLE lost RENAME TO phone"))
        session.commit()
    assert answer.status_code == 500
    assert "积分没有动" in answer.get_data(as_text=True)
    assert client.get("/my/").status_code == 200


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_a_stale_form_gives_no_password_back(clerk: Client) -> None:
    typed = {"old_password": "alt-alt-alt", "password": "neu-neu-neu", "again": "neu-neu-neu", "csrf_token": "stale"}
    answer = clerk.post("/auth/password", data=typed, headers={"Origin": "http://localhost"})
    assert answer.status_code == 400
    assert not [word for word in ("alt-alt-alt", "neu-neu-neu") if word in answer.get_data(as_text=True)]


def test_numbers_and_months_beyond_all_books_are_not_found_or_left_out(
    session: Session, clerk: Client, village: Made
) -> None:
    home = village.household
    for seq in (2**31, 2**63, 10**30):
        assert clerk.get(f"/desk/households/{home.id}/entries/{seq}/reverse").status_code == 404
    clerk.open_home(remember_phone(session, home))
    for page in ("/desk/ledger", "/desk/findings", "/my/records"):
        for month in ("9999-12", "0001-01"):
            assert clerk.get(page, query_string={"month": month}).status_code == 200, (page, month)


def test_a_household_that_is_not_there_is_not_served(session: Session, clerk: Client, village: Made) -> None:
    oil = make_reward(session, village.id)
    fields = fields_of(clerk, f"/desk/counter/{village.household.id}", "channel")
    answer = clerk.post(f"/desk/counter/{uuid4()}", data={**fields, f"reward-{oil.id}": "1"})
    assert answer.status_code == 404


def test_a_nul_is_refused_wherever_it_is_typed(app: Flask, session: Session, clerk: Client, village: Made) -> None:
    for address in ("/v/s%00x/", "/v/sx%00/rules", "/q/s%00x/5P9Z", "/auth/link/s%00.x"):
        assert app.test_client().get(address).status_code == 404, address
    home = village.household.id
    fields = fields_of(clerk, f"/desk/households/{home}", action="/card")
    address = f"/desk/households/{home}/card"
    assert clerk.post(address, data={**fields, "key": "a\0b", "reason": "丢\0了"}).status_code == 422
    assert clerk.post(address, data={**fields, "reason": "丢\0了"}).status_code == 302
    admin: Client = app.test_client()  # type: ignore[assignment]
    admin.sign_in(village.users[ADMIN])
    person = f"/desk/users/{village.users[CLERK].id}"
    fields = fields_of(admin, person, action="/active")
    answer = admin.post(f"{person}/active", data={**fields, "key": "a\0b"})
    assert answer.status_code == 422


@pytest.mark.parametrize("name", ["a\0b.csv", "'x'.csv", "'.csv", "../../登记.csv", "\u202e.csv", "[x]:*?.csv"])
def test_a_file_may_be_called_anything(clerk: Client, village: Made, name: str) -> None:
    content = "日期,户号,项目编号,分值\n2026-06-01,001,D1,5\n2026-06-01,001,Q9,5\n"
    for rows in (content, content.rsplit("\n", 2)[0]):
        fields = fields_of(clerk, "/desk/imports", "kind")
        data = {**fields, "kind": "events", "file": (BytesIO(rows.encode()), name)}
        preview = clerk.post("/desk/imports", data=data).location
        assert clerk.get(f"{preview}/problems.xlsx").status_code == 200
    assert "/desk/imports/" in clerk.submit(preview, action="preview").location


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
@pytest.mark.parametrize("name", ["_scheme", "endpoint", "_external", "month"])
def test_a_query_is_no_argument_of_the_addresses_on_the_page(clerk: Client, name: str) -> None:
    for page in ("/desk/households", "/desk/months/2026-06", "/desk/ledger"):
        answer = clerk.get(page, query_string={name: "javascript", "_external": "1"})
        assert answer.status_code == 200, page
        assert 'href="javascript:' not in answer.get_data(as_text=True)
