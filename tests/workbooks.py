"""Workbooks for tests of the import, made in memory, and one short way to import them."""

import io
import struct
from collections.abc import Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import xlsxwriter
from sqlalchemy.orm import Session

from villagepoints.domain.actor import Actor
from villagepoints.services.importing.result import ImportResult
from villagepoints.services.importing.run import import_file

DATA = Path(__file__).parent / "data"
NOW = datetime(2026, 2, 1, 1, tzinfo=UTC)
Rows = Sequence[Sequence[Any]]

EVENT_HEADER = ["日期", "户号", "户主", "项目编号", "分值", "事由", "记录人"]
REDEMPTION_HEADER = [
    "日期",
    "户号",
    "户主",
    "兑换品编号",
    "兑换品",
    "数量",
    "单价积分",
    "合计积分",
    "兑换方式",
    "代办人",
]
BASE = ["A1", "A2", "A3", "A4", "A5", "B1", "B2", "C1", "C2", "C3"]
FULL_SCORE = [25, 15, 10, 10, 5, 10, 5, 10, 5, 5]


def xlsx(sheets: dict[str, Rows], merged: Sequence[str] = (), **options: Any) -> bytes:
    """A workbook of these sheets; `merged` ranges (`C2:C4`) hold the value of their first cell in every sheet."""
    content = io.BytesIO()
    book = xlsxwriter.Workbook(content, {"in_memory": True, **options})
    day = book.add_format({"num_format": "yyyy-mm-dd"})
    for name, rows in sheets.items():
        page = book.add_worksheet(name)
        for number, row in enumerate(rows):
            for column, value in enumerate(row):
                if isinstance(value, date):
                    page.write_datetime(number, column, datetime(value.year, value.month, value.day), day)  # noqa: DTZ001
                elif value is not None:
                    page.write(number, column, value)
        for place in merged:
            page.merge_range(place, "")
            first = place.split(":")[0]
            column, row = ord(first[0]) - 65, int(first[1:]) - 1
            page.write(row, column, rows[row][column])
    book.close()
    return content.getvalue()


def bring_in(
    session: Session, actor: Actor, kind: str, source: Path | bytes, filename: str = "表.xlsx", **options: Any
) -> ImportResult:
    """Import a file with a fixed key and time."""
    return import_file(
        session, actor, kind, source, filename, identity_key=b"k" * 32, now=options.pop("now", NOW), **options
    )


def wide(text: str) -> str:
    """Full-width digits and letters, as a Chinese keyboard types them."""
    return "".join(chr(ord(mark) + 0xFEE0) for mark in text)


def sentences(result: ImportResult) -> list[str]:
    """What the refused rows say, each with its place."""
    return [f"{p.sheet} {p.row} {p.column}「{p.value}」{p.text}" for p in result.problems]


def xls(rows: Rows, name: str = "Sheet1") -> bytes:
    """The smallest BIFF8 workbook of texts and numbers in an OLE file, as Excel 97 and WPS write them."""
    sheet = _record(0x0809, struct.pack("<HHHHII", 0x0600, 0x0010, 0, 1997, 0, 0x0600))
    for number, row in enumerate(rows):
        for column, value in enumerate(row):
            place = struct.pack("<HHH", number, column, 0)
            if isinstance(value, str):
                words = struct.pack("<HB", len(value), 1) + value.encode("utf-16-le")
                sheet += _record(0x0204, place + words)
            elif value is not None:
                sheet += _record(0x0203, place + struct.pack("<d", value))
    sheet += _record(0x000A, b"")
    start = _record(0x0809, struct.pack("<HHHHII", 0x0600, 0x0005, 0, 1997, 0, 0x0600))
    title = struct.pack("<BB", len(name), 1) + name.encode("utf-16-le")
    end = _record(0x000A, b"")
    offset = len(start) + 4 + 6 + len(title) + len(end)
    stream = start + _record(0x0085, struct.pack("<IBB", offset, 0, 0) + title) + end + sheet
    return _ole(stream + bytes(-len(stream) % 512) + bytes(max(0, 4096 - len(stream) - len(stream) % 512)))


def _record(kind: int, data: bytes) -> bytes:
    return struct.pack("<HH", kind, len(data)) + data


def _ole(stream: bytes) -> bytes:
    """One stream called Workbook: header, one FAT sector, one directory sector, the stream."""
    stream += bytes(-len(stream) % 512)
    sectors, free, last, fat = len(stream) // 512, 0xFFFFFFFF, 0xFFFFFFFE, 0xFFFFFFFD
    assert sectors < 120, "one FAT sector is enough for a test"
    header = bytes.fromhex("D0CF11E0A1B11AE1") + bytes(16) + struct.pack("<HHHHH", 0x3E, 3, 0xFFFE, 9, 6) + bytes(6)
    header += struct.pack("<IIIIIIIII", 0, 1, 1, 0, 4096, last, 0, last, 0) + struct.pack("<109I", 0, *[free] * 108)
    chain = [fat, last, *range(3, sectors + 2), last]
    table = struct.pack("<128I", *chain, *[free] * (128 - len(chain)))

    def entry(name: str, kind: int, child: int, start: int, size: int) -> bytes:
        words = (name + "\0").encode("utf-16-le") if name else b""
        shape = struct.pack("<HBBIII", len(words), kind, 1, free, free, child)
        return words.ljust(64, b"\0") + shape + bytes(36) + struct.pack("<IQ", start, size)

    directory = (
        entry("Root Entry", 5, 1, last, 0) + entry("Workbook", 2, free, 2, len(stream)) + entry("", 0, free, 0, 0) * 2
    )
    return header + table + directory + stream
