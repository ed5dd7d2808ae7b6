"""An import before it goes in: what each row would do, which column means what, what is put right, the last yes."""

from collections.abc import Mapping
from io import BytesIO
from pathlib import Path
from uuid import UUID

from flask import Response, current_app, flash, make_response, redirect, render_template, request, send_file, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from villagepoints import clock
from villagepoints.access import access, current_actor
from villagepoints.blueprints.desk import import_rows
from villagepoints.blueprints.desk.blueprint import blueprint
from villagepoints.blueprints.desk.context import wanted
from villagepoints.blueprints.desk.importing import IMPORTERS, XLSX, begin
from villagepoints.blueprints.language import said
from villagepoints.domain.actor import ADMIN
from villagepoints.domain.calendar import village_date
from villagepoints.domain.errors import N_, BadInput, NotAllowed, Refusal
from villagepoints.domain.importing import Corrections, SheetChoice
from villagepoints.extensions import db
from villagepoints.forms.importing import (
    KIND_NAMES,
    BetterFileForm,
    CellsForm,
    ColumnsForm,
    ConfirmForm,
    cells_of,
    choices_of,
)
from villagepoints.models import ImportSession
from villagepoints.services import rulebook
from villagepoints.services.importing import checking, matching, preview, run, sessions, uploads
from villagepoints.services.importing.preview import Summary
from villagepoints.services.importing.result import REFUSED

PATIENCE = 0.2  # seconds that a page waits for a file to be worked out, before it says that it is being worked out
AGAIN = "1"  # seconds until it asks again


@blueprint.get("/imports/preview/<uuid:import_id>")
@access("desk", "read", roles=IMPORTERS)
def preview_import(import_id: UUID) -> ResponseReturnValue:
    """What the file would do, row by row."""
    importing = _found(import_id)
    return _preview_page(importing, "") if importing.status == sessions.OPEN else _over(importing)


@blueprint.post("/imports/preview/<uuid:import_id>")
@access("desk", "write", roles=IMPORTERS)
def confirm_import(import_id: UUID) -> ResponseReturnValue:
    """Record the file, whole or not at all."""
    importing, form = _found(import_id), ConfirmForm()
    if importing.status != sessions.OPEN:
        return _over(importing)
    if not form.validate_on_submit():
        return _preview_page(importing, _("这一页过期了，请再点一次。"), 422)
    place = _place(importing)
    try:
        result = run.bring_in(
            db.session(),
            current_actor(),
            importing=importing,
            path=place / "file",
            seen=form.seen.data or "",
            identity_key=current_app.config["IDENTITY_KEY"],
            now=clock.now(),
            key=form.key.data,
        )
    except Refusal as error:
        return _preview_page(_found(import_id), said(error), 422)
    if result.batch_id is None:
        return _preview_page(_found(import_id), _("刚才有人改动过，什么都没有记上。请照现在的样子再看一遍。"), 422)
    uploads.remove(current_app.config["INSTANCE"], importing.village_id, place.name)
    return redirect(url_for("desk.import_batch", batch_id=result.batch_id))


@blueprint.post("/imports/preview/<uuid:import_id>/cells")
@access("desk", "write", roles=IMPORTERS)
def edit_import(import_id: UUID) -> ResponseReturnValue:
    """Keep what was put right in the rows of the page."""
    form = CellsForm()
    if not form.validate_on_submit():
        return _preview_page(_found(import_id), _("这一页过期了，你改的没有保存。请再改一次。"), 422)
    cells = cells_of(request.form)
    try:
        if cells:
            sessions.edit(
                db.session(), current_actor(), import_id=import_id, cells=cells, key=form.key.data, now=clock.now()
            )
    except Refusal as error:
        return _preview_page(_found(import_id), said(error), 422)
    flash(_("改了 %(count)s 处，还没有记上。", count=len(cells)) if cells else _("没有改动。"))
    kept = {name: value for name, value in request.args.items() if name in ("state", "size") and value}
    return redirect(url_for("desk.preview_import", import_id=import_id, **kept))  # type: ignore[arg-type]


@blueprint.get("/imports/preview/<uuid:import_id>/columns")
@access("desk", "read", roles=IMPORTERS)
def import_columns(import_id: UUID) -> ResponseReturnValue:
    """Which column of each sheet means what."""
    importing = _found(import_id)
    return _columns_page(importing, "") if importing.status == sessions.OPEN else _over(importing)


@blueprint.post("/imports/preview/<uuid:import_id>/columns")
@access("desk", "write", roles=IMPORTERS)
def match_import(import_id: UUID) -> ResponseReturnValue:
    """Keep which column means what."""
    importing, form = _found(import_id), ColumnsForm()
    summary = _summary(importing) if importing.status == sessions.OPEN else None
    if summary is None or not summary.sheets:
        return redirect(url_for("desk.preview_import", import_id=import_id))
    if not form.validate_on_submit():
        return _columns_page(importing, _("这一页过期了，请再选一次。"), 422)
    fields = _fields(importing)
    columns = choices_of(request.form, [sheet.name for sheet in summary.sheets], [name for name, *_rest in fields])
    try:
        _check_needed(fields, columns)
        sessions.match(
            db.session(),
            current_actor(),
            import_id=import_id,
            seen=form.seen.data or "",
            columns=columns,
            key=form.key.data,
            now=clock.now(),
        )
    except Refusal as error:
        return _columns_page(_found(import_id), said(error), 422)
    flash(_("照你选的列读了，还没有记上。"))
    return redirect(url_for("desk.preview_import", import_id=import_id))


@blueprint.post("/imports/preview/<uuid:import_id>/file")
@access("desk", "write", roles=IMPORTERS)
def replace_import(import_id: UUID) -> ResponseReturnValue:
    """The same table, put right outside, in place of this one."""
    importing, form = _found(import_id), BetterFileForm()
    if not form.validate_on_submit():
        return _preview_page(importing, _("请选一个文件。"), 422)
    return begin(importing.kind, form.file.data, key=form.key.data, beside=False, replaces=import_id)


@blueprint.post("/imports/preview/<uuid:import_id>/drop")
@access("desk", "write", roles=IMPORTERS)
def drop_import(import_id: UUID) -> ResponseReturnValue:
    """Give the file up; nothing of it was recorded."""
    importing, form = _found(import_id), CellsForm()
    if form.validate_on_submit():
        given = {"import_id": import_id, "key": form.key.data, "now": clock.now()}
        sessions.drop(db.session(), current_actor(), instance=current_app.config["INSTANCE"], **given)
        flash(_("「%(name)s」不导了，什么都没有记。", name=importing.filename))
    return redirect(url_for("desk.imports"))


@blueprint.get("/imports/preview/<uuid:import_id>/problems.xlsx")
@access("desk", "read", roles=IMPORTERS)
def import_problems(import_id: UUID) -> ResponseReturnValue:
    """The same table with the reason beside each refused row."""
    importing = _found(import_id)
    summary = _summary(importing) if importing.status == sessions.OPEN else None
    if summary is None or summary.result.kind == "rulebook":
        return redirect(url_for("desk.preview_import", import_id=import_id))
    problems = [(problem, said(problem)) for problem in summary.result.problems]
    headers = {sheet.name: sheet.header_row for sheet in summary.sheets if sheet.is_in}
    corrections = Corrections(importing.columns, importing.edits)
    path = _place(importing) / "file"
    content = BytesIO(uploads.with_reasons(path, importing.filename, corrections, headers, problems))
    name = importing.filename.rsplit(".", 1)[0]
    name = name if name.endswith(_("要改的地方")) else f"{name} {_('要改的地方')}"
    return send_file(content, mimetype=XLSX, as_attachment=True, download_name=f"{name}.xlsx")


def _found(import_id: UUID) -> ImportSession:
    actor = current_actor()
    found = sessions.get(db.session(), actor.village_id, import_id)
    if found.kind == "rulebook" and not actor.is_any(ADMIN):
        raise NotAllowed(N_("积分办法要由管理员导入，记分的人不能自己改分值和上限。没有导入。"))
    return found


def _over(importing: ImportSession) -> Response:
    """An import that is open no longer: to what came of it."""
    if importing.batch_id is not None:
        return redirect(url_for("desk.import_batch", batch_id=importing.batch_id))  # type: ignore[return-value]
    flash(_("「%(name)s」已经换成别的文件，或者不导了。", name=importing.filename))
    return redirect(url_for("desk.imports"))  # type: ignore[return-value]


def _place(importing: ImportSession) -> Path:
    return uploads.folder_of(current_app.config["INSTANCE"], importing.village_id, importing.file)


def _summary(importing: ImportSession) -> Summary | None:
    return checking.summary_of(
        db.session(),
        current_actor(),
        importing,
        place=_place(importing),
        identity_key=current_app.config["IDENTITY_KEY"],
        now=clock.now(),
        patience=current_app.config.get("PATIENCE", PATIENCE),
    )


def _fields(importing: ImportSession) -> list[tuple[str, str, bool]]:
    """The fields of the kind; of a score sheet also the base items in force."""
    items = []
    if importing.kind == "base-scores":
        book = rulebook.in_force(db.session(), importing.village_id, village_date(clock.now()))
        items = [(item.code, item.name) for item in book.of_kind("base")]
    return matching.fields(importing.kind, items)


def _check_needed(fields: list[tuple[str, str, bool]], columns: Mapping[str, SheetChoice]) -> None:
    """Refuse a choice that leaves a sheet without a column it needs, or all sheets out."""
    for sheet, choice in columns.items():
        missing = [words for name, words, is_needed in fields if is_needed and name not in choice.places]
        if choice.places and missing:
            sentence = N_("「%(sheet)s」还没有选：%(missing)s。请选好它在哪一列，或者不勾这张表。")
            raise BadInput(sentence, sheet=sheet, missing="、".join(missing))
    if not any(choice.places for choice in columns.values()):
        raise BadInput(N_("一张表也没有勾，这样什么都导不进来。请至少勾一张。"))


def _waiting(importing: ImportSession) -> Response:
    """A page that asks again by itself, with or without scripts."""
    answer = make_response(
        render_template("desk/import_waiting.html", importing=importing, kind_name=KIND_NAMES[importing.kind])
    )
    answer.headers["Refresh"] = f"{AGAIN}; url={url_for('desk.preview_import', import_id=importing.id)}"
    return answer


def _preview_page(importing: ImportSession, sentence: str, status: int = 200) -> ResponseReturnValue:
    summary = _summary(importing) if importing.status == sessions.OPEN else None
    if importing.status != sessions.OPEN:
        return _over(importing)
    if summary is None:
        if sentence:
            flash(sentence, "wrong")
        return _waiting(importing)
    state = request.args.get("state") or (REFUSED if summary.counts[REFUSED] else preview.ALL)
    page = preview.page(_place(importing), summary, state, wanted(size=25))
    rendered = render_template(
        "desk/import_preview.html",
        importing=importing,
        summary=summary,
        state=state,
        page=page,
        rows=list(import_rows.shown(summary, page.rows, request.args.get("row", ""))),
        heads=import_rows.heads(summary),
        sentence=sentence or (said(summary) if summary.sentence else ""),
        form=ConfirmForm(formdata=None, seen=sessions.version_of(importing)),
        kind_name=KIND_NAMES[importing.kind],
    )
    return rendered, status


def _columns_page(importing: ImportSession, sentence: str, status: int = 200) -> ResponseReturnValue:
    summary = _summary(importing)
    if summary is None:
        return _waiting(importing)
    if not summary.sheets:
        return redirect(url_for("desk.preview_import", import_id=importing.id))
    rendered = render_template(
        "desk/import_columns.html",
        importing=importing,
        summary=summary,
        fields=_fields(importing),
        sentence=sentence,
        form=ColumnsForm(formdata=None, seen=sessions.version_of(importing)),
        kind_name=KIND_NAMES[importing.kind],
    )
    return rendered, status
