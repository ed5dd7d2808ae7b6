"""The door of the desk: links, passwords, and where one lands afterwards."""

from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from tests.factories import NOW, Clock, Made, make_user
from tests.pages import Client
from villagepoints.blueprints.auth import local_path
from villagepoints.domain.actor import ADMIN, CLERK, TOWN
from villagepoints.services import signing_in, staff_device
from villagepoints.services import user as users
from villagepoints.services.staff_device import SignedIn

PASSWORD = "dao-gu-feng-shou"


@pytest.fixture
def token(session: Session, village: Made) -> str:
    return users.make_link(session, village.actor(ADMIN), user_id=village.users[CLERK].id, now=NOW)


def sign_in(client: Client, page: str = "/auth/sign-in", **fields: str):  # type: ignore[no-untyped-def]
    return client.submit(page, **{"village": "sx", "login_name": "lin", "password": PASSWORD, **fields})


@pytest.fixture
def lin(session: Session, village: Made) -> SignedIn:
    user = make_user(session, village.id, CLERK, login_name="lin", name="林文书")
    found = staff_device.find(session, village.id, user.id, 1, user.id, NOW)
    assert found
    return signing_in.set_password(session, found, old="", new=PASSWORD, again=PASSWORD, now=NOW)


def test_a_chat_that_previews_a_link_does_not_burn_it(client: Client, token: str) -> None:
    for _ in range(3):
        assert "进入工作台" in client.get(f"/auth/link/{token}").get_data(as_text=True)
    answer = client.submit(f"/auth/link/{token}")
    assert (answer.status_code, answer.location) == (302, "/desk/")
    assert client.get("/desk/").status_code == 200


def test_a_used_link_says_what_to_do(client: Client, token: str) -> None:
    client.submit(f"/auth/link/{token}")
    again = client.get(f"/auth/link/{token}")
    assert again.status_code == 404
    assert "请村里的管理员再给一条" in again.get_data(as_text=True)


def test_signing_in_leads_to_the_desk_or_to_where_one_wanted_to_go(client: Client, lin: SignedIn) -> None:
    asked = client.get("/desk/households?group=3")
    assert asked.status_code == 302
    assert sign_in(client, asked.location).location == "/desk/households?group=3"


def test_a_wrong_password_says_so_keeps_the_form_and_signs_nobody_in(client: Client, lin: SignedIn) -> None:
    answer = sign_in(client, password="not-this-one")
    page = answer.get_data(as_text=True)
    assert answer.status_code == 403
    assert "还可以试 7 次" in page
    assert 'value="lin"' in page
    assert "not-this-one" not in page
    assert client.get("/desk/").status_code == 302


def test_empty_fields_are_named(client: Client, lin: SignedIn) -> None:
    answer = sign_in(client, village="", password="")
    assert answer.status_code == 422
    assert "请填村代码" in answer.get_data(as_text=True)


def test_after_too_many_tries_the_page_says_how_long_to_wait(client: Client, lin: SignedIn, clock: Clock) -> None:
    for _ in range(8):
        sign_in(client, password="not-this-one")
    answer = sign_in(client)
    assert answer.status_code == 429
    assert "15 分钟" in answer.get_data(as_text=True)
    clock.now += timedelta(minutes=16)
    assert sign_in(client).status_code == 302


@pytest.mark.parametrize(
    "target",
    [
        "//evil.example",
        "https://evil.example",
        "/\\evil.example",
        "javascript:alert(1)",
        "desk",
        "",
        None,
        "/\tdesk",
        "/a\nb",
    ],
)
def test_only_a_path_on_this_server_is_followed(target: str | None) -> None:
    assert local_path(target) is None


def test_a_foreign_next_is_dropped_even_if_it_stands_in_the_form(client: Client, lin: SignedIn) -> None:
    assert sign_in(client, "/auth/sign-in?next=//evil.example").location == "/desk/"
    client.post("/auth/sign-out")
    with_field = client.application.test_client()
    assert sign_in(with_field, next="https://evil.example").location == "/desk/"  # type: ignore[arg-type]


def test_signing_in_begins_a_fresh_session(client: Client, lin: SignedIn) -> None:
    with client.session_transaction() as session:
        session["planted"] = "by somebody else"
    sign_in(client)
    with client.session_transaction() as session:
        assert "planted" not in session


def test_signing_out_ends_this_session_and_everywhere_ends_all(app: Flask, lin: SignedIn) -> None:
    phone, office = app.test_client(), app.test_client()
    for browser in (phone, office):
        sign_in(browser)  # type: ignore[arg-type]
    assert phone.submit("/desk/", action="/auth/sign-out").status_code == 302  # type: ignore[attr-defined]
    assert (phone.get("/desk/").status_code, office.get("/desk/").status_code) == (302, 200)
    sign_in(phone)  # type: ignore[arg-type]
    office.submit("/auth/account", action="everywhere")  # type: ignore[attr-defined]
    assert (phone.get("/desk/").status_code, office.get("/desk/").status_code) == (302, 302)


def test_another_network_does_not_sign_anybody_out(client: Client, lin: SignedIn) -> None:
    client.environ_base["HTTP_USER_AGENT"] = "MicroMessenger NetType/WIFI"
    sign_in(client)
    client.environ_base.update({"HTTP_USER_AGENT": "MicroMessenger NetType/4G", "REMOTE_ADDR": "10.9.8.7"})
    assert client.get("/desk/").status_code == 200


def test_a_forged_or_old_session_is_nobody(client: Client, village: Made) -> None:
    clerk, other = village.users[CLERK].id, village.users[ADMIN].id
    forged = (f"{village.id}:{clerk}:1", f"{village.id}:{clerk}:2:{clerk}", f"{village.id}:{village.id}:1:{clerk}")
    for name in ("", "x", "a:b:c", *forged, f"{village.id}:{clerk}:1:{other}"):
        with client.session_transaction() as session:
            session.update({"_user_id": name, "_fresh": True})
        assert client.get("/desk/").status_code == 302, name


def test_a_password_is_set_on_its_page_and_a_weak_one_is_explained(client: Client, village: Made) -> None:
    client.sign_in(village.users[CLERK])
    answer = client.submit("/auth/password", password="short", again="short")
    assert answer.status_code == 422
    assert "至少 10 位" in answer.get_data(as_text=True)
    assert client.submit("/auth/password", password=PASSWORD, again=PASSWORD).location == "/desk/"
    assert client.get("/desk/").status_code == 200, "whoever set it stays signed in"


def test_whoever_has_no_desk_lands_on_their_own_page(session: Session, village: Made, client: Client) -> None:
    town = make_user(session, village.id, TOWN)
    token = users.make_link(session, village.actor(ADMIN), user_id=town.id, now=NOW)
    answer = client.submit(f"/auth/link/{token}")
    assert client.get(answer.location).status_code == 200
    assert client.get("/desk/").status_code == 403


def test_the_password_page_is_for_the_signed_in(client: Client, village: Made) -> None:
    assert "/auth/sign-in" in client.get("/auth/password").location
