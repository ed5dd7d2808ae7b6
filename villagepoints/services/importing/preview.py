"""What a file would do, row by row, worked out once and kept beside it for the pages that show it."""

import pickle
import sqlite3
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass, field
from datetime import datetime, time
from pathlib import Path
from typing import Any

from villagepoints.domain.errors import N_, DomainError
from villagepoints.services.importing import matching
from villagepoints.services.importing.columns import COLUMNS, PRIVATE, covered
from villagepoints.services.importing.matching import SheetColumns
from villagepoints.services.importing.plan import File
from villagepoints.services.importing.result import CHANGED, NEW, OUT, REFUSED, SAME, ImportResult, Problem
from villagepoints.services.importing.table import Record
from villagepoints.services.paging import Page, Wanted
from villagepoints.services.workbook import Cell

ALL, WARNED = "all", "warned"
STATES = (REFUSED, NEW, CHANGED, SAME, OUT)
FILE = "preview.db"


@dataclass(frozen=True, slots=True)
class Line:
    """A row of the file: its cells by field, what stood there before it was put right, what is said of it."""

    sheet: str
    row: int
    state: str
    cells: dict[str, str]
    before: dict[str, str]
    problems: list[Problem]
    warnings: list[Problem]


@dataclass(frozen=True, slots=True)
class Summary:
    """The file as a whole; `sentence` with its `values` where it cannot be used."""

    result: ImportResult
    sheets: list[SheetColumns]
    counts: dict[str, int]
    sentence: str = ""
    values: Mapping[str, object] = field(default_factory=dict)

    @property
    def fields(self) -> list[str]:
        """The fields that any sheet has, in the order of the kind."""
        there = {name for sheet in self.sheets for name in sheet.places}
        known = [column.field for column in COLUMNS.get(self.result.kind, ()) if column.field in there]
        return known + sorted(there - set(known))

    @property
    def is_ready(self) -> bool:
        """Whether it can go in as it is."""
        return not self.sentence and not self.result.problems and not self.result.nothing_new


def work_out(open_file: Callable[[], File], plan: Callable[[File], None], kind: str, place: Path, name: str) -> None:
    """Read the file, plan it, and keep what comes of it under `name`; a refusal of the whole file is kept too."""
    result = ImportResult(kind, dry_run=True)
    file: File | None = None
    refusal: DomainError | None = None
    try:
        file = open_file()
        result = file.result
        plan(file)
    except DomainError as error:
        refusal = error
    except Exception:
        sentence = N_("核对这个文件的时候程序出了错，什么都没有记。请换一个文件，或者告诉管系统的人。")
        _write(place, name, Summary(result, [], dict.fromkeys((*STATES, ALL, WARNED), 0), sentence), [])
        raise
    said = ("", {}) if refusal is None else (refusal.sentence, {n: _plain(v) for n, v in refusal.values.items()})
    lines = [] if file is None or refusal is not None else list(_lines(file))
    counts = {state: sum(line.state == state for line in lines) for state in STATES}
    counts[ALL] = len(lines)
    counts[WARNED] = sum(bool(line.warnings) for line in lines)
    sheets = matching.sheets(file) if file is not None else []
    result.states = {}  # they stand in the lines
    _write(place, name, Summary(result, sheets, counts, *said), lines)


def _plain(value: object) -> object:
    """A value of a sentence as it can be kept: an error of a parser becomes its words."""
    return str(value) if isinstance(value, BaseException) else value


def _lines(file: File) -> Iterator[Line]:
    result = file.result
    problems, warnings = _by_row(result.problems), _by_row(result.warnings)
    records = [record for rows in file.records for record in rows] + file.left_out
    order = {sheet.name: place for place, sheet in enumerate(file.sheets)}
    left_out = set(map(id, file.left_out))
    for record in sorted(records, key=lambda record: (order[record.table.sheet], record.number)):
        place = (record.table.sheet, record.number)
        state = REFUSED if place in problems else result.states.get(place, SAME)
        yield _line(record, OUT if id(record) in left_out else state, problems[place], warnings[place])


def _line(record: Record, state: str, problems: list[Problem], warnings: list[Problem]) -> Line:
    cells, before = {}, {}
    for name, place in record.table.places.items():
        cells[name] = _as_text(name, record.raw(name))
        if record.before and place in record.before:
            before[name] = _as_text(name, record.before[place])
    return Line(record.table.sheet, record.number, state, cells, before, problems, warnings)


def _by_row(problems: Iterable[Problem]) -> defaultdict[tuple[str, int], list[Problem]]:
    found: defaultdict[tuple[str, int], list[Problem]] = defaultdict(list)
    for problem in problems:
        found[problem.sheet, problem.row].append(problem)
    return found


def _as_text(name: str, value: Cell) -> str:
    """A cell as it can be typed again: whole numbers without their point, days without midnight."""
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    if isinstance(value, datetime):
        return value.date().isoformat() if value.time() == time() else value.isoformat(sep=" ")
    return covered(str(value).strip()) if name in PRIVATE else str(value)


def _write(place: Path, name: str, summary: Summary, lines: list[Line]) -> None:
    """As a small database of its own, put in place whole: a page of 100,000 rows is then read without the others."""
    made = place / f"{FILE}.{name[:16]}"
    made.unlink(missing_ok=True)
    with closing(sqlite3.connect(made)) as database, database:
        database.execute("PRAGMA journal_mode=OFF")
        database.execute("CREATE TABLE summary (name TEXT, body BLOB)")
        database.execute("CREATE TABLE line (n INTEGER PRIMARY KEY, state TEXT, warned INTEGER, body BLOB)")
        database.execute("INSERT INTO summary VALUES (?, ?)", (name, pickle.dumps(summary)))
        rows = ((line.state, bool(line.warnings), pickle.dumps(line)) for line in lines)
        database.executemany("INSERT INTO line (state, warned, body) VALUES (?, ?, ?)", rows)
        database.execute("CREATE INDEX line_state ON line (state, n)")
        database.execute("CREATE INDEX line_warned ON line (warned, n)")
    made.replace(place / FILE)


def find(place: Path, name: str) -> Summary | None:
    """What was worked out under that name; None while it is not."""
    if not (place / FILE).is_file():
        return None
    with closing(sqlite3.connect(place / FILE)) as database:
        kept = database.execute("SELECT body FROM summary WHERE name = ?", (name,)).fetchone()
    summary: Summary | None = pickle.loads(kept[0]) if kept else None
    return summary


def page(place: Path, summary: Summary, state: str, wanted: Wanted) -> Page[Line]:
    """A page of the rows in that state (WARNED: those with a warning; ALL), in the file's order."""
    where, given = {ALL: ("1", ()), WARNED: ("warned = 1", ())}.get(state, ("state = ?", (state,)))
    total = summary.counts.get(state, 0)
    query = f"SELECT body FROM line WHERE {where} ORDER BY n LIMIT ? OFFSET ?"
    with closing(sqlite3.connect(place / FILE)) as database:
        rows = database.execute(query, (*given, wanted.size, wanted.offset)).fetchall()
    lines: list[Any] = [pickle.loads(body) for (body,) in rows]
    return Page(lines, wanted.number, wanted.size, total)
