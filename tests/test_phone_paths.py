"""What a villager comes for, from the scan on, on a cheap phone: with scripts and without, in plain and large type."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from tests import factories, phones
from tests.factories import NOW, TODAY, Made
from tests.safety import SOAK
from villagepoints.models import Claim, LedgerEntry, Objection, Redemption
from villagepoints.services import card, posting
from villagepoints.services.posting import Item

pytestmark = [
    pytest.mark.browser,
    pytest.mark.parametrize("database", ["sqlite"], indirect=True),
]


@pytest.fixture
def door(session: Session, village: Made, app: Flask) -> card.PrintedCard:
    """The card of a household that earned 65 points; there is salt for 8."""
    for hours, day in ((4, 12), (4, 13), (4, 14), (1, 15)):
        wanted = Item(code="D1", occurred_on=TODAY.replace(day=day), quantity=hours, note="河道保洁")
        asked = {"household_id": village.household.id, "wanted": wanted, "now": NOW}
        posting.record(session, village.clerk, key=f"e{day}", **asked)  # type: ignore[arg-type]
    factories.make_reward(session, village.id, points=8, stock=5, name="食盐 1包")
    household_id, key = village.household.id, app.config["CARD_KEY"]
    return card.issue(session, village.clerk, household_id=household_id, card_key=key, key="card", now=NOW)


@pytest.fixture
def page(chromium: Any, served: str, view: str, javascript: bool) -> Iterator[Any]:
    context = phones.context(chromium, served, {"view": view}, javascript=javascript)
    yield context.new_page()
    context.close()


# what an elder sees without scripts differs by its type alone, which tests/test_phone_measures.py looks at
@pytest.mark.parametrize(
    ("view", "javascript"),
    [("plain", False), ("elder", True), *([("plain", True), ("elder", False)] if SOAK else [])],
    ids=lambda value: value if isinstance(value, str) else "script" if value else "no-script",
)
def test_from_the_scan_over_goods_and_a_claim_to_an_objection(
    view: str, page: Any, served: str, door: card.PrintedCard, village: Made, session: Session
) -> None:
    scan(page, f"{served}/q/sx/{door.token}", door.opening_code, view)
    assert page.locator(".balance").inner_text() == "65"

    redeem(page, view)
    code = re.sub(r"\D", "", page.locator(".pickup-code").inner_text())
    assert now(session, select(Redemption.pickup_code)) == code

    page.goto(f"{served}/my/earn")
    page.get_by_role("link", name="申报D2").click()
    page.locator("#note").fill("帮邻居晒稻谷")
    page.get_by_role("button", name="报上去").click()
    assert "帮邻居晒稻谷" in page.locator("main").inner_text()
    assert now(session, select(Claim.note).where(Claim.item_code == "D2")) == "帮邻居晒稻谷"

    page.goto(f"{served}/my/")
    page.get_by_role("link", name="记录").first.click()
    page.get_by_role("link", name="提异议").first.click()
    page.get_by_role("textbox").first.fill("那天我做了两个小时，不是一个。")
    page.get_by_role("button", name="提上去").click()
    page.wait_for_url("**/my/objections/*")
    found = now(session, select(Objection))
    assert (found.words, found.household_id) == ("那天我做了两个小时，不是一个。", village.household.id)

    page.goto(f"{served}/q/sx/{door.token}")
    assert page.locator(".balance").inner_text() == "57"
    assert now(session, select(LedgerEntry.points).where(LedgerEntry.kind == "redemption")) == -8


def now(session: Session, statement: Any) -> Any:
    """The one thing that the database holds now."""
    session.rollback()
    session.expire_all()
    return session.scalars(statement).one()


def scan(page: Any, address: str, opening_code: str, view: str) -> None:
    """Scan, the slip's code, and a PIN; in large type the PIN is asked for twice on two pages."""
    page.goto(address)
    page.get_by_label("开门码").fill(opening_code)
    page.get_by_role("button", name="打开").click()
    page.get_by_label("6 位密码").fill("271828")
    if view == "elder":
        page.get_by_role("button", name="下一步").click()
    page.get_by_label("再填一次").fill("271828")
    page.get_by_role("button", name="记住了").click()


def redeem(page: Any, view: str) -> None:
    """Two packets of salt: in plain type ticked in a list, in large type one question a page."""
    page.get_by_role("link", name="换").first.click()
    if view == "elder":
        page.get_by_role("link", name="食盐").first.click()
        page.get_by_role("button", name=re.compile("^1 件")).click()
    else:
        page.locator("label.pick", has_text="食盐").click()
        page.get_by_role("button", name="选好了").click()
    page.get_by_role("button", name="确认兑换").click()
