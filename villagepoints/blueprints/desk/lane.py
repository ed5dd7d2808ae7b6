"""走访: the pages for whoever walks the lanes with a phone, from the route to the door and on to the next."""

from contextlib import AbstractContextManager, ExitStack
from datetime import date
from uuid import UUID

from flask import current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from villagepoints import clock
from villagepoints.access import LANE, access, current_actor
from villagepoints.blueprints.desk.blueprint import blueprint
from villagepoints.blueprints.desk.context import wanted
from villagepoints.blueprints.language import said
from villagepoints.blueprints.phone.bars import base_bars
from villagepoints.blueprints.photos import uploads
from villagepoints.domain.calendar import village_date
from villagepoints.domain.errors import Refusal
from villagepoints.extensions import db
from villagepoints.forms.base import narrow
from villagepoints.forms.finding import FindingForm, SeenForm
from villagepoints.services import allowed, evidence, finding
from villagepoints.services import household as households
from villagepoints.services import lane as service
from villagepoints.services.evidence import Photo
from villagepoints.services.finding import Seen
from villagepoints.services.paging import Wanted

NO_GROUP = "none"
FOUND = 20  # households offered for a search


@blueprint.get("/lane")
@access("desk", "read", roles=LANE)
def lane() -> ResponseReturnValue:
    """The groups, one group's households, or those that a search finds; a single find opens its door."""
    session, village_id, words = db.session(), current_actor().village_id, request.args.get("q", "")
    if words.strip():
        asked = households.Filter(words=words)
        found = households.search(session, village_id, asked, Wanted(size=FOUND, sort="number"))
        if found.total == 1:
            return redirect(url_for("desk.lane_household", household_id=found.rows[0].id))
        return render_template("lane/groups.html", groups=[], found=found, words=words)
    group = request.args.get("group", type=int)
    if group is None and request.args.get("group") != NO_GROUP:
        groups = service.groups(session, village_id, _today())
        return render_template("lane/groups.html", groups=groups, found=None, words="", no_group=NO_GROUP)
    group = group if group is None or 0 <= group < 10_000 else 0
    page = service.route(session, village_id, group, _today(), wanted(size=100))
    return render_template("lane/route.html", group=group, page=page)


@blueprint.get("/lane/<uuid:household_id>")
@access("desk", "read", roles=LANE)
def lane_household(household_id: UUID) -> ResponseReturnValue:
    """A household's door: tick what was found; `recorded` are the findings that were just saved."""
    return _door(household_id, FindingForm(formdata=None, found_on=_today(), code=[_asked_code()]), "")


@blueprint.post("/lane/<uuid:household_id>")
@access("desk", "write", roles=LANE)
def record_finding(household_id: UUID) -> ResponseReturnValue:
    """Save all that was ticked, and say at the door what became of it."""
    form = FindingForm()
    if not form.validate_on_submit():
        return _door(household_id, form, " ".join(str(one) for one in (*form.code.errors, *form.note.errors)))
    asked = {code: SeenForm(request.form, prefix=code) for code in form.code.data}
    if not all(one.validate() for one in asked.values()):
        return _door(household_id, form, " ".join(str(error) for one in asked.values() for error in one.count.errors))
    try:
        with ExitStack() as kept:
            seen = [
                Seen(code, one.count.data or 0, kept.enter_context(_photos(one.photos.name)))
                for code, one in asked.items()
            ]
            recorded = finding.record_all(
                db.session(),
                current_actor(),
                key=form.key.data,
                household_id=household_id,
                seen=seen,
                found_on=form.found_on.data or _today(),
                note=form.note.data,
                now=clock.now(),
            )
    except Refusal as error:
        return _door(household_id, form, said(error))
    return redirect(url_for("desk.lane_household", household_id=household_id, recorded=recorded), 303)


def _photos(field: str) -> AbstractContextManager[list[Photo]]:
    return evidence.prepared(current_app.config["INSTANCE"], uploads(field))


@blueprint.post("/lane/<uuid:household_id>/walked")
@access("desk", "write", roles=LANE)
def walk_by(household_id: UUID) -> ResponseReturnValue:
    """Nothing found here: note it and go on to the next household of the group."""
    session, actor, key = db.session(), current_actor(), request.form.get("key", "")
    finding.walk_by(session, actor, key=key, household_id=household_id, now=clock.now())
    following = service.following(session, actor.village_id, household_id)
    if following is not None:
        return redirect(url_for("desk.lane_household", household_id=following), 303)
    flash(_("这一组走到头了。"))
    group = households.get(session, actor.village_id, household_id).group_no
    return redirect(url_for("desk.lane", group=NO_GROUP if group is None else group), 303)


def _today() -> date:
    return village_date(clock.now())


def _asked_code() -> str:
    return narrow(request.args.get("item")).upper()[:8]


def _door(household_id: UUID, form: FindingForm, sentence: str) -> ResponseReturnValue:
    session, actor = db.session(), current_actor()
    door = service.door(session, actor.village_id, household_id, _today())
    recorded = request.args.getlist("recorded")
    page = render_template(
        "lane/household.html",
        door=door,
        form=form,
        asked={row.item.code: SeenForm(request.form, prefix=row.item.code) for row in door.rows},
        sentence=sentence,
        recorded=[one for one in door.findings if str(one.id) in recorded],
        is_concerned=bool(allowed.concerned(session, actor.village_id, household_id, [actor.user_id])),
        base_bars=base_bars,
        no_group=NO_GROUP,
    )
    return page, 422 if sentence or form.errors else 200
