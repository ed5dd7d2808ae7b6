"""The month's report as PDF: A4, tagged, PDF/A and PDF/UA, the same bytes for the same document and instant."""

import copy
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from villagepoints.domain.report import MonthReport
from villagepoints.services import pdf
from villagepoints.services.print_code import readable
from villagepoints.services.report_tables import Source

MISSING = "\N{GETA MARK}"  # what printers set for a sign they have no type for; PDF/A allows no gap without a word


def typeset(document: Mapping[str, Any], made_at: datetime) -> bytes:
    """The whole report; raises PdfUnavailable, UnreadableCode."""
    pdf.require()
    data, files = _drawn(document)
    return pdf.typeset("report.typ", data, made_at, files, standards=pdf.ARCHIVE)


def dated(report: MonthReport, source: Source) -> datetime:
    """The instant written into the file: of a sealed report the seal's or the last signature's, never the clock's."""
    basis, audit = report.parts.basis, report.parts.audit
    if basis is None:
        return source.made_at
    return max([basis.taken_at, *(one.signed_at for one in audit.signatures)] if audit else [basis.taken_at])


def gaps(document: Mapping[str, Any]) -> dict[str, str]:
    """The names and texts with signs that no font here draws, each with those signs; PdfUnavailable without typst."""
    pdf.require()
    missing = set(pdf.unprintable("".join(pdf.texts(document))))
    return {text: "".join(sorted(missing & set(text))) for text in pdf.texts(document) if missing & set(text)}


def printable(document: Mapping[str, Any]) -> dict[str, Any]:
    """The document with 〓 for each sign that no font here draws."""
    missing = {ord(sign): MISSING for sign in pdf.unprintable("".join(pdf.texts(document)))}
    made = _replaced(document, missing) if missing else copy.deepcopy(dict(document))
    return dict(made)


def _drawn(document: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, bytes]]:
    """The document with the names of files for its codes, and the files."""
    data = printable(document)
    files: dict[str, bytes] = {}
    for section in data["sections"]:
        for block in section["blocks"]:
            if block["kind"] == "stamp" and block["code"]:
                name = f"code-{len(files)}.png"
                files[name] = readable(block["code"])
                block["code"] = name
    return data, files


def _replaced(value: Any, missing: Mapping[int, str]) -> Any:
    if isinstance(value, str):
        return value.translate(missing)
    if isinstance(value, Mapping):
        return {name: _replaced(part, missing) for name, part in value.items()}
    if isinstance(value, list | tuple):
        return [_replaced(part, missing) for part in value]
    return value
