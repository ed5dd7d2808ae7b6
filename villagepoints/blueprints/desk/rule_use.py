"""办法用得怎么样: items nobody uses, items everybody gets in full, notes that might deserve an item of their own."""

from flask import Response, render_template
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from villagepoints import clock
from villagepoints.access import OFFICE, access, current_actor
from villagepoints.blueprints.desk.blueprint import blueprint
from villagepoints.blueprints.desk.export import as_workbook_of
from villagepoints.blueprints.language import rule_text
from villagepoints.domain.calendar import village_date
from villagepoints.extensions import db
from villagepoints.services import rule_use as service
from villagepoints.services.export import Line, Sheet
from villagepoints.services.rule_use import RuleUse


@blueprint.get("/rule-use")
@access("desk", "read", roles=OFFICE)
def rule_use() -> ResponseReturnValue:
    """A year of the rules in force."""
    return render_template("desk/rule_use.html", found=_found(), most=service.MOST_NOTES)


@blueprint.get("/rule-use.xlsx")
@access("desk", "read", roles=OFFICE)
def export_rule_use() -> Response:
    """Every item with what it was used for, and the notes that come back."""
    found = _found()
    items: list[Line] = [
        [
            one.item.code,
            rule_text(one.item.name),
            one.given.points,
            _("没有用过") if one.is_unused else _("每户每次都给满") if one.is_always_full else "",
        ]
        for one in found.items
    ]
    notes: list[Line] = [
        [one.item.code, rule_text(one.item.name), one.phrase.words, one.phrase.notes, one.phrase.households]
        for one in found.recurring
    ]
    title = _("办法用得怎么样")
    heads = [_("编号"), _("评分内容")]
    return as_workbook_of(
        title,
        [
            Sheet(title, [*heads, _("积分"), _("说明")], items),
            Sheet(_("常常写到的事"), [*heads, _("写到"), _("笔数"), _("户数")], notes),
        ],
    )


def _found() -> RuleUse:
    return service.of_village(db.session(), current_actor().village_id, village_date(clock.now()))
