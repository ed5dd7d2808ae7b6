"""A weak signal on a cheap phone: nothing is redeemed twice, nothing typed is lost, the last balance stays readable."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask
from playwright.sync_api import Error
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from tests import factories, phones
from tests.factories import Made
from tests.services.test_redemption import give
from villagepoints.models import Claim, Phone, Redemption, Reward
from villagepoints.services import phone

pytestmark = [
    pytest.mark.browser,
    pytest.mark.parametrize("database", ["sqlite"], indirect=True),
]
KEPT = """async () => {
  const kept = await caches.open('home');
  return (await kept.keys()).map(one => new URL(one.url).pathname);
}"""
SEND = """([action, fields]) => {
  const form = document.createElement('form');
  form.method = 'post'; form.action = action;
  for (const name in fields) {
    const field = document.createElement('input');
    field.type = 'hidden'; field.name = name; field.value = fields[name]; form.append(field);
  }
  document.body.append(form); form.submit();
}"""
WITH_AND_WITHOUT = pytest.mark.parametrize("javascript", [True, False], ids=["script", "no-script"])


@pytest.fixture
def wire(app: Flask) -> phones.Wire:
    return phones.Wire(app)


@pytest.fixture
def address(wire: phones.Wire) -> Iterator[str]:
    with phones.at_the_end_of(wire) as address:
        yield address


@pytest.fixture
def cookies(session: Session, village: Made) -> dict[str, str]:
    """A phone that is open for a household with 300 points; there is salt for 8."""
    give(session, village, 300)
    factories.make_reward(session, village.id, points=8, stock=200, name="食盐 1包")
    return {"home": factories.remember_phone(session, village.household)}


@pytest.fixture
def page(chromium: Any, address: str, cookies: dict[str, str], javascript: bool) -> Iterator[Any]:
    context = phones.context(chromium, address, cookies, javascript=javascript)
    yield context.new_page()
    context.close()


def choose_salt(page: Any, address: str, session: Session) -> None:
    """As the catalogue's form leads on."""
    salt = session.scalars(select(Reward.id)).one()
    page.goto(f"{address}/my/redeem/check?want={salt}&pieces-{salt}=1")


def confirm(page: Any) -> Any:
    return page.get_by_role("button", name="确认兑换")


def lose(wire: phones.Wire, page: Any, button: Any) -> None:
    """Press; the village does it and its answer never arrives."""
    wire.cuts = 10  # the browser tries again by itself
    with page.expect_event("requestfailed", lambda request: request.method == "POST"):
        button.click(no_wait_after=True)
    page.wait_for_url("chrome-error://**")  # until it is there whole: before, the browser cannot go back
    wire.cuts = 0


def redeemed(session: Session) -> int:
    session.rollback()
    return session.scalar(select(func.count()).select_from(Redemption)) or 0


@WITH_AND_WITHOUT
@pytest.mark.parametrize("way", ["back", "reload"])
def test_a_redemption_whose_answer_got_lost_is_done_once(
    way: str, wire: phones.Wire, page: Any, address: str, session: Session
) -> None:
    choose_salt(page, address, session)
    lose(wire, page, confirm(page))
    assert redeemed(session) == 1
    if way == "back":
        page.go_back()
        confirm(page).click()
    else:
        page.reload()
    assert page.locator(".pickup-code").is_visible()
    assert len(wire.posts) >= 2
    assert redeemed(session) == 1


@WITH_AND_WITHOUT
def test_two_taps_and_a_step_back_redeem_once(wire: phones.Wire, page: Any, address: str, session: Session) -> None:
    choose_salt(page, address, session)
    confirm(page).dblclick()
    page.locator(".pickup-code").wait_for()
    page.go_back()
    confirm(page).click()
    page.locator(".pickup-code").wait_for()
    assert redeemed(session) == 1


@pytest.mark.parametrize("javascript", [True])
def test_choosing_the_same_again_is_a_second_redemption(page: Any, address: str, session: Session) -> None:
    for _ in range(2):
        choose_salt(page, address, session)
        confirm(page).click()
        page.locator(".pickup-code").wait_for()
    assert redeemed(session) == 2


@pytest.mark.parametrize("javascript", [True])
def test_what_was_typed_survives_a_lost_answer_a_reload_and_another_page(
    wire: phones.Wire, page: Any, address: str, session: Session
) -> None:
    form, words = f"{address}/my/claims/new?item=D2", "帮邻居晒稻谷，忙了一个下午"
    page.goto(form)
    page.locator("#note").fill(words)
    page.reload()
    assert page.locator("#note").input_value() == words
    lose(wire, page, page.get_by_role("button", name="报上去"))
    page.goto(f"{address}/my/")
    page.goto(form)
    assert page.locator("#note").input_value() == words
    page.get_by_role("button", name="报上去").click()
    page.wait_for_url("**/my/claims/*-*")
    session.rollback()
    assert session.scalar(select(func.count()).select_from(Claim)) == 1
    page.goto(form)
    assert page.locator("#note").input_value() == ""


@pytest.mark.parametrize("javascript", [True])
def test_no_pin_is_kept(page: Any, address: str, app: Flask, clock: factories.Clock, session: Session) -> None:
    clock.now += factories.timedelta(hours=1)
    choose_salt(page, address, session)
    page.locator("#pin").fill("271828")
    kept = page.evaluate("() => JSON.stringify(sessionStorage) + JSON.stringify(localStorage)")
    confirm(page).click()
    page.wait_for_load_state()
    kept += page.evaluate("() => JSON.stringify(sessionStorage) + JSON.stringify(localStorage)")
    assert "271828" not in kept


def at_home_with_a_worker(page: Any, address: str) -> None:
    page.goto(f"{address}/my/")
    page.evaluate("() => navigator.serviceWorker.ready")
    page.wait_for_function("async () => await caches.match('/my/') && await caches.match('/my/', {cacheName: 'home'})")


@pytest.mark.parametrize("javascript", [True])
@pytest.mark.parametrize("view", ["plain", "elder"])
def test_without_a_signal_the_home_page_is_as_it_was_last_seen_with_its_date(
    view: str, page: Any, address: str, app: Flask, session: Session, village: Made
) -> None:
    page.context.add_cookies([{"name": "view", "value": view, "url": address}])
    at_home_with_a_worker(page, address)
    page.goto(f"{address}/my/records")
    page.context.set_offline(True)
    page.goto(f"{address}/my/")
    assert page.locator(".balance").inner_text() == "300"
    said = page.locator("#last-seen")
    assert re.search(r"\d+月\d+日 \d\d:\d\d 看到的", said.inner_text()), said.inner_text()
    assert page.evaluate("() => getComputedStyle(document.body).backgroundColor") == "rgb(247, 245, 239)"
    page.context.set_offline(False)
    give(session, village, 20)
    page.goto(f"{address}/my/")
    assert page.locator(".balance").inner_text() == "320"
    assert said.is_hidden()
    kept = page.evaluate(KEPT)
    assert sorted(kept) == ["/my/", "/static/css/phone.css", "/static/css/tokens.css"]


@pytest.mark.parametrize("javascript", [True])
def test_without_a_signal_a_form_stays_with_what_was_typed_and_says_so(page: Any, address: str) -> None:
    page.goto(f"{address}/my/requests/new/idea")
    page.fill("textarea", "路灯再亮一点")
    page.context.set_offline(True)
    page.get_by_role("button", name="告诉村里").click()
    said = page.get_by_text("现在没有信号，还没有交上去")
    said.wait_for()
    assert page.input_value("textarea") == "路灯再亮一点"
    page.context.set_offline(False)
    said.wait_for(state="detached")
    page.get_by_role("button", name="告诉村里").click()
    page.wait_for_url("**/my/requests/*filed=1")


@pytest.mark.parametrize("javascript", [True])
@pytest.mark.parametrize("where", ["here", "from elsewhere"])
def test_a_forgotten_phone_keeps_nothing(where: str, page: Any, address: str, session: Session, village: Made) -> None:
    at_home_with_a_worker(page, address)
    phone_id = session.scalars(select(Phone.id)).one()
    if where == "here":
        token = page.request.get(f"{address}/my/claims/new?item=D2").text().partition('csrf_token" value="')[2]
        form = {"csrf_token": token.partition('"')[0], "key": "forget"}
        page.evaluate(SEND, [f"/my/phones/{phone_id}/forget", form])
        page.wait_for_url("**/v/sx/*")
    else:
        phone.forget_phones(session, village.villager(), only=phone_id, now=factories.NOW)
        assert page.goto(f"{address}/my/").status == 403
    page.goto(f"{address}/v/sx/")
    page.wait_for_function("async () => !(await caches.match('/my/'))")
    page.context.set_offline(True)
    with pytest.raises(Error, match="ERR_"):
        page.goto(f"{address}/my/")
