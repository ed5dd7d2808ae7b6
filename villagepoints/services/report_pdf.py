"""The month's report as PDF: A4, tagged, PDF/A and PDF/UA, the same bytes for the same document and instant."""

import copy
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from villagepoints.services import pdf
from villagepoints.services.print_code import readable

Document = Mapping[str, Any]


def typeset(document: Document, made_at: datetime) -> bytes:
    """The whole report; raises PdfUnavailable, UnreadableCode."""
    data, files = _drawn(document)
    return pdf.typeset("report.typ", data, made_at, files, standards=pdf.ARCHIVE)


def pictures(document: Document, made_at: datetime, ppi: int = 96) -> list[bytes]:
    """The same pages as PNG pictures."""
    data, files = _drawn(document)
    return pdf.pictures("report.typ", data, made_at, files, ppi=ppi)


def _drawn(document: Document) -> tuple[dict[str, Any], dict[str, bytes]]:
    """The document with the names of files for its codes, and the files."""
    data = copy.deepcopy(dict(document))
    files: dict[str, bytes] = {}
    for section in data["sections"]:
        for block in section["blocks"]:
            if block["kind"] == "stamp" and block["code"]:
                name = f"code-{len(files)}.png"
                files[name] = readable(block["code"])
                block["code"] = name
    return data, files
