"""A month's statements of one group, a household a page or two to a page, in the order in which the lane is walked."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from villagepoints.domain import ledger
from villagepoints.domain.calendar import Month
from villagepoints.domain.errors import N_, BadInput
from villagepoints.domain.rulebook import BASE, RuleBook
from villagepoints.models import Household, LedgerEntry, Village
from villagepoints.services import rulebook, statement
from villagepoints.services.print_file import Sheets
from villagepoints.services.print_words import day, frame, group_name, midnight, month_name, points, signed, words
from villagepoints.services.statement import Line

PER_PAGE = (1, 2)
HALF_A_PAGE = 10  # lines of a statement that leave room for another one
LINE = 36  # characters of a reason to a line
GAINS = (ledger.AWARD, ledger.OPENING)
OTHER = (ledger.EXPIRY, ledger.TRANSFER)
SPENT = (ledger.REDEMPTION, ledger.REFUND)


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """Which statements: of a group (None: households without one), of a month, how many to a page."""

    group_no: int | None
    month: Month
    per_page: int = 1


def of_group(session: Session, village: Village, asked: Asked, today: date, *, paper: str) -> Sheets:
    """The statements of a group; five statements. BadInput for an empty group or another number to a page."""
    if asked.per_page not in PER_PAGE:
        raise BadInput(N_("一页只能排 1 户或 2 户，没有生成。"))
    homes = _homes(session, village.id, asked.group_no)
    if not homes:
        raise BadInput(N_("这一组没有农户，没有生成。请换一个组。"))
    said, until = words("statement"), min(asked.month.last, today)
    book = rulebook.in_force(session, village.id, asked.month.last)
    before = _balances(session, village.id, asked)
    lines = statement.of_group(session, village.id, _in_group(asked.group_no), asked.month.first, until)
    group = group_name(asked.group_no) or said["ungrouped"]
    title = said["of_group"] % {"title": said["title"], "month": month_name(asked.month), "group": group}
    of_home = [_statement(home, before.get(home.id, 0), lines.get(home.id, []), book, asked, until) for home in homes]
    data = {
        **frame(village, "statement", paper, title=title),
        "month": month_name(asked.month),
        "homes": of_home,
        "per_page": asked.per_page,
        "ask": said["ask"] % {"days": book.objection_window_days},
    }
    number = "none" if asked.group_no is None else asked.group_no
    name = f"statements-{asked.month}-{number}-{paper}"
    dated = midnight(until + timedelta(days=1))
    return Sheets(name=name, template="statements.typ", data=data, dated=dated)


def _in_group(group_no: int | None) -> ColumnElement[bool]:
    here = Household.group_no.is_(None) if group_no is None else Household.group_no == group_no
    return here & Household.left_on.is_(None)


def _homes(session: Session, village_id: UUID, group_no: int | None) -> Sequence[Any]:
    columns = (Household.id, Household.number, Household.head_name, Household.group_no, Household.residency)
    here = (Household.village_id == village_id, _in_group(group_no))
    return session.execute(select(*columns, Household.address).where(*here).order_by(Household.number)).all()


def _balances(session: Session, village_id: UUID, asked: Asked) -> dict[UUID, int]:
    """What each household of the group had when the month began."""
    of_home = (Household.village_id == LedgerEntry.village_id) & (Household.id == LedgerEntry.household_id)
    rows = session.execute(
        select(LedgerEntry.household_id, func.sum(LedgerEntry.points))
        .join(Household, of_home)
        .where(
            LedgerEntry.village_id == village_id,
            _in_group(asked.group_no),
            LedgerEntry.occurred_on < asked.month.first,
        )
        .group_by(LedgerEntry.household_id)
    )
    return {household_id: int(total) for household_id, total in rows}


def _statement(
    home: Any, before: int, lines: Sequence[Line], book: RuleBook, asked: Asked, until: date
) -> dict[str, Any]:
    said = words("statement")
    sums: dict[str, int] = defaultdict(int)  # by the figure under which they count
    for line in lines:
        sums[_column(line)] += line.points
    values = {
        "before": points(before),
        "gained": points(sums["gained"]),
        "lost": points(-sums["lost"]),
        "spent": points(-sums["spent"]),
        "other": said["other"] % {"points": signed(sums["other"])} if sums["other"] else "",
        "when": said["month_end"] if until == asked.month.last else said["so_far"] % {"day": day(until)},
        "after": points(before + sum(line.points for line in lines)),
    }
    rows = _rows(lines, book)
    return {
        "number": home.number,
        "who": home.head_name,
        "where": "　".join(filter(None, (group_name(home.group_no), said[home.residency], home.address))),
        "line": said["line"] % values,
        "rows": rows,
        "is_short": sum(1 + len(reason) // LINE for _day, reason, _points in rows) <= HALF_A_PAGE,
    }


def _column(line: Line) -> str:
    """Under which figure an entry counts; a reversal takes back from the side it stood on."""
    if line.kind in SPENT:
        return "spent"
    if line.kind in OTHER:
        return "other"
    if line.kind in GAINS or (line.kind == ledger.REVERSAL and line.points < 0 and line.item_kind != "penalty"):
        return "gained"
    return "gained" if line.points > 0 and line.kind != ledger.REVERSAL else "lost"


def _rows(lines: Sequence[Line], book: RuleBook) -> list[list[str]]:
    """The month's entries by day; its base items as one line that names what was not full."""
    base = [line for line in lines if line.item_kind == BASE and line.kind == ledger.AWARD and not line.reversed_by]
    rows = [(line.occurred_on, line.seq, _reason(line), line.points) for line in lines if line not in base]
    if base:
        last = base[-1]
        rows.append((last.occurred_on, last.seq, _base(base, book), sum(line.points for line in base)))
    return [[_short_day(on), reason, signed(value)] for on, _seq, reason, value in sorted(rows)]


def _base(lines: Sequence[Line], book: RuleBook) -> str:
    said = words("statement")
    short = [
        said["short_item"]
        % {"code": line.item_code, "name": line.item_name, "points": points(most.points - line.points)}
        for line in lines
        if (most := book.items.get(line.item_code or "")) and line.points < most.points
    ]
    if not short:
        return str(said["base"] % {"most": book.monthly_base})
    return str(said["short"] % {"most": book.monthly_base, "items": "；".join(short)})


def _reason(line: Line) -> str:
    said: Mapping[str, str] = words("statement")
    if line.kind in SPENT:
        text = said[line.kind] % {"goods": line.goods or line.note}
    elif line.kind == ledger.REVERSAL:
        text = said["reversal"] % {"seq": line.reverses_seq, "why": line.note}
    else:
        text = line.note or line.item_name or said.get(line.kind, "")
        if line.item_code and line.note:
            text = f"{line.item_code} {text}"
    return said["undone"] % {"text": text, "seq": line.reversed_by} if line.reversed_by else text


def _short_day(on: date) -> str:
    return f"{on.month}-{on.day:02d}"
