"""村级福利 at the desk: set up, look through, let it stand, put on the board, and read at home."""

from datetime import date, timedelta

import pytest
from sqlalchemy.orm import Session

from tests import factories
from tests.factories import Made
from tests.pages import Client
from tests.services.test_expiry import gain

FORM = {
    "name": "重阳节慰问",
    "benefit": "大米 10 斤",
    "resolution_no": "2026-3",
    "resolved_on": "2026-05-01",
    "year": "2026",
    "least_merit": "50",
}


@pytest.fixture
def clerk(client: Client, village: Made, session: Session) -> Client:
    gain(session, village, 60, date(2026, 5, 20), 0)
    client.sign_in(village.users["clerk"])
    return client


def test_a_scheme_is_set_up_looked_through_and_let_stand(clerk: Client, village: Made, session: Session) -> None:
    made = clerk.submit("/desk/welfare/new", **FORM)
    assert made.status_code == 302
    address = made.location
    page = clerk.get(address + "?which=all").text
    assert "文明分 60 分，满 50 分" in page
    assert "文明分 0 分，要 50 分，还差 50 分" in page
    home = clerk.application.test_client()
    home.set_cookie("home", factories.remember_phone(session, village.household))
    assert "重阳节慰问" not in home.get("/my/earn").text
    clerk.submit(address, action="/list")
    assert "文明分 60 分，满 50 分" in home.get("/my/earn").text
    paper = clerk.get(address + "/paper").text
    assert "张建国" not in paper
    assert "另有 1 户符合" in paper
    village.household.shows_on_lists = True
    session.merge(village.household)
    session.commit()
    assert "张建国" in clerk.get(address + "/paper").text
    assert clerk.get(address + ".xlsx").status_code == 200
    assert clerk.submit(address, action="/withdraw", reason="").status_code == 422
    assert clerk.submit(address, action="/withdraw", reason="重新决议").status_code == 302
    assert "重阳节慰问" not in home.get("/my/earn").text


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("name", "低保", "不能和积分挂钩"),
        ("least_merit", "", "至少定一个条件"),
        ("least_merit", "很多", "请填整数"),
        ("resolution_no", "", "决议文号"),
        ("resolved_on", (factories.TODAY + timedelta(days=3)).isoformat(), "还没到"),
        ("year", "2027", "还没有结过一个月"),
        ("top_percent", "101", "1 到 100"),
    ],
)
def test_a_bad_scheme_is_refused_in_words_and_keeps_what_was_typed(
    clerk: Client, field: str, value: str, words: str
) -> None:
    answer = clerk.submit("/desk/welfare/new", **{**FORM, field: value})
    assert answer.status_code == 422
    assert words in answer.text
    assert "大米 10 斤" in answer.text
    assert "还没有和文明分挂钩的福利" in clerk.get("/desk/welfare").text


def test_points_that_expire_soon_are_listed_with_whom_to_call(clerk: Client, session: Session, village: Made) -> None:
    gain(session, village, 33, date(2024, 6, 2), 2)
    page = clerk.get("/desk/expiring").text
    assert "003" in page
    assert "33" in page
    assert ">001<" not in page
    assert clerk.get("/desk/expiring?out=xlsx").mimetype.endswith("sheet")
    assert "户有积分下月初到期" in clerk.get("/desk/").text
