"""A list as a workbook of plain cells: whatever a name begins with, no cell is a formula or a link."""

import io
from collections.abc import Iterable, Sequence

import xlsxwriter

WIDEST = 40


def workbook(title: str, heads: Sequence[str], lines: Iterable[Sequence[str | int | None]]) -> bytes:
    """The .xlsx with one sheet: a head row that stays in sight, numbers as numbers, everything else as text."""
    buffer = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    with xlsxwriter.Workbook(buffer, options) as book:
        sheet = book.add_worksheet(_sheet_name(title))
        bold = book.add_format({"bold": True, "bottom": 1})
        widths = [len(head) for head in heads]
        for column, head in enumerate(heads):
            sheet.write_string(0, column, head, bold)
        for row, line in enumerate(lines, 1):
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
    return buffer.getvalue()


def _sheet_name(title: str) -> str:
    return "".join(c for c in title if c not in "[]:*?/\\'")[:31] or "1"
