"""The shop's catalogue and stock at the desk."""

from html import unescape
from io import BytesIO

from flask import Flask
from PIL import Image
from sqlalchemy import select
from sqlalchemy.orm import Session

from tests.factories import Made, make_reward, make_village
from tests.pages import Client
from villagepoints.domain.actor import COUNTER
from villagepoints.models import Reward, StockMove
from villagepoints.services.reward import PICTURE_BYTES

WIDE = "150".translate({code: code + 0xFEE0 for code in range(0x30, 0x3A)})  # as typed with a Chinese keyboard


def test_goods_are_added_and_changed(session: Session, village: Made, clerk: Client) -> None:
    assert clerk.submit("/desk/rewards/new", code="R1", name="大米 10kg", points=WIDE, low_stock="5").status_code == 302
    reward = session.scalars(select(Reward)).one()
    assert (reward.points, reward.stock, reward.is_active, reward.household_month_limit) == (150, 0, True, None)
    page = f"/desk/rewards/{reward.id}"
    assert "大米 10kg" in clerk.get(page).get_data(as_text=True)
    assert clerk.submit(page, points="160", household_month_limit="2", is_active=[]).status_code == 302
    session.rollback()
    session.refresh(reward)
    assert (reward.points, reward.household_month_limit, reward.is_active) == (160, 2, False)


def test_what_nobody_can_see_is_not_searched_for(session: Session, village: Made, clerk: Client) -> None:
    make_reward(session, village.id, name="大米 10kg")
    assert "大米 10kg" in clerk.get("/desk/rewards?q=%00大米%20").get_data(as_text=True)


def test_what_is_wrong_is_said_at_its_field_and_the_form_stays_filled(
    session: Session, village: Made, clerk: Client
) -> None:
    for fields, sentence in (
        ({"points": "0"}, "要在 1 到 1,000,000 分之间"),
        ({"points": "-5"}, "要在 1 到 1,000,000 分之间"),
        ({"points": "abc"}, "请填整数"),
        ({"points": ""}, "请填要多少分"),
        ({"name": " "}, "请填名称"),
        ({"code": "x" * 30}, "最多 20 个字"),
        ({"household_month_limit": "0"}, "不限就空着"),
    ):
        typed = {"code": "R9", "name": "毛巾", "points": "30", **fields}
        answer = clerk.submit("/desk/rewards/new", **typed)
        page = answer.get_data(as_text=True)
        assert answer.status_code == 422, fields
        assert sentence in page, fields
        assert 'value="R9"' in page or "code" in fields
    assert session.scalars(select(Reward)).all() == []


def test_a_code_is_taken_once(session: Session, village: Made, clerk: Client) -> None:
    make_reward(session, village.id, code="R1")
    answer = clerk.submit("/desk/rewards/new", code="R1", name="别的", points="10")
    assert answer.status_code == 422
    assert "已经有商品在用" in answer.get_data(as_text=True)


def test_stock_moves_with_its_reason_and_never_below_nothing(session: Session, village: Made, clerk: Client) -> None:
    reward = make_reward(session, village.id, stock=10)
    page = f"/desk/rewards/{reward.id}/stock"
    assert clerk.submit(page, quantity="5", reason="六月进货").status_code == 302
    assert clerk.submit(page, way="out", quantity="3", reason="破损").status_code == 302
    refused = clerk.submit(page, way="out", quantity="99", reason="盘点少了")
    assert refused.status_code == 422
    assert "只有 12 件" in refused.get_data(as_text=True)
    assert "请填原因" in clerk.submit(page, quantity="1", reason="").get_data(as_text=True)
    session.rollback()
    assert session.scalars(select(Reward.stock)).one() == 12
    assert session.scalars(select(StockMove.quantity).order_by(StockMove.recorded_at, StockMove.id)).all()[-2:] == [
        5,
        -3,
    ]
    assert "六月进货" in clerk.get(page).get_data(as_text=True)


def test_what_runs_short_is_marked_and_listed_alone(session: Session, village: Made, clerk: Client) -> None:
    make_reward(session, village.id, name="热水瓶", stock=4)
    make_reward(session, village.id, name="抽纸", stock=400)
    page = clerk.get("/desk/rewards?low=1").get_data(as_text=True)
    assert "热水瓶" in page
    assert "不足" in page
    assert "抽纸" not in page


def test_the_counter_moves_stock_but_does_not_set_points(session: Session, village: Made, as_role) -> None:  # type: ignore[no-untyped-def]
    reward = make_reward(session, village.id)
    counter = as_role(COUNTER)
    assert counter.get(f"/desk/rewards/{reward.id}/stock").status_code == 200
    assert counter.get(f"/desk/rewards/{reward.id}").status_code == 403


def test_goods_of_another_village_are_not_found(session: Session, village: Made, clerk: Client) -> None:
    theirs = make_reward(session, make_village(session, "qt").id)
    for path in ("", "/stock"):
        assert clerk.get(f"/desk/rewards/{theirs.id}{path}").status_code == 404


def jpeg(colour: tuple[int, int, int] = (180, 120, 30)) -> tuple[BytesIO, str]:
    out = BytesIO()
    Image.new("RGB", (400, 300), colour).save(out, "JPEG")
    return BytesIO(out.getvalue()), "IMG_1.jpg"


def test_goods_get_a_picture_that_browsers_keep_until_there_is_another(
    session: Session, village: Made, clerk: Client, app: Flask
) -> None:
    reward = make_reward(session, village.id, name="食用油 5L")
    form, anybody = f"/desk/rewards/{reward.id}", app.test_client()
    assert "<svg" in clerk.get("/desk/rewards").get_data(as_text=True)
    assert clerk.submit(form, picture=jpeg()).status_code == 302
    address = unescape(
        clerk.get(form).get_data(as_text=True).split('<img class="goods-picture" src="')[1].split('"')[0]
    )
    answer = anybody.get(address)
    assert (answer.status_code, answer.mimetype) == (200, "image/jpeg")
    assert "immutable" in answer.headers["Cache-Control"]
    assert len(answer.data) <= PICTURE_BYTES
    clerk.submit(form, picture=jpeg((10, 200, 30)))
    assert anybody.get(address).headers["Cache-Control"] == "no-cache"  # an old address shows the new picture
    clerk.submit(form, without_picture="y")
    assert anybody.get(address).status_code == 404


def test_a_file_that_is_no_picture_is_refused_and_the_form_stays_filled(
    session: Session, village: Made, clerk: Client
) -> None:
    fields = {"code": "R9", "name": "毛巾", "points": "30"}
    answer = clerk.submit("/desk/rewards/new", **fields, picture=(BytesIO(b"no picture"), "x.jpg"))
    page = answer.get_data(as_text=True)
    assert answer.status_code == 422
    assert "不是照片" in page
    assert 'value="毛巾"' in page
    assert session.scalars(select(Reward)).all() == []


def test_another_village_s_picture_is_not_there(session: Session, village: Made, clerk: Client, app: Flask) -> None:
    reward = make_reward(session, village.id)
    clerk.submit(f"/desk/rewards/{reward.id}", picture=jpeg())
    make_village(session, "qt")
    assert app.test_client().get(f"/v/sx/goods/{reward.id}.jpg").status_code == 200
    assert app.test_client().get(f"/v/qt/goods/{reward.id}.jpg").status_code == 404
