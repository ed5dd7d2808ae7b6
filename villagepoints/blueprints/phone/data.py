"""你家的信息: what is kept and what for, who may see it, the household's phones, its PIN, and all of it as a file."""

from contextlib import suppress
from io import BytesIO
from uuid import UUID

from flask import current_app, g, make_response, redirect, render_template, request, send_file, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from villagepoints.access import access, current_actor
from villagepoints.blueprints import device
from villagepoints.blueprints.desk.export import XLSX
from villagepoints.blueprints.language import said
from villagepoints.blueprints.phone.blueprint import at_home, blueprint
from villagepoints.blueprints.phone.data_file import as_file
from villagepoints.blueprints.public_seals import download
from villagepoints.domain.calendar import village_date
from villagepoints.domain.errors import N_, NotFound, Refusal
from villagepoints.extensions import db
from villagepoints.services import card_loss, household_file, own_data, phone, pin
from villagepoints.services import household as households

LOST_BY_PHONE = N_("这户在手机上点的")


@blueprint.get("/data")
@access("phone", "read")
def data() -> ResponseReturnValue:
    """Who lives here as the register has it, what each thing is kept for, consents and phones."""
    session, home = db.session(), at_home()
    return render_template(
        "phone/data.html",
        household=households.get(session, home.village_id, home.household_id),
        card=households.living_card(session, home.village_id, home.household_id),
        people=households.residents(session, home.village_id, home.household_id),
        phones=phone.phones(session, current_actor(), g.now),
    )


@blueprint.get("/data.xlsx")
@access("phone", "read")
def data_file() -> ResponseReturnValue:
    """All of it, and nobody else's."""
    home = at_home()
    content = as_file(own_data.whole(db.session(), current_actor(), home.household_id, g.now))
    name = f"{_('你家的信息')} {village_date(g.now).isoformat()}.xlsx"
    return send_file(BytesIO(content), mimetype=XLSX, as_attachment=True, download_name=name)


@blueprint.get("/data.json")
@access("phone", "read")
def account_file() -> ResponseReturnValue:
    """The household's account as it was hashed, entry by entry: for the program that checks it at home."""
    home = at_home()
    return download(household_file.whole(db.session(), home.village_id, home.household_id))


@blueprint.post("/consent")
@access("phone", "write")
def consent() -> ResponseReturnValue:
    """Whether whoever scans the door sees the masked name and the balance."""
    phone.consent(db.session(), current_actor(), shows=request.form.get("shows") == "yes", now=g.now)
    return redirect(url_for("phone.data", _anchor="scan"), 303)


@blueprint.post("/card/lost")
@access("phone", "write")
def lose_card() -> ResponseReturnValue:
    """The card on the door dies at once; this phone stays, and a new card is fetched from the village."""
    with suppress(NotFound):  # it is dead already, and the page says so
        card_loss.lose(
            db.session(),
            current_actor(),
            household_id=at_home().household_id,
            reason=LOST_BY_PHONE,
            key=request.form.get("key", ""),
            now=g.now,
        )
    return redirect(url_for("phone.data", _anchor="card"), 303)


@blueprint.post("/phones/<uuid:phone_id>/forget")
@access("phone", "write")
def forget_phone(phone_id: UUID) -> ResponseReturnValue:
    """Sign one of the household's phones out; this one goes back to the village's page."""
    phone.forget_phones(db.session(), current_actor(), only=phone_id, now=g.now)
    if phone_id != at_home().phone_id:
        return redirect(url_for("phone.data", _anchor="phones"), 303)
    response = make_response(redirect(url_for("public.village", code=at_home().village_code, left=1), 303))
    device.forget(response)
    return response


@blueprint.post("/phones/forget-others")
@access("phone", "write")
def forget_others() -> ResponseReturnValue:
    """Sign every other phone of the household out."""
    phone.forget_phones(db.session(), current_actor(), but=at_home().phone_id, now=g.now)
    return redirect(url_for("phone.data", _anchor="phones"), 303)


@blueprint.get("/pin", endpoint="pin")
@access("phone", "read")
def pin_() -> ResponseReturnValue:
    """The form that changes the household's PIN."""
    return render_template("phone/pin.html", is_done=request.args.get("done") == "1", refusal="")


@blueprint.post("/pin")
@access("phone", "write")
def change_pin() -> ResponseReturnValue:
    """The old six digits, the new ones twice; nothing of them comes back in a page."""
    try:
        pin.change(
            db.session(),
            at_home(),
            key=request.form.get("key", ""),
            old=request.form.get("old", ""),
            pin=request.form.get("pin", ""),
            again=request.form.get("again", ""),
            signs_out=request.form.get("others") == "out",
            card_key=current_app.config["CARD_KEY"],
            now=g.now,
        )
    except Refusal as error:
        return render_template("phone/pin.html", is_done=False, refusal=said(error)), error.status
    return redirect(url_for("phone.pin", done=1), 303)
