"""When the books were last copied by this program, kept beside them in the instance folder."""

from datetime import datetime
from pathlib import Path

FILE = "last-backup"


def at(folder: Path) -> datetime | None:
    """The instant of the last copy; None where there was none."""
    try:
        return datetime.fromisoformat((folder / FILE).read_text())
    except (OSError, ValueError):
        return None


def was_made(folder: Path, now: datetime) -> None:
    """Keep that a copy was made."""
    (folder / FILE).write_text(now.isoformat())
