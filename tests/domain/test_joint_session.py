"""Quarters follow each other, and a session is opened in its turn."""

import re
from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from villagepoints.domain.errors import BadInput, Conflict
from villagepoints.domain.joint_session import OPEN, Quarter, check_opening, settle

DAYS = st.dates(date(2001, 1, 1), date(2199, 12, 31))


@settings(max_examples=60)
@given(DAYS)
def test_a_day_lies_in_its_quarter_and_the_quarter_before_ends_the_day_before_it(day: date) -> None:
    quarter = Quarter.of(day)
    assert quarter.first <= day <= quarter.last
    assert Quarter.parse(str(quarter)) == quarter
    assert quarter.before.last + timedelta(days=1) == quarter.first
    assert quarter.before < quarter


@pytest.mark.parametrize("text", ["", "2026", "2026-Q5", "2026-Q0", "\uff12026-Q1", "26-Q1", "2026-Q1 ", "1999-Q4"])
def test_anything_else_is_no_quarter(text: str) -> None:
    with pytest.raises(ValueError, match="^" + re.escape(text)):
        Quarter.parse(text)


def test_a_session_is_of_this_quarter_or_the_last_and_after_the_one_before() -> None:
    today = date(2026, 11, 21)
    this = Quarter(2026, 4)
    check_opening(this, today, this.before, is_open=False)
    check_opening(this.before, today, None, is_open=False)
    for quarter in (this.before.before, Quarter(2027, 1)):
        with pytest.raises(BadInput):
            check_opening(quarter, today, None, is_open=False)
    for last, is_open in ((this, False), (this.before, True)):
        with pytest.raises(Conflict):
            check_opening(this, today, last, is_open=is_open)


def test_a_point_is_settled_after_its_session_and_where_it_went() -> None:
    assert settle("closed", OPEN, "done") == "done"
    assert settle("closed", "done", OPEN) == OPEN
    for session, point in ((OPEN, OPEN), ("closed", "carried")):
        with pytest.raises(Conflict):
            settle(session, point, "done")
    with pytest.raises(BadInput):
        settle("closed", OPEN, "carried")
