"""Photos as evidence: read within limits, made small and without metadata, kept under random names."""

import hashlib
import os
import secrets
import warnings
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from io import BytesIO
from pathlib import Path
from uuid import UUID

from PIL import Image, ImageOps, UnidentifiedImageError
from sqlalchemy import ColumnElement, Select, select, union_all
from sqlalchemy.orm import Session, aliased

from villagepoints.domain.actor import Actor
from villagepoints.domain.errors import N_, BadInput, NotFound
from villagepoints.models import AuditLook, AuditProblem, Evidence, Reward
from villagepoints.services.picture_hash import of_picture

FOLDER = "evidence"
MOST_PHOTOS = 3
MOST_BYTES = 12 * 1024 * 1024  # of one photo as it comes from the phone
MOST_PIXELS = 60_000_000  # what good phones take; a bomb declares more
MOST_WHOLE = 16_000_000  # of what cannot be decoded smaller, as a JPEG can: a WebP takes 16 bytes a pixel, a PNG 9
LONGEST_SIDE = 1600
QUALITY = 80
FORMATS = ("JPEG", "PNG", "WEBP")
ORPHANED_AFTER = timedelta(days=1)
_ANY = aliased(Evidence)


@dataclass(slots=True)
class Photo:
    """A photo made ready: its file below the evidence folder, and what it is."""

    file: str
    sha256: bytes
    size: int
    width: int
    height: int
    is_kept: bool = False
    picture_hash: int | None = None


Encoded = tuple[bytes, int, int]  # a JPEG, its width and height


@contextmanager
def prepared(
    instance: Path, uploads: Iterable[bytes], encode: Callable[[bytes], Encoded] | None = None
) -> Iterator[list[Photo]]:
    """Photos made ready for a service to attach; what was not attached, or whose transaction failed, is removed.

    `encode` makes the file that is kept of an upload: as evidence is, unless told otherwise.
    Raises BadInput where one is no photo, too large, a bomb, or there are too many; then none is kept.
    """
    photos: list[Photo] = []
    try:
        for place, upload in enumerate(uploads, 1):
            if place > MOST_PHOTOS:
                raise BadInput(N_("最多放 %(most)s 张照片。什么都没有记，请去掉几张再交。"), most=MOST_PHOTOS)
            photos.append(_write(instance / FOLDER, (encode or _encode)(upload)))
        yield photos
    except BaseException:
        _remove(instance, photos)
        raise
    _remove(instance, [photo for photo in photos if not photo.is_kept])


def _remove(instance: Path, photos: Iterable[Photo]) -> None:
    for photo in photos:
        (instance / FOLDER / photo.file).unlink(missing_ok=True)


def _encode(upload: bytes) -> Encoded:
    """The photo again as a JPEG of at most LONGEST_SIDE pixels: upright, without EXIF, place or thumbnail."""
    upright = opened(upload, LONGEST_SIDE).convert("RGB")
    out = BytesIO()
    Image.frombytes("RGB", upright.size, upright.tobytes()).save(out, "JPEG", quality=QUALITY, optimize=True)
    return out.getvalue(), upright.width, upright.height


def opened(upload: bytes, longest: int) -> Image.Image:
    """The pixels of an upload, upright and at most `longest` on a side; BadInput where it is no photo, or too much."""
    if len(upload) > MOST_BYTES:
        raise BadInput(
            N_("照片太大了，一张最多 %(most)s MB。什么都没有记，请换一张小一点的。"),
            most=MOST_BYTES // (1024 * 1024),
        )
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            image = Image.open(BytesIO(upload), formats=FORMATS)
            if image.width * image.height > (MOST_WHOLE if image.format in ("PNG", "WEBP") else MOST_PIXELS):
                raise BadInput(N_("照片的像素太多，打不开。什么都没有记，请换一张普通的照片。"))
            image.draft("RGB", (longest, longest))  # a JPEG is then never decoded larger than needed
            image.thumbnail((longest, longest))  # first: each copy of 60 million pixels costs 180 MB
            return ImageOps.exif_transpose(image)
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
        raise BadInput(N_("这个文件不是照片，或者坏了。什么都没有记，请重新拍一张（JPG 或 PNG）。")) from error
    except Warning as error:
        raise BadInput(N_("照片的像素太多，打不开。什么都没有记，请换一张普通的照片。")) from error


def _write(folder: Path, encoded: tuple[bytes, int, int]) -> Photo:
    body, width, height = encoded
    name = secrets.token_hex(16)
    file = f"{name[:2]}/{name}.jpg"
    path = folder / file
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "wb") as out:
        out.write(body)
        out.flush()
        os.fsync(out.fileno())
    return Photo(file, hashlib.sha256(body).digest(), len(body), width, height, picture_hash=of_picture(body))


def attach(
    session: Session,
    actor: Actor,
    photos: Sequence[Photo],
    household_id: UUID | None,
    now: datetime,
    *,
    is_recheck: bool = False,
    **subject: UUID,
) -> None:
    """Keep photos as evidence of one subject (`finding_id=…`, `claim_id=…`, `objection_id=…`, `red_line_case_id=…`),
    inside the caller's transaction."""
    for photo in photos:
        session.add(
            Evidence(
                village_id=actor.village_id,
                household_id=household_id,
                file=photo.file,
                sha256=photo.sha256,
                size=photo.size,
                width=photo.width,
                height=photo.height,
                picture_hash=photo.picture_hash,
                is_recheck=is_recheck,
                recorded_by=actor.user_id,
                recorded_at=now,
                **subject,
            )
        )
        photo.is_kept = True
    session.flush()


def of(session: Session, village_id: UUID, **subject: UUID) -> Sequence[Evidence]:
    """The photos of one subject, the oldest first; one statement."""
    shown = shows(village_id, **{name: [id_] for name, id_ in subject.items()})
    return session.scalars(
        select(Evidence).where(Evidence.village_id == village_id, shown).order_by(Evidence.recorded_at, Evidence.id)
    ).all()


def hashes(session: Session, village_id: UUID, **subject: UUID) -> tuple[str, ...]:
    """The SHA-256 of each, as an entry commits to them."""
    return tuple(row.sha256.hex() for row in of(session, village_id, **subject))


def shows(village_id: UUID, **subjects: Iterable[UUID]) -> ColumnElement[bool]:
    """Whether a photo shows any of these subjects (`claim_id=[…]`, `finding_id=[…]` …); a finding or claim that follows
    from an audit is shown by what the group photographed as well."""
    parts = []
    for name, ids in subjects.items():
        parts.append(_ids(village_id, getattr(_ANY, name).in_(list(ids))))
        if name in ("finding_id", "claim_id"):
            follows = (AuditProblem.village_id == village_id, getattr(AuditProblem, name).in_(list(ids)))
            items = select(AuditProblem.item_id).where(*follows)
            looks = select(AuditLook.id).where(AuditLook.village_id == village_id, AuditLook.item_id.in_(items))
            parts.append(_ids(village_id, _ANY.audit_look_id.in_(looks)))
    return Evidence.id.in_(union_all(*parts))  # an OR of these makes SQLite read every photo of the village


def _ids(village_id: UUID, condition: ColumnElement[bool]) -> Select[UUID]:
    return select(_ANY.id).where(_ANY.village_id == village_id, condition)


def path_of(session: Session, actor: Actor, instance: Path, evidence_id: UUID) -> Path:
    """The file of a photo: for staff any of the village, for a household its own; NotFound for all others."""
    row = session.scalars(
        select(Evidence).where(Evidence.village_id == actor.village_id, Evidence.id == evidence_id)
    ).one_or_none()
    path = instance / FOLDER / row.file if row is not None else instance
    if row is None or (actor.household_id is not None and row.household_id != actor.household_id) or not path.is_file():
        raise NotFound(N_("没有这张照片。"))
    return path


def sweep(session: Session, instance: Path, now: datetime) -> int:
    """Remove files that belong to nothing (a process died before the row, goods got another picture); how many."""
    folder = instance / FOLDER
    kept = {*session.scalars(select(Evidence.file)), *session.scalars(select(Reward.picture))}
    orphans = [
        path
        for path in folder.glob("*/*.jpg")
        if str(path.relative_to(folder)) not in kept and path.stat().st_mtime < (now - ORPHANED_AFTER).timestamp()
    ]
    for path in orphans:
        path.unlink(missing_ok=True)
    return len(orphans)
