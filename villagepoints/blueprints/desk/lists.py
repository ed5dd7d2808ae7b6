"""红黑榜: both lists of a month, the sheet for the notice board, and a household's consent given on paper."""

from uuid import UUID

from flask import abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from villagepoints import clock
from villagepoints.access import OFFICE, access, current_actor
from villagepoints.blueprints.desk.blueprint import blueprint
from villagepoints.blueprints.desk.export import as_workbook
from villagepoints.blueprints.language import rule_text, said
from villagepoints.domain.actor import ADMIN, CLERK
from villagepoints.domain.calendar import Month, village_date
from villagepoints.domain.errors import Refusal
from villagepoints.extensions import db
from villagepoints.models import Village
from villagepoints.services import lists as service

CONSENT_TAKERS = frozenset({CLERK, ADMIN})


def _asked_month() -> Month | None:
    """The month of the query; the last one in the books where it asks for none or a later one, None before that."""
    last = service.last_month(db.session(), current_actor().village_id, village_date(clock.now()))
    try:
        asked = Month.parse(request.args.get("month", ""))
    except ValueError:
        return last
    return last and min(asked, last)


@blueprint.get("/lists")
@access("desk", "read", roles=OFFICE)
def lists() -> ResponseReturnValue:
    """Both lists, and who is to be asked whether its name may be shown."""
    session, village_id = db.session(), current_actor().village_id
    month = _asked_month()
    last = service.last_month(session, village_id, village_date(clock.now()))
    return render_template(
        "desk/lists.html",
        board=service.board(session, village_id, month) if month else None,
        months=service.months(last) if last else [],
    )


@blueprint.get("/lists/board")
@access("desk", "read", roles=OFFICE)
def lists_board() -> ResponseReturnValue:
    """The sheet for the notice board, on A4 or A3."""
    session, village_id, month = db.session(), current_actor().village_id, _asked_month()
    if month is None:
        abort(404)
    return render_template(
        "report/lists.html",
        board=service.board(session, village_id, month),
        village=session.get_one(Village, village_id),
        is_large=request.args.get("paper") == "a3",
        now=clock.now(),
    )


@blueprint.get("/lists.xlsx")
@access("desk", "read", roles=OFFICE)
def export_lists() -> ResponseReturnValue:
    """Both lists as a workbook, as they may hang on the board."""
    month = _asked_month()
    if month is None:
        abort(404)
    board = service.board(db.session(), current_actor().village_id, month)
    tracks = {"resident": _("常住"), "relocated": _("动迁上楼")}
    lines: list[list[str | int | None]] = []
    for track in board.tracks:
        lines += [[_("红榜"), tracks[track.residency], name, None, None] for name in track.names]
        if track.silent:
            lines.append([_("红榜"), tracks[track.residency], _("没有同意公开姓名的"), len(track.silent), None])
    for line in board.black:
        few = line.households is None
        what = f"{line.code} {rule_text(line.name)}"
        lines.append([_("黑榜"), _("少于 3 户") if few else "", what, line.households, line.points])
    return as_workbook(_("红黑榜 %(month)s", month=month), [_("榜"), _("类型"), _("内容"), _("户数"), _("分")], lines)


@blueprint.post("/households/<uuid:household_id>/list-consent")
@access("desk", "write", roles=CONSENT_TAKERS)
def list_consent(household_id: UUID) -> ResponseReturnValue:
    """Keep that a household agreed on paper to have its name shown, or took it back."""
    shows = request.form.get("shows") == "yes"
    try:
        service.consent(
            db.session(),
            current_actor(),
            key=request.form.get("key", ""),
            household_id=household_id,
            shows=shows,
            on_paper=request.form.get("on_paper") == "yes",
            now=clock.now(),
        )
    except Refusal as error:
        flash(said(error), "wrong")
    else:
        flash(_("记下了，上红榜时会写出户主姓名。") if shows else _("记下了，红榜上不再写这户的姓名。"))
    return redirect(url_for("desk.household", household_id=household_id))
