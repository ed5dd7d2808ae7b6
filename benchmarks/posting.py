"""One posting through the service, against the very same statements through the bare driver, `synchronous=FULL`."""

import shutil
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

from sqlalchemy import Engine, event
from sqlalchemy.orm import Session

from benchmarks import ground
from benchmarks.harness import Row, alternate, share_of_limit
from tests.databases import connect
from tests.factories import Made
from villagepoints.services import posting
from villagepoints.services.transaction import PRAGMAS

Script = list[tuple[str, Any, bool]]
TURNS, EACH = 40, 5


def rows(folder: Path) -> Iterator[Row]:
    """Posting a contribution under every rule, and the mechanism below it."""
    for name, goal in (("one posting, with all rules / same statements, bare", 0.5),):
        yield _row(folder, name, goal)


def _row(folder: Path, name: str, goal: float) -> Row:
    engine = ground.fresh(folder / "recorded.db")
    with Session(engine, expire_on_commit=False) as session:
        made, ids = ground.village(session, 200, 20)
    engine.dispose()
    for copy in ("ours.db", "bare.db"):
        shutil.copyfile(folder / "recorded.db", folder / copy)
    count = (TURNS + 1) * EACH + EACH
    scripts = iter(_record(connect(f"sqlite:///{folder / 'recorded.db'}"), made, ids, count))
    bare = sqlite3.connect(folder / "bare.db", isolation_level=None)
    for pragma in PRAGMAS:
        bare.execute(f"PRAGMA {pragma}")
    with Session(connect(f"sqlite:///{folder / 'ours.db'}"), expire_on_commit=False) as session:
        turn = _turns(session, made, ids)
        statements = f"{len(next(iter(_peek(folder, made, ids))))} statements"
        measured = alternate(lambda: next(turn), lambda: _replay(bare, next(scripts)), TURNS, each=EACH)
    return share_of_limit(name, measured, goal, statements)


def _peek(folder: Path, made: Made, ids: list[Any]) -> list[Script]:
    shutil.copyfile(folder / "ours.db", folder / "peek.db")
    return _record(connect(f"sqlite:///{folder / 'peek.db'}"), made, ids, 1)


def _turns(session: Session, made: Made, ids: list[Any]) -> Iterator[posting.Posted]:
    number = 0
    while True:
        wanted = posting.Item(code="D4", grade="帮扶代办", occurred_on=ground.NOW.date(), note="代买药品")
        given = {"household_id": ids[number % len(ids)], "wanted": wanted, "now": ground.NOW}
        yield posting.record(session, made.clerk, key=str(uuid4()), **given)
        number += 1


def _record(engine: Engine, made: Made, ids: list[Any], count: int) -> list[Script]:
    """What the driver is told for each of so many postings."""
    scripts: list[Script] = []

    def keep(connection: Any, cursor: Any, statement: str, parameters: Any, context: Any, many: bool) -> None:
        scripts[-1].append((statement, parameters, many))

    event.listen(engine, "before_cursor_execute", keep)
    with Session(engine, expire_on_commit=False) as session:
        turn = _turns(session, made, ids)
        for _ in range(count):
            scripts.append([])
            next(turn)
    engine.dispose()
    return scripts


def _replay(bare: sqlite3.Connection, script: Script) -> None:
    cursor = bare.cursor()
    for statement, parameters, many in script:
        if many:
            cursor.executemany(statement, parameters)
        else:
            cursor.execute(statement, parameters)
            cursor.fetchall()
    bare.execute("COMMIT")
