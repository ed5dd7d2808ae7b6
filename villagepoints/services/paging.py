"""One page of a list that the database sorted and cut."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

SIZES = (25, 50, 100)
Row = TypeVar("Row")


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
    """Rows of one page; `total` is None where counting all would cost more than it tells."""

    rows: Sequence[Row]
    number: int
    size: int
    total: int | None
    sort: str = ""
    more: bool = False

    @property
    def last(self) -> int | None:
        """The number of the last page, if known."""
        return None if self.total is None else max(1, -(-self.total // self.size))

    @property
    def has_next(self) -> bool:
        """Whether there is a page after this."""
        return self.more if self.last is None else self.number < self.last
