"""我要申报: a household asks for the points of what it did, follows its claims and takes one back."""

from uuid import UUID

from flask import abort, current_app, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from villagepoints.access import access, current_actor
from villagepoints.blueprints.language import said
from villagepoints.blueprints.phone.blueprint import at_home, blueprint
from villagepoints.blueprints.photos import uploads
from villagepoints.domain.calendar import village_date
from villagepoints.domain.errors import N_, DomainError, NotFound, Refusal
from villagepoints.domain.rulebook import CONTRIBUTION, RuleItem
from villagepoints.extensions import db
from villagepoints.forms.base import beside, narrow
from villagepoints.forms.claim import CONSENT, ClaimForm
from villagepoints.services import claim as service
from villagepoints.services import claim_list, evidence, rulebook, scoring, village
from villagepoints.services.allowed import Item
from villagepoints.services.paging import Wanted

PAGE = 20
CONSENTED = N_("%(note)s（未满 %(age)s 岁，监护人同意申报）")  # goes into the claim as it is


@blueprint.get("/claims")
@access("phone", "read")
def claims() -> ResponseReturnValue:
    """Every claim about the household, the latest first."""
    home, number = at_home(), min(max(request.args.get("page", 1, type=int), 1), 10_000)
    wanted = Wanted(number=number, size=PAGE)
    page = claim_list.listed(db.session(), home.village_id, "", wanted, home.household_id)
    return render_template("phone/claims.html", page=page)


@blueprint.get("/claims/new")
@access("phone", "read")
def new_claim() -> ResponseReturnValue:
    """The form of one item; without one, the list to choose from."""
    if "item" not in request.args:
        return redirect(url_for("phone.earn"))
    item = _asked_item()
    form = ClaimForm(formdata=None, occurred_on=village_date(g.now))
    form.ask_only(item)
    return _form_page(item, form, "")


@blueprint.post("/claims/new")
@access("phone", "write")
def post_claim() -> ResponseReturnValue:
    """Send it to the village; it waits for review."""
    item, home = _asked_item(), at_home()
    form = ClaimForm()
    form.ask_only(item)
    if not form.validate_on_submit():
        return _form_page(item, form, "")
    try:
        with evidence.prepared(current_app.config["INSTANCE"], uploads()) as photos:
            claim_id = service.propose(
                db.session(),
                current_actor(),
                key=form.key.data,
                household_id=home.household_id,
                wanted=_wanted(item, form),
                now=g.now,
                photos=photos,
            )
    except DomainError as error:
        return _form_page(item, form, beside(form, error.field, said(error)))
    return redirect(url_for("phone.claim", claim_id=claim_id), 303)


@blueprint.get("/claims/<uuid:claim_id>")
@access("phone", "read")
def claim(claim_id: UUID) -> ResponseReturnValue:
    """One claim: what became of it, and why."""
    return _claim_page(claim_id)


@blueprint.post("/claims/<uuid:claim_id>/withdraw")
@access("phone", "write")
def withdraw_claim(claim_id: UUID) -> ResponseReturnValue:
    """Take it back while it waits."""
    key = request.form.get("key", "")
    try:
        service.withdraw(db.session(), current_actor(), key=key, claim_id=claim_id, now=g.now)
    except Refusal as error:
        return _claim_page(claim_id, said(error), error.status)
    return redirect(url_for("phone.claim", claim_id=claim_id), 303)


def _claim_page(claim_id: UUID, refusal: str = "", status: int = 200) -> ResponseReturnValue:
    home = at_home()
    row, reviews = claim_list.one(db.session(), home.village_id, claim_id)
    if row.household_id != home.household_id:
        raise NotFound(N_("没有这条申报。"))
    photos = evidence.of(db.session(), home.village_id, claim_id=claim_id)
    page = render_template("phone/claim.html", claim=row, reviews=reviews, photos=photos, refusal=refusal)
    return page, status


def _asked_item() -> RuleItem:
    """The item of the query; what is chosen for by the village, or is no contribution, has no such page."""
    code = narrow(request.args.get("item")).upper()[:8]
    item = rulebook.in_force(db.session(), at_home().village_id, village_date(g.now)).item(code)
    if item.kind != CONTRIBUTION or item.quota_percent is not None:
        abort(404)
    return item


def _wanted(item: RuleItem, form: ClaimForm) -> Item:
    typed = {name: form[name].data for name in ("grade", "quantity", "occasion", "document") if name in form}
    typed = {name: value for name, value in typed.items() if value is not None}
    note = form.note.data or ""
    if "age" in form and form.age.data == CONSENT:
        note = CONSENTED % {"note": note, "age": item.guardian_consent_under}
    return Item(code=item.code, occurred_on=form.occurred_on.data or village_date(g.now), note=note, **typed)


def _form_page(item: RuleItem, form: ClaimForm, sentence: str) -> ResponseReturnValue:
    home, session = at_home(), db.session()
    if not village.lets_claim(session, home.village_id):
        return render_template("phone/claim_off.html")
    on = form.occurred_on.data or village_date(g.now)
    chosen = scoring.chosen(session, home.village_id, home.household_id, item.code, on)
    page = render_template("phone/claim_form.html", item=item, form=form, chosen=chosen, sentence=sentence)
    return page, 422 if sentence or form.errors else 200
