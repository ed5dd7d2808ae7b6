"""公示: what waits to be put up, the notices with their items, taking off, posting, and the sheet for the board."""

from datetime import date
from functools import partial
from io import BytesIO
from uuid import UUID

from flask import Response, flash, redirect, render_template, request, send_file, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from villagepoints import clock
from villagepoints.access import BOOKS, OFFICE, access, current_actor
from villagepoints.blueprints.desk.blueprint import blueprint
from villagepoints.blueprints.desk.context import wanted
from villagepoints.blueprints.desk.export import XLSX
from villagepoints.blueprints.desk.listing import Cell, Column, Table, listed, show
from villagepoints.blueprints.filters import day, signed
from villagepoints.blueprints.language import rule_text, said
from villagepoints.domain import notice as rules
from villagepoints.domain.calendar import village_date
from villagepoints.domain.errors import N_, Refusal
from villagepoints.extensions import db
from villagepoints.forms.base import KeyedForm
from villagepoints.forms.entry import ReasonForm
from villagepoints.models import Village
from villagepoints.services import export, notice_list, rulebook
from villagepoints.services import notice as service
from villagepoints.services.notice_list import NoticeRow

NOTICES = listed("desk.notices", N_("公示"))


@blueprint.get("/notices")
@access("desk", "read", roles=OFFICE)
def notices() -> ResponseReturnValue:
    """What is to be done about notices, and all of them, the latest first."""
    session, village_id = db.session(), current_actor().village_id
    return show(
        NOTICES,
        "desk/notices.html",
        _table(village_date(clock.now())),
        partial(notice_list.listed, session, village_id),
        still_open=notice_list.open_ones(session, village_id),
        empty=_("还没有公示过。加分、扣分审核通过以后，在这里贴出公示，期满再入账。"),
    )


def _table(today: date) -> Table[NoticeRow]:
    def state(row: NoticeRow) -> Cell:
        if row.status == rules.POSTED:
            return Cell(_("已办完"), look="mark plain")
        if days := row.days_left(today):
            return Cell(_("公示中，还有 %(days)s 天", days=days), look="mark")
        return Cell(_("到期了，等着入账"), look="mark gold")

    return Table(
        columns=[
            Column(_("第几号"), lambda row: row.number, "number", "num"),
            Column(_("贴出"), lambda row: row.opened_on, look="nowrap", is_named=True),
            Column(_("贴到"), lambda row: row.closes_on, "closes", "nowrap", is_named=True),
            Column(_("情况"), state),
            Column(_("条数"), lambda row: row.items, look="num"),
            Column(_("已入账"), lambda row: row.posted, look="num"),
            Column(_("已撤下"), lambda row: row.off, look="num"),
            Column(_("异议"), lambda row: Cell(row.objections, look="loss" if row.objections else ""), look="num"),
        ],
        opens=lambda row: url_for("desk.notice", notice_id=row.id),
        next_step=lambda _row: _("看"),
    )


@blueprint.get("/notices/next")
@access("desk", "read", roles=OFFICE)
def next_notice() -> ResponseReturnValue:
    """What the next notice would show, to be looked through before it is put up."""
    session, village_id, today = db.session(), current_actor().village_id, village_date(clock.now())
    last = rules.closes_on(rulebook.in_force(session, village_id, today), today)
    page = notice_list.waiting(session, village_id, wanted())
    return render_template("desk/notice_next.html", page=page, closes_on=last, form=KeyedForm(formdata=None))


@blueprint.post("/notices")
@access("desk", "write", roles=BOOKS)
def publish_notice() -> ResponseReturnValue:
    """Put up what waits."""
    done = service.publish(db.session(), current_actor(), key=KeyedForm().key.data or "", now=clock.now())
    until = day(done.closes_on)
    flash(_("第 %(number)s 号公示贴出了，%(items)s 条，到 %(day)s。", number=done.number, items=done.items, day=until))
    return redirect(url_for("desk.notice", notice_id=done.id))


@blueprint.get("/notices/<uuid:notice_id>")
@access("desk", "read", roles=OFFICE)
def notice(notice_id: UUID) -> ResponseReturnValue:
    """One notice with what stands on it."""
    return _page(notice_id, None)


@blueprint.post("/notices/<uuid:notice_id>/post")
@access("desk", "write", roles=BOOKS)
def post_notice(notice_id: UUID) -> ResponseReturnValue:
    """Post what its publicity is over for; what could not be posted is named with its reason."""
    key = KeyedForm().key.data or ""
    done = service.post(db.session(), current_actor(), key=key, notice_id=notice_id, now=clock.now())
    if done.set_aside:
        return _page(notice_id, done)
    if done.items:
        flash(_("已入账 %(items)s 条，一共 %(points)s 分。", items=done.items, points=signed(done.points)))
    else:
        flash(_("没有能入账的，积分没有动。"), "note")
    if done.objected:
        flash(_("有 %(count)s 条还有异议，先没有入账。答复以后再来按一次。", count=done.objected), "note")
    return redirect(url_for("desk.notice", notice_id=notice_id))


@blueprint.route("/notices/<uuid:notice_id>/items/<uuid:claim_id>/off", methods=["GET", "POST"])
@access("desk", "write", roles=BOOKS)
def take_off_notice(notice_id: UUID, claim_id: UUID) -> ResponseReturnValue:
    """Take a mistaken item off, with a reason."""
    session, actor, form, sentence = db.session(), current_actor(), ReasonForm(), ""
    if form.validate_on_submit():
        key, reason = form.key.data or "", form.reason.data or ""
        try:
            service.take_off(
                session, actor, key=key, notice_id=notice_id, claim_id=claim_id, reason=reason, now=clock.now()
            )
        except Refusal as error:
            sentence = said(error)
        else:
            flash(_("已撤下，不会入账；那户能看到原因。"))
            return redirect(url_for("desk.notice", notice_id=notice_id))
    found = notice_list.one(session, actor.village_id, notice_id)
    line = notice_list.line(session, actor.village_id, notice_id, claim_id)
    page = render_template("desk/notice_off.html", notice=found, line=line, form=form, sentence=sentence)
    return page, 422 if sentence or form.errors else 200


@blueprint.get("/notices/<uuid:notice_id>/print")
@access("desk", "read", roles=OFFICE)
def print_notice(notice_id: UUID) -> ResponseReturnValue:
    """The sheet for the notice-board, A4 or A3: masked names for gains, no names for losses."""
    session, village_id = db.session(), current_actor().village_id
    found = notice_list.one(session, village_id, notice_id)
    return render_template(
        "desk/notice_print.html",
        notice=found,
        lines=notice_list.whole(session, village_id, notice_id),
        book=rulebook.in_force(session, village_id, found.opened_on),
        place=session.get_one(Village, village_id),
        large=request.args.get("paper") == "a3",
    )


@blueprint.get("/notices/<uuid:notice_id>/sheet.xlsx")
@access("desk", "read", roles=OFFICE)
def export_notice(notice_id: UUID) -> Response:
    """The same as a workbook, fit to be passed on."""
    session, village_id = db.session(), current_actor().village_id
    found = notice_list.one(session, village_id, notice_id)
    heads = [_("姓名"), _("组"), _("项目"), _("评分内容"), _("等次"), _("积分")]
    lines = [
        [line.name or _("1户"), line.group_no, line.item_code, rule_text(line.item_name), line.grade or "", line.points]
        for line in notice_list.whole(session, village_id, notice_id)
    ]
    title = _("第 %(number)s 号公示", number=found.number)
    content = BytesIO(export.workbook(title, heads, lines))
    return send_file(content, mimetype=XLSX, as_attachment=True, download_name=f"{title}.xlsx")


def _page(notice_id: UUID, done: service.Posted | None) -> ResponseReturnValue:
    session, village_id = db.session(), current_actor().village_id
    found = notice_list.one(session, village_id, notice_id)
    page = notice_list.lines(session, village_id, notice_id, wanted())
    return render_template("desk/notice.html", notice=found, page=page, done=done)
