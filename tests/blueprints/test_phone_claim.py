"""A household claims from its own phone what it did, follows its claims, and takes one back."""

from io import BytesIO
from typing import Any

import pytest
from flask import Flask
from PIL import Image
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from tests.factories import NOW, TODAY, Made, make_village, remember_phone
from tests.pages import Client
from villagepoints.models import Claim, Evidence, Household, Village
from villagepoints.services import claim
from villagepoints.services.posting import Item

HAZARD = "/my/claims/new?item=C4"


@pytest.fixture
def home(client: Client, session: Session, village: Made) -> Client:
    client.open_home(remember_phone(session, village.household))
    return client


def text(answer: Any) -> str:
    return str(answer.get_data(as_text=True))


def jpeg() -> BytesIO:
    out = BytesIO()
    Image.new("RGB", (60, 40), "#2c6a43").save(out, "JPEG")
    return BytesIO(out.getvalue())


def claims(session: Session) -> list[Claim]:
    session.rollback()
    session.expire_all()
    return list(session.scalars(select(Claim).order_by(Claim.claimed_at, Claim.id)))


def test_what_was_done_is_sent_with_photos_and_waits(home: Client, session: Session, village: Made) -> None:
    photos = [(jpeg(), "a.jpg"), (jpeg(), "b.jpg")]
    answer = home.submit(HAZARD, note="桥头栏杆松了", photos=photos)
    assert answer.status_code == 303
    page = text(home.get(answer.location))
    assert "报上去了，等村里审核" in page
    assert page.count("/my/evidence/") == 4
    (row,) = claims(session)
    assert (row.item_code, row.points, row.recorded_by, row.status) == ("C4", 5, None, "waiting")
    assert row.occurred_on == TODAY
    assert session.scalars(select(Evidence.claim_id)).all() == [row.id, row.id]
    assert "桥头栏杆松了" in text(home.get("/my/claims"))
    assert "桥头栏杆松了" in text(home.get("/my/"))


def test_a_second_tap_sends_nothing_twice(home: Client, session: Session) -> None:
    for _ in range(2):
        answer = home.submit(HAZARD, note="路灯不亮", key="tapped")
    assert answer.status_code == 303
    assert len(claims(session)) == 1


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_the_form_asks_only_what_the_item_needs_and_says_what_comes_next(home: Client) -> None:
    hours = text(home.get("/my/claims/new?item=D1"))
    assert 'name="quantity"' in hours
    assert 'name="grade"' not in hours
    assert "本月还能 100 分" in hours
    assert "公示 5 天" in hours
    honour = text(home.get("/my/claims/new?item=B4"))
    assert 'value="区级"' in honour
    assert 'name="occasion"' in honour
    assert 'name="age"' in text(home.get("/my/claims/new?item=B5"))


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_after_a_refusal_nothing_typed_is_lost_and_the_photos_are_asked_for_again(
    home: Client, session: Session
) -> None:
    answer = home.submit(
        "/my/claims/new?item=B4", grade="区级", note="评上了", document="证书", photos=[(jpeg(), "a.jpg")]
    )
    assert answer.status_code == 422
    page = text(answer)
    assert "请写明是哪一个" in page
    assert "照片要重新选一次" in page
    assert "评上了" in page
    assert 'value="区级" checked' in page
    assert claims(session) == []
    assert session.scalars(select(Evidence)).all() == []


@pytest.mark.parametrize(
    ("photos", "words"),
    [
        ([(BytesIO(b"no photo at all"), "a.jpg")], "不是照片"),
        ([(BytesIO(b"x" * (13 * 1024 * 1024)), "a.jpg")], "照片太大"),
    ],
)
@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_a_photo_that_is_none_is_refused_in_words(
    home: Client, session: Session, photos: list[Any], words: str
) -> None:
    answer = home.submit(HAZARD, note="井盖坏了", photos=[(BytesIO(body.getvalue()), name) for body, name in photos])
    assert answer.status_code == 422
    assert words in text(answer)
    assert "井盖坏了" in text(answer)
    assert claims(session) == []


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_four_photos_are_one_too_many(home: Client, session: Session) -> None:
    answer = home.submit(HAZARD, note="井盖", photos=[(jpeg(), f"{n}.jpg") for n in range(4)])
    assert answer.status_code == 422
    assert "最多放 3 张" in text(answer)
    assert claims(session) == []


@pytest.mark.parametrize(
    ("item", "typed", "words"),
    [
        ("C4", {"note": "路灯", "occurred_on": "2026-07-01"}, "还没到"),
        ("C4", {"note": ""}, "请写一句"),
        ("D1", {"note": "扫地", "quantity": "25"}, "1 到 24"),
        ("B4", {"note": "x", "grade": "银河级", "occasion": "y"}, "要选一个等次"),
        ("B5", {"note": "考上了", "grade": "考取高校", "occasion": "张明"}, "多大"),
    ],
)
@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_what_the_rules_refuse_is_said_on_the_form(
    home: Client, session: Session, item: str, typed: dict[str, str], words: str
) -> None:
    answer = home.submit(f"/my/claims/new?item={item}", **typed)
    assert answer.status_code == 422
    assert words in text(answer)
    assert claims(session) == []


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_a_guardian_s_consent_stays_in_the_note(home: Client, session: Session) -> None:
    typed = {"note": "跳级考上", "grade": "考取高校", "occasion": "张明", "age": "consent"}
    assert home.submit("/my/claims/new?item=B5", **typed).status_code == 303
    assert claims(session)[0].note == "跳级考上（未满 14 岁，监护人同意申报）"


@pytest.mark.parametrize("item", ["A1", "A6", "A7", "", "Z9", "0"])
@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_what_is_given_by_the_village_or_is_no_contribution_cannot_be_claimed(home: Client, item: str) -> None:
    assert home.get(f"/my/claims/new?item={item}").status_code in (404, 422)


def test_where_the_village_switched_it_off_the_page_says_whom_to_tell(
    home: Client, app: Flask, session: Session, village: Made
) -> None:
    assert "我要申报" in text(home.get("/my/earn"))
    clerk: Client = app.test_client()  # type: ignore[assignment]
    clerk.sign_in(village.users["clerk"])
    revision = session.scalars(select(Village.revision)).one()
    clerk.submit("/desk/settings", household_claims="0")
    session.rollback()
    assert session.scalars(select(Village.revision)).one() == revision + 1
    assert "我要申报" not in text(home.get("/my/earn"))
    page = text(home.get(HAZARD))
    assert "没有开通自己申报" in page
    assert "021-57300001" in page
    clerk.submit("/desk/settings", household_claims="1")
    assert "我要申报" in text(home.get("/my/earn"))


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_a_form_opened_before_the_switch_is_refused_and_says_so(home: Client, session: Session) -> None:
    session.execute(update(Village).values(household_claims=True))
    session.commit()
    from tests.pages import forms

    form = next(one for one in forms(text(home.get(HAZARD))) if "claims/new" in one.action)
    session.execute(update(Village).values(household_claims=False))
    session.commit()
    data = {name: held for name, held in form.fields.items() if held} | {"note": "路灯"}
    assert "没有开通" in text(home.post(form.action, data=data))
    assert claims(session) == []


def test_it_is_taken_back_while_it_waits_and_not_afterwards(home: Client, session: Session, village: Made) -> None:
    place = home.submit(HAZARD, note="报错了").location
    assert home.submit(place, action="withdraw").status_code == 303
    assert "你自己撤回了" in text(home.get(place))
    other = home.submit(HAZARD, note="真的").location
    row = next(one for one in claims(session) if one.status == "waiting")
    claim.refuse(session, village.clerk, key="r", claim_id=row.id, reason="照片看不清", now=NOW)
    page = text(home.get(other))
    assert "没有同意：照片看不清" in page
    assert "withdraw" not in page


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_another_household_s_claim_is_not_there(home: Client, session: Session, village: Made) -> None:
    asked = {"household_id": village.households[1].id, "wanted": Item(code="C4", occurred_on=TODAY), "now": NOW}
    theirs = claim.propose(session, village.clerk, key="t", **asked)  # type: ignore[arg-type]
    assert home.get(f"/my/claims/{theirs}").status_code == 404
    other = make_village(session, "qt")
    asked |= {"household_id": other.household.id}
    far = claim.propose(session, other.clerk, key="f", **asked)  # type: ignore[arg-type]
    assert home.get(f"/my/claims/{far}").status_code == 404


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_a_claim_shows_on_the_kept_home_page_at_once(home: Client, session: Session, village: Made) -> None:
    home.get("/my/")
    before = session.scalars(select(Household.revision).where(Household.id == village.household.id)).one()
    home.submit(HAZARD, note="新的一条")
    session.rollback()
    assert session.scalars(select(Household.revision).where(Household.id == village.household.id)).one() > before
    assert "新的一条" in text(home.get("/my/"))
