"""农户: find a household, read its page and statement, give it a card or a new opening code."""

from uuid import UUID

from flask import current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from villagepoints import clock
from villagepoints.access import DESK, access, current_actor
from villagepoints.blueprints.desk.blueprint import blueprint
from villagepoints.blueprints.desk.context import as_typed, wanted
from villagepoints.domain.actor import ADMIN, CLERK
from villagepoints.domain.calendar import village_date
from villagepoints.extensions import db
from villagepoints.forms.base import printable
from villagepoints.services import card, certificate, claim_list, pdf, redemption_list, statement
from villagepoints.services import household as service
from villagepoints.services.paging import Wanted

RESIDENCIES = ("resident", "relocated")


def asked_filter() -> service.Filter:
    """Which households the query asks for."""
    residency = request.args.get("residency", "")
    group_no = request.args.get("group", type=int)
    return service.Filter(
        words=request.args.get("q", ""),
        group_no=group_no if group_no is not None and 0 <= group_no < 10_000 else None,
        residency=residency if residency in RESIDENCIES else "",
        elders=request.args.get("elders") == "1",
    )


@blueprint.get("/households")
@access("desk", "read", roles=DESK)
def households() -> ResponseReturnValue:
    """The list; a search that finds one household opens it."""
    session, village_id = db.session(), current_actor().village_id
    asked = asked_filter()
    page = service.search(session, village_id, asked, wanted("number"))
    if asked.words and page.total == 1 and page.rows and not as_typed():
        return redirect(url_for("desk.household", household_id=page.rows[0].id))
    groups = service.groups(session, village_id)
    return render_template("desk/households.html", page=page, asked=asked, groups=groups)


@blueprint.get("/households/<uuid:household_id>")
@access("desk", "read", roles=DESK)
def household(household_id: UUID) -> ResponseReturnValue:
    """One household: who, how much, why, and what can be done for it."""
    session, village_id = db.session(), current_actor().village_id
    found = service.get(session, village_id, household_id)
    return render_template(
        "desk/household.html",
        household=found,
        residents=service.residents(session, village_id, household_id),
        merit=statement.merit(session, village_id, household_id, village_date(clock.now())),
        card=service.living_card(session, village_id, household_id),
        claims=claim_list.listed(session, village_id, "waiting", Wanted(size=25), household_id).rows,
        redemptions=redemption_list.of_household(session, village_id, household_id, most=5),
        page=statement.of_household(session, village_id, household_id, wanted(size=25)),
        honours=certificate.codes(session, village_id) if pdf.available() else frozenset(),
    )


@blueprint.post("/households/<uuid:household_id>/card")
@access("desk", "write", roles=frozenset({CLERK, ADMIN}))
def issue_card(household_id: UUID) -> ResponseReturnValue:
    """Give the household a new card; the old one on the door dies."""
    card.issue(
        db.session(),
        current_actor(),
        household_id=household_id,
        card_key=current_app.config["CARD_KEY"],
        reason=printable(request.form.get("reason"))[:200],
        key=request.form.get("key", ""),
        now=clock.now(),
    )
    flash(_("新码牌发好了，旧的那张已经作废。请打印后贴到门上，回执交给这户。"))
    return redirect(url_for("desk.household", household_id=household_id))


@blueprint.post("/households/<uuid:household_id>/opening-code")
@access("desk", "write", roles=frozenset({CLERK, ADMIN}))
def renew_opening(household_id: UUID) -> ResponseReturnValue:
    """A new opening code for a household that lost its slip or forgot its PIN, shown once."""
    printed = card.renew_opening(
        db.session(),
        current_actor(),
        household_id=household_id,
        card_key=current_app.config["CARD_KEY"],
        key=request.form.get("key", ""),
        now=clock.now(),
    )
    return render_template("desk/opening_code.html", printed=printed, household_id=household_id)
