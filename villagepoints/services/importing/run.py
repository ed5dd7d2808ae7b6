"""Imports a file whole or not at all: read it, plan it against the village, write what is new in one transaction."""

import hashlib
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import Any
from uuid import UUID

from sqlalchemy import func, insert, select
from sqlalchemy.orm import Session

from villagepoints.domain.actor import Actor
from villagepoints.domain.calendar import village_date
from villagepoints.domain.errors import N_, BadInput
from villagepoints.domain.importing import NONE, Corrections
from villagepoints.domain.ledger import Draft
from villagepoints.models import ImportBatch, ImportSession
from villagepoints.models.base import new_id
from villagepoints.models.household import HOUSEHOLDS
from villagepoints.models.importing import IMPORT_ROWS
from villagepoints.models.ledger import ENTRIES
from villagepoints.services import activity, bulk, once, posting, workbook
from villagepoints.services.importing import base_scores, events, opening, redemptions, rewards, roster, rules, sessions
from villagepoints.services.importing.plan import Context, File, Plan
from villagepoints.services.importing.result import ImportResult, Unusable
from villagepoints.services.importing.table import tables
from villagepoints.services.transaction import transaction

Progress = Callable[[int, int], None]  # rows done, of how many

PLANS: dict[str, Callable[[Context], Plan]] = {
    "rulebook": rules.plan,
    "roster": roster.plan,
    "opening": opening.plan,
    "base-scores": base_scores.plan,
    "events": events.plan,
    "rewards": rewards.plan,
    "redemptions": redemptions.plan,
}
KINDS = tuple(PLANS)
LOT = 10_000  # entries posted together: few statements, little memory
MOST_WARNINGS = 500  # kept with the batch


def import_file(
    session: Session,
    actor: Actor,
    kind: str,
    source: Path | bytes,
    filename: str,
    *,
    identity_key: bytes,
    now: datetime,
    dry_run: bool = False,
    progress: Progress | None = None,
    key: str | None = None,
) -> ImportResult:
    """Import a file of that kind, all rows or none; `dry_run` only says what would happen, `key` makes a page's
    second click the first one.

    Refused rows are in the result's `problems`, each with its place and what to do. Raises Unusable (a missing
    column or predecessor) and workbook.UnusableFile for a file that cannot be used as a whole.
    """
    if kind not in PLANS:
        raise Unusable(N_("没有「%(kind)s」这种导入。可以导入：%(kinds)s。"), kind=kind, kinds="、".join(KINDS))
    with _on_disk(source) as path:
        file = open_file(kind, path, filename, dry_run=dry_run)
    find_tables(file)
    if dry_run or file.result.problems:
        plan_file(session, actor, file, identity_key, now)
        session.rollback()
        return file.result
    return _write(session, actor, file, identity_key, now, progress=progress, key=key)


def bring_in(
    session: Session,
    actor: Actor,
    *,
    importing: ImportSession,
    path: Path,
    seen: str,
    identity_key: bytes,
    now: datetime,
    key: str,
) -> ImportResult:
    """Bring in the file of an open import as it was put right on the page, all rows or none.

    Raises Conflict where it was changed after `seen` (`sessions.version_of`), brought in, replaced or dropped by now.
    """
    file = open_file(importing.kind, path, importing.filename, dry_run=False)
    find_tables(file, Corrections(importing.columns, importing.edits))
    return _write(session, actor, file, identity_key, now, key=key, importing=(importing.id, seen))


def open_file(
    kind: str,
    path: Path,
    filename: str,
    *,
    dry_run: bool,
    read: Callable[[Path, str], list[workbook.Sheet]] = workbook.read,
) -> File:
    """The file's sheets, or its text; nothing of the database is held meanwhile."""
    file = File(kind, Path(filename).name[:200], _sha256(path), [], [], ImportResult(kind, dry_run))
    if kind == "rulebook":
        file.text = rules.read_text(path)
    else:
        file.sheets = read(path, filename)
    return file


def find_tables(file: File, corrections: Corrections = NONE) -> None:
    """Find the tables in the sheets; Unusable when there is none."""
    if file.kind == "rulebook":
        return
    found = tables(file.kind, file.sheets, corrections)
    file.tables, file.records, file.left_out = found.tables, found.records, found.left_out
    file.result.warnings = found.warnings


@contextmanager
def _on_disk(source: Path | bytes) -> Iterator[Path]:
    if isinstance(source, Path):
        yield source
        return
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "upload"
        path.write_bytes(source)
        yield path


def _sha256(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").digest()
    except OSError:
        raise workbook.UnusableFile(N_("找不到文件 %(name)s，或者没有权限读它"), name=path.name) from None


@transaction
def _write(
    session: Session,
    actor: Actor,
    file: File,
    identity_key: bytes,
    now: datetime,
    progress: Progress | None = None,
    key: str | None = None,
    importing: tuple[UUID, str] | None = None,
) -> ImportResult:
    if key is not None:
        request = {"import": file.sha256.hex(), "kind": file.kind, "by": actor.user_id}
        if (earlier := once.claim(session, actor.village_id, key, request, now)) is not None:
            file.result.batch_id = UUID(earlier["batch"]) if earlier.get("batch") else None
            return file.result
    _one_at_a_time(session, actor.village_id)
    begun = None if importing is None else sessions.lock(session, actor.village_id, *importing)
    file.result.warnings = [warning for warning in file.result.warnings if warning.row == 0]  # of an earlier try
    context, plan = plan_file(session, actor, file, identity_key, now)
    result = file.result
    if result.problems or result.nothing_new:
        return result  # a key claimed for it keeps an empty answer: nothing went in
    if plan.write:
        plan.write(session)
    _record_batch(context, plan)
    done = 0
    drafts = iter(plan.drafts)
    while lot := list(islice(drafts, LOT)):
        _post(context, plan, lot)
        done += len(lot)
        if progress:
            progress(done, plan.count)
    bulk.refresh_statistics(session, HOUSEHOLDS, ENTRIES)
    result.batch_id = context.batch_id
    if begun is not None:
        sessions.end(begun, sessions.COMMITTED, now, batch_id=context.batch_id)
    if key is not None:
        once.answer(session, actor.village_id, key, {"batch": str(context.batch_id)})
    return result


def _one_at_a_time(session: Session, village_id: UUID) -> None:
    """Two clerks with the same file: the second one waits and finds every row in the books.

    SQLite writes one at a time anyway; elsewhere a lock of the import's own, since accounts are locked later.
    """
    if session.get_bind().dialect.name == "postgresql":
        session.execute(select(func.pg_advisory_xact_lock(village_id.int & (1 << 63) - 1)))


def plan_file(session: Session, actor: Actor, file: File, identity_key: bytes, now: datetime) -> tuple[Context, Plan]:
    """What the file would do to the village as it stands; refused rows and warnings in its result."""
    file.result.new = file.result.changed = file.result.unchanged = 0
    file.result.problems = []
    context = Context(session, actor, now, village_date(now), file, new_id(), identity_key)
    plan = PLANS[file.kind](context)
    if not any(file.records) and file.kind != "rulebook":
        raise Unusable(N_("表头下面一行数据也没有。请检查是不是选错了文件。"))
    for found in (file.result.problems, file.result.warnings):
        found.sort(key=lambda problem: (problem.sheet, problem.row))
    return context, plan


def _post(context: Context, plan: Plan, lot: list[Draft]) -> None:
    try:
        posted = posting.post(context.session, context.village_id, lot, context.now)
    except BadInput as error:
        raise Unusable(error.sentence, **error.values) from error
    if plan.after:
        plan.after(context.session, posted)


def _record_batch(context: Context, plan: Plan) -> None:
    """The batch, the identities of its rows, and the act in the trail."""
    session, file, result = context.session, context.file, context.result
    key: dict[str, Any] = {"village_id": context.village_id}
    session.execute(
        insert(ImportBatch).values(
            **key,
            id=context.batch_id,
            kind=file.kind,
            filename=file.filename,
            file_sha256=file.sha256,
            row_count=result.new + result.changed,
            points=plan.points,
            warnings=[warning.as_json() for warning in result.warnings[:MOST_WARNINGS]],
            imported_by=context.actor.user_id,
            imported_at=context.now,
        )
    )
    for start in range(0, len(plan.identities), LOT):
        lot: Sequence[bytes] = plan.identities[start : start + LOT]
        rows = [(context.village_id, file.kind, one, context.batch_id) for one in lot]
        bulk.insert_rows(session, IMPORT_ROWS, ("village_id", "kind", "identity", "batch_id"), rows)
    activity.record(
        session,
        context.actor,
        "import.done",
        context.now,
        subject=context.batch_id,
        detail={
            "kind": file.kind,
            "file": file.filename,
            "sha256": file.sha256.hex(),
            "rows": result.new + result.changed,
        },
    )
