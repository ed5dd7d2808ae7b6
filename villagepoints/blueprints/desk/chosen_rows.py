"""What lists have in common besides their pages: filters kept under a name, and what is done with chosen rows."""

from urllib.parse import parse_qsl, urlencode
from uuid import UUID

from flask import abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from villagepoints import clock
from villagepoints.access import DESK, access, current_actor
from villagepoints.blueprints.desk.blueprint import blueprint
from villagepoints.blueprints.desk.listing import LISTS, Listing
from villagepoints.blueprints.desk.navigation import is_open
from villagepoints.blueprints.language import said
from villagepoints.domain.errors import N_, BadInput, Refusal
from villagepoints.extensions import db
from villagepoints.forms.base import printable
from villagepoints.services import saved_filter

SAMPLE = 5  # rows that are named before something is done with all
MOST = 100  # a page of a list


@blueprint.post("/list-filters")
@access("desk", "write", roles=DESK)
def keep_filter() -> ResponseReturnValue:
    """Keep the present state of a list under a name."""
    listing = _list()
    query = _cleaned(request.form.get("query", ""))
    try:
        saved_filter.keep(
            db.session(),
            current_actor(),
            key=request.form.get("key", ""),
            page=listing.endpoint,
            pages=LISTS,
            name=printable(request.form.get("name")),
            query=query,
            now=clock.now(),
        )
    except Refusal as error:
        flash(said(error), "wrong")
    else:
        flash(_("存好了，以后点名字就是这个条件。"))
    return redirect(f"{url_for(listing.endpoint)}?{query}")


@blueprint.post("/list-filters/<uuid:filter_id>")
@access("desk", "write", roles=DESK)
def change_filter(filter_id: UUID) -> ResponseReturnValue:
    """Give a kept filter another name, or forget it."""
    session, actor, key, now = db.session(), current_actor(), request.form.get("key", ""), clock.now()
    if request.form.get("act") == "remove":
        page = saved_filter.remove(session, actor, key=key, filter_id=filter_id, now=now)
        flash(_("这个常用条件删掉了，别的都没有动。"))
    else:
        name = printable(request.form.get("name"))
        page = saved_filter.rename(session, actor, key=key, filter_id=filter_id, name=name, now=now)
        flash(_("名字改好了。"))
    return redirect(url_for(page if page in LISTS else "desk.home"))


@blueprint.post("/chosen")
@access("desk", "write", roles=DESK)
def chosen() -> ResponseReturnValue:
    """What would be done with the chosen rows: how many, the first of them by name. Nothing is done yet."""
    listing, query = _list(), _cleaned(request.form.get("query", ""))
    back = f"{url_for(listing.endpoint)}?{query}"
    rows = request.form.getlist("row")
    if not 1 <= len(rows) <= MOST:
        flash(_("请先在表里勾选，一次最多 %(most)s 行。什么都没有动。", most=MOST), "wrong")
        return redirect(back)
    if request.form.get("act") == "take":
        return redirect(f"{back}&{urlencode({'out': 'xlsx', 'only': ','.join(rows)})}")
    act = next((one for one in listing.acts if one.name == request.form.get("act")), None)
    if act is None or not is_open(act.endpoint):
        abort(404)
    names = act.names(db.session(), current_actor().village_id, _ids(rows))
    return render_template(
        "desk/chosen.html",
        act=act,
        rows=rows,
        names=names[:SAMPLE],
        count=len(names),
        back=back,
        query=query,
        seen_at=printable(request.form.get("seen_at"))[:40],
    )


def _list() -> Listing:
    """The list that the form names, if the actor may open it."""
    listing = LISTS.get(request.form.get("list", ""))
    if listing is None or not is_open(listing.endpoint):
        abort(404)
    return listing


def _cleaned(query: str) -> str:
    """A query put together anew, so that it can be nothing but one."""
    return urlencode(parse_qsl(query[:2000]))


def _ids(rows: list[str]) -> list[UUID]:
    try:
        return [UUID(row) for row in rows]
    except ValueError:
        raise BadInput(N_("这一页缺了编号，什么都没有动。请返回上一页重新打开，再试一次。")) from None
