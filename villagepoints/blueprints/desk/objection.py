"""异议: the list by its dates, one with its whole story, filing one at the window, answering, the letter."""

from datetime import date
from functools import partial
from uuid import UUID

from flask import current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from villagepoints import clock
from villagepoints.access import BOOKS, OFFICE, access, current_actor
from villagepoints.blueprints.desk.blueprint import blueprint
from villagepoints.blueprints.desk.chosen import choose_household
from villagepoints.blueprints.desk.listing import Cell, Column, Field, Table, listed, search, show, tabs
from villagepoints.blueprints.desk.listing import asked as known
from villagepoints.blueprints.desk.navigation import is_open
from villagepoints.blueprints.desk.row_words import OBJECTIONS, VIA, mark, objected_of
from villagepoints.blueprints.filters import day
from villagepoints.blueprints.language import said
from villagepoints.blueprints.objection import asked
from villagepoints.blueprints.photos import uploads
from villagepoints.domain.calendar import Month, village_date
from villagepoints.domain.errors import N_, NotFound, Refusal
from villagepoints.domain.objection import OPEN, PAPER, UPHELD, first_posted
from villagepoints.extensions import db
from villagepoints.forms.objection import AnswerForm, DeskObjectionForm
from villagepoints.models import Village
from villagepoints.services import evidence, objection_choice, objection_list, objection_subject, rulebook, statement
from villagepoints.services import household as households
from villagepoints.services import objection as service
from villagepoints.services.objection_list import ObjectionRow
from villagepoints.services.paging import Wanted

LATEST = 25  # entries to choose from
ALL = "all"
OBJECTIONS_LIST = listed("desk.objections", N_("异议"))


@blueprint.get("/objections")
@access("desk", "read", roles=OFFICE)
def objections() -> ResponseReturnValue:
    """The objections of a status, the open ones by their target day."""
    status, today = known("status", OBJECTIONS, OPEN), village_date(clock.now())
    which = objection_list.Filter(
        status="" if status == ALL else status,
        due_by=today if request.args.get("due") == "1" else None,
        words=request.args.get("who", ""),
    )
    session, village_id = db.session(), current_actor().village_id
    due = Field("due", _("期限"), "1" if which.due_by else "", [("1", _("该答复了"))])
    return show(
        OBJECTIONS_LIST,
        "desk/objections.html",
        _table(status, today),
        partial(objection_list.listed, session, village_id, which),
        [
            tabs("status", _("异议"), status, OBJECTIONS, "objections"),
            search("who", _("户号、姓名或第几号"), which.words),
            *([due] if status == OPEN else []),
        ],
        figures=objection_list.figures(session, village_id, today),
        empty=_("没有等着答复的。村民在手机上提的、在窗口登记的异议，会排在这里。")
        if status == OPEN and not which.words
        else _("还没有。"),
    )


def _table(status: str, today: date) -> Table[ObjectionRow]:
    def state(row: ObjectionRow) -> Cell:
        if row.is_late(today):
            return Cell(_("超期 %(days)s 天", days=(today - row.limit_on).days), look="mark red")
        if row.is_due(today):
            return Cell(_("该答复了，最晚 %(day)s", day=day(row.limit_on)), look="mark gold")
        return Cell(_(OBJECTIONS[row.status]), look=mark(row.status))

    until: Column[ObjectionRow] = Column(_("答复期限"), lambda row: row.due_on, "due", "nowrap", is_named=True)
    settled: Column[ObjectionRow] = Column(_("哪天答复"), lambda row: row.decided_on, look="nowrap", is_named=True)
    return Table(
        columns=[
            Column(_("第几号"), lambda row: row.number, "number", "num"),
            Column(_("哪天提的"), lambda row: row.filed_on, "filed", "nowrap"),
            Column(_("怎么提的"), lambda row: _(VIA[row.via]), look="soft"),
            Column(_("谁提的"), lambda row: f"{row.household} {row.head_name}" if row.household else row.objector),
            Column(_("说的是"), objected_of, look="wide"),
            Column(_("哪一户的"), _about, "about", is_named=True),
            Column(_("怎么说"), lambda row: row.words, look="wide"),
            until if status == OPEN else settled,
            Column(_("情况"), state),
        ],
        opens=lambda row: url_for("desk.objection", objection_id=row.id),
        next_step=lambda row: _("答复") if row.status == OPEN and is_open("desk.answer_objection") else _("看"),
    )


def _about(row: ObjectionRow) -> Cell:
    url = url_for("desk.household", household_id=row.about_household_id)
    return Cell(f"{row.about} {row.about_head_name}", url)


@blueprint.get("/objections/new")
@access("desk", "read", roles=BOOKS)
def new_objection() -> ResponseReturnValue:
    """Choose the household whose entry, item or finding it is about."""
    return choose_household("desk/objection_household.html", onward="desk.choose_objection")


@blueprint.get("/households/<uuid:household_id>/objection")
@access("desk", "read", roles=BOOKS)
def choose_objection(household_id: UUID) -> ResponseReturnValue:
    """Choose what it is about; then the form."""
    if {"entry", "finding", "claim"} & request.args.keys():
        return _form_page(household_id, DeskObjectionForm(formdata=None))
    session, village_id = db.session(), current_actor().village_id
    today = village_date(clock.now())
    return render_template(
        "desk/objection_choice.html",
        household=households.get(session, village_id, household_id),
        claims=objection_choice.on_notices(session, village_id, household_id),
        findings=objection_choice.open_findings(session, village_id, household_id, (Month.of(today) - 1).first),
        entries=statement.of_household(session, village_id, household_id, Wanted(size=LATEST)).rows,
        since=first_posted(rulebook.in_force(session, village_id, today), today),
    )


@blueprint.post("/households/<uuid:household_id>/objection")
@access("desk", "write", roles=BOOKS)
def file_objection(household_id: UUID) -> ResponseReturnValue:
    """Keep what was said at the window or handed in on paper."""
    form = DeskObjectionForm()
    if not form.validate_on_submit():
        return _form_page(household_id, form)
    session, actor, about = db.session(), current_actor(), asked(household_id)
    by_household, by_name = objection_list.named(session, actor.village_id, form.objector.data or "", household_id)
    try:
        with evidence.prepared(current_app.config["INSTANCE"], uploads()) as photos:
            objection_id = service.file(
                session,
                actor,
                key=form.key.data,
                about=about,
                words=form.words.data,
                via=form.via.data,
                filed_on=form.filed_on.data if form.via.data == PAPER else None,
                household_id=by_household,
                objector=by_name,
                photos=photos,
                now=clock.now(),
            )
    except Refusal as error:
        return _form_page(household_id, form, said(error))
    flash(_("登记好了。答复的日子写在下面，要请没有经手过的人来答复。"))
    return redirect(url_for("desk.objection", objection_id=objection_id))


def _form_page(household_id: UUID, form: DeskObjectionForm, sentence: str = "") -> ResponseReturnValue:
    session, actor, about = db.session(), current_actor(), asked(household_id)
    found = objection_choice.prospect(session, actor, about, village_date(clock.now()))
    if found.subject.household_id != household_id:
        raise NotFound(_("这户没有这一条。"))
    household = households.get(session, actor.village_id, household_id)
    page = render_template(
        "desk/objection_form.html", household=household, prospect=found, form=form, sentence=sentence
    )
    return page, 422 if sentence or form.errors else 200


@blueprint.get("/objections/<uuid:objection_id>")
@access("desk", "read", roles=OFFICE)
def objection(objection_id: UUID) -> ResponseReturnValue:
    """One objection with its whole story."""
    return _page(objection_id, AnswerForm(formdata=None))


@blueprint.post("/objections/<uuid:objection_id>")
@access("desk", "approve", roles=OFFICE)
def answer_objection(objection_id: UUID) -> ResponseReturnValue:
    """Answer it: right, and put right at once, or left as it is with the reason.

    The office at large may: where everybody who writes points had a hand in it, somebody must still be left.
    """
    form = AnswerForm()
    if not form.validate_on_submit():
        return _page(objection_id, form)
    try:
        status = service.decide(
            db.session(),
            current_actor(),
            key=form.key.data,
            objection_id=objection_id,
            is_right=request.form.get("decision") == UPHELD,
            reason=form.reason.data or "",
            points=form.points.data,
            now=clock.now(),
        )
    except Refusal as error:
        return _page(objection_id, form, said(error))
    if status == OPEN:
        flash(_("你的意见记下了。这一条分值大，还要另一个人也认为提得对才改。"), "note")
    elif status == UPHELD:
        flash(_("答复好了，已经改过来；提异议的人手机上看得到。要送上门，就打印答复。"))
    else:
        flash(_("答复好了，没有改；原因提异议的人看得到。要送上门，就打印答复。"))
    return redirect(url_for("desk.objection", objection_id=objection_id))


@blueprint.post("/objections/<uuid:objection_id>/withdraw")
@access("desk", "write", roles=OFFICE)
def withdraw_objection(objection_id: UUID) -> ResponseReturnValue:
    """Take back one that was taken down here, as whoever raised it asked."""
    form = AnswerForm()
    if not form.validate_on_submit():
        return _page(objection_id, form)
    try:
        service.withdraw(
            db.session(),
            current_actor(),
            key=form.key.data,
            objection_id=objection_id,
            reason=form.reason.data or "",
            now=clock.now(),
        )
    except Refusal as error:
        return _page(objection_id, form, said(error))
    flash(_("撤回了，什么都没有改。"))
    return redirect(url_for("desk.objection", objection_id=objection_id))


def _page(objection_id: UUID, form: AnswerForm, sentence: str = "") -> ResponseReturnValue:
    session, actor = db.session(), current_actor()
    row = objection_list.one(session, actor.village_id, objection_id)
    subject = objection_subject.load(session, actor.village_id, objection_subject.About.of(row))
    page = render_template(
        "desk/objection.html",
        row=row,
        subject=subject,
        people=objection_list.names(session, actor.village_id, row, subject),
        photos=objection_list.photos(session, actor.village_id, row, subject),
        earlier=objection_list.earlier(session, actor.village_id, row),
        hindrance=service.hindrance(session, actor, row, subject),
        form=form,
        sentence=sentence,
    )
    return page, 422 if sentence or form.errors else 200


@blueprint.get("/objections/<uuid:objection_id>/letter")
@access("desk", "read", roles=OFFICE)
def objection_letter(objection_id: UUID) -> ResponseReturnValue:
    """The answer on paper, for who has no phone: to print, sign and hand over."""
    session, village_id = db.session(), current_actor().village_id
    row = objection_list.one(session, village_id, objection_id)
    subject = objection_subject.load(session, village_id, objection_subject.About.of(row))
    return render_template(
        "desk/objection_letter.html",
        row=row,
        subject=subject,
        people=objection_list.names(session, village_id, row, subject),
        village=session.get_one(Village, village_id),
        now=clock.now(),
    )
