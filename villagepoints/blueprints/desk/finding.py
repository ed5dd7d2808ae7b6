"""评分: what was found in the lanes this month (to read; scoring itself has its own pages)."""

from flask import render_template, request
from flask.typing import ResponseReturnValue

from villagepoints import clock
from villagepoints.access import DESK, access, current_actor
from villagepoints.blueprints.desk.blueprint import blueprint
from villagepoints.blueprints.desk.context import wanted
from villagepoints.domain.calendar import Month, village_date
from villagepoints.extensions import db
from villagepoints.services import finding as service

STATUSES = ("persuaded", "counted", "rectified", "withdrawn")


@blueprint.get("/findings")
@access("desk", "read", roles=DESK)
def findings() -> ResponseReturnValue:
    """A month's findings by group and household."""
    try:
        month = Month.parse(request.args.get("month", ""))
    except ValueError:
        month = Month.of(village_date(clock.now()))
    asked = request.args.get("status", "")
    status = asked if asked in STATUSES else ""
    page = service.listed(db.session(), current_actor().village_id, month, status, wanted())
    return render_template("desk/findings.html", page=page, month=month, status=status, statuses=STATUSES)
