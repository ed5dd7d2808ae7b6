"""商品与库存: the catalogue, goods that come in or go out other than by redemption, and how a stock came about."""

from datetime import datetime
from typing import Any
from uuid import UUID

from flask import current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from villagepoints import clock
from villagepoints.access import DESK, SHOP, access, current_actor
from villagepoints.blueprints.desk.blueprint import blueprint
from villagepoints.blueprints.desk.context import wanted
from villagepoints.blueprints.language import said
from villagepoints.blueprints.photos import uploads
from villagepoints.domain.actor import CLERK
from villagepoints.domain.calendar import SHANGHAI, YEARS, Month, village_date
from villagepoints.domain.errors import DomainError, Refusal
from villagepoints.extensions import db
from villagepoints.forms.base import beside
from villagepoints.forms.reward import RewardForm, StockForm
from villagepoints.services import counter as counters
from villagepoints.services import evidence, reward_list
from villagepoints.services import reward as service

EDITORS = frozenset({CLERK})
DETAILS = ("code", "name", "points", "is_active", "low_stock", "household_month_limit")
MORE = ("cost_cents", "supplier", "offered_from", "offered_until")


@blueprint.get("/rewards")
@access("desk", "read", roles=DESK)
def rewards() -> ResponseReturnValue:
    """The catalogue, cheapest first; `low=1`: only what runs short."""
    session, actor, state = db.session(), current_actor(), request.args.get("state", "")
    own = counters.of_actor(session, actor)
    which = reward_list.Filter(
        words=request.args.get("q", "")[:40],
        state=reward_list.LOW if request.args.get("low") == "1" else state if state in reward_list.STATES else "",
        counter_id=own or id_of(request.args.get("counter")),
    )
    page, totals = reward_list.listed(session, actor.village_id, which, wanted("points"), village_date(clock.now()))
    places = [] if own else counters.names(session, actor.village_id)
    return render_template("desk/rewards.html", page=page, totals=totals, which=which, places=places)


def id_of(text: str | None) -> UUID | None:
    """The id that a field or a query names; None for nothing, and for what is none."""
    try:
        return UUID(text) if text else None
    except ValueError:
        return None


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
    session, village_id = db.session(), current_actor().village_id
    kept = service.one(session, village_id, reward_id)
    form = RewardForm(obj=kept, counter_id=counters.of_reward(session, village_id, reward_id) or "")
    if form.validate_on_submit():
        return _save(reward_id, form)
    return _form_page(reward_id, form, "")


def _save(reward_id: UUID | None, form: RewardForm) -> ResponseReturnValue:
    said_of = {name: form[name].data for name in (*DETAILS, *MORE)}
    typed: dict[str, Any] = {"without_picture": form.without_picture.data, "key": form.key.data}
    typed["wanted"] = service.Details(**said_of, counter_id=id_of(form.counter_id.data))
    try:
        with evidence.prepared(current_app.config["INSTANCE"], uploads("picture")[:1], service.thumbnail) as pictures:
            typed["picture"] = pictures[0] if pictures else None
            service.save(db.session(), current_actor(), reward_id=reward_id, **typed, now=clock.now())
    except Refusal as error:
        return _form_page(reward_id, form, beside(form, error.field, said(error)))
    flash(_("「%(name)s」存好了，要 %(points)s 分。", name=form.name.data, points=form.points.data))
    return redirect(url_for("desk.rewards"))


def _form_page(reward_id: UUID | None, form: RewardForm, sentence: str) -> ResponseReturnValue:
    session, village_id = db.session(), current_actor().village_id
    kept = service.one(session, village_id, reward_id) if reward_id else None
    form.counter_id.choices = [("", _("村里的兑换窗口")), *counters.names(session, village_id)]
    page = render_template("desk/reward_form.html", reward=kept, form=form, sentence=sentence)
    return page, 422 if sentence or form.errors else 200


@blueprint.route("/rewards/<uuid:reward_id>/stock", methods=["GET", "POST"])
@access("desk", "write", roles=SHOP)
def stock(reward_id: UUID) -> ResponseReturnValue:
    """Goods come in or go out, with the reason."""
    session, actor, form, sentence = db.session(), current_actor(), StockForm(), ""
    if form.validate_on_submit():
        move = service.Move(
            quantity=(form.quantity.data or 0) * (1 if form.way.data == "in" else -1),
            reason=form.reason.data,
            document=form.document.data,
            supplier=form.supplier.data,
            cost_cents=form.cost_cents.data,
        )
        try:
            left = service.move_stock(
                session, actor, reward_id=reward_id, wanted=move, key=form.key.data, now=clock.now()
            )
        except DomainError as error:
            sentence = said(error)
        else:
            flash(_("库存记好了，现在有 %(left)s 件。", left=left))
            return redirect(url_for("desk.stock", reward_id=reward_id))
    reward = service.one(session, actor.village_id, reward_id)
    this_month = Month.of(village_date(clock.now()))
    month = _since(this_month)
    since = datetime(month.year, month.number, 1, tzinfo=SHANGHAI)
    page = render_template(
        "desk/stock.html",
        reward=reward,
        history=reward_list.history(session, actor.village_id, reward_id, wanted(), since),
        month=month,
        spans=_spans(this_month),
        form=form,
        sentence=sentence,
    )
    return page, 422 if sentence or form.errors else 200


def _spans(this_month: Month) -> list[tuple[str, str]]:
    """From which months on the history can be seen, and what the choice is called."""
    first = Month(YEARS.start, 1)
    return [
        (str(this_month), _("本月")),
        (str(this_month - 2), _("近三个月")),
        (str(this_month - 11), _("近一年")),
        (str(first), _("全部")),
    ]


def _since(this_month: Month) -> Month:
    """The month from which the history is shown; three months for what the query cannot mean."""
    try:
        return Month.parse(request.args.get("since", ""))
    except ValueError:
        return this_month - 2
