"""The clock of an objection, its windows, who may answer it, and the public figures."""

from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from villagepoints.domain import objection
from villagepoints.domain.errors import BadInput, Conflict, NotAllowed, RuleBroken
from villagepoints.domain.rule_check import parse
from villagepoints.services.rulebook import default_text, read_text

BOOK = parse(read_text(default_text()), 1)
DAY = date(2026, 6, 1)
ONE, TWO, THREE = (UUID(int=number) for number in (1, 2, 3))


@settings(max_examples=100)
@given(
    filed_on=st.dates(date(2026, 1, 1), date(2026, 12, 31)),
    exceptions=st.dictionaries(st.dates(date(2026, 1, 1), date(2027, 2, 1)), st.booleans(), max_size=60),
)
def test_the_target_lies_after_the_day_and_never_after_the_limit(filed_on: date, exceptions: dict[date, bool]) -> None:
    due_on, limit_on = objection.answer_by(BOOK, filed_on, exceptions)
    assert filed_on < due_on <= limit_on == filed_on + timedelta(days=15)


def test_a_long_holiday_moves_the_target_up_to_the_limit() -> None:
    holiday = {DAY + timedelta(days=n): False for n in range(30)}
    assert objection.answer_by(BOOK, DAY, {}) == (date(2026, 6, 10), date(2026, 6, 16))
    assert objection.answer_by(BOOK, DAY, holiday) == (date(2026, 6, 16), date(2026, 6, 16))


@given(day=st.integers(-30, 30))
def test_an_entry_may_be_objected_to_for_fifteen_days(day: int) -> None:
    filed_on = DAY + timedelta(days=day)
    if 0 <= day <= 15:
        objection.check_entry_window(BOOK, DAY, filed_on)
    else:
        with pytest.raises(RuleBroken, match="15 天内（到 2026-06-16）"):
            objection.check_entry_window(BOOK, DAY, filed_on)


def test_an_item_may_be_objected_to_while_its_notice_stands() -> None:
    last = DAY + timedelta(days=5)
    objection.check_notice_window(DAY, last, DAY)
    objection.check_notice_window(DAY, last, last)
    for outside in (DAY - timedelta(days=1), last + timedelta(days=1)):
        with pytest.raises(RuleBroken, match="公示"):
            objection.check_notice_window(DAY, last, outside)


def test_a_finding_may_be_objected_to_until_its_month_is_in_the_books() -> None:
    found, july = date(2026, 6, 29), date(2026, 7, 2)
    objection.check_finding_window("counted", found, found, july, is_closed=False)
    objection.check_finding_window("counted", found, found, date(2026, 6, 30), is_closed=True)  # a paper typed in late
    with pytest.raises(RuleBroken, match="已经结账"):
        objection.check_finding_window("counted", found, found, july, is_closed=True)
    with pytest.raises(RuleBroken, match="撤销"):
        objection.check_finding_window("withdrawn", found, found, july, is_closed=False)
    with pytest.raises(BadInput, match="还早"):
        objection.check_finding_window("counted", found, found, DAY, is_closed=False)


def test_whoever_had_a_hand_in_it_or_typed_it_in_does_not_answer() -> None:
    objection.check_decider(THREE, {ONE}, TWO)
    for decider, match in ((ONE, "经手"), (TWO, "登记"), (None, "工作人员")):
        with pytest.raises(NotAllowed, match=match):
            objection.check_decider(decider, {ONE}, TWO)


@pytest.mark.parametrize("status", ["upheld", "rejected", "withdrawn"])
def test_what_is_answered_is_not_answered_again(status: str) -> None:
    with pytest.raises(Conflict):
        objection.check_open(status)


@pytest.mark.parametrize("words", ["", "  \n", "字" * 1001])
def test_words_and_reasons_are_asked_for_and_kept_short(words: str) -> None:
    for check in (objection.check_words, objection.check_reason):
        with pytest.raises(BadInput):
            check(words)


@dataclass(frozen=True)
class Row:
    status: str
    filed_on: date
    decided_on: date | None
    limit_on: date


def row(status: str, days: int | None) -> Row:
    return Row(status, DAY, None if days is None else DAY + timedelta(days=days), DAY + timedelta(days=15))


def test_the_figures_say_how_many_how_long_and_how_late() -> None:
    rows = [row("upheld", 3), row("rejected", 16), row("rejected", 5), row("withdrawn", 1), row("open", None)]
    found = objection.figures(rows, DAY + timedelta(days=10))
    assert (found.filed, found.open, found.upheld, found.rejected, found.withdrawn) == (5, 1, 1, 2, 1)
    assert (found.median_days, found.late) == (5.0, 1)
    assert objection.figures(rows, DAY + timedelta(days=16)).late == 2
    assert objection.figures([], DAY).median_days is None
