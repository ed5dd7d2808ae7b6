"""新的事: what happened since somebody of the household last looked, and the button that says they know."""

from collections.abc import Callable
from uuid import UUID

from flask import g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from villagepoints.access import access, current_actor
from villagepoints.blueprints.news_words import told
from villagepoints.blueprints.phone.blueprint import at_home, blueprint
from villagepoints.domain.calendar import Month
from villagepoints.domain.news import told_up_to
from villagepoints.extensions import db
from villagepoints.services import news as service
from villagepoints.services.news import News
from villagepoints.services.paging import Wanted

PAGE = 20
# where each thing is read in full
PLACES: dict[str, Callable[[News], str]] = {
    "entry": lambda line: url_for("phone.records", month=line.day and Month.of(line.day)),
    "base": lambda line: url_for("phone.records", month=line.day and Month.of(line.day)),
    "redemption": lambda line: url_for("phone.pickup", redemption_id=UUID(line.ref)),
    "finding": lambda line: url_for("phone.home"),
    "red_line": lambda line: url_for("phone.red_lines"),
    "claim": lambda line: url_for("phone.claim", claim_id=UUID(line.ref)),
    "objection": lambda line: url_for("phone.objection", objection_id=UUID(line.ref)),
    "other_objection": lambda line: url_for("phone.objection", objection_id=UUID(line.ref)),
    "request": lambda line: url_for("phone.request_", request_id=UUID(line.ref)),
    "expiring": lambda line: url_for("phone.redeem"),
}


def place(line: News) -> str:
    """The page on which a thing is read in full."""
    return PLACES[line.source](line)


@blueprint.get("/news")
@access("phone", "read")
def news() -> ResponseReturnValue:
    """What is new, or with `all=1` everything of the last days."""
    session, home, all_days = db.session(), at_home(), request.args.get("all") == "1"
    wanted = Wanted(number=min(max(request.args.get("page", 1, type=int), 1), 1000), size=PAGE)
    page = service.of_household(session, home.village_id, home.household_id, g.now, wanted, all_days=all_days)
    known = service.told(session, home.village_id, home.household_id)
    return render_template("phone/news.html", page=page, known=known, all_days=all_days, told=told, place=place)


@blueprint.post("/news")
@access("phone", "write")
def news_known() -> ResponseReturnValue:
    """Somebody of the household read what was shown; what came meanwhile stays new."""
    service.tell(
        db.session(),
        current_actor(),
        key=request.form.get("key", ""),
        household_ids=[at_home().household_id],
        up_to=told_up_to(request.form.get("up_to", ""), g.now),
        now=g.now,
    )
    return redirect(url_for("phone.home"), 303)
