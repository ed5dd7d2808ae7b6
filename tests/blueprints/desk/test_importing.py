"""Import at the desk: look first, confirm, and take it back."""

import io
from datetime import date
from typing import Any

import pytest
from flask import Flask
from python_calamine import CalamineWorkbook
from sqlalchemy import func, select
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from tests.factories import Made, make_reward, make_village
from tests.pages import Client, forms
from tests.workbooks import EVENT_HEADER, xlsx
from villagepoints.domain.actor import ADMIN, CLERK, COUNTER, REVIEWER
from villagepoints.models import Household, ImportBatch, ImportSession, LedgerEntry
from villagepoints.services.importing import run
from villagepoints.services.rulebook import default_text, versions

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


def fields_of(page: str, name: str) -> dict[str, Any]:
    """The fields of the form on a page that has this one, each as it stands there."""
    return next({n: held[0] for n, held in form.fields.items() if held} for form in forms(page) if form.has([name]))


def test_cells_are_put_right_on_the_page_and_nobody_loses_what_another_typed(
    session: Session, village: Made, clerk: Client, as_role: Any
) -> None:
    page = preview(clerk, ROW, WRONG)
    ours, theirs = (fields_of(clerk.get(page).get_data(as_text=True), "cell-0-A") for _ in range(2))
    done = clerk.post(f"{page}/cells?state=refused", data={**ours, "cell-0-A": "2026-05-06", "cell-0-B": "002"})
    assert done.location == f"{page}?state=refused"
    shown = as_role(ADMIN).get(f"{page}?state=new").get_data(as_text=True)
    assert "原来：5月6日" in shown
    assert "原来：999" in shown
    late = clerk.post(f"{page}/cells", data={**theirs, "cell-0-A": "2026-05-07"})
    assert late.status_code == 422
    assert "刚才被别人改过" in late.get_data(as_text=True)
    confirm(clerk, page)
    assert entries(session) == 2


def test_a_row_that_no_page_can_have_shown_is_passed_over(session: Session, village: Made, clerk: Client) -> None:
    page = preview(clerk, ROW, WRONG)
    fields = fields_of(clerk.get(page).get_data(as_text=True), "cell-0-A")
    row = '{"sheet": "%s", "row": %s, "cells": %s, "private": []}'
    cells = '{"A": "x"}'
    for was in (row % ("表", "1e999", cells), row % ("\\ud800", 2, cells), row % ("表", 2, '[[5, "x"]]'), "[" * 9999):
        answer = clerk.post(f"{page}/cells", data={**fields, "was-0": was, "key": f"k{len(was)}"})
        assert answer.status_code == 302, was[:60]
    assert session.scalars(select(ImportSession.edits)).one() == {}
    assert clerk.get(page).status_code == 200


def test_an_identity_number_is_typed_anew_and_never_shown_whole(session: Session, village: Made, clerk: Client) -> None:
    number = "310112196001011230"
    content = f"户号,姓名,身份证号\n001,张建国,{number}".encode()
    page = upload(clerk, content, kind="roster", name="册.csv").location
    shown = clerk.get(page).get_data(as_text=True)
    assert number not in shown
    assert "310…1230" in shown
    fields = fields_of(shown, "cell-0-C")
    clerk.post(f"{page}/cells", data=fields)
    assert session.scalars(select(ImportSession.edits)).one() == {}, "an empty field leaves it as it is"
    clerk.post(f"{page}/cells", data={**fields_of(clerk.get(page).get_data(as_text=True), "cell-0-C"), "cell-0-C": "1"})
    assert "1" in clerk.get(page).get_data(as_text=True)


def test_columns_are_chosen_on_a_page_of_their_own(session: Session, village: Made, clerk: Client) -> None:
    rows = [["日子", "门牌", "什么事", "多少"], ["2026-05-05", "001", "D1", 15]]
    page = upload(clerk, xlsx({"明细": rows, "备忘": [["随便"]]})).location
    assert "指给它看哪一列是什么" in clerk.get(page).get_data(as_text=True)
    chosen = {"use-0": "1", "column-0-day": "0", "column-0-household": "1", "column-0-item": "2"}
    missing = clerk.submit(f"{page}/columns", **chosen)
    assert "「明细」还没有选：分值" in missing.get_data(as_text=True)
    assert clerk.submit(f"{page}/columns", **chosen, **{"column-0-points": "3"}).location == page
    assert "确认，记上 1 行" in clerk.get(page).get_data(as_text=True)
    nothing = fields_of(clerk.get(f"{page}/columns").get_data(as_text=True), "use-0") | {"use-0": ""}
    assert "一张表也没有勾" in clerk.post(f"{page}/columns", data=nothing).get_data(as_text=True)


def test_leaving_the_page_loses_nothing_and_a_better_file_takes_its_place(village: Made, clerk: Client) -> None:
    first = preview(clerk, WRONG)
    listed = clerk.get("/desk/imports").get_data(as_text=True)
    assert "还没导完的" in listed
    assert first in listed
    better = clerk.submit(first, action="/file", file=(io.BytesIO(xlsx({"明细": [EVENT_HEADER, ROW]})), "好了.xlsx"))
    assert "换下了没导完的「五月明细.xlsx」（加减分明细）" in clerk.get(better.location).get_data(as_text=True)
    assert clerk.get(first).location == "/desk/imports"
    assert clerk.submit(better.location, action="/drop").location == "/desk/imports"
    assert "还没导完的" not in clerk.get("/desk/imports").get_data(as_text=True).replace("没导完的那一份", "")


def test_a_long_file_is_worked_out_while_the_page_says_so(app: Flask, village: Made, clerk: Client) -> None:
    app.config["PATIENCE"] = 0
    page = preview(clerk, ROW)
    waiting = clerk.get(page)
    assert "正在核对" in waiting.get_data(as_text=True)
    assert waiting.headers["Refresh"] == f"1; url={page}"
    app.config["PATIENCE"] = 60
    assert "确认，记上 1 行" in clerk.get(page).get_data(as_text=True)


def test_a_list_taken_out_of_the_desk_changes_nothing(session: Session, village: Made, clerk: Client) -> None:
    make_reward(session, village.id)
    confirm(clerk, preview(clerk, ROW))
    lists = (("roster", "/desk/households?out=xlsx"), ("rewards", "/desk/imports/templates/rewards-now.xlsx"))
    for kind, path in lists:
        taken = clerk.get(path).data
        shown = clerk.get(upload(clerk, taken, kind=kind, name="导出.xlsx").location).get_data(as_text=True)
        assert "以前都导入过了" in shown, kind
        assert "要核对" not in shown
    ledger = clerk.get("/desk/ledger?out=xlsx").data
    shown = clerk.get(upload(clerk, ledger, name="账.xlsx").location).get_data(as_text=True)
    assert "从积分账里导出来的" in shown


def test_a_rule_book_comes_in_by_the_administrator_alone(
    session: Session, village: Made, clerk: Client, as_role: Any
) -> None:
    book = default_text().replace("effective_on =", "effective_on = 2026-07-01 #", 1).encode()
    admin = as_role(ADMIN)
    page = upload(admin, book, kind="rulebook", name="办法.toml").location
    assert clerk.get(page).status_code == 403
    assert admin.get(f"{page}/columns").location == page
    assert "这种表导进去以后不能收回" in admin.get(page).get_data(as_text=True)
    batch = confirm(admin, page).location
    assert "收回这次导入" not in admin.get(batch).get_data(as_text=True)
    assert len(versions(session, village.id)) == 2


def test_a_fault_of_the_program_is_said_and_waits_for_nothing(
    village: Made, clerk: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(run, "find_tables", lambda *_: 1 / 0)
    monkeypatch.setattr("threading.excepthook", lambda *_: None)
    assert "程序出了错" in clerk.get(preview(clerk, ROW)).get_data(as_text=True)
