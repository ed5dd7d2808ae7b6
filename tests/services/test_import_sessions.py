"""A file on its way in: kept until it is in, put right on its page, by two clerks at once, replaced, dropped."""

import io
import os
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from python_calamine import CalamineWorkbook
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from tests.factories import NOW, Made, make_reward
from tests.workbooks import BASE, EVENT_HEADER, FULL_SCORE, xlsx
from villagepoints.domain.errors import Conflict
from villagepoints.domain.importing import LEFT_OUT, Cell, Corrections, SheetChoice
from villagepoints.models import ImportSession, LedgerEntry, Village
from villagepoints.services import verify
from villagepoints.services.importing import checking, preview, run, sessions, template, uploads
from villagepoints.services.importing.preview import Line, Summary
from villagepoints.services.importing.table import tables
from villagepoints.services.paging import Wanted
from villagepoints.services.workbook import Sheet

RIGHT: list[Any] = ["2026-05-05", "001", "", "D1", "15", "河道保洁", "俞文书"]
WRONG: list[Any] = ["5月6日", "002", "", "D1", "15", "河道保洁", "俞文书"]
PEOPLE_HEADER = ["户号", "姓名", "与户主关系", "性别", "出生日期", "电话", "居住情况", "住址", "组别", "备注"]
PEOPLE = [
    ["007", "=钱多多", "户主", "男", "1960-01-02", "13800001111", "动迁上楼", "+新苑 3 幢", "3组", "@备注"],
    ["007", "李小", "配偶", "女", "", "", "动迁上楼", "", "", ""],
    ["-8", "001", "户主", "", "", "", "", "", "", ""],
    *([f"00{number}", name, "户主"] for number, name in enumerate(("张建国", "李秀英", "王阿婆"), 1)),
]
KEY = {"identity_key": b"k" * 32, "now": NOW}


def csv(*rows: list[Any], header: list[str] = EVENT_HEADER) -> bytes:
    """A file that is read without a process of its own."""
    return "\n".join(",".join(map(str, row)) for row in [header, *rows]).encode()


class Desk:
    """A clerk with a file; `number` of requests so far makes each key a new one."""

    def __init__(self, session: Session, village: Made, instance: Path) -> None:
        self.session, self.village, self.instance, self.number = session, village, instance, 0

    def key(self) -> str:
        self.number += 1
        return f"key-{self.number}"

    def begin(self, content: bytes, kind: str = "events", name: str = "表.csv", **options: Any) -> UUID:
        given = {"beside": False, "replaces": None, "key": self.key(), "now": NOW, **options}
        return self.begun(content, kind, name, **given).id

    def begun(self, content: bytes, kind: str, name: str, **given: Any) -> sessions.Begun:
        return sessions.begin(
            self.session, self.village.clerk, instance=self.instance, kind=kind, filename=name, content=content, **given
        )

    def get(self, import_id: UUID) -> ImportSession:
        return sessions.get(self.session, self.village.id, import_id)

    def place(self, import_id: UUID) -> Path:
        return uploads.folder_of(self.instance, self.village.id, self.get(import_id).file)

    def looked_at(self, import_id: UUID) -> tuple[Summary, list[Line]]:
        """What the page shows: the file as a whole, and its rows."""
        place = self.place(import_id)
        found = self.get(import_id)
        summary = checking.summary_of(self.session, self.village.clerk, found, place=place, patience=60, **KEY)
        assert summary is not None
        return summary, list(preview.page(place, summary, preview.ALL, Wanted()).rows)

    def edit(self, import_id: UUID, *cells: Cell) -> None:
        sessions.edit(self.session, self.village.clerk, import_id=import_id, cells=cells, key=self.key(), now=NOW)

    def commit(self, import_id: UUID, seen: str = "") -> Any:
        found = self.get(import_id)
        seen = seen or sessions.version_of(found)
        path = self.place(import_id) / "file"
        given = {"importing": found, "path": path, "seen": seen, "key": self.key(), **KEY}
        return run.bring_in(self.session, self.village.clerk, **given)


@pytest.fixture
def desk(session: Session, village: Made, tmp_path: Path) -> Desk:
    return Desk(session, village, tmp_path)


def entries(session: Session) -> list[tuple[date, int]]:
    session.rollback()
    return [tuple(row) for row in session.execute(select(LedgerEntry.occurred_on, LedgerEntry.points))]


def test_a_cell_put_right_is_read_and_what_stood_there_is_kept_beside_it(desk: Desk, session: Session) -> None:
    import_id = desk.begin(csv(RIGHT, WRONG, RIGHT[:5]))
    summary, lines = desk.looked_at(import_id)
    assert [line.state for line in lines] == ["new", "refused", "new"]
    assert not summary.is_ready

    desk.edit(import_id, Cell("表", 3, "A", "5月6日", "2026-05-06"), Cell("表", 4, LEFT_OUT, "", "1"))
    summary, lines = desk.looked_at(import_id)
    assert [line.state for line in lines] == ["new", "new", "left_out"]
    assert (lines[1].cells["day"], lines[1].before) == ("2026-05-06", {"day": "5月6日"})
    assert summary.is_ready

    result = desk.commit(import_id)
    assert entries(session) == [(date(2026, 5, 5), 15), (date(2026, 5, 6), 15)]
    found = desk.get(import_id)
    assert (found.status, found.batch_id, found.edits) == ("committed", result.batch_id, {})
    village = session.get_one(Village, desk.village.id)
    assert list(verify.verify(session, village)) == []
    found.batch_id = None
    session.flush()
    assert [problem.kind for problem in verify.verify(session, village)] == ["import"]


def test_the_second_clerk_sees_what_the_first_put_right_and_overwrites_nothing_unseen(desk: Desk) -> None:
    import_id = desk.begin(csv(RIGHT, WRONG))
    seen = sessions.version_of(desk.get(import_id))
    desk.edit(import_id, Cell("表", 3, "A", "5月6日", "2026-05-06"))
    with pytest.raises(Conflict, match="第 3 行刚才被别人改过"):
        desk.edit(import_id, Cell("表", 3, "F", "河道保洁", "扫路"), Cell("表", 3, "A", "5月6日", "2026-05-07"))
    assert desk.get(import_id).edits == {"表": {"3": {"A": "2026-05-06"}}}, "nor the other cell of that try"
    desk.edit(import_id, Cell("表", 3, "F", "河道保洁", "扫路"), Cell("表", 3, "A", "2026-05-06", "2026-05-07"))
    assert desk.looked_at(import_id)[1][1].cells["day"] == "2026-05-07"
    with pytest.raises(Conflict, match="刚才有人改过这张表"):
        desk.commit(import_id, seen)


def test_a_file_takes_the_place_of_the_open_one_of_its_kind(desk: Desk, session: Session) -> None:
    given = {"replaces": None, "now": NOW}
    may, june = desk.begin(csv(RIGHT), name="五月.csv"), desk.begin(csv(RIGHT), name="六月.csv", beside=True)
    better = desk.begun(csv(RIGHT, RIGHT), "events", "五月.csv", beside=False, key="better", **given)
    assert better.replaced == "五月.csv"
    assert desk.begun(csv(RIGHT, RIGHT), "events", "五月.csv", beside=False, key="better", **given) == better
    assert desk.begun(csv(RIGHT), "opening", "结余.csv", beside=False, key="o", **given).replaced == ""
    assert [one.filename for one, _ in sessions.listed(session, desk.village.id)].count("五月.csv") == 1
    assert (desk.get(may).status, desk.get(june).status) == ("replaced", "open")
    sessions.drop(session, desk.village.clerk, instance=desk.instance, import_id=june, key="d", now=NOW)
    files = {path.name for path in (desk.instance / "imports" / str(desk.village.id)).iterdir()}
    assert files == {one.file for one, _ in sessions.listed(session, desk.village.id)}


def test_what_nobody_touched_for_a_month_goes_with_its_file(desk: Desk, session: Session) -> None:
    old = desk.begin(csv(RIGHT), now=NOW - timedelta(days=31))
    new = desk.begin(csv(RIGHT), kind="opening", now=NOW - timedelta(days=29))
    places = [desk.place(old), desk.place(new)]
    for place in places:
        os.utime(place, (0, 0))
    sessions.sweep(session, desk.village.id, instance=desk.instance, now=NOW)
    assert [desk.get(each).status for each in (old, new)] == ["dropped", "open"]
    assert [place.exists() for place in places] == [False, True]


def test_columns_and_months_are_chosen_by_hand(desk: Desk, session: Session) -> None:
    import_id = desk.begin(csv(RIGHT, header=["哪天", "谁家", "x", "什么", "多少", "y", "z"]))
    summary, _ = desk.looked_at(import_id)
    assert "没有找到表头" in summary.sentence
    (sheet,) = summary.sheets
    assert [(head.letter, head.text, head.values) for head in sheet.heads][:2] == [
        ("A", "哪天", ("2026-05-05",)),
        ("B", "谁家", ("001",)),
    ]
    chosen = {"表": SheetChoice(1, {"day": 0, "household": 1, "item": 3, "points": 4})}
    seen = sessions.version_of(desk.get(import_id))
    given = {"import_id": import_id, "seen": seen, "columns": chosen, "now": NOW}
    sessions.match(session, desk.village.clerk, key="m", **given)
    assert desk.looked_at(import_id)[0].is_ready
    with pytest.raises(Conflict):
        sessions.match(session, desk.village.clerk, key="m2", **given | {"columns": {}})

    scores = desk.begin(csv(["001", *FULL_SCORE], header=["户号", *BASE[:-1], "其他"]), kind="base-scores")
    assert "没有写是哪年哪月" in desk.looked_at(scores)[0].sentence
    places = {"household": 0} | {code: place for place, code in enumerate(BASE, 1)}
    given = {"import_id": scores, "seen": sessions.version_of(desk.get(scores)), "now": NOW}
    sessions.match(session, desk.village.clerk, key="s", columns={"表": SheetChoice(1, places, "2026-05")}, **given)
    summary, _ = desk.looked_at(scores)
    assert (summary.is_ready, summary.result.totals["base"]) == (True, sum(FULL_SCORE))


def test_the_refused_table_comes_back_as_it_was_with_a_column_of_reasons(desk: Desk) -> None:
    book = {"五月": [["五月的"], [*EVENT_HEADER, "自己的"], [*RIGHT, "甲"], [*WRONG, "乙"]], "备忘": [["随便"]]}
    import_id = desk.begin(xlsx(book), name="表.xlsx")
    desk.edit(import_id, Cell("五月", 3, "F", "河道保洁", "扫路"))
    for round_ in range(2):
        summary, _ = desk.looked_at(import_id)
        found = desk.get(import_id)
        headers = {sheet.name: sheet.header_row for sheet in summary.sheets if sheet.is_in}
        problems = [(problem, problem.text) for problem in summary.result.problems]
        corrections = Corrections(found.columns, found.edits)
        content = uploads.with_reasons(desk.place(import_id) / "file", "表.xlsx", corrections, headers, problems)
        pages = CalamineWorkbook.from_filelike(io.BytesIO(content))
        assert pages.sheet_names == ["五月", "备忘"]
        rows = pages.get_sheet_by_name("五月").to_python()
        assert rows[1] == [*EVENT_HEADER, "自己的", "要改的地方"], round_
        assert (rows[2][5], rows[2][7:], rows[3][7]) == ("扫路", ["甲", ""], "乙")
        assert "没有写年份" in rows[3][8]
        import_id = desk.begin(content, name="表 要改的地方.xlsx")


@pytest.mark.parametrize("kind", template.KINDS)
def test_a_template_has_heads_lists_and_an_example_that_goes_nowhere(desk: Desk, session: Session, kind: str) -> None:
    make_reward(session, desk.village.id)
    content = template.make(session, desk.village.id, kind, is_filled=False, now=NOW)
    summary, _ = desk.looked_at(desk.begin(content, kind=kind, name="空表.xlsx"))
    assert "一行数据也没有" in summary.sentence
    assert not summary.result.warnings
    assert [sheet.is_in for sheet in summary.sheets] == [True]


@pytest.mark.parametrize("kind", template.FILLED)
def test_what_is_in_the_books_imported_again_changes_nothing(desk: Desk, session: Session, kind: str) -> None:
    for code in ("R1", "001", "=1+1"):
        make_reward(session, desk.village.id, code=code, name=f"@{code}")
    desk.commit(desk.begin(csv(*PEOPLE, header=PEOPLE_HEADER), kind="roster"))
    content = template.make(session, desk.village.id, kind, is_filled=True, now=NOW)
    summary, lines = desk.looked_at(desk.begin(content, kind=kind, name="现在的.xlsx"))
    assert summary.result.nothing_new, [line for line in lines if line.state != "same"]
    assert summary.result.unchanged == len(lines) > 0
    assert not summary.result.warnings


texts = st.text(st.characters(codec="utf-8", exclude_categories=("Cs", "Cc")), max_size=6)


@settings(max_examples=60)
@given(st.lists(st.lists(texts, min_size=5, max_size=5), min_size=1, max_size=6), st.data())
def test_reading_with_corrections_is_reading_the_corrected_file(rows: list[list[str]], data: st.DataObject) -> None:
    header = ["日期", "户号", "项目编号", "分值", "事由"]
    rows = [["2026-05-05", f"x{row[1]}", *row[2:]] for row in rows]
    edits = data.draw(
        st.dictionaries(
            st.integers(2, len(rows) + 1).map(str),
            st.dictionaries(st.sampled_from(["B", "D", "E", LEFT_OUT]), texts.map("x".__add__), max_size=3),
        )
    )

    def sheet(change: Callable[[int, list[str]], list[str] | None]) -> Sheet:
        kept = [(number, change(number, list(row))) for number, row in enumerate(rows, 2)]
        return Sheet("表", [(1, [*header]), *((number, [*row]) for number, row in kept if row is not None)])

    def put_right(number: int, row: list[str]) -> list[str] | None:
        said = edits.get(str(number), {})
        for letter, text in said.items():
            if letter != LEFT_OUT:
                row["ABCDE".index(letter)] = text
        return None if LEFT_OUT in said else row

    ours = tables("events", [sheet(lambda _, row: row)], Corrections({}, {"表": edits}))
    theirs = tables("events", [sheet(put_right)])
    assert [[(r.number, r.cells) for r in t] for t in ours.records] == [
        [(r.number, r.cells) for r in t] for t in theirs.records
    ]


def test_nothing_is_recorded_before_the_last_yes(desk: Desk, session: Session) -> None:
    import_id = desk.begin(csv(RIGHT))
    desk.looked_at(import_id)
    assert session.scalar(select(func.count()).select_from(LedgerEntry)) == 0
