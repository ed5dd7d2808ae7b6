"""What may be recorded at all: for which household, and on which day it may have happened."""

from datetime import date, timedelta

from villagepoints.domain.errors import N_, BadInput, RuleBroken
from villagepoints.domain.rulebook import RuleBook


def check_day(book: RuleBook, on: date, today: date) -> None:
    """Refuse a village date that has not come (BadInput) or whose year is closed (RuleBroken).

    A year closes `late_days` into the next one: then its merit stands, and honours and welfare rest on it.
    """
    if on > today:
        raise BadInput(N_("日期 %(day)s 还没到，没有记账。请改成今天或以前。"), day=on.isoformat()).at("occurred_on")
    if is_closed_year(book, on.year, today):
        raise RuleBroken(
            N_("%(year)s 年的账已经结了（%(day)s 起不再补记），没有记账。这一年的记录有错，请走异议更正。"),
            year=on.year,
            day=(_last_day_for(book, on.year) + timedelta(days=1)).isoformat(),
        ).at("occurred_on")


def is_closed_year(book: RuleBook, year: int, today: date) -> bool:
    """Whether nothing of that year is recorded any more on a village date."""
    return today > _last_day_for(book, year)


def _last_day_for(book: RuleBook, year: int) -> date:
    return date(year, 12, 31) + timedelta(days=book.late_days)


def check_lives_here(left_on: date | None, on: date) -> None:
    """Refuse a household that had moved out by then (RuleBroken)."""
    if left_on is not None and left_on <= on:
        moved = RuleBroken(N_("这户 %(day)s 已经迁出，不能再记分。没有记账。"), day=left_on.isoformat())
        raise moved.at("occurred_on")
