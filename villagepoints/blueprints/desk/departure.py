"""迁走的户: a household leaves the village, the list of those that did, and the way back from a mistake."""

from functools import partial
from uuid import UUID

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from villagepoints import clock
from villagepoints.access import BOOKS, OFFICE, access, current_actor
from villagepoints.blueprints.desk.blueprint import blueprint
from villagepoints.blueprints.desk.household_words import left_reason
from villagepoints.blueprints.desk.listing import Cell, Column, Field, Table, asked, listed, search, show
from villagepoints.blueprints.filters import points
from villagepoints.blueprints.language import said
from villagepoints.domain.calendar import village_date
from villagepoints.domain.errors import N_, Refusal
from villagepoints.domain.succession import DIED, HOUSEHOLD_REASONS, MERGED, MOVED
from villagepoints.extensions import db
from villagepoints.forms.base import beside
from villagepoints.forms.household import HouseholdLeavesForm, WhyForm
from villagepoints.services import departure as service
from villagepoints.services import household as households
from villagepoints.services.departure import Departed

DEPARTED = listed("desk.departed", N_("迁走的户"), sort="-left")


@blueprint.get("/departed")
@access("desk", "read", roles=OFFICE)
def departed() -> ResponseReturnValue:
    """The households that left, the last first."""
    words, reason = request.args.get("q", ""), asked("reason", (MOVED, MERGED, DIED))
    reasons = [(one, left_reason(one)) for one in (MOVED, MERGED, DIED)]
    return show(
        DEPARTED,
        "desk/departed.html",
        Table(columns=_columns(), opens=lambda row: url_for("desk.household", household_id=row.id)),
        partial(service.departed, db.session(), current_actor().village_id, words, reason),
        [search("q", _("查找"), words), Field("reason", _("为什么"), reason, reasons)],
        empty=_("没有找到。")
        if words or reason
        else _("还没有迁走的户。全家搬走的，在那一户的页面上点「全家不在村里了」。"),
    )


def _columns() -> list[Column[Departed]]:
    def went_to(row: Departed) -> Cell:
        url = url_for("desk.household", household_id=row.successor_id) if row.successor_id else ""
        return Cell(row.successor_number, url)

    return [
        Column(_("户号"), lambda row: row.number, "number", "nowrap"),
        Column(_("户主"), lambda row: row.head_name),
        Column(_("组"), lambda row: row.group_no, look="nowrap", is_named=True),
        Column(_("哪天"), lambda row: row.left_on, "left", "nowrap"),
        Column(_("为什么"), lambda row: left_reason(row.left_reason)),
        Column(_("并到、转给"), went_to, is_named=True),
        Column(_("账上还有"), lambda row: row.balance, "balance", "num"),
    ]


@blueprint.route("/households/<uuid:household_id>/leave", methods=["GET", "POST"])
@access("desk", "write", roles=BOOKS)
def household_leaves(household_id: UUID) -> ResponseReturnValue:
    """What leaving means, what is to be finished first, and the form."""
    session, actor, sentence = db.session(), current_actor(), ""
    form = HouseholdLeavesForm()
    if form.validate_on_submit():
        typed = {"household_id": household_id, "reason": form.reason.data, "left_on": form.left_on.data}
        try:
            service.leave(session, actor, key=form.key.data, now=clock.now(), **typed)
        except Refusal as error:
            sentence = beside(form, error.field, said(error))
        else:
            flash(_("记下了，这户不在村里了。码牌和手机都不能用了，账上的积分留着。"))
            return redirect(url_for("desk.household", household_id=household_id))
    elif request.method == "GET":
        form.left_on.data = village_date(clock.now())
        form.reason.data = asked("reason", HOUSEHOLD_REASONS, MOVED)
    page = render_template(
        "desk/household_leaves.html",
        form=form,
        sentence=sentence,
        household=households.get(session, actor.village_id, household_id),
        business=service.open_business(session, actor.village_id, household_id),
    )
    return page, 422 if sentence or form.errors else 200


@blueprint.route("/households/<uuid:household_id>/back", methods=["GET", "POST"])
@access("desk", "write", roles=BOOKS)
def household_returns(household_id: UUID) -> ResponseReturnValue:
    """Undo a leaving that was a mistake."""
    session, actor, form, sentence = db.session(), current_actor(), WhyForm(), ""
    if form.validate_on_submit():
        reason = form.reason.data or ""
        try:
            made_good = service.come_back(
                session, actor, key=form.key.data, household_id=household_id, reason=reason, now=clock.now()
            )
        except Refusal as error:
            sentence = beside(form, error.field, said(error))
        else:
            flash(_("这户回来了。旧码牌已经作废，请发一张新的。"))
            if made_good:
                flash(_("漏掉的基础分补上了，一共 %(n)s 分。", n=points(made_good)))
            return redirect(url_for("desk.household", household_id=household_id))
    household = households.get(session, actor.village_id, household_id)
    page = render_template(
        "desk/household_returns.html",
        form=form,
        sentence=sentence,
        household=household,
        months=service.closed_while_away(session, household),
    )
    return page, 422 if sentence or form.errors else 200
