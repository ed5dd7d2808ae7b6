"""Goods for everybody: their pictures, and where the code of a shelf label leads."""

from uuid import UUID

from flask import Blueprint, current_app, redirect, render_template, request, send_file, url_for
from flask.typing import ResponseReturnValue

from villagepoints import clock
from villagepoints.access import access
from villagepoints.blueprints import device
from villagepoints.blueprints.goods import version
from villagepoints.blueprints.headers import FOREVER
from villagepoints.extensions import db
from villagepoints.services import reward
from villagepoints.services import village as villages

blueprint = Blueprint("public_goods", __name__)
blueprint.context_processor(device.frame)


@blueprint.get("/v/<code>/goods/<uuid:reward_id>")
@access("public", "read")
def goods(code: str, reward_id: UUID) -> ResponseReturnValue:
    """One of the goods: on a phone that a household of the village is remembered on, where it is redeemed."""
    session = db.session()
    village = villages.by_code(session, code)
    home = device.at_home(clock.now())
    if home is not None and home.village_id == village.id:
        return redirect(url_for("phone.pieces", reward_id=reward_id))
    return render_template("public/goods.html", village=village, one=reward.one(session, village.id, reward_id))


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
