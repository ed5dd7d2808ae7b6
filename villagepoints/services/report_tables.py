"""The month's report as tables and sentences, laid out once for the page, the PDF and the workbook."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Literal

from villagepoints.domain.calendar import SHANGHAI, Month
from villagepoints.domain.errors import N_
from villagepoints.domain.report import LARGE, RELOCATED, RESIDENT, Line, MonthReport, percent, percent_change
from villagepoints.domain.rulebook import BASE, CONTRIBUTION, PENALTY

Kind = Literal["text", "points", "average", "change", "share"]
Level = Literal["", "item", "total"]
Cell = str | int | Decimal | None
Translate = Callable[[str], str]

MINUS, PLUS = "\N{MINUS SIGN}", "\N{FULLWIDTH PLUS SIGN}"
CHANNELS = {"self": N_("村民自己（手机）"), "counter": N_("窗口"), "proxy": N_("代办")}
HEADINGS = {
    "books": N_("收支一览"),
    "categories": N_("各类积分"),
    "channels": N_("怎么兑换的"),
    "goods": N_("兑换了什么"),
    "items": N_("各项评分内容"),
}


@dataclass(frozen=True, slots=True)
class Source:
    """Where a report comes from: the village, the instant it was made, and where anybody can read it (its code)."""

    village: str
    made_at: datetime
    url: str = ""


@dataclass(frozen=True, slots=True)
class Column:
    """A column's head and what its cells are."""

    text: str
    kind: Kind = "points"


@dataclass(frozen=True, slots=True)
class Row:
    """The cells of a row; `level` says whether it is a part of the row above or a sum."""

    cells: tuple[Cell, ...]
    level: Level = ""


@dataclass(frozen=True, slots=True)
class Table:
    """A table with its heading, already translated."""

    name: str
    heading: str
    columns: tuple[Column, ...]
    rows: tuple[Row, ...]


def written(kind: Kind, cell: Cell) -> str:
    """A cell as a person reads it: 1,046 · −30 · 64.1 · ＋0.4% · 84.6%; nothing to say is a dash."""
    if cell is None:
        return "—"
    if isinstance(cell, str):
        return cell
    sign = MINUS if cell < 0 else PLUS if kind == "change" and cell > 0 else ""
    return f"{sign}{abs(cell):,}{'%' if kind in ('change', 'share') else ''}"


def tables(report: MonthReport, translate: Translate = str) -> list[Table]:
    """Every table of the report, in the order in which it is read."""
    made = {
        "books": _books(report, translate),
        "categories": _categories(report, translate),
        "channels": _channels(report, translate),
        "goods": _goods(report, translate),
        "items": _items(report, translate),
    }
    return [Table(name, translate(HEADINGS[name]), *content) for name, content in made.items()]


def summary(report: MonthReport, village: str, translate: Translate = str) -> str:
    """The month in one sentence."""
    sentence = translate(
        N_(
            "本月%(village)s %(all)s 户（常住 %(resident)s、动迁上楼 %(relocated)s）产生积分 %(generated)s，"
            "扣分 %(deducted)s，兑换 %(redeemed)s，月末未兑换 %(outstanding)s。"
        )
    )
    return sentence % {
        "village": village,
        "all": f"{report.all_households:,}",
        "resident": f"{report.households[RESIDENT]:,}",
        "relocated": f"{report.households[RELOCATED]:,}",
        "generated": written("points", report.now.generated),
        "deducted": written("points", report.now.deducted),
        "redeemed": written("points", report.now.redeemed),
        "outstanding": written("points", report.now.outstanding),
    }


def stressed(sentence: str) -> list[tuple[str, bool]]:
    """A sentence in pieces, each with whether it is a figure to be set in bold."""
    pieces = re.split(r"(\d[\d,]*)", sentence)
    return [(piece, at % 2 == 1) for at, piece in enumerate(pieces) if piece]


def notes(report: MonthReport, translate: Translate = str) -> list[str]:
    """What a careful reader asks next: how many entries, large ones, late ones, and whether the month is over."""
    said = [
        translate(N_("全月 %(entries)s 条记录，其中一次 %(large)s 分以上的 %(count)s 条。"))
        % {"entries": f"{report.entries:,}", "large": LARGE, "count": report.large}
    ]
    if late := sum(report.late.values()):
        said.append(
            translate(N_("本月补记以前月份的 %(late)s 条，其中导入 %(imported)s 条；已计入发生的月份。"))
            % {"late": f"{late:,}", "imported": f"{report.late.get('import', 0):,}"}
        )
    if not report.is_over:
        said.append(translate(N_("这个月还没有过完，不和上月比。")))
    return said


def footing(report: MonthReport, made_at: datetime, translate: Translate = str) -> list[str]:
    """On what the report stands: its seal, or the books of an instant with the latest seal and what came after it."""
    if report.is_sealed:
        made = translate(N_("报告按这次封账的账面做成，之后记的不在里面。"))
    else:
        made = translate(N_("按 %(when)s 的账面做成，监督员还没有签字。")) % {"when": _instant(made_at, translate)}
    seal = report.seal
    if seal is None:
        return [made + translate(N_("还没有封过账，之后的补记和冲正会改变它。"))]
    covers = translate(N_("第 %(number)s 次封账（%(when)s）含 %(households)s 户、%(entries)s 条记录。")) % {
        "number": seal.number,
        "when": _instant(seal.taken_at, translate),
        "households": f"{seal.households:,}",
        "entries": f"{seal.entries:,}",
    }
    if seal.since:
        covers += translate(N_("封账后又记了 %(since)s 条，这里已经算入。")) % {"since": f"{seal.since:,}"}
    return [translate(N_("封账指纹 %(fingerprint)s")) % {"fingerprint": seal.fingerprint}, covers, made]


def _instant(when: datetime, translate: Translate) -> str:
    local = when.astimezone(SHANGHAI)
    month = translate(Month.of(local).name)
    named = {"year": local.year, "month": month, "day": local.day, "time": f"{local:%H:%M}"}
    return translate(N_("%(year)d年%(month)s%(day)d日 %(time)s")) % named


def title(report: MonthReport, source: Source, translate: Translate = str) -> str:
    """The report's title with village and month."""
    named = {"village": source.village, "month": month_name(report, translate)}
    return translate(N_("%(village)s %(month)s积分报告")) % named


def month_name(report: MonthReport, translate: Translate = str) -> str:
    """The month as 2026年1月."""
    return translate(N_("%(year)d年%(month)s")) % {"year": report.month.year, "month": translate(report.month.name)}


Content = tuple[tuple[Column, ...], tuple[Row, ...]]


def _change(report: MonthReport, now: int, before: int) -> Decimal | None:
    return percent_change(now, before) if report.is_over else None


def _books(report: MonthReport, translate: Translate) -> Content:
    """From last month's end to this month's: the four steps that must add up."""
    now, before = report.now, report.before
    columns = (
        Column(translate(N_("项目")), "text"),
        Column(translate(N_("本月"))),
        Column(translate(N_("上月"))),
        Column(translate(N_("比上月")), "change"),
    )
    figures: list[tuple[str, int, int, Level]] = [
        (N_("上月末未兑换"), now.brought_forward, before.brought_forward, ""),
        (N_("产生"), now.generated, before.generated, ""),
        (N_("其中基础分"), report.total.now.base, report.total.before.base, "item"),
        (N_("其中贡献分"), report.total.now.contribution, report.total.before.contribution, "item"),
        (N_("扣分"), -now.deducted, -before.deducted, ""),
        (N_("兑换"), -now.redeemed, -before.redeemed, ""),
    ]
    if now.other or before.other:
        figures.append((N_("结转、到期、合并户"), now.other, before.other, ""))
    figures.append((N_("月末未兑换"), now.outstanding, before.outstanding, "total"))
    rows = [Row((translate(text), a, b, _change(report, a, b)), level) for text, a, b, level in figures]
    return columns, tuple(rows)


def _categories(report: MonthReport, translate: Translate) -> Content:
    columns = (
        Column(translate(N_("类别")), "text"),
        Column(translate(N_("基础分"))),
        Column(translate(N_("贡献分"))),
        Column(translate(N_("扣分"))),
        Column(translate(N_("常住户均")), "average"),
        Column(translate(N_("上楼户均")), "average"),
        Column(translate(N_("比上月")), "change"),
    )
    named = translate(N_("%(name)s（%(count)s项）"))
    rows = [
        _category_row(report, named % {"name": translate(group.line.name), "count": len(group.items)}, group.line)
        for group in report.groups
    ]
    count = sum(len(group.items) for group in report.groups)
    name = named % {"name": translate(N_("合计")), "count": count}
    return columns, (*rows, _category_row(report, name, report.total, "total"))


def _category_row(report: MonthReport, name: str, line: Line, level: Level = "") -> Row:
    now = line.now
    averages = (report.average(now, RESIDENT), report.average(now, RELOCATED))
    return Row((name, *_kinds(line), *averages, _line_change(report, line)), level)


def _kinds(line: Line) -> tuple[Cell, ...]:
    """Base, contribution and deduction; None for what the line cannot hold, so that a 0 means that nothing happened."""
    figures = {BASE: line.now.base, CONTRIBUTION: line.now.contribution, PENALTY: line.now.deduction}
    return tuple(points if points or kind in line.kinds else None for kind, points in figures.items())


def _line_change(report: MonthReport, line: Line) -> Decimal | None:
    return line.change if report.is_over else None


def _items(report: MonthReport, translate: Translate) -> Content:
    columns = (
        Column(translate(N_("编号")), "text"),
        Column(translate(N_("评分内容")), "text"),
        Column(translate(N_("基础分"))),
        Column(translate(N_("贡献分"))),
        Column(translate(N_("扣分"))),
        Column(translate(N_("常住合计"))),
        Column(translate(N_("户均")), "average"),
        Column(translate(N_("上楼合计"))),
        Column(translate(N_("户均")), "average"),
        Column(translate(N_("比上月")), "change"),
    )
    rows: list[Row] = []
    for group in report.groups:
        rows.append(_item_row(report, group.line.code, translate(group.line.name), group.line, "total"))
        rows += [_item_row(report, item.code, translate(item.name), item) for item in group.items]
    rows.append(_item_row(report, "", translate(N_("合计")), report.total, "total"))
    return columns, tuple(rows)


def _item_row(report: MonthReport, code: str, name: str, line: Line, level: Level = "") -> Row:
    now = line.now
    tracks: list[Cell] = []
    for residency in (RESIDENT, RELOCATED):
        tracks += [now.by_residency[residency], report.average(now, residency)]
    return Row((code, name, *_kinds(line), *tracks, _line_change(report, line)), level)


def _channels(report: MonthReport, translate: Translate) -> Content:
    columns = (
        Column(translate(N_("方式")), "text"),
        Column(translate(N_("笔数"))),
        Column(translate(N_("积分"))),
        Column(translate(N_("占笔数")), "share"),
    )
    number = sum(channel.number for channel in report.channels)
    rows = [
        Row((translate(CHANNELS[one.name]), one.number, one.points, percent(one.number, number)))
        for one in report.channels
    ]
    points = sum(channel.points for channel in report.channels)
    return columns, (*rows, Row((translate(N_("合计")), number, points, percent(number, number)), "total"))


def _goods(report: MonthReport, translate: Translate) -> Content:
    columns = (
        Column(translate(N_("商品")), "text"),
        Column(translate(N_("件数"))),
        Column(translate(N_("积分"))),
        Column(translate(N_("占积分")), "share"),
    )
    points = sum(one.points for one in report.goods)
    rows = [Row((one.name, one.number, one.points, percent(one.points, points))) for one in report.goods]
    number = sum(one.number for one in report.goods)
    return columns, (*rows, Row((translate(N_("合计")), number, points, percent(points, points)), "total"))
