"""Every list of the desk: what its page shows, its workbook and its paper hold, in the same words and order."""

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from html.parser import HTMLParser
from io import BytesIO
from typing import Any
from uuid import uuid4

import pytest
from flask import Flask
from python_calamine import CalamineWorkbook
from sqlalchemy import update
from sqlalchemy.orm import Session

from tests.factories import NOW, TODAY, Made, make_household, make_user
from tests.pages import Client, forms
from tests.safety.test_route_role_village import side
from villagepoints.blueprints.desk.listing import LISTS
from villagepoints.domain.actor import CLERK, COUNTER
from villagepoints.domain.ledger import JOB, OPENING, Draft
from villagepoints.models import Household
from villagepoints.services import posting, saved_filter
from villagepoints.services.transaction import transaction

# Lists that this village has rows for only in another state than the page's own.
STATES = {"desk.ledger": "month=2026-06"}
# Lists whose page says more than their columns: their workbook holds what their paper does.
OWN_TABLES = ("desk.told",)
ATTACKS = (
    *("=1+1", "=cmd|' /C calc'!A0", "+1", "-1", "@SUM(1)", "\tTab", "\rCR", "a\nb", "'0012", "0012", "1e5", "1,000"),
    *(
        "👨‍👩‍👧",
        "\u202eabc",
        "a\u200bb",
        "\u2066x\u2069",
        "<script>alert(1)</script>",
        "&amp;",
        "_x0041_",
        "http://a.example",
    ),
    *("\ufeff王", " 前后 ", "𠮷野", "é", "#REF!", "TRUE", "2026-01-02", "{=1}", "%3D1", '"', "\\", "\x1b[31m", "\x0b"),
)


class Table(HTMLParser):
    """The rows of a page's list as they are read: a day or an instant as its machine form."""

    def __init__(self) -> None:
        super().__init__()
        self.rows: list[list[str]] = []
        self.total: list[str] = []
        self._into: list[str] | None = None
        self._depth = self._hidden = 0
        self._part = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag == "table" and ("data-rows" in given or given.get("class") == "figures"):
            self._depth = 1
        if not self._depth:
            return
        if tag in ("thead", "tbody", "tfoot"):
            self._part = tag
        elif tag == "tr":
            self._into = self.total if self._part == "tfoot" else []
            if self._part != "tfoot":
                self.rows.append(self._into)
        elif tag in ("td", "th") and self._into is not None:
            self._hidden = bool({"tick", "act"} & set((given.get("class") or "").split()))
            if not self._hidden:
                self._into.append("")
        elif tag == "time" and self._into:
            self._into[-1] += given["datetime"] or ""
            self._hidden = True

    def handle_endtag(self, tag: str) -> None:
        if tag == "table":
            self._depth = 0
        elif tag in ("time", "td", "th"):
            self._hidden = False

    def handle_data(self, data: str) -> None:
        if self._depth and self._into and not self._hidden:
            self._into[-1] += data


def on_page(client: Client, address: str) -> list[list[str]]:
    """Head and rows of a list's page, without the marks of its order."""
    answer = client.get(address)
    assert answer.status_code == 200, f"{address}: {answer.status}"
    table = Table()
    table.feed(answer.get_data(as_text=True))
    cells = [[cell.replace(" ↑", "").replace(" ↓", "").strip() for cell in row] for row in table.rows]
    return cells[:1] + [[_plain(cell) for cell in row] for row in cells[1:]]


def in_workbook(client: Client, address: str) -> list[list[Any]]:
    """The cells of its workbook; calamine would give a formula's value as empty."""
    answer = client.get(f"{address}{'&' if '?' in address else '?'}out=xlsx")
    assert "spreadsheetml" in answer.content_type, address
    return CalamineWorkbook.from_filelike(BytesIO(answer.data)).get_sheet_by_index(0).to_python()  # type: ignore[return-value]


def _plain(cell: str) -> str:
    number = cell.replace(",", "").replace("−", "-").replace("＋", "")
    return number if number.lstrip("-").isdigit() else cell


def as_read(rows: list[list[Any]]) -> list[list[str]]:
    """Cells of a workbook as the page writes them."""
    return [[_plain(str(int(cell)) if isinstance(cell, float) else str(cell).strip()) for cell in row] for row in rows]


@pytest.fixture
def lists(app: Flask, session: Session, village: Made, clerk: Client) -> Iterator[dict[str, str]]:
    """A village with one of everything, and the address of every list in it."""
    side(app, session, village, "本村")
    gone = make_household(session, village.id, number="099")
    gone.left_on, gone.left_reason = TODAY, "moved"
    session.commit()
    old = Draft(household_id=gone.id, kind=OPENING, points=7, occurred_on=TODAY, origin=JOB)
    soon = replace(old, household_id=village.households[2].id, occurred_on=date(2024, 6, 2))
    transaction(posting.post)(session, village.id, [old, soon], NOW)
    with app.test_request_context():
        yield {name: f"{app.url_for(name)}?{STATES.get(name, '')}" for name in LISTS}


def test_a_workbook_holds_what_the_page_shows(lists: dict[str, str], clerk: Client) -> None:
    empty = []
    for name, address in lists.items():
        page = on_page(clerk, f"{address}&out=paper" if name in OWN_TABLES else address)
        if len(page) < 2:
            empty.append(name)
        assert as_read(in_workbook(clerk, address)) == page or name in empty, name
    assert empty == [], "no rows here: say in STATES where they have some, or make some in `lists`"


def test_every_column_that_says_so_is_sorted_both_ways(lists: dict[str, str], clerk: Client) -> None:
    for name, address in lists.items():
        html = clerk.get(address).get_data(as_text=True)
        if html.count('name="row"') < 2:
            continue  # a single row is in every order
        found = re.findall(r"[?;]sort=-?(\w+)[^>]*>([^<↑↓]+)", html)
        for sort, head in found:
            rising, falling = (on_page(clerk, f"{address}&sort={sign}{sort}") for sign in ("", "-"))
            place = rising[0].index(head.strip())
            values = [row[place] for row in rising[1:]]
            assert [row[place] for row in falling[1:]] == values[::-1], (name, sort)


def test_paper_holds_the_same_without_links(lists: dict[str, str], clerk: Client) -> None:
    for name, address in lists.items():
        paper = clerk.get(f"{address}&out=paper").get_data(as_text=True)
        body = paper[paper.index("<tbody>") : paper.index("</tbody>")]
        assert "<a " not in body, name
        assert body.count("<tr") == len(on_page(clerk, address)[1:]), name


def test_no_list_sends_a_statement_for_each_row(
    lists: dict[str, str], session: Session, village: Made, clerk: Client, statements: list[str]
) -> None:
    before = {}
    for name, address in lists.items():
        statements.clear()
        clerk.get(address)
        before[name] = len(statements)
    assert max(before.values()) <= 14, before
    for number in range(20):
        make_household(session, village.id, number=f"X{number:03}")
    statements.clear()
    clerk.get("/desk/households")
    assert len(statements) <= before["desk.households"]


def test_whatever_a_household_is_called_its_name_comes_home_as_text(
    session: Session, village: Made, clerk: Client
) -> None:
    names = [*ATTACKS, "名" * 40]
    for number, name in enumerate(names):
        called = {"number": f"Z{number:03}", "head_name": name, "address": name, "balance": number % 7}
        session.add(Household(village_id=village.id, **called))
    session.commit()
    rows = {row[0]: row for row in in_workbook(clerk, "/desk/households?sort=name")}
    for number, name in enumerate(names):
        assert rows[f"Z{number:03}"][1] == name, repr(name)
    page = clerk.get("/desk/households?size=100").get_data(as_text=True)
    assert "<script>alert" not in page
    assert clerk.get("/desk/households?q=%00&group=%00&sort=%00&out=%00&only=%00").status_code == 200


def test_the_list_leads_home_only_who_may(as_role: Any, lists: dict[str, str]) -> None:
    counter: Client = as_role(COUNTER)
    answer = counter.get("/desk/households?out=xlsx")
    assert answer.mimetype == "text/html"
    assert "out=xlsx" not in answer.get_data(as_text=True)


def test_the_whole_filter_stands_on_the_paper(session: Session, village: Made, clerk: Client) -> None:
    session.execute(update(Household).where(Household.id == village.household.id).values(group_no=4, is_elder=True))
    session.commit()
    paper = clerk.get("/desk/households?group=4&elders=1&out=paper").get_data(as_text=True)
    assert "组：4组" in paper
    assert "老人：老人户" in paper
    assert "共 1 条" in paper


def test_a_filter_is_kept_under_a_name_renamed_and_forgotten(
    app: Flask, session: Session, village: Made, clerk: Client
) -> None:
    address = "/desk/households?group=4&sort=-balance"
    assert "chip-box" not in clerk.get("/desk/households").get_data(as_text=True)
    clerk.submit(address, action="/list-filters", name="四组", query="group=4&sort=-balance")
    page = clerk.get("/desk/households").get_data(as_text=True)
    assert 'href="/desk/households?group=4&amp;sort=-balance"' in page
    kept = saved_filter.of(session, village.clerk, "desk.households")
    session.rollback()
    assert [one.name for one in kept] == ["四组"]
    clerk.submit("/desk/households", action=str(kept[0].id), name="四组的户", act="rename")
    assert "四组的户" in clerk.get("/desk/households").get_data(as_text=True)
    other = app.test_client()
    other.sign_in(make_user(session, village.id, CLERK))  # type: ignore[attr-defined]
    assert "四组的户" not in other.get("/desk/households").get_data(as_text=True)
    clerk.submit("/desk/households", action=str(kept[0].id), act="remove")
    session.rollback()
    assert saved_filter.of(session, village.clerk, "desk.households") == []


def test_no_more_than_twenty_are_kept_and_only_of_lists(session: Session, village: Made, clerk: Client) -> None:
    pages = LISTS
    for number in range(20):
        given = {"key": f"k{number}", "page": "desk.ledger", "name": f"第{number}", "query": f"item=A{number}"}
        saved_filter.keep(session, village.clerk, **given, pages=pages, now=NOW)  # type: ignore[arg-type]
    answer = clerk.submit("/desk/ledger?item=D4", action="/list-filters", name="多了")
    assert "最多存 20 个" in clerk.get(answer.location).get_data(as_text=True)
    for wrong in ("desk.home", "auth.sign_in", "x"):
        token = {"list": wrong, "query": "a=1"}
        assert clerk.submit("/desk/ledger?item=D4", action="/list-filters", name="x", **token).status_code == 404, wrong


def test_the_chosen_rows_alone_come_home(session: Session, village: Made, clerk: Client) -> None:
    rows = [str(one.id) for one in village.households[:2]]
    answer = clerk.submit("/desk/households", action="/chosen", row=rows, act="take")
    assert [row[0] for row in as_read(in_workbook(clerk, answer.location))[1:]] == ["001", "002"]
    answer = clerk.submit("/desk/households", action="/chosen", act="take")
    assert "请先在表里勾选" in clerk.get(answer.location).get_data(as_text=True)


def test_statements_of_the_chosen_are_printed_in_their_order(village: Made, clerk: Client) -> None:
    rows = [str(one.id) for one in village.households[:2]]
    sure = clerk.submit("/desk/households", action="/chosen", row=rows, act="statements").get_data(as_text=True)
    assert "001 张建国" in sure
    form = next(form for form in forms(sure) if "household" in form.fields)
    assert form.method == "get"
    paper = clerk.get(form.action, query_string=form.fields).get_data(as_text=True)
    assert paper.count("积分对账单</h1>") == 2
    assert paper.index("张建国") < paper.index("李秀英")
    assert clerk.get("/desk/statements").status_code == 404
    assert clerk.get(f"/desk/statements?household={uuid4()}").status_code == 404


def test_an_act_that_is_not_there_or_not_theirs_is_not_done(as_role: Any, village: Made, clerk: Client) -> None:
    rows = [str(village.household.id)]
    assert clerk.submit("/desk/households", action="/chosen", row=rows, act="approve").status_code == 404
    assert clerk.submit("/desk/households", action="/chosen", row=["x"], act="statements").status_code == 422
    counter: Client = as_role(COUNTER)
    assert 'name="row"' not in counter.get("/desk/households").get_data(as_text=True)
