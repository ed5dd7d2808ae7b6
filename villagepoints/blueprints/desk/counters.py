"""窗口: the counters where goods are collected, their hours, and who works there."""

from uuid import UUID

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from villagepoints import clock
from villagepoints.access import DESK, access, current_actor
from villagepoints.blueprints.desk.blueprint import blueprint
from villagepoints.blueprints.desk.reward import EDITORS, id_of
from villagepoints.blueprints.language import said
from villagepoints.domain.errors import Refusal
from villagepoints.extensions import db
from villagepoints.forms.base import beside
from villagepoints.forms.reward import WindowForm
from villagepoints.services import counter as service


@blueprint.get("/counters")
@access("desk", "read", roles=DESK)
def counters() -> str:
    """The counters, and how many goods have none yet."""
    session, village_id = db.session(), current_actor().village_id
    rows, rest = service.listed(session, village_id), service.without_place(session, village_id)
    return render_template("desk/counters.html", rows=rows, rest=rest)


@blueprint.route("/counters/new", methods=["GET", "POST"])
@access("desk", "write", roles=EDITORS)
def new_counter() -> ResponseReturnValue:
    """Open a counter."""
    form = WindowForm()
    if form.validate_on_submit():
        return _save(None, form)
    return _form_page(None, form, "")


@blueprint.route("/counters/<uuid:counter_id>", methods=["GET", "POST"])
@access("desk", "write", roles=EDITORS)
def edit_counter(counter_id: UUID) -> ResponseReturnValue:
    """Change a counter, or close it."""
    session, village_id = db.session(), current_actor().village_id
    kept = service.one(session, village_id, counter_id)
    here = [str(id_) for id_, _name, at in service.staff_to_choose(session, village_id) if at == counter_id]
    form = WindowForm(obj=kept, staff=here)
    if form.validate_on_submit():
        return _save(counter_id, form)
    return _form_page(counter_id, form, "")


def _save(counter_id: UUID | None, form: WindowForm) -> ResponseReturnValue:
    wanted = service.Details(
        name=form.name.data,
        place=form.place.data,
        hours=form.hours.data,
        is_active=form.is_active.data,
        staff=[id_ for text in form.staff.data or () if (id_ := id_of(text))],
        takes_rest=form.takes_rest.data,
    )
    try:
        service.save(
            db.session(), current_actor(), counter_id=counter_id, wanted=wanted, key=form.key.data, now=clock.now()
        )
    except Refusal as error:
        return _form_page(counter_id, form, beside(form, error.field, said(error)))
    flash(_("「%(name)s」存好了。", name=form.name.data))
    return redirect(url_for("desk.counters"))


def _form_page(counter_id: UUID | None, form: WindowForm, sentence: str) -> ResponseReturnValue:
    session, village_id = db.session(), current_actor().village_id
    page = render_template(
        "desk/counters_form.html",
        counter=service.one(session, village_id, counter_id) if counter_id else None,
        people=service.staff_to_choose(session, village_id),
        places=dict(service.names(session, village_id)),
        rest=service.without_place(session, village_id),
        form=form,
        sentence=sentence,
    )
    return page, 422 if sentence or form.errors else 200
