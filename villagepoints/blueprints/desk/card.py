"""码牌: who has a card, sheets of them as PDF, and one household's card and slip on a page to print."""

from base64 import b64encode
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from uuid import UUID

from flask import Response, current_app, flash, make_response, redirect, render_template, request, send_file, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from villagepoints import clock, qr
from villagepoints.access import access, current_actor
from villagepoints.blueprints.desk.blueprint import blueprint
from villagepoints.blueprints.language import said
from villagepoints.domain.actor import ADMIN, CLERK
from villagepoints.domain.calendar import village_date
from villagepoints.domain.errors import N_, NotFound, Refusal
from villagepoints.extensions import db
from villagepoints.forms.base import beside
from villagepoints.forms.card import LostForm
from villagepoints.models import Village
from villagepoints.services import card as cards_service
from villagepoints.services import card_loss, card_run, door_card, pdf, print_code, print_file
from villagepoints.services import household as households
from villagepoints.services.door_card import DoorCard
from villagepoints.services.print_words import midnight

PRINTERS = frozenset({CLERK, ADMIN})  # slips bear opening codes
MOST_CHOSEN = 100  # households of a list that are printed at once


@blueprint.get("/cards")
@access("desk", "read", roles=PRINTERS)
def cards() -> ResponseReturnValue:
    """The groups with their cards, and what can be printed; a household's number in the query picks it out."""
    session, village_id = db.session(), current_actor().village_id
    number = request.args.get("household", "")[:20]
    chosen = households.by_number(session, village_id, number) if number else None
    groups = door_card.groups(session, village_id)
    without = sum(group.households - group.cards for group in groups)
    page = {"groups": groups, "without": without, "chosen": chosen}
    return render_template("desk/cards.html", **page, most=card_run.MOST, pdf=pdf.available())


@blueprint.post("/cards")
@access("desk", "write", roles=PRINTERS)
def issue_cards() -> ResponseReturnValue:
    """Give every household without a card its card."""
    issued = cards_service.issue_missing(db.session(), current_actor(), card_key=_key(), now=clock.now())
    if issued:
        flash(_("发好了 %(count)s 张码牌，可以打印了。", count=issued))
    else:
        flash(_("每户都有码牌了，没有再发。"))
    return redirect(url_for("desk.cards"))


@blueprint.get("/cards/print")
@access("desk", "read", roles=PRINTERS)
def print_cards() -> ResponseReturnValue:
    """Sheets of cards to print and cut: all, one group's or one household's; every code is read back first.

    A page draws a few codes and comes again by itself, without scripts, until the file is made.
    """
    village, now = _village(), clock.now()
    run = card_run.go_on(
        _place(),
        door_card.heading_of(village),
        _asked(village),
        midnight(village_date(now)),
        per_sheet=request.args.get("per_sheet", 4, type=int),
        translate=_,
    )
    response = make_response(render_template("desk/cards_print.html", run=run))
    if not run.is_done:
        response.headers["Refresh"] = "0"
    response.headers["Cache-Control"] = "no-store"
    return response


@blueprint.get("/cards/files/<print_key>.pdf")
@access("desk", "read", roles=PRINTERS)
def cards_pdf(print_key: str) -> ResponseReturnValue:
    """The sheets that were made."""
    path = print_file.path_of(_place(), print_key)
    name = f"{_village().code}-cards.pdf"
    response = send_file(path, mimetype="application/pdf", as_attachment=True, download_name=name)
    response.headers["Cache-Control"] = "no-store"
    return response


@blueprint.get("/households/<uuid:household_id>/card")
@access("desk", "read", roles=PRINTERS)
def card(household_id: UUID) -> ResponseReturnValue:
    """One household's card with its slip, to print from the browser."""
    village = _village()
    number = households.get(db.session(), village.id, household_id).number
    found = _wanted(village, None, number)
    if not found:
        raise NotFound(N_("这户还没有码牌。请先在农户页上发一张。"))
    response = Response(render_template("desk/card.html", **_page(village, found[0])))
    response.headers["Cache-Control"] = "no-store"
    return response


@blueprint.get("/households/<uuid:household_id>/card/lost")
@access("desk", "read", roles=PRINTERS)
def lost_card(household_id: UUID) -> ResponseReturnValue:
    """Report a card lost, as soon as somebody calls or comes in; afterwards: who did so, when and why."""
    return _lost_page(household_id, LostForm(formdata=None))


@blueprint.post("/households/<uuid:household_id>/card/lost")
@access("desk", "write", roles=PRINTERS)
def lose_card(household_id: UUID) -> ResponseReturnValue:
    """The card dies; a new one is given where that was ticked."""
    form = LostForm()
    if not form.validate_on_submit():
        return _lost_page(household_id, form)
    try:
        card_loss.lose(
            db.session(),
            current_actor(),
            household_id=household_id,
            reason=form.reason.data or "",
            new_with=_key() if form.new.data else None,
            key=form.key.data,
            now=clock.now(),
        )
    except Refusal as error:
        return _lost_page(household_id, form, beside(form, error.field, said(error)))
    if form.new.data:
        number = households.get(db.session(), current_actor().village_id, household_id).number
        flash(_("旧码牌已经不能用了，新的发好了。请打印后贴到门上。"))
        return redirect(url_for("desk.cards", household=number), 303)
    flash(_("旧码牌已经不能用了。要新的，随时再发。"))
    return redirect(url_for("desk.household", household_id=household_id), 303)


def _lost_page(household_id: UUID, form: LostForm, sentence: str = "") -> ResponseReturnValue:
    session, village_id = db.session(), current_actor().village_id
    page = render_template(
        "desk/card_lost.html",
        household=households.get(session, village_id, household_id),
        card=households.living_card(session, village_id, household_id),
        lost=card_loss.lost(session, village_id, household_id),
        form=form,
        sentence=sentence,
    )
    return page, 422 if sentence or form.errors else 200


def _page(village: Village, one: DoorCard) -> dict[str, Any]:
    picture = b64encode(door_card.printed_code(one)).decode()
    print_code.readable(one.url)
    screen = qr.svg(one.url, _("在屏幕上扫：%(number)s 的二维码", number=one.number))
    words = {name: _(sentence) for name, sentence in door_card.WORDS.items()}
    return {
        "village": village,
        "card": one,
        "picture": f"data:image/png;base64,{picture}",
        "screen": screen,
        "words": words,
    }


def _place() -> Path:
    return print_file.folder(current_app.config["INSTANCE"], "cards", current_actor().village_id)


def _asked(village: Village) -> list[DoorCard]:
    """The cards that the query asks for: of a household or several, of a group (`none`: without one), of all."""
    if chosen := request.args.getlist("id", type=UUID):
        return _wanted(village, None, "", only=chosen[:MOST_CHOSEN])
    number, group = request.args.get("household", "").strip()[:20], request.args.get("group", "")
    if number or not group:
        return _wanted(village, None, number)
    if group != "none" and not group.isdecimal():
        return []
    return _wanted(village, None if group == "none" else int(group[:6]), "", ungrouped=group == "none")


def _wanted(
    village: Village, group_no: int | None, number: str, *, ungrouped: bool = False, only: Sequence[UUID] = ()
) -> list[DoorCard]:
    public_url: str = current_app.config["PUBLIC_URL"]
    return door_card.cards_of(
        db.session(),
        village,
        card_key=_key(),
        public_url=public_url,
        group_no=group_no,
        ungrouped=ungrouped,
        number=number,
        only=only,
    )


def _village() -> Village:
    return db.session().get_one(Village, current_actor().village_id)


def _key() -> bytes:
    key: bytes = current_app.config["CARD_KEY"]
    return key
