"""Sheets of a hundred thousand rows: written straight as XML behind their head rows, in constant memory.

A cell of xlsxwriter costs about ten microseconds, one of these less than one; nothing else of the workbook is theirs.
"""

import re
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from io import BytesIO
from tempfile import TemporaryFile
from typing import IO
from xml.sax.saxutils import escape

Line = Sequence[str | int | None]
LOT = 1 << 16  # bytes read at once
MOST_KNOWN = 50_000  # texts whose cells are remembered
FAST = 2  # of the nine levels: twice as quick as the usual one, files a tenth larger
_ILLEGAL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff\ud800-\udfff]")  # what XML cannot hold
_ESCAPED = re.compile("_(x[0-9A-Fa-f]{4}_)")  # what a spreadsheet would read as one character
_DIMENSION = re.compile(rb'<dimension ref="[^"]*"/>')
_END = b"</sheetData>"


@dataclass(frozen=True, slots=True)
class Written:
    """The rows of a sheet as XML in a temporary file."""

    file: IO[bytes]
    columns: int
    last: int  # the number of the last row of the sheet


def write(lines: Iterable[Line], columns: int, above: int) -> Written:
    """Write lines as rows behind the first `above` rows of a sheet: numbers as numbers, everything else as text."""
    file: IO[bytes] = TemporaryFile(prefix="villagepoints-")  # noqa: SIM115
    letters = [f'<c r="{_letter(at)}' for at in range(columns)]
    known: dict[str | int, str] = {}  # most cells say what others said
    number = above
    for number, line in enumerate(lines, above + 1):
        row = [f'<row r="{number}">']
        for letter, value in zip(letters, line, strict=True):
            if value is None or value == "":
                continue
            cell = known.get(value)
            if cell is None:
                if len(known) >= MOST_KNOWN:
                    known.clear()
                cell = known[value] = _cell(value)
            row.append(f'{letter}{number}"{cell}')
        row.append("</row>")
        file.write("".join(row).encode())
    return Written(file, columns, number)


def _cell(value: str | int) -> str:
    """A cell behind its place."""
    if isinstance(value, int):
        return f"><v>{value}</v></c>"
    text = escape(_ESCAPED.sub(r"_x005F_\1", _ILLEGAL.sub("", value)))
    kept = "" if text == text.strip() else ' xml:space="preserve"'
    return f' t="inlineStr"><is><t{kept}>{text}</t></is></c>'


def merged(book: bytes, sheets: Mapping[int, Written]) -> bytes:
    """A workbook of xlsxwriter with these rows in its sheets, by the sheet's place from 1; their files are closed."""
    out = BytesIO()
    with zipfile.ZipFile(BytesIO(book)) as old, zipfile.ZipFile(out, "w", compresslevel=FAST) as new:
        parts = {f"xl/worksheets/sheet{place}.xml": rows for place, rows in sheets.items()}
        for member in old.infolist():
            written = parts.get(member.filename)
            if written is None:
                new.writestr(member, old.read(member), zipfile.ZIP_DEFLATED)
                continue
            info = zipfile.ZipInfo(member.filename, member.date_time)
            info.compress_type = zipfile.ZIP_DEFLATED
            with new.open(info, "w", force_zip64=True) as target:
                _pour(old.read(member), written, target)
    return out.getvalue()


def _pour(sheet: bytes, rows: Written, target: IO[bytes]) -> None:
    head, tail = sheet.split(_END)
    place = f'<dimension ref="A1:{_letter(rows.columns - 1)}{rows.last}"/>'
    target.write(_DIMENSION.sub(place.encode(), head, count=1))
    with rows.file as file:
        file.seek(0)
        while lot := file.read(LOT):
            target.write(lot)
    target.write(_END + tail)


def _letter(at: int) -> str:
    """The name of a column from 0: A … Z, AA …"""
    return (_letter(at // 26 - 1) if at >= 26 else "") + chr(ord("A") + at % 26)
