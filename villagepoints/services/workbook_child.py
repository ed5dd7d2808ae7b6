"""Reads one workbook under limits of memory and time, as a process of its own that imports nothing of ours."""

import gc
import pickle
import sys
from typing import Any

from python_calamine import CalamineError, CalamineSheet, CalamineWorkbook, PasswordError

MEMORY = 640 << 20  # bytes of address space; a real table of 100,000 rows needs less than 200 MB
SECONDS = 30  # of the processor
CELLS = 3_000_000
BYTES = 150_000_000  # handed to the caller
MERGED = 200_000


def limit() -> None:
    """Let the system end this process when a workbook asks for too much; elsewhere the caller's clock remains."""
    try:
        import resource
    except ImportError:  # not on Windows
        return
    for what, most in ((resource.RLIMIT_AS, MEMORY), (resource.RLIMIT_CPU, SECONDS)):
        try:
            resource.setrlimit(what, (most, most))
        except (ValueError, OSError):
            continue


def cells(sheet: CalamineSheet, room: list[int]) -> list[tuple[int, list[Any]]]:
    """The rows that hold something, each with its 1-based number, from column A on; MemoryError when too many."""
    if sheet.start is None:
        return []
    first, left = sheet.start
    rows = []
    for number, values in enumerate(sheet.to_python(skip_empty_area=True), first + 1):
        last = len(values)
        while last and values[last - 1] == "":
            last -= 1
        if not last:
            continue
        row = [""] * left + values[:last]
        room[0] -= len(row)
        if room[0] < 0:
            raise MemoryError
        rows.append((number, row))
    return rows


def main(path: str) -> int:
    """Write a pickled list of (sheet, rows, merged ranges) to standard output; 3 damaged, 4 password, 5 too large."""
    limit()
    room = [CELLS]
    gc.disable()  # nothing here is a circle, and looking for one costs a third of the time
    try:
        with CalamineWorkbook.from_path(path) as workbook:
            sheets = []
            for name in workbook.sheet_names:
                sheet = workbook.get_sheet_by_name(name)
                merged = sheet.merged_cell_ranges or []
                sheets.append((name, cells(sheet, room), merged[:MERGED]))
        content = pickle.dumps(sheets, protocol=pickle.HIGHEST_PROTOCOL)
        if len(content) > BYTES:
            raise MemoryError
        sys.stdout.buffer.write(content)
    except PasswordError:
        return 4
    except MemoryError:
        return 5
    except (CalamineError, OSError, ValueError, OverflowError):
        return 3
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
