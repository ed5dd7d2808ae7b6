"""Objections and working days through their pages: at the desk, on a household's phone, and for anybody to read."""

from datetime import date, timedelta
from html import unescape
from io import BytesIO
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from tests.factories import NOW, TODAY, Clock, Made, make_user, make_village, remember_phone
from tests.objections import WRONG, file, found, on_notice, recorded
from tests.pages import Client
from tests.services.test_objection_answer import taken_back
from villagepoints.domain.actor import ADMIN, CLERK, REVIEWER
from villagepoints.models import LedgerEntry, Objection, WorkingDay
from villagepoints.services import finding
from villagepoints.services.posting import Item

pytestmark = pytest.mark.parametrize("database", ["sqlite"], indirect=True)


@pytest.fixture
def home(app: Flask, session: Session, village: Made) -> Client:
    browser: Client = app.test_client()  # type: ignore[assignment]
    browser.open_home(remember_phone(session, village.household))
    return browser


@pytest.fixture
def third(client: Client, session: Session, village: Made) -> Client:
    """The desk of somebody who had no hand in anything."""
    client.sign_in(make_user(session, village.id, REVIEWER, name="第三人"))
    return client


def text(answer: Any) -> str:
    return unescape(answer.get_data(as_text=True))


def kept(session: Session) -> Objection:
    session.rollback()
    session.expire_all()
    return session.scalars(select(Objection).order_by(Objection.number.desc())).first()  # type: ignore[return-value]


def test_a_household_objects_on_its_phone_and_reads_the_answer(
    home: Client, third: Client, session: Session, village: Made
) -> None:
    about = recorded(session, village, note="河道保洁")
    assert f"/my/objections/new?entry={about.entry_seq}" in text(home.get("/my/records"))
    page = text(home.get(f"/my/objections/new?entry={about.entry_seq}"))
    assert "6月25日前答复你，最晚 6月30日" in page
    filed = home.submit(f"/my/objections/new?entry={about.entry_seq}", words="那天我不在")
    assert filed.status_code == 303
    assert "提上去了，是第 1 号" in text(home.get(filed.location))
    assert "异议中" in text(home.get("/my/records"))
    assert "异议第 1 号在查，6月25日前答复" in text(home.get("/my/"))
    row = kept(session)
    assert "异议中" in text(third.get(f"/desk/households/{village.household.id}"))
    story = text(third.get(f"/desk/objections/{row.id}"))
    assert all(words in story for words in ("那天我不在", "河道保洁", "沈文书记", "沈文书审核"))
    third.submit(f"/desk/objections/{row.id}", action="objections", reason="签到表上没有", decision="upheld")
    assert kept(session).status == "upheld"
    assert [entry.points for entry in session.scalars(select(LedgerEntry).order_by(LedgerEntry.seq))] == [10, -10]
    assert "签到表上没有" in text(home.get(f"/my/objections/{row.id}"))
    assert "异议第 1 号答复了" in text(home.get("/my/"))
    assert "异议中" not in text(home.get("/my/records"))


def test_what_was_typed_is_kept_where_words_are_missing_or_the_photo_is_none(
    home: Client, session: Session, village: Made
) -> None:
    address = f"/my/objections/new?entry={recorded(session, village).entry_seq}"
    assert home.submit(address, words=" ").status_code == 422
    refused = home.submit(address, words="那天我不在", photos=(BytesIO(b"no photo"), "a.jpg"))
    assert refused.status_code == 422
    assert "那天我不在" in text(refused)
    assert "不是照片" in text(refused)
    session.rollback()
    assert session.scalars(select(Objection)).all() == []


@pytest.mark.parametrize("query", ["", "entry=x", "entry=0", "entry=99", "entry=9999999999999", "finding=x", "claim=x"])
def test_an_address_that_names_nothing_is_not_there(query: str, home: Client) -> None:
    assert home.get(f"/my/objections/new?{query}").status_code == 404


def test_a_neighbour_s_things_are_not_there_but_what_stands_on_a_notice_is(
    home: Client, session: Session, village: Made
) -> None:
    public = on_notice(session, village, 1)
    page = text(home.get(f"/my/objections/new?claim={public.claim_id}"))
    assert "D2" in page
    assert "李秀英" not in page
    foreign = make_village(session, "yz")
    other = found(session, foreign)
    assert home.get(f"/my/objections/new?finding={other.finding_id}").status_code == 404
    theirs = file(session, foreign.villager(), recorded(session, foreign))
    assert home.get(f"/my/objections/{theirs}").status_code == 404


def test_the_household_it_is_about_learns_of_it_but_not_from_whom(
    home: Client, session: Session, village: Made
) -> None:
    objection_id = file(session, village.villager(1), on_notice(session, village))
    page = text(home.get(f"/my/objections/{objection_id}"))
    assert "有人对你家这一条提了异议" in page
    assert WRONG not in page
    assert "李" not in page
    assert "有人对你家这一条提了异议" in text(home.get("/my/objections"))


def test_an_entry_too_long_ago_says_so_instead_of_a_form(
    home: Client, session: Session, village: Made, clock: Clock
) -> None:
    about = recorded(session, village)
    clock.now += timedelta(days=16)
    assert "15 天内" in text(home.get(f"/my/objections/new?entry={about.entry_seq}"))
    assert "不对？提异议" not in text(home.get("/my/records"))


def test_a_household_takes_its_objection_back(home: Client, session: Session, village: Made) -> None:
    objection_id = file(session, village.villager(), recorded(session, village))
    home.submit(f"/my/objections/{objection_id}", action="withdraw")
    assert kept(session).status == "withdrawn"
    assert home.get(f"/my/objections/{objection_id}").status_code == 200


def test_a_paper_is_typed_in_at_the_window(third: Client, session: Session, village: Made) -> None:
    about = recorded(session, village)
    assert third.get("/desk/objections/new?who=001").location == f"/desk/households/{village.household.id}/objection"
    choice = text(third.get(f"/desk/households/{village.household.id}/objection"))
    assert f"entry={about.entry_seq}" in choice
    address = f"/desk/households/{village.household.id}/objection?entry={about.entry_seq}"
    third.submit(address, words="算错了", via="paper", filed_on="2026-06-15", objector=" 002")
    row = kept(session)
    assert (row.via, row.household_id, row.filed_on) == ("paper", village.households[1].id, TODAY)
    third.submit(address, words="算错了", via="desk", objector="路人甲")
    assert kept(session).objector == "路人甲"
    assert "你登记的" in text(third.get(f"/desk/objections/{row.id}"))


def test_the_list_shows_what_is_late_first_and_finds_by_household(
    third: Client, session: Session, village: Made, clock: Clock
) -> None:
    file(session, village.villager(), recorded(session, village))
    clock.now += timedelta(days=16)
    page = text(third.get("/desk/objections"))
    assert "超期 1 天" in page
    assert "没答复的异议" in text(third.get("/desk/"))
    assert "那天我家" in text(third.get("/desk/objections?who=001&status=open&due=1"))
    assert "还没有。" in text(third.get("/desk/objections?who=002&status=all"))
    assert third.get("/desk/objections?who=%00&page=999999999&status=x").status_code == 200


def test_the_answer_is_printed_with_a_line_to_sign(third: Client, session: Session, village: Made) -> None:
    objection_id = file(session, village.villager(), recorded(session, village))
    third.submit(f"/desk/objections/{objection_id}", reason="查了签到表", decision="rejected")
    letter = text(third.get(f"/desk/objections/{objection_id}/letter"))
    assert all(words in letter for words in (WRONG, "查了签到表", "没有改", "答复人（签字） 第三人"))


def test_anybody_reads_how_many_and_how_they_ended(
    client: Client, third: Client, session: Session, village: Made, app: Flask
) -> None:
    objection_id = file(session, village.villager(), recorded(session, village))
    third.submit(f"/desk/objections/{objection_id}", reason="查了签到表", decision="upheld")
    page = text(app.test_client().get("/v/sx/objections"))
    assert "一半的异议在 0 天内答复" in page
    assert "没有一件超过 15 天" in page
    assert WRONG not in page
    assert "/v/sx/objections" in text(app.test_client().get("/v/sx/"))


def test_the_calendar_shows_the_year_and_takes_the_village_s_own_days(
    client: Client, session: Session, village: Made
) -> None:
    client.sign_in(village.users[CLERK])
    page = text(client.get("/desk/working-days"))
    assert "2026 年的工作日" in page
    assert "端午节 放假" in page
    assert "还没有填" in text(client.get("/desk/working-days?year=2027"))
    own = {"first": "2026-06-24", "last": "2026-06-25", "works": "off", "name": "村里庙会"}
    assert client.submit("/desk/working-days", **own).status_code == 302
    assert "村里庙会 放假" in text(client.get("/desk/working-days"))
    row = file(session, village.villager(), recorded(session, village))
    assert session.get_one(Objection, (village.id, row)).due_on == date(2026, 6, 29)
    client.submit("/desk/working-days", action="20260624/take-out")
    session.rollback()
    assert session.scalars(select(WorkingDay.day)).all() == [date(2026, 6, 25)]
    session.expire_all()
    assert session.get_one(Objection, (village.id, row)).due_on == date(2026, 6, 29)  # filed before, so it stays


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ({"first": "2026-06-25", "last": "2026-06-24", "name": "x"}, "比第一天还早"),
        ({"first": "2026-06-01", "last": "2026-08-01", "name": "x"}, "一次最多填 31 天"),
        ({"first": "2026-06-01", "name": " "}, "请写是什么假"),
        ({"first": "", "name": "x"}, "请填第一天"),
    ],
)
def test_days_that_cannot_be_are_refused_in_words(
    typed: dict[str, str], sentence: str, client: Client, session: Session, village: Made
) -> None:
    client.sign_in(village.users[ADMIN])
    answer = client.submit("/desk/working-days", **typed)
    assert answer.status_code == 422
    assert sentence in text(answer)
    session.rollback()
    assert session.scalars(select(WorkingDay)).all() == []


def test_only_the_office_answers(client: Client, session: Session, village: Made) -> None:
    objection_id = file(session, village.villager(), recorded(session, village, now=NOW))
    client.sign_in(village.users["counter"])
    assert client.get(f"/desk/objections/{objection_id}").status_code == 403
    client.sign_in(village.users["clerk"])
    assert "当初是你经手的" in text(client.get(f"/desk/objections/{objection_id}"))


def test_whoever_answers_sees_that_the_points_taken_back_come_with_the_penalty(
    third: Client, session: Session, village: Made
) -> None:
    about = taken_back(session, village, Item(code="D1", occurred_on=TODAY, quantity=2))
    page = f"/desk/objections/{file(session, village.villager(), about)}"
    story = text(third.get(page))
    assert "第 1 条，当时认定是虚报" in story
    assert "扣的和收回的都还给这户：＋60 分" in story
    third.submit(page, action="objections", reason="签到表上有", decision="upheld")
    assert "由第 4 条冲正" in text(third.get(page))


def test_a_relocated_household_chooses_among_findings_in_its_own_words(
    third: Client, session: Session, village: Made
) -> None:
    seen = {"household_id": village.households[1].id, "code": "A1", "found_on": TODAY, "now": NOW}
    finding.record(session, village.clerk, key="s", **seen)  # type: ignore[arg-type]
    assert "楼道与公共部位无堆物" in text(third.get(f"/desk/households/{village.households[1].id}/objection"))
