"""What was put right on the page before a file goes in: which column means what, single cells, rows left out."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

LEFT_OUT = "-"  # in place of a column's letter: the whole row is not to go in


@dataclass(frozen=True, slots=True)
class SheetChoice:
    """A sheet's header row and the 0-based column of each field; no column at all: the sheet is not to go in."""

    header_row: int
    places: Mapping[str, int]
    month: str = ""

    def as_json(self) -> dict[str, Any]:
        """As the import's row keeps it."""
        return {"header": self.header_row, "places": dict(self.places), "month": self.month}


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell as somebody saw it on the page and what it shall say; column LEFT_OUT: whether the row is left out."""

    sheet: str
    row: int
    column: str
    before: str
    after: str
    is_private: bool = False  # shown in part only


@dataclass(frozen=True, slots=True)
class Corrections:
    """The corrections of one file; a sheet without a choice is matched by its headers."""

    columns: Mapping[str, Any] = field(default_factory=dict)  # sheet → SheetChoice.as_json()
    edits: Mapping[str, Any] = field(default_factory=dict)  # sheet → row → column letter → text

    def of_sheet(self, sheet: str) -> SheetChoice | None:
        """What was chosen for a sheet, if anything."""
        kept = self.columns.get(sheet)
        return None if kept is None else SheetChoice(kept["header"], kept["places"], kept.get("month", ""))

    def of_row(self, sheet: str, number: int) -> Mapping[str, str]:
        """The cells of a row that were put right, by their column's letter."""
        row: Mapping[str, str] = self.edits.get(sheet, {}).get(str(number), {})
        return row


NONE = Corrections()
