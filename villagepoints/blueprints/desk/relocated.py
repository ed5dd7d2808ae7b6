"""动迁上楼户: the relocated households, for the village all of them and for a neighbourhood committee its own."""

from collections.abc import Sequence
from functools import partial
from uuid import UUID

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from werkzeug.datastructures import MultiDict

from villagepoints import clock
from villagepoints.access import BLOCKS, access, current_actor
from villagepoints.blueprints.desk.blueprint import blueprint
from villagepoints.blueprints.desk.listing import Act, Cell, Column, Field, Table, listed, search, show
from villagepoints.blueprints.desk.navigation import is_open
from villagepoints.blueprints.desk.neighbourhood import MANAGES
from villagepoints.blueprints.language import said
from villagepoints.domain.calendar import village_date
from villagepoints.domain.errors import N_, BadInput, Refusal
from villagepoints.extensions import db
from villagepoints.forms.base import printable
from villagepoints.forms.joint_session import LineForm
from villagepoints.services import joint_session_list, rulebook
from villagepoints.services import neighbourhood as neighbourhoods
from villagepoints.services import relocated as service
from villagepoints.services.relocated import Filter, RelocatedRow

SAMPLE = 5  # households named before many are given away at once
NOBODY = "none"
FILTER = ("q", "whose", "elders", "open", "household")
ASSIGN = Act("assign", N_("分给居委会……"), "desk.assign_relocated", "household", service.names, is_read=True)
RELOCATED = listed("desk.relocated", N_("动迁上楼户"), sort="address", acts=(ASSIGN,))


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
    which = asked_filter(request.args, only)
    choices = neighbourhoods.choices(session, actor.village_id) if only is None else ()
    return show(
        RELOCATED,
        "desk/relocated.html",
        Table(columns=_columns(only), opens=lambda row: url_for("desk.relocated_household", household_id=row.id)),
        partial(service.listed, session, actor.village_id, today, which),
        _fields(which, only, choices),
        may_assign=bool(choices) and is_open("desk.assign_relocated"),
        asked=request.args.to_dict(),
        empty=_("没有这样的动迁上楼户。花名册里「类型」写「动迁上楼」的户会排在这里。"),
    )


def _fields(which: Filter, only: UUID | None, choices: Sequence[tuple[UUID, str]]) -> list[Field]:
    whose = NOBODY if which.unassigned else str(which.neighbourhood_id or "")
    offered = [(NOBODY, _("还没有分")), *((str(id_), name) for id_, name in choices)]
    return [
        search("q", _("住址、户号或户主"), which.words),
        *([Field("whose", _("居委会"), whose, offered)] if only is None else []),
        Field("elders", _("老人"), "1" if which.elders else "", [("1", _("老人户"))]),
        Field("open", _("检查发现"), "1" if which.open_only else "", [("1", _("还在劝导的"))]),
    ]


def _columns(only: UUID | None) -> list[Column[RelocatedRow]]:
    committee: Column[RelocatedRow] = Column(
        _("居委会"),
        lambda row: row.neighbourhood if row.neighbourhood else Cell(_("还没有分"), look="mark plain"),
        "committee",
    )
    return [
        Column(_("住址"), lambda row: row.address or row.number, "address"),
        Column(_("户号"), lambda row: row.number, "number", "nowrap"),
        Column(_("户主"), lambda row: row.head_name, "name", "nowrap"),
        Column(
            _("老人户"), lambda row: Cell(_("是") if row.is_elder else "", look="mark gold"), "elder", is_named=True
        ),
        Column(_("电话"), lambda row: row.phone, look="nowrap soft"),
        Column(_("人数"), lambda row: row.people, "people", "num", total="people"),
        *([committee] if only is None else []),
        Column(_("本月查到"), lambda row: row.found or None, "found", "num", total="found", is_named=True),
        Column(_("还在劝导"), lambda row: row.persuaded or None, "persuaded", "num", total="persuaded", is_named=True),
        Column(_("联席会上的事"), lambda row: row.agreed or None, "agreed", "num", total="agreed", is_named=True),
    ]


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


@blueprint.route("/relocated/assign", methods=["GET", "POST"])
@access("desk", "write", roles=MANAGES)
def assign_relocated() -> ResponseReturnValue:
    """Give those that were chosen, or all that a filter finds, to a committee: how many and who, then to whom."""
    session, actor, sentence = db.session(), current_actor(), ""
    which = _chosen()
    if request.method == "POST":
        try:
            moved = neighbourhoods.assign(
                session,
                actor,
                key=printable(request.form.get("key")),
                neighbourhood_id=_target(),
                asked=which,
                expected=request.form.get("expected", -1, type=int),
                now=clock.now(),
            )
        except Refusal as error:
            sentence = said(error)
        else:
            flash(_("分好了，%(count)s 户换了居委会。", count=moved))
            return redirect(url_for("desk.relocated", whose=_target()), 303)
    found = service.matching(session, actor.village_id, which)
    page = render_template(
        "desk/relocated_assign.html",
        choices=neighbourhoods.choices(session, actor.village_id),
        found=found,
        sample=SAMPLE,
        given=sum(row.neighbourhood_id is not None for row in found),
        kept=[(name, value) for name, value in request.values.items(multi=True) if name in FILTER],
        sentence=sentence,
    )
    return page, 422 if sentence else 200


def _chosen() -> Filter:
    ids = frozenset(request.values.getlist("household", type=UUID))
    return Filter(ids=ids) if ids else asked_filter(request.values, None)


def _target() -> UUID:
    target = _id(request.form.get("target", ""))
    if target is None:
        raise BadInput(N_("请选分给哪个居委会。没有分。"))
    return target


def _id(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
