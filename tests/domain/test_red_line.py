"""The pause after a red line: never before it starts, never longer than stated, shorter only by what was confirmed."""

from dataclasses import dataclass, replace
from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.domain.test_tally import BOOK
from villagepoints.domain.errors import BadInput, Conflict, NotAllowed, RuleBroken
from villagepoints.domain.red_line import (
    PLEDGE,
    PUT_RIGHT,
    REPAIRS,
    SERVICE,
    check_document,
    check_done_on,
    check_hours,
    check_lifter,
    check_may_redeem,
    months_later,
    paused_until,
)
from villagepoints.models.base import new_id

START = date(2026, 1, 31)
LINE = BOOK.red_line("R2")  # three months


@dataclass(frozen=True)
class Done:
    kind: str
    hours: int
    counts_on: date


def later(days: int) -> date:
    return START + timedelta(days=days)


STEPS = st.lists(
    st.builds(Done, st.sampled_from(REPAIRS), st.integers(0, 24), st.integers(0, 200).map(later)), max_size=8
)


@settings(max_examples=100)
@given(STEPS)
def test_a_pause_never_ends_before_it_began_nor_after_what_the_rules_state(steps: list[Done]) -> None:
    assert START <= paused_until(BOOK, LINE, START, steps) <= months_later(START, LINE.pause_months)


@settings(max_examples=100)
@given(STEPS, STEPS, st.integers(0, 40))
def test_doing_more_never_makes_it_longer(steps: list[Done], more: list[Done], hours: int) -> None:
    until = paused_until(BOOK, LINE, START, steps)
    assert paused_until(BOOK, LINE, START, steps + more) <= until
    assert paused_until(BOOK, LINE, START, [replace(one, hours=one.hours + hours) for one in steps]) <= until


@settings(max_examples=50)
@given(STEPS, st.sampled_from([PUT_RIGHT, PLEDGE]))
def test_service_counts_only_with_the_matter_put_right_and_a_pledge(steps: list[Done], missing: str) -> None:
    without = [one for one in steps if one.kind != missing]
    assert paused_until(BOOK, LINE, START, without) == months_later(START, LINE.pause_months)


def test_ten_hours_take_a_month_off_and_thirty_end_it_on_the_day_they_were_confirmed() -> None:
    ready = [Done(PUT_RIGHT, 0, later(3)), Done(PLEDGE, 0, later(3))]
    assert paused_until(BOOK, LINE, START, [*ready, Done(SERVICE, 9, later(5))]) == date(2026, 4, 30)
    assert paused_until(BOOK, LINE, START, [*ready, Done(SERVICE, 10, later(5))]) == date(2026, 3, 31)
    assert paused_until(BOOK, LINE, START, [*ready, Done(SERVICE, 20, later(5)), Done(SERVICE, 10, later(9))]) == later(
        9
    )


def test_what_is_confirmed_after_the_pause_does_not_lengthen_it() -> None:
    steps = [Done(PUT_RIGHT, 0, later(1)), Done(PLEDGE, 0, later(1)), Done(SERVICE, 20, later(2))]
    shorter = paused_until(BOOK, LINE, START, steps)
    assert paused_until(BOOK, LINE, START, [*steps, Done(SERVICE, 20, later(150))]) == shorter == date(2026, 2, 28)


def test_a_line_that_rests_on_a_document_is_not_recorded_without_one() -> None:
    with pytest.raises(RuleBroken, match="书面文书"):
        check_document(LINE, " ")
    check_document(LINE, "沪公罚〔2026〕12号")
    check_document(BOOK.red_line("R1"), "")


def test_hours_belong_to_service_and_a_step_to_the_time_after() -> None:
    for kind, hours in ((SERVICE, 0), (SERVICE, 25), ("praying", 1)):
        with pytest.raises(BadInput):
            check_hours(kind, hours)
    for day in (later(-1), later(11)):
        with pytest.raises(BadInput, match="没有记"):
            check_done_on(day, START, later(10))
    check_done_on(START, START, START)


def test_only_another_person_lifts_and_only_what_stands() -> None:
    decider = new_id()
    check_lifter(new_id(), "confirmed", decider)
    with pytest.raises(NotAllowed):
        check_lifter(decider, "confirmed", decider)
    with pytest.raises(Conflict):
        check_lifter(new_id(), "waiting", None)


def test_redemption_opens_again_on_the_day_named() -> None:
    with pytest.raises(RuleBroken, match="2026-04-30 起可以再换"):
        check_may_redeem(date(2026, 4, 30), date(2026, 4, 29))
    check_may_redeem(date(2026, 4, 30), date(2026, 4, 30))
    check_may_redeem(None, START)
