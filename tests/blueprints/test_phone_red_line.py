"""A household that crossed a red line reads on its phone what happened, until when, and how it gets out of it."""

from datetime import timedelta

import pytest
from sqlalchemy.orm import Session

from tests import factories
from tests.factories import NOW, TODAY, Clock, Made
from tests.pages import Client
from tests.services.test_redemption import give, reserve
from villagepoints.services import red_line, red_line_repair
from villagepoints.services.red_line import Crossed
from villagepoints.services.red_line_repair import Way

pytestmark = pytest.mark.parametrize("database", ["sqlite"], indirect=True)  # the services run on both


def page(client: Client, path: str) -> str:
    answer = client.get(path)
    assert answer.status_code == 200
    return answer.get_data(as_text=True)


def test_the_household_is_told_at_each_step(session: Session, village: Made, client: Client, clock: Clock) -> None:
    give(session, village, 300)
    salt = factories.make_reward(session, village.id, points=10, name="食盐")
    pickup = reserve(session, village, "early", (salt.id, 1))
    client.open_home(factories.remember_phone(session, village.household))
    assert "去兑换" in page(client, "/my/")
    crossed = Crossed("R2", TODAY, "处罚决定书 12 号", "聚众赌博")
    asked = {"household_id": village.household.id, "crossed": crossed, "now": NOW}
    case_id = red_line.record(session, village.clerk, key="r", **asked)  # type: ignore[arg-type]
    assert "还没认定" in page(client, "/my/")
    assert "什么都没有变" in page(client, "/my/red-lines")

    red_line.confirm(session, village.reviewer, key="c", case_id=case_id, now=NOW)
    home = page(client, "/my/")
    assert "9月15日起可换" in home
    assert "去兑换" not in home
    shop = page(client, "/my/redeem")
    assert "9月15日起可以再换" in shop
    assert "选好了" not in shop
    assert page(client, f"/my/redeem/{pickup.redemption_id}").count("已经给你留好了") == 1

    told = page(client, "/my/red-lines")
    assert "聚众赌博" in told
    assert "处罚决定书 12 号" in told
    assert "每 10 小时，早一个月恢复" in told
    for kind, hours in (("put_right", 0), ("pledge", 0), ("service", 12)):
        way = Way(kind, TODAY, hours)
        step_id = red_line_repair.add_step(session, village.clerk, key=kind, case_id=case_id, way=way, now=NOW)
        settled = {"case_id": case_id, "step_id": step_id, "counts": True, "now": NOW}
        red_line_repair.settle_step(session, village.reviewer, key=f"{kind}c", **settled)  # type: ignore[arg-type]
    told = page(client, "/my/red-lines")
    assert "2026年8月15日" in told
    assert "再做 8 小时早一个月" in told

    clock.now += timedelta(days=62)
    assert "去兑换" in page(client, "/my/"), "the day after the pause a kept page is not taken for current"
    assert "停兑已经过去了" in page(client, "/my/red-lines")


def test_a_household_sees_nobody_else_s_red_line(session: Session, village: Made, client: Client) -> None:
    asked = {"household_id": village.households[1].id, "crossed": Crossed("R1", TODAY, note="焚烧"), "now": NOW}
    red_line.record(session, village.clerk, key="r", **asked)  # type: ignore[arg-type]
    client.open_home(factories.remember_phone(session, village.household))
    assert "没有碰过红线" in page(client, "/my/red-lines")
    assert "还没认定" not in page(client, "/my/")
