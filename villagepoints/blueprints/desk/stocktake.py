"""盘点: begin, print the sheet or fill it in, look at the differences, close."""

from uuid import UUID

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from villagepoints import clock
from villagepoints.access import DESK, SHOP, access, current_actor
from villagepoints.blueprints.desk.blueprint import blueprint
from villagepoints.blueprints.desk.context import wanted
from villagepoints.blueprints.desk.reward import EDITORS, id_of
from villagepoints.blueprints.language import said
from villagepoints.domain.errors import N_, BadInput, NotFound, Refusal
from villagepoints.extensions import db
from villagepoints.forms.base import narrow
from villagepoints.forms.reward import CountForm, StocktakeForm
from villagepoints.services import counter as counters
from villagepoints.services import stocktake as service
from villagepoints.services import stocktake_list

MOST_REASON = 100


@blueprint.get("/stocktakes")
@access("desk", "read", roles=DESK)
def stocktakes() -> ResponseReturnValue:
    """The stocktakes there were, and the form that begins one."""
    return _list(StocktakeForm(formdata=None), "")


@blueprint.post("/stocktakes")
@access("desk", "write", roles=SHOP)
def begin_stocktake() -> ResponseReturnValue:
    """Begin to count."""
    form = StocktakeForm()
    if not form.validate():
        return _list(form, "")
    typed = {"counter_id": id_of(form.counter_id.data), "note": form.note.data, "key": form.key.data}
    try:
        stocktake_id = service.begin(db.session(), current_actor(), **typed, now=clock.now())
    except Refusal as error:
        return _list(form, said(error))
    return redirect(url_for("desk.stocktake", stocktake_id=stocktake_id))


def _list(form: StocktakeForm, sentence: str) -> ResponseReturnValue:
    session, actor = db.session(), current_actor()
    own, places = counters.of_actor(session, actor), counters.names(session, actor.village_id)
    form.counter_id.choices = [place for place in places if place[0] == own] if own else [("", _("全部商品")), *places]
    page = stocktake_list.listed(session, actor.village_id, wanted(), own)
    html = render_template("desk/stocktakes.html", page=page, form=form, sentence=sentence)
    return html, 422 if sentence or form.errors else 200


@blueprint.get("/stocktakes/<uuid:stocktake_id>")
@access("desk", "read", roles=DESK)
def stocktake(stocktake_id: UUID) -> ResponseReturnValue:
    """The sheet: to print, to fill in, and once it is over to read."""
    return _sheet(stocktake_id, "", {})


@blueprint.post("/stocktakes/<uuid:stocktake_id>")
@access("desk", "write", roles=SHOP)
def count_stocktake(stocktake_id: UUID) -> ResponseReturnValue:
    """Write down what was counted, and show what differs."""
    form = CountForm()
    typed = {id_: text for name, text in request.form.items() if (id_ := _of_field(name, "counted-"))}
    try:
        numbers = {id_: _number(text) for id_, text in typed.items()}
        service.count(
            db.session(),
            current_actor(),
            stocktake_id=stocktake_id,
            counted=numbers,
            key=form.key.data or "",
            now=clock.now(),
        )
    except Refusal as error:
        return _sheet(stocktake_id, said(error), typed)
    return redirect(url_for("desk.stocktake_differences", stocktake_id=stocktake_id))


def _of_field(name: str, prefix: str) -> UUID | None:
    return id_of(name.removeprefix(prefix)) if name.startswith(prefix) else None


def _number(text: str) -> int | None:
    """A count as it is typed; None for an empty field, BadInput for what is no number."""
    digits = narrow(text).replace(",", "").replace(" ", "")
    if not digits:
        return None
    if not digits.isascii() or not digits.isdigit() or len(digits) > 9:
        raise BadInput(N_("件数「%(text)s」读不懂，请填整数。没有存。"), text=text[:20])
    return int(digits)


def _sheet(stocktake_id: UUID, sentence: str, typed: dict[UUID, str]) -> ResponseReturnValue:
    session, village_id = db.session(), current_actor().village_id
    page = render_template(
        "desk/stocktake.html",
        taking=_seen(stocktake_id),
        lines=stocktake_list.lines(session, village_id, stocktake_id),
        form=CountForm(formdata=None),
        typed=typed,
        sentence=sentence,
    )
    return page, 422 if sentence else 200


def _seen(stocktake_id: UUID) -> stocktake_list.StocktakeRow:
    """The stocktake, for whoever may see it; NotFound for another counter's."""
    session, actor = db.session(), current_actor()
    taking, own = stocktake_list.one(session, actor.village_id, stocktake_id), counters.of_actor(session, actor)
    if own is not None and taking.counter_id != own:
        raise NotFound(N_("没有这次盘点。"))
    return taking


@blueprint.get("/stocktakes/<uuid:stocktake_id>/differences")
@access("desk", "read", roles=DESK)
def stocktake_differences(stocktake_id: UUID) -> ResponseReturnValue:
    """What differs, each with its reason, before the books follow."""
    return _differences(stocktake_id, "", {})


@blueprint.post("/stocktakes/<uuid:stocktake_id>/close")
@access("desk", "write", roles=EDITORS)
def close_stocktake(stocktake_id: UUID) -> ResponseReturnValue:
    """Let the stock follow what was counted: the clerk's act, whoever counted."""
    told = {id_: text[:MOST_REASON] for name, text in request.form.items() if (id_ := _of_field(name, "reason-"))}
    key = CountForm().key.data or ""
    try:
        moved = service.close(
            db.session(), current_actor(), stocktake_id=stocktake_id, reasons=told, key=key, now=clock.now()
        )
    except Refusal as error:
        return _differences(stocktake_id, said(error), told)
    flash(_("盘点结束了，%(count)s 样商品的库存按数的改好了。", count=moved) if moved else _("盘点结束了，都对得上。"))
    return redirect(url_for("desk.stocktake", stocktake_id=stocktake_id))


@blueprint.post("/stocktakes/<uuid:stocktake_id>/drop")
@access("desk", "write", roles=SHOP)
def drop_stocktake(stocktake_id: UUID) -> ResponseReturnValue:
    """Give the stocktake up."""
    key = CountForm().key.data or ""
    try:
        service.drop(db.session(), current_actor(), stocktake_id=stocktake_id, key=key, now=clock.now())
    except Refusal as error:
        return _sheet(stocktake_id, said(error), {})
    flash(_("这次盘点作废了，库存没有动。"))
    return redirect(url_for("desk.stocktakes"))


def _differences(stocktake_id: UUID, sentence: str, told: dict[UUID, str]) -> ResponseReturnValue:
    lines = stocktake_list.lines(db.session(), current_actor().village_id, stocktake_id)
    page = render_template(
        "desk/stocktake_differences.html",
        taking=_seen(stocktake_id),
        lines=lines,
        differing=[line for line in lines if line.difference],
        form=CountForm(formdata=None),
        told=told,
        sentence=sentence,
    )
    return page, 422 if sentence else 200
