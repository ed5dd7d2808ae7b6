"""帮忙: call the clerk, tell or ask the village something, see which phones are open, what a scan shows."""

from uuid import UUID

from flask import g, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from villagepoints.access import access, current_actor
from villagepoints.blueprints import device
from villagepoints.blueprints.phone.blueprint import at_home, blueprint
from villagepoints.domain.service_request import KINDS
from villagepoints.extensions import db
from villagepoints.services import phone, service_request_list


@blueprint.get("/help")
@access("phone", "read")
def help_page() -> ResponseReturnValue:
    """Everything that is not about points themselves, a call first."""
    phones = phone.phones(db.session(), current_actor(), g.now)
    waiting = service_request_list.count_open(db.session(), at_home().village_id, at_home().household_id)
    return render_template("phone/help.html", phones=phones, kinds=KINDS, waiting=waiting)


@blueprint.post("/phones/<uuid:phone_id>/forget")
@access("phone", "write")
def forget_phone(phone_id: UUID) -> ResponseReturnValue:
    """Sign one of the household's phones out; this one goes back to the village's page."""
    phone.forget_phones(db.session(), current_actor(), only=phone_id, now=g.now)
    if phone_id != at_home().phone_id:
        return redirect(url_for("phone.help_page"), 303)
    response = make_response(redirect(url_for("public.village", code=at_home().village_code), 303))
    device.forget(response)
    return response


@blueprint.post("/phones/forget-others")
@access("phone", "write")
def forget_others() -> ResponseReturnValue:
    """Sign every other phone of the household out."""
    phone.forget_phones(db.session(), current_actor(), but=at_home().phone_id, now=g.now)
    return redirect(url_for("phone.help_page"), 303)


@blueprint.post("/consent")
@access("phone", "write")
def consent() -> ResponseReturnValue:
    """Whether whoever scans the door sees the masked name and the balance."""
    phone.consent(db.session(), current_actor(), shows=request.form.get("shows") == "yes", now=g.now)
    return redirect(url_for("phone.help_page"), 303)
