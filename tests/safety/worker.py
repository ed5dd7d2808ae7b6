"""Work that is to be killed at any moment: a migration, or backup after backup.

`python -m tests.safety.worker KIND …`: prints `ready` before it begins, and a line for each thing that is done.
"""

import sys
import zipfile
from itertools import count
from pathlib import Path

from tests.databases import MIGRATIONS, connect
from villagepoints import backup, create_app
from villagepoints.models import Base
from villagepoints.services import schema


def migrate(url: str, folder: str) -> None:
    """Every step of the schema, as `villagepoints upgrade` applies them."""
    app = create_app({"DATABASE_URL": url, "INSTANCE": folder})
    with app.app_context():
        print("ready", flush=True)
        schema.upgrade(MIGRATIONS)
    print("done", flush=True)


def migrate_in_pieces(url: str, folder: str) -> None:
    """The planted bug: every table is made in a transaction of its own."""
    engine = connect(url)
    print("ready", flush=True)
    for table in Base.metadata.sorted_tables:
        with engine.begin() as connection:
            table.create(connection)
    print("done", flush=True)


def back_up(database: str, folder: str) -> None:
    """One backup after the other, each to a file of its own."""
    print("ready", flush=True)
    for number in count():
        target = Path(folder, f"backup-{number}-{id(number)}.zip")
        if not target.exists():
            backup.save(Path(database), Path(database).parent, target)
            print(target, flush=True)


def back_up_in_place(database: str, folder: str) -> None:
    """The planted bug: the file grows where it will be looked for."""
    print("ready", flush=True)
    for number in count():
        target = Path(folder, f"backup-{number}-{id(number)}.zip")
        with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.write(database, backup.DATABASE)
        print(target, flush=True)


KINDS = {function.__name__: function for function in (migrate, migrate_in_pieces, back_up, back_up_in_place)}

if __name__ == "__main__":
    KINDS[sys.argv[1]](*sys.argv[2:])
