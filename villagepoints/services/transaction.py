"""One public writing function is one transaction: lock, begin, commit, retry; the only place that commits."""

import fcntl
import os
import random
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from typing import Concatenate, ParamSpec, TypeVar

from sqlalchemy import Engine, event
from sqlalchemy.engine import Connection
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.orm import Session
from sqlalchemy.pool import ConnectionPoolEntry

P = ParamSpec("P")
R = TypeVar("R")

WRITES = "villagepoints_writes"  # execution option of a connection that begins a writing transaction
TRIES = 5
SECONDS = 3.0
PRAGMAS = (
    "journal_mode=WAL",
    "synchronous=FULL",
    "foreign_keys=ON",
    "recursive_triggers=ON",
    "trusted_schema=OFF",
    "busy_timeout=10000",
)


def prepare(engine: Engine) -> None:
    """Make an engine begin as the ledger needs it: on SQLite no driver transactions, BEGIN IMMEDIATE for writing."""
    if engine.dialect.name != "sqlite":
        return
    event.listen(engine, "connect", _on_connect)
    event.listen(engine, "begin", _on_begin)


def _on_connect(connection: DBAPIConnection, record: ConnectionPoolEntry) -> None:
    # Python's sqlite3 sends no BEGIN before a SELECT; two readers would then both spend the same points
    connection.isolation_level = None
    cursor = connection.cursor()
    for pragma in PRAGMAS:
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _on_begin(connection: Connection) -> None:
    writes = connection.get_execution_options().get(WRITES)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def transaction(function: Callable[Concatenate[Session, P], R]) -> Callable[Concatenate[Session, P], R]:
    """Run a service function as one writing transaction of its session, repeated where the database asks for it.

    Whatever the page had read before is dropped first. Raises RuntimeError if a transaction is already being written.
    """

    @wraps(function)
    def run(session: Session, /, *args: P.args, **kwargs: P.kwargs) -> R:
        if session.info.get("writing"):
            raise RuntimeError(f"{function.__name__} inside another transaction")
        started = time.monotonic()
        for attempt in range(1, TRIES + 1):
            try:
                return _once(session, lambda: function(session, *args, **kwargs))
            except DBAPIError as error:
                if attempt == TRIES or time.monotonic() - started > SECONDS or not _may_repeat(error):
                    raise
                time.sleep(random.uniform(0.005, 0.05) * attempt)
        raise AssertionError("unreachable")

    return run


def _once(session: Session, work: Callable[[], R]) -> R:
    session.rollback()
    session.info["writing"] = True
    try:
        with _write_lock(session):
            try:
                session.connection(execution_options={WRITES: True})
                result = work()
                session.commit()
                return result
            except BaseException:
                session.rollback()
                raise
    finally:
        session.info["writing"] = False


@contextmanager
def _write_lock(session: Session) -> Iterator[None]:
    """One lock file around the whole write, COMMIT included: SQLite's own busy handler is unfair, and before
    3.51.3 a write and a checkpoint at the same moment can corrupt a WAL database."""
    bind = session.get_bind()
    path = bind.engine.url.database
    if bind.dialect.name != "sqlite" or not path or path == ":memory:":
        yield
        return
    handle = os.open(f"{path}.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def _may_repeat(error: DBAPIError) -> bool:
    """Whether the database asked for another try: serialization, deadlock, busy, a dropped connection, or a lost
    race for a pickup code or an entry's number."""
    if error.connection_invalidated:
        return True
    state = getattr(error.orig, "sqlstate", None)
    if state in ("40001", "40P01"):
        return True
    message = str(error.orig)
    if isinstance(error, IntegrityError):
        return any(name in message for name in ("pk_ledger_entry", "pickup_code", "pk_activity"))
    return "database is locked" in message
