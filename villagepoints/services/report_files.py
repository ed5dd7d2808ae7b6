"""The month's report as files: a workbook and a PDF, from the tables that the page shows."""

from io import BytesIO
from typing import Any

import xlsxwriter
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from villagepoints.domain.report import MonthReport
from villagepoints.services import report_document, report_json, report_pdf
from villagepoints.services.report_tables import (
    Kind,
    Source,
    Table,
    Translate,
    footing,
    notes,
    summary,
    tables,
    title,
    written,
)

TEXT_ONLY = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False, "in_memory": True}
NUMBERS: dict[Kind, str] = {
    "text": "@",
    "points": "#,##0;\N{MINUS SIGN}#,##0",
    "average": "0.0;\N{MINUS SIGN}0.0",
    "change": "\N{FULLWIDTH PLUS SIGN}0.0%;\N{MINUS SIGN}0.0%;0.0%",
    "share": "0.0%",
}
FONT = "SimSun"
WIDEST = 30  # characters of a column


def as_workbook(report: MonthReport, source: Source, translate: Translate = str) -> bytes:
    """The report as .xlsx: a sheet for each table, numbers as numbers, every text a text (a name may begin with =)."""
    out = BytesIO()
    book = xlsxwriter.Workbook(out, TEXT_ONLY)
    book.set_properties({"title": title(report, source, translate), "created": source.made_at.replace(tzinfo=None)})
    formats = _Formats(book)
    for table in tables(report, translate):
        _sheet(book.add_worksheet(table.heading), table, _heads(report, source, translate), formats)
    book.close()
    return out.getvalue()


class _Formats:
    """The cell formats of a workbook, each made once."""

    def __init__(self, book: xlsxwriter.Workbook) -> None:
        self._book = book
        self._made: dict[tuple[Any, ...], Format] = {}
        self.title = book.add_format({"font_name": FONT, "font_size": 16, "bold": True, "font_color": "#1d4a2e"})
        self.note = book.add_format({"font_name": FONT, "font_size": 10, "font_color": "#5d6b63"})
        self.head = book.add_format({"font_name": FONT, "bold": True, "bottom": 1, "top": 1, "text_wrap": True})
        self.head_right = book.add_format(
            {"font_name": FONT, "bold": True, "bottom": 1, "top": 1, "align": "right", "text_wrap": True}
        )

    def of(self, kind: Kind, level: str) -> Format:
        if (kind, level) not in self._made:
            values: dict[str, Any] = {"font_name": FONT, "num_format": NUMBERS[kind], "bottom": 4}
            if level == "total":
                values |= {"bold": True, "top": 1}
            if level == "item" and kind == "text":
                values |= {"indent": 1}
            if kind != "text":
                values |= {"align": "right"}
            self._made[kind, level] = self._book.add_format(values)
        return self._made[kind, level]


def _sheet(sheet: Worksheet, table: Table, heads: list[str], formats: _Formats) -> None:
    sheet.write_string(0, 0, heads[0], formats.title)
    for at, text in enumerate(heads[1:], 1):
        sheet.write_string(at, 0, text, formats.note)
    top = len(heads) + 1
    for at, column in enumerate(table.columns):
        sheet.write_string(top, at, column.text, formats.head if column.kind == "text" else formats.head_right)
    widths = [_width(column.text) for column in table.columns]
    for line, row in enumerate(table.rows, top + 1):
        for at, (column, cell) in enumerate(zip(table.columns, row.cells, strict=True)):
            widths[at] = max(widths[at], _width(written(column.kind, cell)))
            form = formats.of(column.kind, row.level)
            if cell is None or isinstance(cell, str):
                sheet.write_string(line, at, cell or "", form)
            else:
                sheet.write_number(line, at, float(cell) / 100 if column.kind in ("change", "share") else cell, form)
    for at, width in enumerate(widths):
        sheet.set_column(at, at, min(width, WIDEST) + 3)
    sheet.freeze_panes(top + 1, 0)
    _print_setup(sheet, top, len(table.columns))


def _print_setup(sheet: Worksheet, head_row: int, columns: int) -> None:
    sheet.set_paper(9)  # A4
    if columns > 7:
        sheet.set_landscape()
    sheet.fit_to_pages(1, 0)
    sheet.repeat_rows(head_row)
    sheet.set_margins(left=0.6, right=0.6)
    sheet.set_footer("&C&P / &N")


def _width(text: str) -> int:
    """Columns of a spreadsheet that a text takes: a Chinese character is two wide."""
    return sum(2 if ord(char) > 0x2E80 else 1 for char in text)


def _heads(report: MonthReport, source: Source, translate: Translate) -> list[str]:
    said = summary(report, source.village, translate)
    return [
        title(report, source, translate),
        said,
        *notes(report, translate),
        *footing(report, source.made_at, translate),
    ]


def as_pdf(report: MonthReport, source: Source, translate: Translate = str) -> bytes:
    """The report as PDF; the same books and the same `made_at` give the same bytes. Raises PdfUnavailable."""
    return report_pdf.typeset(report_document.document(report, source, translate), report_pdf.dated(report, source))


def content(report: MonthReport, source: Source, form: str, translate: Translate = str) -> bytes:
    """The report as xlsx, pdf or json; PdfUnavailable without the extra `pdf`."""
    if form == "xlsx":
        return as_workbook(report, source, translate)
    if form == "pdf":
        return as_pdf(report, source, translate)
    return report_json.json_text(report, source).encode()
