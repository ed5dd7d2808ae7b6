"""异议 for anybody to read: how one is raised, how many there were this year, how they were answered and how soon."""

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from villagepoints import clock
from villagepoints.access import access
from villagepoints.blueprints import device
from villagepoints.domain.calendar import village_date
from villagepoints.extensions import db
from villagepoints.services import objection_list, rulebook
from villagepoints.services import village as villages

blueprint = Blueprint("public_objections", __name__)
blueprint.context_processor(device.frame)


@blueprint.get("/v/<code>/objections")
@access("public", "read")
def objections(code: str) -> ResponseReturnValue:
    """The figures of the year; no household, no item, no word of any of them."""
    session, today = db.session(), village_date(clock.now())
    village = villages.by_code(session, code)
    return render_template(
        "public/objections.html",
        village=village,
        book=rulebook.in_force(session, village.id, today),
        figures=objection_list.figures(session, village.id, today),
        is_remembered=device.credential() is not None,
    )
