"""The schema of the database: bring it up to date, or say where it stands."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine


def configuration(folder: Path) -> Config:
    """Alembic's configuration for the migrations in a folder; they run on the current application's engine."""
    config = Config()
    config.set_main_option("script_location", str(folder))
    config.set_main_option("path_separator", "os")
    return config


def upgrade(folder: Path, revision: str = "head") -> None:
    """Apply every step that is missing, all or nothing."""
    command.upgrade(configuration(folder), revision)


def downgrade(folder: Path, revision: str = "base") -> None:
    """Take steps back, all or nothing."""
    command.downgrade(configuration(folder), revision)


def newest(folder: Path) -> str | None:
    """The name of the last step there is."""
    return ScriptDirectory.from_config(configuration(folder)).get_current_head()


def current(engine: Engine) -> str | None:
    """The name of the last step the database has; None for an empty one."""
    with engine.connect() as connection:
        return MigrationContext.configure(connection).get_current_revision()
