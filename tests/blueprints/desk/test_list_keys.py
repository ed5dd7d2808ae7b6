"""The desk's lists by keyboard in a real browser: walking, choosing, searching, and nothing typed is lost."""

from typing import Any

import pytest
from sqlalchemy.orm import Session

from tests.factories import Made, make_household, signed_in
from villagepoints.domain.actor import CLERK


@pytest.mark.browser
@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_a_list_is_walked_searched_and_chosen_from_by_keyboard_alone(
    chromium: Any, served: str, app: Any, session: Session, village: Made
) -> None:
    for n in range(4):
        make_household(session, village.id, f"h{n:02d}")
    serializer = app.session_interface.get_signing_serializer(app)
    cookie = {"name": "session", "value": serializer.dumps(signed_in(village.users[CLERK])), "url": served}
    context = chromium.new_context(viewport={"width": 1366, "height": 768}, locale="zh-CN")
    context.add_cookies([cookie])
    page, complaints = context.new_page(), []
    page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    page.goto(f"{served}/desk/households")

    def at() -> str:
        return str(page.evaluate("document.activeElement.textContent.trim()"))

    page.keyboard.press("ArrowDown")
    assert at() == "001"
    page.keyboard.press("x")
    page.keyboard.press("ArrowDown")
    page.keyboard.press(" ")
    page.keyboard.press("ArrowUp")
    assert at() == "001"
    assert page.locator("input[name=row]:checked").count() == 2
    assert page.locator("[data-count]").inner_text() == "勾了 2 行"
    page.keyboard.press("Escape")
    assert page.evaluate("document.activeElement === document.body")
    page.keyboard.press("?")
    assert page.locator("dialog[open]").is_visible()
    page.keyboard.press("Escape")
    assert page.locator("dialog[open]").count() == 0

    page.keyboard.press("/")
    page.keyboard.type("h0")
    page.wait_for_url("**q=h0**")
    assert page.locator("[data-rows] tbody tr").count() == 4
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    assert at() == "h01"
    page.keyboard.press("Enter")
    page.wait_for_url("**/desk/households/**")

    # ticks are no loss; what is typed into a form that writes is
    page.goto(f"{served}/desk/rewards/new")
    page.keyboard.press("Tab")
    page.locator("input[name=name]").focus()
    page.keyboard.type("大米")
    asked: list[str] = []
    page.on("dialog", lambda dialog: (asked.append(dialog.type), dialog.accept()))
    page.goto(f"{served}/desk/households")
    assert asked == ["beforeunload"]
    page.keyboard.press("ArrowDown")
    page.keyboard.press("x")
    page.keyboard.press("/")
    page.keyboard.type("q")
    page.goto(f"{served}/desk/ledger")
    assert asked == ["beforeunload"]
    assert complaints == []
    context.close()
