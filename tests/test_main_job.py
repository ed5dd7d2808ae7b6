"""The main job in a real browser: scan → PIN → points → redeem → the desk hands over → the month's report shows it."""

import re
from typing import Any

import pytest
from sqlalchemy.orm import Session

from tests import factories
from tests.factories import NOW, TODAY, Made
from villagepoints.services import card, posting, reward, user
from villagepoints.services.posting import Item

pytestmark = pytest.mark.browser


def door(session: Session, village: Made, app: Any) -> card.PrintedCard:
    """The first household's card, as it is printed."""
    household_id = village.household.id
    key = app.config["CARD_KEY"]
    return card.issue(session, village.clerk, household_id=household_id, card_key=key, key="card", now=NOW)


def test_from_the_scan_of_a_door_to_the_month_report(
    app: Any, served: str, chromium: Any, session: Session, village: Made
):
    for hours, day in ((4, 12), (4, 13), (4, 14), (1, 15)):
        wanted = Item(code="D1", occurred_on=TODAY.replace(day=day), quantity=hours, note="河道保洁")
        values = {"household_id": village.household.id, "wanted": wanted, "now": NOW}
        posting.record(session, village.clerk, key=f"e{day}", **values)  # type: ignore[arg-type]
    salt = factories.make_reward(session, village.id, points=8, stock=5, name="食盐 1包", code="R07")
    factories.make_reward(session, village.id, points=200, stock=5, name="食用油 5L", code="R01")
    printed = door(session, village, app)

    phone = chromium.new_context(viewport={"width": 360, "height": 640}, locale="zh-CN").new_page()
    phone.goto(f"{served}/q/{village.code}/{printed.token}")
    assert printed.token not in phone.url
    phone.get_by_label("开门码").fill(printed.opening_code)
    phone.get_by_role("button", name="打开").click()
    phone.get_by_label("6 位密码").fill("271828")
    phone.get_by_label("再填一次").fill("271828")
    phone.get_by_role("button", name="记住了").click()
    assert phone.locator(".balance").inner_text() == "65"
    assert "河道保洁" in phone.content()

    phone.get_by_role("link", name="去兑换").click()
    phone.locator("label.pick", has_text="食盐").click()
    phone.get_by_label("要几件").first.select_option("2")
    phone.get_by_role("button", name="选好了").click()
    assert "49 分" in phone.locator("main").inner_text()
    phone.get_by_role("button", name="确认兑换").click()
    code = re.sub(r"\D", "", phone.locator(".pickup-code").inner_text())
    assert len(code) == 6
    assert phone.locator(".pickup-qr svg").is_visible()

    desk = chromium.new_context(viewport={"width": 1366, "height": 768}, locale="zh-CN").new_page()
    clerk = user.make_link(session, village.actor("admin"), user_id=village.users["clerk"].id, now=NOW)
    desk.goto(f"{served}/auth/link/{clerk}")
    desk.locator("main form button, form button").first.click()
    desk.get_by_role("navigation").first.get_by_role("link", name="兑换").click()
    desk.get_by_label("领取码", exact=False).first.fill(code)
    desk.keyboard.press("Enter")
    assert "食盐 1包 ×2" in desk.locator("main").inner_text()
    desk.get_by_role("button", name="确认发放").click()
    desk.get_by_text("已发放").first.wait_for()

    phone.reload()
    assert "已经领走了" in phone.content()
    desk.goto(f"{served}/desk/reports/2026-06")
    report = desk.locator("main").inner_text()
    assert "65" in report
    assert re.search(r"食盐 1包\s+2\s+16", report), report
    session.rollback()
    session.expire_all()
    assert reward.one(session, village.id, salt.id).stock == 3
