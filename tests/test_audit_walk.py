"""The walk of an audit on a phone whose signal goes in the middle: nothing is lost, nothing is done twice."""

from collections.abc import Iterator
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from PIL import Image
from playwright.sync_api import expect
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from tests import factories, phones
from tests.audits import make_audit, make_supervisors
from tests.factories import Made, make_household, make_reward
from tests.pages import Client
from tests.services.test_red_line import post_base
from villagepoints.models import Audit, AuditItem, AuditLook, Evidence, StaffDevice, Supervisor, User
from villagepoints.services import posting

pytestmark = [
    pytest.mark.browser,
    pytest.mark.parametrize("database", ["sqlite"], indirect=True),
]
FLUSH = "() => window.outbox.flush()"
KEPT = "async () => (await (await caches.open('walk')).keys()).map(one => new URL(one.url).pathname)"
STORED = """async () => {
  const records = await window.outbox.all();
  return JSON.stringify(records.map(one => [one.fields, one.label])) + document.documentElement.innerHTML
    + [...document.querySelectorAll('template')].map(one => one.innerHTML).join('');
}"""


@pytest.fixture
def wire(app: Flask) -> phones.Wire:
    return phones.Wire(app)


@pytest.fixture
def address(wire: phones.Wire) -> Iterator[str]:
    with phones.at_the_end_of(wire) as address:
        yield address


@pytest.fixture
def members(session: Session, village: Made, clock: factories.Clock) -> list[Supervisor]:
    clock.now = datetime.now(UTC)  # a phone's clock is the real one
    members = make_supervisors(session, village)
    for device in session.scalars(select(StaffDevice)):
        device.last_seen_at = clock.now
    session.commit()
    return members


@pytest.fixture
def audit(session: Session, village: Made, members: list[Supervisor]) -> Audit:
    """Ten things to look at: five households, the first of them blind, four entries and salt."""
    post_base(session, village, {"A1": 15})
    homes = [village.household, *(make_household(session, village.id, f"5{n:02d}", group_no=n) for n in range(1, 5))]
    deed = posting.Item(code="D4", grade="义务维修", occurred_on=factories.TODAY, note="修路灯")
    seqs = []
    for place, home in enumerate(homes[:4]):
        posted = posting.record(
            session, village.clerk, key=f"e{place}", household_id=home.id, wanted=deed, now=factories.NOW
        )
        seqs.append(posted.seq)
    salt = make_reward(session, village.id, points=8, stock=20, name="食盐 1包")
    drawn: list[dict[str, Any]] = [{"household_id": home.id, "is_blind": home is homes[0]} for home in homes]
    drawn += [
        {"kind": "entry", "household_id": home.id, "entry_seq": seq} for home, seq in zip(homes, seqs, strict=False)
    ]
    drawn.append({"kind": "goods", "reason": "goods", "reward_id": salt.id})
    return make_audit(session, village, members, *drawn)


def signed_in(app: Flask, session: Session, member: Supervisor) -> dict[str, str]:
    client: Client = app.test_client()  # type: ignore[assignment]
    client.sign_in(session.get_one(User, (member.village_id, member.user_id)))
    kept = client.get_cookie("session")
    assert kept is not None
    return {"session": kept.value}


@pytest.fixture
def phone(chromium: Any, address: str, app: Flask, session: Session, members: list[Supervisor]) -> Iterator[Any]:
    context = phones.context(chromium, address, signed_in(app, session, members[0]))
    yield context
    context.close()


def photo(shade: int) -> dict[str, Any]:
    """A photo as a phone takes it; the first ones are larger than what is kept of it."""
    out = BytesIO()
    Image.new("RGB", (1800, 900) if shade < 50 else (400, 200), (shade, 120, 60)).save(out, "JPEG")
    return {"name": "IMG.jpg", "mimeType": "image/jpeg", "buffer": out.getvalue()}


def rows(session: Session) -> list[Any]:
    """Household or goods, result and photos of every look."""
    session.rollback()
    photos = func.count(Evidence.id)
    query = (
        select(AuditItem.position, AuditLook.result, photos)
        .join(AuditLook, AuditLook.item_id == AuditItem.id)
        .outerjoin(Evidence, Evidence.audit_look_id == AuditLook.id)
        .group_by(AuditItem.position, AuditLook.id, AuditLook.result)
        .order_by(AuditItem.position, AuditLook.looked_at)
    )
    return [tuple(row) for row in session.execute(query)]


def look(page: Any, items: list[AuditItem], number: int, button: str, note: str = "", *, picture: bool = True) -> None:
    """Open the item of that position from the list and record a look at it."""
    item = items[number - 1]
    page.evaluate(f"() => {{ location.hash = 'item-{item.id}'; }}")
    form = page.locator("#looking form")
    form.wait_for()
    assert str(item.id) in form.get_attribute("action")
    if picture:
        form.locator("[type=file]").set_input_files(photo(number * 20))
    if note:
        form.locator("[name=note]").fill(note)
    form.get_by_role("button", name=button).click()


def says(page: Any) -> Any:
    return page.locator("[data-says]")


def test_the_walk_goes_on_without_a_signal_and_every_look_arrives_once(
    phone: Any, address: str, audit: Audit, session: Session, wire: phones.Wire, tmp_path: Path
) -> None:
    items = list(session.scalars(select(AuditItem).order_by(AuditItem.position)))
    page, walk = phone.new_page(), f"{address}/supervision/audits/{audit.id}/walk"
    page.goto(f"{address}/supervision/audits/{audit.id}/walk?part=household")
    page.evaluate("() => navigator.serviceWorker.ready")
    page.reload()
    page.wait_for_function(f"async () => (await ({KEPT})()).some(one => /walk.js$/.test(one))")
    assert "15<" not in page.evaluate(STORED), "the books' points of a household to be scored blind"
    expect(says(page)).to_have_text("都发送了")

    look(page, items, 2, "对得上")
    look(page, items, 7, "说不准")
    expect(says(page)).to_have_text("都发送了")
    assert len(rows(session)) == 2

    phone.set_offline(True)
    look(page, items, 3, "对得上")
    look(page, items, 1, "打好了")
    expect(page.locator("#locked")).to_be_visible()
    expect(says(page)).to_contain_text("还有 2 件没发送")
    page.reload()
    expect(says(page)).to_contain_text("还有 2 件没发送")
    expect(page.locator("#last-seen")).to_contain_text("看到的")
    expect(page.locator("#locked")).to_be_visible()
    assert "15<" not in page.evaluate(STORED)
    look(page, items, 4, "对不上", picture=False)
    expect(page.locator("#looking [data-missing]")).to_be_visible()
    look(page, items, 4, "对不上", "门口堆着板")
    look(page, items, 5, "说不准")
    look(page, items, 8, "对得上")
    look(page, items, 9, "对得上")
    expect(says(page)).to_contain_text("还有 6 件没发送")
    assert len(rows(session)) == 2

    other = phone.new_page()
    other.goto(f"{walk}?part=household", wait_until="commit")
    expect(says(other)).to_contain_text("还有 6 件没发送")
    phone.set_offline(False)
    wire.cuts = 1  # the village does the first one, and the phone hears nothing of it
    for one in (page, other):  # both at once
        one.evaluate("() => { window.outbox.flush(); return null; }")
    while wire.cuts:
        page.wait_for_timeout(20)
    for one in (page, other, page, other):
        one.evaluate("() => { window.outbox.flush(); return null; }")
    expect(says(page)).to_have_text("都发送了", timeout=8000)
    other.close()
    assert len(rows(session)) == 8

    page.goto(f"{walk}?show=all#item-{items[0].id}")
    beside = page.locator("#looking .unlike")
    expect(beside).to_contain_text("15")
    look(page, items, 1, "对得上", picture=False)
    look(page, items, 6, "对得上")
    page.goto(f"{walk}?part=goods")
    page.locator(f"[data-opens=item-{items[9].id}]").click()
    page.locator("#looking [name=counted]").fill("20")
    page.get_by_role("button", name="数好了").click()
    expect(says(page)).to_have_text("都发送了")
    assert rows(session) == [
        (1, "unclear", 1),
        (1, "agree", 0),
        (2, "agree", 1),
        (3, "agree", 1),
        (4, "differ", 1),
        (5, "unclear", 1),
        (6, "agree", 1),
        (7, "unclear", 1),
        (8, "agree", 1),
        (9, "agree", 1),
        (10, "agree", 0),
    ]
    results = [item.result for item in session.scalars(select(AuditItem).order_by(AuditItem.position))]
    agree, differ, unclear = "agree", "differ", "unclear"
    assert results == [agree, agree, agree, differ, unclear, agree, unclear, agree, agree, agree]
    assert len(list((tmp_path / "instance/evidence").glob("*/*.jpg"))) == 9


def test_whoever_is_signed_out_or_signs_out_loses_nothing_unsaid(
    phone: Any, address: str, audit: Audit, app: Flask, session: Session, members: list[Supervisor]
) -> None:
    items = list(session.scalars(select(AuditItem).order_by(AuditItem.position)))
    page, walk = phone.new_page(), f"{address}/supervision/audits/{audit.id}/walk"
    page.goto(walk)
    page.evaluate("() => navigator.serviceWorker.ready")
    mine = phone.cookies()
    phone.clear_cookies()
    look(page, items, 2, "对得上", picture=False)
    expect(says(page)).to_contain_text("登录过期了，记下的都还在")
    sign_in = page.get_by_role("link", name="去登录")
    assert "/auth/sign-in?next=" in sign_in.get_attribute("href")

    other = signed_in(app, session, members[1])["session"]
    phone.add_cookies([{"name": "session", "value": other, "url": address}])
    page.goto(walk)
    expect(says(page)).to_contain_text("其中 1 件是别人用这部手机记的")
    assert rows(session) == [], "nobody sends another's under their own name"

    phone.clear_cookies()
    phone.add_cookies(mine)
    page.goto(walk)
    expect(says(page)).to_have_text("都发送了")
    assert rows(session) == [(2, "agree", 0)]

    page.goto(f"{walk}?part=household#item-{items[2].id}")
    page.evaluate("() => window.outbox.add(document.querySelector('#looking form'), null)")  # kept, and not sent yet
    page.goto(f"{address}/auth/account")
    page.get_by_role("button", name="退出", exact=True).click()
    expect(page.get_by_role("alert")).to_contain_text("还有 1 件没发送")
    page.wait_for_function("async () => await caches.has('walk')")
    page.get_by_role("button", name="退出", exact=True).click()
    page.wait_for_url("**/auth/sign-in")
    assert page.evaluate("async () => await caches.has('walk')") is False
    phone.add_cookies([{"name": "session", "value": other, "url": address}])
    page.goto(walk)
    expect(says(page)).to_have_text("都发送了")


def test_a_browser_without_a_store_keeps_the_words(phone: Any, address: str, audit: Audit, session: Session) -> None:
    items = list(session.scalars(select(AuditItem).order_by(AuditItem.position)))
    page, said = phone.new_page(), list[str]()
    page.add_init_script(
        "Object.defineProperty(window, 'indexedDB', {value: {open() { throw new Error('private'); }}});"
    )
    page.on("dialog", lambda dialog: (said.append(dialog.message), dialog.accept()))
    page.goto(f"{address}/supervision/audits/{audit.id}/walk")
    phone.set_offline(True)
    look(page, items, 4, "对不上", "门口堆着板")
    expect(says(page)).to_contain_text("还有 1 件没发送：没有信号")
    assert ["照片没有留" in sentence for sentence in said] == [True]
    assert "门口堆着板" in page.evaluate("() => localStorage.outbox")
    phone.set_offline(False)
    expect(says(page)).to_have_text("都发送了")
    assert rows(session) == [(4, "differ", 0)]


def test_what_is_refused_comes_back_with_its_sentence(phone: Any, address: str, audit: Audit, session: Session) -> None:
    items = list(session.scalars(select(AuditItem).order_by(AuditItem.position)))
    page = phone.new_page()
    page.goto(f"{address}/supervision/audits/{audit.id}/walk?part=household#item-{items[1].id}")
    page.locator("#looking [name=note]").fill("等一下拍照")
    page.reload()
    expect(page.locator("#looking [name=note]")).to_have_value("等一下拍照")
    phone.set_offline(True)
    look(page, items, 3, "对得上")
    look(page, items, 5, "说不准", "没有人在家", picture=False)
    expect(says(page)).to_contain_text("还有 2 件没发送：没有信号")
    audit.status = "concluded"
    session.commit()
    phone.set_offline(False)
    refused = page.locator("[data-refused-list] li")
    expect(refused).to_have_count(2)
    expect(refused.first).to_contain_text("已经写了结论，不能再补看")
    audit.status = "open"
    session.commit()
    page.goto(f"{address}/supervision/audits/{audit.id}/walk?part=household")
    refused.nth(1).get_by_role("link", name="打开改一改").click()
    note = page.locator("#looking [name=note]")
    expect(note).to_have_value("没有人在家")
    note.fill("邻居说一家都出门了")
    page.locator("#looking").get_by_role("button", name="说不准").click()
    expect(refused).to_have_count(1)
    drop = refused.get_by_role("button", name="不要了")
    drop.click()
    refused.get_by_role("button", name="真的不要了").click()
    expect(says(page)).to_have_text("都发送了")
    assert rows(session) == [(5, "unclear", 0)]
    assert session.scalars(select(AuditLook.note)).all() == ["邻居说一家都出门了"]
