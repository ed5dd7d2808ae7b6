"""分户、并户、继承: people and points go from one household to another; many points wait for a second person."""

from functools import partial
from typing import Any
from uuid import UUID

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from wtforms import SelectChoice

from villagepoints import clock
from villagepoints.access import BOOKS, OFFICE, access, current_actor
from villagepoints.blueprints.desk.blueprint import blueprint
from villagepoints.blueprints.desk.household_words import STATUSES, succession_words
from villagepoints.blueprints.desk.listing import Column, Table, asked, listed, show, tabs
from villagepoints.blueprints.filters import points
from villagepoints.blueprints.language import said
from villagepoints.domain.calendar import village_date
from villagepoints.domain.errors import N_, Refusal
from villagepoints.domain.succession import WAITING
from villagepoints.extensions import db
from villagepoints.forms.base import beside
from villagepoints.forms.household import HandOnForm, MergeForm, SplitForm, WhyForm
from villagepoints.services import departure, household_edit, rulebook, succession_list
from villagepoints.services import household as households
from villagepoints.services import succession as service
from villagepoints.services.household_edit import Particulars
from villagepoints.services.succession import Settled, Share
from villagepoints.services.succession_list import Row

SUCCESSIONS = listed("desk.successions", N_("户与户转积分"))


def _done(settled: Settled, done: str) -> ResponseReturnValue:
    """Say what happened; the page of the household says what still waits."""
    flash(done)
    return redirect(url_for("desk.household", household_id=settled.household_id))


def _second_from() -> int:
    """From how many points on a second person is needed today."""
    book = rulebook.in_force(db.session(), current_actor().village_id, village_date(clock.now()))
    return book.second_approver_from


@blueprint.route("/households/<uuid:household_id>/split", methods=["GET", "POST"])
@access("desk", "write", roles=BOOKS)
def split_household(household_id: UUID) -> ResponseReturnValue:
    """Some people form a household of their own, or live in another one from now on."""
    session, actor, sentence = db.session(), current_actor(), ""
    household = households.get(session, actor.village_id, household_id)
    people = [one for one in households.residents(session, actor.village_id, household_id) if one.left_on is None]
    form = SplitForm(residency=household.residency, group_no=household.group_no, address=household.address)
    form.people.choices = [SelectChoice(str(one.id), f"{one.name} {one.relation}".strip()) for one in people]
    if form.validate_on_submit():
        try:
            return _done(_split(household_id, form), _("办好了，人已经过去了。新的一户要发码牌。"))
        except Refusal as error:
            sentence = beside(form, error.field, said(error))
    elif request.method == "GET":
        form.points.data = 0
    page = render_template(
        "desk/household_split.html",
        form=form,
        sentence=sentence,
        household=households.get(session, actor.village_id, household_id),
        people=people,
        next_number=household_edit.suggest_number(session, actor.village_id, form.group_no.data),
        second_from=_second_from(),
    )
    return page, 422 if sentence or form.errors else 200


def _split(household_id: UUID, form: SplitForm) -> Settled:
    asked_for: dict[str, Any] = {"key": form.key.data, "household_id": household_id, "now": clock.now()}
    asked_for["people"] = [UUID(one) for one in form.people.data or ()]
    if form.to.data == "other":
        return service.join(db.session(), current_actor(), number=form.number.data or "", **asked_for)
    wanted = Particulars(
        number=form.number.data or "",
        group_no=form.group_no.data,
        residency=form.residency.data,
        address=form.address.data or "",
    )
    share = Share(form.points.data or 0, form.document.data or "")
    return service.split(db.session(), current_actor(), wanted=wanted, share=share, **asked_for)


@blueprint.route("/households/<uuid:household_id>/merge", methods=["GET", "POST"])
@access("desk", "write", roles=BOOKS)
def merge_household(household_id: UUID) -> ResponseReturnValue:
    """A whole household goes to another one."""
    session, actor, form, sentence = db.session(), current_actor(), MergeForm(), ""
    if form.validate_on_submit():
        share = Share(form.points.data, form.document.data or "")
        typed = {"household_id": household_id, "number": form.number.data, "share": share, "now": clock.now()}
        try:
            settled = service.merge(session, actor, key=form.key.data, **typed)
            done = _("并好了，人已经过去了，请点名字补上和户主的关系。原来那户的码牌和手机都不能用了。")
            return _done(settled, done)
        except Refusal as error:
            sentence = beside(form, error.field, said(error))
    household = households.get(session, actor.village_id, household_id)
    if request.method == "GET":
        form.points.data = max(0, household.balance)
    page = render_template(
        "desk/household_merge.html",
        form=form,
        sentence=sentence,
        household=household,
        business=departure.open_business(session, actor.village_id, household_id),
        second_from=_second_from(),
    )
    return page, 422 if sentence or form.errors else 200


@blueprint.route("/households/<uuid:household_id>/hand-on", methods=["GET", "POST"])
@access("desk", "write", roles=BOOKS)
def hand_on(household_id: UUID) -> ResponseReturnValue:
    """The points of a household that died out or merged go to another one."""
    session, actor, form, sentence = db.session(), current_actor(), HandOnForm(), ""
    if form.validate_on_submit():
        share = Share(form.points.data, form.document.data or "")
        typed = {"household_id": household_id, "number": form.number.data, "share": share, "now": clock.now()}
        try:
            settled = service.inherit(session, actor, key=form.key.data, **typed)
            return _done(settled, _("记下了，写明了凭什么。") if settled.waits else _("积分转过去了。"))
        except Refusal as error:
            sentence = beside(form, error.field, said(error))
    household = households.get(session, actor.village_id, household_id)
    if request.method == "GET":
        form.points.data = max(0, household.balance)
    values = {"form": form, "sentence": sentence, "household": household, "second_from": _second_from()}
    return render_template("desk/hand_on.html", **values), 422 if sentence or form.errors else 200


# ------------------------------------------------------------------ the second person


@blueprint.get("/successions")
@access("desk", "read", roles=OFFICE)
def successions() -> ResponseReturnValue:
    """What waits for a second person, and what was decided."""
    status = asked("status", STATUSES, WAITING)
    return show(
        SUCCESSIONS,
        "desk/successions.html",
        Table(columns=_columns(), opens=lambda row: url_for("desk.succession", succession_id=row.id)),
        partial(succession_list.listed, db.session(), current_actor().village_id, status),
        [tabs("status", _("户与户转积分"), status, STATUSES, "successions")],
        empty=_("没有等着定的。") if status == WAITING else _("还没有。"),
    )


def _columns() -> list[Column[Row]]:
    return [
        Column(_("哪天"), lambda row: row.succeeded_on, look="nowrap"),
        Column(_("为什么"), lambda row: succession_words(row.kind)),
        Column(_("从哪一户"), lambda row: f"{row.number} {row.head_name}", is_named=True),
        Column(_("到哪一户"), lambda row: f"{row.successor_number} {row.successor_name}", is_named=True),
        Column(_("多少分"), lambda row: row.points, look="num"),
        Column(_("凭什么"), lambda row: row.document),
        Column(_("谁提的"), lambda row: row.recorder, is_named=True),
    ]


@blueprint.route("/successions/<uuid:succession_id>", methods=["GET", "POST"])
@access("desk", "approve", roles=BOOKS)
def succession(succession_id: UUID) -> ResponseReturnValue:
    """One hand-over of points: agree to it, or say why not."""
    session, actor, form, sentence = db.session(), current_actor(), WhyForm(), ""
    which = {"key": form.key.data, "succession_id": succession_id, "now": clock.now()}
    if form.validate_on_submit():
        try:
            if request.form.get("decision") == "confirm":
                moved = service.confirm(session, actor, **which)
                flash(_("同意了，%(n)s 分已经转过去，两边的账上都写着。", n=points(moved)))
            else:
                service.refuse(session, actor, reason=form.reason.data or "", **which)
                flash(_("没有转，原因留下了。两边的积分都没有动。"))
            return redirect(url_for("desk.successions"))
        except Refusal as error:
            sentence = beside(form, error.field, said(error))
    row = succession_list.one(session, actor.village_id, succession_id)
    page = render_template("desk/succession.html", row=row, form=form, sentence=sentence, statuses=STATUSES)
    return page, 422 if sentence or form.errors else 200
