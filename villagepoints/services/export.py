"""A list as a workbook of plain cells: whatever a name begins with, no cell is a formula or a link."""

import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import xlsxwriter
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

WIDEST = 40


Line = Sequence[str | int | None]


@dataclass(frozen=True, slots=True)
class Sheet:
    """A list: its title, its head row and its lines."""

    title: str
    heads: Sequence[str]
    lines: Iterable[Line]


def workbook(title: str, heads: Sequence[str], lines: Iterable[Line]) -> bytes:
    """The .xlsx with one sheet: a head row that stays in sight, numbers as numbers, everything else as text."""
    return workbook_of([Sheet(title, heads, lines)])


def workbook_of(sheets: Iterable[Sheet]) -> bytes:
    """The same with several sheets; their titles must differ."""
    buffer = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    with xlsxwriter.Workbook(buffer, options) as book:
        bold = book.add_format({"bold": True, "bottom": 1})
        for one in sheets:
            _fill(book.add_worksheet(_sheet_name(one.title)), one, bold)
    return buffer.getvalue()


def _fill(sheet: Worksheet, one: Sheet, bold: Format) -> None:
    widths = [len(head) for head in one.heads]
    for column, head in enumerate(one.heads):
        sheet.write_string(0, column, head, bold)
    for row, line in enumerate(one.lines, 1):
        for column, value in enumerate(line):
            if isinstance(value, int):
                sheet.write_number(row, column, value)
            elif value:
                sheet.write_string(row, column, value)
                widths[column] = min(WIDEST, max(widths[column], len(value)))
    for column, width in enumerate(widths):
        sheet.set_column(column, column, width * 1.6 + 3)
    sheet.freeze_panes(1, 0)
    sheet.repeat_rows(0)


def _sheet_name(title: str) -> str:
    return "".join(c for c in title if c not in "[]:*?/\\'")[:31] or "1"
