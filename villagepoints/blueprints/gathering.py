"""The code on an activity's poster: a remembered household phone checks its people in and out, others are told how."""

from uuid import UUID

from flask import Blueprint, g, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from villagepoints import clock
from villagepoints.access import LANE, access
from villagepoints.blueprints import device
from villagepoints.blueprints.language import said
from villagepoints.domain import gathering as rules
from villagepoints.domain.calendar import village_date
from villagepoints.domain.errors import DomainError
from villagepoints.extensions import db, limiter
from villagepoints.services import attendance, gathering, gathering_list, rulebook, village_page
from villagepoints.services.phone import Home

blueprint = Blueprint("gathering", __name__)
blueprint.context_processor(device.frame)
BURST = "600 per minute"  # as for door cards: a whole village shares one carrier address
SCANNED = "gathering"


@blueprint.get("/g/<village>/<token>")
@blueprint.get("/G/<village>/<token>")
@limiter.limit(BURST)
@access("card", "read")
def scan(village: str, token: str) -> ResponseReturnValue:
    """A scan: staff to the activity's list, everybody else to its page, none with the token in the URL."""
    found = gathering.resolve(db.session(), village, token)
    if found is None:
        return render_template("card/miss.html"), 404
    if current_user.is_authenticated:
        actor = current_user.actor
        if actor.village_id == found.village_id and actor.is_any(*LANE):
            return redirect(url_for("desk.gathering", gathering_id=found.gathering_id))
    session[SCANNED] = [found.village_id.hex, found.gathering_id.hex]
    return redirect(url_for("gathering.here"))


@blueprint.get("/gathering")
@access("card", "read")
def here() -> ResponseReturnValue:
    """The activity that was scanned, and who of the household is there."""
    return _page()


@blueprint.post("/gathering")
@limiter.limit(BURST)
@access("card", "write")
def check() -> ResponseReturnValue:
    """Check one person in or out."""
    scanned, now = _scanned(), clock.now()
    home = _home(scanned[0]) if scanned else None
    if scanned is None or home is None:
        return redirect(url_for("gathering.here"), 303)
    act = attendance.check_out if request.form.get("act") == "out" else attendance.check_in
    person, key = request.form.get("person", "")[:40], request.form.get("key", "")
    try:
        act(db.session(), home.actor, key=key, gathering_id=scanned[1], person=person, now=now)
    except DomainError as error:
        return _page(said(error), error.status)
    return redirect(url_for("gathering.here"), 303)


def _scanned() -> tuple[UUID, UUID] | None:
    """Village and activity of the last poster scanned in this browser."""
    kept = session.get(SCANNED)
    return (UUID(kept[0]), UUID(kept[1])) if kept else None


def _home(village_id: UUID) -> Home | None:
    """The household this phone is open for, where it is of the activity's village."""
    home = device.at_home(clock.now())
    return home if home is not None and home.village_id == village_id else None


def _page(refusal: str = "", status: int = 200) -> ResponseReturnValue:
    scanned, now = _scanned(), clock.now()
    if scanned is None:
        return redirect(url_for("public.index"), 303)
    village_id, gathering_id = scanned
    home = _home(village_id)
    if home:
        g.actor = home.actor
    found = gathering_list.one(db.session(), village_id, gathering_id)
    item = rulebook.in_force(db.session(), village_id, village_date(now)).item(found.item_code)
    people = attendance.people_of(db.session(), village_id, home.household_id) if home else []
    listed = gathering_list.of_household(db.session(), village_id, gathering_id, home.household_id) if home else {}
    page = render_template(
        "card/gathering.html",
        home=home,
        village=village_page.by_id(db.session(), village_id),
        gathering=found,
        item=item,
        people=people,
        listed=listed,
        phase=rules.phase(found, now),
        opens_at=found.starts_at - rules.BEFORE,
        hours=rules.hours,
        now=now,
        refusal=refusal,
    )
    return page, status
