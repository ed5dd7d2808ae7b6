"""现场核对: the sample in the order of the lanes, and one item of it before the door or the shelf."""

from typing import Any
from uuid import UUID

from flask import current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from villagepoints import clock
from villagepoints.access import SUPERVISION, access, current_actor
from villagepoints.blueprints import outbox
from villagepoints.blueprints.language import said
from villagepoints.blueprints.photos import uploads
from villagepoints.blueprints.supervision.blueprint import blueprint
from villagepoints.domain.audit import RESULTS, UNCLEAR
from villagepoints.domain.calendar import village_date
from villagepoints.domain.errors import BadInput, DomainError, Refusal
from villagepoints.domain.finding import MOST_AT_ONCE
from villagepoints.domain.ledger import KINDS
from villagepoints.domain.supervision import Ties
from villagepoints.extensions import db
from villagepoints.forms.audit_look import COUNT, SCORE, LookForm
from villagepoints.models import Audit
from villagepoints.services import audit as audits
from villagepoints.services import audit_look, audit_walk, evidence, supervisor
from villagepoints.services.audit_look import Recorded, Said
from villagepoints.services.audit_task import Task
from villagepoints.services.paging import Wanted

FOUND = "found-"  # before an item's code: how many were found of it


@blueprint.get("/audits/<uuid:audit_id>/walk")
@access("supervision", "read", roles=SUPERVISION)
def walk(audit_id: UUID) -> ResponseReturnValue:
    """What is to be looked at, in the order of the lanes: what is left, or (`show=all`) everything."""
    session = db.session()
    audit, ties = _audit(audit_id)
    progress = audit_walk.progress(session, audit)
    parts = [one.part for one in progress]
    part = request.args.get("part", "")
    part = part if part in parts else next((one.part for one in progress if one.looked < one.drawn), "household")
    number = min(max(request.args.get("page", 1, type=int), 1), 10_000)
    wanted, is_all = Wanted(number=number, size=audit_walk.PAGE), request.args.get("show") == "all"
    page = audit_walk.stops(session, audit, ties, part, wanted, is_left_only=not is_all)
    return render_template(
        "supervision/walk.html", audit=audit, progress=progress, part=part, page=page, is_all=is_all, **_words()
    )


@blueprint.get("/audits/<uuid:audit_id>/items/<uuid:item_id>")
@access("supervision", "read", roles=SUPERVISION)
def look(audit_id: UUID, item_id: UUID) -> ResponseReturnValue:
    """One item: what the books say, and whether that is so."""
    return _page(audit_id, item_id, "", 200)


@blueprint.post("/audits/<uuid:audit_id>/items/<uuid:item_id>")
@access("supervision", "write", roles=SUPERVISION)
def record_look(audit_id: UUID, item_id: UUID) -> ResponseReturnValue:
    """Record what was seen; whoever sent it without a page is answered with what there is to say and to show."""
    form, session = LookForm(), db.session()
    try:
        if not form.validate_on_submit():
            raise BadInput(" ".join(str(one) for errors in form.errors.values() for one in errors))
        with evidence.prepared(current_app.config["INSTANCE"], uploads()) as photos:
            recorded = audit_look.record(
                session,
                current_actor(),
                key=form.key.data,
                audit_id=audit_id,
                item_id=item_id,
                said=_told(form),
                photos=photos,
                now=clock.now(),
            )
    except DomainError as error:
        if outbox.asks():
            return outbox.refused(said(error), error.status)
        if not isinstance(error, Refusal):
            raise
        return _page(audit_id, item_id, said(error), error.status)
    return _recorded(audit_id, item_id, recorded)


def _told(form: LookForm) -> Said:
    """What the form tells: the button says how to read it."""
    pressed = form.result.data or ""
    scores = None
    if pressed == SCORE:
        found = {name[len(FOUND) :]: value for name, value in request.form.items() if name.startswith(FOUND)}
        scores = {code[:8]: int(n) if n.isascii() and n.isdigit() and len(n) < 4 else -1 for code, n in found.items()}
    return Said(
        result="" if pressed in (SCORE, COUNT) else pressed,
        note=form.note.data or "",
        scores=scores,
        counted=form.counted.data if pressed == COUNT else None,
        looked_at=form.moment,
    )


def _recorded(audit_id: UUID, item_id: UUID, recorded: Recorded) -> ResponseReturnValue:
    session = db.session()
    audit, ties = _audit(audit_id)
    task = audit_walk.one(session, audit, ties, item_id)
    sentence = _sentence(task, recorded)
    if outbox.asks():
        html = render_template("supervision/_task.html", task=task, audit=audit, is_in_walk=True, **_words())
        return outbox.done(sentence, html=html, matters=recorded.is_corrected or recorded.is_overtaken)
    flash(sentence)
    onward = None if task.waits_for_word else audit_walk.following(session, audit, task)
    if task.waits_for_word or onward is not None:
        return redirect(url_for("supervision.look", audit_id=audit_id, item_id=onward or item_id), 303)
    return redirect(url_for("supervision.walk", audit_id=audit_id), 303)


def _sentence(task: Task, recorded: Recorded) -> str:
    look = next(one for one in task.looks if one.id == recorded.look_id)
    if task.waits_for_word and look.scores is not None:
        words = [_("打分记下了，和账上的不一样。看看差在哪里，再点对得上还是对不上。")]
    elif look.counted is not None and look.scores is not None:
        in_books = task.in_books
        words = [_("记下了：账上 %(books)s 件，数出来 %(counted)s 件。", books=in_books, counted=look.counted)]
    else:
        words = [_("记下了：%(result)s。", result=_(RESULTS[recorded.result]))]
    if recorded.is_corrected:
        words.append(_("手机的时间不准，记的是收到的时间。"))
    if recorded.is_overtaken:
        words.append(_("后来有人又看过，以后看的为准，你这次的也留着。"))
    return "".join(words)


def _audit(audit_id: UUID) -> tuple[Audit, Ties]:
    session, actor = db.session(), current_actor()
    member = supervisor.current(session, actor, village_date(clock.now()))
    return audits.one(session, actor.village_id, audit_id), supervisor.ties(session, member)


def _words() -> dict[str, Any]:
    return {"results": RESULTS, "unclear": UNCLEAR, "found": FOUND, "most": MOST_AT_ONCE, "kind_names": KINDS}


def _page(audit_id: UUID, item_id: UUID, sentence: str, status: int) -> ResponseReturnValue:
    session = db.session()
    audit, ties = _audit(audit_id)
    task = audit_walk.one(session, audit, ties, item_id)
    onward = audit_walk.following(session, audit, task)
    typed = LookForm() if sentence else LookForm(formdata=None)
    page = render_template(
        "supervision/look.html", audit=audit, task=task, onward=onward, sentence=sentence, typed=typed, **_words()
    )
    return page, status
