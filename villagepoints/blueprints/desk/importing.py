"""导入: choose a file, see what it would do, confirm, and take an import back."""

from io import BytesIO
from typing import Any
from uuid import UUID

from flask import current_app, flash, redirect, render_template, send_file, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from villagepoints import clock
from villagepoints.access import OFFICE, access, current_actor
from villagepoints.blueprints.desk.blueprint import blueprint
from villagepoints.blueprints.desk.context import wanted
from villagepoints.blueprints.language import said
from villagepoints.domain.actor import ADMIN, CLERK
from villagepoints.domain.errors import DomainError, Refusal
from villagepoints.extensions import db
from villagepoints.forms.importing import KIND_HINTS, KIND_NAMES, ConfirmForm, ImportForm, TakeBackForm
from villagepoints.services.importing import batches, run, uploads
from villagepoints.services.importing.result import ImportResult

IMPORTERS = frozenset({CLERK, ADMIN})
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@blueprint.get("/imports")
@access("desk", "read", roles=OFFICE)
def imports() -> ResponseReturnValue:
    """The form, and what went in so far."""
    return _list_page(_form())


@blueprint.post("/imports")
@access("desk", "write", roles=IMPORTERS)
def upload_import() -> ResponseReturnValue:
    """Keep the file and go to its preview; nothing is recorded yet."""
    form = _form()
    if not form.validate_on_submit():
        return _list_page(form), 422
    file, folder = form.file.data, current_app.config["INSTANCE"]
    kept = uploads.keep(
        folder, current_actor().village_id, form.kind.data, file.filename or "", file.read(), clock.now()
    )
    return redirect(url_for("desk.preview_import", token=kept.token))


@blueprint.get("/imports/preview/<token>")
@access("desk", "read", roles=IMPORTERS)
def preview_import(token: str) -> ResponseReturnValue:
    """What the file would do, row by row where it would not go in."""
    return _preview_page(_found(token), "")


@blueprint.post("/imports/preview/<token>")
@access("desk", "write", roles=IMPORTERS)
def confirm_import(token: str) -> ResponseReturnValue:
    """Record the file, whole or not at all."""
    upload, form = _found(token), ConfirmForm()
    if not form.validate_on_submit():
        return _preview_page(upload, _("这一页过期了，请再点一次。")), 422
    try:
        result = _run(upload, key=form.key.data)
    except Refusal as error:
        return _preview_page(upload, said(error)), 422
    if result.problems:
        return _preview_page(upload, _("刚才有人改动过，现在有些行不能记，什么都没有记上。")), 422
    if result.batch_id is None:
        flash(_("文件里的行以前都导入过了，什么都没有改动。"))
        return redirect(url_for("desk.imports"))
    return redirect(url_for("desk.import_batch", batch_id=result.batch_id))


@blueprint.get("/imports/preview/<token>/problems.xlsx")
@access("desk", "read", roles=IMPORTERS)
def import_problems(token: str) -> ResponseReturnValue:
    """The same table with the reason beside each refused row."""
    upload = _found(token)
    problems = [(problem, said(problem)) for problem in _run(upload, dry_run=True).problems]
    content = BytesIO(uploads.with_reasons(upload, problems))
    name = _("%(name)s 要改的地方", name=upload.filename.rsplit(".", 1)[0])
    return send_file(content, mimetype=XLSX, as_attachment=True, download_name=f"{name}.xlsx")


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


def _form() -> ImportForm:
    """The form with the kinds that are the actor's to import."""
    form = ImportForm()
    if not current_actor().is_any(ADMIN):
        form.kind.choices = [choice for choice in form.kind.choices if choice.value != "rulebook"]
    return form


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


def _found(token: str) -> uploads.Upload:
    return uploads.find(current_app.config["INSTANCE"], current_actor().village_id, token)


def _run(upload: uploads.Upload, **options: Any) -> ImportResult:
    return run.import_file(
        db.session(),
        current_actor(),
        upload.kind,
        upload.path,
        upload.filename,
        identity_key=current_app.config["IDENTITY_KEY"],
        now=clock.now(),
        **options,
    )


def _list_page(form: ImportForm) -> str:
    session, actor = db.session(), current_actor()
    return render_template(
        "desk/imports.html",
        form=form,
        kind_names=KIND_NAMES,
        kind_hints=KIND_HINTS,
        may_import=actor.is_any(*IMPORTERS),
        page=batches.listed(session, actor.village_id, wanted(size=25)),
    )


def _preview_page(upload: uploads.Upload, sentence: str) -> str:
    """The preview; a file that cannot be used as a whole says why in its place."""
    result = None
    try:
        result = _run(upload, dry_run=True)
    except DomainError as error:
        sentence = sentence or said(error)
    return render_template(
        "desk/import_preview.html",
        upload=upload,
        result=result,
        sentence=sentence,
        form=ConfirmForm(),
        kind_name=KIND_NAMES[upload.kind],
    )
