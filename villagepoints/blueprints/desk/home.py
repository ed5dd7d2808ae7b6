"""今天的事: the totals, what waits, what was just recorded."""

from flask import render_template
from flask.typing import ResponseReturnValue

from villagepoints import clock
from villagepoints.access import DESK, access, current_actor
from villagepoints.blueprints.desk.blueprint import blueprint
from villagepoints.domain.calendar import Month, village_date
from villagepoints.extensions import db
from villagepoints.services import home as service
from villagepoints.services import statement
from villagepoints.services.paging import Wanted

LATEST = 8


@blueprint.get("/")
@access("desk", "read", roles=DESK)
def home() -> ResponseReturnValue:
    """The desk's first page."""
    session, village_id = db.session(), current_actor().village_id
    today = village_date(clock.now())
    return render_template(
        "desk/home.html",
        last_month=Month.of(today) - 1,
        totals=service.totals(session, village_id, today),
        wanted=service.most_wanted(session, village_id, today),
        latest=statement.of_village(session, village_id, statement.Filter(), Wanted(size=LATEST)).rows,
    )
