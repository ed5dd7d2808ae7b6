"""Photos kept as evidence, for the supervision group."""

from uuid import UUID

from flask import current_app
from flask.typing import ResponseReturnValue

from villagepoints import clock
from villagepoints.access import SUPERVISION, access, current_actor
from villagepoints.blueprints.photos import photo
from villagepoints.blueprints.supervision.blueprint import blueprint
from villagepoints.domain.calendar import village_date
from villagepoints.extensions import db
from villagepoints.services import evidence as service
from villagepoints.services import supervisor


@blueprint.get("/evidence/<uuid:evidence_id>.jpg")
@access("supervision", "read", roles=SUPERVISION)
def evidence(evidence_id: UUID) -> ResponseReturnValue:
    """One photo; whose term is over sees none."""
    session, actor = db.session(), current_actor()
    supervisor.current(session, actor, village_date(clock.now()))
    return photo(service.path_of(session, actor, current_app.config["INSTANCE"], evidence_id))
