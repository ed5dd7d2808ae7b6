"""Reading .xlsx, .xls and .csv: what is in the cells, and what is refused before it can do harm."""

import io
import time
import zipfile
from datetime import date
from pathlib import Path

import pytest

from tests.workbooks import xls, xlsx
from villagepoints.services import workbook
from villagepoints.services.workbook import Sheet, UnusableFile, column_letter

ROWS = [["户号", "姓名"], ["SX01", "夏伟"]]


def read(tmp_path: Path, content: bytes, name: str = "表.xlsx") -> list[Sheet]:
    path = tmp_path / "file"
    path.write_bytes(content)
    return workbook.read(path, name)


def test_rows_keep_their_number_and_column_of_the_file(tmp_path: Path) -> None:
    sheets = read(tmp_path, xlsx({"甲": [[], ["", "x"], [], ["y"]], "乙": []}))
    assert [(sheet.name, sheet.rows) for sheet in sheets] == [("甲", [(2, ["", "x"]), (4, ["y"])]), ("乙", [])]
    assert [column_letter(index) for index in (0, 25, 26, 701, 702)] == ["A", "Z", "AA", "ZZ", "AAA"]


def test_merged_cells_say_the_same_in_every_row(tmp_path: Path) -> None:
    content = xlsx({"甲": [["标题", ""], ["SX01", "夏伟"], ["", "杜燕"], ["", "夏品良"]]}, ["A1:B1", "A2:A4"])
    assert [row for _, row in read(tmp_path, content)[0].rows] == [
        ["标题", "标题"],
        ["SX01", "夏伟"],
        ["SX01", "杜燕"],
        ["SX01", "夏品良"],
    ]


@pytest.mark.parametrize("of_1904", [False, True])
def test_excel_dates_are_the_same_day_in_either_date_system(tmp_path: Path, of_1904: bool) -> None:
    content = xlsx({"甲": [[date(2025, 8, 1)]]}, date_1904=of_1904)
    assert read(tmp_path, content)[0].rows == [(1, [date(2025, 8, 1)])]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16", "utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("delimiter", [",", "\t", ";"])
def test_csv_is_read_in_every_encoding_an_office_writes(tmp_path: Path, encoding: str, delimiter: str) -> None:
    lines = [["户号", "姓名", "事由"], ["SX01", "夏伟", "河道保洁" * 20], ["SX02", "沈卫东𠮷", '"多行\n事由"']]
    text = "\r\n".join(delimiter.join(line) for line in lines) + "\r\n\r\n"
    rows = read(tmp_path, text.encode(encoding), "明细.csv")[0].rows
    assert [number for number, _ in rows] == [1, 2, 3]
    assert rows[2][1] == ["SX02", "沈卫东𠮷", "多行\n事由"]


def test_an_old_xls_is_read(tmp_path: Path) -> None:
    sheets = read(tmp_path, xls([["户号", "分值"], ["SX01", 15.0]], "加减分"), "旧.xls")
    assert sheets == [Sheet("加减分", [(1, ["户号", "分值"]), (2, ["SX01", 15.0])])]


@pytest.mark.parametrize(
    ("content", "name", "word"),
    [
        (b"", "空.xlsx", "空的"),
        (b"%PDF-1.7 whatever", "表.pdf", "不是 Excel"),
        (b"PK\x03\x04 broken", "表.xlsx", "坏了"),
        (bytes.fromhex("D0CF11E0A1B11AE1") + b"x" * 4000, "表.xls", "坏了"),
        (xlsx({"甲": ROWS})[:-200], "表.xlsx", "坏了"),
        (b"\xff\xff\xfe\x00\x81", "表.csv", "读不出来"),
        (b"x" * (31 << 20), "表.csv", "MB"),
    ],
)
def test_what_is_no_table_is_refused_with_a_sentence(tmp_path: Path, content: bytes, name: str, word: str) -> None:
    with pytest.raises(UnusableFile, match=word):
        read(tmp_path, content, name)


def zipped(members: dict[str, bytes]) -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return content.getvalue()


def changed(content: bytes, member: str, data: bytes) -> bytes:
    """A workbook with one of its parts replaced."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    return zipped({**members, member: data})


SHEET = b'<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>%s</sheetData>%s</worksheet>'
FAR = b'<row r="1"><c r="A1"><v>1</v></c></row><row r="1048576"><c r="XFD1048576"><v>1</v></c></row>'
BOMBS = {
    "zeros": zipped({"xl/workbook.xml": b"\0" * (50 << 20)}),
    "many members": zipped({f"xl/{n}": b"" for n in range(600)}),
    "a far cell": changed(xlsx({"甲": ROWS}), "xl/worksheets/sheet1.xml", SHEET % (FAR, b"")),
    "one long text a million times": changed(
        changed(
            xlsx({"甲": ROWS}),
            "xl/sharedStrings.xml",
            b'<sst xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><si><t>%s</t></si></sst>'
            % "".join(chr(0x4E00 + n % 20000) for n in range(30_000)).encode(),
        ),
        "xl/worksheets/sheet1.xml",
        SHEET % (b"".join(b'<row r="%d"><c r="A%d" t="s"><v>0</v></c></row>' % (n, n) for n in range(1, 300_000)), b""),
    ),
}


@pytest.mark.parametrize("bomb", BOMBS)
def test_a_bomb_is_refused_in_little_time_and_memory(tmp_path: Path, bomb: str) -> None:
    started = time.monotonic()
    with pytest.raises(UnusableFile, match="太大"):
        read(tmp_path, BOMBS[bomb])
    assert time.monotonic() - started < 30
    # Our own process stayed small: what is parsed is parsed in a child that may not have more than a gigabyte.


@pytest.mark.parametrize("content", [b"1\n" * 15_000_000, b"\n" + b"1\r" * 15_000_000, b"," * 30_000_000])
def test_a_csv_of_nothing_but_marks_is_refused_before_it_is_parsed(tmp_path: Path, content: bytes) -> None:
    started = time.monotonic()
    with pytest.raises(UnusableFile, match="太大"):
        read(tmp_path, content, "明细.csv")
    assert time.monotonic() - started < 5, "parsed, it took 40 seconds and 3 GB"


def test_a_merge_over_everything_does_not_grow_the_table(tmp_path: Path) -> None:
    merged = b'<mergeCells count="1"><mergeCell ref="A1:XFD1048576"/></mergeCells>'
    rows = b'<row r="1"><c r="A1" t="inlineStr"><is><t>x</t></is></c></row><row r="9"><c r="A9"><v>1</v></c></row>'
    content = changed(xlsx({"甲": ROWS}), "xl/worksheets/sheet1.xml", SHEET % (rows, merged))
    assert [(number, len(row)) for number, row in read(tmp_path, content)[0].rows] == [(1, 200), (9, 200)]


def test_a_zip_that_is_no_workbook_says_so(tmp_path: Path) -> None:
    with pytest.raises(UnusableFile, match="压缩包"):
        read(tmp_path, zipped({"readme.txt": b"hello"}))
