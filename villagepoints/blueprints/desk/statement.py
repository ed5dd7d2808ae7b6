"""A household's statement on paper, for who has no phone: to print, read at the door and leave there."""

from uuid import UUID

from flask.typing import ResponseReturnValue

from villagepoints import clock
from villagepoints.access import OFFICE, access, current_actor
from villagepoints.blueprints.desk.blueprint import blueprint
from villagepoints.blueprints.slip import statement_page
from villagepoints.extensions import db
from villagepoints.services import statement as service


@blueprint.get("/households/<uuid:household_id>/statement")
@access("desk", "read", roles=OFFICE)
def statement(household_id: UUID) -> ResponseReturnValue:
    """The balance and the latest entries, the oldest first, as an A4 page."""
    now = clock.now()
    return statement_page(service.on_paper(db.session(), current_actor().village_id, household_id, now), now)
