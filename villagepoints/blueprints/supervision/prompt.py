"""值得看一看的: what in the month's figures a member looks into, with the rows behind it; never a verdict."""

from uuid import UUID

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from villagepoints import clock
from villagepoints.access import SUPERVISION, access, current_actor
from villagepoints.blueprints.language import said
from villagepoints.blueprints.supervision.blueprint import blueprint
from villagepoints.blueprints.supervision.prompt_words import figures_of, hint, sentence
from villagepoints.blueprints.trail_words import ACT_NAMES
from villagepoints.domain.audit import OPEN, PROBLEM, PROMPT_STATES
from villagepoints.domain.calendar import village_date
from villagepoints.domain.errors import Refusal
from villagepoints.domain.prompt import KINDS, ORDER
from villagepoints.extensions import db
from villagepoints.forms.base import beside
from villagepoints.forms.prompt import PromptForm
from villagepoints.services import audit as audits
from villagepoints.services import prompt as service
from villagepoints.services import prompt_rows, supervisor
from villagepoints.services.paging import Wanted

SIZE = 20  # rows on a page of the phone


@blueprint.get("/audits/<uuid:audit_id>/prompts")
@access("supervision", "read", roles=SUPERVISION)
def prompts(audit_id: UUID) -> ResponseReturnValue:
    """Everything that is worth a look, kind by kind."""
    session, village_id = db.session(), current_actor().village_id
    supervisor.current(session, current_actor(), village_date(clock.now()))
    audit = audits.one(session, village_id, audit_id)
    rows = service.of_audit(session, village_id, audit_id)
    names = prompt_rows.names(session, village_id, rows)
    return render_template(
        "supervision/prompts.html",
        audit=audit,
        kinds=[(KINDS[kind], [row for row in rows if row.kind == kind]) for kind in ORDER],
        left=sum(row.status == OPEN for row in rows),
        all=len(rows),
        says={row.id: sentence(row, names) for row in rows},
        figures={row.id: figures_of(row) for row in rows},
        hints={row.id: hint(row) for row in rows},
        states=PROMPT_STATES,
    )


@blueprint.get("/prompts/<uuid:prompt_id>")
@access("supervision", "read", roles=SUPERVISION)
def prompt(prompt_id: UUID) -> ResponseReturnValue:
    """One prompt: its figures, how they were reckoned, the rows behind it."""
    return _page(prompt_id, PromptForm(formdata=None))


@blueprint.post("/prompts/<uuid:prompt_id>")
@access("supervision", "write", roles=SUPERVISION)
def answer_prompt(prompt_id: UUID) -> ResponseReturnValue:
    """Keep what the member found out."""
    form = PromptForm()
    if not form.validate_on_submit():
        return _page(prompt_id, form)
    asked = {"status": form.status.data, "note": form.note.data, "now": clock.now()}
    try:
        service.answer(db.session(), current_actor(), key=form.key.data, prompt_id=prompt_id, **asked)
    except Refusal as error:
        return _page(prompt_id, form, beside(form, error.field, said(error)))
    if form.status.data == PROBLEM:
        flash(_("记下了。接着把它提成问题：要谁改、改什么、哪天前。"))
        return redirect(url_for("supervision.prompt", prompt_id=prompt_id), 303)
    flash(_("记下了，会和这条提示一起留着。"))
    row = service.one(db.session(), current_actor().village_id, prompt_id)
    return redirect(url_for("supervision.prompts", audit_id=row.audit_id), 303)


def _page(prompt_id: UUID, form: PromptForm, refusal: str = "") -> ResponseReturnValue:
    session, actor = db.session(), current_actor()
    member = supervisor.current(session, actor, village_date(clock.now()))
    row = service.one(session, actor.village_id, prompt_id)
    number = min(max(request.args.get("page", 1, type=int), 1), 10_000)
    if row.status != OPEN and not form.is_submitted():
        form.status.data, form.note.data = row.status, row.note
    page = render_template(
        "supervision/prompt.html",
        row=row,
        kind=KINDS[row.kind],
        audit=audits.one(session, actor.village_id, row.audit_id),
        says=sentence(row, prompt_rows.names(session, actor.village_id, [row])),
        figures=figures_of(row),
        hint=hint(row),
        states=PROMPT_STATES,
        page=prompt_rows.page(session, row, Wanted(number=number, size=SIZE)),
        acts=ACT_NAMES,
        form=form,
        refusal=refusal,
        why_not=service.why_not(session, member, row),
        answered_by=service.answered_by(session, row),
    )
    return page, 422 if refusal or form.errors else 200
