"""一天发放的: what was handed over on a day, to be signed at the counter, and what came back to its shelf."""

from datetime import date, timedelta
from uuid import UUID

from flask import render_template, request
from flask.typing import ResponseReturnValue

from villagepoints import clock
from villagepoints.access import DESK, access, current_actor
from villagepoints.blueprints.desk.blueprint import blueprint
from villagepoints.blueprints.desk.reward import id_of
from villagepoints.domain.calendar import YEARS, village_date
from villagepoints.extensions import db
from villagepoints.services import counter as counters
from villagepoints.services import handover as service
from villagepoints.services.paging import MOST_PRINTED, Wanted


@blueprint.get("/handovers")
@access("desk", "read", roles=DESK)
def handovers() -> ResponseReturnValue:
    """A day's list of one counter or all, today's unless the query names another; whole, because it is signed."""
    session, actor, today = db.session(), current_actor(), village_date(clock.now())
    day, own = _day(today), counters.of_actor(session, actor)
    places = counters.names(session, actor.village_id)
    counter_id: UUID | None = own or id_of(request.args.get("counter"))
    return render_template(
        "desk/handovers.html",
        day=day,
        before=day - timedelta(days=1),
        after=day + timedelta(days=1) if day < today else None,
        found=service.of_day(session, actor.village_id, day, counter_id, Wanted(size=MOST_PRINTED)),
        places=[] if own else places,
        counter_id=counter_id,
        place=dict(places).get(counter_id) if counter_id else None,
    )


def _day(today: date) -> date:
    try:
        day = date.fromisoformat(request.args.get("day", ""))
    except ValueError:
        return today
    return day if day.year in YEARS else today
