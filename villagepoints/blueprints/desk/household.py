"""农户: find a household, read its page and statement, give it a card or a new opening code."""

from functools import partial
from uuid import UUID

from flask import current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from villagepoints import clock
from villagepoints.access import DESK, OFFICE, access, current_actor
from villagepoints.blueprints.desk.blueprint import blueprint
from villagepoints.blueprints.desk.context import as_typed, wanted
from villagepoints.blueprints.desk.export import residency_name
from villagepoints.blueprints.desk.listing import (
    Act,
    Cell,
    Column,
    Field,
    Table,
    asked_group,
    group_field,
    listed,
    search,
    show,
)
from villagepoints.domain.actor import ADMIN, CLERK
from villagepoints.domain.calendar import village_date
from villagepoints.domain.errors import N_
from villagepoints.extensions import db
from villagepoints.forms.base import printable
from villagepoints.forms.user import RELATION_NAMES
from villagepoints.services import (
    card,
    card_loss,
    certificate,
    claim_list,
    household_history,
    pdf,
    redemption_list,
    statement,
    succession_list,
)
from villagepoints.services import household as service
from villagepoints.services.paging import Wanted
from villagepoints.services.resident_rows import HEAD

RESIDENCIES = ("resident", "relocated")
STATEMENTS = Act(
    "statements",
    N_("印对账单"),
    "desk.statements",
    "household",
    service.names,
    says=N_("一户一张，打开以后再按打印。"),
    is_read=True,
)
CARDS = Act(
    "cards",
    N_("印码牌"),
    "desk.print_cards",
    "id",
    service.names,
    says=N_("还没有码牌的户不会印出来。原来的码牌照样能用。"),
    is_read=True,
)
HOUSEHOLDS = listed("desk.households", N_("农户"), sort="number", acts=(STATEMENTS, CARDS))


def asked_filter() -> service.Filter:
    """Which households the query asks for."""
    residency = request.args.get("residency", "")
    return service.Filter(
        words=request.args.get("q", ""),
        group_no=asked_group(),
        residency=residency if residency in RESIDENCIES else "",
        elders=request.args.get("elders") == "1",
    )


@blueprint.get("/households")
@access("desk", "read", roles=DESK)
def households() -> ResponseReturnValue:
    """The list; a search that finds one household opens it."""
    session, village_id = db.session(), current_actor().village_id
    which = asked_filter()
    return show(
        HOUSEHOLDS,
        "desk/households.html",
        Table(columns=_columns(which), opens=lambda row: url_for("desk.household", household_id=row.id)),
        partial(service.search, session, village_id, which),
        [
            search("q", _("查找"), which.words),
            group_field(service.groups(session, village_id), which.group_no),
            Field("residency", _("类型"), which.residency, [(one, residency_name(one)) for one in RESIDENCIES]),
            Field("elders", _("老人"), "1" if which.elders else "", [("1", _("老人户"))]),
        ],
        opens_single=bool(which.words) and not as_typed(),
        empty=_("没有找到「%(words)s」。可以试户号、姓名、拼音首字母，或手机尾号 4 位。", words=which.words)
        if which.words
        else _("没有这样的户。还没有农户的，请先导入花名册。"),
    )


def _columns(which: service.Filter) -> list[Column[service.HouseholdRow]]:
    matched: Column[service.HouseholdRow] = Column(
        _("找到的人"), lambda row: row.matched if row.matched != row.head_name else None
    )
    return [
        Column(_("户号"), lambda row: row.number, "number", "nowrap"),
        Column(_("户主"), lambda row: row.head_name, "name"),
        *([matched] if which.words else []),
        Column(_("组"), lambda row: row.group_no, "group", "nowrap", is_named=True),
        Column(_("类型"), lambda row: residency_name(row.residency), "residency", "nowrap"),
        Column(
            _("老人户"), lambda row: Cell(_("是") if row.is_elder else "", look="mark gold"), "elder", is_named=True
        ),
        Column(_("住址"), lambda row: row.address, "address", "wide"),
        Column(_("人数"), lambda row: row.people, look="num", total="people"),
        Column(_("余额"), lambda row: row.balance, "balance", "num", total="balance"),
    ]


@blueprint.get("/households/<uuid:household_id>")
@access("desk", "read", roles=DESK)
def household(household_id: UUID) -> ResponseReturnValue:
    """One household: who, how much, why, and what can be done for it."""
    session, village_id = db.session(), current_actor().village_id
    found = service.get(session, village_id, household_id)
    is_office = current_actor().is_any(*OFFICE)
    living = service.living_card(session, village_id, household_id)
    return render_template(
        "desk/household.html",
        household=found,
        residents=service.residents(session, village_id, household_id),
        head_word=HEAD,
        merit=statement.merit(session, village_id, household_id, village_date(clock.now())),
        card=living,
        lost=None if living else card_loss.lost(session, village_id, household_id),
        claims=claim_list.listed(session, village_id, "waiting", Wanted(size=25), household_id).rows,
        redemptions=redemption_list.of_household(session, village_id, household_id, most=5),
        page=statement.of_household(session, village_id, household_id, wanted(size=25)),
        honours=certificate.codes(session, village_id) if pdf.available() else frozenset(),
        committee=household_history.committee(session, village_id, household_id),
        handed_on=succession_list.waiting_of(session, village_id, household_id) if is_office else (),
        changes=household_history.latest(session, village_id, household_id, 5) if is_office else (),
        keeps_out=household_history.keep_out(session, village_id, household_id) if is_office else (),
        relation_names=RELATION_NAMES,
    )


@blueprint.post("/households/<uuid:household_id>/card")
@access("desk", "write", roles=frozenset({CLERK, ADMIN}))
def issue_card(household_id: UUID) -> ResponseReturnValue:
    """Give the household a new card; the old one on the door dies."""
    card.issue(
        db.session(),
        current_actor(),
        household_id=household_id,
        card_key=current_app.config["CARD_KEY"],
        reason=printable(request.form.get("reason"))[:200],
        key=request.form.get("key", ""),
        now=clock.now(),
    )
    flash(_("码牌发好了，以前发的都不能用了。请点「打印」，贴到门上，回执交给这户。"))
    return redirect(url_for("desk.household", household_id=household_id))


@blueprint.post("/households/<uuid:household_id>/opening-code")
@access("desk", "write", roles=frozenset({CLERK, ADMIN}))
def renew_opening(household_id: UUID) -> ResponseReturnValue:
    """A new opening code for a household that lost its slip or forgot its PIN, shown once."""
    printed = card.renew_opening(
        db.session(),
        current_actor(),
        household_id=household_id,
        card_key=current_app.config["CARD_KEY"],
        key=request.form.get("key", ""),
        now=clock.now(),
    )
    return render_template("desk/opening_code.html", printed=printed, household_id=household_id)
