"""报表与打印: the months, one month's report on paper, and its files."""

from flask import Response, render_template, request
from flask.typing import ResponseReturnValue

from villagepoints import clock
from villagepoints.access import DESK, access, current_actor
from villagepoints.blueprints.desk.blueprint import blueprint
from villagepoints.blueprints.language import translated
from villagepoints.domain.calendar import Month, village_date
from villagepoints.domain.report import MonthReport
from villagepoints.extensions import db
from villagepoints.models import Village
from villagepoints.services import pdf, report_files, report_tables
from villagepoints.services import report as service
from villagepoints.services.report_tables import Source

TYPES = {
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "pdf": "application/pdf",
    "json": "application/json",
}


@blueprint.get("/reports")
@access("desk", "read", roles=DESK)
def reports() -> ResponseReturnValue:
    """The months with their totals, a year at a time."""
    today = village_date(clock.now())
    last = Month.of(today)
    if asked := request.args.get("until", ""):
        last = min(last, service.parse_month(asked))
    listed = service.month_list(db.session(), current_actor().village_id, last, today, service.LISTED)
    return render_template("desk/reports.html", months=listed, pdf=pdf.available(), more=len(listed) == service.LISTED)


@blueprint.get("/reports/<month>")
@access("desk", "read", roles=DESK)
def report(month: str) -> ResponseReturnValue:
    """One month's report, to read and to print."""
    made, village = _made(month)
    page = report_tables.page(made, Source(village.name, clock.now()), translated)
    return render_template("report/month.html", pdf=pdf.available(), village=village, **page)


@blueprint.get("/reports/<month>/file.<any(xlsx, pdf, json):form>")
@access("desk", "read", roles=DESK)
def report_file(month: str, form: str) -> ResponseReturnValue:
    """The same report as a file."""
    made, village = _made(month)
    content = report_files.content(made, Source(village.name, clock.now()), form, translated)
    name = f"{village.code}-{made.month}.{form}"
    return Response(content, mimetype=TYPES[form], headers={"Content-Disposition": f'attachment; filename="{name}"'})


def _made(month: str) -> tuple[MonthReport, Village]:
    session, village_id = db.session(), current_actor().village_id
    today = village_date(clock.now())
    made = service.month_report(session, village_id, service.parse_month(month), today)
    return made, session.get_one(Village, village_id)
