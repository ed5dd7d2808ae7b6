"""告诉村里: what a household tells or asks, one kind a page; what became of it, and taking it back."""

from uuid import UUID

from flask import current_app, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from villagepoints.access import access, current_actor
from villagepoints.blueprints.language import said
from villagepoints.blueprints.phone.blueprint import at_home, blueprint
from villagepoints.blueprints.photos import uploads
from villagepoints.domain.errors import Refusal
from villagepoints.domain.service_request import KINDS, Kind, kind_of
from villagepoints.extensions import db
from villagepoints.forms.base import beside
from villagepoints.forms.service_request import RequestForm
from villagepoints.models import Reward
from villagepoints.services import evidence, reward, service_request_list
from villagepoints.services import service_request as service
from villagepoints.services.paging import Wanted

PAGE = 20


@blueprint.get("/requests")
@access("phone", "read")
def requests() -> ResponseReturnValue:
    """Everything the household told or asked, what waits first."""
    home, number = at_home(), min(max(request.args.get("page", 1, type=int), 1), 10_000)
    wanted = Wanted(number=number, size=PAGE)
    page = service_request_list.of_household(db.session(), home.village_id, home.household_id, wanted)
    return render_template("phone/requests.html", page=page, kinds=KINDS)


@blueprint.get("/requests/new/<kind>")
@access("phone", "read")
def new_request(kind: str) -> ResponseReturnValue:
    """The form of one kind, with `?goods=` for one thing of the catalogue."""
    return _form_page(kind_of(kind), RequestForm(formdata=None))


@blueprint.post("/requests/new/<kind>")
@access("phone", "write")
def file_request(kind: str) -> ResponseReturnValue:
    """Tell it; a phone keeps what was typed where something is missing."""
    form, of_kind = RequestForm(), kind_of(kind)
    if not form.validate_on_submit():
        return _form_page(of_kind, form)
    try:
        with evidence.prepared(current_app.config["INSTANCE"], uploads()) as photos:
            request_id = service.file(
                db.session(),
                current_actor(),
                key=form.key.data,
                kind=kind,
                choice=form.choice.data or "",
                words=form.words.data or "",
                reward_id=_asked_goods(of_kind),
                photos=photos,
                now=g.now,
            )
    except Refusal as error:
        return _form_page(of_kind, form, beside(form, error.field, said(error)))
    return redirect(url_for("phone.request_", request_id=request_id, filed=1), 303)


def _asked_goods(kind: Kind) -> UUID | None:
    """The goods of the query; what is no id names none."""
    return request.args.get("goods", type=UUID) if kind is KINDS["goods"] else None


def _form_page(kind: Kind, form: RequestForm, sentence: str = "") -> ResponseReturnValue:
    home, session, goods_id = at_home(), db.session(), _asked_goods(kind)
    goods: Reward | None = reward.one(session, home.village_id, goods_id) if goods_id else None
    standing = None
    if kind.is_single or goods_id:
        standing = service_request_list.open_one(session, home.village_id, home.household_id, kind.code, goods_id)
    page = render_template(
        "phone/request_new.html", kind=kind, goods=goods, standing=standing, form=form, sentence=sentence
    )
    return page, 422 if sentence or form.errors else 200


@blueprint.get("/requests/<uuid:request_id>")
@access("phone", "read")
def request_(request_id: UUID) -> ResponseReturnValue:
    """One of them: what was said, and the answer."""
    return _page(request_id)


@blueprint.post("/requests/<uuid:request_id>/withdraw")
@access("phone", "write")
def withdraw_request(request_id: UUID) -> ResponseReturnValue:
    """Take it back while nobody has answered it."""
    key = request.form.get("key", "")
    try:
        service.withdraw(db.session(), current_actor(), key=key, request_id=request_id, now=g.now)
    except Refusal as error:
        return _page(request_id, said(error), error.status)
    return redirect(url_for("phone.request_", request_id=request_id), 303)


def _page(request_id: UUID, refusal: str = "", status: int = 200) -> ResponseReturnValue:
    home = at_home()
    row = service_request_list.own(db.session(), home.village_id, home.household_id, request_id)
    photos = evidence.of(db.session(), home.village_id, service_request_id=row.id) if row.photos else ()
    return render_template(
        "phone/request.html",
        row=row,
        kind=KINDS[row.kind],
        photos=photos,
        refusal=refusal,
        filed="filed" in request.args,
    ), status
