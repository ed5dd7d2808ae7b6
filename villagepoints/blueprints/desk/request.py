"""村民反映: what households told or asked, who waits longest first; answering one; typing in what was said here."""

from uuid import UUID

from flask import current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from villagepoints import clock
from villagepoints.access import OFFICE, access, current_actor
from villagepoints.blueprints.desk.blueprint import blueprint
from villagepoints.blueprints.desk.context import wanted
from villagepoints.blueprints.language import said
from villagepoints.blueprints.photos import uploads
from villagepoints.domain.actor import GRID_WORKER
from villagepoints.domain.errors import Refusal
from villagepoints.domain.service_request import KINDS, OPEN, STATUSES, VISIT, Kind, kind_of
from villagepoints.extensions import db
from villagepoints.forms.base import beside
from villagepoints.forms.service_request import AnswerForm, RequestForm
from villagepoints.services import evidence, service_request_list
from villagepoints.services import household as households
from villagepoints.services import service_request as service

ALL = "all"
CARE = OFFICE | {GRID_WORKER}  # who goes to see for themselves may say so


@blueprint.get("/requests")
@access("desk", "read", roles=CARE)
def requests() -> ResponseReturnValue:
    """The requests of a status and a kind."""
    status, kind = request.args.get("status", OPEN), request.args.get("kind", "")
    status = status if status in (*STATUSES, ALL) else OPEN
    which = service_request_list.Filter(
        status="" if status == ALL else status,
        kind=kind if kind in KINDS else "",
        words=request.args.get("who", ""),
    )
    page = service_request_list.listed(db.session(), current_actor().village_id, which, wanted())
    return render_template(
        "desk/requests.html", page=page, status=status, statuses=(*STATUSES, ALL), which=which, kinds=KINDS
    )


@blueprint.get("/requests/<uuid:request_id>")
@access("desk", "read", roles=CARE)
def request_(request_id: UUID) -> ResponseReturnValue:
    """One request, and the form of its answer."""
    return _page(request_id, AnswerForm(formdata=None))


@blueprint.post("/requests/<uuid:request_id>")
@access("desk", "write", roles=CARE)
def answer_request(request_id: UUID) -> ResponseReturnValue:
    """Answer it in words the household reads."""
    session, actor, form = db.session(), current_actor(), AnswerForm()
    form.offer(KINDS[service_request_list.one(session, actor.village_id, request_id).kind])
    if not form.validate_on_submit():
        return _page(request_id, form)
    try:
        answered = service.answer(
            session,
            actor,
            key=form.key.data,
            request_id=request_id,
            words=form.said,
            with_same=form.with_same.data,
            now=clock.now(),
        )
    except Refusal as error:
        return _page(request_id, form, said(error))
    flash(_("%(n)s 户答复好了，手机上看得到。没有手机的，请打个电话说一声。", n=answered))
    return redirect(url_for("desk.requests"))  # the next one waits there


def _page(request_id: UUID, form: AnswerForm, sentence: str = "") -> ResponseReturnValue:
    session, actor = db.session(), current_actor()
    row = service_request_list.one(session, actor.village_id, request_id)
    form.offer(KINDS[row.kind])
    page = render_template(
        "desk/request.html",
        row=row,
        kind=KINDS[row.kind],
        photos=evidence.of(session, actor.village_id, service_request_id=row.id) if row.photos else (),
        people=[one for one in households.residents(session, actor.village_id, row.household_id) if one.phone],
        is_concerned=service.is_concerned(session, actor, row.household_id),
        same=service_request_list.count_same(session, actor.village_id, row) if row.reward_id else 0,
        form=form,
        sentence=sentence,
    )
    return page, 422 if sentence or form.errors else 200


@blueprint.get("/households/<uuid:household_id>/request")
@access("desk", "read", roles=CARE)
def new_request(household_id: UUID) -> ResponseReturnValue:
    """Type in what somebody of the household said at the window or on the telephone."""
    return _form_page(household_id, _asked_kind(), RequestForm(formdata=None))


@blueprint.post("/households/<uuid:household_id>/request")
@access("desk", "write", roles=CARE)
def file_request(household_id: UUID) -> ResponseReturnValue:
    """Keep it in the household's name."""
    form, kind = RequestForm(), _asked_kind()
    if not form.validate_on_submit():
        return _form_page(household_id, kind, form)
    try:
        with evidence.prepared(current_app.config["INSTANCE"], uploads()) as photos:
            request_id = service.file(
                db.session(),
                current_actor(),
                key=form.key.data,
                kind=kind.code,
                choice=form.choice.data or "",
                words=form.words.data or "",
                household_id=household_id,
                photos=photos,
                now=clock.now(),
            )
    except Refusal as error:
        return _form_page(household_id, kind, form, beside(form, error.field, said(error)))
    flash(_("记下了，排在「村民反映」里等答复。"))
    return redirect(url_for("desk.request_", request_id=request_id))


def _asked_kind() -> Kind:
    return kind_of(request.args.get("kind", VISIT))


def _form_page(household_id: UUID, kind: Kind, form: RequestForm, sentence: str = "") -> ResponseReturnValue:
    household = households.get(db.session(), current_actor().village_id, household_id)
    page = render_template(
        "desk/request_form.html", household=household, kind=kind, kinds=KINDS, form=form, sentence=sentence
    )
    return page, 422 if sentence or form.errors else 200
