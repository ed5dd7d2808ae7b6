"""The scanned code: find the door, open the household's page by slip or PIN, and tell strangers nothing."""

from uuid import UUID

from flask import Blueprint, current_app, make_response, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user

from villagepoints import clock
from villagepoints.access import DESK, LANE, access
from villagepoints.blueprints import device
from villagepoints.blueprints.language import said
from villagepoints.domain.calendar import village_date
from villagepoints.domain.card import OPENING_DIGITS
from villagepoints.domain.errors import DomainError
from villagepoints.domain.pin import PIN_DIGITS, check_form, digits
from villagepoints.extensions import db, limiter
from villagepoints.services import card, opening, phone, village_page
from villagepoints.services.phone import Credential

blueprint = Blueprint("card", __name__)
blueprint.context_processor(device.frame)
BURST = "600 per minute"  # a whole village shares one carrier address: guesses are counted by household and phone
SCANNED, OPENED = "card", "opening"  # what the session holds between scan, code and PIN


@blueprint.get("/q/<village>/<token>")
@blueprint.get("/Q/<village>/<token>")
@limiter.limit(BURST)
@access("card", "read")
def scan(village: str, token: str) -> ResponseReturnValue:
    """A scan: staff to the desk, a remembered phone home, anybody else to the door, none with the token in the URL."""
    found = card.resolve(db.session(), village, token)
    if found is None:
        return render_template("card/miss.html"), 404
    if current_user.is_authenticated:
        actor = current_user.actor
        if actor.village_id == found.village_id and actor.is_any(*DESK):
            door = "desk.lane_household" if actor.is_any(*LANE) else "desk.household"
            return redirect(url_for(door, household_id=found.household_id))
    shown = device.credential()
    if shown:
        here = Credential(found.village_id, found.household_id, shown.secret)
        if phone.identify(db.session(), here, clock.now()):
            response = make_response(redirect(url_for("phone.home")))
            device.remember(response, here)
            return response
    session[SCANNED] = [found.village_id.hex, found.household_id.hex, found.card_id.hex]
    session.pop(OPENED, None)
    return redirect(url_for("card.door"))


def _scanned() -> tuple[UUID, UUID, UUID] | None:
    """Village, household and card of the last scan in this browser."""
    kept = session.get(SCANNED)
    return (UUID(kept[0]), UUID(kept[1]), UUID(kept[2])) if kept else None


@blueprint.get("/card")
@access("card", "read")
def door() -> ResponseReturnValue:
    """Behind the code on a door: the village, and the form that opens the household's page."""
    return _door_page()


def _door_page(refusal: str = "", typed: str = "", status: int = 200) -> ResponseReturnValue:
    scanned = _scanned()
    if scanned is None:
        return redirect(url_for("phone.home" if device.credential() else "public.index"), 303)
    village_id, _household_id, card_id = scanned
    return render_template(
        "card/door.html",
        door=opening.door(db.session(), village_id, card_id),
        village=village_page.by_id(db.session(), village_id),
        news=village_page.news(db.session(), village_id, village_date(clock.now())),
        refusal=refusal,
        typed=typed,
    ), status


@blueprint.post("/card/open")
@limiter.limit(BURST)
@access("card", "write")
def open_door() -> ResponseReturnValue:
    """Eight digits are the slip's code and lead to choosing a PIN; six are the PIN and lead home."""
    scanned = _scanned()
    if scanned is None:
        return redirect(url_for("card.door"), 303)
    typed = request.form.get("code", "")[:40]
    secret = digits(typed)
    try:
        if len(secret) == OPENING_DIGITS and secret.isdigit():
            return _open_with_slip(scanned, secret)
        if len(secret) == PIN_DIGITS and secret.isdigit():
            return _open_with_pin(scanned, secret)
    except DomainError as error:
        return _door_page(said(error), status=error.status)
    return _door_page(_("开门码是 8 位数字，密码是 6 位数字，你填了 %(length)s 位。", length=len(secret)), typed, 422)


def _open_with_slip(scanned: tuple[UUID, UUID, UUID], code: str) -> ResponseReturnValue:
    village_id, _household_id, card_id = scanned
    opening_no = opening.check_opening_code(
        db.session(),
        village_id=village_id,
        card_id=card_id,
        device=device.name(),
        code=code,
        card_key=current_app.config["CARD_KEY"],
        now=clock.now(),
    )
    session[OPENED] = [card_id.hex, opening_no, opening.door(db.session(), village_id, card_id).is_elder]
    return redirect(url_for("card.choose"), 303)


def _open_with_pin(scanned: tuple[UUID, UUID, UUID], pin: str) -> ResponseReturnValue:
    village_id, household_id, card_id = scanned
    secret = device.new_secret()
    opening.open_with_pin(
        db.session(),
        village_id=village_id,
        household_id=household_id,
        card_id=card_id,
        device=device.name(),
        pin=pin,
        card_key=current_app.config["CARD_KEY"],
        secret=secret,
        former=device.former_secret(),
        label=device.label(),
        now=clock.now(),
    )
    return _go_home(Credential(village_id, household_id, secret))


def _go_home(shown: Credential) -> ResponseReturnValue:
    session.pop(SCANNED, None)
    session.pop(OPENED, None)
    response = make_response(redirect(url_for("phone.home"), 303))
    device.remember(response, shown)
    return response


@blueprint.get("/card/pin")
@access("card", "read")
def choose() -> ResponseReturnValue:
    """After the slip's code: think of six digits."""
    return _choose_page()


def _choose_page(refusal: str = "", status: int = 200, pin: str = "") -> ResponseReturnValue:
    """The form; in large type it asks once and, with the `pin` that was typed, once more."""
    scanned, opened = _scanned(), session.get(OPENED)
    if scanned is None or opened is None or opened[0] != scanned[2].hex:
        return redirect(url_for("card.door"))
    page = {"village": village_page.by_id(db.session(), scanned[0]), "refusal": refusal, "pin": pin}
    return render_template("card/pin.html", **page, **device.frame(opened[2])), status


@blueprint.post("/card/pin")
@limiter.limit(BURST)
@access("card", "write")
def set_pin() -> ResponseReturnValue:
    """Keep the six digits, use the slip up, remember this phone."""
    scanned, opened = _scanned(), session.get(OPENED)
    if scanned is None or opened is None or opened[0] != scanned[2].hex:
        return redirect(url_for("card.door"), 303)
    secret = device.new_secret()
    try:
        if "again" not in request.form:
            pin = digits(request.form.get("pin", ""))
            check_form(pin)
            return _choose_page(pin=pin)
        household_id = opening.choose_pin(
            db.session(),
            village_id=scanned[0],
            card_id=scanned[2],
            opening_no=opened[1],
            pin=request.form.get("pin", ""),
            again=request.form.get("again", ""),
            card_key=current_app.config["CARD_KEY"],
            secret=secret,
            former=device.former_secret(),
            label=device.label(),
            now=clock.now(),
        )
    except DomainError as error:
        return _choose_page(said(error), error.status)
    return _go_home(Credential(scanned[0], household_id, secret))
