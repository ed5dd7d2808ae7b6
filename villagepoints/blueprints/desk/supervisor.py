"""监督小组: who is in it and until when, who may be chosen, who leaves."""

from collections.abc import Sequence
from uuid import UUID

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from villagepoints import clock
from villagepoints.access import OFFICE, access, current_actor
from villagepoints.blueprints.desk.blueprint import blueprint
from villagepoints.blueprints.desk.user import ADMINS
from villagepoints.blueprints.language import said
from villagepoints.domain.actor import ADMIN, CLERK
from villagepoints.domain.calendar import village_date
from villagepoints.domain.deliberation import ASSEMBLIES
from villagepoints.domain.errors import Refusal
from villagepoints.domain.supervision import LEAST, MOST
from villagepoints.extensions import db
from villagepoints.forms.base import beside, printable
from villagepoints.forms.supervision import AppointForm, EndForm
from villagepoints.services import household as households
from villagepoints.services import supervisor_appoint, supervisor_term
from villagepoints.services.paging import Wanted

RECORDS = frozenset({CLERK, ADMIN})
MOST_FOUND = 12  # households offered for a search


@blueprint.get("/supervisors")
@access("desk", "read", roles=OFFICE)
def supervisors() -> ResponseReturnValue:
    """The group, what is wrong with it, and the search for somebody new."""
    return _page(EndForm(formdata=None), None, "")


def _page(form: EndForm, ending: UUID | None, sentence: str) -> ResponseReturnValue:
    session, village_id, today = db.session(), current_actor().village_id, village_date(clock.now())
    terms = supervisor_term.terms(session, village_id, today)
    words, found, bars = request.args.get("who", ""), None, {}
    if words.strip():
        first = Wanted(size=MOST_FOUND, sort="number")
        found = households.search(session, village_id, households.Filter(words=words), first)
        bars = supervisor_appoint.bars(session, village_id, [row.id for row in found.rows], today)
    running = [term for term in terms if term.runs(today)]
    page = render_template(
        "desk/supervisors.html",
        running=running,
        coming=[term for term in terms if not term.runs(today) and not term.is_over(today)],
        over=[term for term in terms if term.is_over(today)],
        acting=sum(term.barred is None for term in running),
        least=LEAST,
        most=MOST,
        assemblies=ASSEMBLIES,
        words=words,
        found=found,
        bars={id_: said(error) for id_, error in bars.items()},
        barred={term.id: said(term.barred) for term in running if term.barred},
        form=form,
        ending=ending,
        sentence=sentence,
    )
    return page, 422 if sentence or form.errors else 200


@blueprint.route("/supervisors/new/<uuid:household_id>", methods=["GET", "POST"])
@access("desk", "write", roles=RECORDS)
def appoint_supervisor(household_id: UUID) -> ResponseReturnValue:
    """Choose who of the household, and write down what the assembly decided."""
    session, actor, today = db.session(), current_actor(), village_date(clock.now())
    household = households.get(session, actor.village_id, household_id)
    people = supervisor_appoint.candidates(session, actor.village_id, household_id, today)
    free = [one for one in people if one.barred is None]
    form, sentence = AppointForm(), ""
    form.person.choices = [(str(one.resident_id), one.name) for one in free]
    if request.method == "GET":
        form.from_on.data = today
        form.person.data = str(free[0].resident_id) if len(free) == 1 else None
    elif form.validate_on_submit():
        try:
            supervisor_appoint.appoint(session, actor, choice=_choice(form, free), key=form.key.data, now=clock.now())
        except Refusal as error:
            sentence = beside(form, error.field, said(error))
        else:
            flash(_("登记好了。接下来：请管理员给他做一个登录链接；他登录后先设签字密码，就能开审核。"))
            return redirect(url_for("desk.supervisors"))
    page = render_template(
        "desk/supervisor_new.html",
        household=household,
        people=people,
        reasons={one.resident_id: said(one.barred) for one in people if one.barred},
        free=free,
        form=form,
        sentence=sentence,
    )
    return page, 422 if sentence or form.errors else 200


def _choice(form: AppointForm, people: Sequence[supervisor_appoint.Candidate]) -> supervisor_appoint.Choice:
    assert form.from_on.data is not None  # a form that was validated has both days
    assert form.until_on.data is not None
    chosen = next(one for one in people if str(one.resident_id) == form.person.data)
    return supervisor_appoint.Choice(
        resident_id=chosen.resident_id,
        login_name=form.login_name.data or chosen.login_name,
        from_on=form.from_on.data,
        until_on=form.until_on.data,
        assembly=form.assembly.data or "",
        document=form.document.data or "",
        contact=form.contact.data or "",
    )


@blueprint.post("/supervisors/<uuid:supervisor_id>/end")
@access("desk", "write", roles=RECORDS)
def end_supervisor(supervisor_id: UUID) -> ResponseReturnValue:
    """Somebody leaves before the term is over."""
    form, sentence = EndForm(), ""
    if form.validate_on_submit():
        reason, key = form.reason.data or "", form.key.data
        try:
            supervisor_term.end(
                db.session(), current_actor(), supervisor_id=supervisor_id, reason=reason, key=key, now=clock.now()
            )
        except Refusal as error:
            sentence = beside(form, error.field, said(error))
        else:
            flash(_("记下了。他的账号从现在起不能再办监督的事；他看过的、签过的都留着。"))
            return redirect(url_for("desk.supervisors"))
    return _page(form, supervisor_id, sentence)


@blueprint.post("/supervisors/<uuid:supervisor_id>/pin")
@access("desk", "approve", roles=ADMINS)
def clear_signing_pin(supervisor_id: UUID) -> ResponseReturnValue:
    """Forget a PIN that its member forgot."""
    key = printable(request.form.get("key"))
    try:
        supervisor_term.clear_pin(db.session(), current_actor(), supervisor_id=supervisor_id, key=key, now=clock.now())
    except Refusal as error:
        return _page(EndForm(formdata=None), None, said(error))
    flash(_("签字密码清掉了，留了记录。请本人登录后自己设一个新的。"))
    return redirect(url_for("desk.supervisors"))
