"""The month's close as pages: the list, the preview, paper and workbook, and the one button."""

from datetime import UTC, datetime
from io import BytesIO
from typing import Any

from python_calamine import CalamineWorkbook
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from tests import factories
from tests.factories import NOW, Clock, Made
from tests.pages import Client
from tests.services.test_month_close import MAY, cross, find
from villagepoints.domain.actor import COUNTER, REVIEWER
from villagepoints.models import LedgerEntry, MonthClose
from villagepoints.services import month_close

PAGE = "/desk/months/2026-05"


def text(client: Client, page: str = PAGE) -> str:
    answer = client.get(page)
    assert answer.status_code == 200
    return answer.get_data(as_text=True)


def entries(session: Session) -> int:
    session.rollback()
    return session.scalars(select(func.count()).select_from(LedgerEntry)).one()


def test_a_month_is_previewed_ticked_and_closed_and_the_household_sees_it(
    session: Session, village: Made, clerk: Client, app: Any
) -> None:
    find(session, village.household.id, "A1", 1, MAY.last)
    find(session, village.households[2].id, "A3", 1, MAY.last, "persuaded")
    page = text(clerk)
    assert "A1 −5" in page
    assert "还有 1 处劝导没有复查" in page
    refused = clerk.submit(PAGE, points="295")
    assert refused.status_code == 422
    assert "请先看一遍预览" in refused.get_data(as_text=True)
    assert entries(session) == 0
    answer = clerk.submit(PAGE, points="295", seen="y")
    assert "2026年5月结好了：3 户，295 分，都已入账" in text(clerk, answer.location)
    assert "已结账" in text(clerk, "/desk/months")
    session.rollback()
    home: Client = app.test_client()
    home.open_home(factories.remember_phone(session, village.household))
    assert "95" in text(home, "/my/")
    assert "已经结账" in text(clerk)


def test_a_second_press_posts_nothing_and_says_so(session: Session, village: Made, clerk: Client) -> None:
    form = {"points": "300", "seen": "y"}
    page = clerk.get(PAGE)
    sent = clerk.submit(PAGE, **form)
    assert sent.status_code == 302
    stale = page.get_data(as_text=True).split('name="key" type="hidden" value="')[1].split('"')[0]
    token = page.get_data(as_text=True).split('name="csrf_token" type="hidden" value="')[1].split('"')[0]
    answer = clerk.post(PAGE, data={**form, "key": stale, "csrf_token": token})
    assert "早就结过账了" in text(clerk, answer.location)
    assert entries(session) == 30


def test_what_stopped_half_way_goes_on_from_there(
    session: Session, village: Made, clerk: Client, monkeypatch: Any
) -> None:
    monkeypatch.setattr(month_close, "CHUNK", 1)
    month_close.begin(session, village.clerk, key="b", month=MAY, points=300, now=NOW)
    month_close.go_on(session, village.clerk, month=MAY, now=NOW)
    assert "结到一半" in text(clerk, "/desk/months")
    assert "已经记上的不会再记" in text(clerk)
    assert clerk.submit(PAGE, seen="y").status_code == 302
    assert entries(session) == 30
    session.rollback()
    assert session.scalars(select(MonthClose.points)).one() == 300


def test_this_month_waits_for_its_last_day_and_a_later_one_is_not_there(
    session: Session, village: Made, clerk: Client, clock: Clock
) -> None:
    assert "6月30日起才能结账" in text(clerk, "/desk/months/2026-06")
    assert clerk.get("/desk/months/2026-07").status_code == 404
    assert clerk.get("/desk/months/whenever").status_code == 404
    clock.now = datetime(2026, 6, 30, 10, tzinfo=UTC)
    assert clerk.submit("/desk/months/2026-06", seen="y").status_code == 302
    assert entries(session) == 30


def test_only_the_clerk_closes_and_the_shop_sees_nothing_of_it(session: Session, village: Made, as_role: Any) -> None:
    assert "seen" not in text(as_role(REVIEWER))
    assert as_role(REVIEWER).post(PAGE).status_code in (400, 403)
    assert as_role(COUNTER).get(PAGE).status_code == 403
    assert entries(session) == 0


def test_the_preview_on_paper_and_as_a_workbook(session: Session, village: Made, clerk: Client) -> None:
    find(session, village.household.id, "A1", 1, MAY.last)
    cross(session, village, village.households[1].id, MAY.last)
    paper = text(clerk, f"{PAGE}/print")
    assert "3 户要记基础分，共 195 分；其中 2 户少得，少 105 分" in paper
    assert "红线" in paper
    book = CalamineWorkbook.from_filelike(BytesIO(clerk.get(f"{PAGE}/preview.xlsx").data))
    rows = book.get_sheet_by_index(0).to_python()
    assert rows[0][:5] == ["户号", "户主", "组", "类型", "A1"]
    assert [(row[0], row[4], row[-2], row[-1]) for row in rows[1:]] == [
        ("001", 20, 95, 5),
        ("002", 0, 0, 100),
        ("003", 25, 100, 0),
    ]
