"""村里的设置: what the village decides for itself."""

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from villagepoints import clock
from villagepoints.access import access, current_actor
from villagepoints.blueprints.desk.blueprint import blueprint
from villagepoints.blueprints.desk.home import is_copied_here, is_copy_due, last_copy
from villagepoints.domain.actor import ADMIN, CLERK
from villagepoints.extensions import db
from villagepoints.services import staff_rule, village

SETTERS = frozenset({CLERK, ADMIN})


@blueprint.get("/settings")
@access("desk", "read", roles=SETTERS)
def settings() -> ResponseReturnValue:
    """Every switch, and what it is for."""
    session, village_id = db.session(), current_actor().village_id
    lets_claim = village.lets_claim(session, village_id)
    demanded_from = staff_rule.of_village(session, village_id).second_factor_from
    copies = {"copied": last_copy(), "is_copy_due": is_copy_due(clock.now()), "is_sqlite": is_copied_here()}
    return render_template("desk/settings.html", **copies, lets_claim=lets_claim, demanded_from=demanded_from)


@blueprint.post("/settings")
@access("desk", "write", roles=SETTERS)
def let_claim() -> ResponseReturnValue:
    """Let households claim points themselves, or stop it."""
    is_on = request.form.get("household_claims") == "1"
    key = request.form.get("key", "")
    village.let_claim(db.session(), current_actor(), key=key, is_on=is_on, now=clock.now())
    if is_on:
        flash(_("开通了：村民在手机上「还能得」里可以自己申报。"))
    else:
        flash(_("关上了：村民不能再自己申报，已经报上来的照样审核。"))
    return redirect(url_for("desk.settings"))


@blueprint.post("/settings/second-factor")
@access("desk", "approve", roles=frozenset({ADMIN}))
def demand_second_factor() -> ResponseReturnValue:
    """Demand a second factor of everybody who approves, or only ask for it."""
    is_on = request.form.get("demanded") == "1"
    key = request.form.get("key", "")
    staff_rule.demand_second_factor(db.session(), current_actor(), is_on=is_on, key=key, now=clock.now())
    if is_on:
        flash(_("定下了：14 天以后，没开动态码的不能审核。请告诉大家。"))
    else:
        flash(_("改了：动态码只是请大家开，不开也能审核。"))
    return redirect(url_for("desk.settings"))
