"""要告诉的户: who does not know yet what happened to it, the words to read out, the slips to bring."""

from uuid import UUID

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from villagepoints import clock
from villagepoints.access import DESK, access, current_actor
from villagepoints.blueprints.desk.blueprint import blueprint
from villagepoints.blueprints.desk.listing import (
    Act,
    Column,
    Field,
    Table,
    asked,
    asked_group,
    group_field,
    listed,
    show,
)
from villagepoints.blueprints.desk.navigation import is_open
from villagepoints.blueprints.desk.row_words import choices
from villagepoints.blueprints.filters import day
from villagepoints.blueprints.news_words import told as words
from villagepoints.domain.errors import N_, BadInput
from villagepoints.domain.news import told_up_to
from villagepoints.extensions import db
from villagepoints.models import Village
from villagepoints.services import household as households
from villagepoints.services import news as service
from villagepoints.services.news import Called, Filter
from villagepoints.services.paging import Wanted

WHOM_NAMES = {service.NO_PHONE: N_("没有手机的"), service.QUIET: N_("有手机，两个星期没看的")}
WAYS = {"call": N_("记下了：%(number)s 打过电话了。"), "slip": N_("记下了：%(number)s 条子送到了。")}

TELL = Act(
    "tell",
    N_("这些户都告诉到了"),
    "desk.mark_told",
    "household",
    households.names,
    says=N_("记成条子都送到了，记下就不能一次撤回。"),
    seen_as="up_to",
)
TOLD = listed("desk.told", N_("要告诉的户"), size=25, acts=(TELL,))


def _asked() -> Filter:
    return Filter(group_no=asked_group(), whom=asked("whom", WHOM_NAMES))


@blueprint.get("/told")
@access("desk", "read", roles=DESK)
def told() -> ResponseReturnValue:
    """The call list, elders first."""
    session, village_id, which, now = db.session(), current_actor().village_id, _asked(), clock.now()
    return show(
        TOLD,
        "desk/told.html",
        _table(),
        lambda wanted: service.to_call(session, village_id, which, now, wanted),
        [
            group_field(households.groups(session, village_id), which.group_no),
            Field("whom", _("哪些户"), which.whom, choices(WHOM_NAMES)),
        ],
        asked=which,
        words=words,
        empty=_("这里没有要告诉的户，换个条件看看。")
        if which.whom or which.group_no is not None
        else _("都告诉到了。记了分、答复了、东西到了，家里没有手机的，会排在这里。"),
    )


def _table() -> Table[Called]:
    """What its workbook and its paper hold; the page itself shows more, and lets each be told on its own."""
    phone: Column[Called] = Column(_("电话"), lambda row: row.phone, look="nowrap")
    return Table(
        columns=[
            Column(_("户号"), lambda row: row.number, look="nowrap"),
            Column(_("户主"), lambda row: row.head_name),
            Column(_("组"), lambda row: row.group_no),
            Column(_("老人户"), lambda row: _("是") if row.is_elder else ""),
            *([phone] if is_open("desk.ledger") else []),
            Column(_("余额"), lambda row: row.balance, look="num"),
            Column(_("念给他听"), _read_out, look="wide"),
        ],
        opens=lambda row: url_for("desk.household", household_id=row.id),
    )


def _read_out(row: Called) -> str:
    said = [f"{day(line.at)}{_('，')}{words(line)}" for line in row.lines]
    if row.more:
        said.append(_("还有 %(n)s 件，打开这一户看。", n=row.more))
    return str(_("；").join(said))


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
