"""The household's page, as a scan opens it on a remembered phone, against a Flask view that returns a constant."""

import time
from collections.abc import Iterator
from pathlib import Path

from benchmarks.harness import Row, alternate, share_of_limit
from benchmarks.visitor import Visitor, constant

TURNS, EACH = 30, 20
MOST_STATEMENTS = 6


def rows(folder: Path) -> Iterator[Row]:
    """CPU of a request: rendered in full, and when nothing changed since the last visit."""
    visitor = Visitor(folder / "village", 1000, 50)
    limit = constant(visitor.body)
    for name, visit, goal in (
        ("scan page in full / a view returning a constant", visitor.renders, 0.15),
        ("scan page unchanged (304) / a view returning a constant", visitor.asks_whether_it_changed, 0.5),
    ):
        measured = alternate(visit, limit, TURNS, time.process_time, EACH)
        count = visitor.statements(visit)
        row = share_of_limit(name, measured, goal, f"{count} statements, {len(visitor.body)} bytes")
        assert count <= MOST_STATEMENTS, f"{count} statements, at most {MOST_STATEMENTS}"
        yield row
