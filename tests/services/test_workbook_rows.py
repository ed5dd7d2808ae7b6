"""Sheets of many rows: what is written is what a spreadsheet reads, whatever a name holds."""

from io import BytesIO

import xlsxwriter
from hypothesis import given, settings
from hypothesis import strategies as st
from python_calamine import CalamineWorkbook

from villagepoints.services import workbook_rows

CELLS = st.one_of(
    st.integers(-(10**9), 10**9), st.text(st.characters(exclude_categories=["Cs", "Cc", "Cn"]), max_size=12)
)


def read_back(lines: list[tuple[str | int | None, ...]], columns: int) -> list[list[object]]:
    out = BytesIO()
    book = xlsxwriter.Workbook(out, {"in_memory": True})
    for name in ("前", "明细"):
        book.add_worksheet(name).write_string(0, 0, "头")
    book.close()
    whole = workbook_rows.merged(out.getvalue(), {2: workbook_rows.write(lines, columns, 1)})
    read = CalamineWorkbook.from_filelike(BytesIO(whole))
    assert read.get_sheet_by_name("前").to_python() == [["头"]]
    return read.get_sheet_by_name("明细").to_python(skip_empty_area=False)[1:]


@settings(max_examples=30)
@given(st.lists(st.tuples(st.integers(1, 9), CELLS, CELLS), min_size=1, max_size=5))
def test_numbers_stay_numbers_and_texts_texts(lines: list[tuple[str | int | None, ...]]) -> None:
    assert [row[:3] for row in read_back(lines, 3)] == [list(line) for line in lines]


def test_what_looks_like_something_else_stays_text() -> None:
    texts = ("=1+1", "_x0041_", " 空格 ", "<b>&amp;", "007")
    (row,) = read_back([texts], 5)
    assert row == ["=1+1", "_x0041_", " 空格 ", "<b>&amp;", "007"]


def test_what_xml_cannot_hold_is_left_out() -> None:
    assert read_back([("甲\x00\x0b乙\ud800", None, "")], 3)[0][0] == "甲乙"


def test_columns_go_on_behind_z() -> None:
    (row,) = read_back([tuple(range(1, 31))], 30)
    assert row == list(range(1, 31))
