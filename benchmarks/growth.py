"""The household's page in a large village against the same page in a small one: it must not grow with the books."""

import time
from collections.abc import Iterator
from pathlib import Path

from benchmarks.harness import Row, alternate, growth
from benchmarks.visitor import Visitor

TURNS, EACH = 40, 20
SIZES = (
    ("scan page at 1,000,000 entries / at 10,000", (2000, 500), (200, 50)),
    ("scan page at 10,000 households / at 2,000", (10_000, 5), (2000, 5)),
)


def rows(folder: Path) -> Iterator[Row]:
    """CPU of a full page: years of entries against months of them, and more households with the same entries."""
    for number, (name, large, small) in enumerate(SIZES):
        big, little = Visitor(folder / f"large{number}", *large), Visitor(folder / f"small{number}", *small)
        yield growth(name, alternate(big.renders, little.renders, TURNS, time.process_time, EACH), 1.1)
