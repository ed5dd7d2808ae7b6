"""抽多少: the sizes of the samples, each with what it means, for the audits opened from now on."""

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from villagepoints import clock
from villagepoints.access import SUPERVISION, access, current_actor
from villagepoints.blueprints.language import said
from villagepoints.blueprints.supervision.blueprint import blueprint
from villagepoints.domain.audit_draw import Sizes, check_sizes
from villagepoints.domain.calendar import Month, village_date
from villagepoints.domain.errors import Refusal
from villagepoints.extensions import db
from villagepoints.forms.audit import SIZES, SizesForm
from villagepoints.forms.base import beside
from villagepoints.services import audit_reach, audit_rule


@blueprint.get("/settings")
@access("supervision", "read", roles=SUPERVISION)
def settings() -> ResponseReturnValue:
    """What is drawn, and what such a sample could miss."""
    rule = audit_rule.of_village(db.session(), current_actor().village_id)
    form = SizesForm(formdata=None, data={**rule.sizes.as_json(), "due_days": rule.due_days})
    return _page(form, rule.sizes, "", 200)


@blueprint.post("/settings")
@access("supervision", "write", roles=SUPERVISION)
def set_sizes() -> ResponseReturnValue:
    """Set the sizes, or (`try`) only say what they would mean."""
    form = SizesForm()
    kept = audit_rule.of_village(db.session(), current_actor().village_id).sizes
    if not form.validate():
        return _page(form, kept, "", 422)
    try:
        if "try" in request.form:
            check_sizes(form.sizes)
            return _page(form, form.sizes, _("下面是照这些数算的，还没有存。"), 200)
        due_days, key = form.due_days.data or 0, form.key.data or ""
        audit_rule.change(
            db.session(), current_actor(), sizes=form.sizes, due_days=due_days, key=key, now=clock.now()
        )
    except Refusal as error:
        return _page(form, kept, beside(form, error.field, said(error)), error.status)
    flash(_("存好了，从下一次开审核起照这个抽。"))
    return redirect(url_for("supervision.settings"))


def _page(form: SizesForm, sizes: Sizes, sentence: str, status: int) -> ResponseReturnValue:
    session, village_id = db.session(), current_actor().village_id
    month = Month.of(village_date(clock.now())) - 1
    html = render_template(
        "supervision/settings.html",
        form=form,
        words=SIZES,
        sizes=sizes,
        sentence=sentence,
        is_wrong=status != 200,
        rule=audit_rule.of_village(session, village_id),
        reach=audit_reach.reach(session, village_id, month, sizes),
    )
    return html, status
