"""记录: every entry of the household, with its reason."""

from collections.abc import Iterable
from itertools import groupby

from flask import g, render_template, request
from flask.typing import ResponseReturnValue

from villagepoints.access import access, current_actor
from villagepoints.blueprints.phone.blueprint import at_home, blueprint
from villagepoints.blueprints.slip import statement_page
from villagepoints.domain.calendar import Month, village_date
from villagepoints.domain.errors import N_
from villagepoints.domain.objection import first_posted
from villagepoints.extensions import db
from villagepoints.services import record_page, rulebook
from villagepoints.services import records as service
from villagepoints.services import statement as statements

KIND_NAMES = {
    "gained": N_("得的分"),
    "lost": N_("扣的分"),
    "spent": N_("兑换"),
    "corrected": N_("更正"),
}


def folded(rows: Iterable[service.Record]) -> list[list[service.Record]]:
    """Entries that are read as one, together."""
    return [list(together) for _fold, together in groupby(rows, key=lambda row: row.fold)]


@blueprint.get("/records")
@access("phone", "read")
def records() -> ResponseReturnValue:
    """A page of entries, by month and kind; what the query cannot mean is left out of it."""
    try:
        month = Month.parse(request.args["month"])
    except (KeyError, ValueError):
        month = None
    kind = request.args.get("kind", "")
    below = request.args.get("below", type=int)
    if below is not None and not 0 < below < 2**31:
        below = None
    page = service.page(db.session(), current_actor(), month=month, kind=kind, below=below)
    today = village_date(g.now)
    book = rulebook.in_force(db.session(), at_home().village_id, today)
    return render_template(
        "phone/records.html",
        page=page,
        month=month,
        kind=kind,
        below=below,
        kinds=KIND_NAMES,
        folded=folded,
        objected_since=first_posted(book, today),
    )


@blueprint.get("/records/<int(max=2147483647):seq>")
@access("phone", "read")
def entry(seq: int) -> ResponseReturnValue:
    """One entry: what for, who, the photos, whether it is sealed, and the way to object."""
    page = record_page.read(db.session(), current_actor(), seq, village_date(g.now))
    return render_template("phone/entry.html", page=page, line=page.line)


@blueprint.get("/statement")
@access("phone", "read")
def statement() -> ResponseReturnValue:
    """The household's statement as a page to print, with its check code."""
    home = at_home()
    return statement_page(statements.on_paper(db.session(), home.village_id, home.household_id, g.now), g.now)
