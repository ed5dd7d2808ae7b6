"""The desk's first page and its navigation."""

import re
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

from flask import Flask
from sqlalchemy.orm import Session

from tests.factories import NOW, TODAY, Made, make_household, make_reward
from tests.pages import Client
from villagepoints.domain.actor import ADMIN, CLERK, COUNTER
from villagepoints.services import claim, last_copy, posting, redemption
from villagepoints.services.posting import Item

HONOUR = Item(code="B4", occurred_on=TODAY, grade="区级", occasion="最美志愿者")


def earn(session: Session, village: Made, times: int = 1) -> None:
    for n in range(times):
        wanted = Item(code="D4", occurred_on=TODAY, grade="献血")
        posting.record(
            session, village.clerk, key=f"earn{n}", household_id=village.household.id, wanted=wanted, now=NOW
        )


def test_the_totals_are_in_sight_and_follow_every_entry(session: Session, village: Made, clerk: Client) -> None:
    assert ">0</span>" in clerk.get("/desk/").get_data(as_text=True)
    earn(session, village, 30)
    make = make_reward(session, village.id, points=1000)
    lines = [(make.id, 1)]
    redemption.reserve(session, village.villager(), household_id=village.household.id, lines=lines, key="r", now=NOW)
    page = clerk.get("/desk/").get_data(as_text=True)
    for figure in ("1,500", "1,000", "500", "100.0%", "1 / 3"):
        assert f'<span class="figure">{figure}</span>' in page, figure


def test_what_waits_is_counted_and_leads_to_its_list(session: Session, village: Made, clerk: Client) -> None:
    claim.propose(session, village.clerk, key="p", household_id=village.household.id, wanted=HONOUR, now=NOW)
    page = clerk.get("/desk/").get_data(as_text=True)
    assert '<a href="/desk/claims"><span class="count ">1</span>' in page
    assert '<span class="badge-count">1</span>' in page


def test_when_nothing_waits_the_page_says_so(app: Flask, village: Made, clerk: Client) -> None:
    assert "账本该备份了" in clerk.get("/desk/").text
    copied(app, NOW)
    page = clerk.get("/desk/").text
    assert "账本该备份了" not in page
    assert "今天没有等着办的。" in page


def test_a_copy_of_yesterday_is_due_again_for_those_who_see_to_it(
    app: Flask, village: Made, clerk: Client, as_role: Callable[[str], Client]
) -> None:
    copied(app, NOW - timedelta(hours=25))
    assert "上次是 6月14日" in clerk.get("/desk/").text
    assert "上次是 6月14日" in clerk.get("/desk/settings").text
    assert "账本该备份了" not in as_role(COUNTER).get("/desk/").text


def copied(app: Flask, at: datetime) -> None:
    last_copy.was_made(Path(app.config["INSTANCE"]), at)


def test_points_are_drawn_by_category_group_and_share(session: Session, village: Made, clerk: Client) -> None:
    assert "记过账以后" in clerk.get("/desk/").text
    earn(session, village, 3)
    make = make_reward(session, village.id, points=40)
    actor, household = village.actor("counter"), village.household.id
    lines = [(make.id, 1)]
    given = {"household_id": household, "lines": lines, "channel": "counter", "proxy_name": "", "now": NOW}
    redemption.serve(session, actor, key="served", **given)
    page = clerk.get("/desk/").text
    drawn = re.findall(r'<caption class="hidden-label">(.*?)</caption>.*?<tbody>(.*?)</tbody>', page, re.DOTALL)
    tables = {caption: re.findall(r">([^<>]*)</t[dh]>", body) for caption, body in drawn}
    assert tables["每月产生与兑换的积分"] == ["6月", "150", "40"]
    assert tables["各类产生的积分"][-2:] == ["公益共治", "150"]
    assert tables["各组产生与兑换的积分"] == ["没有分组", "150", "40"]
    assert tables["每月村民自己兑换的百分比"] == ["6月", "0"]


def test_a_page_costs_the_same_however_many_households_there_are(
    session: Session, village: Made, clerk: Client, statements: list[str]
) -> None:
    earn(session, village)
    clerk.get("/desk/")
    statements.clear()
    clerk.get("/desk/")
    few = len(statements)
    for n in range(30):
        household = make_household(session, village.id, f"h{n}")
        wanted = Item(code="D2", occurred_on=TODAY)
        posting.record(session, village.clerk, key=f"h{n}", household_id=household.id, wanted=wanted, now=NOW)
    clerk.get("/desk/")
    statements.clear()
    clerk.get("/desk/")
    assert len(statements) == few
    assert few <= 8


def test_the_navigation_shows_only_what_one_may_open(as_role) -> None:  # type: ignore[no-untyped-def]
    shown = {role: as_role(role).get("/desk/").get_data(as_text=True) for role in (CLERK, COUNTER, ADMIN)}
    assert 'href="/desk/users"' in shown[ADMIN]
    assert 'href="/desk/users"' not in shown[CLERK]
    assert 'href="/desk/entry"' in shown[CLERK]
    assert 'href="/desk/entry"' not in shown[COUNTER]


def test_no_page_carries_inline_style_or_script(village: Made, clerk: Client) -> None:
    for path in ("/desk/", "/desk/households", "/desk/redemptions", f"/desk/households/{village.household.id}"):
        page = clerk.get(path).get_data(as_text=True)
        assert "style=" not in page
        assert "onclick" not in page
        assert "<script>" not in page
