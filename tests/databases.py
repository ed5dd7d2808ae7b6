"""Fresh databases with the whole schema for every test: a copied file on SQLite, an emptied one again on PostgreSQL."""

import fcntl
import os
import shutil
from pathlib import Path

from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine, create_engine
from sqlalchemy.orm import Session

from tests import factories, postgres
from villagepoints.models import Base, triggers
from villagepoints.services import schema, transaction

BACKENDS = ("sqlite", "postgresql")
MIGRATIONS = Path(__file__).parent.parent / "migrations"


def connect(url: str) -> Engine:
    """An engine that begins and locks as the application's own does."""
    engine = create_engine(url)
    transaction.prepare(engine)
    return engine


def create_schema(url: str) -> None:
    """Tables, triggers and the stamp of the newest migration; test_migrations holds it equal to the steps."""
    engine = connect(url)
    with engine.connect().execution_options(**{transaction.WRITES: True}) as connection, connection.begin():
        Base.metadata.create_all(connection)
        triggers.create(connection)
        script = ScriptDirectory.from_config(schema.configuration(MIGRATIONS))
        MigrationContext.configure(connection).stamp(script, "head")
    engine.dispose()


def settle(url: str) -> None:
    """The village of `factories`, which most tests begin with and which takes as long to make as they take to run."""
    engine = connect(url)
    with Session(engine) as session:
        factories.make_village(session)
    engine.dispose()


class Databases:
    """The databases of one test run; `run_dir` is shared by all of its workers."""

    def __init__(self, run_dir: Path, worker: str) -> None:
        self.run_dir, self.worker = run_dir, worker
        self._count = 0
        self._made: set[str] = set()  # with the schema of the models; one that migrations built has it in another order
        self._used: list[str] = []
        self._schema = ""
        self._village: dict[str, bytes] = {}

    def fresh(self, backend: str, folder: Path, *, settled: bool = False) -> str:
        """The URL of a database of its own, empty or with the village; on SQLite a file in `folder`."""
        self._count += 1
        if backend == "sqlite":
            path = folder / f"test-{self._count}.db"
            shutil.copyfile(self._sqlite_template(settled), path)
            return f"sqlite:///{path}"
        url = self._postgres_empty()
        if settled and not self._village:
            settle(url)
            self._village = postgres.dump(url)
        elif settled:
            postgres.load(url, self._village)
        return url

    def empty(self, backend: str, folder: Path) -> str:
        """The URL of a database without any table."""
        self._count += 1
        if backend == "sqlite":
            return f"sqlite:///{folder / f'empty-{self._count}.db'}"
        return postgres.fresh(self.server, f"{self._prefix}_{self.worker}_{self._count}")

    def drop(self, url: str) -> None:
        """Give a database back: the next test may have it emptied, which is much quicker than a new one."""
        if url in self._made:
            self._used.append(url)
        elif url.startswith("postgresql"):
            postgres.drop(self.server, url.split("?")[0].rsplit("/", 1)[1])

    def _postgres_empty(self) -> str:
        while self._used:
            url = self._used.pop()
            if postgres.empty(url, self._schema):
                return url
            self._made.remove(url)
            postgres.drop(self.server, url.split("?")[0].rsplit("/", 1)[1])
        url = postgres.fresh(self.server, f"{self._prefix}_{self.worker}_{self._count}", self._postgres_template())
        self._schema = self._schema or postgres.schema_of(url)
        self._made.add(url)
        return url

    @property
    def server(self) -> str:
        """The run's PostgreSQL server, started at the first use."""
        return postgres.server_url(self.run_dir)

    @property
    def _prefix(self) -> str:
        return self.run_dir.name.replace("-", "_")

    def _sqlite_template(self, settled: bool) -> Path:
        path = self.run_dir / f"template-{self.worker}-{os.getpid()}{'-village' if settled else ''}.db"
        if not path.exists():
            create_schema(f"sqlite:///{path}")
            if settled:
                settle(f"sqlite:///{path}")
        return path

    def _postgres_template(self) -> str:
        name = f"{self._prefix}_template"
        with (self.run_dir / "template.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if not (self.run_dir / "template.ready").exists():
                create_schema(postgres.fresh(self.server, name))
                (self.run_dir / "template.ready").touch()
        return name
