"""The triggers that make ledger and activity append-only; migrations call `create` after every step."""

from sqlalchemy import Connection, inspect, text

APPEND_ONLY = (
    "ledger_entry",
    "activity",
    "seal",
    "seal_head",
    "checkpoint",
    "checkpoint_head",
    "audit_look",
    "audit_signature",
    "audit_problem_step",
)

_SQLITE = {
    "no_update": "BEFORE UPDATE ON {table} BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END",
    "no_delete": "BEFORE DELETE ON {table} BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END",
    # INSERT OR REPLACE deletes without asking a delete trigger unless recursive_triggers is on: refuse it here as well
    "no_replace": "BEFORE INSERT ON {table} WHEN EXISTS (SELECT 1 FROM {table} WHERE {key}) "
    "BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END",
}
_KEYS = {
    "ledger_entry": "village_id = NEW.village_id AND household_id = NEW.household_id AND seq = NEW.seq",
    "activity": "village_id = NEW.village_id AND seq = NEW.seq",
    "seal": "village_id = NEW.village_id AND number = NEW.number",
    "seal_head": "village_id = NEW.village_id AND number = NEW.number AND household_id = NEW.household_id",
    "checkpoint": "village_id = NEW.village_id AND number = NEW.number",
    "checkpoint_head": "village_id = NEW.village_id AND number = NEW.number AND household_id = NEW.household_id",
    "audit_look": "village_id = NEW.village_id AND id = NEW.id",
    "audit_signature": "village_id = NEW.village_id AND audit_id = NEW.audit_id AND supervisor_id = NEW.supervisor_id",
    "audit_problem_step": "village_id = NEW.village_id AND problem_id = NEW.problem_id AND line = NEW.line",
}
FUNCTION = """CREATE OR REPLACE FUNCTION append_only() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN RAISE EXCEPTION '% is append-only', TG_TABLE_NAME; END $$"""


def create(connection: Connection) -> None:
    """Put the triggers (back) in place on the tables that are there; safe to repeat."""
    drop(connection)
    tables = [table for table in APPEND_ONLY if inspect(connection).has_table(table)]
    if connection.dialect.name == "sqlite":
        for table in tables:
            for name, body in _SQLITE.items():
                connection.exec_driver_sql(
                    f"CREATE TRIGGER {table}_{name} {body.format(table=table, key=_KEYS[table])}"
                )
        return
    connection.execute(text(FUNCTION))
    for table in tables:
        connection.execute(
            text(
                f"CREATE TRIGGER {table}_no_change BEFORE UPDATE OR DELETE ON {table} "
                "FOR EACH ROW EXECUTE FUNCTION append_only()"
            )
        )
        connection.execute(
            text(
                f"CREATE TRIGGER {table}_no_truncate BEFORE TRUNCATE ON {table} "
                "FOR EACH STATEMENT EXECUTE FUNCTION append_only()"
            )
        )
        for name in ("no_change", "no_truncate"):
            connection.execute(text(f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER {table}_{name}"))


def drop(connection: Connection) -> None:
    """Take the triggers away, for a migration that must rebuild a table."""
    if connection.dialect.name == "sqlite":
        for table in APPEND_ONLY:
            for name in _SQLITE:
                connection.exec_driver_sql(f"DROP TRIGGER IF EXISTS {table}_{name}")
        return
    for table in APPEND_ONLY:
        for name in ("no_change", "no_truncate"):
            if inspect(connection).has_table(table):
                connection.execute(text(f"DROP TRIGGER IF EXISTS {table}_{name} ON {table}"))
