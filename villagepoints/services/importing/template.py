"""Tables to begin with: the heads an import knows, lists to choose from, an example it ignores, how to fill it in."""

import io
import tomllib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from importlib.resources import files
from typing import Any
from uuid import UUID

import xlsxwriter
from sqlalchemy import select
from sqlalchemy.orm import Session
from xlsxwriter.worksheet import Worksheet

from villagepoints.domain.calendar import Month, village_date
from villagepoints.domain.errors import N_, NotFound
from villagepoints.domain.rulebook import BASE
from villagepoints.models import Household, Resident, Reward
from villagepoints.services import rulebook
from villagepoints.services.importing.columns import COLUMNS
from villagepoints.services.importing.redemptions import CHANNELS
from villagepoints.services.importing.roster import RESIDENCIES
from villagepoints.services.importing.table import EXAMPLE

KINDS = tuple(COLUMNS)
FILLED = ("roster", "rewards")  # what is changed by importing it again
LISTS, GUIDE = "可以选的", "怎么填"  # columns.ASIDE: the import passes over them
ROWS = 5_000  # below the example that have the lists
RELATIONS = ("户主", "配偶", "子", "女", "儿媳", "女婿", "父", "母", "孙子", "孙女", "其他")
Line = Sequence[str | int | None]


@dataclass(frozen=True, slots=True)
class Field:
    """A column of the table: its head, its example, what may be chosen, whether the import needs it."""

    name: str
    head: str
    example: str | int
    choices: tuple[str, ...]
    is_needed: bool


def make(session: Session, village_id: UUID, kind: str, *, is_filled: bool, now: datetime) -> bytes:
    """The .xlsx of a kind, empty or with what is in the books; NotFound for a kind that has none."""
    if kind not in KINDS or (is_filled and kind not in FILLED):
        raise NotFound(N_("没有这样的表可以下载。"))
    fields = _fields(session, village_id, kind, now)
    lines = _NOW[kind](session, village_id) if is_filled else [["", *(field.example for field in fields)]]
    month = Month.of(village_date(now))
    title = f"{month.year}年{month.number}月" if kind == "base-scores" else _words()[kind]["title"]
    content = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    with xlsxwriter.Workbook(content, options) as book:
        book.set_properties({"created": now.replace(tzinfo=None)})
        sheet = book.add_worksheet(title)
        guide = book.add_worksheet(GUIDE)
        text, bold = book.add_format({"num_format": "@"}), book.add_format({"bold": True, "bottom": 1})
        soft = book.add_format({"num_format": "@", "font_color": "#5d6b63", "italic": True})
        wrapped = book.add_format({"text_wrap": True, "valign": "top"})
        for place, head in enumerate(["序号", *(field.head for field in fields)]):
            sheet.write_string(0, place, head, bold)
            is_number = place > 0 and isinstance(fields[place - 1].example, int)
            sheet.set_column(place, place, max(8, len(head) * 2.4 + 4), None if is_number else text)
        for row, line in enumerate(lines, 1):
            shown = [EXAMPLE, *line[1:]] if not is_filled else line
            for place, value in enumerate(shown):
                if isinstance(value, int):
                    sheet.write_number(row, place, value, soft if not is_filled else None)
                elif value:
                    sheet.write_string(row, place, value, text if is_filled else soft)
        sheet.freeze_panes(1, 0)
        if any(field.choices for field in fields):
            _offer(sheet, book.add_worksheet(LISTS), fields)
        _explain(guide, kind, fields, bold, wrapped)
    return content.getvalue()


@cache
def _words() -> dict[str, Any]:
    """What the templates say."""
    return tomllib.loads(files("villagepoints").joinpath("data/import_templates.toml").read_text(encoding="utf-8"))


def _offer(sheet: Worksheet, lists: Worksheet, fields: Sequence[Field]) -> None:
    """Each list in a column of its own sheet, since a list written into the cell ends at 255 characters."""
    for place, field in enumerate(fields, 1):
        if not field.choices:
            continue
        lists.write_column(0, place, [field.head, *field.choices])
        lists.set_column(place, place, 24)
        letter = chr(65 + place)
        sheet.data_validation(
            1,
            place,
            ROWS,
            place,
            {
                "validate": "list",
                "source": f"='{LISTS}'!${letter}$2:${letter}${len(field.choices) + 1}",
                "error_type": "information",  # what stands in no list is for the import to judge
                "ignore_blank": True,
            },
        )


def _explain(guide: Worksheet, kind: str, fields: Sequence[Field], bold: object, wrapped: object) -> None:
    words, known = _words(), {column.field for column in COLUMNS[kind]}
    guide.set_column(0, 0, 16)
    guide.set_column(1, 1, 12)
    guide.set_column(2, 2, 80)
    top = 0
    for sentence in (*words["how"], words[kind]["about"]):
        guide.merge_range(top, 0, top, 2, sentence, wrapped)
        guide.set_row(top, 34)
        top += 1
    for place, head in enumerate(("列", "要不要填", "怎么填")):
        guide.write_string(top + 1, place, head, bold)
    for row, field in enumerate(fields, top + 2):
        usual = "score" if field.name not in known else "needed" if field.is_needed else "optional"
        guide.write_string(row, 0, field.head, wrapped)
        guide.write_string(row, 1, "一定要填" if field.is_needed else "可以不填", wrapped)
        guide.write_string(row, 2, words[kind]["hints"].get(field.name) or words[usual], wrapped)


def _fields(session: Session, village_id: UUID, kind: str, now: datetime) -> list[Field]:
    book = rulebook.in_force(session, village_id, village_date(now))
    base = book.of_kind(BASE)
    choices = {
        "residency": tuple(words[0] for words in RESIDENCIES.values()),
        "relation": RELATIONS,
        "sex": ("男", "女"),
        "channel": tuple(words[0] for words in CHANNELS.values()),
        "item": tuple(f"{item.code} {item.name}" for item in book.items.values() if item.kind != BASE),
    }
    if kind == "redemptions":
        goods = select(Reward.code, Reward.name).where(Reward.village_id == village_id).order_by(Reward.code)
        rows = session.execute(goods).all()
        choices |= {"reward": tuple(row.code for row in rows), "reward_name": tuple(row.name for row in rows)}
    fields = [
        Field(c.field, c.spellings[0], _words()[kind]["example"].get(c.field, ""), choices.get(c.field, ()), c.required)
        for c in COLUMNS[kind]
        if c.field != "month" and not (kind == "base-scores" and c.field == "total")
    ]
    if kind == "base-scores":
        fields += [Field(item.code, item.code + item.name, item.points, (), True) for item in base]
        fields.append(Field("total", "合计", sum(item.points for item in base), (), False))
    return fields


def _roster(session: Session, village_id: UUID) -> list[Line]:
    """Who lives here; identity numbers are not kept, so their column is empty and the import leaves them alone."""
    rows = session.execute(
        select(
            Household.number,
            Resident.name,
            Resident.relation,
            Resident.sex,
            Resident.birth_on,
            Resident.phone,
            Household.residency,
            Household.address,
            Household.group_no,
            Household.remark,
        )
        .join(Resident, (Resident.village_id == Household.village_id) & (Resident.household_id == Household.id))
        .where(Household.village_id == village_id, Household.left_on.is_(None), Resident.left_on.is_(None))
        .order_by(Household.number, Resident.line, Resident.id)
    )
    return [
        [
            *(str(number), row.number, row.name, row.relation, row.sex),
            row.birth_on.isoformat() if row.birth_on else "",
            *("", row.phone, RESIDENCIES[row.residency][0], row.address),
            *("" if row.group_no is None else str(row.group_no), row.remark),
        ]
        for number, row in enumerate(rows, 1)
    ]


def _rewards(session: Session, village_id: UUID) -> list[Line]:
    rows = session.execute(
        select(Reward.code, Reward.name, Reward.points, Reward.stock)
        .where(Reward.village_id == village_id)
        .order_by(Reward.code)
    )
    return [[str(number), *row] for number, row in enumerate(rows, 1)]


_NOW: dict[str, Callable[[Session, UUID], list[Line]]] = {"roster": _roster, "rewards": _rewards}
