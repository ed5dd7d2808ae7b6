"""导入: what is on its way in, what went in, the tables to begin with, and taking an import back."""

from io import BytesIO
from uuid import UUID

from flask import Response, current_app, flash, redirect, render_template, request, send_file, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from werkzeug.datastructures import FileStorage

from villagepoints import clock
from villagepoints.access import OFFICE, access, current_actor
from villagepoints.blueprints.desk.blueprint import blueprint
from villagepoints.blueprints.desk.context import wanted
from villagepoints.blueprints.language import said
from villagepoints.domain.actor import ADMIN, CLERK
from villagepoints.domain.errors import Refusal
from villagepoints.extensions import db
from villagepoints.forms.importing import KIND_HINTS, KIND_NAMES, ImportForm, TakeBackForm
from villagepoints.services.importing import batches, sessions, template

IMPORTERS = frozenset({CLERK, ADMIN})
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
        return _list_page(form), 422
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


def _list_page(form: ImportForm) -> str:
    session, actor = db.session(), current_actor()
    return render_template(
        "desk/imports.html",
        form=form,
        kind_names=KIND_NAMES,
        kind_hints=KIND_HINTS,
        may_import=actor.is_any(*IMPORTERS),
        open_imports=sessions.listed(session, actor.village_id),
        filled=template.FILLED,
        templates=template.KINDS,
        page=batches.listed(session, actor.village_id, wanted(size=25)),
    )
