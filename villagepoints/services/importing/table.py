"""Finds the table in a sheet: its header under title rows, its columns, its rows without totals and blank lines."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import TypeVar

from villagepoints.domain.errors import N_, BadInput
from villagepoints.domain.importing import LEFT_OUT, NONE, Corrections, SheetChoice
from villagepoints.services.importing.columns import ASIDE, COLUMNS, PRIVATE, Column, covered
from villagepoints.services.importing.result import Problem, Unusable
from villagepoints.services.importing.values import header_key, shown
from villagepoints.services.workbook import Cell, Sheet, column_index, column_letter

LOOK_FOR_HEADER = 30  # rows
TOTAL = re.compile(r"[本全各]?[村页月组期]?(合计|总计|小计|共计|累计|总数|合计数)")
FOOTER = re.compile(r"(填[报表写]|制表|审[核批阅]|负责|经办|备注|说明|注|单位)[^，。]{0,12}[:：]")
SERIALS = {"序号", "序", "行号", "编号", "NO", "NO."}
OWN_LEDGER = {"记账时间", "哪天的事", "项目"}  # heads of the list of entries, as it is taken out
CHANGED_BY_IMPORT = ("roster", "rewards")  # what the books have already changes nothing
EXAMPLE = "例"  # as the running number of a row: the template's own, not the village's
T = TypeVar("T")


@dataclass(slots=True)
class Table:
    """A sheet's table: where each field stands, the headers that are no known field, the words above it."""

    sheet: str
    header_row: int
    places: dict[str, int]
    titles: list[str]
    others: list[tuple[int, str]] = field(default_factory=list)
    names: dict[str, str] = field(default_factory=dict)
    month: str = ""  # what was chosen on the page; else the sheet's name or its titles say it

    def letter(self, name: str) -> str:
        """The column of a field as Excel names it, with its header: `E 分值`."""
        place = self.places.get(name)
        return "" if place is None else f"{column_letter(place)} {self.names.get(name, '')}".strip()


@dataclass(slots=True)
class Record:
    """One row of a table."""

    table: Table
    number: int
    cells: list[Cell]
    before: dict[int, Cell] | None = None  # what stood in the file where a cell was put right on the page

    def raw(self, name: str) -> Cell:
        """The cell of a field; empty text when the file has no such column or the row ends before it."""
        place = self.table.places.get(name)
        return "" if place is None or place >= len(self.cells) else self.cells[place]

    def has(self, name: str) -> bool:
        """Whether the row says anything in that field."""
        value = self.raw(name)
        return not isinstance(value, str) or bool(value.strip())

    def problem(self, name: str, sentence: str, /, **values: object) -> Problem:
        """A sentence about one cell of this row; spreads `values` into it when shown."""
        value = shown(self.raw(name))
        if name in PRIVATE:
            value = covered(value)
        return Problem(self.table.sheet, self.number, self.table.letter(name), value, sentence, values)


class Reader:
    """Reads the fields of a row and collects what cannot be read, so that one pass names every fault of the row."""

    def __init__(self, record: Record, problems: list[Problem]) -> None:
        self.record = record
        self.problems = problems
        self.ok = True

    def get(self, name: str, read: Callable[[Cell], T], needed: bool = False) -> T | None:
        """The field as `read` reads it; None when empty or refused (`ok` tells)."""
        raw = self.record.raw(name)
        if isinstance(raw, str) and not raw.strip():
            if needed:
                self.refuse(name, N_("这一格空着，请填上"))
            return None
        try:
            return read(raw)
        except BadInput as error:
            self.refuse(name, error.sentence, **error.values)
            return None

    def refuse(self, name: str, sentence: str, /, **values: object) -> None:
        """Name a fault of one field."""
        self.problems.append(self.record.problem(name, sentence, **values))
        self.ok = False


@dataclass(slots=True)
class Found:
    """What a workbook holds: its tables, the rows of each, the rows left out on the page, and a warning for each
    sheet without a table."""

    tables: list[Table] = field(default_factory=list)
    records: list[list[Record]] = field(default_factory=list)
    left_out: list[Record] = field(default_factory=list)
    warnings: list[Problem] = field(default_factory=list)


def tables(kind: str, sheets: list[Sheet], corrections: Corrections = NONE) -> Found:
    """The tables of a workbook as put right on the page; Unusable when there is none."""
    found = Found()
    nearest: tuple[int, list[Column]] | None = None
    for sheet in sheets:
        if sheet.name in ASIDE:
            continue
        _refuse_own_ledger(kind, sheet)
        chosen = corrections.of_sheet(sheet.name)
        table, missing = _find(kind, sheet) if chosen is None else _chosen(kind, sheet, chosen)
        if table is not None:
            found.tables.append(table)
            found.records.append(list(_corrected(_records(kind, table, sheet), corrections, found.left_out)))
        elif sheet.rows and (chosen is None or chosen.places):
            matched = len(COLUMNS[kind]) - len(missing)
            nearest = max(nearest or (0, missing), (matched, missing), key=lambda pair: pair[0])
            found.warnings.append(Problem(sheet.name, 0, "", "", N_("这张表没有认出表头，跳过了")))
    if not found.tables:
        missing = nearest[1] if nearest else [c for c in COLUMNS[kind] if c.required]
        raise Unusable(
            N_("没有找到表头。表里要有这些列：%(needed)s；现在缺：%(missing)s。请照着改表头再导入。"),
            needed="、".join(c.spellings[0] for c in COLUMNS[kind] if c.required),
            missing="、".join("／".join(c.spellings[:3]) for c in missing if c.required),
        )
    return found


def _refuse_own_ledger(kind: str, sheet: Sheet) -> None:
    """What was taken out of the ledger is in it: its rows have no identity of an import, and would come in twice."""
    heads = (cells for _, cells in sheet.rows[:LOOK_FOR_HEADER])
    if kind not in CHANGED_BY_IMPORT and any(OWN_LEDGER.issubset(map(shown, cells)) for cells in heads):
        raise Unusable(N_("这张表是从积分账里导出来的，里面的分都已经在账上，再导一次就重复了。什么都没有记。"))


def _chosen(kind: str, sheet: Sheet, chosen: SheetChoice) -> tuple[Table | None, list[Column]]:
    """The table as its columns were put right on the page; None while a needed one is not chosen."""
    header = next((cells for number, cells in sheet.rows if number == chosen.header_row), [])
    words = {index: header_key(cell) for index, cell in enumerate(header) if isinstance(cell, str) and cell.strip()}
    missing = [column for column in COLUMNS[kind] if column.field not in chosen.places]
    if not chosen.places or any(column.required for column in missing):
        return None, missing
    names = {name: words.get(place, "") for name, place in chosen.places.items()}
    others = [(index, key) for index, key in words.items() if index not in chosen.places.values()]
    titles = [shown(value) for number, row in sheet.rows if number < chosen.header_row for value in row if value != ""]
    return Table(sheet.name, chosen.header_row, dict(chosen.places), titles, others, names, chosen.month), []


def _corrected(found: Iterator[Record], corrections: Corrections, left_out: list[Record]) -> Iterator[Record]:
    """The rows with the cells that were put right on the page; those left out there go into `left_out`."""
    for record in found:
        cells = corrections.of_row(record.table.sheet, record.number)
        if LEFT_OUT in cells:
            left_out.append(record)
            continue
        for letter, text in cells.items():
            place = column_index(letter)
            record.cells.extend([""] * (place + 1 - len(record.cells)))
            record.before = (record.before or {}) | {place: record.cells[place]}
            record.cells[place] = text
        yield record


def likely_header(kind: str, sheet: Sheet) -> tuple[int, dict[str, int]]:
    """The row that looks most like a header, and what it names; 0 for an empty sheet."""
    matched = [(len(_match(kind, cells)[0]), -number, cells) for number, cells in sheet.rows[:LOOK_FOR_HEADER]]
    if not matched:
        return 0, {}
    count, number, cells = max(matched, key=lambda row: row[:2])
    if not count:  # then the first row that names several columns
        several = (number for number, row in sheet.rows[:LOOK_FOR_HEADER] if len([c for c in row if c != ""]) > 1)
        return next(several, sheet.rows[0][0]), {}
    return -number, _match(kind, cells)[0]


def _find(kind: str, sheet: Sheet) -> tuple[Table | None, list[Column]]:
    """The table whose header is the last of the first run of rows that name every needed column."""
    best: Table | None = None
    fewest = list(COLUMNS[kind])
    for index, (number, cells) in enumerate(sheet.rows[:LOOK_FOR_HEADER]):
        places, names, others = _match(kind, cells)
        missing = [c for c in COLUMNS[kind] if c.field not in places]
        if not any(c.required for c in missing):
            if best is None or number == best.header_row + 1:
                titles = [shown(value) for _, row in sheet.rows[:index] for value in dict.fromkeys(row) if value != ""]
                best = Table(sheet.name, number, places, titles, others, names)
        elif best is None and len(missing) < len(fewest):
            fewest = missing
    return best, fewest


def _match(kind: str, cells: list[Cell]) -> tuple[dict[str, int], dict[str, str], list[tuple[int, str]]]:
    keys = {index: header_key(cell) for index, cell in enumerate(cells) if isinstance(cell, str) and cell.strip()}
    first = {key: index for index, key in reversed(keys.items())}
    places: dict[str, int] = {}
    names: dict[str, str] = {}
    for column in COLUMNS[kind]:
        for spelling in column.spellings:
            if spelling in first and first[spelling] not in places.values():
                places[column.field], names[column.field] = first[spelling], spelling
                break
    taken = set(names.values())
    return places, names, [(index, key) for index, key in keys.items() if key not in taken]


def _records(kind: str, table: Table, sheet: Sheet) -> Iterator[Record]:
    """The rows under the header, without blank lines, totals, signatures and headers repeated on each page."""
    needed = [c.field for c in COLUMNS[kind] if c.required and c.field in table.places]
    start = min(table.places.values())
    serials = {place for place, header in table.others if header.upper() in SERIALS}
    example = {place for place in serials if place < start}
    for number, cells in sheet.rows:
        if number <= table.header_row:
            continue
        record = Record(table, number, cells)
        lead = [cell.strip() for cell in cells[: start + 3] if isinstance(cell, str) and cell.strip()]
        if _is_blank(cells, serials) or any(map(_is_total, lead)) or _is_footer(lead, cells):
            continue
        if any(place < len(cells) and cells[place] == EXAMPLE for place in example):
            continue
        if needed and all(_is_header(record.raw(name), table.names[name]) for name in needed):
            continue
        yield record


def _is_blank(cells: list[Cell], serials: set[int]) -> bool:
    """A row without a word, or with nothing but the running number that a template carries to its end."""
    return not any(
        place not in serials and (not isinstance(cell, str) or cell.strip()) for place, cell in enumerate(cells)
    )


def _is_total(words: str) -> bool:
    return (
        len(words) < 12
        and ("计" in words or "总" in words)
        and TOTAL.fullmatch(re.sub(r"[\s:：]", "", words)) is not None
    )


def _is_footer(lead: list[str], cells: list[Cell]) -> bool:
    """填表人：… 审核人：…, alone in its row or merged over it."""
    if not lead or not FOOTER.match(lead[0]):
        return False
    return len({cell for cell in cells if not isinstance(cell, str) or cell.strip()}) <= 3


def _is_header(raw: Cell, name: str) -> bool:
    return isinstance(raw, str) and header_key(raw) == name
