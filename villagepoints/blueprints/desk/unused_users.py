"""长久不用的账号: every quarter an administrator looks through who has not signed in for 90 days."""

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from villagepoints import clock
from villagepoints.access import access, current_actor
from villagepoints.blueprints.desk.blueprint import blueprint
from villagepoints.blueprints.desk.user import ADMINS
from villagepoints.domain.calendar import village_date
from villagepoints.extensions import db
from villagepoints.forms.user import ROLE_NAMES
from villagepoints.services import staff_rule


@blueprint.get("/unused-users")
@access("desk", "read", roles=ADMINS)
def unused_users() -> ResponseReturnValue:
    """The list, to be looked at, printed and signed."""
    session, village_id, now = db.session(), current_actor().village_id, clock.now()
    return render_template(
        "desk/unused_users.html",
        rows=staff_rule.unused(session, village_id, now),
        is_due=staff_rule.look_is_due(session, village_id, village_date(now)),
        looked_on=staff_rule.of_village(session, village_id).looked_through_on,
        role_names=ROLE_NAMES,
    )


@blueprint.post("/unused-users")
@access("desk", "write", roles=ADMINS)
def look_through_users() -> ResponseReturnValue:
    """Note that the list was looked through."""
    staff_rule.look_through(db.session(), current_actor(), key=request.form.get("key", ""), now=clock.now())
    flash(_("记下了：这个季度的账号看过了。"))
    return redirect(url_for("desk.unused_users"))
