"""An activity through its pages: planned, its poster read back, checked in and out by phone and by hand, closed."""

import base64
import re
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from tests.factories import NOW, Clock, Made, make_village, remember_phone
from tests.pages import Client
from villagepoints import qr, qr_reader
from villagepoints.domain.actor import ADMIN, COUNTER
from villagepoints.models import Attendance, Claim, Gathering
from villagepoints.services.door_card import UnreadableCode
from villagepoints.services.gathering import poster_code

HOUR = timedelta(hours=1)
LISTS = "/desk/gatherings"


def text(answer: Any) -> str:
    return str(answer.get_data(as_text=True))


@pytest.fixture
def clerk(app: Flask, village: Made) -> Client:
    client: Client = app.test_client()  # type: ignore[assignment]
    client.sign_in(village.users["clerk"])
    return client


@pytest.fixture
def home(app: Flask, session: Session, village: Made) -> Client:
    client: Client = app.test_client()  # type: ignore[assignment]
    client.open_home(remember_phone(session, village.household))
    return client


@pytest.fixture
def place(clerk: Client) -> str:
    """The desk's page of an activity from ten to noon, now being ten."""
    typed = {"title": "河道保洁", "item_code": "D1", "place": "村口", "starts": "10:00", "ends": "12：00"}
    return str(clerk.submit(f"{LISTS}/new", **typed).location)


def poster(clerk: Client, place: str) -> str:
    """The path behind the poster's code, read back from its picture."""
    picture = re.search(r'src="data:image/png;base64,([^"]+)"', text(clerk.get(f"{place}/poster")))
    assert picture
    url = qr_reader.decode(base64.b64decode(picture.group(1)))
    assert url is not None
    assert url == url.upper()
    return "/" + url.split("/", 3)[3]


def scan(client: Client, path: str) -> str:
    answer = client.get(path)
    assert answer.status_code == 302
    assert "/G/" not in answer.location, "the token leaves the address"
    return text(client.get(answer.location))


def test_from_the_poster_to_the_claim(
    clerk: Client, home: Client, session: Session, village: Made, place: str, clock: Clock
) -> None:
    path = poster(clerk, place)
    assert "张建国" in scan(home, path)
    assert home.submit("/gathering", person="张建国", act="in").status_code == 303
    assert "10:00 签到" in text(home.get("/gathering"))
    clock.now += HOUR + timedelta(minutes=55)
    scan(home, path)
    home.submit("/gathering", person="张建国", act="out")
    assert "2 小时" in text(home.get("/gathering"))
    clock.now += HOUR
    assert "张建国" in text(clerk.get(place))
    answer = clerk.submit(place, action="close")
    assert "已给 1 人报分" in text(clerk.get(answer.location))
    row = session.scalars(select(Claim)).one()
    assert (row.item_code, row.quantity, row.status) == ("D1", 2, "waiting")
    assert "河道保洁（张*国）" in text(home.get("/my/claims"))


def test_lower_case_is_the_same_poster_and_staff_land_on_the_list(clerk: Client, place: str) -> None:
    answer = clerk.get(poster(clerk, place).lower())
    assert answer.location == place


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_a_stranger_is_told_to_open_their_door_first(app: Flask, clerk: Client, place: str) -> None:
    stranger: Client = app.test_client()  # type: ignore[assignment]
    page = scan(stranger, poster(clerk, place))
    assert "扫你家门上的码牌" in page
    assert "张建国" not in page
    assert stranger.post("/gathering", data={"person": "张建国"}).status_code in (303, 400)


def test_a_phone_of_another_village_is_a_stranger(
    app: Flask, clerk: Client, session: Session, place: str, village: Made
) -> None:
    other = make_village(session, "qt")
    phone: Client = app.test_client()  # type: ignore[assignment]
    phone.open_home(remember_phone(session, other.household))
    assert "扫你家门上的码牌" in scan(phone, poster(clerk, place))
    assert session.scalars(select(Attendance)).all() == []


def test_an_unknown_code_and_another_village_s_answer_alike(
    client: Client, clerk: Client, session: Session, place: str
) -> None:
    make_village(session, "qt")
    token = poster(clerk, place).rsplit("/", 1)[1]
    answers = [client.get(path) for path in (f"/g/qt/{token}", "/g/sx/" + "0" * 26, "/g/none/x", "/q/sx/" + "0" * 26)]
    assert {answer.status_code for answer in answers} == {404}
    assert len({text(answer) for answer in answers}) == 1


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_too_early_and_too_late_are_said(
    clerk: Client, home: Client, session: Session, place: str, clock: Clock
) -> None:
    path = poster(clerk, place)
    clock.now = NOW - HOUR
    assert "09:30 起可以签到" in scan(home, path)
    clock.now = NOW + 2 * HOUR + timedelta(minutes=1)
    assert "活动结束了" in scan(home, path)
    with pytest.raises(AssertionError, match="no form"):
        home.submit("/gathering", person="张建国", act="in")
    clock.now = NOW
    home.submit("/gathering", person="张建国", act="in")
    clock.now = NOW + 5 * HOUR
    page = text(home.get("/gathering"))
    assert "没有签退" in page
    assert "由他们补" in page


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_who_has_no_phone_is_entered_by_hand_put_right_and_taken_off(
    clerk: Client, session: Session, place: str
) -> None:
    assert clerk.submit(place, household="003", arrived="1000").status_code == 302
    twice = clerk.submit(place, household="003", arrived="10:00")
    assert twice.status_code == 422
    assert "已经签过到" in text(twice)
    assert "没有户号" in text(clerk.submit(place, household="999", arrived="10:00"))
    for hour in ("早上", "9" * 30):
        assert "8:30 这样" in text(clerk.submit(place, household="002", arrived=hour))
    row = session.scalars(select(Attendance)).one()
    times = f"{place}/attendances/{row.id}"
    assert "为什么" in text(clerk.submit(times, left="11:30", act="correct"))
    assert clerk.submit(times, left="11:30", reason="忘了签退", act="correct").status_code == 302
    assert "改过：忘了签退" in text(clerk.get(place))
    assert clerk.submit(times, reason="没有来", act="remove").status_code == 302
    session.rollback()
    assert session.scalars(select(Attendance)).all() == []
    assert clerk.get(times).status_code == 404


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_what_was_not_closed_says_why(clerk: Client, session: Session, place: str, clock: Clock) -> None:
    clerk.submit(place, household="003", arrived="10:00")
    clock.now += 3 * HOUR
    answer = clerk.submit(place, action="close")
    page = text(clerk.get(answer.location))
    assert "有 1 人没有报" in page
    assert "没有签退" in page
    assert session.scalars(select(Claim)).all() == []
    assert "还有人没报分" in text(clerk.get(f"{LISTS}?past=1"))


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_a_plan_that_makes_no_sense_is_said_on_the_form_and_nothing_is_lost(clerk: Client, session: Session) -> None:
    typed = {"title": "扫路", "item_code": "D1", "starts": "10:00", "ends": "9:00"}
    answer = clerk.submit(f"{LISTS}/new", **typed)
    assert answer.status_code == 422
    assert "结束时间要比开始晚" in text(answer)
    assert 'value="扫路"' in text(answer)
    assert clerk.submit(f"{LISTS}/new", **{**typed, "title": " ", "ends": "11:00"}).status_code == 422
    assert clerk.submit(f"{LISTS}/new", **{**typed, "ends": "25:00"}).status_code == 422
    assert clerk.submit(f"{LISTS}/new", **{**typed, "item_code": "A1", "ends": "11:00"}).status_code == 422
    assert session.scalars(select(Gathering)).all() == []


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_what_is_called_off_says_so_to_whoever_scans(clerk: Client, home: Client, place: str) -> None:
    path = poster(clerk, place)
    assert "近期活动" in text(home.get("/my/earn"))
    clerk.submit(place, action="cancel")
    assert "取消了" in scan(home, path)
    assert "近期活动" not in text(home.get("/my/earn"))


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_the_counter_and_the_administrator_have_no_activities(
    app: Flask, village: Made, place: str, session: Session
) -> None:
    for role in (COUNTER, ADMIN):
        client: Client = app.test_client()  # type: ignore[assignment]
        client.sign_in(village.users[role])
        assert client.get(place).status_code == 403
    assert UUID(place.rsplit("/", 1)[1]) == session.scalars(select(Gathering.id)).one()


def test_a_poster_whose_code_says_something_else_is_not_printed() -> None:
    with pytest.raises(UnreadableCode):
        poster_code("HTTPS://A.CN/G/SX/0", draw=lambda _text: qr.emblem_png("HTTPS://A.CN/G/SX/1"))
