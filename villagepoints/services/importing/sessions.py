"""Imports on their way in: a file with what was put right on its page, open until it is committed or dropped."""

import copy
import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from villagepoints.domain.actor import Actor
from villagepoints.domain.errors import N_, BadInput, Conflict, NotFound
from villagepoints.domain.importing import LEFT_OUT, Cell, SheetChoice
from villagepoints.models import ImportSession, User
from villagepoints.models.base import new_id
from villagepoints.services import once
from villagepoints.services.importing import uploads
from villagepoints.services.importing.columns import covered
from villagepoints.services.transaction import transaction

OPEN, COMMITTED, REPLACED, DROPPED = "open", "committed", "replaced", "dropped"
KEPT = timedelta(days=30)
MOST_EDITS = 5_000  # rows put right on the page; more are quicker put right in the file


@dataclass(frozen=True, slots=True)
class Begun:
    """A new import, and the file name of the one it took the place of."""

    id: UUID
    replaced: str


def get(session: Session, village_id: UUID, import_id: UUID) -> ImportSession:
    """An import of the village, whatever became of it; NotFound otherwise."""
    found = session.get(ImportSession, (village_id, import_id))
    if found is None:
        raise NotFound(N_("没有这次导入。"))
    return found


def version_of(importing: ImportSession) -> str:
    """A name for what was put right so far, for a page that must not confirm what it did not show."""
    said = json.dumps([importing.status, importing.columns, importing.edits], sort_keys=True, ensure_ascii=False)
    return hashlib.blake2b(said.encode(), digest_size=12).hexdigest()


def listed(session: Session, village_id: UUID) -> Sequence[tuple[ImportSession, str | None]]:
    """The open imports, the last touched first, each with the name of who began it; one statement."""
    rows = session.execute(
        select(ImportSession, User.name)
        .outerjoin(User, (User.village_id == ImportSession.village_id) & (User.id == ImportSession.begun_by))
        .where(ImportSession.village_id == village_id, ImportSession.status == OPEN)
        .order_by(ImportSession.changed_at.desc(), ImportSession.id)
    )
    return [(one, name) for one, name in rows]


def begin(
    session: Session,
    actor: Actor,
    *,
    instance: Path,
    kind: str,
    filename: str,
    content: bytes,
    beside: bool,
    replaces: UUID | None,
    key: str,
    now: datetime,
) -> Begun:
    """Keep a file and open an import of it, in place of the open one of its kind unless it shall stand `beside`.

    `replaces` names that one; else it is the one with the same file name, or the last touched.
    """
    file = uploads.keep(instance, actor.village_id, content)
    try:
        begun, gone = _begin(
            session,
            actor,
            kind=kind,
            filename=uploads.tidy(filename),
            file=file,
            beside=beside,
            replaces=replaces,
            key=key,
            now=now,
        )
    except BaseException:
        uploads.remove(instance, actor.village_id, file)
        raise
    for other in gone:
        uploads.remove(instance, actor.village_id, other)
    return begun


@transaction
def _begin(
    session: Session,
    actor: Actor,
    *,
    kind: str,
    filename: str,
    file: str,
    beside: bool,
    replaces: UUID | None,
    key: str,
    now: datetime,
) -> tuple[Begun, list[str]]:
    """The import, and the files that are no longer needed."""
    request = {"import": kind, "filename": filename, "beside": beside, "replaces": replaces, "by": actor.user_id}
    if (earlier := once.claim(session, actor.village_id, key, request, now)) is not None:
        return Begun(UUID(earlier["id"]), earlier["replaced"]), [file]
    before = None if beside else _replaced(session, actor.village_id, kind, filename, replaces)
    gone, name = ([before.file], before.filename) if before is not None else ([], "")
    if before is not None:
        end(before, REPLACED, now)
    begun = ImportSession(
        village_id=actor.village_id,
        id=new_id(),
        kind=kind,
        filename=filename,
        file=file,
        columns={},
        edits={},
        status=OPEN,
        begun_by=actor.user_id,
        begun_at=now,
        changed_at=now,
    )
    session.add(begun)
    session.flush()
    once.answer(session, actor.village_id, key, {"id": str(begun.id), "replaced": name})
    return Begun(begun.id, name), gone


def _replaced(
    session: Session, village_id: UUID, kind: str, filename: str, replaces: UUID | None
) -> ImportSession | None:
    query = select(ImportSession).where(
        ImportSession.village_id == village_id, ImportSession.kind == kind, ImportSession.status == OPEN
    )
    query = query.order_by(ImportSession.changed_at.desc()).with_for_update()
    found = session.scalars(query).all()
    named = [one for one in found if one.id == replaces] or [one for one in found if one.filename == filename]
    return next(iter([*named, *found]), None)


def lock(session: Session, village_id: UUID, import_id: UUID, seen: str | None = None) -> ImportSession:
    """An open import, locked inside the caller's transaction; Conflict when it is open no longer, or was changed
    after `seen` (its `version_of`)."""
    found = session.scalars(
        select(ImportSession)
        .where(ImportSession.village_id == village_id, ImportSession.id == import_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one_or_none()
    if found is None:
        raise NotFound(N_("没有这次导入。"))
    if found.status != OPEN:
        raise Conflict(N_("这个文件刚才已经有人处理完了，没有再动。请回到「导入」看看。"))
    if seen is not None and version_of(found) != seen:
        raise Conflict(N_("刚才有人改过这张表，你这一步没有算。请照现在的样子再看一遍。"))
    return found


def end(importing: ImportSession, status: str, now: datetime, batch_id: UUID | None = None) -> None:
    """Close an import inside the caller's transaction; what was typed on its page (identity numbers too) goes."""
    importing.status, importing.batch_id, importing.changed_at = status, batch_id, now
    importing.columns, importing.edits = {}, {}


def drop(session: Session, actor: Actor, *, instance: Path, import_id: UUID, key: str, now: datetime) -> None:
    """Give an open import up; nothing of it was recorded, its file goes."""
    file = _drop(session, actor, import_id=import_id, key=key, now=now)
    uploads.remove(instance, actor.village_id, file)


@transaction
def _drop(session: Session, actor: Actor, *, import_id: UUID, key: str, now: datetime) -> str:
    request = {"drop": str(import_id), "by": actor.user_id}
    if (earlier := once.claim(session, actor.village_id, key, request, now)) is not None:
        return str(earlier["file"])
    importing = lock(session, actor.village_id, import_id)
    end(importing, DROPPED, now)
    once.answer(session, actor.village_id, key, {"file": importing.file})
    return importing.file


def sweep(session: Session, village_id: UUID, *, instance: Path, now: datetime) -> int:
    """Drop what nobody touched for a month, and remove files that belong to no open import; how many were dropped."""
    dropped = _drop_old(session, village_id, now)
    open_files = select(ImportSession.file).where(ImportSession.village_id == village_id, ImportSession.status == OPEN)
    uploads.sweep(instance, village_id, set(session.scalars(open_files)), now)
    return dropped


@transaction
def _drop_old(session: Session, village_id: UUID, now: datetime) -> int:
    old = session.scalars(
        select(ImportSession)
        .where(
            ImportSession.village_id == village_id,
            ImportSession.status == OPEN,
            ImportSession.changed_at < now - KEPT,
        )
        .with_for_update()
    ).all()
    for importing in old:
        end(importing, DROPPED, now)
    return len(old)


@transaction
def match(
    session: Session,
    actor: Actor,
    *,
    import_id: UUID,
    seen: str,
    columns: Mapping[str, SheetChoice],
    key: str,
    now: datetime,
) -> None:
    """Keep which column of each sheet means what; Conflict where somebody changed the import after `seen`."""
    chosen = {sheet: choice.as_json() for sheet, choice in columns.items()}
    request = {"match": str(import_id), "columns": chosen, "by": actor.user_id}
    if once.claim(session, actor.village_id, key, request, now) is not None:
        return
    importing = lock(session, actor.village_id, import_id, seen)
    importing.columns, importing.changed_at = chosen, now


@transaction
def edit(session: Session, actor: Actor, *, import_id: UUID, cells: Sequence[Cell], key: str, now: datetime) -> int:
    """Keep cells as they were put right on the page; how many there are.

    Raises Conflict, and keeps none, where somebody else has put one of them right since it was seen.
    """
    request = {"edit": str(import_id), "cells": [repr(cell) for cell in cells], "by": actor.user_id}
    if (earlier := once.claim(session, actor.village_id, key, request, now)) is not None:
        return int(earlier["cells"])
    importing = lock(session, actor.village_id, import_id)
    edits: dict[str, Any] = copy.deepcopy(importing.edits)
    for cell in cells:
        row = edits.setdefault(cell.sheet, {}).setdefault(str(cell.row), {})
        held = row.get(cell.column)
        if held is not None and (covered(held) if cell.is_private else held) != cell.before and held != cell.after:
            raise Conflict(
                N_("「%(sheet)s」第 %(row)s 行刚才被别人改过，你这次改的都没有保存。请照现在的样子再改。"),
                sheet=cell.sheet,
                row=cell.row,
            )
        if cell.column == LEFT_OUT and not cell.after:
            row.pop(LEFT_OUT, None)
        else:
            row[cell.column] = cell.after
    if sum(map(len, edits.values())) > MOST_EDITS:
        raise BadInput(N_("在页面上改的行太多了，这次改的没有保存。请下载写了原因的表，在表里改好再传上来。"))
    importing.edits, importing.changed_at = edits, now
    once.answer(session, actor.village_id, key, {"cells": len(cells)})
    return len(cells)
