"""A household tells the village something from its phone, follows it, and takes it back."""

from io import BytesIO
from typing import Any
from uuid import UUID

import pytest
from PIL import Image
from sqlalchemy import select
from sqlalchemy.orm import Session

from tests.factories import NOW, Made, make_reward, make_village, remember_phone
from tests.pages import Client, forms
from villagepoints.domain.service_request import KINDS
from villagepoints.models import Evidence, ServiceRequest
from villagepoints.services import service_request

pytestmark = pytest.mark.parametrize("database", ["sqlite"], indirect=True)
HAZARD, VISIT, GOODS = (f"/my/requests/new/{kind}" for kind in ("hazard", "visit", "goods"))


@pytest.fixture
def home(client: Client, session: Session, village: Made) -> Client:
    client.open_home(remember_phone(session, village.household))
    return client


def text(answer: Any) -> str:
    return str(answer.get_data(as_text=True))


def jpeg() -> tuple[BytesIO, str]:
    out = BytesIO()
    Image.new("RGB", (60, 40), "#2c6a43").save(out, "JPEG")
    return BytesIO(out.getvalue()), "a.jpg"


def kept(session: Session) -> list[ServiceRequest]:
    session.rollback()
    session.expire_all()
    return list(session.scalars(select(ServiceRequest).order_by(ServiceRequest.number)))


def test_the_help_page_calls_first_and_leads_to_every_kind(home: Client) -> None:
    page = text(home.get("/my/help"))
    assert page.index("tel:021-57300001") < page.index("/my/requests/new/")
    assert all(f"/my/requests/new/{kind}" in page for kind in KINDS)


def test_in_large_type_it_asks_one_thing_with_three_answers(home: Client) -> None:
    home.set_cookie("view", "elder")
    page = text(home.get("/my/help"))
    first = page[: page.index("<details")]
    assert first.count('class="button') == 3
    assert "<textarea" not in text(home.get(VISIT)).split("<details")[0]


def test_a_hazard_is_told_with_photos_and_the_answer_is_read(home: Client, session: Session, village: Made) -> None:
    answer = home.submit(HAZARD, words="桥头栏杆松了", photos=[jpeg(), jpeg()])
    assert answer.status_code == 303
    page = text(home.get(answer.location))
    assert "是第 1 号" in page
    assert page.count("/my/evidence/") == 4
    assert "不记分" in page
    (row,) = kept(session)
    assert session.scalars(select(Evidence.service_request_id)).all() == [row.id, row.id]
    assert "1 件等答复" in text(home.get("/my/help"))
    service_request.answer(session, village.clerk, key="a", request_id=row.id, words="修好了，谢谢", now=NOW)
    assert "修好了，谢谢" in text(home.get(f"/my/requests/{row.id}"))
    assert "修好了，谢谢" in text(home.get("/my/requests"))
    assert "等答复" not in text(home.get("/my/help"))


def test_a_second_tap_and_a_second_visit_are_one(home: Client, session: Session) -> None:
    form = next(one for one in forms(text(home.get(VISIT))) if one.has(["choice"]))
    data = {name: held for name, held in form.fields.items() if held} | {"choice": "念一念积分"}
    assert [home.post(form.action, data=data).status_code for _ in range(2)] == [303, 303]
    (row,) = kept(session)
    assert row.words == "念一念积分"
    page = text(home.get(VISIT))
    assert "已经说过了，是第 1 号" in page
    assert f"/my/requests/{row.id}" in page
    stale = home.post(form.action, data=data | {"key": "another"})
    assert "第 1 号" in text(stale)
    assert len(kept(session)) == 1


def test_after_a_refusal_nothing_typed_is_lost(home: Client, session: Session) -> None:
    empty = home.submit(HAZARD, words=" ", photos=[jpeg()])
    assert empty.status_code == 422
    assert "请写一句" in text(empty)
    assert "照片要重新选一次" in text(empty)
    long = home.submit(HAZARD, words="桥" * 501)
    assert long.status_code == 422
    assert "桥" * 501 in text(long)
    many = home.submit(HAZARD, words="四张照片", photos=[jpeg() for _ in range(4)])
    assert "最多放 3 张照片" in text(many)
    assert "四张照片" in text(many)
    assert kept(session) == []
    assert session.scalars(select(Evidence)).all() == []


def test_goods_out_of_stock_are_wished_for_with_one_button(home: Client, session: Session, village: Made) -> None:
    flask = make_reward(session, village.id, stock=0, name="热水瓶")
    page = f"{GOODS}?goods={flask.id}"
    assert "<textarea" not in text(home.get(page))
    made = home.submit(page)
    assert "想要「热水瓶」" in text(home.get(made.location))
    assert "已经说过了" in text(home.get(page))
    assert [row.reward_id for row in kept(session)] == [flask.id]
    elsewhere = make_reward(session, make_village(session, "qt").id, stock=0)
    assert home.get(f"{GOODS}?goods={elsewhere.id}").status_code == 404


def test_it_is_taken_back_while_it_waits(home: Client, session: Session, village: Made) -> None:
    place = home.submit("/my/requests/new/helper", words="女儿王芳").location
    assert "还没有生效" in text(home.get(place))
    form = next(one for one in forms(text(home.get(place))) if one.action.endswith("/withdraw"))
    assert home.submit(place, action="withdraw").status_code == 303
    assert "撤回了" in text(home.get(place))
    (row,) = kept(session)
    assert row.status == "withdrawn"
    data = {name: held for name, held in form.fields.items() if held}
    assert home.post(form.action, data=data).status_code == 409


def test_a_neighbour_s_request_and_an_unknown_kind_are_not_there(home: Client, session: Session, village: Made) -> None:
    asked = {"key": "n", "kind": "hazard", "words": "邻居的事", "now": NOW}
    theirs: UUID = service_request.file(session, village.villager(1), **asked)  # type: ignore[arg-type]
    assert home.get(f"/my/requests/{theirs}").status_code == 404
    assert home.get("/my/requests/new/loan").status_code == 404
    assert "邻居的事" not in text(home.get("/my/requests"))
    assert "还没有说过什么" in text(home.get("/my/requests"))


def test_the_catalogue_offers_the_wish_beside_what_is_out_of_stock_and_for_what_is_not_there(
    home: Client, session: Session, village: Made
) -> None:
    flask, oil = (make_reward(session, village.id, stock=stock, name=f"货{stock}") for stock in (0, 5))
    page = text(home.get("/my/redeem"))
    assert f"{GOODS}?goods={flask.id}" in page
    assert f"goods={oil.id}" not in page
    assert f'href="{GOODS}"' in page
    home.submit(f"{GOODS}?goods={flask.id}")
    page = text(home.get("/my/redeem"))
    assert "记下了" in page
    assert f"goods={flask.id}" not in page


def test_what_was_led_to_the_door_instead_is_not_said_to_have_arrived(home: Client, session: Session) -> None:
    """The phone lets go of what was typed once the village says that it arrived."""
    fields = next(form for form in forms(text(home.get(VISIT))) if form.method == "post" and form.has(["words"])).fields
    home.delete_cookie("home")
    with home.session_transaction() as scanned:
        scanned["card"] = ["0" * 32] * 3
    answer = home.post(VISIT, data={**fields, "choice": "帮着弄手机"})
    assert (answer.status_code, answer.location) == (303, "/card")
    assert home.get_cookie("arrived") is None
    assert kept(session) == []
