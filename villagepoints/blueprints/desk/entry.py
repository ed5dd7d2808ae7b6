"""记分: record an item for a household, ask for an entry to be undone."""

from datetime import date
from typing import Any
from uuid import UUID

from flask import abort, current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from villagepoints import clock
from villagepoints.access import BOOKS, LANE, access, current_actor
from villagepoints.blueprints.desk.blueprint import blueprint
from villagepoints.blueprints.desk.chosen import choose_household
from villagepoints.blueprints.filters import signed
from villagepoints.blueprints.language import said
from villagepoints.blueprints.photos import uploads
from villagepoints.domain.calendar import village_date
from villagepoints.domain.claim import clawing_back
from villagepoints.domain.errors import DomainError, Refusal
from villagepoints.domain.rulebook import BASE, RuleItem
from villagepoints.extensions import db
from villagepoints.forms.base import beside, narrow
from villagepoints.forms.entry import EntryForm, FalseClaimForm, ReasonForm
from villagepoints.services import claim, claim_list, evidence, posting, rulebook, scoring, statement
from villagepoints.services import household as households


@blueprint.get("/entry")
@access("desk", "read", roles=LANE)
def entry() -> ResponseReturnValue:
    """Choose the household; an item chosen before (`item`) is kept, so that it is scored for many in a row."""
    return choose_household("desk/entry.html", onward="desk.new_entry", item=_asked_code() or None)


@blueprint.get("/households/<uuid:household_id>/entry")
@access("desk", "read", roles=LANE)
def new_entry(household_id: UUID) -> ResponseReturnValue:
    """Choose the item, or fill its form."""
    if code := _asked_code():
        form = EntryForm(formdata=None, occurred_on=_today())
        form.ask_only(_asked_item(code))
        return _entry_page(household_id, code, form, "")
    session, village_id = db.session(), current_actor().village_id
    return render_template(
        "desk/entry_items.html",
        household=households.get(session, village_id, household_id),
        categories=scoring.choices(session, village_id, household_id, _today()),
    )


@blueprint.post("/households/<uuid:household_id>/entry")
@access("desk", "write", roles=LANE)
def post_entry(household_id: UUID) -> ResponseReturnValue:
    """Record it; it waits for another person."""
    session, actor, code = db.session(), current_actor(), _asked_code()
    form = EntryForm()
    form.ask_only(_asked_item(code))
    if not form.validate_on_submit():
        return _entry_page(household_id, code, form, "")
    try:
        with evidence.prepared(current_app.config["INSTANCE"], uploads()) as photos:
            claim_id = claim.propose(
                session,
                actor,
                key=form.key.data,
                household_id=household_id,
                wanted=_item(code, form),
                now=clock.now(),
                photos=photos,
            )
    except Refusal as error:
        return _entry_page(household_id, code, form, beside(form, error.field, said(error)))
    points = signed(claim_list.one(session, actor.village_id, claim_id)[0].points)
    flash(_("已记下 %(points)s 分，放到「审核」里了：另一个人同意、公示没有异议后入账。", points=points), "note")
    return redirect(url_for("desk.household", household_id=household_id, recorded=code))


def _today() -> date:
    return village_date(clock.now())


def _asked_code() -> str:
    return narrow(request.args.get("item")).upper()[:8]


def _asked_item(code: str) -> RuleItem:
    """The item of the query; base items are not posted one by one, so there is no page for them."""
    item = rulebook.in_force(db.session(), current_actor().village_id, _today()).item(code)
    if item.kind == BASE:
        abort(404)
    return item


def _item(code: str, form: EntryForm) -> posting.Item:
    typed = {name: form[name].data for name in ("grade", "quantity", "occasion", "document") if name in form}
    typed = {name: value for name, value in typed.items() if value is not None}
    return posting.Item(code=code, occurred_on=form.occurred_on.data or _today(), note=form.note.data, **typed)


def _entry_page(household_id: UUID, code: str, form: EntryForm, sentence: str) -> ResponseReturnValue:
    session, village_id = db.session(), current_actor().village_id
    household = households.get(session, village_id, household_id)
    on = form.occurred_on.data if "occurred_on" in form and form.occurred_on.data else _today()
    chosen = scoring.chosen(session, village_id, household_id, code, on)
    page = render_template(
        "desk/entry_form.html", household=household, chosen=chosen, on=on, form=form, sentence=sentence
    )
    return page, 422 if sentence or form.errors else 200


@blueprint.route("/households/<uuid:household_id>/entries/<int(max=2147483647):seq>/reverse", methods=["GET", "POST"])
@access("desk", "write", roles=BOOKS)
def reverse_entry(household_id: UUID, seq: int) -> ResponseReturnValue:
    """Ask for an entry to be undone by a new one, with a reason."""
    form, sentence = ReasonForm(), ""
    if form.validate_on_submit():
        asked = {"key": form.key.data, "household_id": household_id, "seq": seq, "reason": form.reason.data}
        try:
            claim.propose_reversal(db.session(), current_actor(), now=clock.now(), **asked)
        except DomainError as error:
            sentence = said(error)
        else:
            flash(_("冲正已提交，等另一个人审核，同意后马上入账。"), "note")
            return redirect(url_for("desk.household", household_id=household_id))
    return _undo_page("desk/entry_reverse.html", household_id, seq, form, sentence)


@blueprint.route(
    "/households/<uuid:household_id>/entries/<int(max=2147483647):seq>/false-claim", methods=["GET", "POST"]
)
@access("desk", "write", roles=BOOKS)
def false_claim(household_id: UUID, seq: int) -> ResponseReturnValue:
    """Ask for a falsely claimed entry to be taken back, with its penalty."""
    form, sentence = FalseClaimForm(), ""
    if form.validate_on_submit():
        asked = {"key": form.key.data, "household_id": household_id, "seq": seq, "reason": form.reason.data}
        try:
            with evidence.prepared(current_app.config["INSTANCE"], uploads()) as photos:
                claim.propose_claw_back(
                    db.session(),
                    current_actor(),
                    document=form.document.data or "",
                    photos=photos,
                    now=clock.now(),
                    **asked,
                )
        except DomainError as error:
            sentence = beside(form, error.field, said(error))
        else:
            flash(_("虚报冒领已提交：审核同意、公示没有异议后，收回那一条并扣分，一次办完。"), "note")
            return redirect(url_for("desk.household", household_id=household_id))
    penalty = clawing_back(rulebook.in_force(db.session(), current_actor().village_id, _today()))
    return _undo_page("desk/entry_false.html", household_id, seq, form, sentence, penalty=penalty)


def _undo_page(
    template: str, household_id: UUID, seq: int, form: ReasonForm, sentence: str, **more: Any
) -> ResponseReturnValue:
    line = statement.one(db.session(), current_actor().village_id, household_id, seq)
    if line is None:
        abort(404)
    page = render_template(template, line=line, form=form, sentence=sentence, **more)
    return page, 422 if sentence or form.errors else 200
