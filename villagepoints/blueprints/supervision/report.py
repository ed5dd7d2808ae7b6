"""The month's report as the group reads it before it signs, and publishes it once it is signed."""

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from villagepoints.access import SUPERVISION, access
from villagepoints.blueprints import report_page
from villagepoints.blueprints.language import translated
from villagepoints.blueprints.supervision.blueprint import blueprint
from villagepoints.extensions import db
from villagepoints.services import report_files


@blueprint.get("/reports/<month>")
@access("supervision", "read", roles=SUPERVISION)
def report(month: str) -> ResponseReturnValue:
    """One month's report, whole."""
    made, village = report_page.made(month)
    return render_template("report/month_group.html", **report_page.page(made, village, whole=True))


@blueprint.get("/reports/<month>/report.pdf")
@access("supervision", "read", roles=SUPERVISION)
def report_file(month: str) -> ResponseReturnValue:
    """The same report as PDF."""
    made, village = report_page.made(month)
    content = report_files.as_pdf(made, report_page.source(made, village), translated)
    return report_page.as_file(content, f"report-{made.month}")


@blueprint.get("/reports/<month>/report.xlsx")
@access("supervision", "read", roles=SUPERVISION)
def report_workbook(month: str) -> ResponseReturnValue:
    """The same with the rows behind every figure."""
    made, village = report_page.made(month)
    source = report_page.source(made, village)
    content = report_files.content(db.session(), village.id, made, source, "xlsx", translated)
    return report_page.as_file(content, f"report-{made.month}", "xlsx")


@blueprint.post("/reports/<month>/publish")
@access("supervision", "write", roles=SUPERVISION)
def publish_report(month: str) -> ResponseReturnValue:
    """Publish the signed report as the month's next edition."""
    report_page.publish(month)
    return redirect(url_for("supervision.report", month=month, as_of=request.form.get("as_of") or None))


@blueprint.get("/reports/<month>/edition.pdf")
@access("supervision", "read", roles=SUPERVISION)
def report_edition(month: str) -> ResponseReturnValue:
    """The PDF of an edition (`edition=`; the last one by default)."""
    return report_page.edition_file(month)


@blueprint.get("/reports/<month>/board.pdf")
@access("supervision", "read", roles=SUPERVISION)
def report_board(month: str) -> ResponseReturnValue:
    """The sheet for the notice board, on A4 or (`paper=a3`) A3."""
    return report_page.board_file(month)
