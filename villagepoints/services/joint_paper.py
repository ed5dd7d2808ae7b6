"""A joint session's agenda and minutes as PDF, the same bytes for the same session."""

from typing import Any

from villagepoints.domain.joint_session import Quarter
from villagepoints.models import Village
from villagepoints.services import pdf, print_words
from villagepoints.services.joint_session_list import Line, Whole


def as_pdf(whole: Whole, village: Village, *, is_agenda: bool) -> bytes:
    """Agenda with its sheet to sign, or minutes; raises PdfUnavailable without the extra `pdf`."""
    return pdf.typeset("joint.typ", content(whole, village, is_agenda=is_agenda), whole.session.opened_at)


def content(whole: Whole, village: Village, *, is_agenda: bool) -> dict[str, Any]:
    """Every word of it, as it is printed."""
    said, row = print_words.words("joint"), whole.session
    quarter = Quarter.parse(row.quarter)
    place = {"village": village.name, "committee": whole.neighbourhood.name}
    under = said["under"] % {**place, "year": quarter.year, "number": quarter.number}
    title = said["agenda"] if is_agenda else said["title"]
    held = print_words.day(row.held_on) if row.held_on else ""
    return {
        **print_words.frame(village, "joint", "a4", under=under, title=title),
        "is_agenda": is_agenda,
        "draft": whole.is_open,
        "facts": [held, row.place, row.attended_village, row.attended_committee],
        "minutes": row.minutes.splitlines(),
        "lines": [_line(place, one, whole, is_agenda) for place, one in enumerate(whole.lines, start=1)],
    }


def _line(place: int, line: Line, whole: Whole, is_agenda: bool) -> dict[str, Any]:
    said, item = print_words.words("joint"), line.item
    return {
        "place": place,
        "number": line.number or "",
        "name": line.head_name or "",
        "address": line.address or "",
        "subject": item.subject,
        "agreed": item.agreed or ("" if is_agenda else said["nothing"]),
        "owner": item.owner,
        "due": print_words.day(item.due_on) if item.due_on else "",
        "ending": "" if whole.is_open else said["ends"][item.status],
    }
