"""One page of a list that the database sorted and cut."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

from sqlalchemy import ColumnElement
from sqlalchemy.orm import InstrumentedAttribute

SIZES = (25, 50, 100)
MOST_TAKEN = 50_000  # rows of a workbook: a minute of reading at most
MOST_PRINTED = 2_000  # rows on paper: some forty sheets
AT_ONCE = 5_000  # values of an IN: a database takes some tens of thousands
Row = TypeVar("Row")
Sortable = ColumnElement[Any] | InstrumentedAttribute[Any]


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which page of a list is wanted: its number from 1, rows on a page, the sort column (`-` before it: falling)."""

    number: int = 1
    size: int = 50
    sort: str = ""

    @property
    def offset(self) -> int:
        """Rows before this page."""
        return (self.number - 1) * self.size


@dataclass(frozen=True, slots=True)
class Page(Generic[Row]):
    """Rows of one page; `total` is None where counting all would cost more than it tells, `sums` are what columns add
    up to over everything that was found, by the name of the column."""

    rows: Sequence[Row]
    number: int
    size: int
    total: int | None
    sort: str = ""
    more: bool = False
    sums: Mapping[str, int] = field(default_factory=dict)

    @property
    def last(self) -> int | None:
        """The number of the last page, if known."""
        return None if self.total is None else max(1, -(-self.total // self.size))

    @property
    def has_next(self) -> bool:
        """Whether there is a page after this."""
        return self.more if self.last is None else self.number < self.last


def order(
    sort: str, columns: Mapping[str, Sortable], otherwise: Sequence[ColumnElement[Any]], last: Sortable
) -> list[ColumnElement[Any]]:
    """What a list is sorted by: the column of that name (`-` before it: falling), and among equal rows by `last`;
    `otherwise` where there is none of that name."""
    column = columns.get(sort.removeprefix("-"))
    if column is None:
        return [*otherwise]
    return [column.desc() if sort.startswith("-") else column.asc(), last.asc()]


def pieces(values: Sequence[Row]) -> Iterator[Sequence[Row]]:
    """Values in pieces that one statement takes."""
    return (values[start : start + AT_ONCE] for start in range(0, len(values), AT_ONCE))
