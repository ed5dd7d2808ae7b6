"""Every step of the schema, up and down, with data in it, on both databases; the ledger stays append-only."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from flask import Flask
from sqlalchemy import Connection, Engine, inspect, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from tests import factories
from tests.databases import BACKENDS, MIGRATIONS, Databases, connect
from tests.safety import shop
from villagepoints import create_app
from villagepoints.models import Base, triggers
from villagepoints.services import schema, transaction

STEPS = [
    step.revision for step in ScriptDirectory.from_config(schema.configuration(MIGRATIONS)).walk_revisions()
]  # newest first


@pytest.fixture(params=BACKENDS)
def empty(request: pytest.FixtureRequest, databases: Databases, tmp_path: Path) -> Iterator[Flask]:
    """The application on a database without a table."""
    url = databases.empty(request.param, tmp_path)
    app = create_app({"DATABASE_URL": url, "INSTANCE": str(tmp_path / "instance")})
    with app.app_context():
        yield app
        engine_of(app).dispose()
    databases.drop(url)


def engine_of(app: Flask) -> Engine:
    engine: Engine = app.extensions["sqlalchemy"].engine
    return engine


def slips_through(engine: Engine) -> list[str]:
    """The ways in which an entry that is there can be changed or removed; nothing is left changed."""
    attempts = ["UPDATE ledger_entry SET points = points + 1", "DELETE FROM ledger_entry"]
    if engine.dialect.name == "sqlite":
        attempts.append("INSERT OR REPLACE INTO ledger_entry SELECT * FROM ledger_entry")
        attempts.append("UPDATE OR REPLACE ledger_entry SET points = points + 1")
    else:
        attempts.append("TRUNCATE ledger_entry CASCADE")
        attempts.append("SET LOCAL session_replication_role = replica; UPDATE ledger_entry SET points = points + 1")
    attempts.append("UPDATE activity SET action = 'x'")
    attempts.append("DELETE FROM activity")
    return [attempt for attempt in attempts if not _refused(engine, attempt)]


def _refused(engine: Engine, statement: str) -> bool:
    with engine.connect() as connection:
        try:
            for part in statement.split("; "):
                connection.execute(text(part))
        except DBAPIError as error:
            return "append-only" in str(error.orig)
        finally:
            connection.rollback()
    return False


def fill(engine: Engine) -> None:
    """A village with entries."""
    with Session(engine, expire_on_commit=False) as session:
        village = factories.make_village(session)
        for household in village.households:
            shop.give(session, village.id, household.id, 100)


def counts(engine: Engine) -> dict[str, int]:
    """How many rows each table holds."""
    with engine.connect() as connection:
        tables = sorted(set(inspect(connection).get_table_names()) - {"alembic_version"})
        return {table: connection.scalar(text(f'SELECT COUNT(*) FROM "{table}"')) or 0 for table in tables}


def test_every_step_down_and_up_again_keeps_the_rows_and_the_guard(empty: Flask) -> None:
    engine = engine_of(empty)
    schema.upgrade(MIGRATIONS)
    fill(engine)
    full = counts(engine)
    assert full["ledger_entry"] == 3
    assert slips_through(engine) == []
    for step in STEPS:
        schema.downgrade(MIGRATIONS, "-1")
        assert schema.current(engine) != step
        left = counts(engine)
        assert left == {table: full[table] for table in left}, f"below {step}"
        if "ledger_entry" in left:
            assert slips_through(engine) == [], f"below {step}"
    assert counts(engine) == {}, "nothing is left below the first step"
    for step in reversed(STEPS):
        schema.upgrade(MIGRATIONS, step)
        assert schema.current(engine) == step
    fill(engine)
    assert counts(engine) == full
    assert slips_through(engine) == []


def test_upgrading_twice_changes_nothing(empty: Flask) -> None:
    schema.upgrade(MIGRATIONS)
    fill(engine_of(empty))
    before = counts(engine_of(empty))
    schema.upgrade(MIGRATIONS)
    assert counts(engine_of(empty)) == before


def shape(connection: Connection) -> dict[str, Any]:
    """Checks and triggers, which Alembic does not compare."""
    inspector = inspect(connection)
    tables = sorted(set(inspector.get_table_names()) - {"alembic_version"})
    listed = {
        "sqlite": "SELECT name, tbl_name, sql FROM sqlite_master WHERE type = 'trigger' ORDER BY name",
        "postgresql": "SELECT tgname, tgrelid::regclass::text, tgenabled, pg_get_triggerdef(oid) FROM pg_trigger "
        "WHERE NOT tgisinternal ORDER BY 2, 1",
    }[connection.dialect.name]
    return {
        "checks": {table: sorted(map(str, inspector.get_check_constraints(table))) for table in tables},
        "keys": {table: inspector.get_pk_constraint(table) for table in tables},
        "triggers": [tuple(row) for row in connection.execute(text(listed))],
    }


def test_the_steps_lead_to_what_the_models_say(empty: Flask, databases: Databases, tmp_path: Path) -> None:
    schema.upgrade(MIGRATIONS)
    made = connect(databases.fresh(engine_of(empty).dialect.name, tmp_path))
    with engine_of(empty).connect() as migrated, made.connect() as modelled:
        context = MigrationContext.configure(migrated, opts={"compare_type": True})
        assert compare_metadata(context, Base.metadata) == []
        assert shape(migrated) == shape(modelled)
    made.dispose()
    databases.drop(made.url.render_as_string(hide_password=False))


def test_a_step_that_loses_the_triggers_is_caught(empty: Flask) -> None:
    """The planted bug: what a re-created table on SQLite does silently."""
    schema.upgrade(MIGRATIONS)
    fill(engine_of(empty))
    with engine_of(empty).connect().execution_options(**{transaction.WRITES: True}) as connection, connection.begin():
        triggers.drop(connection)
    assert len(slips_through(engine_of(empty))) >= 4
