"""The village's working days: the packaged calendar, and under its own hand the days that differ from it."""

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cache
from importlib.resources import files
from uuid import UUID

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from villagepoints.domain import working_days as rules
from villagepoints.domain.actor import Actor
from villagepoints.domain.calendar import YEARS, Month
from villagepoints.domain.errors import N_, BadInput, NotFound
from villagepoints.models import WorkingDay
from villagepoints.services import activity, once
from villagepoints.services.transaction import transaction

MOST_DAYS = 31  # entered at once: more is a slip of the pen
MOST_NAME = 40


@dataclass(frozen=True, slots=True)
class Day:
    """A village date of the calendar; `is_own` where the village entered it itself, `differs` from Monday to Friday."""

    day: date
    works: bool
    differs: bool
    name: str
    is_own: bool


@dataclass(frozen=True, slots=True)
class Year:
    """A year's calendar, its months in weeks from Monday (None outside the month)."""

    number: int
    months: Sequence[tuple[Month, Sequence[Sequence[Day | None]]]]
    is_entered: bool  # whether any holiday of it is known
    own: Sequence[Day]  # what the village entered itself


@cache
def packaged() -> Mapping[date, tuple[bool, str]]:
    """The calendar that comes with the program: whether a day that differs is worked, and its holiday's name."""
    text = files("villagepoints").joinpath("data/working_days.toml").read_text(encoding="utf-8")
    days: dict[date, tuple[bool, str]] = {}
    for holiday in tomllib.loads(text)["holiday"]:
        first, last = holiday["off"]
        days |= {first + timedelta(days=n): (False, holiday["name"]) for n in range((last - first).days + 1)}
        days |= dict.fromkeys(holiday["worked"], (True, holiday["name"]))
    return days


def exceptions(session: Session, village_id: UUID) -> dict[date, bool]:
    """The days that differ from Monday to Friday, the village's own over the packaged ones; one statement."""
    own = session.execute(select(WorkingDay.day, WorkingDay.works).where(WorkingDay.village_id == village_id))
    return {day: worked for day, (worked, _name) in packaged().items()} | {row.day: row.works for row in own}


def year(session: Session, village_id: UUID, number: int) -> Year:
    """The calendar of a year; one statement."""
    first, last = date(number, 1, 1), date(number, 12, 31)
    rows = session.execute(
        select(WorkingDay.day, WorkingDay.works, WorkingDay.name).where(
            WorkingDay.village_id == village_id, WorkingDay.day.between(first, last)
        )
    )
    own = {day: (worked, name) for day, worked, name in rows}
    known = {day: what for day, what in packaged().items() if day.year == number} | own
    days = [_day(first + timedelta(days=n), known, own) for n in range((last - first).days + 1)]
    months = [(Month(number, of), _weeks([day for day in days if day.day.month == of])) for of in range(1, 13)]
    is_entered = any(not worked for worked, _name in known.values())
    return Year(number, months, is_entered, [day for day in days if day.is_own])


def _day(day: date, known: Mapping[date, tuple[bool, str]], own: Mapping[date, object]) -> Day:
    usual = rules.works(day, {})
    worked, name = known.get(day, (usual, ""))
    return Day(day, worked, worked != usual, name, day in own)


def _weeks(days: Sequence[Day]) -> list[list[Day | None]]:
    cells = [None] * days[0].day.weekday() + list(days)
    cells += [None] * (-len(cells) % 7)
    return [cells[start : start + 7] for start in range(0, len(cells), 7)]


@transaction
def enter(
    session: Session, actor: Actor, *, key: str, first: date, last: date, works: bool, name: str, now: datetime
) -> int:
    """Enter days as worked or free, over what was known of them; how many.

    Objections filed before keep their dates. Raises BadInput for days in the wrong order, too many, or without a name.
    """
    request = {"enter_days": first, "last": last, "works": works, "name": name, "by": actor.user_id}
    if (earlier := once.claim(session, actor.village_id, key, request, now)) is not None:
        return int(earlier["days"])
    _check(first, last, name)
    days = [first + timedelta(days=n) for n in range((last - first).days + 1)]
    mine = (WorkingDay.village_id == actor.village_id, WorkingDay.day.in_(days))
    session.execute(delete(WorkingDay).where(*mine))
    session.add_all(
        WorkingDay(village_id=actor.village_id, day=day, works=works, name=name.strip()[:MOST_NAME]) for day in days
    )
    session.flush()
    detail = {"first": first, "last": last, "works": works, "name": name.strip()}
    activity.record(session, actor, "working_days.entered", now, detail=detail)
    once.answer(session, actor.village_id, key, {"days": len(days)})
    return len(days)


def _check(first: date, last: date, name: str) -> None:
    if first.year not in YEARS or last.year not in YEARS:
        raise BadInput(N_("年份不对，没有改。请核对日期。"))
    if last < first:
        raise BadInput(N_("最后一天比第一天还早，没有改。请核对日期。"))
    if (last - first).days >= MOST_DAYS:
        raise BadInput(N_("一次最多填 %(most)s 天，没有改。请分几次填。"), most=MOST_DAYS)
    if not name.strip():
        raise BadInput(N_("请写是什么假或为什么上班，例如「春节」。没有改。"))


@transaction
def take_out(session: Session, actor: Actor, *, key: str, day: date, now: datetime) -> None:
    """Forget what the village entered for a day, so that the packaged calendar holds again; NotFound if none."""
    request = {"take_out_day": day, "by": actor.user_id}
    if once.claim(session, actor.village_id, key, request, now) is not None:
        return
    mine = (WorkingDay.village_id == actor.village_id, WorkingDay.day == day)
    if not session.execute(delete(WorkingDay).where(*mine).returning(WorkingDay.day)).first():
        raise NotFound(N_("村里没有另外填过这一天，没有改。"))
    activity.record(session, actor, "working_days.taken_out", now, detail={"day": day})
    once.answer(session, actor.village_id, key, {})
