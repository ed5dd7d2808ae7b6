"""审核: what waits for another person; approve it or refuse it with a reason."""

from uuid import UUID

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from villagepoints import clock
from villagepoints.access import BOOKS, OFFICE, access, current_actor
from villagepoints.blueprints.desk.blueprint import blueprint
from villagepoints.blueprints.desk.context import wanted
from villagepoints.blueprints.filters import signed
from villagepoints.blueprints.language import said
from villagepoints.domain.claim import APPROVED, STATUSES, WAITING
from villagepoints.domain.errors import DomainError, NotFound
from villagepoints.extensions import db
from villagepoints.forms.entry import ReasonForm
from villagepoints.services import claim as service
from villagepoints.services import claim_list


@blueprint.get("/claims")
@access("desk", "read", roles=OFFICE)
def claims() -> ResponseReturnValue:
    """The claims of a status, what waits first."""
    asked = request.args.get("status", WAITING)
    status = asked if asked in STATUSES else WAITING
    page = claim_list.listed(db.session(), current_actor().village_id, status, wanted())
    return render_template("desk/claims.html", page=page, status=status, statuses=STATUSES)


@blueprint.get("/claims/<uuid:claim_id>")
@access("desk", "read", roles=OFFICE)
def claim(claim_id: UUID) -> ResponseReturnValue:
    """One claim with its reviews so far."""
    return _page(claim_id, ReasonForm(formdata=None), "")


@blueprint.post("/claims/<uuid:claim_id>")
@access("desk", "write", roles=BOOKS)
def decide(claim_id: UUID) -> ResponseReturnValue:
    """Approve, which posts it, or refuse."""
    session, actor, form = db.session(), current_actor(), ReasonForm()
    if not form.validate_on_submit():
        return _page(claim_id, form, "")
    how = service.approve if request.form.get("decision") == APPROVED else service.refuse
    try:
        decided = how(
            session, actor, key=form.key.data, claim_id=claim_id, reason=form.reason.data or "", now=clock.now()
        )
    except NotFound:
        raise
    except DomainError as error:
        return _page(claim_id, form, said(error))
    _say(decided)
    return redirect(url_for("desk.claims"))


def _say(decided: service.Decided) -> None:
    if decided.balance is not None:
        points = signed(decided.points)
        flash(_("已记上，%(points)s 分；这户现在余 %(balance)s 分。", points=points, balance=decided.balance))
    elif decided.status == WAITING:
        flash(_("你已同意，还要另一个人也同意才入账。"), "note")
    elif decided.status == APPROVED:
        flash(_("已同意，会放到下一次公示里；公示期满没有异议就入账。"))
    else:
        flash(_("没有同意，原因已留下，积分没有动。"))


def _page(claim_id: UUID, form: ReasonForm, sentence: str) -> ResponseReturnValue:
    found, reviews = claim_list.one(db.session(), current_actor().village_id, claim_id)
    page = render_template("desk/claim.html", claim=found, reviews=reviews, form=form, sentence=sentence)
    return page, 422 if sentence or form.errors else 200
