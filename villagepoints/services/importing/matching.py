"""Which column of each sheet means what, as it was found or chosen, with the first values of each column."""

from collections.abc import Sequence
from dataclasses import dataclass

from villagepoints.services.importing.columns import ASIDE, COLUMNS, PRIVATE, covered
from villagepoints.services.importing.plan import File
from villagepoints.services.importing.table import Table, likely_header
from villagepoints.services.importing.values import shown
from villagepoints.services.workbook import Sheet, column_letter

FIRST = 3  # values of a column that are shown


@dataclass(frozen=True, slots=True)
class Head:
    """A column of a sheet: its letter, its header, its first values."""

    place: int
    letter: str
    text: str
    values: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SheetColumns:
    """A sheet, its header row (0: it is empty), its columns, and which field stands where."""

    name: str
    header_row: int
    heads: tuple[Head, ...]
    places: dict[str, int]
    is_in: bool
    month: str = ""

    def letter(self, field: str) -> str:
        """The letter of a field's column; empty where it has none."""
        return column_letter(self.places[field]) if field in self.places else ""

    def head_of(self, field: str) -> Head | None:
        """The column of a field."""
        return next((head for head in self.heads if head.place == self.places.get(field)), None)


def sheets(file: File) -> list[SheetColumns]:
    """Every sheet of the file that holds something; where no table was found, what comes nearest to a header."""
    found = {table.sheet: table for table in file.tables}
    return [
        _columns(file, sheet, found.get(sheet.name)) for sheet in file.sheets if sheet.rows and sheet.name not in ASIDE
    ]


def _columns(file: File, sheet: Sheet, table: Table | None) -> SheetColumns:
    if table is not None:
        header_row, places = table.header_row, dict(table.places)
    else:
        header_row, places = likely_header(file.kind, sheet)
    private = {place for name, place in places.items() if name in PRIVATE}
    heads = tuple(_heads(sheet, header_row, private))
    return SheetColumns(sheet.name, header_row, heads, places, table is not None, table.month if table else "")


def _heads(sheet: Sheet, header_row: int, private: set[int]) -> Sequence[Head]:
    header = next((cells for number, cells in sheet.rows if number == header_row), [])
    below = [cells for number, cells in sheet.rows if number > header_row][:50]
    width = max((len(cells) for cells in (header, *below)), default=0)
    heads = []
    for place in range(width):
        values = [shown(cells[place]).strip() for cells in below if place < len(cells)]
        values = [covered(value) if place in private else value[:20] for value in values if value][:FIRST]
        text = shown(header[place]).strip() if place < len(header) else ""
        if text or values:
            heads.append(Head(place, column_letter(place), text, tuple(values)))
    return heads


def fields(kind: str, items: Sequence[tuple[str, str]]) -> list[tuple[str, str, bool]]:
    """The fields of a kind as people choose them: name, words, whether needed; `items` are those of a score sheet."""
    known = [(column.field, column.spellings[0], column.required) for column in COLUMNS[kind]]
    return known + [(code, f"{code} {name}", True) for code, name in items if kind == "base-scores"]
