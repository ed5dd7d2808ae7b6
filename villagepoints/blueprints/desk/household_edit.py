"""农户登记: a new household with its people, its particulars, groups with another number, what was changed when."""

from uuid import UUID

from flask import current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from villagepoints import clock
from villagepoints.access import BOOKS, OFFICE, access, current_actor
from villagepoints.blueprints.desk.blueprint import blueprint
from villagepoints.blueprints.desk.context import wanted
from villagepoints.blueprints.desk.listing import asked_group
from villagepoints.blueprints.language import said
from villagepoints.domain.calendar import village_date
from villagepoints.domain.errors import Refusal
from villagepoints.extensions import db
from villagepoints.forms.base import beside
from villagepoints.forms.household import ParticularsForm, PersonFields, RegisterForm, RegroupForm
from villagepoints.models import Relocation
from villagepoints.services import household as households
from villagepoints.services import household_edit as service
from villagepoints.services import household_history, neighbourhood, resident
from villagepoints.services.household_edit import Particulars
from villagepoints.services.resident import Person

ELDER = {"": None, "yes": True, "no": False}


def particulars_of(form: ParticularsForm) -> Particulars:
    """What was typed of a household."""
    committee = form.neighbourhood_id.data if "neighbourhood_id" in form else ""
    return Particulars(
        number=form.number.data or "",
        group_no=form.group_no.data,
        residency=form.residency.data,
        address=form.address.data or "",
        remark=form.remark.data or "",
        elder_marked=ELDER[form.elder.data],
        neighbourhood_id=UUID(committee) if committee else None,
        moved_on=form.moved_on.data if "moved_on" in form else None,
    )


def person_of(form: PersonFields) -> Person:
    """What was typed of a person."""
    return Person(
        name=form.name.data or "",
        relation=form.relation.data or "",
        sex=form.sex.data or "",
        birth_on=form.birth_on.data,
        identity="".join((form.identity.data or "").split()).upper(),
        phone="".join(c for c in form.phone.data or "" if c.isdigit()),
    )


@blueprint.route("/households/new", methods=["GET", "POST"])
@access("desk", "write", roles=BOOKS)
def register_household() -> ResponseReturnValue:
    """A new household, its people at once; an empty number takes the next."""
    session, actor, form, sentence = db.session(), current_actor(), RegisterForm(), ""
    form.offer(neighbourhood.choices(session, actor.village_id))
    if form.validate_on_submit():
        typed = [person_of(row.form) for row in form.people]
        try:
            household_id = resident.register(
                session,
                actor,
                key=form.key.data,
                wanted=particulars_of(form),
                people=[person for person in typed if person.name],
                joined_on=form.joined_on.data or village_date(clock.now()),
                identity_key=current_app.config["IDENTITY_KEY"],
                now=clock.now(),
            )
        except Refusal as error:
            sentence = beside(form, error.field, said(error))
        else:
            flash(_("登记好了。下一步给这户发码牌，家里人就能扫码看积分。"))
            return redirect(url_for("desk.household", household_id=household_id))
    elif request.method == "GET":
        form.joined_on.data = village_date(clock.now())
        form.group_no.data = asked_group()
    next_number = service.suggest_number(session, actor.village_id, form.group_no.data)
    page = render_template("desk/household_new.html", form=form, sentence=sentence, next_number=next_number)
    return page, 422 if sentence or form.errors else 200


@blueprint.route("/households/<uuid:household_id>/particulars", methods=["GET", "POST"])
@access("desk", "write", roles=BOOKS)
def change_household(household_id: UUID) -> ResponseReturnValue:
    """Number, group, residency with its committee, address, elder, remark."""
    session, actor, sentence = db.session(), current_actor(), ""
    household = households.get(session, actor.village_id, household_id)
    form = ParticularsForm(obj=household)
    relocation = session.get(Relocation, (actor.village_id, household_id))
    form.offer(_committees(actor.village_id, relocation))
    if form.validate_on_submit():
        typed = particulars_of(form)
        try:
            service.change(session, actor, key=form.key.data, household_id=household_id, wanted=typed, now=clock.now())
        except Refusal as error:
            sentence = beside(form, error.field, said(error))
        else:
            flash(_("改好了，改之前是什么样也留着。"))
            return redirect(url_for("desk.household", household_id=household_id))
    elif request.method == "GET":
        form.elder.data = {None: "", True: "yes", False: "no"}[household.elder_marked]
        if relocation is not None:
            form.neighbourhood_id.data, form.moved_on.data = str(relocation.neighbourhood_id), relocation.moved_on
    household = households.get(session, actor.village_id, household_id)
    page = render_template("desk/household_particulars.html", form=form, sentence=sentence, household=household)
    return page, 422 if sentence or form.errors else 200


def _committees(village_id: UUID, relocation: Relocation | None) -> list[tuple[UUID, str]]:
    """The committees at work, and the household's own though it was set aside: it is not lost with another change."""
    at_work = list(neighbourhood.choices(db.session(), village_id))
    if relocation is None or relocation.neighbourhood_id in dict(at_work):
        return at_work
    own = neighbourhood.one(db.session(), village_id, relocation.neighbourhood_id)
    return [*at_work, (own.id, own.name)]


@blueprint.route("/groups", methods=["GET", "POST"])
@access("desk", "write", roles=BOOKS)
def groups() -> ResponseReturnValue:
    """The groups with their households, and another number for one of them."""
    session, actor, form, sentence = db.session(), current_actor(), RegroupForm(), ""
    if form.validate_on_submit():
        numbers = {"group_no": form.group_no.data, "to_group": form.to_group.data, "joins": form.joins.data}
        try:
            count = service.regroup(session, actor, key=form.key.data, now=clock.now(), **numbers)
        except Refusal as error:
            sentence = beside(form, error.field, said(error))
        else:
            flash(_("改好了，%(count)s 户现在是 %(group)s组。", count=count, group=form.to_group.data))
            return redirect(url_for("desk.groups"))
    elif request.method == "GET":
        form.group_no.data = asked_group()
    rows = household_history.groups(session, actor.village_id)
    page = render_template("desk/groups.html", form=form, sentence=sentence, rows=rows)
    return page, 422 if sentence or form.errors else 200


@blueprint.get("/households/<uuid:household_id>/changes")
@access("desk", "read", roles=OFFICE)
def household_changes(household_id: UUID) -> ResponseReturnValue:
    """Every change of a household: who, when, what it was, what it is."""
    session, village_id = db.session(), current_actor().village_id
    return render_template(
        "desk/household_changes.html",
        household=households.get(session, village_id, household_id),
        page=household_history.of_household(session, village_id, household_id, wanted()),
    )
