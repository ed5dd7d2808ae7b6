"""记分: post an entry for a household, reverse one, read the village's ledger."""

from datetime import date
from uuid import UUID

from flask import abort, current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from villagepoints import clock
from villagepoints.access import BOOKS, OFFICE, access, current_actor
from villagepoints.blueprints.desk.blueprint import blueprint
from villagepoints.blueprints.desk.context import as_typed, wanted
from villagepoints.blueprints.filters import signed
from villagepoints.blueprints.language import said
from villagepoints.blueprints.photos import uploads
from villagepoints.domain.calendar import Month, village_date
from villagepoints.domain.errors import DomainError, NotFound
from villagepoints.domain.ledger import KINDS
from villagepoints.domain.rulebook import BASE, RuleItem
from villagepoints.extensions import db
from villagepoints.forms.base import narrow
from villagepoints.forms.entry import EntryForm, ReasonForm
from villagepoints.services import claim, claim_list, evidence, posting, rulebook, scoring, statement
from villagepoints.services import household as households
from villagepoints.services.paging import Wanted

FOUND = 12  # households offered for a search


@blueprint.get("/entry")
@access("desk", "read", roles=BOOKS)
def entry() -> ResponseReturnValue:
    """Choose the household; an item chosen before (`item`) is kept, so that it is scored for many in a row."""
    words, code = request.args.get("who", ""), _asked_code()
    found = None
    if words.strip():
        found = households.search(
            db.session(), current_actor().village_id, households.Filter(words=words), Wanted(size=FOUND, sort="number")
        )
        if found.total == 1 and not as_typed():
            return redirect(url_for("desk.new_entry", household_id=found.rows[0].id, item=code or None))
    return render_template("desk/entry.html", found=found, words=words, code=code)


@blueprint.get("/households/<uuid:household_id>/entry")
@access("desk", "read", roles=BOOKS)
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
@access("desk", "write", roles=BOOKS)
def post_entry(household_id: UUID) -> ResponseReturnValue:
    """Post it, or let it wait for another person."""
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
    except NotFound:
        raise
    except DomainError as error:
        return _entry_page(household_id, code, form, said(error))
    points = claim_list.one(session, actor.village_id, claim_id)[0].points
    flash(
        _("已记下 %(points)s 分，放到「审核」里了：另一个人同意、公示没有异议后入账。", points=signed(points)), "note"
    )
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
    book, chosen = scoring.choice(session, village_id, household_id, code, on)
    page = render_template(
        "desk/entry_form.html", household=household, book=book, choice=chosen, form=form, sentence=sentence
    )
    return page, 422 if sentence or form.errors else 200


@blueprint.route("/households/<uuid:household_id>/entries/<int(max=2147483647):seq>/reverse", methods=["GET", "POST"])
@access("desk", "write", roles=BOOKS)
def reverse_entry(household_id: UUID, seq: int) -> ResponseReturnValue:
    """Undo an entry by a new one, with a reason."""
    session, actor, form, sentence = db.session(), current_actor(), ReasonForm(), ""
    if form.validate_on_submit():
        try:
            claim.propose_reversal(
                session,
                actor,
                key=form.key.data,
                household_id=household_id,
                seq=seq,
                reason=form.reason.data,
                now=clock.now(),
            )
        except DomainError as error:
            sentence = said(error)
        else:
            flash(_("冲正已提交，等另一个人审核，同意后马上入账。"), "note")
            return redirect(url_for("desk.household", household_id=household_id))
    line = statement.one(session, actor.village_id, household_id, seq)
    if line is None:
        abort(404)
    page = render_template("desk/entry_reverse.html", line=line, form=form, sentence=sentence)
    return page, 422 if sentence or form.errors else 200


@blueprint.get("/ledger")
@access("desk", "read", roles=OFFICE)
def ledger() -> ResponseReturnValue:
    """The village's entries, the newest first."""
    session, village_id = db.session(), current_actor().village_id
    kind, month = request.args.get("kind", ""), _month(request.args.get("month", ""))
    which = statement.Filter(
        item_code=_asked_code(),
        kind=kind if kind in KINDS else "",
        first_on=month.first if month else None,
        last_on=month.last if month else None,
    )
    return render_template(
        "desk/ledger.html",
        page=statement.of_village(session, village_id, which, wanted()),
        which=which,
        month=month,
        items=rulebook.in_force(session, village_id, _today()).items.values(),
    )


def _month(text: str) -> Month | None:
    try:
        return Month.parse(text)
    except ValueError:
        return None
