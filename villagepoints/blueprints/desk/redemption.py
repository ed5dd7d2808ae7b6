"""兑换: what waits, handing it over by its code, taking a wrong hand-over back, serving somebody at the counter."""

from uuid import UUID

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from villagepoints import clock
from villagepoints.access import DESK, SHOP, access, current_actor
from villagepoints.blueprints.desk.blueprint import blueprint
from villagepoints.blueprints.desk.context import wanted
from villagepoints.blueprints.language import said
from villagepoints.domain.calendar import village_date
from villagepoints.domain.errors import DomainError, NotFound
from villagepoints.domain.redemption import CHANNELS, RESERVED
from villagepoints.extensions import db
from villagepoints.forms.entry import ReasonForm
from villagepoints.services import counter as counters
from villagepoints.services import redemption as service
from villagepoints.services import redemption_list, waiting

STATUSES = ("reserved", "fulfilled", "cancelled", "expired")
SOON = "soon"  # reserved, and about to run out


@blueprint.get("/redemptions")
@access("desk", "read", roles=DESK)
def redemptions() -> ResponseReturnValue:
    """The redemptions of a status, what runs out first at the top, and the box for pickup codes."""
    return _list("", "")


@blueprint.get("/redemptions/code")
@access("desk", "read", roles=SHOP)
def find_code() -> ResponseReturnValue:
    """From a typed or scanned pickup code to its hand-over page."""
    code = request.args.get("code", "")
    try:
        redemption_id = redemption_list.by_code(db.session(), current_actor().village_id, code)
    except NotFound as error:
        return _list(said(error), code)
    return redirect(url_for("desk.redemption", redemption_id=redemption_id))


def _list(sentence: str, code: str) -> ResponseReturnValue:
    asked = request.args.get("status", RESERVED)
    tab = asked if asked in (*STATUSES, SOON) else RESERVED
    channel = request.args.get("channel", "")
    which = redemption_list.Filter(
        status=RESERVED if tab == SOON else tab,
        channel=channel if channel in CHANNELS else "",
        words=request.args.get("who", ""),
        until_on=village_date(clock.now()) + waiting.SOON if tab == SOON else None,
        counter_id=counters.of_actor(db.session(), current_actor()),
    )
    page = redemption_list.listed(db.session(), current_actor().village_id, which, wanted())
    html = render_template("desk/redemptions.html", page=page, which=which, tab=tab, sentence=sentence, code=code)
    return html, 404 if sentence else 200


@blueprint.get("/redemptions/<uuid:redemption_id>")
@access("desk", "read", roles=DESK)
def redemption(redemption_id: UUID) -> ResponseReturnValue:
    """Who and what, before anything is confirmed."""
    return _page(redemption_id, ReasonForm(formdata=None), "")


@blueprint.post("/redemptions/<uuid:redemption_id>/fulfil")
@access("desk", "write", roles=SHOP)
def fulfil(redemption_id: UUID) -> ResponseReturnValue:
    """Hand the goods over."""
    form = ReasonForm()
    try:
        service.fulfil(
            db.session(), current_actor(), redemption_id=redemption_id, key=form.key.data or "", now=clock.now()
        )
    except DomainError as error:
        return _refused(redemption_id, form, error)
    flash(_("已发放。发错了可以在这一笔里撤回。"))
    return redirect(url_for("desk.redemptions"))


@blueprint.post("/redemptions/<uuid:redemption_id>/undo")
@access("desk", "write", roles=SHOP)
def undo_fulfil(redemption_id: UUID) -> ResponseReturnValue:
    """Take a wrong hand-over back, with a reason."""
    form = ReasonForm()
    try:
        service.undo_fulfil(
            db.session(),
            current_actor(),
            redemption_id=redemption_id,
            reason=(form.reason.data or "")[:200],
            key=form.key.data or "",
            now=clock.now(),
        )
    except DomainError as error:
        return _refused(redemption_id, form, error)
    flash(_("已撤回发放，这笔又等着领取，换了新的领取码。"))
    return redirect(url_for("desk.redemption", redemption_id=redemption_id))


@blueprint.post("/redemptions/<uuid:redemption_id>/cancel")
@access("desk", "write", roles=SHOP)
def cancel(redemption_id: UUID) -> ResponseReturnValue:
    """Cancel what waits: points and stock come back."""
    form = ReasonForm()
    try:
        balance = service.cancel(
            db.session(),
            current_actor(),
            redemption_id=redemption_id,
            reason=(form.reason.data or "")[:200],
            key=form.key.data or "",
            now=clock.now(),
        )
    except DomainError as error:
        return _refused(redemption_id, form, error)
    flash(_("已取消，积分和库存都退回了；这户现在余 %(balance)s 分。", balance=balance))
    return redirect(url_for("desk.redemption", redemption_id=redemption_id))


def _refused(redemption_id: UUID, form: ReasonForm, error: DomainError) -> ResponseReturnValue:
    if isinstance(error, NotFound):
        raise error
    return _page(redemption_id, form, said(error))


def _page(redemption_id: UUID, form: ReasonForm, sentence: str) -> ResponseReturnValue:
    counters.check_here(db.session(), current_actor(), redemption_id)
    found = redemption_list.one(db.session(), current_actor().village_id, redemption_id)
    page = render_template("desk/redemption.html", redemption=found, form=form, sentence=sentence)
    return page, 422 if sentence or form.errors else 200
