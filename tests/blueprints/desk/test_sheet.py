"""The score sheet as a page: a plain form without JavaScript, a spreadsheet with it."""

from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from tests import factories
from tests.factories import NOW, TODAY, Made
from tests.pages import Client, forms
from villagepoints.domain.actor import COUNTER, GRID_WORKER
from villagepoints.models import Finding, Household, MonthClose, User
from villagepoints.services import score_sheet


def text(client: Client, page: str = "/desk/sheet") -> str:
    answer = client.get(page)
    assert answer.status_code == 200
    return answer.get_data(as_text=True)


def cell(village: Made, code: str, household: int = 0) -> str:
    return f"{village.households[household].id}.{code}"


def findings(session: Session) -> int:
    session.rollback()
    return len(session.scalars(select(Finding)).all())


def test_a_sheet_is_typed_and_saved_as_a_form(session: Session, village: Made, clerk: Client) -> None:
    answer = clerk.submit("/desk/sheet", **{cell(village, "A1"): "\uff12\uff10", cell(village, "A3", 1): "8"})
    assert answer.status_code == 302
    page = text(clerk, answer.location)
    assert "存好了，3 户。第一次查到的 2 处先劝导" in page
    assert page.count("<i>劝</i>") == 2
    assert page.count("评过</span>") == 3
    assert findings(session) == 2


def test_what_cannot_be_saved_is_said_beside_its_row_and_everything_typed_is_kept(
    session: Session, village: Made, clerk: Client
) -> None:
    typed = {cell(village, "A1"): "23", cell(village, "A2"): "五", cell(village, "B1", 1): "0"}
    answer = clerk.submit("/desk/sheet?missing=1", **typed)
    page = answer.get_data(as_text=True)
    assert answer.status_code == 422
    assert "有 2 处要改，整张表都还没有存" in page
    assert "没有 23 分这一档，请填 25 或 20" in page
    kept = next(form for form in forms(page) if form.method == "post" and form.has(typed)).fields
    assert {name: kept[name] for name in typed} == {name: [value] for name, value in typed.items()}
    assert page.count('aria-invalid="true"') == 2
    assert findings(session) == 0


def test_the_row_somebody_changed_meanwhile_is_named_and_can_then_be_saved(
    session: Session, village: Made, clerk: Client
) -> None:
    shown = next(form for form in forms(text(clerk)) if form.method == "post" and form.has([cell(village, "A1")]))
    clerk.submit("/desk/sheet", **{cell(village, "A1"): "20"})
    answer = clerk.post("/desk/sheet", data={**shown.fields, cell(village, "A2", 2): "10"})
    page = answer.get_data(as_text=True)
    assert answer.status_code == 422
    assert "001 张建国 刚才被别人改过" in page
    again = next(form for form in forms(page) if form.method == "post" and form.has([cell(village, "A1")])).fields
    assert (again[cell(village, "A1")], again[cell(village, "A2", 2)]) == (["25"], ["10"])
    assert clerk.post("/desk/sheet", data={**again, cell(village, "A1"): "20"}).status_code == 302
    assert findings(session) == 2


def test_a_grid_worker_types_but_not_their_own_household(app: Flask, session: Session, village: Made) -> None:
    worker: Any = app.test_client()
    user = factories.make_user(session, village.id, GRID_WORKER)
    session.execute(update(User).where(User.id == user.id).values(household_id=village.households[1].id))
    session.commit()
    worker.sign_in(user)
    page = text(worker)
    assert "请同事填" in page
    assert cell(village, "A1", 1) not in page
    assert worker.submit("/desk/sheet", **{cell(village, "A1"): "20"}).status_code == 302


def test_the_shop_does_not_score(village: Made, as_role: Any) -> None:
    assert as_role(COUNTER).get("/desk/sheet").status_code == 403


def test_a_month_that_is_closed_is_only_shown(session: Session, village: Made, clerk: Client) -> None:
    session.add(MonthClose(village_id=village.id, month="2026-05", started_at=NOW))
    session.commit()
    page = text(clerk, "/desk/sheet?month=2026-05")
    assert "2026年5月已经结账" in page
    assert "存这一页" not in page
    assert "存这一页" in text(clerk, "/desk/sheet?month=2026-04")  # too long ago: the page shows this month


def test_the_first_group_comes_first_and_a_page_takes_a_fixed_number_of_statements(
    session: Session, village: Made, clerk: Client, statements: list[str]
) -> None:
    ids = factories.make_households(session, village.id, 40)
    session.execute(update(Household).where(Household.id.in_(ids)).values(group_no=2))
    session.execute(update(Household).where(Household.id.not_in(ids)).values(group_no=1))
    session.commit()
    text(clerk)  # the rule book is read once
    statements.clear()
    assert "n000000" not in text(clerk)
    few = len(statements)
    statements.clear()
    page = text(clerk, "/desk/sheet?group=2")
    assert ("n000039" in page, "张建国" in page) == (True, False)
    assert len(statements) == few


@pytest.mark.browser
@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_keys_move_a_block_is_pasted_and_totals_follow(
    village: Made, clerk: Client, served: str, chromium: Any, session: Session
) -> None:
    cookie = clerk.get_cookie("session")
    assert cookie is not None
    context = chromium.new_context(viewport={"width": 1366, "height": 768})
    context.add_cookies([{"name": "session", "value": cookie.value, "url": served}])
    page = context.new_page()
    asked: list[str] = []
    page.on("dialog", lambda dialog: (asked.append(dialog.type), dialog.dismiss()))
    page.goto(f"{served}/desk/sheet")
    first = page.locator("td input:not([type=hidden])").first
    first.focus()
    for key in ("2", "0", "ArrowRight", "1", "0", "Enter", "ArrowLeft"):
        page.keyboard.press(key)
    assert page.evaluate("document.activeElement.getAttribute('aria-label')") == "002 A1"
    page.evaluate(
        """() => { const data = new DataTransfer(); data.setData('text', '\uff11\uff15\\t5\\r\\n25\\t10\\n');
        document.activeElement.dispatchEvent(new ClipboardEvent('paste', {clipboardData: data, bubbles: true})); }"""
    )
    assert page.locator("tfoot [data-sum]").all_inner_texts()[:2] == ["60", "25"]
    assert page.locator("[data-total]").all_inner_texts() == ["90", "80", "95"]
    assert page.locator("td.less").count() == 5
    page.get_by_text("存这一页").click()
    page.wait_for_load_state()
    assert "第一次查到的 5 处先劝导" in page.locator(".said").inner_text()
    assert asked == []
    context.close()
    session.rollback()
    notes = session.scalars(select(Finding.note).where(Finding.found_on == TODAY)).all()
    assert notes == [score_sheet.NOTE] * 5
