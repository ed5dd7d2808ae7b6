"""联席会: the law of the session in which village and neighbourhood committee sit down together once a quarter."""

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any, Protocol

from villagepoints.domain.calendar import YEARS, Month
from villagepoints.domain.errors import N_, BadInput, Conflict

OPEN, CLOSED = "open", "closed"  # a session
DONE, DROPPED, CARRIED = "done", "dropped", "carried"  # how a point ended; until then it is OPEN too
# what puts a point on the agenda, in the order of the agenda
RECHECK, FINDING, OBJECTION, VISIT, ELDERS, UNASSIGNED = (
    *("recheck", "finding", "objection", "visit"),
    *("elders", "unassigned"),
)
JOINT, OTHER = "joint", "other"  # found by both sides in the session; written down by hand
MOST_DRAWN = 40  # points that are drawn for one session: more is a list, not an agenda


@dataclass(frozen=True, order=True, slots=True)
class Quarter:
    """A quarter of a year; sorts, writes itself as 2026-Q4."""

    year: int
    number: int

    @classmethod
    def of(cls, day: date) -> "Quarter":
        """The quarter a day lies in."""
        return cls(day.year, (day.month - 1) // 3 + 1)

    @classmethod
    def parse(cls, text: str) -> "Quarter":
        """`2026-Q4` as a quarter of 2000 to 2199; ValueError for anything else."""
        year, _dash, number = text.partition("-Q")
        if not (len(year) == 4 and year.isascii() and year.isdigit() and number in ("1", "2", "3", "4")):
            raise ValueError(text)
        quarter = cls(int(year), int(number))
        if quarter.year not in YEARS:
            raise ValueError(text)
        return quarter

    @property
    def before(self) -> "Quarter":
        """The quarter before it."""
        return Quarter.of((Month.of(self.first) - 1).first)

    @property
    def first(self) -> date:
        """Its first day."""
        return date(self.year, self.number * 3 - 2, 1)

    @property
    def last(self) -> date:
        """Its last day."""
        return Month(self.year, self.number * 3).last

    def __str__(self) -> str:
        return f"{self.year:04d}-Q{self.number}"


class Said(Protocol):
    """What a session says of one point of its agenda."""

    @property
    def agreed(self) -> str: ...
    @property
    def owner(self) -> str: ...
    @property
    def due_on(self) -> date | None: ...


def quarters(today: date) -> tuple[Quarter, Quarter]:
    """The quarters a session may be opened for: this one, and the last, which is often held late."""
    this = Quarter.of(today)
    return this, this.before


def check_opening(quarter: Quarter, today: date, last: Quarter | None, *, is_open: bool) -> None:
    """Refuse a session out of its turn: of another quarter than this or the last (BadInput), not after the committee's
    last one, or while that one is still open (Conflict), for its open points go on in the new one."""
    if quarter not in quarters(today):
        raise BadInput(N_("联席会只能开本季度或上季度的。没有开。")).at("quarter")
    if is_open:
        raise Conflict(N_("这个居委会还有一次联席会没结束，没有开新的。请先写好记录，结束那一次。"))
    if last is not None and quarter <= last:
        raise Conflict(
            N_("%(quarter)s的联席会已经开过了，没有再开。一个季度一次，没办完的会带到下一次。"), quarter=str(last)
        ).at("quarter")


def check_open(status: str) -> None:
    """Refuse to change a session that is closed (Conflict); how its points end is still written."""
    if status != OPEN:
        raise Conflict(N_("这次联席会已经结束，议题和记录都不能再改。没有动。商定的事办没办完，可以接着记。"))


def check_held(held_on: date | None, today: date) -> None:
    """Refuse a village date that has not come (BadInput): minutes are of what was."""
    if held_on is not None and held_on > today:
        raise BadInput(N_("开会日期 %(day)s 还没到，没有存。请填今天或以前。"), day=held_on.isoformat()).at("held_on")


def check_said(said: Said, number: int, held_on: date | None) -> None:
    """Refuse somebody in charge or a day without what was agreed, and a day before the session (BadInput)."""
    if (said.owner.strip() or said.due_on) and not said.agreed.strip():
        raise BadInput(N_("第 %(number)s 条写了谁办或哪天前办好，没写商定了什么。没有存，请补上。"), number=number)
    if said.due_on and held_on and said.due_on < held_on:
        raise BadInput(
            N_("第 %(number)s 条要在 %(day)s 前办好，比开会那天还早。没有存，请看看日期。"),
            number=number,
            day=said.due_on.isoformat(),
        )


def check_close(held_on: date | None, village: str, committee: str, minutes: str, said: Iterable[Said]) -> None:
    """Refuse to close a session without its day, without anybody of one side, or of which nothing was written
    (BadInput)."""
    if held_on is None:
        raise BadInput(N_("请填哪天开的会。没有结束，写的都还在。")).at("held_on")
    if not village.strip():
        raise BadInput(N_("请写村里谁到场，至少一个人。没有结束，写的都还在。")).at("attended_village")
    if not committee.strip():
        raise BadInput(N_("请写居委会谁到场，至少一个人。没有结束，写的都还在。")).at("attended_committee")
    if not minutes.strip() and not any(one.agreed.strip() for one in said):
        raise BadInput(N_("一条商定的事也没写，会议记录也空着。没有结束，请写几句。")).at("minutes")


def settle(session_status: str, status: str, outcome: str) -> str:
    """How a point ended; Conflict while its session still runs, and once the point went on in another session."""
    if session_status != CLOSED:
        raise Conflict(N_("联席会还没结束，先写好记录再记办没办完。没有动。"))
    if status == CARRIED:
        raise Conflict(N_("这一条已经带到下一次联席会，请到那一次里记。没有动。"))
    if outcome not in (OPEN, DONE, DROPPED):
        raise BadInput(N_("请选办好了、不办了，还是还在办。没有动。"))
    return outcome


def minutes_hash(session: Any, lines: Iterable[Any]) -> str:
    """The SHA-256 over all that may not change after closing, in hex: the trail keeps it."""
    kept = [1, session.quarter, str(session.held_on), session.place, session.attended_village]
    kept += [session.attended_committee, session.minutes]
    kept += [[one.line, one.subject, one.agreed, one.owner, str(one.due_on)] for one in lines]
    return hashlib.sha256(json.dumps(kept, ensure_ascii=False, separators=(",", ":")).encode()).hexdigest()
