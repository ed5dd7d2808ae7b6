"""工作日: the year's calendar from which objections count their days, and the days the village changes in it."""

from datetime import date

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from villagepoints import clock
from villagepoints.access import OFFICE, access, current_actor
from villagepoints.blueprints.desk.blueprint import blueprint
from villagepoints.blueprints.language import said
from villagepoints.domain.actor import ADMIN, CLERK
from villagepoints.domain.calendar import YEARS, village_date
from villagepoints.domain.errors import DomainError
from villagepoints.extensions import db
from villagepoints.forms.objection import DaysForm
from villagepoints.services import working_days as service

KEEPERS = frozenset({CLERK, ADMIN})


@blueprint.get("/working-days")
@access("desk", "read", roles=OFFICE)
def working_days() -> ResponseReturnValue:
    """A year's calendar."""
    return _page(DaysForm(formdata=None))


@blueprint.post("/working-days")
@access("desk", "write", roles=KEEPERS)
def enter_days() -> ResponseReturnValue:
    """Enter a holiday, or weekend days that are worked."""
    form = DaysForm()
    first = form.first.data if form.validate_on_submit() else None
    if first is None:
        return _page(form)
    try:
        days = service.enter(
            db.session(),
            current_actor(),
            key=form.key.data,
            first=first,
            last=form.last.data or first,
            works=form.works.data == "on",
            name=form.name.data or "",
            now=clock.now(),
        )
    except DomainError as error:
        return _page(form, said(error))
    flash(_("改好了 %(days)s 天。以前提的异议，答复日期不变；以后提的按新的算。", days=days))
    return redirect(url_for("desk.working_days", year=first.year))


@blueprint.post("/working-days/<int(max=99991231):day>/take-out")
@access("desk", "write", roles=KEEPERS)
def take_out_day(day: int) -> ResponseReturnValue:
    """Forget what the village entered for a day (20260105), so that the packaged calendar holds again."""
    try:
        found = date(day // 10000, day // 100 % 100, day % 100)
    except ValueError:
        return redirect(url_for("desk.working_days"))
    service.take_out(db.session(), current_actor(), key=request.form.get("key", ""), day=found, now=clock.now())
    flash(_("去掉了，这一天照原来的算。"))
    return redirect(url_for("desk.working_days", year=found.year))


def _page(form: DaysForm, sentence: str = "") -> ResponseReturnValue:
    today = village_date(clock.now())
    number = request.args.get("year", today.year, type=int)
    year = service.year(db.session(), current_actor().village_id, number if number in YEARS else today.year)
    page = render_template("desk/working_days.html", year=year, form=form, sentence=sentence)
    return page, 422 if sentence or form.errors else 200
