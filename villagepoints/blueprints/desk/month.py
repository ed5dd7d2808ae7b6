"""月底结账: the months, the preview of one (on the page, on paper, as a workbook), and closing it."""

from datetime import date
from functools import partial
from io import BytesIO

from flask import abort, flash, redirect, render_template, send_file, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from villagepoints import clock
from villagepoints.access import OFFICE, access, current_actor
from villagepoints.blueprints.desk.blueprint import blueprint
from villagepoints.blueprints.desk.context import wanted
from villagepoints.blueprints.desk.export import XLSX, residency_name
from villagepoints.blueprints.desk.listing import Cell, Column, Table, listed, show, whole
from villagepoints.blueprints.filters import month as month_words
from villagepoints.blueprints.filters import points as written
from villagepoints.blueprints.language import said
from villagepoints.domain.actor import CLERK
from villagepoints.domain.calendar import Month, village_date
from villagepoints.domain.errors import N_, DomainError
from villagepoints.domain.month_close import check_may_close
from villagepoints.extensions import db
from villagepoints.forms.score_sheet import CloseForm
from villagepoints.models import Village
from villagepoints.services import export, month_base, month_close, month_preview
from villagepoints.services.month_preview import Due, MonthRow, Totals

MONTHS = listed("desk.months", N_("月底结账"))
STATES = {
    "closed": (N_("已结账"), "mark"),
    "closing": (N_("结到一半"), "mark red"),
    "imported": (N_("导入的"), "mark plain"),
}


@blueprint.get("/months")
@access("desk", "read", roles=OFFICE)
def months() -> ResponseReturnValue:
    """The months of the last year with their state."""
    today = village_date(clock.now())
    rows = month_preview.months(db.session(), current_actor().village_id, _this_month(), today)
    return show(MONTHS, "desk/months.html", _table(today), partial(whole, rows), empty=_("还没有过完的月份。"))


def _table(today: date) -> Table[MonthRow]:
    def state(row: MonthRow) -> Cell:
        if row.status in STATES:
            text, look = STATES[row.status]
            return Cell(_(text), look=look)
        if row.month.last >= today:
            return Cell(_("还没过完"), look="mark plain")
        return Cell(_("等着结账"), look="mark gold")

    def step(row: MonthRow) -> Cell:
        if row.status == "closed":
            return Cell(_("看账"), url_for("desk.ledger", month=str(row.month)))
        return Cell(_("接着结") if row.status == "closing" else _("看预览"))

    return Table(
        columns=[
            Column(_("月份"), lambda row: row.month, look="nowrap"),
            Column(_("情况"), state),
            Column(_("户数"), lambda row: row.households or None, look="num"),
            Column(_("基础分"), lambda row: row.points if row.households else None, look="num"),
            Column(_("谁结的"), lambda row: row.closed_by if row.closed_at else "", look="soft"),
            Column(_("什么时候结的"), lambda row: row.closed_at, look="nowrap", is_named=True),
        ],
        opens=lambda row: url_for("desk.month_preview_page", month=str(row.month)),
        id_of=lambda row: row.month,
        next_step=step,
    )


@blueprint.get("/months/<month>")
@access("desk", "read", roles=OFFICE)
def month_preview_page(month: str) -> ResponseReturnValue:
    """What closing the month would post, and what is still open about it."""
    return _page(_known(month), CloseForm(formdata=None), "")


@blueprint.post("/months/<month>")
@access("desk", "write", roles=frozenset({CLERK}))
def close_month(month: str) -> ResponseReturnValue:
    """Close it, or go on where an earlier attempt stopped."""
    asked, form, session = _known(month), CloseForm(), db.session()
    if not form.validate_on_submit() or form.points.data is None:
        return _page(asked, form, "")
    try:
        closed = month_close.close(
            session, current_actor(), key=form.key.data, month=asked, points=form.points.data, now=clock.now()
        )
    except DomainError as error:
        return _page(asked, CloseForm(formdata=None), said(error))
    values = {"month": month_words(asked), "households": written(closed.households), "points": written(closed.points)}
    if closed.before:
        flash(_("%(month)s早就结过账了，这次什么都没有动。", month=values["month"]), "note")
    else:
        flash(_("%(month)s结好了：%(households)s 户，%(points)s 分，都已入账。村民手机上看得到了。", **values))
    return redirect(url_for("desk.months"))


@blueprint.get("/months/<month>/print")
@access("desk", "read", roles=OFFICE)
def print_month(month: str) -> ResponseReturnValue:
    """The preview on paper, to go through by hand: everybody who loses something."""
    session, village_id, asked = db.session(), current_actor().village_id, _known(month)
    return render_template(
        "desk/month_paper.html",
        village=session.get_one(Village, village_id),
        month=asked,
        totals=month_preview.totals(session, village_id, asked),
        now=clock.now(),
    )


@blueprint.get("/months/<month>/preview.xlsx")
@access("desk", "read", roles=OFFICE)
def export_month(month: str) -> ResponseReturnValue:
    """The preview as a workbook: every household that is to get the month's base, item by item."""
    asked = _known(month)
    found = month_preview.totals(db.session(), current_actor().village_id, asked)
    codes = month_base.codes(found.book)
    heads = [_("户号"), _("户主"), _("组"), _("类型"), *codes, _("合计"), _("少得")]
    title = _("结账预览 %(month)s", month=str(asked))
    content = export.workbook(title, heads, [_line(one, codes) for one in found.due])
    return send_file(BytesIO(content), mimetype=XLSX, as_attachment=True, download_name=f"{title}.xlsx")


def _line(one: Due, codes: list[str]) -> list[str | int | None]:
    house = one.household
    earned = [one.earned.get(code) for code in codes]
    return [
        house.number,
        house.head_name,
        house.group_no,
        residency_name(house.residency),
        *earned,
        one.points,
        one.loss,
    ]


def _this_month() -> Month:
    return Month.of(village_date(clock.now()))


def _known(text: str) -> Month:
    """The month of the address; there is none to close before it has begun."""
    try:
        month = Month.parse(text)
    except ValueError:
        abort(404)
    if month > _this_month():
        abort(404)
    return month


def _page(month: Month, form: CloseForm, sentence: str) -> ResponseReturnValue:
    session, village_id = db.session(), current_actor().village_id
    found = month_preview.totals(session, village_id, month)
    page = render_template(
        "desk/month.html",
        month=month,
        state=month_base.state(session, village_id, month),
        totals=found,
        page=month_preview.losing(found, wanted("-loss")),
        undecided=month_preview.undecided(session, village_id, month),
        refusal=_refusal(found, month),
        form=form,
        sentence=sentence,
    )
    return page, 422 if sentence or form.errors else 200


def _refusal(found: Totals, month: Month) -> str:
    """Why the month cannot be closed today, if it cannot."""
    try:
        check_may_close(found.book, month, village_date(clock.now()))
    except DomainError as error:
        return said(error)
    return ""
