"""Photos kept as evidence, for the people at the desk."""

from uuid import UUID

from flask import current_app
from flask.typing import ResponseReturnValue

from villagepoints.access import DESK, access, current_actor
from villagepoints.blueprints.desk.blueprint import blueprint
from villagepoints.blueprints.photos import photo
from villagepoints.extensions import db
from villagepoints.services import evidence as service


@blueprint.get("/evidence/<uuid:evidence_id>.jpg")
@access("desk", "read", roles=DESK)
def evidence(evidence_id: UUID) -> ResponseReturnValue:
    """One photo."""
    return photo(service.path_of(db.session(), current_actor(), current_app.config["INSTANCE"], evidence_id))
