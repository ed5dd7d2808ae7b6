"""What every page of the supervision group knows: the village, today, and who is signed in."""

from typing import Any

from flask import g

from villagepoints import clock
from villagepoints.access import current_actor
from villagepoints.blueprints.desk.navigation import is_open
from villagepoints.blueprints.language import rule_names
from villagepoints.blueprints.supervision.blueprint import blueprint
from villagepoints.domain.calendar import village_date
from villagepoints.extensions import db
from villagepoints.models import Village


@blueprint.context_processor
def shared() -> dict[str, Any]:
    """One statement on every page: the village."""
    if "actor" not in g:
        return {}
    actor = current_actor()
    rule_names()  # an English page asks for them here, not in its template
    village = db.session().get_one(Village, actor.village_id)
    return {"village": village, "today": village_date(clock.now()), "actor": actor, "may": is_open}
