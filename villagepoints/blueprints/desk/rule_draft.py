"""办法修订: drafts of the rules, changed one part at a time, compared with what they replace and tried on the past."""

from functools import partial
from typing import Any
from uuid import UUID

from flask import Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from villagepoints import clock
from villagepoints.access import DESK, access, current_actor
from villagepoints.blueprints.desk.blueprint import blueprint
from villagepoints.blueprints.desk.export import as_workbook, residency_name
from villagepoints.blueprints.desk.listing import Cell, Column, Table, listed, show
from villagepoints.blueprints.desk.row_words import DRAFTS, mark
from villagepoints.blueprints.language import said
from villagepoints.domain.actor import ADMIN, CLERK
from villagepoints.domain.calendar import village_date
from villagepoints.domain.errors import N_, Conflict, NotFound, Refusal
from villagepoints.domain.rule_check import SETTING_NAMES
from villagepoints.domain.rule_draft import ITEM, RED_LINE, SETTINGS, Edit
from villagepoints.domain.rulebook import CONTRIBUTION
from villagepoints.extensions import db
from villagepoints.forms.rule_draft import KINDS, DraftForm, ItemForm, PartForm, RedLineForm, SettingsForm
from villagepoints.services import replay as replays
from villagepoints.services import rule_draft as service
from villagepoints.services.rule_draft import Draft, DraftRow

EDITORS = frozenset({CLERK, ADMIN})
DRAFTS_LIST = listed("desk.rule_drafts", N_("办法修订"))
MONTHS = (3, 6, 12, 24)
MOST_MOVERS = 10  # households that gain most, and that lose most, on the page; all of them in the workbook


def opened(draft_id: UUID) -> Draft:
    """The draft of this request."""
    return service.opened(db.session(), current_actor().village_id, draft_id)


@blueprint.get("/rule-drafts")
@access("desk", "read", roles=DESK)
def rule_drafts() -> ResponseReturnValue:
    """The drafts, the last changed first."""
    table: Table[DraftRow] = Table(
        columns=[
            Column(_("草案"), lambda row: row.title, look="wide"),
            Column(_("到哪一步"), lambda row: Cell(_(DRAFTS[row.status]), look=mark(row.status)), look="nowrap"),
            Column(_("成了第几版"), lambda row: row.adopted_version, look="num"),
            Column(_("照第几版起草"), lambda row: row.based_on, look="num"),
            Column(_("谁起草"), lambda row: row.creator, look="soft"),
            Column(_("最近改动"), lambda row: row.changed_at, look="nowrap", is_named=True),
        ],
        opens=lambda row: url_for("desk.rule_draft", draft_id=row.id),
        is_struck=lambda row: row.status == "dropped",
    )
    find = partial(service.listed, db.session(), current_actor().village_id)
    empty = _("还没有草案。点「起草新办法」，从现行办法抄一份来改。")
    return show(DRAFTS_LIST, "desk/rule_drafts.html", table, find, empty=empty)


@blueprint.route("/rule-drafts/new", methods=["GET", "POST"])
@access("desk", "write", roles=EDITORS)
def new_rule_draft() -> ResponseReturnValue:
    """Start a draft from the newest rules, or (`from=`) from another draft's text."""
    form, sentence = DraftForm(), ""
    copy_of = request.args.get("from", type=UUID)
    if form.validate_on_submit():
        given = {"title": form.title.data, "copy_of": copy_of, "key": form.key.data, "now": clock.now()}
        try:
            draft_id = service.create(db.session(), current_actor(), **given)
        except Refusal as error:
            sentence = said(error)
        else:
            return redirect(url_for("desk.rule_draft", draft_id=draft_id))
    source = service.get(db.session(), current_actor().village_id, copy_of) if copy_of else None
    page = render_template("desk/rule_draft_new.html", form=form, sentence=sentence, source=source)
    return page, 422 if sentence or form.errors else 200


@blueprint.get("/rule-drafts/<uuid:draft_id>")
@access("desk", "read", roles=DESK)
def rule_draft(draft_id: UUID) -> ResponseReturnValue:
    """A draft: what is wrong with it, its parts, and what can be done next."""
    return render_template("desk/rule_draft.html", draft=opened(draft_id), setting_names=SETTING_NAMES)


@blueprint.route("/rule-drafts/<uuid:draft_id>/settings", methods=["GET", "POST"])
@access("desk", "write", roles=EDITORS)
def rule_draft_settings(draft_id: UUID) -> ResponseReturnValue:
    """What holds for the whole book."""
    draft = opened(draft_id)
    form = SettingsForm(data={**SettingsForm.held(draft.book), "revision": draft.row.revision})
    if form.validate_on_submit():
        return _save(draft, form, Edit(SETTINGS, None, form.values(draft.book)))
    return _part_page(draft, form, SETTINGS, None, "")


@blueprint.route("/rule-drafts/<uuid:draft_id>/items/new", methods=["GET", "POST"])
@access("desk", "write", roles=EDITORS)
def new_rule_item(draft_id: UUID) -> ResponseReturnValue:
    """A scoring item more, of the kind that was chosen (`kind`)."""
    asked = request.args.get("kind")
    return _part(opened(draft_id), ItemForm, ITEM, None, {"kind": asked if asked in KINDS else CONTRIBUTION})


@blueprint.route("/rule-drafts/<uuid:draft_id>/items/<item_code>", methods=["GET", "POST"])
@access("desk", "write", roles=EDITORS)
def rule_draft_item(draft_id: UUID, item_code: str) -> ResponseReturnValue:
    """Change a scoring item."""
    draft = opened(draft_id)
    item = draft.book.items.get(item_code)
    if item is None:
        raise NotFound(N_("草案里没有「%(code)s」这一项。"), code=item_code[:8])
    return _part(draft, ItemForm, ITEM, item_code, ItemForm.held(item))


@blueprint.route("/rule-drafts/<uuid:draft_id>/red-lines/new", methods=["GET", "POST"])
@access("desk", "write", roles=EDITORS)
def new_rule_red_line(draft_id: UUID) -> ResponseReturnValue:
    """A red line more."""
    return _part(opened(draft_id), RedLineForm, RED_LINE, None, {})


@blueprint.route("/rule-drafts/<uuid:draft_id>/red-lines/<line_code>", methods=["GET", "POST"])
@access("desk", "write", roles=EDITORS)
def rule_draft_red_line(draft_id: UUID, line_code: str) -> ResponseReturnValue:
    """Change a red line."""
    draft = opened(draft_id)
    line = next((line for line in draft.book.red_lines if line.code == line_code), None)
    if line is None:
        raise NotFound(N_("草案里没有「%(code)s」这一项。"), code=line_code[:8])
    held = {name: getattr(line, name) for name in ("name", "pause_months", "requires_document")}
    return _part(draft, RedLineForm, RED_LINE, line_code, held)


def _part(
    draft: Draft, kind: type[ItemForm] | type[RedLineForm], part: str, code: str | None, held: dict[str, Any]
) -> ResponseReturnValue:
    form = kind(data={**held, "revision": draft.row.revision})
    if code is not None:
        del form.code
    if isinstance(form, ItemForm):
        form.ask_only(held["kind"])
    if request.form.get("take_away") and code is not None:
        return _save(draft, form, Edit(part, code, None))
    if form.validate_on_submit():
        return _save(draft, form, Edit(part, code, form.values(code)))
    return _part_page(draft, form, part, code, "")


def _save(draft: Draft, form: PartForm, edit: Edit) -> ResponseReturnValue:
    given = {"draft_id": draft.row.id, "revision": form.revision.data, "key": form.key.data, "now": clock.now()}
    try:
        problems = service.change(db.session(), current_actor(), edit=edit, **given)
    except Refusal as error:
        now = opened(draft.row.id)
        if isinstance(error, Conflict):
            form.revision.data = now.row.revision  # saved once more, what was typed stands
        return _part_page(now, form, edit.part, edit.code, said(error), error.status)
    if problems:
        flash(_("存好了。草案还有 %(count)s 处要改，改好才能提交议定。", count=len(problems)), "note")
    else:
        flash(_("存好了，草案现在前后对得上。"))
    return redirect(url_for("desk.rule_draft", draft_id=draft.row.id))


def _part_page(
    draft: Draft, form: PartForm, part: str, code: str | None, sentence: str, status: int = 422
) -> ResponseReturnValue:
    page = render_template(
        "desk/rule_draft_part.html", draft=draft, form=form, part=part, code=code, kinds=KINDS, sentence=sentence
    )
    return page, status if sentence or form.errors else 200


@blueprint.get("/rule-drafts/<uuid:draft_id>/changes")
@access("desk", "read", roles=DESK)
def rule_draft_changes(draft_id: UUID) -> ResponseReturnValue:
    """What the draft changes, item by item, to be printed as a notice."""
    return render_template("desk/rule_draft_changes.html", draft=opened(draft_id))


@blueprint.get("/rule-drafts/<uuid:draft_id>/replay")
@access("desk", "read", roles=DESK)
def rule_draft_replay(draft_id: UUID) -> ResponseReturnValue:
    """What the past months would have brought under the draft (`months=`: how many)."""
    draft, months = opened(draft_id), _asked_months()
    found = _replayed(draft, months)
    return render_template(
        "desk/rule_draft_replay.html", draft=draft, found=found, months=months, choices=MONTHS, most=MOST_MOVERS
    )


@blueprint.get("/rule-drafts/<uuid:draft_id>/replay.xlsx")
@access("desk", "read", roles=DESK)
def export_rule_draft_replay(draft_id: UUID) -> Response:
    """Every household whose points would differ, those that lose most first."""
    draft = opened(draft_id)
    found = _replayed(draft, _asked_months())
    heads = [_("户号"), _("户主"), _("类型"), _("账上"), _("照草案"), _("相差")]
    lines: list[list[str | int | None]] = [
        [one.number, one.head_name, residency_name(one.residency), one.before, one.after, one.difference]
        for one in (*found.losers, *reversed(found.winners))
    ]
    return as_workbook(_("试算：%(title)s", title=draft.row.title), heads, lines)


def _asked_months() -> int:
    asked = request.args.get("months", type=int)
    return asked if asked in MONTHS else 6


def _replayed(draft: Draft, months: int) -> replays.Comparison:
    today = village_date(clock.now())
    return replays.compare(db.session(), current_actor().village_id, draft.book, today, months)
