"""扫码发放: a code typed or scanned, who it is and what they get, one key to hand it over, the next."""

from typing import Any
from uuid import UUID

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from villagepoints import clock
from villagepoints.access import SHOP, access, current_actor
from villagepoints.blueprints.desk.blueprint import blueprint
from villagepoints.blueprints.desk.reward import id_of
from villagepoints.blueprints.language import said
from villagepoints.domain.errors import DomainError
from villagepoints.extensions import db
from villagepoints.forms.base import narrow
from villagepoints.forms.entry import ReasonForm
from villagepoints.services import counter as counters
from villagepoints.services import pickup as service
from villagepoints.services import redemption

MOST = 300  # characters of what a scanner may type: an address with a token


@blueprint.get("/pickup")
@access("desk", "read", roles=SHOP)
def pickup() -> ResponseReturnValue:
    """The field for the code, and below it what the code stands for."""
    session, actor = db.session(), current_actor()
    code, chosen = narrow(request.args.get("code"))[:MOST], id_of(request.args.get("redemption"))
    try:
        if chosen is not None:
            return _page(rows=[service.waiting(session, actor, chosen)], by_card=True)
        if code:
            found = service.find(session, actor, code)
            return _page(rows=found.rows, by_card=found.by_card)
    except DomainError as error:
        return _page(sentence=said(error), status=error.status)
    return _page()


@blueprint.post("/pickup/<uuid:redemption_id>")
@access("desk", "write", roles=SHOP)
def hand_over(redemption_id: UUID) -> ResponseReturnValue:
    """Hand over at the empty field's Enter, or at the pickup code where a door card was scanned.

    Anything else that was typed or scanned is the next one to look at: a scanner that reads twice gives nothing away.
    """
    session, actor, form = db.session(), current_actor(), ReasonForm()
    typed, asks_code = narrow(request.form.get("next"))[:MOST], request.form.get("asks") == "code"
    try:
        row = service.waiting(session, actor, redemption_id)
        if asks_code and not typed:
            return _page(
                rows=[row], by_card=True, sentence=_("请他报 6 位领取码，输进去再按回车。还没有发。"), status=422
            )
        if typed and not (asks_code and typed == row.pickup_code):
            return redirect(url_for("desk.pickup", code=typed))
        redemption.fulfil(session, actor, redemption_id=redemption_id, key=form.key.data or "", now=clock.now())
    except DomainError as error:
        return _page(sentence=said(error), status=error.status)
    goods = _("、").join(f"{name} ×{pieces}" for name, pieces, _each in row.goods)
    flash(_("已发放：%(number)s %(name)s，%(goods)s。", number=row.number, name=row.head_name, goods=goods))
    return redirect(url_for("desk.pickup"))


def _page(*, sentence: str = "", status: int = 200, rows: Any = (), by_card: bool = False) -> ResponseReturnValue:
    """The page for one to hand over, several to choose from, or none; what is wrong in large type."""
    session, actor = db.session(), current_actor()
    one = rows[0] if len(rows) == 1 else None
    html = render_template(
        "desk/pickup.html",
        one=one,
        rows=rows,
        by_card=by_card,
        place=counters.place_of(session, actor.village_id, one.id) if one else None,
        sentence=sentence,
        form=ReasonForm(formdata=None),
    )
    return html, status
