"""导入: what is on its way in, what went in, the tables to begin with, and taking an import back."""

from functools import partial
from io import BytesIO
from uuid import UUID

from flask import Response, current_app, flash, make_response, redirect, render_template, request, send_file, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from werkzeug.datastructures import FileStorage

from villagepoints import clock
from villagepoints.access import OFFICE, access, current_actor
from villagepoints.blueprints.desk.blueprint import blueprint
from villagepoints.blueprints.desk.listing import Cell, Column, Table, listed, show
from villagepoints.blueprints.language import said
from villagepoints.domain.actor import ADMIN, CLERK
from villagepoints.domain.errors import N_, Refusal
from villagepoints.extensions import db
from villagepoints.forms.importing import KIND_HINTS, KIND_NAMES, ImportForm, TakeBackForm
from villagepoints.models import ImportBatch
from villagepoints.services.importing import batches, sessions, template

Imported = tuple[ImportBatch, str | None]  # a batch and who imported it

IMPORTERS = frozenset({CLERK, ADMIN})
IMPORTS = listed("desk.imports", N_("导入"), size=25)
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@blueprint.get("/imports")
@access("desk", "read", roles=OFFICE)
def imports() -> ResponseReturnValue:
    """What is not in yet, the form, and what went in so far."""
    form = import_form()
    form.kind.data = form.kind.data or request.args.get("kind")
    return _list_page(form)


@blueprint.post("/imports")
@access("desk", "write", roles=IMPORTERS)
def upload_import() -> ResponseReturnValue:
    """Keep the file and go to its preview; nothing is recorded yet."""
    form = import_form()
    if not form.validate_on_submit():
        return make_response(_list_page(form), 422)
    return begin(form.kind.data, form.file.data, key=form.key.data, beside=form.beside.data)


@blueprint.get("/imports/templates/<import_kind>.xlsx")
@access("desk", "read", roles=IMPORTERS)
def import_template(import_kind: str) -> Response:
    """The table to begin with: its heads, lists to choose from, an example and how to fill it in."""
    return _template(import_kind, is_filled=False)


@blueprint.get("/imports/templates/<import_kind>-now.xlsx")
@access("desk", "read", roles=IMPORTERS)
def import_filled_template(import_kind: str) -> Response:
    """The same with what is in the books today, to be changed and imported again."""
    return _template(import_kind, is_filled=True)


@blueprint.get("/imports/<uuid:batch_id>")
@access("desk", "read", roles=OFFICE)
def import_batch(batch_id: UUID) -> ResponseReturnValue:
    """One import: what it brought, and what is to be checked."""
    return _batch_page(batch_id, TakeBackForm(), "")


@blueprint.post("/imports/<uuid:batch_id>/take-back")
@access("desk", "write", roles=IMPORTERS)
def take_back_import(batch_id: UUID) -> ResponseReturnValue:
    """Reverse what an import posted; its rows may come in again."""
    session, actor, form = db.session(), current_actor(), TakeBackForm()
    if not form.validate_on_submit():
        return _batch_page(batch_id, form, ""), 422
    typed = {"reason": form.reason.data, "key": form.key.data}
    try:
        count = batches.take_back(session, actor, batch_id=batch_id, **typed, now=clock.now())
    except Refusal as error:
        return _batch_page(batch_id, form, said(error)), 422
    flash(_("收回来了：冲正 %(count)s 条记录，这个文件可以改好再导入。", count=f"{count:,}"))
    return redirect(url_for("desk.imports"))


def begin(kind: str, file: FileStorage, *, key: str, beside: bool, replaces: UUID | None = None) -> ResponseReturnValue:
    """Open an import of an uploaded file and go to its preview, saying which one it took the place of."""
    begun = sessions.begin(
        db.session(),
        current_actor(),
        instance=current_app.config["INSTANCE"],
        kind=kind,
        filename=file.filename or "",
        content=file.read(),
        beside=beside,
        replaces=replaces,
        key=key,
        now=clock.now(),
    )
    if begun.replaced:
        flash(_("换下了没导完的「%(name)s」（%(kind)s）。", name=begun.replaced, kind=KIND_NAMES[kind]))
    return redirect(url_for("desk.preview_import", import_id=begun.id))


def import_form() -> ImportForm:
    """The form with the kinds that are the actor's to import."""
    form = ImportForm()
    if not current_actor().is_any(ADMIN):
        form.kind.choices = [choice for choice in form.kind.choices if choice.value != "rulebook"]
    return form


def _template(kind: str, *, is_filled: bool) -> Response:
    content = template.make(db.session(), current_actor().village_id, kind, is_filled=is_filled, now=clock.now())
    name = _("%(kind)s（现在的）", kind=KIND_NAMES[kind]) if is_filled else _("%(kind)s（空表）", kind=KIND_NAMES[kind])
    return send_file(BytesIO(content), mimetype=XLSX, as_attachment=True, download_name=f"{name}.xlsx")


def _batch_page(batch_id: UUID, form: TakeBackForm, sentence: str) -> str:
    actor = current_actor()
    return render_template(
        "desk/import_batch.html",
        batch=batches.get(db.session(), actor.village_id, batch_id),
        kind_names=KIND_NAMES,
        may_take_back=actor.is_any(*IMPORTERS),
        posts=batches.TAKEN_BACK_KINDS,
        form=form,
        sentence=sentence,
    )


def _list_page(form: ImportForm) -> ResponseReturnValue:
    session, actor = db.session(), current_actor()
    return show(
        IMPORTS,
        "desk/imports.html",
        _table(),
        partial(batches.listed, session, actor.village_id),
        empty=_("还没有导入过。第一步是花名册：有了农户，才好记分。"),
        form=form,
        kind_names=KIND_NAMES,
        kind_hints=KIND_HINTS,
        may_import=actor.is_any(*IMPORTERS),
        open_imports=sessions.listed(session, actor.village_id),
        filled=template.FILLED,
        templates=template.KINDS,
    )


def _table() -> Table[Imported]:
    def state(row: Imported) -> Cell:
        if row[0].taken_back_at:
            return Cell(_("已收回"), look="mark plain")
        count = len(row[0].warnings or ())
        return Cell(_("%(count)s 处要核对", count=count) if count else "", look="mark gold")

    return Table(
        columns=[
            Column(_("是什么"), lambda row: str(KIND_NAMES[row[0].kind]), "kind", "nowrap"),
            Column(_("文件"), lambda row: row[0].filename, "file", "wide"),
            Column(_("日期"), lambda row: row[0].imported_at, "imported", "nowrap"),
            Column(_("行数"), lambda row: row[0].row_count, "rows", "num"),
            Column(_("积分"), lambda row: row[0].points or None, look="num", is_change=True, is_named=True),
            Column(_("谁导入的"), lambda row: row[1] or _("命令行"), look="soft"),
            Column(_("情况"), state),
        ],
        opens=lambda row: url_for("desk.import_batch", batch_id=row[0].id),
        id_of=lambda row: row[0].id,
        is_struck=lambda row: row[0].taken_back_at is not None,
    )
