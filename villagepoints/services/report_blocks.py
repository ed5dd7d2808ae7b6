"""What a report is laid out from, once for page, PDF and the published edition: blocks of plain JSON values."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, TypedDict

from villagepoints.domain.errors import N_
from villagepoints.services.report_tables import Table, Translate, stressed, written

Block = dict[str, Any]
NUMBERS = (
    N_("一、"),
    N_("二、"),
    N_("三、"),
    N_("四、"),
    N_("五、"),
    N_("六、"),
    N_("七、"),
    N_("八、"),
    N_("九、"),
    N_("十、"),
    N_("十一、"),
    N_("十二、"),
    N_("十三、"),
    N_("十四、"),
)


class Section(TypedDict):
    """A heading and its blocks."""

    heading: str
    blocks: list[Block]


@dataclass(frozen=True, slots=True)
class Part:
    """A section before it has its number."""

    heading: str
    blocks: Sequence[Block]


def private(block: Block) -> Block:
    """The same block for the office and the group only: it may name people."""
    return {**block, "private": True}


def for_anybody(document: Mapping[str, Any]) -> dict[str, Any]:
    """The document without what may name people; the numbers of its sections stay as they are on paper."""
    kept = [{**one, "blocks": [b for b in one["blocks"] if not b.get("private")]} for one in document["sections"]]
    return {**document, "sections": [one for one in kept if one["blocks"]]}


def text(sentence: str, *, soft: bool = False) -> Block:
    """A paragraph, its figures set apart; soft for what explains."""
    return {
        "kind": "text",
        "pieces": [[piece, figure and not soft] for piece, figure in stressed(sentence)],
        "soft": soft,
    }


def table(found: Table, caption: str = "", right: Sequence[int] = ()) -> Block:
    """A table, its cells as a person reads them; a caption where the section holds several.

    `right` are columns of text that stand to the right like figures: amounts of money.
    """
    return {
        "kind": "table",
        "name": found.name,
        "label": found.heading,
        "caption": caption,
        "columns": [
            {"text": column.text, "right": column.kind != "text" or at in right, "wide": at == widest(found, right)}
            for at, column in enumerate(found.columns)
        ],
        "rows": [
            {
                "level": row.level,
                "cells": [written(column.kind, cell) for column, cell in zip(found.columns, row.cells, strict=True)],
            }
            for row in found.rows
        ],
    }


def widest(found: Table, right: Sequence[int] = ()) -> int:
    """The column of text that says most, and so is given most room; not one of amounts."""
    sizes = [
        max((len(str(row.cells[at] or "")) for row in found.rows), default=0)
        if column.kind == "text" and at not in right
        else -1
        for at, column in enumerate(found.columns)
    ]
    return sizes.index(max(sizes))


def chart(caption: str, bars: Sequence[tuple[str, int | Decimal | None, str]]) -> Block:
    """One series of months up to the report's: label, value (None: nothing to say) and the value as it is written."""
    return {
        "kind": "chart",
        "caption": caption,
        "alt": f"{caption}  " + " · ".join(f"{label} {said}" for label, _, said in bars),
        "top": max(float(value or 0) for _, value, _ in bars),
        "bars": [
            {"label": label, "value": float(value or 0), "written": said, "now": at == len(bars)}
            for at, (label, value, said) in enumerate(bars, 1)
        ],
    }


def stamp(lines: Sequence[str], *, code: str = "", alt: str = "", under: str = "") -> Block:
    """A frame with what can be checked; `code` is the text of a QR code, named for who cannot see it by `alt`."""
    return {"kind": "stamp", "lines": list(lines), "code": code, "alt": alt, "under": under}


def sections(parts: Sequence[Part], translate: Translate) -> list[Section]:
    """Numbered sections; a part without blocks is left out."""
    kept = [part for part in parts if part.blocks]
    return [
        {"heading": translate(number) + part.heading, "blocks": list(part.blocks)}
        for number, part in zip(NUMBERS, kept, strict=False)
    ]
