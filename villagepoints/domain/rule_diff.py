"""What changes from one rule book to another: item by item, field by field."""

from collections.abc import Mapping
from dataclasses import dataclass

from villagepoints.domain.errors import N_
from villagepoints.domain.rule_check import SETTING_NAMES
from villagepoints.domain.rulebook import RedLine, RuleBook, RuleItem

ITEM_FIELDS = {
    "kind": N_("种类"),
    "name": N_("内容"),
    "name_relocated": N_("动迁上楼户的内容"),
    "name_en": N_("英文"),
    "points": N_("分值"),
    "step": N_("每处扣"),
    "grades": N_("等次"),
    "unit": N_("怎么计"),
    "cap": N_("上限"),
    "quota_percent": N_("名额（百分之几的户）"),
    "once_per": N_("只记一次"),
    "evidence": N_("要什么凭据"),
    "requires_persuasion": N_("先劝导"),
    "requires_document": N_("要有书面认定"),
    "claws_back": N_("收回得过的分"),
    "is_honour": N_("算评优"),
}
RED_LINE_FIELDS = {"name": N_("内容"), "pause_months": N_("停兑几个月"), "requires_document": N_("要有书面认定")}
ADDED, REMOVED, CHANGED = "added", "removed", "changed"


@dataclass(frozen=True, slots=True)
class Change:
    """A field that says something else: its name, what it said and what it says, and what people call it."""

    field: str
    before: object
    after: object
    label: str


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
        settings=_changes(before, after, SETTING_NAMES),
        items=_parts(before.items, after.items, ITEM_FIELDS),
        red_lines=_parts(
            {line.code: line for line in before.red_lines},
            {line.code: line for line in after.red_lines},
            RED_LINE_FIELDS,
        ),
    )


def _changes(before: object, after: object, fields: Mapping[str, str]) -> tuple[Change, ...]:
    pairs = ((field, getattr(before, field), getattr(after, field), label) for field, label in fields.items())
    return tuple(Change(field, old, new, label) for field, old, new, label in pairs if old != new)


def _said_once(old: RuleItem | RedLine, new: RuleItem | RedLine, changes: tuple[Change, ...]) -> tuple[Change, ...]:
    """Without the other texts of an item where they only repeat its name, before and after."""
    return tuple(
        one
        for one in changes
        if one.field not in ("name_relocated", "name_en") or (one.before, one.after) != (old.name, new.name)
    )


def _parts(
    before: Mapping[str, RuleItem] | Mapping[str, RedLine],
    after: Mapping[str, RuleItem] | Mapping[str, RedLine],
    fields: Mapping[str, str],
) -> tuple[Part, ...]:
    found = []
    for code in sorted(before.keys() | after.keys()):
        old, new = before.get(code), after.get(code)
        if old is None and new is not None:
            found.append(Part(code, new.name, ADDED, None, new, ()))
        elif old is not None and new is None:
            found.append(Part(code, old.name, REMOVED, old, None, ()))
        elif old is not None and new is not None and (changes := _said_once(old, new, _changes(old, new, fields))):
            found.append(Part(code, new.name, CHANGED, old, new, changes))
    return tuple(found)
