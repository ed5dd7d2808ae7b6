"""要告诉的户: who does not know yet what happened to it, the words to read out, the slips to bring."""

from uuid import UUID

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from villagepoints import clock
from villagepoints.access import DESK, access, current_actor
from villagepoints.blueprints.desk.blueprint import blueprint
from villagepoints.blueprints.desk.context import wanted
from villagepoints.blueprints.news_words import told as words
from villagepoints.domain.errors import N_, BadInput
from villagepoints.domain.news import told_up_to
from villagepoints.extensions import db
from villagepoints.models import Village
from villagepoints.services import household as households
from villagepoints.services import news as service
from villagepoints.services.news import Filter
from villagepoints.services.paging import Wanted

WHOM_NAMES = {service.NO_PHONE: N_("没有手机的"), service.QUIET: N_("有手机，两个星期没看的")}
WAYS = {"call": N_("记下了：%(number)s 打过电话了。"), "slip": N_("记下了：%(number)s 条子送到了。")}


def _asked() -> Filter:
    group, whom = request.args.get("group", type=int), request.args.get("whom", "")
    return Filter(
        group_no=group if group is not None and 0 <= group < 10_000 else None,
        whom=whom if whom in WHOM_NAMES else "",
    )


@blueprint.get("/told")
@access("desk", "read", roles=DESK)
def told() -> ResponseReturnValue:
    """The call list, elders first."""
    session, village_id, asked = db.session(), current_actor().village_id, _asked()
    return render_template(
        "desk/told.html",
        page=service.to_call(session, village_id, asked, clock.now(), wanted(size=25)),
        asked=asked,
        groups=households.groups(session, village_id),
        whom_names=WHOM_NAMES,
        words=words,
    )


@blueprint.get("/told/slips")
@access("desk", "read", roles=DESK)
def told_slips() -> ResponseReturnValue:
    """The same as slips to cut and bring, at most so many at once."""
    session, village_id, asked = db.session(), current_actor().village_id, _asked()
    page = service.to_call(session, village_id, asked, clock.now(), Wanted(size=service.MOST_SLIPS))
    if not page.rows:
        flash(_("现在没有要告诉的户，不用印条子。"), "note")
        return redirect(url_for("desk.told"))
    village = session.get_one(Village, village_id)
    return render_template("desk/told_slips.html", page=page, village=village, words=words, asked=asked)


@blueprint.post("/told")
@access("desk", "write", roles=DESK)
def mark_told() -> ResponseReturnValue:
    """One household or a whole page of slips: told of everything up to the newest that was read out."""
    now = clock.now()
    how_many = service.tell(
        db.session(),
        current_actor(),
        key=request.form.get("key", ""),
        household_ids=_households(request.form.getlist("household")),
        up_to=told_up_to(request.form.get("up_to", ""), now),
        now=now,
    )
    number = request.form.get("number", "")[:20]
    flash(
        _(WAYS.get(request.form.get("way", ""), WAYS["slip"]), number=number)
        if number and how_many <= 1
        else _("记下了：%(count)s 户的条子都送到了。", count=how_many)
    )
    return redirect(
        url_for("desk.told", group=request.form.get("group") or None, whom=request.form.get("whom") or None)
    )


def _households(typed: list[str]) -> list[UUID]:
    """The households of the form; BadInput where there is none or one is none."""
    try:
        asked = [UUID(one) for one in typed[: service.MOST_SLIPS]]
    except ValueError:
        asked = []
    if not asked:
        raise BadInput(N_("这一页缺了户，什么都没有记。请重新打开这一页再按一次。"))
    return asked
