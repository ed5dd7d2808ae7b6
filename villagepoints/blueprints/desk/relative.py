"""亲属申报: the households of close relatives that a member of staff declares and then does not handle."""

from uuid import UUID

from flask import abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from villagepoints import clock
from villagepoints.access import DESK, access, current_actor
from villagepoints.blueprints.desk.blueprint import blueprint
from villagepoints.blueprints.desk.user import ADMINS
from villagepoints.blueprints.language import said
from villagepoints.domain.errors import DomainError
from villagepoints.extensions import db
from villagepoints.forms.base import beside, printable
from villagepoints.forms.user import RELATION_NAMES, RelativeForm
from villagepoints.services import relative as service


@blueprint.route("/relatives", methods=["GET", "POST"])
@access("desk", "write", roles=DESK)
def own_relatives() -> ResponseReturnValue:
    """What one declared oneself, and the form for one household more."""
    return _page(current_actor().user_id or abort(403))


@blueprint.route("/users/<uuid:user_id>/relatives", methods=["GET", "POST"])
@access("desk", "write", roles=ADMINS)
def relatives(user_id: UUID) -> ResponseReturnValue:
    """The same of anybody, for administrators."""
    return _page(user_id)


def _page(user_id: UUID) -> ResponseReturnValue:
    session, actor, form, sentence = db.session(), current_actor(), RelativeForm(), ""
    person = service.person(session, actor, user_id)
    if form.validate_on_submit():
        typed = {"number": form.number.data or "", "relation": form.relation.data or "", "key": form.key.data}
        try:
            service.declare(session, actor, user_id=user_id, now=clock.now(), **typed)
        except DomainError as error:
            sentence = beside(form, error.field or "number", said(error))
        else:
            flash(_("已记下。这户的积分，%(name)s 不能再经手。", name=person.name))
            return redirect(request.path)
    page = render_template(
        "desk/user_relatives.html",
        person=service.person(session, actor, user_id),
        rows=service.of_user(session, actor.village_id, user_id),
        may_remove=service.may_remove(actor, user_id),
        relation_names=RELATION_NAMES,
        form=form,
        sentence=sentence,
    )
    return page, 422 if sentence or form.errors else 200


@blueprint.post("/users/<uuid:user_id>/relatives/<uuid:household_id>/remove")
@access("desk", "approve", roles=ADMINS)
def remove_relative(user_id: UUID, household_id: UUID) -> ResponseReturnValue:
    """Take back a declaration that was wrong."""
    key = printable(request.form.get("key"))
    service.remove(db.session(), current_actor(), user_id=user_id, household_id=household_id, key=key, now=clock.now())
    flash(_("已去掉，这件事留了记录。"))
    return redirect(url_for("desk.relatives", user_id=user_id))
