"""The rows of an open import as its page shows them: what may be typed over, what stood in the file, what is wrong."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from villagepoints.domain.importing import LEFT_OUT
from villagepoints.services.importing import matching
from villagepoints.services.importing.columns import PRIVATE
from villagepoints.services.importing.preview import Line, Summary
from villagepoints.services.importing.result import OUT, REFUSED, Problem


@dataclass(frozen=True, slots=True)
class ShownCell:
    """A cell: its head, its column's letter (empty where the sheet has none), its text, what the file said before."""

    head: str
    letter: str
    text: str
    before: str | None
    is_wrong: bool
    is_private: bool

    @property
    def width(self) -> int:
        """How wide its field is, in letters; a Chinese character takes two, and what is wrong needs room."""
        return min(max(sum(1 if mark.isascii() else 2 for mark in self.text), 10 if self.is_wrong else 3), 22)


@dataclass(frozen=True, slots=True)
class ShownRow:
    """A row; `is_open`: its cells are fields, and `was` remembers what they showed."""

    line: Line
    cells: Sequence[ShownCell]
    is_open: bool
    was: str
    said: Sequence[tuple[Problem, bool]]


def heads(summary: Summary) -> list[tuple[str, str]]:
    """The columns of the list: each field that any sheet has, with its words."""
    words = {name: words for name, words, _needed in matching.fields(summary.result.kind, ())} if summary.sheets else {}
    return [(name, words.get(name, name)) for name in summary.fields]


def shown(summary: Summary, lines: Sequence[Line], asked: str) -> Iterator[ShownRow]:
    """The lines of a page; open are those that cannot go in, were put right, or are asked for (`sheet:row`)."""
    sheets = {sheet.name: sheet for sheet in summary.sheets}
    fields = heads(summary)
    for line in lines:
        is_out = line.state == OUT
        is_open = line.state == REFUSED or bool(line.before) or asked == f"{line.sheet}:{line.row}"
        wrong = {problem.column.split(" ")[0] for problem in line.problems}
        cells = []
        for name, head in fields:
            letter = sheets[line.sheet].letter(name)
            text, before = line.cells.get(name, ""), line.before.get(name)
            cells.append(ShownCell(head, letter, text, before, letter in wrong, name in PRIVATE))
        typed = {cell.letter: cell.text for cell in cells if cell.letter and is_open and not is_out}
        was = {
            "sheet": line.sheet,
            "row": line.row,
            "cells": typed | {LEFT_OUT: "1" if is_out else ""},
            "private": [cell.letter for cell in cells if cell.is_private],
        }
        said = [(problem, True) for problem in line.problems] + [(problem, False) for problem in line.warnings]
        yield ShownRow(line, cells, is_open and not is_out, json.dumps(was, ensure_ascii=False), said)
