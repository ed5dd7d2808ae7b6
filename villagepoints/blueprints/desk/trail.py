"""谁改了什么: the activity trail in words, by person, kind and day."""

from datetime import date, datetime, timedelta
from functools import partial
from uuid import UUID

from flask import request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from villagepoints.access import OFFICE, access, current_actor
from villagepoints.blueprints.desk.blueprint import blueprint
from villagepoints.blueprints.desk.listing import Cell, Column, Field, Table, asked, listed, show
from villagepoints.blueprints.desk.navigation import is_open
from villagepoints.blueprints.trail_words import KIND_NAMES, values_of, words_of
from villagepoints.domain.calendar import SHANGHAI, YEARS
from villagepoints.domain.errors import N_
from villagepoints.extensions import db
from villagepoints.services import trail as service
from villagepoints.services import user
from villagepoints.services.trail import Act

TRAIL = listed("desk.trail", N_("谁改了什么"))


@blueprint.get("/trail")
@access("desk", "read", roles=OFFICE)
def trail() -> ResponseReturnValue:
    """What was done outside the ledger, the newest first."""
    session, village_id = db.session(), current_actor().village_id
    day, kind = _asked_day(), asked("kind", KIND_NAMES)
    who = request.args.get("who", type=UUID)
    begins_at = datetime(day.year, day.month, day.day, tzinfo=SHANGHAI) if day else None
    which = service.Filter(who, kind, begins_at, begins_at and begins_at + timedelta(days=1))
    people = [(str(row.id), row.name) for row in user.list_users(session, village_id)]
    return show(
        TRAIL,
        "desk/trail.html",
        Table(columns=_columns(), opens=_opens, id_of=lambda act: act.seq),
        partial(service.acts, session, village_id, which),
        [
            Field("who", _("谁改的"), str(who or ""), people),
            Field("kind", _("哪一类"), kind, [(name, _(text)) for name, text in KIND_NAMES.items()]),
            Field("day", _("哪天"), day.isoformat() if day else "", kind="day"),
        ],
        empty=_("没有这样的事。换个条件看看。"),
    )


def _columns() -> list[Column[Act]]:
    return [
        Column(_("时间"), lambda act: act.at, "at", "nowrap"),
        Column(_("谁改的"), lambda act: act.who or _("村民或系统"), look="nowrap"),
        Column(_("做了什么"), words_of),
        Column(_("谁的、什么的"), lambda act: Cell(act.about, _opens(act))),
        Column(_("改成什么"), values_of, look="wide soft"),
    ]


def _opens(act: Act) -> str:
    """Where what it is about is opened, if it is a household or somebody of the staff."""
    if act.is_household and is_open("desk.household"):
        return url_for("desk.household", household_id=act.subject)
    if act.action.startswith("user.") and act.subject and act.about and is_open("desk.user"):
        return url_for("desk.user", user_id=act.subject)
    return ""


def _asked_day() -> date | None:
    try:
        day = date.fromisoformat(request.args.get("day", ""))
    except ValueError:
        return None
    return day if day.year in YEARS else None
