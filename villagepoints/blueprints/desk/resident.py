"""家里的人: who comes, who leaves, who is the head, what is written of each."""

from typing import Any
from uuid import UUID

from flask import current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from wtforms import SelectChoice

from villagepoints import clock
from villagepoints.access import BOOKS, access, current_actor
from villagepoints.blueprints.desk.blueprint import blueprint
from villagepoints.blueprints.desk.household_edit import person_of
from villagepoints.blueprints.language import said
from villagepoints.domain.calendar import village_date
from villagepoints.domain.errors import N_, NotFound, Refusal
from villagepoints.domain.succession import DIED
from villagepoints.extensions import db
from villagepoints.forms.base import beside, printable
from villagepoints.forms.household import LeaveForm, PersonForm
from villagepoints.services import household as households
from villagepoints.services import resident as service
from villagepoints.services.household import ResidentRow


def _one(household_id: UUID, resident_id: UUID) -> ResidentRow:
    rows = households.residents(db.session(), current_actor().village_id, household_id)
    for row in rows:
        if row.id == resident_id:
            return row
    raise NotFound(N_("这户没有这个人。"))


def _home(household_id: UUID) -> ResponseReturnValue:
    return redirect(url_for("desk.household", household_id=household_id))


@blueprint.route("/households/<uuid:household_id>/members/new", methods=["GET", "POST"])
@access("desk", "write", roles=BOOKS)
def add_resident(household_id: UUID) -> ResponseReturnValue:
    """A person more."""
    form, sentence = PersonForm(), ""
    if form.validate_on_submit():
        try:
            service.add(db.session(), current_actor(), household_id=household_id, **_typed(form))
        except Refusal as error:
            sentence = beside(form, error.field or "name", said(error))
        else:
            flash(_("加上了%(name)s。", name=form.name.data))
            return _home(household_id)
    return _person_page(household_id, form, sentence, None)


@blueprint.route("/households/<uuid:household_id>/members/<uuid:resident_id>", methods=["GET", "POST"])
@access("desk", "write", roles=BOOKS)
def change_resident(household_id: UUID, resident_id: UUID) -> ResponseReturnValue:
    """Put right what is written of a person."""
    person, sentence = _one(household_id, resident_id), ""
    form = PersonForm(obj=person)
    if form.validate_on_submit():
        which: dict[str, Any] = {"household_id": household_id, "resident_id": resident_id}
        try:
            service.change(db.session(), current_actor(), **which, **_typed(form))
        except Refusal as error:
            sentence = beside(form, error.field or "name", said(error))
        else:
            flash(_("改好了，改之前是什么样也留着。"))
            return _home(household_id)
    return _person_page(household_id, form, sentence, person)


def _typed(form: PersonForm) -> dict[str, Any]:
    key: bytes = current_app.config["IDENTITY_KEY"]
    return {"key": form.key.data, "person": person_of(form), "identity_key": key, "now": clock.now()}


def _person_page(
    household_id: UUID, form: PersonForm, sentence: str, person: ResidentRow | None
) -> ResponseReturnValue:
    household = households.get(db.session(), current_actor().village_id, household_id)
    values = {"household": household, "form": form, "sentence": sentence, "person": person}
    return render_template("desk/resident.html", **values), 422 if sentence or form.errors else 200


@blueprint.route("/households/<uuid:household_id>/members/<uuid:resident_id>/leave", methods=["GET", "POST"])
@access("desk", "write", roles=BOOKS)
def resident_leaves(household_id: UUID, resident_id: UUID) -> ResponseReturnValue:
    """A person is no longer in the household; the last one leads on to what becomes of it."""
    session, actor, form, sentence = db.session(), current_actor(), LeaveForm(), ""
    person = _one(household_id, resident_id)
    others = [one for one in households.residents(session, actor.village_id, household_id) if one.left_on is None]
    staying = [one for one in others if one.id != resident_id]
    if person.is_head and staying:
        form.head_id.choices = [SelectChoice(str(one.id), f"{one.name} {one.relation}".strip()) for one in staying]
    else:
        del form.head_id
    if form.validate_on_submit():
        reason, chosen = form.reason.data, form.head_id.data if "head_id" in form else ""
        typed = {"reason": reason, "left_on": form.left_on.data, "head_id": UUID(chosen) if chosen else None}
        which: dict[str, Any] = {"household_id": household_id, "resident_id": resident_id}
        try:
            left = service.leave(session, actor, key=form.key.data, now=clock.now(), **which, **typed)
        except Refusal as error:
            sentence = beside(form, error.field, said(error))
        else:
            flash(_("记下了，%(name)s不在这户了。", name=person.name))
            if left == 0:
                why = DIED if reason == DIED else None
                return redirect(url_for("desk.household_leaves", household_id=household_id, reason=why))
            return _home(household_id)
    elif request.method == "GET":
        form.left_on.data = village_date(clock.now())
    household = households.get(session, actor.village_id, household_id)
    values = {"household": household, "form": form, "sentence": sentence, "person": person, "staying": staying}
    return render_template("desk/resident_leaves.html", **values), 422 if sentence or form.errors else 200


@blueprint.post("/households/<uuid:household_id>/members/<uuid:resident_id>/back")
@access("desk", "write", roles=BOOKS)
def resident_returns(household_id: UUID, resident_id: UUID) -> ResponseReturnValue:
    """Somebody is in the household again."""
    return _press(service.come_back, household_id, resident_id, _("记下了，又在这户了。"))


@blueprint.post("/households/<uuid:household_id>/members/<uuid:resident_id>/head")
@access("desk", "write", roles=BOOKS)
def make_head(household_id: UUID, resident_id: UUID) -> ResponseReturnValue:
    """Somebody of the household is its head from now on."""
    return _press(service.make_head, household_id, resident_id, _("户主换好了。"))


def _press(act: Any, household_id: UUID, resident_id: UUID, done: str) -> ResponseReturnValue:
    which = {"household_id": household_id, "resident_id": resident_id}
    try:
        act(db.session(), current_actor(), key=printable(request.form.get("key")), now=clock.now(), **which)
    except Refusal as error:
        flash(said(error), "wrong")
    else:
        flash(done)
    return _home(household_id)
