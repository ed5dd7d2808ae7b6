"""快到期的积分: who loses points on the first of next month unless they are spent, to tell those without a phone."""

from flask import Response, render_template
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from villagepoints import clock
from villagepoints.access import DESK, OFFICE, access, current_actor
from villagepoints.blueprints.desk.blueprint import blueprint
from villagepoints.blueprints.desk.context import wanted
from villagepoints.blueprints.desk.export import as_workbook
from villagepoints.domain.calendar import village_date
from villagepoints.extensions import db
from villagepoints.services import expiry as service


@blueprint.get("/expiring")
@access("desk", "read", roles=DESK)
def expiring() -> ResponseReturnValue:
    """The households, elders first."""
    today = village_date(clock.now())
    day, page = service.soon(db.session(), current_actor().village_id, today, wanted())
    return render_template("desk/expiring.html", day=day, page=page)


@blueprint.get("/expiring.xlsx")
@access("desk", "read", roles=OFFICE)
def export_expiring() -> Response:
    """The same list to call people from."""
    day, page = service.soon(db.session(), current_actor().village_id, village_date(clock.now()), None)
    heads = [_("户号"), _("户主"), _("组"), _("老人户"), _("电话"), _("余额"), _("到期的分"), _("哪天到期")]
    lines: list[list[str | int | None]] = [
        [
            row.number,
            row.head_name,
            row.group_no,
            _("是") if row.is_elder else "",
            row.phone,
            row.balance,
            row.points,
            day.isoformat(),
        ]
        for row in page.rows
    ]
    return as_workbook(_("快到期的积分"), heads, lines)
