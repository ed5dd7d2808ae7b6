"""The score sheet as it comes back, and the form that closes a month."""

from collections.abc import Sequence
from uuid import UUID

from flask_babel import lazy_gettext as _l
from werkzeug.datastructures import MultiDict
from wtforms import BooleanField
from wtforms.validators import InputRequired

from villagepoints.domain.score_sheet import Typed
from villagepoints.forms.base import KeyedForm, WholeNumber, narrow

MOST_ROWS = 100


class SheetForm(KeyedForm):
    """The key of a sheet; its cells are read by `typed_rows`, for their names are the households'."""


def row_ids(fields: MultiDict[str, str]) -> list[UUID]:
    """The households of the page in their order; what is no id is left out."""
    found = []
    for text in fields.getlist("row")[:MOST_ROWS]:
        try:
            found.append(UUID(text))
        except ValueError:
            continue
    return found


def typed_rows(fields: MultiDict[str, str], ids: Sequence[UUID], codes: Sequence[str]) -> list[Typed]:
    """The rows that could be typed into, with their cells in narrow digits without spaces."""
    return [
        Typed(id_, narrow(fields[f"was.{id_}"])[:100], {code: _cell(fields.get(f"{id_}.{code}")) for code in codes})
        for id_ in ids
        if f"was.{id_}" in fields
    ]


def _cell(text: str | None) -> str:
    return narrow((text or "")[:20]).replace(" ", "")


class CloseForm(KeyedForm):
    """Closing a month: what the preview came to, and that somebody read it."""

    points = WholeNumber(validators=[InputRequired()])
    seen = BooleanField(
        _l("我看过了：扣分的户都核对过，结账以后这个月的评分不能再改。"),
        validators=[InputRequired(_l("请先看一遍预览，再在这里打勾。还没有结账。"))],
    )
