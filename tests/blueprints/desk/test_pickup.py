"""At the counter: a code, whose it is, one key, the next; a stocktake and a counter by their forms."""

from typing import Any
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from tests import factories
from tests.factories import NOW, Made
from tests.pages import Client
from tests.services.test_redemption import give, reserve
from villagepoints.models import Counter, CounterStaff, Redemption, Reward, RewardCounter
from villagepoints.services import card
from villagepoints.services.redemption import Receipt


@pytest.fixture
def oil(session: Session, village: Made) -> Reward:
    give(session, village, 500)
    return factories.make_reward(session, village.id, points=20, stock=9)


@pytest.fixture
def waiting(session: Session, village: Made, oil: Reward) -> Receipt:
    return reserve(session, village, "w", (oil.id, 2))


def status(session: Session, receipt: Receipt) -> str:
    session.rollback()
    return session.scalars(select(Redemption.status).where(Redemption.id == receipt.redemption_id)).one()


def test_a_scanned_code_and_one_enter_hand_over(session: Session, clerk: Client, waiting: Receipt) -> None:
    page = clerk.get("/desk/pickup", query_string={"code": waiting.pickup_code}).get_data(as_text=True)
    assert "张建国" in page
    assert "食用油 5 升 ×2" in page
    answer = clerk.submit(f"/desk/pickup?code={waiting.pickup_code}", action="/pickup/", next="")
    assert answer.status_code == 302
    assert "已发放：001 张建国，食用油 5 升 ×2" in clerk.get(answer.location).get_data(as_text=True)
    assert status(session, waiting) == "fulfilled"
    again = clerk.get("/desk/pickup", query_string={"code": waiting.pickup_code})
    assert again.status_code == 409
    assert "已经领走了。东西不要再给" in again.get_data(as_text=True)


def test_a_scanner_that_reads_twice_gives_nothing_away(session: Session, clerk: Client, waiting: Receipt) -> None:
    answer = clerk.submit(f"/desk/pickup?code={waiting.pickup_code}", action="/pickup/", next=str(waiting.pickup_code))
    assert f"code={waiting.pickup_code}" in answer.location
    assert status(session, waiting) == "reserved"


def test_a_door_card_says_whose_and_the_code_is_still_asked(
    app: Flask, session: Session, village: Made, clerk: Client, waiting: Receipt
) -> None:
    given: dict[str, Any] = {"household_id": village.household.id, "card_key": app.config["CARD_KEY"], "now": NOW}
    url = card.url_of("https://x.cn", "sx", card.issue(session, village.clerk, key="d", **given).token, printed=True)
    address = f"/desk/pickup?code={url}"
    refused = clerk.submit(address, action="/pickup/", next="")
    assert refused.status_code == 422
    assert "请他报 6 位领取码" in refused.get_data(as_text=True)
    assert status(session, waiting) == "reserved"
    assert clerk.submit(address, action="/pickup/", next=str(waiting.pickup_code)).location.endswith("/desk/pickup")
    assert status(session, waiting) == "fulfilled"


def test_another_village_s_card_and_one_s_own_household_are_refused(
    app: Flask, session: Session, village: Made, clerk: Client, waiting: Receipt
) -> None:
    other = factories.make_village(session, "zz")
    given: dict[str, Any] = {"household_id": other.household.id, "card_key": app.config["CARD_KEY"], "now": NOW}
    token = card.issue(session, other.clerk, key="d", **given).token
    page = clerk.get("/desk/pickup", query_string={"code": f"https://x.cn/q/zz/{token}"})
    assert (page.status_code, "别的村的码牌" in page.get_data(as_text=True)) == (404, True)
    village.users["clerk"].household_id = village.household.id
    session.commit()
    page = clerk.get("/desk/pickup", query_string={"code": waiting.pickup_code})
    assert page.status_code == 403


def test_a_counter_is_opened_with_its_people_and_goods(
    session: Session, village: Made, clerk: Client, oil: Reward
) -> None:
    staff = village.users["counter"].id
    typed = {"name": "东头小店", "place": "新联路 12 号", "hours": "上午", "staff": str(staff), "takes_rest": "y"}
    assert clerk.submit("/desk/counters/new", **typed).status_code == 302
    (made,) = session.scalars(select(Counter)).all()
    assert session.scalars(select(CounterStaff.user_id)).all() == [staff]
    assert session.scalars(select(RewardCounter.reward_id)).all() == [oil.id]
    page = clerk.get("/desk/counters").get_data(as_text=True)
    assert "东头小店" in page
    refused = clerk.submit(f"/desk/counters/{made.id}", is_active=[])
    assert "还有 1 样商品放在这个窗口" in refused.get_data(as_text=True)


def test_a_shelf_is_counted_and_put_right(
    session: Session, village: Made, clerk: Client, oil: Reward, waiting: Receipt
) -> None:
    address = clerk.submit("/desk/stocktakes", action="/stocktakes", note="年底").location
    assert UUID(address.rsplit("/", 1)[1])
    wrong = clerk.submit(address, action=address, **{f"counted-{oil.id}": "八"})
    assert "「八」读不懂" in wrong.get_data(as_text=True)
    answer = clerk.submit(address, action=address, **{f"counted-{oil.id}": "8"})
    page = clerk.get(answer.location).get_data(as_text=True)
    assert "1 样不一样" in page
    unexplained = clerk.submit(answer.location, action="/close")
    assert "请写明原因" in unexplained.get_data(as_text=True)
    closed = clerk.submit(answer.location, action="/close", **{f"reason-{oil.id}": "碎了一瓶"})
    assert "1 样商品的库存按数的改好了" in clerk.get(closed.location).get_data(as_text=True)
    session.rollback()
    session.refresh(oil)
    assert oil.stock == 6  # nine came, two wait, one broke
    history = clerk.get(f"/desk/rewards/{oil.id}/stock").get_data(as_text=True)
    assert "盘点：碎了一瓶" in history


def test_the_catalogue_is_searched_sorted_and_narrowed(
    session: Session, village: Made, clerk: Client, oil: Reward
) -> None:
    typed = {"code": "R9", "name": "冬被", "points": "300", "cost_cents": "￥45.5", "supplier": "供销社"}
    assert clerk.submit("/desk/rewards/new", **typed, offered_from="2099-01-01").status_code == 302
    assert "45.5 元" in clerk.get("/desk/rewards?q=供销").get_data(as_text=True)
    for query, first in (("?sort=-points", "冬被"), ("?sort=points", "食用油"), ("?sort=-cost", "冬被")):
        page = clerk.get(f"/desk/rewards{query}").get_data(as_text=True)
        assert page.index(first) == min(page.index("冬被"), page.index("食用油")), query
    shut = clerk.get("/desk/rewards?state=shut").get_data(as_text=True)
    assert "冬被" in shut
    assert "食用油" not in shut
    refused = clerk.submit("/desk/rewards/new", **{**typed, "code": "R8", "cost_cents": "四十"})
    assert "请填多少元" in refused.get_data(as_text=True)
