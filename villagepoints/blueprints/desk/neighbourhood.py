"""居委会: the neighbourhood committees, and whose accounts belong to them."""

from typing import Any
from uuid import UUID

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from villagepoints import clock
from villagepoints.access import OFFICE, access, current_actor
from villagepoints.blueprints.desk.blueprint import blueprint
from villagepoints.blueprints.desk.user import ADMINS
from villagepoints.blueprints.language import said
from villagepoints.domain.actor import ADMIN, CLERK
from villagepoints.domain.errors import Refusal
from villagepoints.extensions import db
from villagepoints.forms.base import beside
from villagepoints.forms.neighbourhood import AccountsForm, ChangeForm, NeighbourhoodForm
from villagepoints.services import neighbourhood as service
from villagepoints.services import relocated
from villagepoints.services.neighbourhood import Details

MANAGES = frozenset({CLERK, ADMIN})


@blueprint.get("/neighbourhoods")
@access("desk", "read", roles=OFFICE)
def neighbourhoods() -> ResponseReturnValue:
    """The committees, and how many households nobody looks after."""
    return _list_page(NeighbourhoodForm(formdata=None), "")


@blueprint.post("/neighbourhoods")
@access("desk", "write", roles=MANAGES)
def add_neighbourhood() -> ResponseReturnValue:
    """One committee more."""
    form, sentence = NeighbourhoodForm(), ""
    if form.validate_on_submit():
        try:
            service.add(db.session(), current_actor(), key=form.key.data, details=_details(form), now=clock.now())
        except Refusal as error:
            sentence = beside(form, error.field, said(error))
        else:
            flash(_("已加上%(name)s。到「动迁上楼户」里把它管的户分给它。", name=form.name.data))
            return redirect(url_for("desk.neighbourhoods"))
    return _list_page(form, sentence)


@blueprint.route("/neighbourhoods/<uuid:neighbourhood_id>", methods=["GET", "POST"])
@access("desk", "write", roles=MANAGES)
def neighbourhood(neighbourhood_id: UUID) -> ResponseReturnValue:
    """One committee: put right what is written of it, or set it aside."""
    session, actor = db.session(), current_actor()
    found = service.one(session, actor.village_id, neighbourhood_id)
    form, sentence = ChangeForm(obj=found), ""
    if form.validate_on_submit():
        details = _details(form, is_active=form.is_active.data)
        asked: dict[str, Any] = {"neighbourhood_id": neighbourhood_id, "details": details}
        try:
            service.change(session, actor, key=form.key.data, now=clock.now(), **asked)
        except Refusal as error:
            sentence = beside(form, error.field, said(error))
        else:
            flash(_("存好了。"))
            return redirect(url_for("desk.neighbourhoods"))
    return _page(neighbourhood_id, form, sentence)


@blueprint.post("/neighbourhoods/<uuid:neighbourhood_id>/members")
@access("desk", "approve", roles=ADMINS)
def neighbourhood_members(neighbourhood_id: UUID) -> ResponseReturnValue:
    """Say whose accounts belong to it."""
    session, actor, form = db.session(), current_actor(), AccountsForm()
    form.users.choices = _choices()
    if not form.validate_on_submit():
        found = service.one(session, actor.village_id, neighbourhood_id)
        return _page(neighbourhood_id, ChangeForm(formdata=None, obj=found), " ".join(map(str, form.users.errors)))
    user_ids = [UUID(one) for one in form.users.data or ()]
    asked: dict[str, Any] = {"neighbourhood_id": neighbourhood_id, "user_ids": user_ids}
    service.set_members(session, actor, key=form.key.data, now=clock.now(), **asked)
    flash(_("账号存好了。他们登录后只看到这个居委会的户。"))
    return redirect(url_for("desk.neighbourhood", neighbourhood_id=neighbourhood_id))


def _details(form: NeighbourhoodForm, *, is_active: bool = True) -> Details:
    contact = {"contact_name": form.contact_name.data or "", "contact_phone": form.contact_phone.data or ""}
    return Details(name=form.name.data or "", is_active=is_active, **contact)


def _choices() -> list[tuple[str, str]]:
    return [(str(one.id), one.name) for one in service.accounts(db.session(), current_actor().village_id)]


def _list_page(form: NeighbourhoodForm, sentence: str) -> ResponseReturnValue:
    session, village_id = db.session(), current_actor().village_id
    page = render_template(
        "desk/neighbourhoods.html",
        rows=service.listed(session, village_id),
        unassigned=relocated.unassigned(session, village_id),
        form=form,
        sentence=sentence,
    )
    return page, 422 if sentence or form.errors else 200


def _page(neighbourhood_id: UUID, form: ChangeForm, sentence: str) -> ResponseReturnValue:
    session, village_id = db.session(), current_actor().village_id
    rows = service.accounts(session, village_id)
    mine = [str(one.id) for one in rows if one.neighbourhood_id == neighbourhood_id]
    members = AccountsForm(formdata=None, users=mine)
    members.users.choices = [(str(one.id), one.name) for one in rows]
    page = render_template(
        "desk/neighbourhood.html",
        neighbourhood=service.one(session, village_id, neighbourhood_id),
        accounts=rows,
        form=form,
        members=members,
        sentence=sentence,
    )
    return page, 422 if sentence or form.errors else 200
