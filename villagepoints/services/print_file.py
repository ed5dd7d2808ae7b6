"""Printed files, kept a day in the instance folder under the digest of what they say: made once, read again."""

import hashlib
import os
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

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
    """A file that was made, its SHA-256, and the texts in which a character prints as a gap."""

    name: str
    path: Path
    sha256: str
    gaps: tuple[str, ...]


def find(instance: Path, sheets: Sheets) -> Printed | None:
    """The file of these sheets where it lies there already; PdfUnavailable without the extra `pdf`."""
    path = _path(instance, sheets)
    if not path.is_file():
        return None
    return Printed(sheets.name, path, hashlib.sha256(path.read_bytes()).hexdigest(), _gaps(sheets.data))


def made(instance: Path, sheets: Sheets) -> Printed:
    """The file of these sheets, typeset where it is not there yet; PdfUnavailable without the extra `pdf`."""
    found = find(instance, sheets)
    if found is not None:
        return found
    content = pdf.typeset(sheets.template, sheets.data, sheets.dated, sheets.files)
    path = _path(instance, sheets)
    keep(path, content)
    return Printed(sheets.name, path, hashlib.sha256(content).hexdigest(), _gaps(sheets.data))


def folder(instance: Path) -> Path:
    """Where they lie, for the owner of the program only."""
    place = instance / FOLDER
    place.mkdir(mode=0o700, exist_ok=True)
    return place


def keep(path: Path, content: bytes) -> None:
    """Write a file whole or not at all, readable by its owner only."""
    handle, fresh = tempfile.mkstemp(dir=path.parent, prefix=".fresh-")
    with os.fdopen(handle, "wb") as out:
        out.write(content)
    os.replace(fresh, path)


def sweep(instance: Path, now: datetime) -> None:
    """Remove what is older than a day."""
    for path in folder(instance).iterdir():
        if path.stat().st_mtime < (now - KEPT).timestamp():
            path.unlink(missing_ok=True)


def _path(instance: Path, sheets: Sheets) -> Path:
    key = pdf.fingerprint(sheets.template, sheets.data, sheets.dated, sheets.files)
    return folder(instance) / f"{key}.pdf"


def _gaps(data: Mapping[str, Any]) -> tuple[str, ...]:
    """The texts with a character that no font here draws, each once, in their order."""
    texts = list(dict.fromkeys(_texts(data)))
    missing = set(pdf.unprintable("".join(texts)))
    return tuple(text for text in texts if missing & set(text)) if missing else ()


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for part in value.values():
            yield from _texts(part)
    elif isinstance(value, list | tuple):
        for part in value:
            yield from _texts(part)
