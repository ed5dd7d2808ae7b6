"""Whether the household's name may stand on the red list."""

from flask import g, redirect, request, url_for
from flask.typing import ResponseReturnValue

from villagepoints.access import access, current_actor
from villagepoints.blueprints.phone.blueprint import at_home, blueprint
from villagepoints.extensions import db
from villagepoints.services import lists


@blueprint.post("/list-consent")
@access("phone", "write")
def list_consent() -> ResponseReturnValue:
    """Agree, or take it back."""
    lists.consent(
        db.session(),
        current_actor(),
        key=request.form.get("key", ""),
        household_id=at_home().household_id,
        shows=request.form.get("shows") == "yes",
        now=g.now,
    )
    return redirect(url_for("phone.data", _anchor="list"), 303)
