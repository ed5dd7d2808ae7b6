"""Photos as evidence: read within limits, kept small, telling nothing else, gone where nothing was recorded."""

import os
import struct
import subprocess
import sys
import zlib
from datetime import timedelta
from io import BytesIO
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from PIL import Image
from sqlalchemy import select
from sqlalchemy.orm import Session

from tests.factories import NOW, TODAY, Made, make_village
from villagepoints.domain.errors import BadInput, Conflict, NotFound
from villagepoints.models import Evidence, Finding, MonthClose
from villagepoints.services import evidence, finding

ORIENTATION, GPS = 0x0112, 0x8825


def photo(size: tuple[int, int] = (60, 40), form: str = "JPEG", **options: Any) -> bytes:
    out = BytesIO()
    Image.new("RGB", size, (90, 120, 60)).save(out, form, **options)
    return out.getvalue()


def bomb(width: int, height: int) -> bytes:
    """A PNG of a few bytes that declares so many pixels."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    head = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + head + chunk(b"IDAT", zlib.compress(b"\0" * 1000)) + chunk(b"IEND", b"")


def files(instance: Path) -> list[Path]:
    return sorted(path for path in (instance / evidence.FOLDER).rglob("*") if path.is_file())


def record(session: Session, village: Made, uploads: list[bytes], instance: Path, key: str = "f") -> UUID:
    with evidence.prepared(instance, uploads) as photos:
        what = {"household_id": village.household.id, "code": "A1", "found_on": TODAY, "now": NOW}
        return finding.record(session, village.clerk, key=key, photos=photos, **what)  # type: ignore[arg-type]


@pytest.fixture
def kept(session: Session, village: Made, tmp_path: Path) -> Evidence:
    record(session, village, [photo()], tmp_path)
    return session.scalars(select(Evidence)).one()


@pytest.mark.parametrize(
    ("upload", "says"),
    [
        (b"", "不是照片"),
        (b"MZ this is a program", "不是照片"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "不是照片"),
        (photo()[:-200], "坏了"),
        (photo(form="GIF"), "不是照片"),
        (bomb(30_000, 30_000), "没有记"),
        (bomb(9_000, 9_000), "像素太多"),
        (bomb(5_000, 4_000), "像素太多"),
        (photo() + b"\0" * (13 * 1024 * 1024), "太大了，一张最多 12 MB"),
    ],
    ids=["nothing", "program", "svg", "truncated", "gif", "bomb", "small bomb", "whole", "13 MB"],
)
def test_what_is_no_good_photo_is_refused_in_words_and_not_kept(upload: bytes, says: str, tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=says), evidence.prepared(tmp_path, [photo(), upload]):
        raise AssertionError("it was let through")
    assert files(tmp_path) == [], "nor is the good one before it"


def test_a_fourth_photo_is_one_too_many(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="最多放 3 张"), evidence.prepared(tmp_path, [photo()] * 4):
        pass
    assert files(tmp_path) == []


@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP"])
def test_a_photo_is_kept_small_upright_and_without_where_it_was_taken(form: str, tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[ORIENTATION] = 6  # the phone was held on its side
    exif.get_ifd(GPS)[2] = (30.0, 44.0, 30.5)
    with evidence.prepared(tmp_path, [photo((3200, 1600), form, exif=exif)]) as photos:
        (ready,) = photos
        (path,) = files(tmp_path)
        with Image.open(path) as image:
            assert (image.format, image.size, dict(image.getexif())) == ("JPEG", (800, 1600), {})
        assert (ready.width, ready.height, ready.size) == (800, 1600, path.stat().st_size)
        assert b"Exif" not in path.read_bytes()
        assert path.stat().st_mode & 0o077 == 0, "and nobody else on the machine reads it"


def test_what_nobody_attached_is_gone(tmp_path: Path) -> None:
    with evidence.prepared(tmp_path, [photo()]):
        assert len(files(tmp_path)) == 1
    assert files(tmp_path) == []


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_a_form_sent_twice_keeps_its_photo_once(session: Session, village: Made, tmp_path: Path) -> None:
    assert record(session, village, [photo()], tmp_path) == record(session, village, [photo()], tmp_path)
    assert len(files(tmp_path)) == len(session.scalars(select(Evidence)).all()) == 1


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_a_refused_finding_leaves_no_file(session: Session, village: Made, tmp_path: Path) -> None:
    session.add(MonthClose(village_id=village.id, month="2026-06", started_at=NOW))
    session.commit()
    with pytest.raises(Conflict):
        record(session, village, [photo()], tmp_path)
    assert files(tmp_path) == []


def test_a_transaction_that_breaks_after_the_photo_leaves_neither_row_nor_file(
    session: Session, village: Made, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise RuntimeError("the database went away")

    monkeypatch.setattr("villagepoints.services.finding.households.touch", broken)
    with pytest.raises(RuntimeError):
        record(session, village, [photo()], tmp_path)
    assert files(tmp_path) == []
    assert session.scalars(select(Evidence)).all() == session.scalars(select(Finding)).all() == []


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_what_a_killed_process_left_is_swept_up_a_day_later_and_nothing_else(
    session: Session, kept: Evidence, tmp_path: Path
) -> None:
    die = (
        "import os, sys; from pathlib import Path; from villagepoints.services import evidence\n"
        "with evidence.prepared(Path(sys.argv[1]), [Path(sys.argv[2]).read_bytes()]): os.kill(os.getpid(), 9)"
    )
    (tmp_path / "a.jpg").write_bytes(photo())
    assert subprocess.run([sys.executable, "-c", die, str(tmp_path), str(tmp_path / "a.jpg")]).returncode == -9
    mine = tmp_path / evidence.FOLDER / kept.file
    (orphan,) = (path for path in files(tmp_path) if path != mine)
    for path in (mine, orphan):
        os.utime(path, (NOW.timestamp(), NOW.timestamp()))
    assert evidence.sweep(session, tmp_path, NOW + timedelta(hours=23)) == 0
    assert evidence.sweep(session, tmp_path, NOW + timedelta(hours=25)) == 1
    assert files(tmp_path) == [mine]


def test_a_photo_is_shown_to_its_household_and_its_village_s_staff_alone(
    session: Session, village: Made, kept: Evidence, tmp_path: Path
) -> None:
    for who in (village.clerk, village.villager(0)):
        assert evidence.path_of(session, who, tmp_path, kept.id).is_file()
    for stranger in (village.villager(1), make_village(session, "yz").clerk):
        with pytest.raises(NotFound, match="没有这张照片"):
            evidence.path_of(session, stranger, tmp_path, kept.id)


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_a_photo_whose_file_is_gone_is_not_found(
    session: Session, village: Made, kept: Evidence, tmp_path: Path
) -> None:
    (tmp_path / evidence.FOLDER / kept.file).unlink()
    with pytest.raises(NotFound):
        evidence.path_of(session, village.clerk, tmp_path, kept.id)
