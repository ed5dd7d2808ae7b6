"""Finds the table in a sheet: its header under title rows, its columns, its rows without totals and blank lines."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import TypeVar

from villagepoints.domain.errors import N_, BadInput
from villagepoints.services.importing.columns import COLUMNS, PRIVATE, Column
from villagepoints.services.importing.result import Problem, Unusable
from villagepoints.services.importing.values import header_key, shown
from villagepoints.services.workbook import Cell, Sheet, column_letter

LOOK_FOR_HEADER = 30  # rows
TOTAL = re.compile(r"[本全各]?[村页月组期]?(合计|总计|小计|共计|累计|总数|合计数)")
FOOTER = re.compile(r"(填[报表写]|制表|审[核批阅]|负责|经办|备注|说明|注|单位)[^，。]{0,12}[:：]")
SERIALS = {"序号", "序", "行号", "编号", "NO", "NO."}
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
        if name in PRIVATE and len(value) > 8:
            value = f"{value[:3]}…{value[-4:]}"
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


def tables(kind: str, sheets: list[Sheet]) -> tuple[list[Table], list[list[Record]], list[Problem]]:
    """The tables of a workbook, their rows, a warning for each sheet without one; Unusable when there is none."""
    found, rows, warnings = [], [], []
    nearest: tuple[int, list[Column]] | None = None
    for sheet in sheets:
        table, missing = _find(kind, sheet)
        if table is not None:
            found.append(table)
            rows.append(list(_records(kind, table, sheet)))
        elif sheet.rows:
            matched = len(COLUMNS[kind]) - len(missing)
            nearest = max(nearest or (0, missing), (matched, missing), key=lambda pair: pair[0])
            warnings.append(Problem(sheet.name, 0, "", "", N_("这张表没有认出表头，跳过了")))
    if not found:
        missing = nearest[1] if nearest else [c for c in COLUMNS[kind] if c.required]
        raise Unusable(
            N_("没有找到表头。表里要有这些列：%(needed)s；现在缺：%(missing)s。请照着改表头再导入。"),
            needed="、".join(c.spellings[0] for c in COLUMNS[kind] if c.required),
            missing="、".join("／".join(c.spellings[:3]) for c in missing if c.required),
        )
    return found, rows, warnings


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
    for number, cells in sheet.rows:
        if number <= table.header_row:
            continue
        record = Record(table, number, cells)
        lead = [cell.strip() for cell in cells[: start + 3] if isinstance(cell, str) and cell.strip()]
        if _is_blank(cells, serials) or any(map(_is_total, lead)) or _is_footer(lead, cells):
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
