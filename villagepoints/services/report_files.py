"""The month's report as files: a workbook with the rows behind it, a PDF, JSON."""

from uuid import UUID

from sqlalchemy.orm import Session

from villagepoints.domain.report import MonthReport
from villagepoints.services import report_document, report_json, report_pdf, report_rows, report_workbook
from villagepoints.services.report_tables import Source, Translate


def as_pdf(report: MonthReport, source: Source, translate: Translate = str) -> bytes:
    """The report as PDF; the same books and the same `made_at` give the same bytes. Raises PdfUnavailable."""
    return report_pdf.typeset(report_document.document(report, source, translate), report_pdf.dated(report, source))


def content(
    session: Session, village_id: UUID, report: MonthReport, source: Source, form: str, translate: Translate = str
) -> bytes:
    """The report as xlsx (with the households' rows: for the office and the group alone), pdf or json.

    Raises PdfUnavailable without the extra `pdf`.
    """
    if form == "xlsx":
        rows = report_rows.of_report(session, village_id, report, translate)
        return report_workbook.as_workbook(report, source, translate, rows)
    if form == "pdf":
        return as_pdf(report, source, translate)
    return report_json.json_text(report, source).encode()
