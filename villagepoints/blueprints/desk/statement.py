"""Statements on paper, one or several, for who has no phone: to print, read at the door and leave there."""

from uuid import UUID

from flask import request
from flask.typing import ResponseReturnValue

from villagepoints import clock
from villagepoints.access import OFFICE, access, current_actor
from villagepoints.blueprints.desk.blueprint import blueprint
from villagepoints.blueprints.slip import statement_page, statements_page
from villagepoints.domain.errors import N_, NotFound
from villagepoints.extensions import db
from villagepoints.services import statement as service

MOST = 100  # statements printed at once: a page of the list


@blueprint.get("/households/<uuid:household_id>/statement")
@access("desk", "read", roles=OFFICE)
def statement(household_id: UUID) -> ResponseReturnValue:
    """The balance and the latest entries, the oldest first, as an A4 page."""
    now = clock.now()
    return statement_page(service.on_paper(db.session(), current_actor().village_id, household_id, now), now)


@blueprint.get("/statements")
@access("desk", "read", roles=OFFICE)
def statements() -> ResponseReturnValue:
    """Those of the households that were chosen in the list, each on sheets of its own."""
    now, chosen = clock.now(), list(dict.fromkeys(request.args.getlist("household", type=UUID)))[:MOST]
    if not chosen:
        raise NotFound(N_("没有选农户，没有单子可印。请在农户的表里勾选。"))
    session, village_id = db.session(), current_actor().village_id
    return statements_page([service.on_paper(session, village_id, one, now) for one in chosen], now)
