"""Large type in a real browser: one question a page, everything readable aloud, the size chosen on the first page."""

from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from tests import factories
from tests.blueprints.test_phone import PIN, set_pin
from tests.factories import NOW, TODAY, Clock, Made
from tests.services.test_redemption import give
from villagepoints.models import Redemption
from villagepoints.services import card, posting
from villagepoints.services.phone import FRESH
from villagepoints.services.posting import Item

pytestmark = [pytest.mark.browser, pytest.mark.parametrize("database", ["sqlite"], indirect=True)]
ASKED = "() => document.querySelectorAll('input:not([type=hidden]), select, textarea').length"
LISTEN = "window.heard = []; window.speechSynthesis.speak = words => window.heard.push(words.text)"


@pytest.fixture
def elder(chromium: Any, served: str, session: Session, village: Made) -> Iterator[Any]:
    """A phone of the elder's household, which never chose a size."""
    home = factories.remember_phone(session, village.households[2])
    context = chromium.new_context(viewport={"width": 360, "height": 640}, base_url=served)
    context.add_cookies([{"name": "home", "value": home, "url": served}])
    page = context.new_page()
    page.set_default_timeout(5000)
    page.add_init_script(LISTEN)
    yield page
    context.close()


def test_goods_are_taken_one_question_a_page(
    elder: Any, app: Any, session: Session, village: Made, clock: Clock
) -> None:
    give(session, village, 300, index=2)
    factories.make_reward(session, village.id, points=20, stock=5, name="食盐")
    village.households = village.households[2:]
    set_pin(app, session, village)
    clock.now += FRESH
    elder.goto("/my/redeem")
    asked = [elder.evaluate(ASKED)]
    for words in ("要这个", "2 件", "就换这些"):
        elder.get_by_text(words).first.click()
        elder.wait_for_load_state()
        asked.append(elder.evaluate(ASKED))
    elder.fill("#pin", PIN)
    elder.get_by_text("确认兑换").click()
    elder.wait_for_selector(".pickup-code")
    assert asked == [0, 0, 0, 1]
    assert [row.points for row in session.scalars(select(Redemption))] == [40]


def test_the_balance_and_each_entry_are_read_aloud(elder: Any, session: Session, village: Made) -> None:
    deed = Item(code="D4", occurred_on=TODAY, grade="义务维修", note="修路灯")
    asked = {"household_id": village.households[2].id, "wanted": deed, "now": NOW}
    posting.record(session, village.clerk, key="d", **asked)  # type: ignore[arg-type]
    heard = []
    for path in ("/my/", "/my/records"):
        elder.goto(path)
        for button in elder.query_selector_all("[data-say]"):
            button.click()
        heard += elder.evaluate("window.heard")
    assert heard == ["你家现在有 20 分。", "6月15日，修路灯，得了 20 分。"]


def test_without_a_voice_there_is_nothing_to_press(elder: Any) -> None:
    elder.add_init_script("delete window.SpeechSynthesisUtterance")
    elder.goto("/my/")
    assert not elder.is_visible("[data-say]")


def test_the_size_is_offered_behind_the_scanned_code_grows_and_is_remembered(
    chromium: Any, served: str, app: Any, session: Session, village: Made
) -> None:
    asked = {"household_id": village.household.id, "card_key": app.config["CARD_KEY"], "key": "c", "now": NOW}
    printed = card.issue(session, village.clerk, **asked)
    page = chromium.new_page(base_url=served, viewport={"width": 360, "height": 640})
    page.set_default_timeout(5000)
    size = "() => parseFloat(getComputedStyle(document.body).fontSize)"
    page.goto(f"/q/sx/{printed.token}")
    sizes = [page.evaluate(size)]
    for words in ("换成长辈版", "字再大一点"):
        page.get_by_text(words).click()
        page.wait_for_load_state()
        sizes.append(page.evaluate(size))
    page.goto("/v/sx/rules")
    sizes.append(page.evaluate(size))
    page.close()
    assert sizes == [17, 24, 30, 30]
