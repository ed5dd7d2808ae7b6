"""兑换: choose one or several things, check, confirm with a fresh PIN, get a pickup code."""

from hashlib import sha256
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
from villagepoints.domain.redemption import MOST_PIECES, RESERVED, collect_by
from villagepoints.extensions import db
from villagepoints.services import counter, opening, phone, redemption, redemption_list, service_request_list, shop
from villagepoints.services.paging import Wanted

GOODS = 10  # on a page: with photos of 6 kB each, 60 kB at most
PAST = 20


@blueprint.get("/redeem")
@access("phone", "read")
def redeem() -> ResponseReturnValue:
    """A page of the goods, and what waits to be collected; what was chosen on other pages is carried along."""
    home, session, today = at_home(), db.session(), village_date(g.now)
    page, wanted = shop.offers(session, home, today, Wanted(_number(), GOODS)), _wanted()
    here = {offer.id for offer in page.rows}
    elsewhere = {id_: pieces for id_, pieces in wanted.items() if id_ not in here}
    return render_template(
        "phone/redeem.html",
        page=page,
        wanted=wanted,
        elsewhere=shop.chosen(session, home, today, elsewhere) if elsewhere else [],
        waiting=redemption_list.waiting_of(session, home.village_id, home.household_id),
        wished=service_request_list.wished(session, home.village_id, home.household_id),
    )


@blueprint.get("/redeem/history")
@access("phone", "read")
def redemptions() -> ResponseReturnValue:
    """What was collected, given back or not fetched in time."""
    home = at_home()
    page = redemption_list.past_of(db.session(), home.village_id, home.household_id, Wanted(_number(), PAST))
    return render_template("phone/redemptions.html", page=page)


def _number() -> int:
    """Which page the query asks for; the first for what it cannot mean."""
    return min(max(request.args.get("page", 1, type=int), 1), 100_000)


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
    """What was chosen, what it costs, what is left: look once more, then confirm; what is confirmed waits already."""
    home = at_home()
    done = redemption.reserved(db.session(), home.village_id, _key(home.household_id, _wanted()))
    if done:
        return redirect(url_for("phone.pickup", redemption_id=done), 303)
    return _check_page()


def _check_page(refusal: str = "", pin_refusal: str = "", status: int = 200) -> ResponseReturnValue:
    home, today = at_home(), village_date(g.now)
    chosen = shop.chosen(db.session(), home, today, _wanted())
    if not chosen:
        return redirect(url_for("phone.redeem"), 303)
    total = sum(line.points for line in chosen)
    goods = [line.offer.id for line in chosen]
    try:
        counter.check_one_place(db.session(), home.village_id, goods)
    except DomainError as error:
        return _apart_page(chosen, total, said(error))
    return render_template(
        "phone/redeem_check.html",
        chosen=chosen,
        total=total,
        rest=home.balance - total,
        needs_pin=not phone.is_fresh(home, g.now),
        refusal=refusal,
        pin_refusal=pin_refusal,
        key=request.values.get("key", ""),
        until=collect_by(today),
        place=counter.place_of_goods(db.session(), home.village_id, goods),
    ), status


def _apart_page(chosen: list[shop.Chosen], total: int, refusal: str) -> ResponseReturnValue:
    """What was chosen lies at several counters: nothing to confirm, only to choose anew."""
    rest = at_home().balance - total
    page = {"chosen": chosen, "total": total, "rest": rest, "refusal": refusal, "is_apart": True}
    return render_template("phone/redeem_check.html", **page), 422


def _key(household_id: UUID, wanted: dict[UUID, int]) -> str:
    """The request's key: the one that the catalogue gave this choice, and the choice.

    It stands in the address of the page on which one confirms, so whoever comes back to that page, or presses again
    on the one that the browser kept, is shown what was redeemed; and whoever chooses otherwise asks for another thing.
    """
    given = request.values.get("key", "")
    asked = f"{given} {household_id} {sorted((str(id_), pieces) for id_, pieces in wanted.items())}"
    return sha256(asked.encode("utf-8", "surrogatepass")).hexdigest() if given else ""


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
    wanted = _wanted()
    try:
        receipt = redemption.reserve(
            db.session(),
            current_actor(),
            household_id=home.household_id,
            lines=list(wanted.items()),
            key=_key(home.household_id, wanted),
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
    place = counter.place_of(db.session(), at_home().village_id, row.id)
    return render_template("phone/pickup.html", row=row, code=_drawn(row.pickup_code), place=place)


def _drawn(code: str | None) -> str:
    return qr.svg(code, _("领取码 %(code)s", code=code)) if code else ""


@blueprint.get("/redeem/<uuid:redemption_id>/slip")
@access("phone", "read")
def pickup_slip(redemption_id: UUID) -> ResponseReturnValue:
    """The pickup code on paper, for whoever fetches the goods without this phone; only while they wait."""
    row = _own(redemption_id)
    if row.status != RESERVED:
        return redirect(url_for("phone.pickup", redemption_id=row.id), 303)
    village = {"name": at_home().village_name}
    place = counter.place_of(db.session(), at_home().village_id, row.id)
    drawn = _drawn(row.pickup_code)
    return render_template("report/pickup.html", row=row, code=drawn, village=village, now=g.now, place=place)


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
