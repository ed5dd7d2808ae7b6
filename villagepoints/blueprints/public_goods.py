"""Pictures of the goods, for everybody's catalogue."""

from uuid import UUID

from flask import Blueprint, current_app, request, send_file
from flask.typing import ResponseReturnValue

from villagepoints.access import access
from villagepoints.blueprints.goods import version
from villagepoints.blueprints.headers import FOREVER
from villagepoints.extensions import db
from villagepoints.services import reward
from villagepoints.services import village as villages

blueprint = Blueprint("public_goods", __name__)


@blueprint.get("/v/<code>/goods/<uuid:reward_id>.jpg")
@access("public", "read")
def picture(code: str, reward_id: UUID) -> ResponseReturnValue:
    """The picture of one of the goods; kept for good by whoever asks with its version."""
    session = db.session()
    village = villages.by_code(session, code)
    name, path = reward.picture_of(session, village.id, current_app.config["INSTANCE"], reward_id)
    response = send_file(path, mimetype="image/jpeg")
    response.headers["Cache-Control"] = FOREVER if request.args.get("v") == version(name) else "no-cache"
    return response
