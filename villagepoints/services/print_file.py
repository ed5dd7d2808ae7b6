"""Printed files, kept a day in the instance folder under the digest of what they say: made once, read again."""

import hashlib
import os
import re
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

from villagepoints.domain.errors import N_, NotFound
from villagepoints.services import pdf

FOLDER = "prints"
KEPT = timedelta(
    days=1
)  # door cards bear tokens and opening codes: they do not lie about longer than the printing takes


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheets:
    """What is to be typeset; `dated` is written into the file, so that a second run gives the same bytes."""

    name: str
    template: str
    data: Mapping[str, Any]
    dated: datetime
    files: Mapping[str, bytes] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Printed:
    """A file that was made, under its key; its SHA-256; and the texts in which a character prints as a gap."""

    name: str
    key: str
    sha256: str
    gaps: tuple[str, ...]


def folder(instance: Path, kind: str, village_id: UUID) -> Path:
    """Where a village's files of one kind lie, for the owner of the program only."""
    place = instance / FOLDER / f"{kind}-{village_id.hex}"
    place.mkdir(mode=0o700, parents=True, exist_ok=True)
    return place


def path_of(place: Path, key: str) -> Path:
    """The file under a key; NotFound where there is none, or no more."""
    path = place / f"{key}.pdf"
    if not re.fullmatch(r"[0-9a-f]{64}", key) or not path.is_file():
        raise NotFound(N_("这份文件已经不在了（只留一天）。请回去再做一次，做出来和原来一样。"))
    return path


def find(place: Path, sheets: Sheets) -> Printed | None:
    """The file of these sheets where it lies there already; PdfUnavailable without the extra `pdf`."""
    key = pdf.fingerprint(sheets.template, sheets.data, sheets.dated, sheets.files)
    path = place / f"{key}.pdf"
    if not path.is_file():
        return None
    return Printed(sheets.name, key, hashlib.sha256(path.read_bytes()).hexdigest(), _gaps(sheets.data))


def made(place: Path, sheets: Sheets) -> Printed:
    """The file of these sheets, typeset where it is not there yet; PdfUnavailable without the extra `pdf`."""
    found = find(place, sheets)
    if found is not None:
        return found
    content = pdf.typeset(sheets.template, sheets.data, sheets.dated, sheets.files)
    key = pdf.fingerprint(sheets.template, sheets.data, sheets.dated, sheets.files)
    keep(place / f"{key}.pdf", content)
    return Printed(sheets.name, key, hashlib.sha256(content).hexdigest(), _gaps(sheets.data))


def keep(path: Path, content: bytes) -> None:
    """Write a file whole or not at all, readable by its owner only."""
    handle, fresh = tempfile.mkstemp(dir=path.parent, prefix=".fresh-")
    with os.fdopen(handle, "wb") as out:
        out.write(content)
    os.replace(fresh, path)


def sweep(instance: Path, now: datetime) -> None:
    """Remove what is older than a day."""
    for path in (instance / FOLDER).glob("*/*"):
        if path.stat().st_mtime < (now - KEPT).timestamp():
            path.unlink(missing_ok=True)


def _gaps(data: Mapping[str, Any]) -> tuple[str, ...]:
    """The texts with a character that no font here draws, each once, in their order."""
    texts = list(dict.fromkeys(pdf.texts(data)))
    missing = set(pdf.unprintable("".join(texts)))
    return tuple(text for text in texts if missing & set(text)) if missing else ()
