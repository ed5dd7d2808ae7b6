"""积分账: the village's entries by month, kind and item."""

from collections.abc import Iterable
from functools import partial

from flask import request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from villagepoints import clock
from villagepoints.access import OFFICE, access, current_actor
from villagepoints.blueprints.desk.blueprint import blueprint
from villagepoints.blueprints.desk.listing import Cell, Column, Field, Table, asked, asked_month, listed, show
from villagepoints.blueprints.desk.row_words import choices, reason_of
from villagepoints.blueprints.language import rule_text
from villagepoints.domain.calendar import village_date
from villagepoints.domain.errors import N_
from villagepoints.domain.ledger import KINDS, REDEMPTION, REFUND
from villagepoints.domain.rulebook import RuleItem
from villagepoints.extensions import db
from villagepoints.forms.base import narrow
from villagepoints.services import rulebook, statement
from villagepoints.services.statement import Line

LEDGER = listed("desk.ledger", N_("积分账"))


@blueprint.get("/ledger")
@access("desk", "read", roles=OFFICE)
def ledger() -> ResponseReturnValue:
    """The village's entries, the newest first."""
    session, village_id = db.session(), current_actor().village_id
    month, items = asked_month(), rulebook.in_force(session, village_id, village_date(clock.now())).items.values()
    which = statement.Filter(
        item_code=narrow(request.args.get("item")).upper()[:8],
        kind=asked("kind", KINDS),
        first_on=month.first if month else None,
        last_on=month.last if month else None,
    )
    return show(
        LEDGER,
        "desk/ledger.html",
        Table(
            columns=_columns(can_sort_points=month is not None),
            opens=lambda row: url_for("desk.household", household_id=row.household_id),
            id_of=lambda row: f"{row.household_id}.{row.seq}",
            is_struck=lambda row: row.reversed_by is not None,
        ),
        partial(statement.of_village, session, village_id, which),
        [
            Field("month", _("哪个月的事"), str(month or ""), kind="month"),
            Field("kind", _("种类"), which.kind, choices(KINDS)),
            item_field(items, which.item_code),
        ],
        empty=_("没有这样的记录。换个条件，或者点「记分」记第一笔。"),
    )


def item_field(items: Iterable[RuleItem], chosen: str) -> Field:
    """The items of the rules to choose from."""
    return Field("item", _("评分内容"), chosen, [(one.code, f"{one.code} {rule_text(one.name)}") for one in items])


def _columns(can_sort_points: bool) -> list[Column[Line]]:
    return [
        Column(_("户号"), lambda row: row.number, look="nowrap"),
        Column(_("户主"), lambda row: row.head_name, look="nowrap"),
        Column(_("记账时间"), lambda row: row.recorded_at, "recorded", "nowrap"),
        Column(_("哪天的事"), lambda row: row.occurred_on, "occurred", "nowrap", is_named=True),
        Column(_("种类"), lambda row: _(KINDS[row.kind]), look="nowrap"),
        Column(_("项目"), lambda row: row.item_code, look="soft"),
        Column(_("事由"), reason_of, look="wide"),
        Column(_("情况"), lambda row: Cell(_("已冲正") if row.reversed_by else "", look="mark plain")),
        Column(_("记录"), lambda row: row.recorder, look="soft nowrap"),
        Column(_("审核"), lambda row: row.approver, look="soft nowrap"),
        Column(_("积分"), _points, "points" if can_sort_points else "", "num", total="points", is_change=True),
    ]


def _points(row: Line) -> Cell:
    """What a household bought is no loss."""
    return Cell(row.points, look="gold" if row.kind in (REDEMPTION, REFUND) else "")
