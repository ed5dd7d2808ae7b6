"""动迁上楼户: the relocated households, for the village all of them and for a neighbourhood committee its own."""

from uuid import UUID

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from werkzeug.datastructures import MultiDict

from villagepoints import clock
from villagepoints.access import BLOCKS, access, current_actor
from villagepoints.blueprints.desk.blueprint import blueprint
from villagepoints.blueprints.desk.context import wanted
from villagepoints.blueprints.desk.neighbourhood import MANAGES
from villagepoints.blueprints.language import said
from villagepoints.domain.calendar import village_date
from villagepoints.domain.errors import N_, BadInput, Conflict
from villagepoints.extensions import db
from villagepoints.forms.base import printable
from villagepoints.forms.joint_session import LineForm
from villagepoints.services import joint_session_list, rulebook
from villagepoints.services import neighbourhood as neighbourhoods
from villagepoints.services import relocated as service
from villagepoints.services.relocated import Filter

SAMPLE = 5  # households named before many are given away at once
NOBODY = "none"


def asked_filter(given: MultiDict[str, str], only: UUID | None) -> Filter:
    """Which households are asked for; a committee's account asks for its own whatever it asks for."""
    whose = given.get("whose", "")
    return Filter(
        words=given.get("q", ""),
        neighbourhood_id=only or _id(whose),
        unassigned=only is None and whose == NOBODY,
        elders=given.get("elders") == "1",
        open_only=given.get("open") == "1",
    )


@blueprint.get("/relocated")
@access("desk", "read", roles=BLOCKS)
def relocated() -> ResponseReturnValue:
    """The list: where they live, who looks after them, what is open."""
    session, actor, today = db.session(), current_actor(), village_date(clock.now())
    only = neighbourhoods.scope(session, actor)
    asked = asked_filter(request.args, only)
    return render_template(
        "desk/relocated.html",
        page=service.listed(session, actor.village_id, asked, wanted("address"), today),
        asked=asked,
        only=only,
        nobody=NOBODY,
        neighbourhoods=neighbourhoods.choices(session, actor.village_id) if only is None else (),
    )


@blueprint.get("/relocated/<uuid:household_id>")
@access("desk", "read", roles=BLOCKS)
def relocated_household(household_id: UUID) -> ResponseReturnValue:
    """One of them: what was found, what was agreed, and a point for the next session."""
    session, actor, today = db.session(), current_actor(), village_date(clock.now())
    only = neighbourhoods.scope(session, actor)
    whole = service.one(session, actor.village_id, household_id, only, today)
    committee = whole.neighbourhood_id
    return render_template(
        "desk/relocated_household.html",
        whole=whole,
        row=whole.row,
        books={book.version: book for book in rulebook.versions(session, actor.village_id)} if whole.found else {},
        session_id=joint_session_list.open_one(session, actor.village_id, committee) if committee else None,
        form=LineForm(formdata=None, household=whole.row.number),
    )


@blueprint.post("/relocated/assign")
@access("desk", "write", roles=MANAGES)
def assign_relocated() -> ResponseReturnValue:
    """Give those that were ticked, or all that match, to a committee: first how many and who, then it is done."""
    session, actor, form = db.session(), current_actor(), request.form
    target = _id(form.get("target", ""))
    if target is None:
        raise BadInput(N_("请选分给哪个居委会。没有分。"))
    committee = neighbourhoods.one(session, actor.village_id, target)
    asked, sentence = _chosen(form), ""
    expected = form.get("expected", type=int)
    if expected is not None:
        try:
            moved = neighbourhoods.assign(
                session,
                actor,
                key=printable(form.get("key")),
                neighbourhood_id=target,
                asked=asked,
                expected=expected,
                now=clock.now(),
            )
        except Conflict as error:
            sentence = said(error)
        else:
            flash(_("%(count)s 户分给了%(name)s。", count=moved, name=committee.name))
            return redirect(url_for("desk.relocated", whose=target), 303)
    found = service.matching(session, actor.village_id, asked)
    page = render_template(
        "desk/relocated_assign.html",
        committee=committee,
        found=found,
        sample=SAMPLE,
        leaving=sum(row.neighbourhood_id not in (None, target) for row in found),
        asked=asked,
        given=form,
        sentence=sentence,
    )
    return page, 422 if sentence else 200


def _chosen(form: MultiDict[str, str]) -> Filter:
    if form.get("which") == "all":
        return asked_filter(form, None)
    ids = frozenset(form.getlist("household", type=UUID))
    if not ids:
        raise BadInput(N_("一户也没有勾选。没有分，请先勾选，或者把查到的都分。"))
    return Filter(ids=ids)


def _id(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
