"""Files on their way in: kept in the instance folder, and given back with the reasons written beside their rows."""

import io
import re
import shutil
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime, timedelta
from math import isfinite
from pathlib import Path
from secrets import token_hex
from uuid import UUID

import xlsxwriter
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from villagepoints.domain.errors import N_, NotFound
from villagepoints.domain.importing import LEFT_OUT, Corrections
from villagepoints.services import workbook
from villagepoints.services.importing.result import Problem

FOLDER = "imports"
REASONS = "要改的地方"
ORPHANED_AFTER = timedelta(days=1)  # a file is kept before its row is written


def tidy(filename: str) -> str:
    """The name of a file without folders and signs that cannot be shown."""
    return "".join(c for c in Path(filename.replace("\\", "/")).name if c.isprintable())[:200] or "file"


def keep(instance: Path, village_id: UUID, content: bytes) -> str:
    """Keep a file of a village under a random name, which is given back."""
    name = token_hex(16)
    place = _home(instance, village_id) / name
    place.mkdir(parents=True, mode=0o700)
    (place / "file").write_bytes(content)
    return name


def folder_of(instance: Path, village_id: UUID, file: str) -> Path:
    """Where a file lies as `file`, and beside it whatever is found out about it; NotFound when it is gone."""
    place = _home(instance, village_id) / file
    if not (place / "file").is_file():
        raise NotFound(N_("这个文件已经不在了。请回到「导入」，重新选文件。"))
    return place


def remove(instance: Path, village_id: UUID, file: str) -> None:
    """Forget a file; one that is gone already is no trouble."""
    shutil.rmtree(_home(instance, village_id) / file, ignore_errors=True)


def sweep(instance: Path, village_id: UUID, kept: set[str], now: datetime) -> None:
    """Remove the files that are not among `kept` and have lain there for a day."""
    home = _home(instance, village_id)
    for place in home.iterdir() if home.is_dir() else ():
        if place.name not in kept and place.stat().st_mtime < (now - ORPHANED_AFTER).timestamp():
            shutil.rmtree(place, ignore_errors=True)


def _home(instance: Path, village_id: UUID) -> Path:
    return instance / FOLDER / str(village_id)


def with_reasons(
    path: Path,
    filename: str,
    corrections: Corrections,
    headers: Mapping[str, int],
    problems: Iterable[tuple[Problem, str]],
) -> bytes:
    """The uploaded tables as put right on the page, a new .xlsx with the sentences in one more column beside every
    refused row, headed REASONS in the header row of each sheet; rows left out on the page are blank."""
    reasons: dict[tuple[str, int], list[str]] = defaultdict(list)
    for problem, sentence in problems:
        reasons[problem.sheet, problem.row].append(f"{problem.column}：{sentence}" if problem.column else sentence)
    content = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    book = xlsxwriter.Workbook(content, options)
    day, loud = book.add_format({"num_format": "yyyy-mm-dd"}), book.add_format({"font_color": "#a8362a"})
    taken: set[str] = set()
    for sheet in workbook.read(path, filename):
        page = book.add_worksheet(_sheet_name(sheet.name, taken))
        rows = list(_corrected(sheet, corrections))
        beside = _reasons_column(rows, headers.get(sheet.name, 0))
        for number, cells in rows:
            for column, value in enumerate(cells):
                if column != beside:
                    _write(page, number - 1, column, value, day)
            if said := reasons.get((sheet.name, number)):
                page.write_string(number - 1, beside, "；".join(said), loud)
        if headers.get(sheet.name):
            page.write_string(headers[sheet.name] - 1, beside, REASONS, loud)
    book.close()
    return content.getvalue()


def _corrected(sheet: workbook.Sheet, corrections: Corrections) -> Iterator[tuple[int, list[workbook.Cell]]]:
    """The rows of a sheet with their numbers; messages speak of these."""
    for number, cells in sheet.rows:
        edits = corrections.of_row(sheet.name, number)
        if LEFT_OUT in edits:
            continue
        for letter, text in edits.items():
            place = workbook.column_index(letter)
            cells.extend([""] * (place + 1 - len(cells)))
            cells[place] = text
        yield number, cells


def _reasons_column(rows: list[tuple[int, list[workbook.Cell]]], header: int) -> int:
    """Where the reasons stand: the column that already has them from an earlier round, else the first free one."""
    heads = next((cells for number, cells in rows if number == header), [])
    return heads.index(REASONS) if REASONS in heads else max((len(cells) for _, cells in rows), default=0)


def _write(page: Worksheet, row: int, column: int, value: workbook.Cell, day: Format) -> None:
    if isinstance(value, datetime | date):
        page.write_datetime(row, column, value, day)
    elif isinstance(value, bool) or (isinstance(value, float) and isfinite(value)):
        page.write(row, column, value)
    elif value != "":
        page.write_string(row, column, str(value)[:32767])


def _sheet_name(wanted: str, taken: set[str]) -> str:
    """A name that Excel allows and no earlier sheet has; a crafted file or a .csv may be called anything."""
    tidy = re.sub(r"[\[\]:*?/\\']", "_", wanted)[:31] or "_"
    name, count = tidy, 1
    while name.casefold() in taken:
        count += 1
        name = f"{tidy[:26]}_{count}"
    taken.add(name.casefold())
    return name
