"""Import at the desk: look first, confirm, and take it back."""

import io
from datetime import date
from typing import Any

import pytest
from python_calamine import CalamineWorkbook
from sqlalchemy import func, select
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from tests.factories import Made, make_village
from tests.pages import Client, forms
from tests.workbooks import EVENT_HEADER, xlsx
from villagepoints.domain.actor import ADMIN, CLERK, COUNTER, REVIEWER
from villagepoints.models import Household, ImportBatch, LedgerEntry

pytestmark = pytest.mark.parametrize("database", ["sqlite"], indirect=True)
ROW: list[Any] = [date(2026, 5, 5), "001", "张建国", "D1", 15, "河道保洁3小时", "俞文书"]
WRONG: list[Any] = ["5月6日", "999", "谁", "D1", 15, "河道保洁", "俞文书"]


def upload(client: Client, content: bytes, *, kind: str = "events", name: str = "五月明细.xlsx") -> TestResponse:
    return client.submit("/desk/imports", kind=kind, file=(io.BytesIO(content), name))


def preview(client: Client, *rows: list[Any]) -> str:
    """Upload these rows; the address of their preview."""
    answer = upload(client, xlsx({"明细": [EVENT_HEADER, *rows]}))
    assert answer.status_code == 302
    return answer.location


def confirm(client: Client, page: str) -> TestResponse:
    """The last yes, as it stands on the page."""
    (form,) = (form for form in forms(client.get(page).get_data(as_text=True)) if form.has(["seen"]))
    return client.post(form.action, data=form.fields)


def entries(session: Session) -> int:
    session.rollback()
    return session.scalar(select(func.count()).select_from(LedgerEntry)) or 0


def test_a_file_is_looked_at_confirmed_and_taken_back(session: Session, village: Made, clerk: Client) -> None:
    page = preview(clerk, ROW, [*ROW[:5], "第二件", "俞文书"])
    shown = clerk.get(page).get_data(as_text=True)
    assert "五月明细.xlsx" in shown
    assert "确认，记上 2 行" in shown
    assert "D1 当天最多 20 分" in shown
    assert entries(session) == 0

    done = confirm(clerk, page)
    assert entries(session) == 2
    batch_page = clerk.get(done.location).get_data(as_text=True)
    assert "＋30" in batch_page
    assert "D1 当天最多 20 分" in batch_page
    assert "五月明细.xlsx" in clerk.get("/desk/imports").get_data(as_text=True)

    missing = clerk.submit(done.location, action="take-back", reason=" ")
    assert missing.status_code == 422
    assert "请写明为什么收回" in missing.get_data(as_text=True)
    assert clerk.submit(done.location, action="take-back", reason="导错月份").status_code == 302
    assert "冲正 2 条记录" in clerk.get("/desk/imports").get_data(as_text=True)
    assert "导错月份" in clerk.get(done.location).get_data(as_text=True)
    assert entries(session) == 4
    assert session.scalars(select(Household.balance)).all() == [0, 0, 0]


def test_refused_rows_are_listed_and_come_back_in_the_table_itself(
    session: Session, village: Made, clerk: Client
) -> None:
    page = preview(clerk, ROW, WRONG)
    shown = clerk.get(page).get_data(as_text=True)
    assert "有 1 行不能记" in shown
    assert "日期没有写年份" in shown
    assert "确认，记上" not in shown
    answer = clerk.get(f"{page}/problems.xlsx")
    rows = CalamineWorkbook.from_filelike(io.BytesIO(answer.data)).get_sheet_by_index(0).to_python()
    assert rows[1][:7] == ROW
    assert rows[1][7] == ""
    assert "花名册里没有户号 999" in rows[2][7]
    assert entries(session) == 0


@pytest.mark.parametrize(
    ("content", "name", "words"),
    [
        (b"%PDF-1.7", "表.pdf", "不是 Excel"),
        (b"PK\x03\x04", "表.xlsx", "坏了"),
        (xlsx({"x": [["日期", "分值"], ["2026-1-1", 5]]}), "<b>x</b>.xlsx", "户号／户编号／门牌号"),
        (b"", "空.xlsx", "空的"),
    ],
)
def test_an_unusable_file_says_why_on_its_preview(
    village: Made, clerk: Client, content: bytes, name: str, words: str
) -> None:
    shown = clerk.get(upload(clerk, content, name=name).location)
    assert shown.status_code == 200
    assert words in shown.get_data(as_text=True)
    assert "<b>x</b>" not in shown.get_data(as_text=True)


def test_a_form_without_file_or_kind_says_so(village: Made, clerk: Client) -> None:
    answer = clerk.submit("/desk/imports", action="imports", file=(io.BytesIO(b""), ""))
    assert answer.status_code == 422
    shown = answer.get_data(as_text=True)
    assert "请选一个文件" in shown
    assert "请选这是什么表" in shown


def test_a_second_click_on_confirm_changes_nothing(session: Session, village: Made, clerk: Client) -> None:
    page = preview(clerk, ROW)
    form = next(form for form in forms(clerk.get(page).get_data(as_text=True)) if form.has(["seen"]))
    first, second = clerk.post(page, data=form.fields), clerk.post(page, data=form.fields)
    assert first.location == second.location
    assert entries(session) == 1
    assert clerk.get(page).location == first.location
    again = clerk.get(preview(clerk, ROW)).get_data(as_text=True)
    assert "以前都导入过了" in again
    assert "确认，记上" not in again


def test_other_roles_and_other_villages_get_nothing(
    session: Session, village: Made, clerk: Client, client: Client, as_role: Any
) -> None:
    batch = confirm(clerk, preview(clerk, ROW)).location
    page = preview(clerk, [*ROW[:5], "又一次"])
    assert as_role(REVIEWER).get("/desk/imports").status_code == 200
    assert as_role(ADMIN).get(page).status_code == 200
    for role, path in ((COUNTER, "/desk/imports"), (REVIEWER, page), (COUNTER, batch)):
        assert as_role(role).get(path).status_code == 403, (role, path)
    other = make_village(session, "qt")
    client.sign_in(other.users[CLERK])
    for path in (page, f"{page}/columns", f"{page}/problems.xlsx", batch, "/desk/imports/preview/..%2f..%2fsecret.key"):
        assert client.get(path).status_code == 404, path
    assert session.scalars(select(ImportBatch.village_id)).all() == [village.id]
