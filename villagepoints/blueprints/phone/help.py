"""帮忙: call the clerk, tell or ask the village something, the way to everything else."""

from flask import render_template
from flask.typing import ResponseReturnValue

from villagepoints.access import access
from villagepoints.blueprints.phone.blueprint import at_home, blueprint
from villagepoints.domain.service_request import KINDS
from villagepoints.extensions import db
from villagepoints.services import service_request_list


@blueprint.get("/help")
@access("phone", "read")
def help_page() -> ResponseReturnValue:
    """Everything that is not about points themselves, a call first."""
    waiting = service_request_list.count_open(db.session(), at_home().village_id, at_home().household_id)
    return render_template("phone/help.html", kinds=KINDS, waiting=waiting)
