"""The lists that answer while somebody types, in a real browser, and without its script."""

from typing import Any

import pytest
from sqlalchemy.orm import Session

from tests.factories import Made, make_household, signed_in
from villagepoints.domain.actor import CLERK


@pytest.mark.browser
@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
@pytest.mark.parametrize("scripts", [True, False])
def test_a_household_is_found_by_keyboard_alone(
    chromium: Any, served: str, app: Any, session: Session, village: Made, scripts: bool
) -> None:
    for n in range(30):
        make_household(session, village.id, f"h{n:02d}")
    serializer = app.session_interface.get_signing_serializer(app)
    cookie = {"name": "session", "value": serializer.dumps(signed_in(village.users[CLERK])), "url": served}
    context = chromium.new_context(java_script_enabled=scripts)
    context.add_cookies([cookie])
    page, complaints = context.new_page(), []
    page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    page.goto(f"{served}/desk/entry?item=D1")
    page.keyboard.type("张建国")
    if scripts:
        page.wait_for_selector("#found a")
        assert page.locator("#found a").count() == 1
        page.goto(f"{served}/desk/")
        page.keyboard.press("/")
        page.keyboard.type("张建国")
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/desk/households/{village.household.id}**")
    assert complaints == []
    context.close()
