"""The group's first page: this month's audit, and what is left to do in it."""

from flask import render_template
from flask.typing import ResponseReturnValue

from villagepoints import clock
from villagepoints.access import SUPERVISION, access, current_actor
from villagepoints.blueprints.supervision.blueprint import blueprint
from villagepoints.domain.calendar import village_date
from villagepoints.extensions import db
from villagepoints.services import audit


@blueprint.get("/")
@access("supervision", "read", roles=SUPERVISION)
def home() -> ResponseReturnValue:
    """The last audit, open or signed."""
    session, actor = db.session(), current_actor()
    last = audit.latest(session, actor.village_id)
    return render_template("supervision/home.html", audit=last, today=village_date(clock.now()))
