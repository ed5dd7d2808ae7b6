"""封账 at the desk: the seals, the checkpoints between them, the sheet for the notice board and the file."""

from functools import partial
from typing import Any

from flask import render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from villagepoints.access import OFFICE, access, current_actor
from villagepoints.blueprints import seal_page
from villagepoints.blueprints.desk.blueprint import blueprint
from villagepoints.blueprints.desk.listing import Cell, Column, Table, listed, show
from villagepoints.blueprints.public_seals import as_file
from villagepoints.domain.errors import N_
from villagepoints.domain.seal import fingerprint
from villagepoints.extensions import db
from villagepoints.services import checkpoint as points
from villagepoints.services import seal as service

SEALS = listed("desk.seals", N_("封账"))
CHECKPOINTS = listed("desk.checkpoints", N_("每天的封存点"))


def _columns() -> list[Column[Any]]:
    """Of what seals and checkpoints share."""
    return [
        Column(_("第几次"), lambda row: row.number),
        Column(_("什么时候"), lambda row: row.taken_at, look="nowrap"),
        Column(_("指纹"), lambda row: Cell(fingerprint(row.root), look="wide")),
        Column(_("户数"), lambda row: row.households, look="num"),
        Column(_("记录"), lambda row: row.entries, look="num"),
    ]


@blueprint.get("/seals")
@access("desk", "read", roles=OFFICE)
def seals() -> ResponseReturnValue:
    """Every seal, the latest first, and the button that takes one."""
    session, village_id = db.session(), current_actor().village_id
    table = Table(
        columns=_columns(),
        opens=lambda row: url_for("desk.seal", number=row.number),
        id_of=lambda row: row.number,
        next_step=lambda _row: _("看、打印"),
    )
    last = points.latest(session, village_id)
    empty = _("还没有封过账。月底结账、公示做完以后封一次，贴到公告栏上。")
    return show(SEALS, "desk/seals.html", table, partial(service.listed, session, village_id), empty=empty, last=last)


@blueprint.post("/seals")
@access("desk", "write", roles=OFFICE)
def take_seal() -> ResponseReturnValue:
    """Seal the books now; the same form sent twice seals once."""
    return seal_page.take("desk")


@blueprint.get("/seals/<int(max=2147483647):number>")
@access("desk", "read", roles=OFFICE)
def seal(number: int) -> ResponseReturnValue:
    """The sheet of a seal: to print, to sign in ink, to hang up."""
    return render_template("report/seal.html", section="desk", **seal_page.sheet(number))


@blueprint.get("/seals/<int(max=2147483647):number>/SEAL.json")
@access("desk", "read", roles=OFFICE)
def seal_file(number: int) -> ResponseReturnValue:
    """The seal as a file, households by their numbers: to be kept outside the office, for `verify --against`."""
    return as_file(service.kept(db.session(), current_actor().village_id, number), with_numbers=True)


@blueprint.get("/checkpoints")
@access("desk", "read", roles=OFFICE)
def checkpoints() -> ResponseReturnValue:
    """Where the books stood each day on which something moved."""
    session, village_id = db.session(), current_actor().village_id
    table = Table(columns=_columns(), opens=lambda _row: "", id_of=lambda row: row.number)
    empty = _("还没有。每天有了新的记录，夜里自动存一次。")
    return show(CHECKPOINTS, "desk/checkpoints.html", table, partial(points.listed, session, village_id), empty=empty)
