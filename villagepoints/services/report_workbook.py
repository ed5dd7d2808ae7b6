"""The month's report as .xlsx: what it is, a sheet for each table, and the rows behind every figure."""

from collections.abc import Sequence
from decimal import Decimal
from io import BytesIO
from typing import Any

import xlsxwriter
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from villagepoints.domain.audit import KINDS, REASONS
from villagepoints.domain.errors import N_
from villagepoints.domain.report import RELOCATED, MonthReport
from villagepoints.domain.report_parts import Track
from villagepoints.services import workbook_rows
from villagepoints.services.report_rows import Rows
from villagepoints.services.report_tables import (
    Cell,
    Column,
    Kind,
    Level,
    Row,
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
GUESSED = 14  # the same of a column whose rows are not read before they are written
HEAD_ROWS = 1  # above the rows of a sheet of rows
MONEY: Kind = "average"  # yuan: shown with one place, kept to the 分


def as_workbook(report: MonthReport, source: Source, translate: Translate = str, rows: Sequence[Rows] = ()) -> bytes:
    """The report as .xlsx: numbers as numbers, every text a text (a name may begin with =), `rows` as sheets behind.

    With rows it names households: the first sheet says that it is for the office and the group alone.
    """
    out = BytesIO()
    properties = {"default_format_properties": {"font_name": FONT, "font_size": 11}}
    book = xlsxwriter.Workbook(out, {**TEXT_ONLY, **properties})
    book.set_properties({"title": title(report, source, translate), "created": source.made_at.replace(tzinfo=None)})
    formats = _Formats(book)
    sums = [*tables(report, translate), *_parts(report, translate)]
    names = [table.heading for table in sums] + [one.name for one in rows]
    heads = _heads(report, source, translate)
    _first(book.add_worksheet(translate(N_("说明"))), heads, names, bool(rows), formats, translate)
    for table in sums:
        _sheet(book.add_worksheet(_name(table.heading)), table, heads, formats)
    written_rows: dict[int, workbook_rows.Written] = {}
    for one in rows:
        sheet = book.add_worksheet(_name(one.name))
        done = workbook_rows.write(one.lines, len(one.columns), HEAD_ROWS)
        written_rows[len(book.worksheets())] = done
        _head_row(sheet, one, done.last, formats)
    book.close()
    return workbook_rows.merged(out.getvalue(), written_rows)


def _name(text: str) -> str:
    """A sheet's name: a spreadsheet takes 31 characters, and some not at all."""
    return "".join(char for char in text if char not in "[]:*?/\\'")[:31]


class _Formats:
    """The cell formats of a workbook, each made once."""

    def __init__(self, book: xlsxwriter.Workbook) -> None:
        self._book = book
        self._made: dict[tuple[Any, ...], Format] = {}
        self.title = book.add_format({"font_name": FONT, "font_size": 16, "bold": True, "font_color": "#1d4a2e"})
        self.note = book.add_format({"font_name": FONT, "font_size": 10, "font_color": "#5d6b63"})
        self.warning = book.add_format({"font_name": FONT, "font_size": 12, "bold": True, "font_color": "#a32a22"})
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


def _first(
    sheet: Worksheet, heads: list[str], names: list[str], has_rows: bool, formats: _Formats, translate: Translate
) -> None:
    """What the file is, whom it is for, and what stands on which sheet."""
    sheet.write_string(0, 0, heads[0], formats.title)
    at = 1
    if has_rows:
        warning = N_("里面有户号和姓名，只给村里办公和监督小组用。不要张贴，不要往外发。贴公告栏用月报的张贴页。")
        sheet.write_string(at, 0, translate(warning), formats.warning)
        at += 1
    for text in heads[1:]:
        sheet.write_string(at, 0, text, formats.note)
        at += 1
    sheet.write_string(at + 1, 0, translate(N_("这个文件里有")), formats.head)
    for place, name in enumerate(names, at + 2):
        sheet.write_string(place, 0, name)
    sheet.set_column(0, 0, 100)
    _print_setup(sheet, 0, 1)


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


def _head_row(sheet: Worksheet, rows: Rows, last: int, formats: _Formats) -> None:
    for at, column in enumerate(rows.columns):
        sheet.write_string(0, at, column.text, formats.head if column.kind == "text" else formats.head_right)
        sheet.set_column(at, at, max(_width(column.text) + 3, GUESSED))
    sheet.freeze_panes(HEAD_ROWS, 0)
    sheet.autofilter(0, 0, last - 1, len(rows.columns) - 1)
    _print_setup(sheet, 0, len(rows.columns))


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


def _parts(report: MonthReport, translate: Translate) -> list[Table]:
    """The tables beside the books: tracks, money, what people said, the sample, the months."""
    made = [_tracks(report, translate), _money(report, translate), _said(report, translate)]
    if report.parts.audit is not None:
        made.append(_sample(report, translate))
    return [*made, _months(report, translate)]


def _columns(translate: Translate, name: str, *heads: str, kind: Kind = "points") -> tuple[Column, ...]:
    return (Column(translate(name), "text"), *(Column(translate(head), kind) for head in heads))


def _tracks(report: MonthReport, translate: Translate) -> Table:
    heads = (N_("月末户数"), N_("产生"), N_("扣分"), N_("兑换"), N_("结转、到期、合并户"), N_("月末未兑换"))
    numbered = translate(N_("%(number)s组"))

    def name(track: Track) -> str:
        if track.name is None:
            return translate(N_("没有分组"))
        if isinstance(track.name, int):
            return numbered % {"number": track.name}
        return translate(N_("动迁上楼") if track.name == RELOCATED else N_("常住"))

    def row(track: Track, level: Level = "") -> Row:
        moved = (track.generated, -track.deducted, -track.redeemed, track.other)
        return Row((name(track), track.households, *moved, track.outstanding), level)

    parts = report.parts
    rows = [row(one, "total") for one in parts.residencies] + [row(one) for one in parts.groups]
    return Table("tracks", translate(N_("各组、常住和上楼")), _columns(translate, N_("哪里"), *heads), tuple(rows))


def _yuan(cents: int | None) -> Decimal | None:
    return None if cents is None else Decimal(cents) / 100


def _money(report: MonthReport, translate: Translate) -> Table:
    shop = report.parts.shop
    columns = (*_columns(translate, N_("商品"), N_("件数"), N_("积分")), Column(translate(N_("花了多少元")), MONEY))
    rows = [Row((one.name, one.pieces, one.points, _yuan(one.cost_cents))) for one in shop.goods]
    rows.append(Row((translate(N_("合计")), shop.pieces, shop.points, _yuan(shop.cost_cents)), "total"))
    rows.append(Row((translate(N_("其中不知道进价的")), shop.unknown_pieces, None, None), "item"))
    rows.append(Row((translate(N_("本月新进货")), shop.bought_pieces, None, _yuan(shop.bought_cents))))
    rows.append(Row((translate(N_("其中没写价钱的")), shop.bought_unknown, None, None), "item"))
    return Table("money", translate(N_("商品和钱")), columns, tuple(rows))


def _said(report: MonthReport, translate: Translate) -> Table:
    objections, persuasions = report.parts.objections, report.parts.persuasions
    figures: list[tuple[str, int, Level]] = [
        (N_("本月提的异议"), objections.filed, "total"),
        (N_("提得对，改了"), objections.upheld, "item"),
        (N_("核对过，没有改"), objections.rejected, "item"),
        (N_("自己撤回"), objections.withdrawn, "item"),
        (N_("还在核对"), objections.open, "item"),
        (N_("过了期限"), objections.late, "item"),
        (N_("本月劝导"), persuasions.persuaded, "total"),
        (N_("按说好的日子改好，不扣分"), persuasions.rectified, "item"),
        (N_("晚了才改好"), persuasions.rectified_late, "item"),
        (N_("还没到日子，等复查"), persuasions.waiting, "item"),
        (N_("没有改，计入基础分"), persuasions.counted, "item"),
        (N_("看错了，撤销"), persuasions.withdrawn, "item"),
        (N_("说过的老问题，没有再劝导就计入"), persuasions.counted_at_once, ""),
    ]
    rows = tuple(Row((translate(name), number), level) for name, number, level in figures)
    return Table("said", translate(N_("异议和劝导")), _columns(translate, N_("项目"), N_("多少")), rows)


def _sample(report: MonthReport, translate: Translate) -> Table:
    heads = (N_("抽了"), N_("对得上"), N_("对不上"), N_("说不准"), N_("还没看"))
    columns = (Column(translate(N_("看什么")), "text"), *_columns(translate, N_("为什么抽到"), *heads))
    rows = [
        Row(
            (
                *(translate(KINDS[one.kind]), translate(REASONS[one.reason])),
                *(one.drawn, one.agree, one.differ, one.unclear, one.unseen),
            )
        )
        for one in (report.parts.audit.sample if report.parts.audit else ())
    ]
    return Table("sample", translate(N_("抽样")), columns, tuple(rows))


def _months(report: MonthReport, translate: Translate) -> Table:
    columns = (
        *_columns(translate, N_("月份"), N_("产生"), N_("扣分"), N_("兑换"), N_("月末未兑换")),
        Column(translate(N_("自己兑换占笔数")), "share"),
        *_columns(translate, N_("月份"), N_("异议"), N_("劝导"), N_("按时改好"))[1:],
        Column(translate(N_("抽样对不上的")), "share"),
    )
    rows = []
    for one in report.parts.history:
        moved: tuple[Cell, ...] = (one.generated, -one.deducted, -one.redeemed, one.outstanding, one.self_share)
        rows.append(Row((str(one.month), *moved, one.objections, one.persuaded, one.rectified, one.differing_share)))
    return Table("months", translate(N_("各月")), columns, tuple(rows))
