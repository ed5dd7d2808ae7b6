"""A household's statement on paper, for who has no phone: to print, read at the door and leave there."""

from uuid import UUID

from flask import render_template
from flask.typing import ResponseReturnValue

from villagepoints import clock
from villagepoints.access import OFFICE, access, current_actor
from villagepoints.blueprints.desk.blueprint import blueprint
from villagepoints.domain.calendar import village_date
from villagepoints.extensions import db
from villagepoints.models import Village
from villagepoints.services import household as households
from villagepoints.services import statement as service
from villagepoints.services.paging import Wanted

ON_PAPER = 100  # entries, the latest: three sheets at most


@blueprint.get("/households/<uuid:household_id>/statement")
@access("desk", "read", roles=OFFICE)
def statement(household_id: UUID) -> ResponseReturnValue:
    """The balance and the latest entries, the oldest first, as an A4 page."""
    session, village_id = db.session(), current_actor().village_id
    now = clock.now()
    page = service.of_household(session, village_id, household_id, Wanted(size=ON_PAPER))
    return render_template(
        "report/statement.html",
        household=households.get(session, village_id, household_id),
        village=session.get_one(Village, village_id),
        merit=service.merit(session, village_id, household_id, village_date(now)),
        lines=list(reversed(page.rows)),
        total=page.total,
        now=now,
    )
