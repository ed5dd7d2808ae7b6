"""办法草案: change one part of a rule book's text, and list what still keeps it from being adopted."""

from collections.abc import Mapping
from copy import deepcopy
from dataclasses import dataclass
from typing import Any

from villagepoints.domain.errors import N_, BadInput, Conflict, DomainError, NotFound
from villagepoints.domain.rule_check import problems
from villagepoints.domain.rulebook import adopted

SETTINGS, ITEM, RED_LINE = "settings", "item", "red_line"
MOST_ITEMS, MOST_RED_LINES = 80, 20


@dataclass(frozen=True, slots=True)
class Edit:
    """One change: the settings, or the item or red line `code` (None: a new one); `values` None takes it away.

    A value of None takes the field away, so that the book's own default counts.
    """

    part: str
    code: str | None
    values: Mapping[str, Any] | None


def edited(body: Mapping[str, Any], edit: Edit) -> dict[str, Any]:
    """The text with that change; NotFound for a part it does not have, Conflict for a code that is taken."""
    changed = deepcopy(dict(body))
    if edit.part == SETTINGS:
        return _merged(changed, edit.values or {})
    rows: list[dict[str, Any]] = list(changed.get(edit.part, []))
    place = next((place for place, row in enumerate(rows) if row["code"] == edit.code), None)
    if edit.code is not None and place is None:
        raise NotFound(N_("草案里没有「%(code)s」这一项，没有改。"), code=edit.code[:8])
    if edit.values is None:
        assert place is not None
        del rows[place]
    elif place is not None:
        rows[place] = _merged(rows[place], edit.values)
    else:
        rows = _with_new(rows, edit)
    changed[edit.part] = rows
    return changed


def _with_new(rows: list[dict[str, Any]], edit: Edit) -> list[dict[str, Any]]:
    new = _merged({}, edit.values or {})
    if any(row["code"] == new["code"] for row in rows):
        raise Conflict(N_("草案里已经有「%(code)s」了，没有添加。请换一个编号。"), code=new["code"])
    if len(rows) >= (MOST_ITEMS if edit.part == ITEM else MOST_RED_LINES):
        raise BadInput(N_("草案里已经有 %(count)s 项了，记不住这么多，没有添加。"), count=len(rows))
    after = [place for place, row in enumerate(rows, 1) if row["code"][0] <= new["code"][0]]
    rows.insert(max(after, default=0), new)
    return rows


def _merged(row: Mapping[str, Any], values: Mapping[str, Any]) -> dict[str, Any]:
    merged = {**row, **values}
    return {name: value for name, value in merged.items() if value is not None}


def what_is_wrong(body: Mapping[str, Any]) -> list[DomainError]:
    """Everything that keeps the draft from being deliberated on; empty where it may be."""
    try:
        book = adopted(body, 0)
    except BadInput as unreadable:
        return [unreadable]
    return list(problems(book, len(body["item"])))
