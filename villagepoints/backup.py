"""Copies an installation on SQLite while it runs, and puts a copy back; the keys travel in a file of their own."""

import os
import sqlite3
import tempfile
import zipfile
from collections.abc import Iterator
from pathlib import Path

from villagepoints.domain.errors import N_, BadInput, Conflict

DATABASE, EVIDENCE = "villagepoints.db", "evidence"


def keys_beside(file: Path) -> Path:
    """Where the keys of a copy are: `books.zip` has `books.keys.zip` beside it."""
    return file.with_name(f"{file.stem}.keys{file.suffix}")


def save(database: Path, folder: Path, file: Path) -> None:
    """Write database and evidence to `file` and the keys beside it, both for their owner only.

    Copies with VACUUM INTO: copying the file itself under load misses entries. Conflict where a file is there already.
    """
    for target in (file, keys_beside(file)):
        if target.exists():
            raise Conflict(N_("已经有 %(file)s 了，没有覆盖。请换一个文件名。"), file=target)
    with tempfile.TemporaryDirectory(dir=folder) as scratch:
        copy = Path(scratch) / DATABASE
        source = sqlite3.connect(database)
        try:
            source.execute("VACUUM INTO ?", (str(copy),))
        finally:
            source.close()
        _check(copy)
        evidence = [path for path in sorted((folder / EVIDENCE).rglob("*")) if path.is_file()]
        _pack(file, [(copy, DATABASE), *((path, str(path.relative_to(folder))) for path in evidence)])
    _pack(keys_beside(file), [(path, path.name) for path in sorted(folder.glob("*.key"))])


def restore(file: Path, database: Path, folder: Path) -> None:
    """Put a copy and its keys into an instance folder without a database.

    Raises Conflict where books are there already, BadInput for a file that is no such copy; nothing is half done.
    """
    if database.exists():
        raise Conflict(N_("%(file)s 已经有账了，没有恢复。请先把它移走，或者换一个空的实例文件夹。"), file=database)
    keys = keys_beside(file)
    if not keys.exists():
        raise BadInput(N_("旁边没有钥匙文件 %(file)s。没有它，门上的码牌全要重印，所以没有恢复。"), file=keys.name)
    with tempfile.TemporaryDirectory(dir=folder) as scratch:
        base = Path(scratch)
        _unpack(file, base, {DATABASE, EVIDENCE})
        if not (base / DATABASE).exists():
            raise BadInput(N_("%(file)s 里没有数据库，不是这个程序做的备份。"), file=file)
        _check(base / DATABASE)
        (base / "keys").mkdir()
        _unpack(keys, base / "keys", set())
        if (base / EVIDENCE).exists() and not (folder / EVIDENCE).exists():
            os.replace(base / EVIDENCE, folder / EVIDENCE)
        for key in (base / "keys").glob("*.key"):
            key.chmod(0o600)
            os.replace(key, folder / key.name)
        os.replace(base / DATABASE, database)  # last: without it the folder counts as empty


def _check(database: Path) -> None:
    opened = sqlite3.connect(database)
    try:
        (answer,) = opened.execute("PRAGMA integrity_check").fetchone()
    except sqlite3.DatabaseError as error:
        answer = str(error)
    finally:
        opened.close()
    if answer != "ok":
        raise BadInput(N_("数据库的副本坏了（%(answer)s），没有继续。"), answer=answer)


def _pack(file: Path, members: list[tuple[Path, str]]) -> None:
    """A zip that appears whole or not at all."""
    handle, name = tempfile.mkstemp(dir=file.parent, prefix=".backup-")
    try:
        with os.fdopen(handle, "wb") as out:
            with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=5) as packed:
                for path, member in members:
                    packed.write(path, member)
            out.flush()
            os.fsync(out.fileno())
        os.replace(name, file)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def _unpack(file: Path, folder: Path, roots: set[str]) -> None:
    try:
        with zipfile.ZipFile(file) as packed:
            packed.extractall(folder, members=list(_wanted(packed, roots)))
    except (zipfile.BadZipFile, FileNotFoundError):
        raise BadInput(N_("%(file)s 打不开，不是这个程序做的备份。"), file=file) from None


def _wanted(packed: zipfile.ZipFile, roots: set[str]) -> Iterator[str]:
    """Members of these roots (without roots: key files), none that would lead out of the folder."""
    for name in packed.namelist():
        parts = Path(name).parts
        if ".." in parts or Path(name).is_absolute():
            continue
        if (parts[0] in roots) if roots else (len(parts) == 1 and name.endswith(".key")):
            yield name
