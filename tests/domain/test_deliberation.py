"""The six steps come in their order, and an assembly counts only as the law has it."""

from datetime import date

import pytest

from villagepoints.domain.deliberation import (
    ADOPTED,
    DELIBERATION,
    DRAFT,
    HOUSEHOLDS,
    REPRESENTATIVES,
    STEPS,
    VILLAGERS,
    Votes,
    check_force,
    check_step,
    check_votes,
)
from villagepoints.domain.errors import BadInput, Conflict, DomainError, RuleBroken

TODAY = date(2026, 6, 15)


def votes(assembly: str, entitled: int, present: int, *counted: int) -> Votes:
    return Votes(assembly, entitled, present, *(counted or (present, 0, 0)))


@pytest.mark.parametrize(
    ("assembly", "entitled", "present"),
    [
        (VILLAGERS, 100, 51),
        (VILLAGERS, 101, 51),
        (HOUSEHOLDS, 90, 60),
        (REPRESENTATIVES, 45, 30),
        (HOUSEHOLDS, 100, 67),
    ],
)
def test_an_assembly_is_held_when_as_many_are_there_as_the_law_asks(assembly: str, entitled: int, present: int) -> None:
    check_votes(votes(assembly, entitled, present))


@pytest.mark.parametrize(
    ("assembly", "entitled", "present", "law"),
    [
        (VILLAGERS, 100, 50, "第二十二条"),
        (HOUSEHOLDS, 90, 59, "第二十二条"),
        (REPRESENTATIVES, 45, 29, "第二十六条"),
    ],
)
def test_one_too_few_and_it_is_refused_in_the_law_s_own_words(
    assembly: str, entitled: int, present: int, law: str
) -> None:
    with pytest.raises(RuleBroken, match=law):
        check_votes(votes(assembly, entitled, present))


@pytest.mark.parametrize(
    "wrong",
    [
        votes("nobody", 10, 10),
        votes(VILLAGERS, 0, 0),
        votes(VILLAGERS, 10, 11),
        votes(VILLAGERS, 10, 8, 5, 2, 0),
        votes(VILLAGERS, 10, 8, 9, -1, 0),
    ],
)
def test_numbers_that_do_not_add_up_are_refused(wrong: Votes) -> None:
    with pytest.raises(BadInput, match="没有记"):
        check_votes(wrong)


def test_more_than_half_of_those_present_must_be_in_favour() -> None:
    assert not votes(REPRESENTATIVES, 45, 40, 20, 10, 10).has_passed
    assert votes(REPRESENTATIVES, 45, 40, 21, 19, 0).has_passed


def test_steps_come_in_their_order_and_not_before_the_one_before() -> None:
    done: dict[str, date] = {}
    for number, step in enumerate(STEPS):
        status = DELIBERATION if number < 3 else ADOPTED
        for later in STEPS[number + 1 :]:
            with pytest.raises(DomainError):
                check_step(later, TODAY, done, status, TODAY)
        if done:
            with pytest.raises(BadInput, match="不能早于"):
                check_step(step, date(2026, 5, 31), done, status, TODAY)
        with pytest.raises(BadInput, match="还没到"):
            check_step(step, date(2026, 6, 16), done, status, TODAY)
        with pytest.raises(Conflict):
            check_step(step, TODAY, done, DRAFT, TODAY)
        check_step(step, date(2026, 6, 1), done, status, TODAY)
        done[step] = date(2026, 6, 1)
        with pytest.raises(Conflict, match="已经记过"):
            check_step(step, TODAY, done, status, TODAY)


@pytest.mark.parametrize("day", [date(2026, 6, 1), date(2026, 6, 15), date(2026, 6, 16), date(2026, 7, 2)])
def test_new_rules_begin_with_a_coming_month(day: date) -> None:
    with pytest.raises(BadInput, match="没有生效"):
        check_force(day, date(2025, 1, 1), TODAY)
    check_force(date(2026, 7, 1), date(2025, 1, 1), TODAY)
    with pytest.raises(BadInput, match="要更晚"):
        check_force(date(2026, 7, 1), date(2026, 8, 1), TODAY)
