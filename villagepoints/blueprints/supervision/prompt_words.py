"""A prompt in plain words: its sentence with the figures put in, and the figures in large type beside each other."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from flask_babel import gettext as _

from villagepoints.blueprints.filters import day, points, signed
from villagepoints.domain.prompt import CAP, KINDS, NEVER_DOWN, PHOTO, RESIDENCY
from villagepoints.models import AuditPrompt

SIGNED = ("value", "low", "high")  # of a difference


@dataclass(frozen=True, slots=True)
class Figure:
    """A figure in large type with its words; `share` is its part of the largest, 0 to 100, where bars are drawn."""

    words: str
    value: str
    share: int | None


def sentence(row: AuditPrompt, names: Mapping[UUID, str]) -> str:
    """What there is to see, in the language of the page."""
    values = {name: _said(row, name, value) for name, value in row.figures.items()}
    who = names.get(row.id) or _("账号已经不在的人")
    return str(_(KINDS[row.kind].says, **{"who": who, **values}))


def figures_of(row: AuditPrompt) -> list[Figure]:
    """The figures that are shown large, with their bars where two can be compared."""
    kind = KINDS[row.kind]
    most = max((abs(int(row.figures[name])) for name in kind.bars or ()), default=0)
    return [
        Figure(
            str(_(words)),
            _said(row, name, row.figures[name]),
            round(100 * abs(int(row.figures[name])) / most) if most and name in (kind.bars or ()) else None,
        )
        for name, words in kind.big
    ]


def hint(row: AuditPrompt) -> str:
    """What else there is to know: how seldom chance alone does this, or that the numbers are too small to tell."""
    if row.kind == RESIDENCY:
        if row.figures["tells"]:
            return str(_("差别不像是碰巧。"))
        return str(_("差别太小，或者户数太少，说不准有没有差别。"))
    if row.kind == PHOTO:
        return str(_("最不像的两张相差 %(bits)s 个记号。", bits=row.figures["bits"]))
    if "chance" in row.figures:
        return str(_("要是一切照常，大约 %(chance)s 回里才碰上一回。", chance=points(row.figures["chance"])))
    return ""


def _said(row: AuditPrompt, name: str, value: Any) -> str:
    if name == "day":
        return day(date.fromisoformat(value))
    if row.kind == CAP and name == "item":
        return str(_("%(code)s 这一项", code=value)) if value else str(_("加分"))
    if row.kind == NEVER_DOWN and name == "track":
        return str(_("动迁上楼") if value == "relocated" else _("常住"))
    if row.kind == RESIDENCY and name in SIGNED:
        return signed(value) if value else "0"
    return points(value) if isinstance(value, int) else str(value)
