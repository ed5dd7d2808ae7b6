"""The form of an import, and of taking one back."""

import json
import re
from collections.abc import Mapping, Sequence

from flask_babel import lazy_gettext as _l
from flask_wtf.file import FileField, FileRequired
from wtforms import BooleanField, HiddenField, RadioField, SelectChoice
from wtforms.validators import InputRequired, Length

from villagepoints.domain.importing import LEFT_OUT, Cell, SheetChoice
from villagepoints.forms.base import KeyedForm, Words, narrow

COLUMN = re.compile("[A-G]?[A-Z]")
MOST_TEXT = 2_000  # of a cell put right on the page

KIND_NAMES = {
    "roster": _l("花名册"),
    "opening": _l("期初结转"),
    "base-scores": _l("基础分评分表"),
    "events": _l("加减分明细"),
    "rewards": _l("兑换品目录"),
    "redemptions": _l("兑换登记"),
    "rulebook": _l("积分办法"),
}
KIND_HINTS = {
    "roster": _l("户号、姓名，可以有与户主关系、出生日期、身份证号、电话、居住情况、住址、组别"),
    "opening": _l("户号、积分：把纸上的结余搬过来"),
    "base-scores": _l("户号和各项基础分，一个月一张表，表名写 2025年8月"),
    "events": _l("日期、户号、项目编号、分值，可以有事由、记录人"),
    "rewards": _l("编号、名称、所需积分、库存"),
    "redemptions": _l("日期、户号、兑换品编号、数量、合计积分、兑换方式"),
    "rulebook": _l("一个 .toml 文件，从它写的日期起用新办法"),
}


class ImportForm(KeyedForm):
    """Which kind of file, and the file."""

    kind = RadioField(
        _l("这是什么表"),
        choices=[SelectChoice(kind, name) for kind, name in KIND_NAMES.items()],
        validators=[InputRequired(_l("请选这是什么表。"))],
    )
    file = FileField(_l("文件（.xlsx、.xls、.csv）"), validators=[FileRequired(_l("请选一个文件。"))])
    beside = BooleanField(_l("没导完的那一份还要，另开一份"))


class BetterFileForm(KeyedForm):
    """The same table, put right outside, in place of the one that is open."""

    file = FileField(_l("改好的文件"), validators=[FileRequired(_l("请选一个文件。"))])


class ConfirmForm(KeyedForm):
    """The previewed file is to go in, as it was seen."""

    seen = HiddenField()


class CellsForm(KeyedForm):
    """Cells put right on the page; which ones stands in fields of the page's own making (`cells_of`)."""


class ColumnsForm(ConfirmForm):
    """Which column means what; one field a sheet and field of the page's own making (`choices_of`)."""


def cells_of(typed: Mapping[str, str]) -> list[Cell]:
    """What was typed over what was shown: `was-…` holds a row as it was shown, `cell-…-E` what column E now says."""
    changed = []
    for name, shown in typed.items():
        if not name.startswith("was-"):
            continue
        try:
            was = json.loads(shown)
            sheet, row, cells, private = str(was["sheet"]), int(was["row"]), dict(was["cells"]), set(was["private"])
            sheet.encode()  # a half of a character pair is no name of a sheet, and could be kept nowhere
        except (ValueError, TypeError, KeyError, OverflowError, RecursionError):
            continue
        for column, before in cells.items():
            if column != LEFT_OUT and not COLUMN.fullmatch(str(column)):
                continue
            said = typed.get(f"cell-{name[4:]}-{column}", "")[:MOST_TEXT]
            is_private = column in private
            if (said or not is_private) and _flat(said) != _flat(str(before)):
                changed.append(Cell(sheet, row, column, str(before), _flat(said), is_private))
    return changed


def _flat(text: str) -> str:
    """As a browser's field holds it: without line ends, and without what cannot be seen."""
    return "".join(mark for mark in text if mark.isprintable()).strip()


def choices_of(typed: Mapping[str, str], sheets: Sequence[str], fields: Sequence[str]) -> dict[str, SheetChoice]:
    """What was chosen for each sheet: `use-0`, `header-0`, `month-0`, and `column-0-day` for a field's column."""
    chosen = {}
    for number, sheet in enumerate(sheets):
        header = narrow(typed.get(f"header-{number}"))
        places = {name: typed.get(f"column-{number}-{name}", "") for name in fields}
        kept = {name: int(place) for name, place in places.items() if re.fullmatch("[0-9]{1,3}", place)}
        is_used = bool(typed.get(f"use-{number}"))
        month = narrow(typed.get(f"month-{number}"))[:20]
        row = int(header) if header.isdecimal() and len(header) < 8 else 0
        chosen[sheet] = SheetChoice(row, kept if is_used else {}, month)
    return chosen


class TakeBackForm(KeyedForm):
    """Why an import is taken back."""

    reason = Words(
        _l("为什么收回"),
        validators=[
            InputRequired(_l("请写明为什么收回，村民会看到。")),
            Length(max=200, message=_l("最多 200 个字。")),
        ],
    )
