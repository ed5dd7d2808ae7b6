"""What the pages of a month's report share: the office's, the group's and the public one."""

from typing import Any

from flask import Response, current_app, flash, request
from flask_babel import gettext as _
from markupsafe import Markup

from villagepoints import clock, qr
from villagepoints.access import current_actor
from villagepoints.blueprints.language import said, translated
from villagepoints.domain.calendar import Month, village_date
from villagepoints.domain.errors import Refusal
from villagepoints.domain.report import MonthReport
from villagepoints.extensions import db
from villagepoints.models import Village
from villagepoints.services import pdf, report_blocks, report_board, report_document, report_pdf, report_publish, seal
from villagepoints.services import report as service
from villagepoints.services.paging import Wanted
from villagepoints.services.print_words import SIZES
from villagepoints.services.report_tables import Source
from villagepoints.services.village_page import PublicReport

TYPES = {
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "pdf": "application/pdf",
    "json": "application/json",
}
SEALS = 12  # to choose from


def draw(text: str, alt: str) -> Markup:
    """A code on the page, named for those who cannot see it."""
    return qr.svg(text, alt)


def public_url(village: Village, month: Month) -> str:
    """Where anybody reads the month's report."""
    address: str = current_app.config["PUBLIC_URL"]
    return f"{address}/v/{village.code}/reports/{month}"  # as the command writes it: the same code, the same bytes


def as_of() -> int | None:
    """The seal that was asked for: its number, NOW, or None for the one the report stands on; BadInput."""
    return service.parse_seal(request.values.get("as_of", ""))


def made(month: str) -> tuple[MonthReport, Village]:
    """The report that the request asks for, and the village."""
    session, village_id = db.session(), current_actor().village_id
    today = village_date(clock.now())
    found = service.month_report(session, village_id, service.parse_month(month), today, as_of())
    return found, session.get_one(Village, village_id)


def source(report: MonthReport, village: Village) -> Source:
    """Where a report of this request comes from."""
    return Source(village.name, clock.now(), public_url(village, report.month))


def document(report: MonthReport, village: Village, *, whole: bool) -> dict[str, Any]:
    """The report laid out in the language of the page; without what may name people unless `whole`."""
    found = report_document.document(report, source(report, village), translated)
    return found if whole else report_blocks.for_anybody(found)


def page(report: MonthReport, village: Village, *, whole: bool) -> dict[str, Any]:
    """What the pages of the office and of the group show: the report, its editions, what stands in their way."""
    shown, session = document(report, village, whole=whole), db.session()
    editions = report_publish.editions(session, village.id, report.month)
    basis = report.parts.basis
    return {
        "document": shown,
        "draw": draw,
        "month": report.month,
        "village": village,
        "basis": basis,
        "as_of": request.args.get("as_of", ""),
        "seals": seal.listed(session, village.id, Wanted(1, SEALS)).rows,
        "editions": editions,
        "gaps": report_pdf.gaps(shown) if pdf.available() else {},
        "may_publish": basis is not None and report_publish.may(current_actor(), is_signed=shown["is_signed"]),
        "pdf": pdf.available(),
        "public_url": public_url(village, report.month),
    }


def public(shown: PublicReport, village: Village) -> dict[str, Any]:
    """What the public page shows: sums, and the number of its edition; of an unpublished month the books alone."""
    origin = Source(village.name, shown.made_at, public_url(village, shown.made.month))
    found = report_blocks.for_anybody(report_document.document(shown.made, origin, translated))
    if shown.edition is None:
        found["mark"] = _("监督小组的审核报告还没有公布，这里先看账。")
    return {"document": found, "draw": draw}


def publish(month: str) -> None:
    """Publish what the page showed, and say so."""
    session, wanted = db.session(), service.parse_month(month)
    village = session.get_one(Village, current_actor().village_id)
    try:
        edition = report_publish.publish(
            session,
            current_actor(),
            month=wanted,
            url=public_url(village, wanted),
            key=request.form.get("key", ""),
            now=clock.now(),
            seal=as_of(),
        )
    except Refusal as error:
        flash(said(error), "wrong")
    else:
        flash(_("公布了，是第 %(edition)s 版。村里的网页上看得到了；请把公开栏那一张印出来贴上。", edition=edition))


def edition_file(month: str) -> Response:
    """The PDF of an edition, as it was published."""
    session, village_id = db.session(), current_actor().village_id
    wanted = service.parse_month(month)
    row = report_publish.one(session, village_id, wanted, request.args.get("edition", type=int))
    return as_file(row.pdf, f"report-{wanted}-{row.edition}")


def board_file(month: str) -> Response:
    """The sheet for the notice board, of the last edition or, before the first, of the report as it is."""
    session, now = db.session(), clock.now()
    village = session.get_one(Village, current_actor().village_id)
    wanted = service.parse_month(month)
    editions = report_publish.editions(session, village.id, wanted)
    last = editions[0] if editions else None
    basis = (last.seal_number, last.made_at) if last else (as_of(), None)
    found = service.month_report(session, village.id, wanted, village_date(now), *basis)
    size = request.args.get("paper", "a4")
    sheets = report_board.sheet(
        session, village, found, last, url=public_url(village, wanted), paper=size if size in SIZES else "a4"
    )
    return as_file(report_board.typeset(sheets), sheets.name)


def as_file(content: bytes, name: str, form: str = "pdf") -> Response:
    """A PDF to open or to keep, or a workbook to keep."""
    kept = "inline" if form == "pdf" else "attachment"
    headers = {"Content-Disposition": f'{kept}; filename="{name}.{form}"', "Cache-Control": "no-store"}
    return Response(content, mimetype=TYPES[form], headers=headers)
