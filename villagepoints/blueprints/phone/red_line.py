"""红线 as the household itself reads it: what happened, until when, what makes it shorter, how to object."""

from flask import g, render_template
from flask.typing import ResponseReturnValue

from villagepoints.access import access
from villagepoints.blueprints.phone.blueprint import at_home, blueprint
from villagepoints.domain.calendar import village_date
from villagepoints.extensions import db
from villagepoints.services import red_line_list, rulebook


@blueprint.get("/red-lines")
@access("phone", "read")
def red_lines() -> ResponseReturnValue:
    """Every case of the household, the latest first."""
    session, home = db.session(), at_home()
    return render_template(
        "phone/red_lines.html",
        cases=red_line_list.of_household(session, home.village_id, home.household_id),
        book=rulebook.in_force(session, home.village_id, village_date(g.now)),
    )
