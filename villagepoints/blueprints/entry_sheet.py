"""A household's entries as a sheet of a workbook: the desk's download and the household's own are the same."""

from collections.abc import Iterable

from flask_babel import gettext as _

from villagepoints.blueprints.language import rule_text
from villagepoints.services.export import Sheet
from villagepoints.services.statement import Line


def entry_sheet(title: str, entries: Iterable[Line]) -> Sheet:
    """One line an entry, in their order; points signed, days as 2026-06-15."""
    heads = [
        _("序号"),
        _("日期"),
        _("项目"),
        _("事由"),
        _("积分"),
        _("余额"),
        _("记录人"),
        _("审核人"),
        _("更正第几条"),
    ]
    lines = [
        [
            entry.seq,
            entry.occurred_on.isoformat(),
            entry.item_code or "",
            entry.goods or entry.note or rule_text(entry.item_name),
            entry.points,
            entry.balance_after,
            entry.recorder,
            entry.approver or "",
            entry.reverses_seq,
        ]
        for entry in entries
    ]
    return Sheet(title, heads, lines)
