"""民主议定: a draft before the village, its six steps, and the rules it becomes."""

from collections.abc import Callable, Container
from datetime import date
from typing import Any
from uuid import UUID

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from villagepoints import clock
from villagepoints.access import DESK, access, current_actor
from villagepoints.blueprints.desk.blueprint import blueprint
from villagepoints.blueprints.desk.rule_draft import EDITORS, opened
from villagepoints.blueprints.filters import full_day
from villagepoints.blueprints.language import said
from villagepoints.domain import deliberation as rules
from villagepoints.domain.actor import ADMIN
from villagepoints.domain.calendar import Month, village_date
from villagepoints.domain.errors import N_, BadInput, Refusal
from villagepoints.extensions import db
from villagepoints.forms.rule_draft import DecideForm, ForceForm, StepForm
from villagepoints.models import Village
from villagepoints.services import deliberation as service
from villagepoints.services.deliberation import Taken


@blueprint.post("/rule-drafts/<uuid:draft_id>/start")
@access("desk", "write", roles=EDITORS)
def start_rule_draft(draft_id: UUID) -> ResponseReturnValue:
    """Put the draft before the village."""
    return _move(draft_id, service.start, _("提交议定了，草案的文字不再改。先记「民提」。"), "desk.deliberation")


@blueprint.post("/rule-drafts/<uuid:draft_id>/reopen")
@access("desk", "write", roles=EDITORS)
def reopen_rule_draft(draft_id: UUID) -> ResponseReturnValue:
    """Take it back to be changed."""
    return _move(draft_id, service.reopen, _("退回修改了。已经记下的步骤还在。"), "desk.rule_draft")


@blueprint.post("/rule-drafts/<uuid:draft_id>/drop")
@access("desk", "write", roles=EDITORS)
def drop_rule_draft(draft_id: UUID) -> ResponseReturnValue:
    """Give it up."""
    return _move(draft_id, service.drop, _("草案作废了，还可以查看。"), "desk.rule_draft")


def _move(draft_id: UUID, act: Callable[..., None], done: str, page: str) -> ResponseReturnValue:
    try:
        act(db.session(), current_actor(), draft_id=draft_id, key=request.form.get("key", ""), now=clock.now())
    except Refusal as error:
        flash(said(error), "wrong")
        return redirect(url_for("desk.rule_draft", draft_id=draft_id))
    flash(done)
    return redirect(url_for(page, draft_id=draft_id))


@blueprint.get("/rule-drafts/<uuid:draft_id>/deliberation")
@access("desk", "read", roles=DESK)
def deliberation(draft_id: UUID) -> ResponseReturnValue:
    """The six steps: those taken, the next one's form, and putting the rules in force."""
    return _page(draft_id)


@blueprint.post("/rule-drafts/<uuid:draft_id>/deliberation/<step>")
@access("desk", "write", roles=EDITORS)
def record_step(draft_id: UUID, step: str) -> ResponseReturnValue:
    """Record one step."""
    form = _form_of(step)
    if not form.validate_on_submit() or form.held_on.data is None:
        return _page(draft_id, form=form, status=422)
    taken = Taken(step, form.held_on.data, form.people.data, form.minutes.data, form.votes())
    try:
        passed = service.record_step(
            db.session(), current_actor(), draft_id=draft_id, taken=taken, key=form.key.data, now=clock.now()
        )
    except Refusal as error:
        return _page(draft_id, form=form, sentence=said(error), status=error.status)
    if passed:
        flash(_("记好了。"))
    else:
        flash(_("记好了：没有过到会人数的一半，草案没有通过。要再议，请照它新起一份。"), "note")
    return redirect(url_for("desk.deliberation", draft_id=draft_id))


def _form_of(step: str, **held: Any) -> StepForm:
    return DecideForm(**held) if step == rules.DECIDE else StepForm(**held)


@blueprint.post("/rule-drafts/<uuid:draft_id>/adopt")
@access("desk", "approve", roles=frozenset({ADMIN}))
def adopt_rule_draft(draft_id: UUID) -> ResponseReturnValue:
    """Put it in force from a coming month; not for who records points, nor may they import rules."""
    form = ForceForm()
    try:
        day = date.fromisoformat(request.form.get("effective_on", ""))
    except ValueError:
        return _page(draft_id, sentence=said(BadInput(N_("请选从哪个月开始。没有生效。"))), status=422)
    try:
        version = service.adopt(
            db.session(), current_actor(), draft_id=draft_id, effective_on=day, key=form.key.data or "", now=clock.now()
        )
    except Refusal as error:
        return _page(draft_id, sentence=said(error), status=error.status)
    flash(
        _(
            "第 %(version)s 版办法定下了，%(day)s起执行。村民在办法页上已经能看到。",
            version=version,
            day=full_day(day),
        )
    )
    return redirect(url_for("desk.deliberation", draft_id=draft_id))


def _page(
    draft_id: UUID, *, form: StepForm | None = None, sentence: str = "", status: int = 200
) -> ResponseReturnValue:
    session, village_id = db.session(), current_actor().village_id
    draft = opened(draft_id)
    taken = service.steps(session, village_id, draft_id)
    votes = {name: service.votes_of(row) for name, row in taken.items()}
    next_step = _next(draft.row.status, taken)
    force = ForceForm()
    today = village_date(clock.now())
    months = [Month.of(today) + number for number in range(1, 13)]
    force.offer({month.first: full_day(month.first) for month in months})
    if form is None and next_step:
        form = _form_of(next_step, formdata=None, held_on=today)
    page = render_template(
        "desk/rule_draft_steps.html",
        draft=draft,
        taken=taken,
        votes=votes,
        names=rules.STEP_NAMES,
        assemblies=rules.ASSEMBLIES,
        next_step=next_step,
        form=form,
        force=force,
        has_passed=(decision := votes.get(rules.DECIDE)) is not None and decision.has_passed,
        sentence=sentence,
    )
    return page, status


def _next(status: str, taken: Container[str]) -> str:
    """The step to be recorded next; none where the draft is in other hands."""
    allowed = {rules.DELIBERATION: rules.BEFORE_FORCE, rules.ADOPTED: rules.STEPS}.get(status, ())
    return next((step for step in allowed if step not in taken), "")


@blueprint.get("/rule-drafts/<uuid:draft_id>/record")
@access("desk", "read", roles=DESK)
def deliberation_record(draft_id: UUID) -> ResponseReturnValue:
    """The six steps on paper."""
    session, village_id = db.session(), current_actor().village_id
    taken = service.steps(session, village_id, draft_id)
    return render_template(
        "desk/rule_draft_record.html",
        draft=opened(draft_id),
        village=session.get_one(Village, village_id),
        taken=taken,
        votes={name: service.votes_of(row) for name, row in taken.items()},
        names=rules.STEP_NAMES,
        assemblies=rules.ASSEMBLIES,
        now=clock.now(),
    )
