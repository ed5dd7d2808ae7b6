"""100,000 rows of a register imported, against a bare `executemany` of the very rows that end up in the tables."""

import shutil
import sqlite3
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import xlsxwriter
from sqlalchemy.orm import Session

from benchmarks import ground
from benchmarks.harness import Row, alternate, share_of_limit
from tests.databases import connect
from tests.factories import Made
from villagepoints.services.importing.run import import_file
from villagepoints.services.transaction import PRAGMAS

ROWS, TURNS, HOUSEHOLDS = 100_000, 3, 2000
TABLES = ("import_batch", "ledger_entry", "entry_text", "import_row")
HEADER = ("日期", "户号", "户主", "项目编号", "分值", "事由", "记录人")


def rows(folder: Path) -> Iterator[Row]:
    """From the workbook on the disk to the commit, against writing what came of it."""
    engine = ground.fresh(folder / "empty.db")
    with Session(engine, expire_on_commit=False) as session:
        made, _ = ground.village(session, HOUSEHOLDS, 0)
    engine.dispose()
    workbook = _workbook(folder / "events.xlsx")
    _import(folder, made, workbook)
    written = {table: _dump(folder / "ours.db", table) for table in TABLES}
    assert len(written["ledger_entry"][1]) == ROWS
    measured = alternate(lambda: _import(folder, made, workbook), lambda: _write(folder, written), TURNS)
    yield share_of_limit("100,000 rows of a workbook imported / bare executemany", measured, 0.3)


def _workbook(path: Path) -> Path:
    book = xlsxwriter.Workbook(path, {"constant_memory": True, "default_date_format": "yyyy-mm-dd"})
    sheet = book.add_worksheet("加减分明细")
    sheet.write_row(0, 0, HEADER)
    for number in range(ROWS):
        day = (ground.NOW - timedelta(days=number % 150)).date()
        house = f"n{number % HOUSEHOLDS:06d}"
        sheet.write_row(number + 1, 0, (day, house, f"户主{house}", "D4", 10, f"代买药品第{number}次", "沈文书"))
    book.close()
    return path


def _import(folder: Path, made: Made, workbook: Path) -> None:
    _copy(folder, "ours.db")
    engine = connect(f"sqlite:///{folder / 'ours.db'}")
    with Session(engine, expire_on_commit=False) as session:
        given = {"identity_key": b"k" * 32, "now": ground.NOW}
        result = import_file(session, made.clerk, "events", workbook, workbook.name, **given)  # type: ignore[arg-type]
    engine.dispose()
    assert not result.problems, result.problems[:3]


def _copy(folder: Path, name: str) -> None:
    for leftover in folder.glob(f"{name}*"):
        leftover.unlink()
    shutil.copyfile(folder / "empty.db", folder / name)


def _dump(path: Path, table: str) -> tuple[int, list[Any]]:
    with sqlite3.connect(path) as connection:
        found = connection.execute(f"SELECT * FROM {table} ORDER BY rowid").fetchall()
    return len(found[0]), found


def _write(folder: Path, written: dict[str, tuple[int, list[Any]]]) -> None:
    _copy(folder, "bare.db")
    connection = sqlite3.connect(folder / "bare.db", isolation_level=None)
    for pragma in PRAGMAS:
        connection.execute(f"PRAGMA {pragma}")
    connection.execute("BEGIN IMMEDIATE")
    for table, (columns, found) in written.items():
        connection.executemany(f"INSERT INTO {table} VALUES ({', '.join('?' * columns)})", found)
    connection.execute("COMMIT")
    connection.close()
