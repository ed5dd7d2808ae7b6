"""The audit itself: opened before two members by a number drawn by lot, its sample, and all audits there were."""

from typing import Any
from uuid import UUID

from flask import current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from villagepoints import clock
from villagepoints.access import SUPERVISION, access, current_actor
from villagepoints.blueprints.filters import month as month_words
from villagepoints.blueprints.language import said
from villagepoints.blueprints.supervision.blueprint import blueprint
from villagepoints.blueprints.supervision.home import due_months, standing
from villagepoints.domain import audit as words
from villagepoints.domain.calendar import Month, village_date
from villagepoints.domain.errors import Refusal
from villagepoints.domain.seal import fingerprint
from villagepoints.domain.supervision import LEAST
from villagepoints.extensions import db
from villagepoints.forms.audit import OpenForm
from villagepoints.forms.base import beside
from villagepoints.services import audit as audits
from villagepoints.services import audit_open, audit_overview, audit_rule, supervisor
from villagepoints.services.audit_open import Opening
from villagepoints.services.audit_overview import Count, Overview
from villagepoints.services.paging import Wanted

BACK = 6  # months to choose from


@blueprint.get("/open")
@access("supervision", "read", roles=SUPERVISION)
def open_audit() -> ResponseReturnValue:
    """Why a lot is drawn, how, and the form for what was drawn."""
    return _open_page(OpenForm(formdata=None), "", 200)


@blueprint.post("/open/prepare")
@access("supervision", "write", roles=SUPERVISION)
def prepare_audit() -> ResponseReturnValue:
    """Fix what pseudonyms are made with, before a lot is drawn."""
    audit_open.prepare(db.session(), current_actor(), key=request.form.get("key", ""), now=clock.now())
    return redirect(url_for("supervision.open_audit"))


@blueprint.post("/open")
@access("supervision", "write", roles=SUPERVISION)
def draw_audit() -> ResponseReturnValue:
    """Open the audit: the sample is drawn and stands."""
    form, now = OpenForm(), clock.now()
    if not form.validate():
        return _open_page(form, "", 422)
    try:
        typed = Opening(
            month=form.month.data or "",
            lot=form.lot.data or "",
            witness_id=_id(form.witness_id.data),
            pin=form.pin.data or "",
            witness_pin=form.witness_pin.data or "",
        )
        card_key, key = current_app.config["CARD_KEY"], form.key.data
        audit_id = audit_open.open_audit(db.session(), current_actor(), typed, card_key=card_key, key=key, now=now)
    except Refusal as error:
        return _open_page(form, beside(form, error.field, said(error)), error.status)
    flash(_("抽好了，审核开了。哪天去看、看哪几户，走完以前只有小组知道。"))
    return redirect(url_for("supervision.audit", audit_id=audit_id))


def _id(text: str | None) -> UUID:
    try:
        return UUID(text or "")
    except ValueError:
        return UUID(int=0)  # nobody's


def _open_page(form: OpenForm, sentence: str, status: int) -> ResponseReturnValue:
    session, actor, today = db.session(), current_actor(), village_date(clock.now())
    member = supervisor.own_term(session, actor, today)
    there = audit_open.free(session, actor.village_id, today)
    names = audit_overview.names_of(session, actor.village_id, [one.user_id for one in there])
    others = [one for one in there if member is None or one.id != member.id]
    have = {row.audit.month for row in audit_overview.listed(session, actor.village_id, Wanted(size=BACK * 2)).rows}
    months = [str(Month.of(today) - back) for back in range(BACK)]
    form.month.choices = [(one, month_words(one)) for one in months if one not in have]
    following = due_months(audits.latest(session, actor.village_id), today)[1]
    if not form.month.data and following:
        form.month.data = str(following)
    form.witness_id.choices = [("", _("请选"))] + [(str(one.id), names[one.user_id]) for one in others if one.pin_hash]
    html = render_template(
        "supervision/open_audit.html",
        form=form,
        sentence=sentence,
        member=member,
        without_pin=[names[one.user_id] for one in others if not one.pin_hash],
        are_enough=len(there) >= LEAST,
        members=len(there),
        least=LEAST,
        rule=audit_rule.of_village(session, actor.village_id),
    )
    return html, status


@blueprint.get("/audits", endpoint="audits")
@access("supervision", "read", roles=SUPERVISION)
def audits_list() -> ResponseReturnValue:
    """Every audit, the latest month first."""
    number = min(max(request.args.get("page", 1, type=int), 1), 10_000)
    page = audit_overview.listed(db.session(), current_actor().village_id, Wanted(number, 12))
    return render_template("supervision/audits.html", page=page)


@blueprint.get("/audits/<uuid:audit_id>")
@access("supervision", "read", roles=SUPERVISION)
def audit(audit_id: UUID) -> ResponseReturnValue:
    """One audit: its sample by kind and reason, how far it is, and how it was drawn."""
    session, actor, today = db.session(), current_actor(), village_date(clock.now())
    found = audits.one(session, actor.village_id, audit_id)
    member = supervisor.own_term(session, actor, today)
    stands = standing(found, member.id if member else None)
    return render_template(
        "supervision/audit.html",
        audit=found,
        stands=stands,
        strata=_strata(stands["overview"]),
        seal_words=fingerprint(found.seal_root),
        witnesses=audit_overview.witnesses(session, actor.village_id, found.id),
        **_words(),
    )


@blueprint.get("/audits/<uuid:audit_id>/names")
@access("supervision", "read", roles=SUPERVISION)
def audit_names(audit_id: UUID) -> ResponseReturnValue:
    """What the pseudonyms of the sample stand for, to draw it again: for the group, while their term runs."""
    session, actor = db.session(), current_actor()
    supervisor.current(session, actor, village_date(clock.now()))
    number = min(max(request.args.get("page", 1, type=int), 1), 10_000)
    found = audits.one(session, actor.village_id, audit_id)
    page = audit_overview.things(session, actor.village_id, found.id, Wanted(number, 50))
    return render_template("supervision/audit_names.html", audit=found, page=page, **_words())


def _strata(of: Overview) -> list[tuple[str, Count]]:
    """How many of each group and residency were drawn, in words."""
    found: dict[str, Count] = {}
    for (_reason, stratum), one in of.strata.items():
        count = found.setdefault(stratum, Count())
        count.drawn += one.drawn
        for result, how_many in one.results.items():
            count.results[result] += how_many
    return [(_place(stratum), found[stratum]) for stratum in sorted(found, key=_in_order)]


def _in_order(stratum: str) -> tuple[int, str]:
    group, _space, residency = stratum.partition(" ")
    return int(group) if group.isdigit() else 10_000, residency


def _place(stratum: str) -> str:
    group, _space, residency = stratum.partition(" ")
    where = _("动迁上楼") if residency == "relocated" else _("常住")
    return str(_("没有分组") if group == "-" else _("%(number)s组", number=group)) + " " + str(where)


def _words() -> dict[str, Any]:
    return {"kinds": words.KINDS, "reasons": words.REASONS, "results": words.RESULTS}
