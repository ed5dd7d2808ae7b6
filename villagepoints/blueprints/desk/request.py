"""村民反映: what households told or asked, who waits longest first; answering one; typing in what was said here."""

from datetime import date
from functools import partial
from uuid import UUID

from flask import current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from villagepoints import clock
from villagepoints.access import OFFICE, access, current_actor
from villagepoints.blueprints.desk.blueprint import blueprint
from villagepoints.blueprints.desk.listing import Cell, Column, Field, Table, asked, listed, search, show, tabs
from villagepoints.blueprints.desk.row_words import REQUESTS, mark, of_household, told_of
from villagepoints.blueprints.language import said
from villagepoints.blueprints.photos import uploads
from villagepoints.domain.actor import GRID_WORKER
from villagepoints.domain.calendar import village_date
from villagepoints.domain.errors import N_, Refusal
from villagepoints.domain.service_request import KINDS, OPEN, VISIT, Kind, kind_of
from villagepoints.extensions import db
from villagepoints.forms.base import beside
from villagepoints.forms.service_request import AnswerForm, RequestForm
from villagepoints.services import evidence, service_request_list
from villagepoints.services import household as households
from villagepoints.services import service_request as service
from villagepoints.services.service_request_list import RequestRow

ALL = "all"
LONG = 7  # days after which waiting is long
REQUESTS_LIST = listed("desk.requests", N_("村民反映"))
CARE = OFFICE | {GRID_WORKER}  # who goes to see for themselves may say so


@blueprint.get("/requests")
@access("desk", "read", roles=CARE)
def requests() -> ResponseReturnValue:
    """The requests of a status and a kind."""
    status = asked("status", REQUESTS, OPEN)
    which = service_request_list.Filter(
        status="" if status == ALL else status,
        kind=asked("kind", KINDS),
        words=request.args.get("who", ""),
    )
    return show(
        REQUESTS_LIST,
        "desk/requests.html",
        _table(status, village_date(clock.now())),
        partial(service_request_list.listed, db.session(), current_actor().village_id, which),
        [
            tabs("status", _("村民反映"), status, REQUESTS, "requests"),
            Field("kind", _("哪一类"), which.kind, [(kind.code, _(kind.name)) for kind in KINDS.values()]),
            search("who", _("户号、姓名、第几号或说的话"), which.words),
        ],
        empty=_("没有等着答复的。村民在手机「帮忙」里说的，和打开一户点「记他说的事」登记的，会排在这里。")
        if status == OPEN and not which.words and not which.kind
        else _("没有这样的。"),
    )


def _table(status: str, today: date) -> Table[RequestRow]:
    def waited(row: RequestRow) -> Cell:
        days = (today - row.filed_on).days
        return Cell(days, look="mark gold" if days >= LONG else "")

    waits: list[Column[RequestRow]] = [Column(_("等了几天"), waited, look="num")]
    settled: list[Column[RequestRow]] = [
        Column(_("情况"), lambda row: Cell(_(REQUESTS[row.status]), look=mark(row.status)), look="nowrap"),
        Column(_("哪天答复"), lambda row: row.answered_on, look="nowrap", is_named=True),
        Column(_("怎么答复"), lambda row: row.answer, look="wide", is_named=True),
    ]
    return Table(
        columns=[
            Column(_("第几号"), lambda row: row.number, "number", "num"),
            Column(_("哪天说的"), lambda row: row.filed_on, "filed", "nowrap"),
            Column(_("户号"), lambda row: row.household, "household", "nowrap"),
            Column(_("户主"), of_household, look="nowrap"),
            Column(_("组"), lambda row: row.group_no, "group", is_named=True),
            Column(_("老人户"), lambda row: Cell(_("是") if row.is_elder else "", look="mark gold"), is_named=True),
            Column(_("哪一类"), lambda row: _(KINDS[row.kind].name), "kind", "nowrap"),
            Column(_("怎么说"), told_of, look="wide"),
            Column(_("照片"), lambda row: row.photos or None, look="num"),
            Column(_("谁登记的"), lambda row: row.writer, look="soft"),
            *(waits if status == OPEN else settled),
        ],
        opens=lambda row: url_for("desk.request_", request_id=row.id),
        next_step=lambda row: _("答复") if row.status == OPEN else _("看"),
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
