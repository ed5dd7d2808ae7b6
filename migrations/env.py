"""Runs the migrations in one transaction on the application's own engine, and puts the triggers back afterwards."""

from alembic import context
from flask import current_app
from sqlalchemy.engine import Connection

from villagepoints.models import Base, triggers
from villagepoints.services.transaction import WRITES


def run(connection: Connection) -> None:
    context.configure(
        connection=connection,
        target_metadata=Base.metadata,
        render_as_batch=True,
        transactional_ddl=True,  # true of SQLite as well, since the engine sends BEGIN itself
        compare_type=True,
    )
    with context.begin_transaction():
        context.run_migrations()
        triggers.create(connection)


engine = current_app.extensions["sqlalchemy"].engine
with engine.connect().execution_options(**{WRITES: True}) as connection:
    run(connection)
