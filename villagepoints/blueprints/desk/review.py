"""审核: what waits for another person; approve or refuse one, approve many, take back one's own."""

from uuid import UUID

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from villagepoints import clock
from villagepoints.access import BOOKS, LANE, OFFICE, access, current_actor
from villagepoints.blueprints.desk.blueprint import blueprint
from villagepoints.blueprints.desk.context import wanted
from villagepoints.blueprints.filters import signed
from villagepoints.blueprints.language import said
from villagepoints.domain.calendar import village_date
from villagepoints.domain.claim import APPROVED, STATUSES, WAITING
from villagepoints.domain.errors import Refusal
from villagepoints.domain.rulebook import BASE
from villagepoints.extensions import db
from villagepoints.forms.base import printable
from villagepoints.forms.entry import ReasonForm
from villagepoints.services import claim as service
from villagepoints.services import claim_bulk, claim_list, rulebook
from villagepoints.services import household as households
from villagepoints.services.claim_bulk import Done

READERS = OFFICE | LANE  # grid workers follow, and take back, what they recorded
HOUSEHOLDS = "households"  # in the list of recorders: what households claimed themselves


@blueprint.get("/claims")
@access("desk", "read", roles=READERS)
def claims() -> ResponseReturnValue:
    """The claims of a status, what waits first."""
    return _list(None)


@blueprint.post("/claims")
@access("desk", "approve", roles=BOOKS)
def approve_claims() -> ResponseReturnValue:
    """Approve what is ticked; the page says what went through and names what did not."""
    ticked = request.form.getlist("claim", type=UUID)
    key = printable(request.form.get("key"))
    return _list(claim_bulk.approve_many(db.session(), current_actor(), key=key, claim_ids=ticked, now=clock.now()))


def _list(done: Done | None) -> ResponseReturnValue:
    session, village_id = db.session(), current_actor().village_id
    asked = request.args.get("status", WAITING)
    status = asked if asked in STATUSES else WAITING
    group_no = request.args.get("group", type=int)
    which = claim_list.Filter(
        item_code=request.args.get("item", "")[:8],
        group_no=group_no if group_no is not None and 0 <= group_no < 10_000 else None,
        recorded_by=request.args.get("recorder", type=UUID),
        by_households=request.args.get("recorder") == HOUSEHOLDS,
        words=request.args.get("who", ""),
    )
    book = rulebook.in_force(session, village_id, village_date(clock.now()))
    return render_template(
        "desk/claims.html",
        page=claim_list.listed(session, village_id, status, wanted(), which=which),
        which=which,
        status=status,
        statuses=STATUSES,
        items=[item for item in book.items.values() if item.kind != BASE],
        groups=households.groups(session, village_id),
        recorders=claim_list.recorders(session, village_id),
        done=done,
    )


@blueprint.get("/claims/<uuid:claim_id>")
@access("desk", "read", roles=READERS)
def claim(claim_id: UUID) -> ResponseReturnValue:
    """One claim with its reviews so far."""
    return _page(claim_id, ReasonForm(formdata=None), "")


@blueprint.post("/claims/<uuid:claim_id>")
@access("desk", "approve", roles=BOOKS)
def decide(claim_id: UUID) -> ResponseReturnValue:
    """Approve, which lets it go on a notice, or refuse."""
    session, actor, form = db.session(), current_actor(), ReasonForm()
    if not form.validate_on_submit():
        return _page(claim_id, form, "")
    how = service.approve if request.form.get("decision") == APPROVED else service.refuse
    try:
        decided = how(
            session, actor, key=form.key.data, claim_id=claim_id, reason=form.reason.data or "", now=clock.now()
        )
    except Refusal as error:
        return _page(claim_id, form, said(error))
    _say(decided)
    return redirect(url_for("desk.claims"))


@blueprint.post("/claims/<uuid:claim_id>/withdraw")
@access("desk", "write", roles=LANE)
def withdraw_claim(claim_id: UUID) -> ResponseReturnValue:
    """Take back what one recorded oneself."""
    key = printable(request.form.get("key"))
    service.withdraw(db.session(), current_actor(), key=key, claim_id=claim_id, now=clock.now())
    flash(_("已撤回，积分没有动。"))
    return redirect(url_for("desk.claim", claim_id=claim_id))


def _say(decided: service.Decided) -> None:
    if decided.balance is not None:
        points = signed(decided.points)
        flash(_("已记上，%(points)s 分；这户现在余 %(balance)s 分。", points=points, balance=decided.balance))
    elif decided.status == WAITING:
        flash(_("你已同意，还要另一个人也同意才算。"), "note")
    elif decided.status == APPROVED:
        flash(_("已同意，会放到下一次公示里；公示期满没有异议就入账。"))
    else:
        flash(_("没有同意，原因已留下，积分没有动。"))


def _page(claim_id: UUID, form: ReasonForm, sentence: str) -> ResponseReturnValue:
    details = claim_list.details(db.session(), current_actor(), claim_id)
    page = render_template("desk/claim.html", details=details, form=form, sentence=sentence)
    return page, 422 if sentence or form.errors else 200
