"""Kill −9 in the middle of a migration or a backup: it is there whole, or it is not there."""

import random
import signal
import sqlite3
import subprocess
import sys
import time
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy import inspect, text

from tests.databases import BACKENDS, Databases, connect
from tests.safety import SOAK
from villagepoints import backup
from villagepoints.models import Base, triggers
from villagepoints.services import schema

ROOT = Path(__file__).parent.parent.parent
KILLS = 200 if SOAK else 3
CHANCE = random.Random(20260616)


def kill(kind: str, *words: object, within: float) -> list[str]:
    """Start work, kill it at some moment within so many seconds; the lines it said until then."""
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.safety.worker", kind, *map(str, words)],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    assert process.stderr is not None
    assert process.stdout.readline() == "ready\n", process.stderr.read()
    time.sleep(CHANCE.uniform(0, within))
    process.send_signal(signal.SIGKILL)
    said = process.stdout.read().split()
    process.wait()
    process.stdout.close()
    process.stderr.close()
    return said


def is_half_migrated(url: str) -> bool:
    """Whether some of the schema is there and some is not."""
    engine = connect(url)
    try:
        there = set(inspect(engine).get_table_names()) - {"alembic_version"}
        if not there:
            return schema.current(engine) is not None
        with engine.connect() as connection:
            names = "sqlite_master WHERE type = 'trigger'" if "sqlite" in url else "pg_trigger WHERE NOT tgisinternal"
            guards = connection.execute(text(f"SELECT count(*) FROM {names}")).scalar_one()
        is_whole = there == set(Base.metadata.tables) and schema.current(engine) is not None
        return not (is_whole and guards >= 2 * len(triggers.APPEND_ONLY))
    finally:
        engine.dispose()


def stays_half_migrated(url: str) -> bool:
    """The same, a second later too: PostgreSQL's own process may still be committing when its client is gone."""
    for _ in range(10):
        if not is_half_migrated(url):
            return False
        time.sleep(0.1)
    return True


@pytest.fixture(params=BACKENDS)
def empty(request: pytest.FixtureRequest, databases: Databases, tmp_path: Path) -> Iterator[Callable[[], str]]:
    made: list[str] = []

    def make() -> str:
        made.append(databases.empty(request.param, tmp_path))
        return made[-1]

    yield make
    for url in made:
        databases.drop(url)


def test_a_killed_migration_is_done_or_was_never_begun(empty: Callable[[], str], tmp_path: Path) -> None:
    finished, within = 0, 0.4
    for _ in range(KILLS):
        url = empty()
        if "done" in kill("migrate", url, tmp_path / "instance", within=within):
            finished += 1
            within *= 0.6  # too late for this machine: sooner next time
        assert not stays_half_migrated(url)
    assert finished < KILLS, "the kill always came too late to say anything"


@pytest.mark.parametrize("empty", ["sqlite"], indirect=True)
def test_a_migration_in_pieces_is_caught(empty: Callable[[], str], tmp_path: Path) -> None:
    for _ in range(30):
        url = empty()
        kill("migrate_in_pieces", url, tmp_path / "instance", within=0.2)
        if is_half_migrated(url):
            return
    pytest.fail("30 kills and nothing was noticed")


def broken(folder: Path) -> list[str]:
    """Backups that are there by name and cannot be read back whole."""
    found = []
    for file in folder.glob("backup-*.zip"):
        if file.name.endswith(".keys.zip"):
            continue
        try:
            with zipfile.ZipFile(file) as archive:
                copy = Path(archive.extract(backup.DATABASE, folder / "out"))
            connection = sqlite3.connect(copy)
            assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
            connection.close()
        except (zipfile.BadZipFile, KeyError, sqlite3.DatabaseError, AssertionError) as error:
            found.append(f"{file.name}: {error}")
    return found


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_a_killed_backup_leaves_whole_files_only(database: str, tmp_path: Path) -> None:
    books = database.removeprefix("sqlite:///")
    acknowledged: set[str] = set()
    for turn in range(KILLS):
        folder = tmp_path / f"backups-{turn}"
        folder.mkdir()
        acknowledged |= set(kill("back_up", books, folder, within=0.3))
        assert broken(folder) == []
    assert acknowledged
    assert all(Path(file).exists() and backup.keys_beside(Path(file)).exists() for file in acknowledged)


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_a_backup_that_grows_in_place_is_caught(database: str, tmp_path: Path) -> None:
    for _ in range(30):
        kill("back_up_in_place", database.removeprefix("sqlite:///"), tmp_path, within=0.2)
        if broken(tmp_path):
            return
    pytest.fail("30 kills and nothing was noticed")
