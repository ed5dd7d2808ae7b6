"""Reads .xlsx, .xls and .csv into sheets of rows, refusing what is too large before it is parsed."""

import csv
import io
import pickle
import subprocess
import sys
import zipfile
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from pathlib import Path

from villagepoints.domain.errors import N_, BadInput

Cell = str | float | bool | date | datetime | time | timedelta
Range = tuple[tuple[int, int], tuple[int, int]]

MAX_FILE = 30 << 20  # bytes
MAX_UNPACKED = 400 << 20
MAX_MEMBERS = 500
MAX_RATIO = 200  # unpacked to packed, of members that are large at all
LARGE = 1 << 20
MAX_COLUMNS = 200
MAX_ROWS = 1 << 20  # what a sheet of Excel holds
MAX_CELLS = 3_000_000
FILL = 2_000_000  # cells that merged ranges may fill
SECONDS = 60
CHILD = Path(__file__).with_name("workbook_child.py")


class UnusableFile(BadInput):
    """The file as a whole cannot be used: its kind, size, lock or damage."""


@dataclass(slots=True)
class Sheet:
    """A sheet: its rows that hold something, each with the 1-based number it has in the file."""

    name: str
    rows: list[tuple[int, list[Cell]]] = field(default_factory=list)


def column_letter(index: int) -> str:
    """The letters of a 0-based column: 0 is A, 26 is AA."""
    letters = ""
    index += 1
    while index:
        index, rest = divmod(index - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


def column_index(letters: str) -> int:
    """The 0-based column of its letters."""
    index = 0
    for letter in letters:
        index = index * 26 + ord(letter) - 64
    return index - 1


def read(path: Path, filename: str) -> list[Sheet]:
    """All sheets of a file; `filename` tells its kind. Raises UnusableFile with what to do."""
    size = path.stat().st_size
    if size == 0:
        raise UnusableFile(N_("这个文件是空的，请重新选择"))
    if size > MAX_FILE:
        raise UnusableFile(
            N_("文件有 %(size)s MB，最多 %(most)s MB，请分成几个文件"), size=size >> 20, most=MAX_FILE >> 20
        )
    with path.open("rb") as file:
        start = file.read(8)
    if start.startswith(b"PK"):
        _check_zip(path)
        return _read_workbook(path)
    if start.startswith(b"\xd0\xcf\x11\xe0"):
        return _read_workbook(path)
    if filename.lower().endswith((".csv", ".txt", ".tsv")):
        return [Sheet(Path(filename).stem, _read_csv(path.read_bytes()))]
    raise UnusableFile(N_("这个文件不是 Excel 表格，也不是 csv。请用 Excel 或 WPS 另存为 .xlsx 再导入"))


def _check_zip(path: Path) -> None:
    damaged = UnusableFile(N_("这个 Excel 文件坏了，打不开。请用 Excel 或 WPS 打开，另存一份再导入"))
    try:
        with zipfile.ZipFile(path) as archive:
            members = archive.infolist()
    # a directory in pieces, or (early 3.11) said to begin before the file; a name not in UTF-8; a newer kind of ZIP
    except (zipfile.BadZipFile, OSError, ValueError, RuntimeError):
        raise damaged from None
    if not any(member.filename.startswith(("xl/", "Xl/", "XL/")) for member in members):
        raise UnusableFile(N_("这是一个压缩包，不是 Excel 表格。请先解压，再选里面的表格"))
    unpacked = sum(member.file_size for member in members)
    bombs = (m for m in members if m.file_size > LARGE and m.file_size > MAX_RATIO * max(m.compress_size, 1))
    if len(members) > MAX_MEMBERS or unpacked > MAX_UNPACKED or any(bombs):
        raise _too_large()


def _too_large() -> UnusableFile:
    return UnusableFile(N_("这个文件展开以后太大，没有读取。请把要导入的表格单独存成一个新文件再试"))


def _read_workbook(path: Path) -> list[Sheet]:
    try:
        done = subprocess.run(
            [sys.executable, "-I", str(CHILD), str(path)], capture_output=True, timeout=SECONDS, check=False
        )
    except subprocess.TimeoutExpired:
        raise _too_large() from None
    if done.returncode == 4:
        raise UnusableFile(N_("这个文件有打开密码，请先去掉密码再导入"))
    if done.returncode == 5 or done.returncode < 0 or b"memory allocation" in done.stderr:
        raise _too_large()
    if done.returncode:
        raise UnusableFile(N_("这个 Excel 文件坏了，打不开。请用 Excel 或 WPS 打开，另存一份再导入"))
    sheets = []
    for name, rows, merged in pickle.loads(done.stdout):
        sheet = Sheet(name, [(number, values[:MAX_COLUMNS]) for number, values in rows])
        _fill(sheet, merged)
        sheets.append(sheet)
    return sheets


def _fill(sheet: Sheet, merged: list[Range]) -> None:
    """Give every cell of a merged range the value that Excel shows over it."""
    rows = dict(sheet.rows)
    room = FILL
    for (top, left), (bottom, right) in merged:
        first = rows.get(top + 1)
        if first is None or left >= len(first) or not rows:
            continue
        value, right = first[left], min(right, MAX_COLUMNS - 1)
        numbers = range(top + 1, min(bottom + 1, sheet.rows[-1][0]) + 1)
        room -= len(numbers) * (right - left + 1)
        if room < 0:
            raise _too_large()
        for number in numbers:
            if (row := rows.get(number)) is not None:
                row.extend([""] * (right + 1 - len(row)))
                row[left : right + 1] = [value] * (right + 1 - left)


def _read_csv(raw: bytes) -> list[tuple[int, list[Cell]]]:
    text = _decode(raw)
    lines = text[:4000].splitlines()[:20]
    delimiter = max(",\t;", key=lambda mark: sum(line.count(mark) for line in lines))
    marks = max(text.count("\n"), text.count("\r"))
    if marks > MAX_ROWS or marks + text.count(delimiter) > MAX_CELLS:  # each cell costs a hundred times its comma
        raise _too_large()
    rows: list[tuple[int, list[Cell]]] = []
    try:
        for number, values in enumerate(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter), 1):
            if any(value.strip() for value in values):
                rows.append((number, [_unquoted(value) for value in values[:MAX_COLUMNS]]))
    except csv.Error:
        raise UnusableFile(N_("这个 csv 文件读不通。请用 Excel 或 WPS 打开，另存为 .xlsx 再导入")) from None
    return rows


def _unquoted(value: str) -> str:
    """`="0123"`, the way programs keep Excel from reading a text as a number, is the text."""
    return value[2:-1] if value.startswith('="') and value.endswith('"') else value


def _decode(raw: bytes) -> str:
    order: tuple[str, ...]
    if raw.startswith((b"\xff\xfe", b"\xfe\xff")):
        order = ("utf-16",)
    elif 0 in raw[:4000]:  # no other encoding has a NUL: commas and line ends tell which half comes first
        order = ("utf-16-le" if raw[1:4000:2].count(0) > raw[0:4000:2].count(0) else "utf-16-be",)
    else:
        order = ("utf-8-sig", "gb18030")
    for encoding in order:
        try:
            return raw.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise UnusableFile(N_("这个 csv 文件的文字读不出来。请用 Excel 或 WPS 打开，另存为 .xlsx 再导入"))
