"""兑换: choose one or several things, check, confirm with a fresh PIN, get a pickup code."""

from uuid import UUID

from flask import current_app, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from villagepoints import qr
from villagepoints.access import access, current_actor
from villagepoints.blueprints.language import said
from villagepoints.blueprints.phone.blueprint import at_home, blueprint
from villagepoints.domain.calendar import village_date
from villagepoints.domain.errors import N_, DomainError, NotFound
from villagepoints.domain.redemption import MOST_PIECES
from villagepoints.extensions import db
from villagepoints.services import opening, phone, redemption, redemption_list, shop


@blueprint.get("/redeem")
@access("phone", "read")
def redeem() -> ResponseReturnValue:
    """The goods, what waits to be collected, and what was redeemed before."""
    home = at_home()
    return render_template(
        "phone/redeem.html",
        offers=shop.offers(db.session(), home, village_date(g.now)),
        history=redemption_list.of_household(db.session(), home.village_id, home.household_id, most=12),
    )


def _wanted() -> dict[UUID, int]:
    """The goods that were ticked, and how many of each."""
    wanted: dict[UUID, int] = {}
    for name in request.values.getlist("want"):
        try:
            reward_id = UUID(name)
            quantity = int(request.values.get(f"pieces-{name}", "1"))
        except ValueError:
            continue
        wanted[reward_id] = min(max(quantity, 0), MOST_PIECES + 1)
    return wanted


@blueprint.get("/redeem/check")
@access("phone", "read")
def check_redeem() -> ResponseReturnValue:
    """What was chosen, what it costs, what is left: look once more, then confirm."""
    return _check_page()


def _check_page(refusal: str = "", pin_refusal: str = "", status: int = 200) -> ResponseReturnValue:
    wanted, home = _wanted(), at_home()
    chosen = shop.chosen(shop.offers(db.session(), home, village_date(g.now)), wanted)
    if not chosen:
        return redirect(url_for("phone.redeem"), 303)
    total = sum(line.points for line in chosen)
    return render_template(
        "phone/redeem_check.html",
        chosen=chosen,
        total=total,
        rest=home.balance - total,
        needs_pin=not phone.is_fresh(home, g.now),
        refusal=refusal,
        pin_refusal=pin_refusal,
        key=request.form.get("key", ""),
    ), status


@blueprint.post("/redeem")
@access("phone", "write")
def reserve() -> ResponseReturnValue:
    """Take points and goods at once; the PIN is asked for if it was not given within a quarter of an hour."""
    home = at_home()
    if not phone.is_fresh(home, g.now):
        try:
            opening.confirm_pin(
                db.session(), home, pin=request.form.get("pin", ""), card_key=current_app.config["CARD_KEY"], now=g.now
            )
        except DomainError as error:
            return _check_page(pin_refusal=said(error), status=error.status)
        g.home = home._replace(pin_at=g.now)
    try:
        receipt = redemption.reserve(
            db.session(),
            current_actor(),
            household_id=home.household_id,
            lines=list(_wanted().items()),
            key=request.form.get("key", ""),
            now=g.now,
        )
    except DomainError as error:
        return _check_page(said(error), status=error.status)
    return redirect(url_for("phone.pickup", redemption_id=receipt.redemption_id), 303)


def _own(redemption_id: UUID) -> redemption_list.RedemptionRow:
    row = redemption_list.one(db.session(), at_home().village_id, redemption_id)
    if row.household_id != at_home().household_id:
        raise NotFound(N_("没有这笔兑换。"))
    return row


@blueprint.get("/redeem/<uuid:redemption_id>")
@access("phone", "read")
def pickup(redemption_id: UUID) -> ResponseReturnValue:
    """One redemption: its pickup code, large and as a code to scan, or what became of it."""
    row = _own(redemption_id)
    code = qr.svg(row.pickup_code, _("领取码 %(code)s", code=row.pickup_code)) if row.pickup_code else ""
    return render_template("phone/pickup.html", row=row, code=code)


@blueprint.post("/redeem/<uuid:redemption_id>/cancel")
@access("phone", "write")
def cancel(redemption_id: UUID) -> ResponseReturnValue:
    """Give back what waits: points and goods return at once."""
    redemption.cancel(
        db.session(),
        current_actor(),
        redemption_id=redemption_id,
        key=request.form.get("key", ""),
        now=g.now,
        household_id=at_home().household_id,
    )
    return redirect(url_for("phone.pickup", redemption_id=redemption_id), 303)
