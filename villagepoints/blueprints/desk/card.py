"""码牌: who has a card, sheets of them as PDF, and one household's card and slip on a page to print."""

from base64 import b64encode
from typing import Any
from uuid import UUID

from flask import Response, current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from villagepoints import clock
from villagepoints.access import access, current_actor
from villagepoints.blueprints.desk.blueprint import blueprint
from villagepoints.domain.actor import ADMIN, CLERK
from villagepoints.domain.errors import N_, NotFound
from villagepoints.extensions import db
from villagepoints.models import Village
from villagepoints.services import card as cards_service
from villagepoints.services import door_card, pdf
from villagepoints.services import household as households
from villagepoints.services.door_card import DoorCard

PRINTERS = frozenset({CLERK, ADMIN})  # slips bear opening codes


@blueprint.get("/cards")
@access("desk", "read", roles=PRINTERS)
def cards() -> ResponseReturnValue:
    """The groups with their cards, and what can be printed; a household's number in the query picks it out."""
    session, village_id = db.session(), current_actor().village_id
    number = request.args.get("household", "")[:20]
    chosen = households.by_number(session, village_id, number) if number else None
    groups = door_card.groups(session, village_id)
    without = sum(group.households - group.cards for group in groups)
    return render_template("desk/cards.html", groups=groups, without=without, chosen=chosen, pdf=pdf.available())


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


@blueprint.get("/cards.pdf")
@access("desk", "read", roles=PRINTERS)
def cards_pdf() -> ResponseReturnValue:
    """Sheets of cards to print and cut: all, one group's or one household's; every code is read back first."""
    village = _village()
    number = request.args.get("household", "").strip()[:20]
    wanted = _wanted(village, None if number else request.args.get("group", type=int), number)
    per_sheet = request.args.get("per_sheet", 4, type=int)
    made = door_card.sheets(door_card.heading_of(village), wanted, clock.now(), per_sheet=per_sheet, translate=_)
    name = f"{village.code}-cards.pdf"
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"}
    return Response(made.pdf, mimetype="application/pdf", headers=headers)


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


def _page(village: Village, one: DoorCard) -> dict[str, Any]:
    picture = b64encode(door_card.printed_code(one)).decode()
    words = {name: _(sentence) for name, sentence in door_card.WORDS.items()}
    return {"village": village, "card": one, "picture": f"data:image/png;base64,{picture}", "words": words}


def _wanted(village: Village, group_no: int | None, number: str) -> list[DoorCard]:
    public_url: str = current_app.config["PUBLIC_URL"]
    return door_card.cards_of(
        db.session(), village, card_key=_key(), public_url=public_url, group_no=group_no, number=number
    )


def _village() -> Village:
    return db.session().get_one(Village, current_actor().village_id)


def _key() -> bytes:
    key: bytes = current_app.config["CARD_KEY"]
    return key
