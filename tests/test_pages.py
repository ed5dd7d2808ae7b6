"""Every page in a real browser: nothing serious for assistive technology, nothing sideways, nothing blocked."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from sqlalchemy.orm import Session

from tests import factories
from tests.factories import NOW, TODAY, Made
from tests.services.test_redemption import give, reserve
from villagepoints.domain.standing import PERSUADED
from villagepoints.models import Finding
from villagepoints.services import card, claim, posting, user
from villagepoints.services.posting import Item

pytestmark = [
    pytest.mark.browser,
    pytest.mark.parametrize("database", ["sqlite"], indirect=True),
]
PHONE, DESK = {"width": 360, "height": 640}, {"width": 1366, "height": 768}
AS_LARGE = """factor => { for (const node of document.querySelectorAll('body *')) {
    node.dataset.size = parseFloat(getComputedStyle(node).fontSize); }
  for (const node of document.querySelectorAll('body *')) node.style.fontSize = node.dataset.size * factor + 'px'; }"""
SIDEWAYS = "() => document.documentElement.scrollWidth - document.documentElement.clientWidth"


@pytest.fixture
def filled(session: Session, village: Made) -> Made:
    """The village with something on every page."""
    give(session, village, 300)
    wanted = Item(code="D1", occurred_on=TODAY, quantity=2, note="河道保洁志愿服务 2 小时")
    common = {"household_id": village.household.id, "now": NOW}
    posting.record(session, village.clerk, key="k1", wanted=wanted, **common)  # type: ignore[arg-type]
    honour = Item(code="B4", occurred_on=TODAY, grade="区级", occasion="最美志愿者", document="荣誉证书")
    claim.propose(session, village.clerk, key="k2", wanted=honour, **common)  # type: ignore[arg-type]
    finding = {"rulebook_version": 1, "item_code": "A1", "found_on": TODAY, "note": "宅前屋后有 1 处乱堆物"}
    session.add(
        Finding(
            village_id=village.id,
            household_id=village.household.id,
            status=PERSUADED,
            rectify_by=TODAY,
            counts_on=TODAY,
            recorded_at=NOW,
            **finding,
        )
    )
    session.commit()
    factories.make_reward(session, village.id, points=200, stock=5, name="食用油 5L")
    salt = factories.make_reward(session, village.id, points=8, stock=200, name="食盐 1包")
    reserve(session, village, "k3", (salt.id, 2))
    return village


@pytest.fixture
def look(chromium: Any, served: str) -> Iterator[Callable[..., list[str]]]:
    """Open pages in a browser of that size with these cookies; whatever is wrong with them, in 1.5 × type as well."""
    contexts: list[Any] = []

    def faults(paths: list[str], size: dict[str, int], cookies: dict[str, str], *, large: bool = True) -> list[str]:
        context = chromium.new_context(viewport=size, locale="zh-CN")
        contexts.append(context)
        context.add_cookies([{"name": n, "value": v, "url": served} for n, v in cookies.items()])
        page, said = context.new_page(), list[str]()
        page.on("console", lambda line: said.append(line.text) if line.type == "error" else None)
        page.on("pageerror", lambda error: said.append(str(error)))
        found: list[str] = []
        for path in paths:
            answer = page.goto(served + path)
            assert answer.status == 200, f"{path}: {answer.status}"
            found += [f"{path}: {fault}" for fault in _faults(page, large)]
        return found + said

    yield faults
    for context in contexts:
        context.close()


def _faults(page: Any, large: bool) -> Iterator[str]:
    for one in Axe().run(page).response["violations"]:
        if one["impact"] in ("serious", "critical"):
            yield f"{one['id']}: {one['nodes'][0]['html']}"
    if (over := page.evaluate(SIDEWAYS)) > 0:
        yield f"{over} px too wide"
    if large:
        page.evaluate(AS_LARGE, 1.5)
        if (over := page.evaluate(SIDEWAYS)) > 0:
            yield f"{over} px too wide in 1.5 × type"


@pytest.mark.parametrize("view", ["plain", "elder"])
@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_phone_s_pages(
    view: str, language: str, filled: Made, session: Session, look: Callable[..., list[str]]
) -> None:
    home = factories.remember_phone(session, filled.household)
    cookies = {"home": home, "view": view, "language": language}
    paths = ["/my/", "/my/records", "/my/redeem", "/my/earn", "/my/help", "/v/sx/", "/v/sx/rules"]
    assert look(paths, PHONE, cookies) == []


def test_the_door_for_a_stranger(filled: Made, session: Session, app: Any, look: Callable[..., list[str]]) -> None:
    asked = {"household_id": filled.household.id, "card_key": app.config["CARD_KEY"], "key": "c", "now": NOW}
    printed = card.issue(session, filled.clerk, **asked)
    path = f"/q/sx/{printed.token}"
    assert look([path], PHONE, {}) + look([path], PHONE, {"view": "elder"}) == []


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_desk_s_pages(
    language: str, filled: Made, session: Session, app: Any, look: Callable[..., list[str]]
) -> None:
    link = user.make_link(session, filled.actor("admin"), user_id=filled.users["clerk"].id, now=NOW)
    client = app.test_client()
    client.submit(f"/auth/link/{link}")
    cookies = {"language": language, "session": client.get_cookie("session").value}
    household = f"/desk/households/{filled.household.id}"
    paths = ["/desk/", "/desk/households", household, f"{household}/entry", f"{household}/entry?item=D1"]
    paths += ["/desk/claims", "/desk/redemptions", "/desk/rewards", "/desk/findings", "/desk/ledger"]
    paths += ["/desk/imports", "/desk/reports", "/desk/reports/2026-06", "/desk/cards", "/desk/counter"]
    assert look(paths, DESK, cookies, large=False) == []


def test_a_page_with_a_picture_without_words_is_caught(chromium: Any, database: str) -> None:
    """The negative control of the looking itself."""
    page = chromium.new_page()
    page.set_content("<html><body><main><img src='x'><div style='width:4000px'>…</div></main></body></html>")
    found = " ".join(_faults(page, large=False))
    assert "image-alt" in found
    assert "too wide" in found
    page.close()
