"""Files between preview and confirmation, and the same workbook with the reasons written beside its rows."""

import io
import json
import re
import shutil
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from math import isfinite
from pathlib import Path
from secrets import token_hex
from uuid import UUID

import xlsxwriter

from villagepoints.domain.errors import N_, NotFound
from villagepoints.services import workbook
from villagepoints.services.importing.result import Problem

KEPT = timedelta(days=1)
TOKEN = re.compile(r"[0-9a-f]{32}")


@dataclass(frozen=True, slots=True)
class Upload:
    """A file that waits to be confirmed."""

    token: str
    kind: str
    filename: str
    path: Path


def keep(folder: Path, village_id: UUID, kind: str, filename: str, content: bytes, now: datetime) -> Upload:
    """Keep a file of a village for a day; files that nobody confirmed are cleared away."""
    home = folder / "imports" / str(village_id)
    home.mkdir(parents=True, exist_ok=True, mode=0o700)
    for old in home.iterdir():
        if old.stat().st_mtime < (now - KEPT).timestamp():
            shutil.rmtree(old, ignore_errors=True)
    token = token_hex(16)
    place = home / token
    place.mkdir(mode=0o700)
    name = "".join(c for c in Path(filename.replace("\\", "/")).name if c.isprintable())[:200] or "file"
    (place / "file").write_bytes(content)
    (place / "about.json").write_text(json.dumps({"kind": kind, "filename": name}), encoding="utf-8")
    return Upload(token, kind, name, place / "file")


def find(folder: Path, village_id: UUID, token: str) -> Upload:
    """The file that was kept under a token in this village; NotFound when there is none, or no longer."""
    place = folder / "imports" / str(village_id) / token
    if not TOKEN.fullmatch(token) or not (place / "file").is_file():
        raise NotFound(N_("这个文件已经不在了（只留一天）。请重新选文件导入。"))
    about = json.loads((place / "about.json").read_text(encoding="utf-8"))
    return Upload(token, about["kind"], about["filename"], place / "file")


def with_reasons(upload: Upload, problems: Iterable[tuple[Problem, str]]) -> bytes:
    """The uploaded table as a new .xlsx, with the sentence in a last column of every refused row."""
    reasons: dict[tuple[str, int], list[str]] = defaultdict(list)
    for problem, sentence in problems:
        reasons[problem.sheet, problem.row].append(f"{problem.column}：{sentence}" if problem.column else sentence)
    content = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    book = xlsxwriter.Workbook(content, options)
    day, loud = book.add_format({"num_format": "yyyy-mm-dd"}), book.add_format({"font_color": "#a8362a"})
    taken: set[str] = set()
    for sheet in workbook.read(upload.path, upload.filename):
        page = book.add_worksheet(_sheet_name(sheet.name, taken))
        last = max((len(cells) for _, cells in sheet.rows), default=0)
        for number, cells in sheet.rows:
            for column, value in enumerate(cells):
                if isinstance(value, datetime | date):
                    page.write_datetime(number - 1, column, value, day)
                elif isinstance(value, bool) or (isinstance(value, float) and isfinite(value)):
                    page.write(number - 1, column, value)
                elif value != "":
                    page.write_string(number - 1, column, str(value)[:32767])
            if said := reasons.get((sheet.name, number)):
                page.write_string(number - 1, last, "；".join(said), loud)
    book.close()
    return content.getvalue()


def _sheet_name(wanted: str, taken: set[str]) -> str:
    """A name that Excel allows and no earlier sheet has; a crafted file or a .csv may be called anything."""
    tidy = re.sub(r"[\[\]:*?/\\']", "_", wanted)[:31] or "_"
    name, count = tidy, 1
    while name.casefold() in taken:
        count += 1
        name = f"{tidy[:26]}_{count}"
    taken.add(name.casefold())
    return name
