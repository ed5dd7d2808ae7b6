"""封账 for the supervision group: the seals and the days between them, the sheet for the notice board, the file."""

from flask import render_template, request
from flask.typing import ResponseReturnValue

from villagepoints import clock
from villagepoints.access import SUPERVISION, access, current_actor
from villagepoints.blueprints import seal_page
from villagepoints.blueprints.public_seals import as_file
from villagepoints.blueprints.supervision.blueprint import blueprint
from villagepoints.domain.calendar import village_date
from villagepoints.domain.seal import fingerprint
from villagepoints.extensions import db
from villagepoints.services import checkpoint, supervisor
from villagepoints.services import seal as service
from villagepoints.services.paging import Wanted


@blueprint.get("/seals")
@access("supervision", "read", roles=SUPERVISION)
def seals() -> ResponseReturnValue:
    """The seals, the latest first, the button that takes one, and the checkpoints of the last month."""
    session, village_id = db.session(), current_actor().village_id
    asked = min(max(request.args.get("page", 1, type=int), 1), 100_000)
    return render_template(
        "supervision/seals.html",
        page=service.listed(session, village_id, Wanted(asked, 12)),
        points=checkpoint.listed(session, village_id, Wanted(size=seal_page.SHOWN)).rows,
        fingerprint=fingerprint,
    )


@blueprint.post("/seals")
@access("supervision", "write", roles=SUPERVISION)
def take_seal() -> ResponseReturnValue:
    """Seal the books now; only a member whose term runs."""
    supervisor.current(db.session(), current_actor(), village_date(clock.now()))
    return seal_page.take("supervision")


@blueprint.get("/seals/<int(max=2147483647):number>")
@access("supervision", "read", roles=SUPERVISION)
def seal(number: int) -> ResponseReturnValue:
    """The sheet of a seal: to print, to sign in ink, to hang up."""
    return render_template("report/seal.html", section="supervision", **seal_page.sheet(number))


@blueprint.get("/seals/<int(max=2147483647):number>/SEAL.json")
@access("supervision", "read", roles=SUPERVISION)
def seal_file(number: int) -> ResponseReturnValue:
    """The seal as a file, households by their numbers: whoever keeps it can hold the books against it any day."""
    return as_file(service.kept(db.session(), current_actor().village_id, number), with_numbers=True)
