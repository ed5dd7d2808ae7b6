"""问题: what the audits found wrong, who sees to it and by when, and the group's recheck."""

from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID

from flask import current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from villagepoints import clock
from villagepoints.access import SUPERVISION, access, current_actor
from villagepoints.blueprints.language import said
from villagepoints.blueprints.photos import uploads
from villagepoints.blueprints.problem_words import NARROWED, words
from villagepoints.blueprints.supervision.blueprint import blueprint
from villagepoints.domain import audit_problem as rules
from villagepoints.domain.audit import REMEDIES
from villagepoints.domain.calendar import village_date
from villagepoints.domain.errors import N_, DomainError, NotFound, Refusal
from villagepoints.extensions import db
from villagepoints.forms.audit_problem import BackForm, CloseForm, RaiseForm, WithdrawForm
from villagepoints.forms.base import KeyedForm, beside
from villagepoints.models import Audit, Supervisor
from villagepoints.services import audit_problem as service
from villagepoints.services import (
    audit_problem_list,
    audit_problem_story,
    audit_problem_subject,
    audit_rule,
    evidence,
    supervisor,
)
from villagepoints.services import household as households
from villagepoints.services.audit_problem_list import UNDER_WAY, Filter
from villagepoints.services.audit_problem_story import Whole
from villagepoints.services.audit_problem_subject import About, Subject
from villagepoints.services.paging import Wanted

SIZE = 30  # problems on a page of the phone


@blueprint.get("/problems")
@access("supervision", "read", roles=SUPERVISION)
def problems() -> ResponseReturnValue:
    """The problems of all audits: what is under way first, by its day."""
    session, village_id = db.session(), _member().village_id
    status = request.args.get("status", UNDER_WAY)
    months = audit_problem_list.months(session, village_id)
    month = request.args.get("month", "")
    which = Filter(
        status=status if status in NARROWED else UNDER_WAY,
        month=month if month in months else "",
        words=request.args.get("q", ""),
    )
    number = min(max(request.args.get("page", 1, type=int), 1), 10_000)
    page = audit_problem_list.listed(session, village_id, which, Wanted(number=number, size=SIZE))
    return render_template(
        "supervision/problems.html",
        page=page,
        which=which,
        months=months,
        states=NARROWED,
        audit=audit_problem_subject.open_audit(session, village_id, About()),
    )


@blueprint.get("/problems/new")
@access("supervision", "read", roles=SUPERVISION)
def new_problem() -> ResponseReturnValue:
    """Write down a problem: out of an item of the sample (`item_id`), a prompt (`prompt_id`), or freely."""
    audit, about = _audit(), _asked()
    session, today = db.session(), village_date(clock.now())
    subject = audit_problem_subject.prospect(session, audit, about)
    form = RaiseForm(
        formdata=None,
        text=audit_problem_subject.words_of(session, subject),
        remedy=audit_problem_subject.suggested(session, subject, today),
        due_on=today + timedelta(days=audit_rule.of_village(session, audit.village_id).due_days),
    )
    return _form_page(audit, subject, form)


@blueprint.post("/problems/new")
@access("supervision", "write", roles=SUPERVISION)
def raise_problem() -> ResponseReturnValue:
    """Keep it; its owner finds it on the front page of the desk."""
    session, actor, audit, form = db.session(), current_actor(), _audit(), RaiseForm()
    subject = audit_problem_subject.prospect(session, audit, _asked())
    _offer(form, subject)
    if not form.validate_on_submit():
        return _form_page(audit, subject, form)
    try:
        problem_id = service.raise_problem(
            session,
            actor,
            key=form.key.data,
            audit_id=audit.id,
            about=_typed(subject.about, form),
            text=form.text.data,
            remedy=form.remedy.data,
            owner_id=UUID(form.owner.data),
            due_on=form.due_on.data or village_date(clock.now()),
            now=clock.now(),
        )
    except DomainError as error:
        field = {"owner_id": "owner", "entry_seq": "entry"}.get(error.field, error.field)
        return _form_page(audit, subject, form, beside(form, field, said(error)))
    flash(_("记下了。经办人的工作台上看得到，办完会回到这里等你们复查。"))
    return redirect(url_for("supervision.problem", problem_id=problem_id), 303)


@blueprint.get("/problems/<uuid:problem_id>")
@access("supervision", "read", roles=SUPERVISION)
def problem(problem_id: UUID) -> ResponseReturnValue:
    """One problem with its story, and what the group can do now."""
    return _page(problem_id)


@blueprint.post("/problems/<uuid:problem_id>/close")
@access("supervision", "write", roles=SUPERVISION)
def close_problem(problem_id: UUID) -> ResponseReturnValue:
    """End it after the recheck."""
    form = CloseForm()
    if not form.validate_on_submit():
        return _page(problem_id, close=form)
    try:
        with evidence.prepared(current_app.config["INSTANCE"], uploads()) as photos:
            asked: dict[str, Any] = {"outcome": form.outcome.data, "photos": photos, "now": clock.now()}
            service.close(db.session(), current_actor(), key=form.key.data, problem_id=problem_id, **asked)
    except Refusal as error:
        return _page(problem_id, close=form, sentence=said(error))
    flash(_("了结了，会写进报告。"))
    return redirect(url_for("supervision.problem", problem_id=problem_id), 303)


@blueprint.post("/problems/<uuid:problem_id>/back")
@access("supervision", "write", roles=SUPERVISION)
def send_back_problem(problem_id: UUID) -> ResponseReturnValue:
    """Ask for it to be seen to again."""
    form = BackForm()
    form.owner.choices = [(str(one.id), one.name) for one in _owners(_whole(problem_id))]
    if not form.validate_on_submit():
        return _page(problem_id, back=form)
    asked: dict[str, Any] = {
        "reason": form.reason.data,
        "owner_id": UUID(form.owner.data),
        "due_on": form.due_on.data,
        "now": clock.now(),
    }
    try:
        service.send_back(db.session(), current_actor(), key=form.key.data, problem_id=problem_id, **asked)
    except Refusal as error:
        return _page(problem_id, back=form, sentence=beside(form, error.field, said(error)))
    flash(_("请经办人再办了，新的日子写在下面。"))
    return redirect(url_for("supervision.problem", problem_id=problem_id), 303)


@blueprint.post("/problems/<uuid:problem_id>/withdraw")
@access("supervision", "write", roles=SUPERVISION)
def withdraw_problem(problem_id: UUID) -> ResponseReturnValue:
    """Take back what was no problem."""
    form = WithdrawForm()
    if not form.validate_on_submit():
        return _page(problem_id, withdraw=form)
    asked: dict[str, Any] = {"reason": form.reason.data, "now": clock.now()}
    try:
        service.withdraw(db.session(), current_actor(), key=form.key.data, problem_id=problem_id, **asked)
    except Refusal as error:
        return _page(problem_id, withdraw=form, sentence=said(error))
    flash(_("撤回了。它还写在报告里，写明为什么。"))
    return redirect(url_for("supervision.problem", problem_id=problem_id), 303)


def _member() -> Supervisor:
    """Who asks; NotAllowed where their term is over: households' affairs are none of theirs any more."""
    return supervisor.current(db.session(), current_actor(), village_date(clock.now()))


def _asked() -> About:
    return About(
        item_id=request.args.get("item_id", type=UUID),
        prompt_id=request.args.get("prompt_id", type=UUID),
    )


def _audit() -> Audit:
    found = audit_problem_subject.open_audit(db.session(), _member().village_id, _asked())
    if found is None:
        raise NotFound(N_("现在没有在做的审核，提不了问题。开了审核再提。"))
    return found


def _typed(about: About, form: RaiseForm) -> About:
    """What it is about, with the household and entry that were typed where neither item nor prompt says them."""
    if about.item_id is not None or not form.household.data:
        return about
    session, village_id = db.session(), current_actor().village_id
    try:
        home = households.by_number(session, village_id, form.household.data)
    except NotFound as error:
        raise error.at("household") from None
    return replace(about, household_id=home.id, entry_seq=form.entry.data)


def _offer(form: RaiseForm, subject: Subject) -> None:
    """Every way, and everybody who can do at least one of them; who cannot do all is said."""
    can: dict[UUID, list[str]] = {}
    names: dict[UUID, str] = {}
    asked = rules.ways(household=subject.has_household, entry=subject.has_entry)
    ways = asked if subject.about.item_id is not None else list(REMEDIES)
    for way in ways:
        for one in audit_problem_subject.owners(db.session(), subject, way):
            can.setdefault(one.id, []).append(way)
            names[one.id] = one.name
    form.remedy.choices = [(way, _(REMEDIES[way])) for way in ways]
    form.owner.choices = [(str(id_), _owner(names[id_], own, ways)) for id_, own in can.items()]


def _owner(name: str, can: list[str], ways: list[str]) -> str:
    if len(can) == len(ways):
        return name
    listed = _("、").join(_(REMEDIES[way]) for way in can)
    return str(_("%(name)s（只能：%(ways)s）", name=name, ways=listed))


def _form_page(audit: Audit, subject: Subject, form: RaiseForm, sentence: str = "") -> ResponseReturnValue:
    session, about = db.session(), subject.about
    if form.remedy.choices is None:
        _offer(form, subject)
    home = households.get(session, audit.village_id, about.household_id) if about.household_id else None
    earlier = None
    if about.item_id is not None or about.prompt_id is not None:
        which = Filter(item_id=about.item_id, prompt_id=about.prompt_id)
        earlier = audit_problem_list.listed(session, audit.village_id, which, Wanted(size=5)).rows
    page = render_template(
        "supervision/problem_new.html",
        audit=audit,
        subject=subject,
        home=home,
        form=form,
        earlier=earlier,
        sentence=sentence,
    )
    return page, 422 if sentence or form.errors else 200


def _whole(problem_id: UUID) -> Whole:
    return audit_problem_story.one(db.session(), _member().village_id, problem_id)


def _owners(whole: Whole) -> list[audit_problem_subject.Owner]:
    session, row = db.session(), whole.row
    subject = audit_problem_subject.of_problem(session, current_actor().village_id, row.id)
    return list(audit_problem_subject.owners(session, subject, row.remedy))


def _page(problem_id: UUID, *, sentence: str = "", **forms: KeyedForm) -> ResponseReturnValue:
    session, actor, now = db.session(), current_actor(), clock.now()
    whole, today = _whole(problem_id), village_date(now)
    row = whole.row
    back = forms.get("back")
    if back is None:
        days = audit_rule.of_village(session, actor.village_id).due_days
        back = BackForm(formdata=None, owner=str(row.owner_id), due_on=today + timedelta(days=days))
        back.owner.choices = [(str(one.id), one.name) for one in _owners(whole)]
    page = render_template(
        "supervision/problem.html",
        whole=whole,
        row=row,
        **words(),
        hindrance=_hindrance(problem_id),
        close=forms.get("close") or CloseForm(formdata=None),
        back=back,
        withdraw=forms.get("withdraw") or WithdrawForm(formdata=None),
        opened=next(iter(forms), ""),
        sentence=sentence,
    )
    return page, 422 if forms else 200


def _hindrance(problem_id: UUID) -> DomainError | None:
    """Why this member leaves it to the others, if so: the page says it before they write."""
    session, member = db.session(), _member()
    subject = audit_problem_subject.of_problem(session, member.village_id, problem_id)
    try:
        supervisor.check_free(session, member, household_id=subject.about.household_id, **subject.recorded)
    except DomainError as refusal:
        return refusal
    return None
