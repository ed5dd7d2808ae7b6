"""Papers for the notice board: a month's gains with masked names and losses without any, and the rules as a poster."""

from collections.abc import Mapping, Sequence
from datetime import date
from itertools import groupby
from typing import Any
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from villagepoints.domain.calendar import Month
from villagepoints.domain.ledger import AWARD
from villagepoints.domain.names import mask
from villagepoints.domain.report import Totals
from villagepoints.domain.rulebook import CONTRIBUTION, RuleBook, RuleItem
from villagepoints.domain.seal import fingerprint
from villagepoints.models import Household, LedgerEntry, Village
from villagepoints.models import RuleItem as ItemRow
from villagepoints.services import lists, report, rulebook, seal
from villagepoints.services.lists import Board
from villagepoints.services.print_code import readable
from villagepoints.services.print_file import Sheets
from villagepoints.services.print_words import day, frame, group_name, midnight, month_name, points, signed, words
from villagepoints.services.stats import item_join
from villagepoints.services.undone import standing

ON_ONE_SHEET = 1.12  # how much larger than on A4 a book of 23 items is on one sheet of A3


def board(session: Session, village: Village, month: Month, today: date, *, url: str, paper: str) -> Sheets:
    """公示榜 of a month; its code leads to `url`. About fifteen statements; raises UnreadableCode, BadInput."""
    book = rulebook.in_force(session, village.id, month.last)
    said = words("board")
    data = {
        **frame(village, "board", paper, under=f"{village.name}　{month_name(month)}"),
        **_figures(session, village.id, month, today),
        "gains": _gains(session, village.id, month),
        **_lists(lists.board(session, village.id, month)),
        "object": said["object"]
        % {
            "days": book.objection_window_days,
            "target": book.objection_target_working_days,
            "limit": book.objection_answer_days,
        },
        "code": "code.png" if url else "",
    }
    files = {"code.png": readable(url)} if url else {}
    dated = midnight(min((month + 1).first, today))
    return Sheets(name=f"board-{month}-{paper}", template="board.typ", data=data, dated=dated, files=files)


def _figures(session: Session, village_id: UUID, month: Month, today: date) -> dict[str, Any]:
    said, last = words("board"), seal.latest(session, village_id)
    found = report.month_list(session, village_id, month, today, 1)
    now = found[0][1] if found else Totals(0, 0, 0, 0, 0)
    values = (now.generated, now.deducted, now.redeemed, now.outstanding)
    sealed = said["no_seal"]
    if last is not None:
        sealed = said["seal"] % {"number": last.number, "fingerprint": fingerprint(last.root)}
    return {
        "figures": [[name, points(value)] for name, value in zip(said["figures"], values, strict=True)],
        "running": "" if month.last < today else said["running"] % {"day": day(today)},
        "seal": sealed,
    }


def _gains(session: Session, village_id: UUID, month: Month) -> list[dict[str, Any]]:
    """What each contribution item gave whom in the month, names masked; one statement."""
    rows = session.execute(
        select(
            ItemRow.code,
            ItemRow.name,
            Household.head_name,
            Household.group_no,
            func.sum(LedgerEntry.points).label("points"),
        )
        .join(ItemRow, item_join())
        .join(Household, (Household.village_id == LedgerEntry.village_id) & (Household.id == LedgerEntry.household_id))
        .where(
            LedgerEntry.village_id == village_id,
            LedgerEntry.kind == AWARD,
            LedgerEntry.occurred_on.between(month.first, month.last),
            ItemRow.kind == CONTRIBUTION,
            standing(),
        )
        .group_by(ItemRow.code, ItemRow.name, Household.id, Household.head_name, Household.group_no, Household.number)
        .order_by(ItemRow.code, ItemRow.name, Household.group_no, Household.number)
    )
    return [
        _gain(code, name, list(of_item)) for (code, name), of_item in groupby(rows, key=lambda row: (row[0], row[1]))
    ]


def _gain(code: str, name: str, rows: Sequence[Any]) -> dict[str, Any]:
    total = sum(row.points for row in rows)
    return {
        "name": f"{code} {name}",
        "sum": words("board")["item"] % {"households": len(rows), "points": points(total)},
        "lines": [[mask(row.head_name), group_name(row.group_no), signed(row.points)] for row in rows],
    }


def _lists(both: Board) -> dict[str, Any]:
    said = words("board")
    red = [
        {
            "residency": said[track.residency],
            "names": track.names,
            "silent": said["silent"] % {"number": len(track.silent)} if track.silent else "",
        }
        for track in both.tracks
        if track.names or track.silent
    ]
    losses = [
        [
            f"{line.code} {line.name}",
            said["few"] if line.households is None else points(line.households),
            "—" if line.points is None else points(line.points),
        ]
        for line in both.black
    ]
    return {"red": red, "red_note": said["red_note"] % {"percent": both.percent}, "losses": losses}


def rules(session: Session, village: Village, today: date, *, paper: str) -> Sheets:
    """The rules in force as a poster, with both texts where relocated households have their own; one statement."""
    book = rulebook.in_force(session, village.id, today)
    said = words("rules")
    under = said["under"] % {
        "village": village.name,
        "book": book.name,
        "version": book.version,
        "day": day(book.effective_on),
    }
    data = {
        **frame(village, "rules", paper, under=under),
        "scale": ON_ONE_SHEET if paper == "a3" else 1,
        "principle": book.principle,
        "base": said["base"] % {"base": book.monthly_base, "days": book.rectification_days},
        "categories": [_category(book, category.code, category.name) for category in book.categories],
        "red_lines": [[line.code, line.name, said["pause"] % {"months": line.pause_months}] for line in book.red_lines],
        "notes": _notes(book, said),
    }
    dated = midnight(book.effective_on)
    return Sheets(name=f"rules-{book.version}-{paper}", template="rules.typ", data=data, dated=dated)


def _notes(book: RuleBook, said: Mapping[str, Any]) -> list[str]:
    caps = {
        **{span: points(cap) if (cap := book.contribution_cap.get(span)) else "—" for span in ("month", "year")},
        "months": book.expiry_months,
    }
    limits = {
        "window": book.objection_window_days,
        "target": book.objection_target_working_days,
        "limit": book.objection_answer_days,
    }
    publicity = [said["publicity"] % {"days": book.publicity_days}] if book.publicity_days else []
    return [said["caps"] % caps, *publicity, said["object"] % limits, said["lawful"]]


def _category(book: RuleBook, code: str, name: str) -> dict[str, Any]:
    items = [item for item in book.items.values() if item.category == code]
    return {"name": f"{code}　{name}", "items": [_item(item) for item in items]}


def _item(item: RuleItem) -> dict[str, str]:
    said = words("rules")
    relocated = said["relocated"] + item.name_relocated if item.name_relocated != item.name else ""
    return {
        "code": item.code,
        "name": item.name,
        "relocated": relocated,
        "terms": "；".join([said["kinds"][item.kind], *_terms(item, said)]),
        "points": _worth(item),
    }


def _worth(item: RuleItem) -> str:
    values = sorted(item.grades.values()) or [item.points]
    return signed(values[0]) if values[0] == values[-1] else f"{signed(values[0])}～{points(values[-1])}"


def _terms(item: RuleItem, said: Mapping[str, Any]) -> list[str]:
    terms = [f"{grade} {signed(value)}" for grade, value in item.grades.items()]
    if item.step:
        terms.append(said["step"] % {"step": item.step})
    if item.unit == "hour":
        terms.append(said["hour"])
    for name, number in item.cap.items():
        span, _, kind = name.partition("_")
        terms.append(said["cap_points" if kind else "cap_times"][span] % {"n": number})
    if item.once_per:
        terms.append(said["once"][item.once_per])
    if item.requires_persuasion:
        terms.append(said["persuasion"])
    if item.requires_document:
        terms.append(said["document"])
    return terms
