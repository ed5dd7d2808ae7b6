"""A clerk's day by keyboard alone: find a household, record a deed, agree to a colleague's, hand goods over, walk a
list, take it home. In the demo village every day, among 10,000 households in the long run."""

import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from python_calamine import CalamineWorkbook
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from benchmarks import large
from tests import factories
from tests.databases import Databases, connect
from tests.pages import Client
from tests.safety import SOAK
from villagepoints.domain.actor import CLERK, Actor
from villagepoints.domain.calendar import village_date
from villagepoints.domain.claim import WAITING
from villagepoints.domain.redemption import FULFILLED
from villagepoints.models import Claim, Household, Redemption, Review, Reward, User, Village
from villagepoints.services import redemption, user, verify
from villagepoints.services.demo import writing

DESK = {"width": 1366, "height": 768}
KEYS = 40  # of the Tab key, from one thing to the next: more is no way to work
FOCUSED = """(() => { const one = document.activeElement;
  return one === document.body ? "" : (one.innerText || one.value || "").trim() })()"""


class Keyboard:
    """The clerk at a browser, without a mouse."""

    def __init__(self, page: Any) -> None:
        self.page = page

    def press(self, *keys: str) -> None:
        for key in keys:
            self.page.keyboard.press(key)

    def type(self, text: str) -> None:
        self.page.keyboard.type(text)

    def to(self, words: str) -> None:
        """Press Tab until what has these words has the focus."""
        for _ in range(KEYS):
            self.press("Tab")
            if words in self.page.evaluate(FOCUSED):
                return
        raise AssertionError(f"{words} is out of reach at {self.page.url}")

    def enter(self, words: str) -> None:
        """Go to it and press Enter; the next page is there when this returns."""
        self.to(words)
        with self.page.expect_navigation():
            self.press("Enter")

    def skip(self) -> None:
        """Past the navigation, by the first thing of every page."""
        self.to("跳到正文")
        self.press("Enter")

    def find(self, words: str) -> None:
        """What every page's search box is for."""
        with self.page.expect_navigation():
            self.press("/")
            self.type(f"{words}\n")

    def said(self) -> str:
        return str(self.page.inner_text("main"))


@pytest.fixture(params=[1046, 10_000] if SOAK else [1046])
def village(request: pytest.FixtureRequest, databases: Databases, tmp_path: Path) -> Iterator[tuple[Flask, Session]]:
    """The application on the demo village, or on that among 10,000 households."""
    clock = factories.Clock(large.NOW)
    if request.param == 10_000:
        app = large.made(tmp_path, clock)
        url = app.config["SQLALCHEMY_DATABASE_URI"]
    else:
        from villagepoints import create_app

        url = databases.fresh("sqlite", tmp_path)
        settings = {"DATABASE_URL": url, "INSTANCE": str(tmp_path / "instance"), "RATE_LIMIT": "0"}
        app = create_app(settings, TESTING=True, CLOCK=clock)
    app.test_client_class = Client
    engine = connect(url)
    with Session(engine, expire_on_commit=False) as session:
        writing.make(session, card_key=app.config["CARD_KEY"], now=large.NOW)
        yield app, session
    engine.dispose()
    with app.app_context():
        from villagepoints.extensions import db

        db.engine.dispose()


@pytest.fixture
def app(village: tuple[Flask, Session]) -> Flask:
    return village[0]


@pytest.fixture
def keyboard(village: tuple[Flask, Session], chromium: Any, served: str) -> Iterator[Keyboard]:
    _, session = village
    clerk = next(row for row in session.scalars(select(User).order_by(User.created_at)) if CLERK in row.roles)
    link = user.make_link(session, Actor(clerk.village_id), user_id=clerk.id, now=large.NOW)
    context = chromium.new_context(viewport=DESK, locale="zh-CN")
    context.set_default_timeout(60_000)
    page, complaints = context.new_page(), []
    page.on("console", lambda line: complaints.append(line.text) if line.type == "error" else None)
    page.goto(f"{served}/auth/link/{link}")
    page.wait_for_function("document.activeElement.tagName === 'BUTTON'")  # it has the focus, sooner or later
    with page.expect_navigation():
        page.keyboard.press("Enter")
    yield Keyboard(page)
    context.close()
    assert complaints == []


@pytest.mark.browser
def test_a_day_at_the_desk(village: tuple[Flask, Session], keyboard: Keyboard) -> None:
    _, session = village
    record_a_deed(keyboard, session)
    agree_to_a_colleague_s(keyboard, session)
    hand_goods_over(keyboard, session)
    walk_the_list_and_take_it_home(keyboard, session)
    session.rollback()
    assert list(verify.verify(session, session.scalars(select(Village)).one())) == []


def record_a_deed(keyboard: Keyboard, session: Session) -> None:
    """Three hours at the river by SX03005: found by its number, recorded, waiting for a second person."""
    before = waiting(session)
    keyboard.find("SX03005")
    keyboard.skip()
    keyboard.enter("记一笔")
    keyboard.skip()
    keyboard.enter("D2")
    keyboard.skip()
    keyboard.to("2026-11-20")
    keyboard.press("Tab")
    keyboard.type("帮邻居收稻")
    with keyboard.page.expect_navigation():
        keyboard.press("Enter")
    assert "审核" in keyboard.said()
    assert waiting(session) == before + 1


def agree_to_a_colleague_s(keyboard: Keyboard, session: Session) -> None:
    """The first claim on the list that the clerk may decide on, opened by the arrows."""
    before = session.scalar(select(func.count()).select_from(Review))
    keyboard.enter("审核")
    keyboard.press("ArrowDown")
    with keyboard.page.expect_navigation():
        keyboard.press("Enter")
    keyboard.skip()
    keyboard.enter("同意")
    session.rollback()
    assert session.scalar(select(func.count()).select_from(Review)) == before + 1


def hand_goods_over(keyboard: Keyboard, session: Session) -> None:
    """A villager shows six digits; the goods are given, one key for each step."""
    household = session.scalars(select(Household).where(Household.balance >= 300).order_by(Household.number)).first()
    assert household is not None
    salt = session.scalars(select(Reward).where(Reward.stock > 5).order_by(Reward.points)).first()
    assert salt is not None
    villager = Actor(household.village_id, household_id=household.id)
    lines = [(salt.id, 1)]
    made = redemption.reserve(
        session, villager, household_id=household.id, lines=lines, key="day", now=large.NOW
    ).redemption_id
    code = session.scalars(select(Redemption.pickup_code).where(Redemption.id == made)).one()
    keyboard.enter("兑换")
    keyboard.skip()
    keyboard.enter("扫码发放")
    with keyboard.page.expect_navigation():
        keyboard.type(f"{code}\n")
    assert household.number in keyboard.said()
    with keyboard.page.expect_navigation():
        keyboard.press("Enter")
    assert "已发放" in keyboard.said()
    session.rollback()
    assert session.scalars(select(Redemption.status).where(Redemption.id == made)).one() == FULFILLED


def walk_the_list_and_take_it_home(keyboard: Keyboard, session: Session) -> None:
    """The elders of group 2 by balance, the third opened and left again, the whole list as a workbook."""
    keyboard.enter("农户")
    page = keyboard.page
    keyboard.press("/")  # the list's own search, its filters behind it
    keyboard.press("Tab")
    keyboard.press("ArrowDown", "ArrowDown")
    with page.expect_navigation():
        keyboard.press("Enter")
    assert "group=2" in page.url
    keyboard.skip()
    keyboard.enter("余额")
    keyboard.press("ArrowDown", "ArrowDown", "ArrowDown")
    shown = page.evaluate(FOCUSED)
    with page.expect_navigation():
        keyboard.press("Enter")
    assert shown in keyboard.said()
    page.go_back()
    numbers = page.locator("[data-rows] tbody tr").count()
    keyboard.skip()
    keyboard.to("导出 Excel")
    with page.expect_download() as download:
        keyboard.press("Enter")
    rows = CalamineWorkbook.from_filelike(io.BytesIO(Path(download.value.path()).read_bytes())).get_sheet_by_index(0)
    of_group = select(func.count()).where(Household.group_no == 2, Household.left_on.is_(None))
    session.rollback()
    assert numbers <= (session.scalar(of_group) or 0) <= rows.height
    assert village_date(large.NOW).isoformat() in download.value.suggested_filename


def waiting(session: Session) -> int:
    session.rollback()
    return session.scalar(select(func.count()).where(Claim.status == WAITING)) or 0
