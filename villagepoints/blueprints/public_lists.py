"""红黑榜 for anybody to read: names only of those who agreed, and numbers that point at nobody."""

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from villagepoints import clock
from villagepoints.access import access
from villagepoints.blueprints import device
from villagepoints.blueprints.language import rule_names
from villagepoints.domain.calendar import village_date
from villagepoints.extensions import db
from villagepoints.services import lists as service
from villagepoints.services import village as villages

blueprint = Blueprint("public_lists", __name__)
blueprint.context_processor(device.frame)


@blueprint.get("/v/<code>/lists")
@access("public", "read")
def lists(code: str) -> ResponseReturnValue:
    """Both lists of the last month that is in the books."""
    session = db.session()
    village = villages.by_code(session, code)
    rule_names(village.id)  # an English page asks for them here, not in its template
    month = service.last_month(session, village.id, village_date(clock.now()))
    board = service.board(session, village.id, month) if month else None
    return render_template("public/lists.html", village=village, board=board)
