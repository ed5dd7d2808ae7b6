"""Papers to fill in: the notice of persuasion, blank or from findings, the forms, and where goods are collected."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from villagepoints.domain.finding import PERSUADED
from villagepoints.domain.rulebook import BASE, RuleBook
from villagepoints.domain.service_request import KINDS
from villagepoints.models import Counter, Village
from villagepoints.services import rulebook
from villagepoints.services.finding_list import FindingRow
from villagepoints.services.print_file import Sheets
from villagepoints.services.print_words import day, frame, midnight, points, words


def persuasion(
    session: Session, village: Village, findings: Sequence[FindingRow], today: date, *, paper: str
) -> Sheets:
    """劝导通知 for what households are persuaded about, two to a sheet; a blank one twice where nothing is given."""
    books = {book.version: book for book in rulebook.versions(session, village.id)}
    persuaded = [row for row in findings if row.status == PERSUADED]
    slips = [_written(row, books[row.rulebook_version]) for row in persuaded] or [_blank()] * 2
    data = {**frame(village, "persuasion", paper), "slips": slips}
    latest = max(
        (row.found_on for row in persuaded), default=rulebook.in_force(session, village.id, today).effective_on
    )
    name = f"persuasion{'' if persuaded else '-blank'}-{paper}"
    return Sheets(name=name, template="persuasion.typ", data=data, dated=midnight(latest))


def _written(row: FindingRow, book: RuleBook) -> dict[str, Any]:
    said, item = words("persuasion"), book.item(row.item_code)
    name = item.text_for(row.residency)
    is_base = item.kind == BASE
    missed = row.note or (said["missed"] % {"name": name} if is_base else name)
    loss = -min(item.step * row.count, item.points)
    return {
        "number": row.number,
        "to": said["to"] % {"name": row.head_name},
        "seen": said["seen"] % {"day": day(row.found_on), "place": f"（{row.address}）" if row.address else ""},
        "what": said["times"] % {"text": missed, "count": row.count} if row.count > 1 else missed,
        "item": said["item"] % {"book": book.name, "code": row.item_code, "name": name},
        "until": said["until"] % {"day": day(row.rectify_by)} if row.rectify_by else said["until_blank"],
        "then": said["base"] % {"points": points(loss)} if is_base else said["penalty"],
        "recorder": row.recorder or "",
    }


def _blank() -> dict[str, Any]:
    said = words("persuasion")
    return {
        "number": "",
        "to": said["to_blank"],
        "seen": said["seen_blank"],
        "what": "",
        "item": said["item_blank"] % {"book": "　" * 10},
        "until": said["until_blank"],
        "then": said["base_blank"],
        "recorder": "",
    }


def objection(session: Session, village: Village, today: date, *, paper: str) -> Sheets:
    """异议书, blank, with the days of the rule book in force."""
    book = rulebook.in_force(session, village.id, today)
    limits = {"target": book.objection_target_working_days, "limit": book.objection_answer_days}
    said = words("objection")
    data = {
        **frame(village, "objection", paper),
        "kinds": said["kinds"],
        "rule": said["rule"] % limits,
        "due": said["receipt_due"] % limits,
        "fields": _fields(said),
        "lines": 7,
    }
    return Sheets(name=f"objection-{paper}", template="form.typ", data=data, dated=midnight(book.effective_on))


def request(session: Session, village: Village, today: date, *, paper: str) -> Sheets:
    """「告诉村里」, blank: the same kinds that a phone offers."""
    book = rulebook.in_force(session, village.id, today)
    said = words("request")
    data = {
        **frame(village, "request", paper),
        "kinds": [f"{kind.name}（{kind.task}）" for kind in KINDS.values()],
        "rule": "",
        "due": "",
        "fields": _fields(said),
        "lines": 10,
    }
    return Sheets(name=f"request-{paper}", template="form.typ", data=data, dated=midnight(book.effective_on))


def _fields(said: Mapping[str, Any]) -> dict[str, Any]:
    """Headings and lines of a form under the names that both forms share."""
    return {
        "kinds": said.get("about") or said["kinds_head"],
        "words": said.get("wrong") or said["words"],
        "proof": said.get("proof", ""),
        "due": said.get("due", []),
        "answer": said.get("answer", ""),
    }


def counters(session: Session, village: Village, today: date, *, paper: str) -> Sheets:
    """The counters with their place and opening hours; one statement."""
    said = words("counters")
    rows = session.execute(
        select(Counter.name, Counter.place, Counter.hours)
        .where(Counter.village_id == village.id, Counter.is_active.is_(True))
        .order_by(Counter.name)
    )
    data = {
        **frame(village, "counters", paper, under=said["under"] % {"village": village.name}),
        "rows": [list(row) for row in rows],
    }
    effective_on = rulebook.in_force(session, village.id, today).effective_on
    return Sheets(name=f"counters-{paper}", template="counters.typ", data=data, dated=midnight(effective_on))
