"""The words of printed papers, from data/papers.toml, and how days and groups are written on them."""

import tomllib
from collections.abc import Mapping
from datetime import date, datetime, time
from functools import cache
from importlib.resources import files
from typing import Any

from villagepoints.domain.calendar import SHANGHAI, Month
from villagepoints.domain.errors import N_, BadInput
from villagepoints.models import Village

SIZES = ("a4", "a3")


@cache
def words(section: str) -> Mapping[str, Any]:
    """The words of one kind of paper, those that all share included."""
    text = files("villagepoints").joinpath("data/papers.toml").read_text(encoding="utf-8")
    papers = tomllib.loads(text)
    return {**papers["common"], **papers[section]}


def frame(village: Village, section: str, paper: str, *, under: str = "", title: str = "") -> dict[str, Any]:
    """What every paper is given: size, village, title, the line under it, and its foot. BadInput for another size."""
    if paper not in SIZES:
        raise BadInput(N_("只能排成 A4 或 A3，没有生成。"))
    said = words(section)
    title = title or said["title"]
    call = said["call"] % {"phone": village.clerk_phone, "name": village.clerk_name} if village.clerk_phone else ""
    return {
        "paper": paper,
        "village": village.name,
        "title": title,
        "under": under or village.name,
        "call": call.strip(),
        "foot": f"{village.name} {title}",
        "words": said,
    }


def day(on: date) -> str:
    """A village date as papers write it, 2026年6月15日."""
    written: str = words("board")["day"] % {"year": on.year, "month": on.month, "day": on.day}
    return written


def month_name(month: Month) -> str:
    """A month as papers write it, 2026年6月."""
    written: str = words("board")["month"] % {"year": month.year, "month": month.number}
    return written


def group_name(group_no: int | None) -> str:
    """A household's group, nothing for none."""
    return "" if group_no is None else words("board")["group"] % {"number": group_no}


def points(number: int) -> str:
    """Points without a sign for gains: 1,046, −30."""
    return f"{number:,}" if number >= 0 else f"\N{MINUS SIGN}{-number:,}"


def signed(number: int) -> str:
    """A change of points with its sign: ＋10, −5."""
    return f"\N{FULLWIDTH PLUS SIGN}{number:,}" if number > 0 else points(number)


def midnight(on: date) -> datetime:
    """The instant at which a village date begins: what is written into a file that must come out the same again."""
    return datetime.combine(on, time(), SHANGHAI)
