"""窗口兑换: serve a household that comes without a phone, or its proxy."""

from collections.abc import Iterator
from uuid import UUID

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from villagepoints import clock
from villagepoints.access import SHOP, access, current_actor
from villagepoints.blueprints.desk.blueprint import blueprint
from villagepoints.blueprints.desk.chosen import choose_household
from villagepoints.blueprints.language import said
from villagepoints.domain.calendar import village_date
from villagepoints.domain.errors import N_, BadInput, Refusal
from villagepoints.extensions import db
from villagepoints.forms.base import narrow
from villagepoints.forms.redemption import CounterForm
from villagepoints.services import counter as counters
from villagepoints.services import household as households
from villagepoints.services import redemption, redemption_list, reward_list


@blueprint.get("/counter")
@access("desk", "read", roles=SHOP)
def counter() -> ResponseReturnValue:
    """Choose the household."""
    return choose_household("desk/counter.html", onward="desk.serve")


@blueprint.get("/counter/<uuid:household_id>")
@access("desk", "read", roles=SHOP)
def serve(household_id: UUID) -> ResponseReturnValue:
    """Choose the goods."""
    return _page(household_id, CounterForm(formdata=None), "", {})


@blueprint.post("/counter/<uuid:household_id>")
@access("desk", "write", roles=SHOP)
def serve_now(household_id: UUID) -> ResponseReturnValue:
    """Show what it comes to; once that is confirmed, take points and goods and hand over."""
    session, actor, form, wanted = db.session(), current_actor(), CounterForm(), {}
    if not form.validate_on_submit():
        return _page(household_id, form, "", {})
    try:
        wanted = dict(_pieces())
        if request.form.get("step") != "confirmed":
            return _confirm_page(household_id, form, wanted)
        receipt = redemption.serve(
            session,
            actor,
            household_id=household_id,
            lines=wanted.items(),
            channel=form.channel.data,
            proxy_name=form.proxy_name.data,
            key=form.key.data,
            now=clock.now(),
        )
    except Refusal as error:
        return _page(household_id, form, said(error), wanted)
    flash(_("已兑换并发放，用了 %(points)s 分，还余 %(balance)s 分。", points=receipt.points, balance=receipt.balance))
    return redirect(url_for("desk.redemption", redemption_id=receipt.redemption_id))


def _pieces() -> Iterator[tuple[UUID, int]]:
    """The pieces asked of each reward; BadInput for what is no number."""
    for name, value in request.form.items():
        if name.startswith("reward-") and (text := narrow(value)):
            try:
                reward_id, quantity = UUID(name.removeprefix("reward-")), int(text)
                if len(text) > 6:
                    raise ValueError
            except ValueError:
                raise BadInput(N_("件数「%(text)s」读不懂，请填整数。什么都没有动。"), text=text[:20]) from None
            if quantity:
                yield reward_id, quantity


def _confirm_page(household_id: UUID, form: CounterForm, wanted: dict[UUID, int]) -> ResponseReturnValue:
    session, village_id = db.session(), current_actor().village_id
    quote = redemption_list.quote(session, village_id, household_id, wanted.items(), village_date(clock.now()))
    if form.channel.data == "proxy" and not form.proxy_name.data:
        raise BadInput(N_("代办要写上代办人的姓名。什么都没有动。"))
    household = households.get(session, village_id, household_id)
    return render_template("desk/counter_confirm.html", household=household, form=form, quote=quote, wanted=wanted)


def _page(household_id: UUID, form: CounterForm, sentence: str, wanted: dict[UUID, int]) -> ResponseReturnValue:
    session, village_id = db.session(), current_actor().village_id
    own = counters.of_actor(session, current_actor())
    page = render_template(
        "desk/counter_goods.html",
        household=households.get(session, village_id, household_id),
        goods=reward_list.on_offer(session, village_id, village_date(clock.now()), own),
        form=form,
        wanted=wanted,
        sentence=sentence,
    )
    return page, 422 if sentence or form.errors else 200
