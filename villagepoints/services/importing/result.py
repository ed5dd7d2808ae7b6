"""What an import says: counts, refused rows each with its place and a sentence, warnings, totals."""

from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from villagepoints.domain.errors import BadInput

NEW, CHANGED, SAME, REFUSED, OUT = "new", "changed", "same", "refused", "left_out"  # states of a row


class Unusable(BadInput):
    """The file as a whole cannot go in: a column or a predecessor is missing."""


@dataclass(frozen=True, slots=True)
class Problem:
    """A refused row or a warning: where it stands in the file, and a msgid with its values that says what to do."""

    sheet: str
    row: int
    column: str
    value: str
    sentence: str
    values: dict[str, object] = field(default_factory=dict)

    @property
    def text(self) -> str:
        """The sentence as a person reads it in Chinese."""
        return self.sentence % self.values if self.values else self.sentence

    def as_json(self) -> dict[str, Any]:
        """For `--json` and the books."""
        return {"sheet": self.sheet, "row": self.row, "column": self.column, "value": self.value, "sentence": self.text}


@dataclass(slots=True)
class ImportResult:
    """What a file did, or would do: rows new, changed, unchanged and refused; `totals` in points, people or pieces."""

    kind: str
    dry_run: bool
    new: int = 0
    changed: int = 0
    unchanged: int = 0
    problems: list[Problem] = field(default_factory=list)
    warnings: list[Problem] = field(default_factory=list)
    totals: dict[str, int] = field(default_factory=dict)
    batch_id: UUID | None = None
    states: dict[tuple[str, int], str] = field(default_factory=dict)  # sheet and row → NEW, CHANGED or SAME

    def mark(self, sheet: str, row: int, state: str) -> None:
        """Say what a row would do."""
        self.states[sheet, row] = state

    @property
    def refused(self) -> int:
        """How many rows are refused; with one or more, nothing of the file is in."""
        return len({(problem.sheet, problem.row) for problem in self.problems})

    @property
    def nothing_new(self) -> bool:
        """Whether every row of the file was in the books already."""
        return not self.new and not self.changed and not self.problems

    def as_json(self) -> dict[str, Any]:
        """For `--json`."""
        return {
            "kind": self.kind,
            "dry_run": self.dry_run,
            "new": self.new,
            "changed": self.changed,
            "unchanged": self.unchanged,
            "refused": self.refused,
            "totals": self.totals,
            "batch": str(self.batch_id) if self.batch_id else None,
            "problems": [problem.as_json() for problem in self.problems],
            "warnings": [problem.as_json() for problem in self.warnings],
        }
