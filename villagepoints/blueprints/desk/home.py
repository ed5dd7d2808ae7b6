"""今天的事: the totals, what waits, what was just recorded."""

from datetime import datetime, timedelta

from flask import current_app, render_template
from flask.typing import ResponseReturnValue

from villagepoints import clock
from villagepoints.access import DESK, OFFICE, access, current_actor
from villagepoints.blueprints.desk.blueprint import blueprint
from villagepoints.domain.actor import ADMIN, CLERK
from villagepoints.domain.calendar import Month, village_date
from villagepoints.extensions import db
from villagepoints.services import audit_problem_list, statement
from villagepoints.services import home as service
from villagepoints.services import last_copy as copies
from villagepoints.services.paging import Wanted

LATEST = 8
OFTEN = timedelta(days=1)  # how old the last copy of the books may be


@blueprint.get("/")
@access("desk", "read", roles=DESK)
def home() -> ResponseReturnValue:
    """The desk's first page."""
    session, actor, now = db.session(), current_actor(), clock.now()
    village_id, today = actor.village_id, village_date(now)
    own = None if actor.is_any(*OFFICE) else audit_problem_list.waiting_for(session, village_id, actor.user_id, today)
    return render_template(
        "desk/home.html",
        own_problems=own,
        last_month=Month.of(today) - 1,
        totals=service.totals(session, village_id, today),
        wanted=service.most_wanted(session, village_id, today),
        latest=statement.of_village(session, village_id, statement.Filter(), Wanted(size=LATEST)).rows,
        copied=last_copy(),
        is_copy_due=is_copy_due(now),
    )


def last_copy() -> datetime | None:
    """When the books were last copied by this program."""
    return copies.at(current_app.config["INSTANCE"])


def is_copied_here() -> bool:
    """Whether this program copies the books; PostgreSQL is copied by its own tools, unseen from here."""
    return db.engine.dialect.name == "sqlite"


def is_copy_due(now: datetime) -> bool:
    """Whether the one at the desk can see to a copy and should."""
    copied = last_copy()
    is_theirs = current_actor().is_any(CLERK, ADMIN) and is_copied_here()
    return is_theirs and (copied is None or now - copied > OFTEN)
