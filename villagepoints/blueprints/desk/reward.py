"""商品与库存: the catalogue, and goods that come in or go out other than by redemption."""

from uuid import UUID

from flask import current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from villagepoints import clock
from villagepoints.access import DESK, SHOP, access, current_actor
from villagepoints.blueprints.desk.blueprint import blueprint
from villagepoints.blueprints.language import said
from villagepoints.blueprints.photos import uploads
from villagepoints.domain.actor import CLERK
from villagepoints.domain.errors import DomainError, Refusal
from villagepoints.extensions import db
from villagepoints.forms.reward import RewardForm, StockForm
from villagepoints.services import evidence
from villagepoints.services import reward as service

EDITORS = frozenset({CLERK})


@blueprint.get("/rewards")
@access("desk", "read", roles=DESK)
def rewards() -> ResponseReturnValue:
    """The catalogue, cheapest first; `low=1`: only what runs short."""
    low = request.args.get("low") == "1"
    goods = service.catalogue(db.session(), current_actor().village_id, active_only=False)
    shown = [one for one in goods if one.is_active and one.stock <= one.low_stock] if low else goods
    return render_template("desk/rewards.html", goods=shown, low=low)


@blueprint.route("/rewards/new", methods=["GET", "POST"])
@access("desk", "write", roles=EDITORS)
def new_reward() -> ResponseReturnValue:
    """Add goods."""
    form = RewardForm()
    if form.validate_on_submit():
        return _save(None, form)
    return _form_page(None, form, "")


@blueprint.route("/rewards/<uuid:reward_id>", methods=["GET", "POST"])
@access("desk", "write", roles=EDITORS)
def edit_reward(reward_id: UUID) -> ResponseReturnValue:
    """Change goods; what was redeemed keeps the points it cost then."""
    form = RewardForm(obj=service.one(db.session(), current_actor().village_id, reward_id))
    if form.validate_on_submit():
        return _save(reward_id, form)
    return _form_page(reward_id, form, "")


def _save(reward_id: UUID | None, form: RewardForm) -> ResponseReturnValue:
    names = ("code", "name", "points", "is_active", "low_stock", "household_month_limit", "without_picture")
    typed = {name: form[name].data for name in names}
    try:
        with evidence.prepared(current_app.config["INSTANCE"], uploads("picture")[:1], service.thumbnail) as pictures:
            typed["picture"] = pictures[0] if pictures else None
            service.save(
                db.session(), current_actor(), reward_id=reward_id, **typed, key=form.key.data, now=clock.now()
            )
    except Refusal as error:
        return _form_page(reward_id, form, said(error))
    flash(_("「%(name)s」存好了，要 %(points)s 分。", name=form.name.data, points=form.points.data))
    return redirect(url_for("desk.rewards"))


def _form_page(reward_id: UUID | None, form: RewardForm, sentence: str) -> ResponseReturnValue:
    kept = service.one(db.session(), current_actor().village_id, reward_id) if reward_id else None
    page = render_template("desk/reward_form.html", reward=kept, form=form, sentence=sentence)
    return page, 422 if sentence or form.errors else 200


@blueprint.route("/rewards/<uuid:reward_id>/stock", methods=["GET", "POST"])
@access("desk", "write", roles=SHOP)
def stock(reward_id: UUID) -> ResponseReturnValue:
    """Goods come in or go out, with the reason."""
    session, actor, form, sentence = db.session(), current_actor(), StockForm(), ""
    if form.validate_on_submit():
        quantity = (form.quantity.data or 0) * (1 if form.way.data == "in" else -1)
        typed = {"quantity": quantity, "reason": form.reason.data, "key": form.key.data}
        try:
            left = service.move_stock(session, actor, reward_id=reward_id, **typed, now=clock.now())
        except DomainError as error:
            sentence = said(error)
        else:
            flash(_("库存记好了，现在有 %(left)s 件。", left=left))
            return redirect(url_for("desk.rewards"))
    page = render_template(
        "desk/stock.html",
        reward=service.one(session, actor.village_id, reward_id),
        moves=service.moves(session, actor.village_id, reward_id),
        form=form,
        sentence=sentence,
    )
    return page, 422 if sentence or form.errors else 200
