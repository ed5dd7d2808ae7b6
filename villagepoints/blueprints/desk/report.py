"""报表与打印: the months, one month's report on paper, its editions and its files."""

from flask import Response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from villagepoints import clock
from villagepoints.access import DESK, OFFICE, access, current_actor
from villagepoints.blueprints import report_page
from villagepoints.blueprints.desk.blueprint import blueprint
from villagepoints.blueprints.language import translated
from villagepoints.domain.actor import ADMIN, CLERK
from villagepoints.domain.calendar import Month, village_date
from villagepoints.extensions import db
from villagepoints.services import pdf, report_files, report_publish
from villagepoints.services import report as service


@blueprint.get("/reports")
@access("desk", "read", roles=DESK)
def reports() -> ResponseReturnValue:
    """The months with their totals and how far each report is, a year at a time."""
    session, village_id, today = db.session(), current_actor().village_id, village_date(clock.now())
    last = Month.of(today)
    if asked := request.args.get("until", ""):
        last = min(last, service.parse_month(asked))
    listed = service.month_list(session, village_id, last, today, service.LISTED)
    return render_template(
        "desk/reports.html",
        months=listed,
        states=report_publish.states(session, village_id, [month for month, _ in listed]),
        pdf=pdf.available(),
        is_office=current_actor().is_any(*OFFICE),
        more=len(listed) == service.LISTED,
    )


@blueprint.get("/reports/<month>")
@access("desk", "read", roles=DESK)
def report(month: str) -> ResponseReturnValue:
    """One month's report, to read, to print and to publish; what may name people is for the office only."""
    made, village = report_page.made(month)
    is_office = current_actor().is_any(*OFFICE)
    page = report_page.page(made, village, whole=is_office)
    return render_template("report/month_desk.html", is_office=is_office, **page)


@blueprint.get("/reports/<month>/file.<any(xlsx, pdf, json):form>")
@access("desk", "read", roles=OFFICE)
def report_file(month: str, form: str) -> ResponseReturnValue:
    """The same report as a file."""
    made, village = report_page.made(month)
    content = report_files.content(db.session(), village.id, made, report_page.source(made, village), form, translated)
    name = f"{village.code}-{made.month}.{form}"
    return Response(
        content, mimetype=report_page.TYPES[form], headers={"Content-Disposition": f'attachment; filename="{name}"'}
    )


@blueprint.post("/reports/<month>/publish")
@access("desk", "write", roles=frozenset({CLERK, ADMIN}))
def publish_report(month: str) -> ResponseReturnValue:
    """Publish what the page shows as the month's next edition."""
    report_page.publish(month)
    return redirect(url_for("desk.report", month=month, as_of=request.form.get("as_of") or None))


@blueprint.get("/reports/<month>/edition.pdf")
@access("desk", "read", roles=OFFICE)
def report_edition(month: str) -> ResponseReturnValue:
    """The PDF of an edition (`edition=`; the last one by default)."""
    return report_page.edition_file(month)


@blueprint.get("/reports/<month>/board.pdf")
@access("desk", "read", roles=OFFICE)
def report_board(month: str) -> ResponseReturnValue:
    """The sheet for the notice board, on A4 or (`paper=a3`) A3."""
    return report_page.board_file(month)
