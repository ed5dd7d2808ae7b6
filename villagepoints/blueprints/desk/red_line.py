"""红线: record one, confirm or refuse it, keep the way back, lift what was wrong, print the letter."""

from datetime import date
from uuid import UUID

from flask import current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from villagepoints import clock
from villagepoints.access import BOOKS, OFFICE, access, current_actor
from villagepoints.blueprints.desk.blueprint import blueprint
from villagepoints.blueprints.desk.chosen import choose_household
from villagepoints.blueprints.desk.listing import Cell, Column, Field, Table, asked, listed, show, tabs
from villagepoints.blueprints.desk.row_words import CASES, of_household
from villagepoints.blueprints.filters import full_day
from villagepoints.blueprints.language import said
from villagepoints.blueprints.photos import uploads
from villagepoints.domain.actor import CLERK, GRID_WORKER, REVIEWER
from villagepoints.domain.calendar import village_date
from villagepoints.domain.errors import N_, Refusal
from villagepoints.domain.red_line import CONFIRMED, LIFTED, WAITING
from villagepoints.extensions import db
from villagepoints.forms.entry import ReasonForm
from villagepoints.forms.red_line import STEP_NAMES, RedLineForm, StepForm
from villagepoints.models import Village
from villagepoints.services import evidence, red_line_list, red_line_repair, rulebook
from villagepoints.services import household as households
from villagepoints.services import red_line as service
from villagepoints.services.red_line_list import CaseRow

RECORDERS = frozenset({CLERK, REVIEWER, GRID_WORKER})
RED_LINES = listed("desk.red_lines", N_("红线"))
EMPTY = {
    "waiting": N_("没有等着认定的。有人记下一条，就排在这里。"),
    "confirmed": N_("还没有认定过红线。"),
    "refused": N_("还没有不认定的。"),
    "lifted": N_("还没有撤销的。"),
}


def _only_own() -> UUID | None:
    """Whose cases a member of staff sees: papers of the police and the courts are for the office; a grid worker
    sees what he recorded himself."""
    actor = current_actor()
    return None if actor.is_any(*OFFICE) else actor.user_id


@blueprint.get("/red-lines")
@access("desk", "read", roles=RECORDERS | OFFICE)
def red_lines() -> ResponseReturnValue:
    """The cases of a status, what waits first; of one household, where the query names it."""
    status, household_id = asked("status", CASES, WAITING), request.args.get("household", type=UUID)
    only = {"recorded_by": _only_own(), "household_id": household_id}
    session, village_id = db.session(), current_actor().village_id
    of_one = [Field("household", _("一户的"), str(household_id), kind="kept")] if household_id else []
    return show(
        RED_LINES,
        "desk/red_lines.html",
        _table(status, village_date(clock.now())),
        lambda wanted: red_line_list.listed(session, village_id, status, wanted, **only),
        [tabs("status", _("情况"), status, CASES, "red_lines"), *of_one],
        empty=_(EMPTY[status]),
    )


def _table(status: str, today: date) -> Table[CaseRow]:
    def pause(row: CaseRow) -> Cell:
        until = row.paused_until
        return Cell(until, look="mark red" if until and until > today else "soft")

    paused: Column[CaseRow] = Column(_("兑换停到"), pause, "paused", "nowrap", is_named=True)
    return Table(
        columns=[
            Column(_("户号"), lambda row: row.number, "number", "nowrap"),
            Column(_("户主"), of_household, look="nowrap"),
            Column(_("哪天的事"), lambda row: row.found_on, "found", "nowrap"),
            Column(_("红线"), lambda row: row.code, "code"),
            Column(_("事由"), lambda row: row.note, look="wide"),
            Column(_("书面材料"), lambda row: row.document, look="wide", is_named=True),
            Column(_("谁记的"), lambda row: row.recorder, look="soft"),
            *([paused] if status == CONFIRMED else []),
        ],
        opens=lambda row: url_for("desk.red_line", case_id=row.id),
        next_step=lambda row: _("去认定") if row.status == WAITING else _("看"),
    )


@blueprint.get("/red-lines/new")
@access("desk", "read", roles=RECORDERS)
def choose_red_line() -> ResponseReturnValue:
    """Choose the household."""
    return choose_household("desk/red_line_household.html", onward="desk.new_red_line")


@blueprint.get("/red-lines/new/<uuid:household_id>")
@access("desk", "read", roles=RECORDERS)
def new_red_line(household_id: UUID) -> ResponseReturnValue:
    """The form."""
    return _form_page(household_id, RedLineForm(formdata=None, found_on=village_date(clock.now())), "")


@blueprint.post("/red-lines/new/<uuid:household_id>")
@access("desk", "write", roles=RECORDERS)
def record_red_line(household_id: UUID) -> ResponseReturnValue:
    """Record it; another person decides."""
    form = RedLineForm()
    if not form.validate_on_submit() or form.found_on.data is None:
        return _form_page(household_id, form, "")
    crossed = service.Crossed(form.code.data or "", form.found_on.data, form.document.data or "", form.note.data or "")
    try:
        with evidence.prepared(current_app.config["INSTANCE"], uploads()) as photos:
            case_id = service.record(
                db.session(),
                current_actor(),
                key=form.key.data,
                household_id=household_id,
                crossed=crossed,
                photos=photos,
                now=clock.now(),
            )
    except Refusal as error:
        return _form_page(household_id, form, said(error))
    flash(_("记下了，等另一个人认定。认定以前，这户的积分和兑换都不变。"), "note")
    return redirect(url_for("desk.red_line", case_id=case_id))


def _form_page(household_id: UUID, form: RedLineForm, sentence: str) -> ResponseReturnValue:
    session, village_id = db.session(), current_actor().village_id
    page = render_template(
        "desk/red_line_form.html",
        household=households.get(session, village_id, household_id),
        book=rulebook.in_force(session, village_id, village_date(clock.now())),
        form=form,
        sentence=sentence,
    )
    return page, 422 if sentence or form.errors else 200


@blueprint.get("/red-lines/<uuid:case_id>")
@access("desk", "read", roles=RECORDERS | OFFICE)
def red_line(case_id: UUID) -> ResponseReturnValue:
    """One case: what happened, what it means, the way back."""
    return _page(case_id, "")


def _page(case_id: UUID, sentence: str, step_form: StepForm | None = None) -> ResponseReturnValue:
    session, village_id = db.session(), current_actor().village_id
    page = render_template(
        "desk/red_line.html",
        case=red_line_list.one(session, village_id, case_id, _only_own()),
        photos=evidence.of(session, village_id, red_line_case_id=case_id),
        form=ReasonForm(formdata=None),
        step_form=step_form or StepForm(formdata=None, done_on=village_date(clock.now())),
        step_names=STEP_NAMES,
        sentence=sentence,
    )
    return page, 422 if sentence or (step_form and step_form.errors) else 200


@blueprint.post("/red-lines/<uuid:case_id>")
@access("desk", "approve", roles=BOOKS)
def decide_red_line(case_id: UUID) -> ResponseReturnValue:
    """Confirm, refuse or lift, as the button says."""
    session, actor, form, now = db.session(), current_actor(), ReasonForm(), clock.now()
    decision, reason = request.form.get("decision"), form.reason.data or ""
    if not form.validate_on_submit():
        return _page(case_id, " ".join(str(error) for error in form.reason.errors))
    try:
        if decision == CONFIRMED:
            until = service.confirm(session, actor, key=form.key.data, case_id=case_id, now=now)
            flash(_("已认定。兑换停到 %(day)s，那天起可以再换；得过的分没有动。", day=full_day(until)))
        elif decision == LIFTED:
            service.lift(session, actor, key=form.key.data, case_id=case_id, reason=reason, now=now)
            flash(_("已撤销，这户会看到原因；停兑和当月基础分都改回来了。"))
        else:
            service.refuse(session, actor, key=form.key.data, case_id=case_id, reason=reason, now=now)
            flash(_("没有认定，原因已留下，这户的积分和兑换都没有动。"))
    except Refusal as error:
        return _page(case_id, said(error))
    return redirect(url_for("desk.red_line", case_id=case_id))


@blueprint.post("/red-lines/<uuid:case_id>/steps")
@access("desk", "write", roles=RECORDERS)
def add_red_line_step(case_id: UUID) -> ResponseReturnValue:
    """Record a step of the way back; another person confirms it."""
    session, actor, form = db.session(), current_actor(), StepForm()
    red_line_list.one(session, actor.village_id, case_id, _only_own())
    if not form.validate_on_submit() or form.done_on.data is None:
        return _page(case_id, "", form)
    way = red_line_repair.Way(form.kind.data, form.done_on.data, form.hours.data or 0, form.note.data or "")
    try:
        red_line_repair.add_step(session, actor, key=form.key.data, case_id=case_id, way=way, now=clock.now())
    except Refusal as error:
        return _page(case_id, said(error), form)
    flash(_("记下了，另一个人核实以后才算数。"), "note")
    return redirect(url_for("desk.red_line", case_id=case_id))


@blueprint.post("/red-lines/<uuid:case_id>/steps/<uuid:step_id>")
@access("desk", "approve", roles=BOOKS)
def settle_red_line_step(case_id: UUID, step_id: UUID) -> ResponseReturnValue:
    """Confirm a step, or take it out."""
    counts = request.form.get("counts") == "yes"
    try:
        until = red_line_repair.settle_step(
            db.session(),
            current_actor(),
            key=request.form.get("key", ""),
            case_id=case_id,
            step_id=step_id,
            counts=counts,
            now=clock.now(),
        )
    except Refusal as error:
        return _page(case_id, said(error))
    if counts:
        flash(_("核实了。按现在做到的，%(day)s 起可以再兑换。", day=full_day(until)))
    else:
        flash(_("这一步不算，已经拿掉。"), "note")
    return redirect(url_for("desk.red_line", case_id=case_id))


@blueprint.get("/red-lines/<uuid:case_id>/letter")
@access("desk", "read", roles=OFFICE)
def red_line_letter(case_id: UUID) -> ResponseReturnValue:
    """The letter that is handed to the household."""
    session, village_id, now = db.session(), current_actor().village_id, clock.now()
    case = red_line_list.one(session, village_id, case_id)
    if case.row.status not in (CONFIRMED, LIFTED):
        return redirect(url_for("desk.red_line", case_id=case_id))
    return render_template(
        "report/red_line.html",
        case=case,
        village=session.get_one(Village, village_id),
        book=rulebook.in_force(session, village_id, case.row.found_on),
        now=now,
    )
