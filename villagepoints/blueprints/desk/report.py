"""报表与打印: the months, one month's report on paper, and its files."""

from typing import Any

from flask import Response, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from villagepoints import clock
from villagepoints.access import DESK, access, current_actor
from villagepoints.blueprints.desk.blueprint import blueprint
from villagepoints.domain.calendar import Month, village_date
from villagepoints.domain.report import MonthReport
from villagepoints.extensions import db
from villagepoints.models import Village
from villagepoints.services import pdf, report_files, report_tables
from villagepoints.services import report as service
from villagepoints.services.report_files import Source

TYPES = {
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "pdf": "application/pdf",
    "json": "application/json",
}


@blueprint.get("/reports")
@access("desk", "read", roles=DESK)
def reports() -> ResponseReturnValue:
    """The months with their totals, a year at a time."""
    last = Month.of(village_date(clock.now()))
    if asked := request.args.get("until", ""):
        last = min(last, service.parse_month(asked))
    listed = service.month_list(db.session(), current_actor().village_id, last, service.LISTED)
    return render_template("desk/reports.html", months=listed, pdf=pdf.available(), more=len(listed) == service.LISTED)


@blueprint.get("/reports/<month>")
@access("desk", "read", roles=DESK)
def report(month: str) -> ResponseReturnValue:
    """One month's report, to read and to print."""
    made, village = _made(month)
    return render_template("report/month.html", pdf=pdf.available(), **page_of(made, village))


@blueprint.get("/reports/<month>/file.<any(xlsx, pdf, json):form>")
@access("desk", "read", roles=DESK)
def report_file(month: str, form: str) -> ResponseReturnValue:
    """The same report as a file."""
    made, village = _made(month)
    content = content_of(made, Source(village.name, clock.now()), form)
    name = f"{village.code}-{made.month}.{form}"
    return Response(content, mimetype=TYPES[form], headers={"Content-Disposition": f'attachment; filename="{name}"'})


def _made(month: str) -> tuple[MonthReport, Village]:
    session, village_id = db.session(), current_actor().village_id
    today = village_date(clock.now())
    made = service.month_report(session, village_id, service.parse_month(month), today)
    return made, session.get_one(Village, village_id)


def content_of(made: MonthReport, source: Source, form: str) -> bytes | str:
    """The report as xlsx, pdf or json; PdfUnavailable without the extra `pdf`."""
    if form == "xlsx":
        return report_files.as_workbook(made, source, _)
    if form == "pdf":
        return report_files.as_pdf(made, source, _)
    return report_files.json_text(made, source)


def page_of(made: MonthReport, village: Village) -> dict[str, Any]:
    """What the report's page is drawn from."""
    source = Source(village.name, clock.now())
    return {
        "report": made,
        "village": village,
        "title": report_files.title(made, source, _),
        "summary": report_tables.stressed(report_tables.summary(made, village.name, _)),
        "notes": report_tables.notes(made, _),
        "footing": report_tables.footing(made, source.made_at, _),
        "tables": {table.name: table for table in report_tables.tables(made, _)},
        "months": [
            (_("%(month)d月", month=month.number, name=month.name), generated, redeemed)
            for month, generated, redeemed in made.months
        ],
        "written": report_tables.written,
    }
