"""兑换 in large type: one thing at a time, how many of it, then look once more."""

from uuid import UUID

from flask import g, render_template
from flask.typing import ResponseReturnValue

from villagepoints.access import access
from villagepoints.blueprints.phone.blueprint import at_home, blueprint
from villagepoints.domain.calendar import village_date
from villagepoints.domain.errors import N_, NotFound
from villagepoints.extensions import db
from villagepoints.services import shop


@blueprint.get("/redeem/pieces/<uuid:reward_id>")
@access("phone", "read")
def pieces(reward_id: UUID) -> ResponseReturnValue:
    """How many of one thing; each answer is a button of its own."""
    found = shop.chosen(db.session(), at_home(), village_date(g.now), {reward_id: 1})
    if not found:
        raise NotFound(N_("村里没有这样东西了，什么都没有换。请回「换东西」另选一样。"))
    return render_template("phone/pieces.html", offer=found[0].offer)
