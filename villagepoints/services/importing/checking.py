"""Works out what an open import would do, in the background where that takes long, until the books have moved on."""

import hashlib
import json
import pickle
import threading
import time
from collections.abc import Callable
from datetime import datetime
from functools import cache, partial
from pathlib import Path
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from villagepoints.domain.actor import Actor
from villagepoints.domain.calendar import village_date
from villagepoints.domain.importing import Corrections
from villagepoints.models import Household, ImportSession, Village
from villagepoints.services import workbook
from villagepoints.services.importing import preview, run, sessions
from villagepoints.services.importing.plan import File
from villagepoints.services.importing.preview import Summary
from villagepoints.services.workbook import Sheet

_RUNNING: dict[Path, threading.Thread] = {}
_LOCK = threading.Lock()


def summary_of(
    session: Session,
    actor: Actor,
    importing: ImportSession,
    *,
    place: Path,
    identity_key: bytes,
    now: datetime,
    patience: float,
) -> Summary | None:
    """What the import would do to the village as it stands; None while that is still being worked out.

    It is begun when nobody has begun it yet, and waited for `patience` seconds. `place` is the folder of its file.
    """
    name = _name(session, importing, now)
    until = time.monotonic() + patience
    corrections = Corrections(importing.columns, importing.edits)
    opened = partial(run.open_file, importing.kind, place / "file", importing.filename, dry_run=True, read=_read)
    plan = partial(_plan, session.get_bind(), actor, corrections, identity_key, now)
    while (summary := preview.find(place, name)) is None:
        thread = _begin(place, lambda: preview.work_out(opened, plan, importing.kind, place, name))
        thread.join(max(0, until - time.monotonic()))
        if time.monotonic() >= until:
            return preview.find(place, name)
    return summary


def _begin(place: Path, work: Callable[[], None]) -> threading.Thread:
    """The thread that works on this file; one at a time, so that impatience does not add to the work."""
    with _LOCK:
        thread = _RUNNING.get(place)
        if thread is None or not thread.is_alive():
            for done in [other for other, one in _RUNNING.items() if not one.is_alive()]:
                del _RUNNING[done]
            thread = _RUNNING[place] = threading.Thread(target=work, name="import preview", daemon=True)
            thread.start()
        return thread


def _read(path: Path, filename: str) -> list[Sheet]:
    """The sheets of a file, read once: after a cell was put right only the plan is made anew."""
    kept = path.with_name(f"sheets.{_program()}")
    if kept.is_file():
        sheets: list[Sheet] = pickle.loads(kept.read_bytes())
        return sheets
    sheets = workbook.read(path, filename)
    made = kept.with_suffix(".new")
    made.write_bytes(pickle.dumps(sheets, protocol=pickle.HIGHEST_PROTOCOL))
    made.replace(kept)
    return sheets


def _plan(bind: Any, actor: Actor, corrections: Corrections, identity_key: bytes, now: datetime, file: File) -> None:
    run.find_tables(file, corrections)
    with Session(bind) as own:  # the page's session is another thread's
        run.plan_file(own, actor, file, identity_key, now)


def _name(session: Session, importing: ImportSession, now: datetime) -> str:
    """A name for what the answer depends on: the file, what was put right, the village's books, the day, the program.

    Points recorded meanwhile change no answer but whether a household can pay; committing asks again in any case.
    """
    of_village = Village.id == importing.village_id
    books: list[Any] = list(session.execute(select(Village.activity_seq, Village.revision).where(of_village)).one())
    if importing.kind == "redemptions":
        moved = select(func.sum(Household.last_seq)).where(Household.village_id == importing.village_id)
        books.append(session.scalar(moved))
    said = [importing.file, sessions.version_of(importing), *books, village_date(now).isoformat(), _program()]
    return hashlib.blake2b(json.dumps(said, default=str).encode(), digest_size=16).hexdigest()


@cache
def _program() -> str:
    """A hash of this package: what an older version worked out and kept is not read."""
    digest = hashlib.blake2b(digest_size=8)
    for path in [*sorted(Path(__file__).parent.glob("*.py")), Path(str(workbook.__file__))]:
        digest.update(path.read_bytes())
    return digest.hexdigest()
