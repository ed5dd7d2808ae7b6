"""打印包: the papers of a month, chosen on one page, made file by file, each shown with its SHA-256."""

from datetime import date
from pathlib import Path
from uuid import UUID

from flask import current_app, flash, make_response, redirect, render_template, request, send_file, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from villagepoints import clock
from villagepoints.access import OFFICE, access, current_actor
from villagepoints.blueprints.desk.blueprint import blueprint
from villagepoints.blueprints.language import said
from villagepoints.domain.calendar import Month, village_date
from villagepoints.domain.errors import DomainError
from villagepoints.extensions import db
from villagepoints.models import Village
from villagepoints.services import door_card, pdf, print_file, print_pack, print_run, report
from villagepoints.services.print_file import Printed
from villagepoints.services.print_pack import Asked
from villagepoints.services.print_words import SIZES

MONTHS = 12  # to choose from
MOST = 200  # papers asked for at once


@blueprint.get("/print-pack", endpoint="print_pack")
@access("desk", "read", roles=OFFICE)
def choose() -> ResponseReturnValue:
    """What can be printed for a month; the month before this one unless another is asked for."""
    this = Month.of(village_date(clock.now()))
    groups = door_card.groups(db.session(), current_actor().village_id)
    return render_template(
        "desk/print_pack.html",
        papers=print_pack.PAPERS,
        groups=[(print_pack.statements_of(one.group_no), one) for one in groups],
        months=[this - back for back in range(MONTHS)],
        month=_month(this - 1),
        chosen=request.args.getlist("what") or [print_pack.BOARD],
        pdf=pdf.available(),
    )


@blueprint.get("/print-pack/made")
@access("desk", "read", roles=OFFICE)
def print_made() -> ResponseReturnValue:
    """The chosen papers as files; the page comes again by itself, without scripts, until all of them are made."""
    names = list(dict.fromkeys(request.args.getlist("what")))[:MOST]
    if not names:
        flash(_("没有勾要打印的，什么都没有做。请勾一样。"), "wrong")
        return redirect(url_for("desk.print_pack"))
    pdf.require()
    today, run = village_date(clock.now()), (request.query_string.decode("utf-8", "replace"),)
    village = db.session().get_one(Village, current_actor().village_id)
    done, left = print_run.go_on(_place(), run, names, lambda name: _made(village, name, today))
    texts = print_pack.PAPERS
    page = render_template(
        "desk/print_made.html",
        done=[(one, texts.get(one.what, ""), print_pack.group_of(one.what)) for one in done],
        left=left,
        month=_month(Month.of(today)),
        papers=names,
        size=_size(),
    )
    response = make_response(page)
    if left:
        response.headers["Refresh"] = "0"
    response.headers["Cache-Control"] = "no-store"
    return response


@blueprint.get("/print-pack/files/<print_key>.pdf")
@access("desk", "read", roles=OFFICE)
def print_file_made(print_key: str) -> ResponseReturnValue:
    """One of the files, as long as it is kept."""
    response = send_file(print_file.path_of(_place(), print_key), mimetype="application/pdf")
    response.headers["Cache-Control"] = "no-store"
    return response


def _made(village: Village, what: str, today: date) -> Printed | str:
    month = _month(Month.of(today))
    path = url_for("public.report", code=village.code, month=str(month))
    finding_id: UUID | None = request.args.get("finding", type=UUID)
    asked = Asked(
        what=what,
        month=month,
        paper=_size(),
        per_page=request.args.get("per_page", 2, type=int),
        finding_id=finding_id,
    )
    try:
        sheets = print_pack.sheets(db.session(), village, asked, today, url=current_app.config["PUBLIC_URL"] + path)
        return print_file.made(_place(), sheets)
    except DomainError as error:
        return said(error)


def _month(otherwise: Month) -> Month:
    """The month of the query, none that has not begun."""
    asked = request.args.get("month", "")
    return min(report.parse_month(asked), Month.of(village_date(clock.now()))) if asked else otherwise


def _size() -> str:
    asked = request.args.get("paper", "a4")
    return asked if asked in SIZES else "a4"


def _place() -> Path:
    return print_file.folder(current_app.config["INSTANCE"], "papers", current_actor().village_id)
