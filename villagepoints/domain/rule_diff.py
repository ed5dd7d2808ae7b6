"""What changes from one rule book to another: item by item, field by field."""

from collections.abc import Mapping
from dataclasses import dataclass

from villagepoints.domain.rulebook import RedLine, RuleBook, RuleItem

SETTINGS = (
    "name",
    "principle",
    "monthly_base",
    "contribution_cap",
    "cap_exempt",
    "second_approver_from",
    "expiry_months",
    "late_days",
    "objection_window_days",
    "objection_target_working_days",
    "objection_answer_days",
    "publicity_days",
    "rectification_days",
    "persuasion_months",
    "repair_hours",
    "red_list_percent",
)
ITEM_FIELDS = (
    "kind",
    "name",
    "name_relocated",
    "name_en",
    "points",
    "step",
    "grades",
    "unit",
    "cap",
    "quota_percent",
    "once_per",
    "evidence",
    "requires_persuasion",
    "requires_document",
    "claws_back",
    "is_honour",
)
RED_LINE_FIELDS = ("name", "pause_months", "requires_document")
ADDED, REMOVED, CHANGED = "added", "removed", "changed"


@dataclass(frozen=True, slots=True)
class Change:
    """A field that says something else: its name, what it said and what it says."""

    field: str
    before: object
    after: object


@dataclass(frozen=True, slots=True)
class Part:
    """An item or red line that is added, removed or changed; `name` is the new one where there is one."""

    code: str
    name: str
    status: str
    before: RuleItem | RedLine | None
    after: RuleItem | RedLine | None
    changes: tuple[Change, ...]


@dataclass(frozen=True, slots=True)
class BookDiff:
    """Everything that differs between two books."""

    settings: tuple[Change, ...]
    items: tuple[Part, ...]
    red_lines: tuple[Part, ...]

    def __bool__(self) -> bool:
        return bool(self.settings or self.items or self.red_lines)


def diff(before: RuleBook, after: RuleBook) -> BookDiff:
    """What changes from one book to another; neither its version nor its day counts, nor the order of its items."""
    return BookDiff(
        settings=_changes(before, after, SETTINGS),
        items=_parts(before.items, after.items, ITEM_FIELDS),
        red_lines=_parts(
            {line.code: line for line in before.red_lines},
            {line.code: line for line in after.red_lines},
            RED_LINE_FIELDS,
        ),
    )


def _changes(before: object, after: object, fields: tuple[str, ...]) -> tuple[Change, ...]:
    pairs = ((field, getattr(before, field), getattr(after, field)) for field in fields)
    return tuple(Change(field, old, new) for field, old, new in pairs if old != new)


def _parts(
    before: Mapping[str, RuleItem] | Mapping[str, RedLine],
    after: Mapping[str, RuleItem] | Mapping[str, RedLine],
    fields: tuple[str, ...],
) -> tuple[Part, ...]:
    found = []
    for code in sorted(before.keys() | after.keys()):
        old, new = before.get(code), after.get(code)
        if old is None and new is not None:
            found.append(Part(code, new.name, ADDED, None, new, ()))
        elif old is not None and new is None:
            found.append(Part(code, old.name, REMOVED, old, None, ()))
        elif old is not None and new is not None and (changes := _changes(old, new, fields)):
            found.append(Part(code, new.name, CHANGED, old, new, changes))
    return tuple(found)
