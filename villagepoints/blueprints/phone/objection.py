"""异议: a household says what is wrong, sees by when it is answered, and reads the answer."""

from uuid import UUID

from flask import current_app, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from villagepoints.access import access, current_actor
from villagepoints.blueprints.language import said
from villagepoints.blueprints.objection import asked
from villagepoints.blueprints.phone.blueprint import at_home, blueprint
from villagepoints.blueprints.photos import uploads
from villagepoints.domain.calendar import village_date
from villagepoints.domain.errors import N_, NotFound, Refusal
from villagepoints.extensions import db
from villagepoints.forms.objection import ObjectionForm
from villagepoints.services import evidence, objection_choice, objection_list, rulebook
from villagepoints.services import objection as service


@blueprint.get("/objections")
@access("phone", "read")
def objections() -> ResponseReturnValue:
    """What the household objected to, and what was objected to of its own."""
    home = at_home()
    rows = objection_list.of_household(db.session(), home.village_id, home.household_id)
    book = rulebook.in_force(db.session(), home.village_id, village_date(g.now))
    return render_template("phone/objections.html", rows=rows, book=book)


@blueprint.get("/objections/new")
@access("phone", "read")
def new_objection() -> ResponseReturnValue:
    """One page: what it is about, what is wrong, what happens next; where it stands, if it was raised already."""
    raised = objection_choice.open_one(db.session(), current_actor(), asked(at_home().household_id))
    if raised is not None:
        return redirect(url_for("phone.objection", objection_id=raised))
    return _form_page(ObjectionForm(formdata=None))


@blueprint.post("/objections/new")
@access("phone", "write")
def file_objection() -> ResponseReturnValue:
    """Raise it; a phone keeps what was typed where something is missing."""
    form = ObjectionForm()
    if not form.validate_on_submit():
        return _form_page(form)
    about = asked(at_home().household_id)
    try:
        with evidence.prepared(current_app.config["INSTANCE"], uploads()) as photos:
            objection_id = service.file(
                db.session(),
                current_actor(),
                key=form.key.data,
                about=about,
                words=form.words.data,
                now=g.now,
                photos=photos,
            )
    except Refusal as error:
        return _form_page(form, said(error))
    return redirect(url_for("phone.objection", objection_id=objection_id, filed=1), 303)


def _form_page(form: ObjectionForm, sentence: str = "") -> ResponseReturnValue:
    actor, today = current_actor(), village_date(g.now)
    about = asked(at_home().household_id)
    found = objection_choice.prospect(db.session(), actor, about, today)
    book = rulebook.in_force(db.session(), actor.village_id, today)
    page = render_template("phone/objection_new.html", prospect=found, book=book, form=form, sentence=sentence)
    return page, 422 if sentence or form.errors else 200


@blueprint.get("/objections/<uuid:objection_id>")
@access("phone", "read")
def objection(objection_id: UUID) -> ResponseReturnValue:
    """One objection: where it stands, or the answer."""
    return _page(objection_id)


@blueprint.post("/objections/<uuid:objection_id>/withdraw")
@access("phone", "write")
def withdraw_objection(objection_id: UUID) -> ResponseReturnValue:
    """Take it back while nobody has answered it."""
    key = request.form.get("key", "")
    try:
        service.withdraw(db.session(), current_actor(), key=key, objection_id=objection_id, now=g.now)
    except Refusal as error:
        return _page(objection_id, said(error), error.status)
    return redirect(url_for("phone.objection", objection_id=objection_id), 303)


def _page(objection_id: UUID, refusal: str = "", status: int = 200) -> ResponseReturnValue:
    home = at_home()
    row = objection_list.one(db.session(), home.village_id, objection_id)
    if home.household_id not in (row.household_id, row.about_household_id):
        raise NotFound(N_("没有这件异议。"))
    is_own = row.household_id == home.household_id
    photos = evidence.of(db.session(), home.village_id, objection_id=row.id) if is_own else ()
    return render_template(
        "phone/objection.html", row=row, is_own=is_own, photos=photos, refusal=refusal, filed="filed" in request.args
    ), status
