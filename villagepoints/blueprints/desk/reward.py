"""商品与库存: the catalogue, goods that come in or go out other than by redemption, and how a stock came about."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from flask import current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from villagepoints import clock
from villagepoints.access import DESK, SHOP, access, current_actor
from villagepoints.blueprints.desk.blueprint import blueprint
from villagepoints.blueprints.desk.context import wanted
from villagepoints.blueprints.desk.listing import Cell, Column, Field, Table, listed, search, show
from villagepoints.blueprints.desk.navigation import is_open
from villagepoints.blueprints.desk.row_words import choices
from villagepoints.blueprints.filters import day, yuan
from villagepoints.blueprints.goods import picture
from villagepoints.blueprints.language import said
from villagepoints.blueprints.photos import uploads
from villagepoints.domain.actor import CLERK
from villagepoints.domain.calendar import SHANGHAI, YEARS, Month, village_date
from villagepoints.domain.errors import N_, DomainError, Refusal
from villagepoints.extensions import db
from villagepoints.forms.base import beside, printable
from villagepoints.forms.reward import RewardForm, StockForm
from villagepoints.models import Village
from villagepoints.services import counter as counters
from villagepoints.services import evidence, reward_list
from villagepoints.services import reward as service
from villagepoints.services.reward_list import RewardRow

EDITORS = frozenset({CLERK})
STATE_NAMES = {"low": N_("库存不足"), "shut": N_("还没到或过了日子"), "off": N_("停供的")}
REWARDS = listed("desk.rewards", N_("商品与库存"), sort="points")
DETAILS = ("code", "name", "points", "is_active", "low_stock", "household_month_limit")
MORE = ("cost_cents", "supplier", "offered_from", "offered_until")


@blueprint.get("/rewards")
@access("desk", "read", roles=DESK)
def rewards() -> ResponseReturnValue:
    """The catalogue, cheapest first; `low=1`: only what runs short."""
    session, actor, state = db.session(), current_actor(), request.args.get("state", "")
    own = counters.of_actor(session, actor)
    which = reward_list.Filter(
        words=printable(request.args.get("q"))[:40],
        state=reward_list.LOW if request.args.get("low") == "1" else state if state in reward_list.STATES else "",
        counter_id=own or id_of(request.args.get("counter")),
    )
    today = village_date(clock.now())
    places = [] if own else [(str(id_), name) for id_, name in counters.names(session, actor.village_id)]
    at = Field("counter", _("窗口"), str(which.counter_id or ""), places)
    return show(
        REWARDS,
        "desk/rewards.html",
        _table(session.get_one(Village, actor.village_id).code, today),
        lambda wanted: reward_list.listed(session, actor.village_id, which, wanted, today),
        [
            search("q", _("编号、名称或供货商"), which.words),
            Field("state", _("哪些"), which.state, choices(STATE_NAMES)),
            *([at] if places else []),
        ],
        empty=_("库存都够，没有要补的。")
        if which.state == reward_list.LOW
        else _("没有这样的商品。还没有商品的，点「添加商品」，或者导入商品目录。"),
    )


def _table(village_code: str, today: date) -> Table[RewardRow]:
    may_edit, may_move = is_open("desk.edit_reward"), is_open("desk.stock")

    def name(row: RewardRow) -> Cell:
        return Cell(row.name, picture=picture(village_code, row.id, row.picture, row.name))

    def short(row: RewardRow) -> Cell:
        is_short = row.is_active and row.stock <= row.low_stock
        return Cell((_("没有了") if row.stock == 0 else _("不足")) if is_short else "", look="mark red")

    def offered(row: RewardRow) -> Cell:
        if not row.is_active:
            return Cell(_("停供"), look="mark plain")
        if row.offered_until and row.offered_until < today:
            return Cell(_("换到%(day)s，过了", day=day(row.offered_until)), look="mark plain")
        if row.offered_from and row.offered_from > today:
            return Cell(_("%(day)s起", day=day(row.offered_from)), look="mark gold")
        return Cell(_("换到%(day)s", day=day(row.offered_until)) if row.offered_until else "", look="mark gold")

    return Table(
        columns=[
            Column(_("编号"), lambda row: row.code, "code", "nowrap"),
            Column(_("商品"), name, "name", "wide"),
            Column(_("积分"), lambda row: row.points, "points", "num"),
            Column(_("成本"), _cost, "cost", "num", is_named=True),
            Column(_("每户每月"), lambda row: row.household_month_limit, look="num"),
            Column(_("库存"), lambda row: row.stock, "stock", "num", total="stock"),
            Column(_("够不够"), short),
            Column(_("什么时候能换"), offered),
            Column(_("窗口"), lambda row: row.counter, look="soft"),
            Column(_("供货商"), lambda row: row.supplier, look="soft"),
        ],
        opens=lambda row: url_for("desk.edit_reward", reward_id=row.id) if may_edit else "",
        is_struck=lambda row: not row.is_active,
        next_step=lambda row: Cell(_("进出库"), url_for("desk.stock", reward_id=row.id)) if may_move else "",
    )


def _cost(row: RewardRow) -> str:
    return "" if row.cost_cents is None else yuan(row.cost_cents)


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
    if request.method == "GET":
        form.code.data = service.suggest_code(db.session(), current_actor().village_id)
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
            saved = service.save(db.session(), current_actor(), reward_id=reward_id, **typed, now=clock.now())
    except Refusal as error:
        return _form_page(reward_id, form, beside(form, error.field, said(error)))
    if reward_id is None:
        flash(_("「%(name)s」添上了，还没有库存。到了货在这里记，村民才换得到。", name=form.name.data))
        return redirect(url_for("desk.stock", reward_id=saved))
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
