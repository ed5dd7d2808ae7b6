"""检查发现: the list, one finding with its recheck and withdrawal, and the slips that are left at the door."""

from collections.abc import Sequence
from datetime import date
from functools import partial
from uuid import UUID

from flask import current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from villagepoints import clock
from villagepoints.access import DESK, LANE, access, current_actor
from villagepoints.blueprints.desk.blueprint import blueprint
from villagepoints.blueprints.desk.ledger import item_field
from villagepoints.blueprints.desk.listing import Cell, Column, Field, Table, asked_group, group_field, listed, show
from villagepoints.blueprints.desk.navigation import is_open
from villagepoints.blueprints.desk.row_words import choices, mark, of_household
from villagepoints.blueprints.language import rule_text, said
from villagepoints.blueprints.photos import uploads
from villagepoints.domain.calendar import Month, village_date
from villagepoints.domain.errors import N_, Refusal
from villagepoints.domain.finding import PERSUADED, RECTIFIED, STATUSES, can_be_found
from villagepoints.domain.rulebook import RuleBook
from villagepoints.extensions import db
from villagepoints.forms.base import narrow
from villagepoints.forms.finding import RecheckForm, WithdrawForm
from villagepoints.models import Village
from villagepoints.services import evidence, finding_list, rulebook
from villagepoints.services import finding as service
from villagepoints.services import household as households
from villagepoints.services.finding_list import Filter, FindingRow

STATUSES_LIST = listed("desk.findings", N_("检查发现"))


@blueprint.get("/findings")
@access("desk", "read", roles=DESK)
def findings() -> ResponseReturnValue:
    """A month's findings by group and household, or (`due=1`) what is to be looked at again, of whatever month."""
    session, village_id, today = db.session(), current_actor().village_id, village_date(clock.now())
    which = _asked(due=request.args.get("due") == "1")
    items = [item for item in rulebook.in_force(session, village_id, today).items.values() if can_be_found(item)]
    fields = [group_field(households.groups(session, village_id), which.group_no), item_field(items, which.item_code)]
    if which.due_on:
        fields = [Field("due", _("到期要复查的"), "1", kind="kept"), *fields]
    else:
        month = Field("month", _("月份"), str(which.month), kind="month")
        fields = [month, Field("status", _("情况"), which.status, choices(STATUSES)), *fields]
    return show(
        STATUSES_LIST,
        "desk/findings.html",
        _table(today),
        partial(finding_list.listed, session, village_id, which),
        fields,
        which=which,
        empty=_empty(which),
    )


def _table(today: date) -> Table[FindingRow]:
    books = _books()

    def is_due(row: FindingRow) -> bool:
        return row.status == PERSUADED and row.rectify_by is not None and row.rectify_by <= today

    def item(row: FindingRow) -> str:
        return f"{row.item_code} {rule_text(books[row.rulebook_version].item(row.item_code).text_for(row.residency))}"

    return Table(
        columns=[
            Column(_("户号"), lambda row: row.number, "number", "nowrap"),
            Column(_("户主"), of_household, "name", "nowrap"),
            Column(_("组"), lambda row: row.group_no, "group", is_named=True),
            Column(_("评分内容"), item, "item", "wide"),
            Column(_("发现了什么"), lambda row: row.note, look="wide"),
            Column(_("几处"), lambda row: row.count, look="num"),
            Column(_("哪天"), lambda row: row.found_on, "found", "nowrap"),
            Column(_("谁查的"), lambda row: row.recorder, look="soft"),
            Column(_("情况"), lambda row: Cell(_(STATUSES[row.status]), look=mark(row.status)), look="nowrap"),
            Column(
                _("哪天前改好"),
                lambda row: (
                    Cell(row.rectify_by, look="loss" if is_due(row) else "") if row.status == PERSUADED else None
                ),
                "rectify",
                "nowrap",
                is_named=True,
            ),
        ],
        opens=lambda row: url_for("desk.finding", finding_id=row.id),
        next_step=lambda row: _("复查") if is_due(row) and is_open("desk.recheck_finding") else _("看"),
    )


def _empty(which: Filter) -> str:
    if which.due_on:
        return str(_("没有到期要复查的。劝导的期限到了，会排在这里等人去看。"))
    if which.status or which.item_code or which.group_no is not None:
        return str(_("没有这样的检查发现，换个条件再看。"))
    return str(_("这个月还没有检查发现。网格员走访时记下的，会排在这里。"))


def _asked(due: bool) -> Filter:
    today = village_date(clock.now())
    try:
        month = Month.parse(request.args.get("month", ""))
    except ValueError:
        month = Month.of(today)
    status = request.args.get("status", "")
    return Filter(
        month=None if due else month,
        status=status if status in STATUSES and not due else "",
        group_no=asked_group(),
        item_code=narrow(request.args.get("item")).upper()[:8],
        due_on=today if due else None,
    )


def _books() -> dict[int, RuleBook]:
    """The village's rule books by version: a finding is read in the words of its own."""
    return {book.version: book for book in rulebook.versions(db.session(), current_actor().village_id)}


@blueprint.get("/findings/<uuid:finding_id>")
@access("desk", "read", roles=DESK)
def finding(finding_id: UUID) -> ResponseReturnValue:
    """One finding: photos, people, what else was found of its kind, and what can be done."""
    return _page("desk/finding.html", finding_id, "")


@blueprint.get("/lane/recheck/<uuid:finding_id>")
@access("desk", "read", roles=LANE)
def lane_recheck(finding_id: UUID) -> ResponseReturnValue:
    """The same before the door, on a phone."""
    return _page("lane/recheck.html", finding_id, "")


@blueprint.post("/findings/<uuid:finding_id>/recheck")
@access("desk", "write", roles=LANE)
def recheck_finding(finding_id: UUID) -> ResponseReturnValue:
    """Put right, or not: with a photo or a word."""
    form = RecheckForm()
    if not form.validate_on_submit():
        return _page(_came_from(), finding_id, _("请点一下改好了还是没改好。还没有记。"))
    try:
        with evidence.prepared(current_app.config["INSTANCE"], uploads()) as photos:
            status = service.recheck(
                db.session(),
                current_actor(),
                key=form.key.data,
                finding_id=finding_id,
                is_right=form.is_right.data == "yes",
                note=form.note.data,
                photos=photos,
                now=clock.now(),
            )
    except Refusal as error:
        return _page(_came_from(), finding_id, said(error))
    flash(_("已记下：改好了，这一条不扣分。") if status == RECTIFIED else _("已记下：没改好，这一条算数。"))
    return _back(finding_id)


@blueprint.post("/findings/<uuid:finding_id>/withdraw")
@access("desk", "write", roles=LANE)
def withdraw_finding(finding_id: UUID) -> ResponseReturnValue:
    """Take back what was recorded in error."""
    form = WithdrawForm()
    if not form.validate_on_submit():
        return _page(_came_from(), finding_id, " ".join(form.reason.errors))
    try:
        service.withdraw(
            db.session(),
            current_actor(),
            key=form.key.data,
            finding_id=finding_id,
            reason=form.reason.data,
            now=clock.now(),
        )
    except Refusal as error:
        return _page(_came_from(), finding_id, said(error))
    flash(_("已撤销，这一条当没有记过，原因留着备查。"))
    return _back(finding_id)


def _came_from() -> str:
    return "lane/recheck.html" if request.form.get("back") == "lane" else "desk/finding.html"


def _back(finding_id: UUID) -> ResponseReturnValue:
    if request.form.get("back") != "lane":
        return redirect(url_for("desk.finding", finding_id=finding_id), 303)
    household_id = finding_list.one(db.session(), current_actor().village_id, finding_id).row.household_id
    return redirect(url_for("desk.lane_household", household_id=household_id), 303)


def _page(template: str, finding_id: UUID, sentence: str) -> ResponseReturnValue:
    whole = finding_list.one(db.session(), current_actor().village_id, finding_id)
    page = render_template(
        template,
        whole=whole,
        row=whole.row,
        item=_books()[whole.row.rulebook_version].item(whole.row.item_code),
        books=_books(),
        recheck=RecheckForm(formdata=None),
        withdraw=WithdrawForm(formdata=None),
        sentence=sentence,
    )
    return page, 422 if sentence else 200


@blueprint.get("/findings/<uuid:finding_id>/slip")
@access("desk", "read", roles=LANE)
def finding_slip(finding_id: UUID) -> ResponseReturnValue:
    """劝导单: one slip to print."""
    return _slips([finding_list.slip(db.session(), current_actor().village_id, finding_id)])


@blueprint.get("/findings/slips")
@access("desk", "read", roles=LANE)
def finding_slips() -> ResponseReturnValue:
    """The slips of everything that waits to be put right, of one group or of all, by household."""
    rows = finding_list.slips(db.session(), current_actor().village_id, asked_group())
    if not rows:
        flash(_("现在没有劝导中的，不用印劝导单。"), "note")
        return redirect(url_for("desk.findings"))
    return _slips(rows)


def _slips(rows: Sequence[FindingRow]) -> ResponseReturnValue:
    village = db.session().get_one(Village, current_actor().village_id)
    return render_template(
        "desk/finding_slips.html", rows=rows, village=village, books=_books(), most=finding_list.MOST_SLIPS
    )
