"""兑换: what waits, handing it over by its code, taking a wrong hand-over back, serving somebody at the counter."""

from datetime import date
from functools import partial
from uuid import UUID

from flask import flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from villagepoints import clock
from villagepoints.access import DESK, SHOP, access, current_actor
from villagepoints.blueprints.desk.blueprint import blueprint
from villagepoints.blueprints.desk.listing import Cell, Column, Field, Table, asked, listed, search, show, tabs
from villagepoints.blueprints.desk.navigation import is_open
from villagepoints.blueprints.desk.row_words import CHANNELS, REDEMPTIONS, choices, goods_of, mark, of_household
from villagepoints.blueprints.language import said
from villagepoints.domain.calendar import village_date
from villagepoints.domain.errors import N_, DomainError, NotFound
from villagepoints.domain.redemption import RESERVED
from villagepoints.extensions import db
from villagepoints.forms.entry import ReasonForm
from villagepoints.services import counter as counters
from villagepoints.services import redemption as service
from villagepoints.services import redemption_list, waiting
from villagepoints.services.redemption_list import RedemptionRow

SOON = "soon"  # reserved, and about to run out
NEAR = 5  # days before the last one that are counted on the page
TABS = {
    "reserved": REDEMPTIONS["reserved"],
    SOON: N_("快过期的"),
    **{status: REDEMPTIONS[status] for status in ("fulfilled", "cancelled", "expired")},
}
REDEMPTIONS_LIST = listed("desk.redemptions", N_("兑换"))


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
    tab, today = asked("status", TABS, RESERVED), village_date(clock.now())
    which = redemption_list.Filter(
        status=RESERVED if tab == SOON else tab,
        channel=asked("channel", CHANNELS),
        words=request.args.get("who", ""),
        until_on=today + waiting.SOON if tab == SOON else None,
        counter_id=counters.of_actor(db.session(), current_actor()),
    )
    answer = make_response(
        show(
            REDEMPTIONS_LIST,
            "desk/redemptions.html",
            _table(which.status == RESERVED, today),
            partial(redemption_list.listed, db.session(), current_actor().village_id, which),
            [
                tabs("status", _("兑换"), tab, TABS, "redemptions"),
                search("who", _("户号、姓名或领取码"), which.words),
                Field("channel", _("怎么换的"), which.channel, choices(CHANNELS)),
            ],
            sentence=sentence,
            code=code,
            empty=_("没有等着领的。村民在手机上兑换后会排在这里。")
            if which.status == RESERVED and not which.words
            else _("没有这样的兑换。"),
        )
    )
    answer.status_code = 404 if sentence else answer.status_code
    return answer


def _table(is_waiting: bool, today: date) -> Table[RedemptionRow]:
    def left(row: RedemptionRow) -> Cell:
        days = (row.collect_by - today).days if row.collect_by else NEAR + 1
        return Cell(_("还剩 %(days)s 天", days=max(days, 0)) if days <= NEAR else "", look="mark red")

    waits: list[Column[RedemptionRow]] = [
        Column(_("领到哪天为止"), lambda row: row.collect_by, "collect", "nowrap", is_named=True),
        Column(_("快过期的"), left),
    ]
    done: list[Column[RedemptionRow]] = [
        Column(_("情况"), lambda row: Cell(_(REDEMPTIONS[row.status]), look=mark(row.status)), look="nowrap"),
        Column(_("哪天办的"), _settled, look="nowrap", is_named=True),
        Column(_("谁发的"), lambda row: row.fulfiller, look="soft"),
    ]
    return Table(
        columns=[
            Column(_("户号"), lambda row: row.number, "number", "nowrap"),
            Column(_("户主"), of_household, "name", "nowrap"),
            Column(_("兑换日"), lambda row: row.occurred_on, "occurred", "nowrap"),
            Column(_("商品"), goods_of, look="wide"),
            Column(_("怎么换的"), lambda row: _(CHANNELS[row.channel]), look="nowrap"),
            Column(_("谁代办的"), lambda row: row.proxy_name),
            Column(_("积分"), lambda row: row.points, "points", "num", total="points"),
            *(waits if is_waiting else done),
        ],
        opens=lambda row: url_for("desk.redemption", redemption_id=row.id),
        next_step=lambda _row: _("发放") if is_waiting and is_open("desk.fulfil") else _("看"),
    )


def _settled(row: RedemptionRow) -> date | None:
    at = row.fulfilled_at or row.closed_at
    return village_date(at) if at else row.occurred_on


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
