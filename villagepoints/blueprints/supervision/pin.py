"""签字密码: the six digits that a member of the group signs with."""

from flask import current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from villagepoints import clock
from villagepoints.access import SUPERVISION, access, current_actor
from villagepoints.blueprints.language import said
from villagepoints.blueprints.supervision.blueprint import blueprint
from villagepoints.domain.calendar import village_date
from villagepoints.domain.errors import Refusal
from villagepoints.extensions import db
from villagepoints.services import supervisor


@blueprint.route("/pin", methods=["GET", "POST"], endpoint="pin")
@access("supervision", "write", roles=SUPERVISION)
def pin_() -> ResponseReturnValue:
    """Choose them, or others in their place; nothing typed comes back in a page."""
    session, actor, refusal = db.session(), current_actor(), None
    if request.method == "POST":
        try:
            supervisor.set_pin(
                session,
                actor,
                pin=request.form.get("pin", ""),
                again=request.form.get("again", ""),
                old=request.form.get("old", ""),
                card_key=current_app.config["CARD_KEY"],
                key=request.form.get("key", ""),
                now=clock.now(),
            )
        except Refusal as error:
            refusal = error
        else:
            flash(_("签字密码设好了。它只用来签字，登录不用它；谁来问都不要告诉。"))
            return redirect(url_for("supervision.home"), 303)
    member = supervisor.current(session, actor, village_date(clock.now()))
    page = render_template(
        "supervision/pin.html", has_pin=member.pin_hash is not None, refusal=said(refusal) if refusal else ""
    )
    return page, refusal.status if refusal else 200
