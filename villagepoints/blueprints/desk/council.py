"""评议: the rounds in which reviewers decide together; open one, say what is decided, close it, print its minutes."""

from functools import partial
from typing import Any
from uuid import UUID

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from villagepoints import clock
from villagepoints.access import BOOKS, OFFICE, access, current_actor
from villagepoints.blueprints.desk.blueprint import blueprint
from villagepoints.blueprints.desk.context import wanted
from villagepoints.blueprints.desk.listing import Cell, Column, Table, listed, show
from villagepoints.blueprints.language import said
from villagepoints.domain.calendar import village_date
from villagepoints.domain.claim import WAITING
from villagepoints.domain.council import CLOSED
from villagepoints.domain.errors import N_, DomainError, Refusal
from villagepoints.extensions import db
from villagepoints.forms.base import beside, printable
from villagepoints.forms.council import CouncilForm, MembersForm
from villagepoints.models import Village
from villagepoints.services import claim_list, council_list
from villagepoints.services import council as service
from villagepoints.services.council import Said
from villagepoints.services.council_list import CouncilRow
from villagepoints.services.paging import Wanted

ON_PAPER = 1000  # claims in the minutes of one round
ROWS = 100
COUNCILS = listed("desk.councils", N_("评议"))


@blueprint.get("/councils")
@access("desk", "read", roles=OFFICE)
def councils() -> ResponseReturnValue:
    """The rounds there were, the latest first."""
    table: Table[CouncilRow] = Table(
        columns=[
            Column(_("评议日期"), lambda row: row.held_on, "held", "nowrap"),
            Column(_("地点"), lambda row: row.place, look="wide"),
            Column(_("到场"), lambda row: row.members, look="num"),
            Column(_("评了几条"), lambda row: row.claims, look="num"),
            Column(_("同意"), lambda row: row.approved, look="num"),
            Column(_("不同意"), lambda row: row.refused, look="num"),
            Column(
                _("情况"),
                lambda row: (
                    Cell(_("正在评"), look="mark gold")
                    if row.status == "open"
                    else Cell(_("已结束"), look="mark plain")
                ),
            ),
        ],
        opens=lambda row: url_for("desk.council", council_id=row.id),
    )
    find = partial(council_list.listed, db.session(), current_actor().village_id)
    return show(COUNCILS, "desk/councils.html", table, find, empty=_("还没有开过评议。"))


@blueprint.route("/councils/new", methods=["GET", "POST"])
@access("desk", "write", roles=BOOKS)
def new_council() -> ResponseReturnValue:
    """Open a round: when, where, who is there, and over which claims."""
    session, actor = db.session(), current_actor()
    form, sentence = CouncilForm(held_on=village_date(clock.now())), ""
    _offer_members(form)
    ticked = request.form.getlist("claim", type=UUID)
    is_some = request.form.get("which") == "some"
    if form.validate_on_submit():
        try:
            council_id = service.open_round(
                session,
                actor,
                key=form.key.data,
                held_on=form.held_on.data or village_date(clock.now()),
                place=form.place.data or "",
                members=[UUID(one) for one in form.members.data or ()],
                claim_ids=ticked if is_some else None,
                now=clock.now(),
            )
        except DomainError as error:
            sentence = beside(form, error.field, said(error))
        else:
            return redirect(url_for("desk.council", council_id=council_id))
    waiting = claim_list.listed(session, actor.village_id, WAITING, Wanted(size=ROWS))
    page = render_template(
        "desk/council_new.html", form=form, sentence=sentence, waiting=waiting, ticked=ticked, is_some=is_some
    )
    return page, 422 if sentence or form.errors else 200


@blueprint.get("/councils/<uuid:council_id>")
@access("desk", "read", roles=OFFICE)
def council(council_id: UUID) -> ResponseReturnValue:
    """One round: what it decides on each claim, or decided."""
    return _page(council_id, {}, None, "")


@blueprint.post("/councils/<uuid:council_id>")
@access("desk", "approve", roles=BOOKS)
def decide_council(council_id: UUID) -> ResponseReturnValue:
    """Keep what was said, or close the round and apply it."""
    session, actor = db.session(), current_actor()
    typed = {
        claim_id: Said(decision, printable(request.form.get(f"reason-{claim_id}")))
        for name, decision in request.form.items()
        if (claim_id := _id_after("decision-", name))
    }
    minutes = printable(request.form.get("minutes"))[:5000]
    asked: dict[str, Any] = {"council_id": council_id, "said": typed, "minutes": minutes, "now": clock.now()}
    key = printable(request.form.get("key"))
    try:
        if request.form.get("what") == "close":
            closed = service.close(session, actor, key=key, **asked)
            flash(
                _(
                    "评议结束：同意 %(approved)s 条，不同意 %(refused)s 条，还在待审核 %(left)s 条。",
                    approved=closed.approved,
                    refused=closed.refused,
                    left=closed.left,
                )
            )
        else:
            service.save(session, actor, key=key, **asked)
            flash(_("已存下，还没有定。全部评完后写好记录，点「结束评议」。"), "note")
    except Refusal as error:
        return _page(council_id, typed, minutes, said(error))
    return redirect(url_for("desk.council", council_id=council_id, page=request.args.get("page") or None))


@blueprint.route("/councils/<uuid:council_id>/members", methods=["GET", "POST"])
@access("desk", "write", roles=BOOKS)
def council_members(council_id: UUID) -> ResponseReturnValue:
    """Put right who is present, while the round is open."""
    session, actor = db.session(), current_actor()
    found = council_list.details(session, actor.village_id, council_id, Wanted(size=1))
    form, sentence = MembersForm(members=[str(member) for member, _name in found.members]), ""
    _offer_members(form)
    if form.validate_on_submit():
        members = [UUID(one) for one in form.members.data or ()]
        asked = {"key": form.key.data, "council_id": council_id, "members": members}
        try:
            service.change_members(session, actor, now=clock.now(), **asked)
        except DomainError as error:
            sentence = beside(form, error.field, said(error))
        else:
            flash(_("到场的人已改好，回避也重新算了。"))
            return redirect(url_for("desk.council", council_id=council_id))
    page = render_template("desk/council_members.html", round=found, form=form, sentence=sentence)
    return page, 422 if sentence or form.errors else 200


@blueprint.get("/councils/<uuid:council_id>/minutes")
@access("desk", "read", roles=OFFICE)
def council_minutes(council_id: UUID) -> ResponseReturnValue:
    """The minutes on paper, with a line for each signature."""
    session, village_id = db.session(), current_actor().village_id
    return render_template(
        "desk/council_minutes.html",
        round=council_list.details(session, village_id, council_id, Wanted(size=ON_PAPER)),
        village=session.get_one(Village, village_id),
    )


def _page(council_id: UUID, typed: dict[UUID, Said], minutes: str | None, sentence: str) -> ResponseReturnValue:
    found = council_list.details(db.session(), current_actor().village_id, council_id, wanted(size=ROWS))
    page = render_template(
        "desk/council.html",
        round=found,
        is_closed=found.council.status == CLOSED,
        typed=typed,
        minutes=found.council.minutes if minutes is None else minutes,
        sentence=sentence,
    )
    return page, 422 if sentence else 200


def _offer_members(form: MembersForm) -> None:
    able = service.able_to_sit(db.session(), current_actor().village_id)
    form.members.choices = [(str(user.id), user.name) for user in able]


def _id_after(prefix: str, name: str) -> UUID | None:
    try:
        return UUID(name.removeprefix(prefix)) if name.startswith(prefix) else None
    except ValueError:
        return None
