"""Who may hand points on, how many, on which paper, and who decides."""

from datetime import date
from uuid import uuid4

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from villagepoints.domain import succession as rules
from villagepoints.domain.errors import BadInput, Conflict, NotAllowed, NotEnoughPoints, RuleBroken

TODAY = date(2026, 6, 15)


def test_nobody_gives_less_than_nothing_or_more_than_there_is() -> None:
    rules.check_points(0, 0)
    rules.check_points(30, 30)
    with pytest.raises(NotEnoughPoints):
        rules.check_points(31, 30)
    with pytest.raises(BadInput):
        rules.check_points(-1, 30)


def test_a_pause_ends_on_its_day() -> None:
    rules.check_not_paused(0, date(2026, 7, 1), TODAY)
    rules.check_not_paused(10, TODAY, TODAY)
    with pytest.raises(RuleBroken):
        rules.check_not_paused(10, date(2026, 6, 16), TODAY)


def test_only_an_inheritance_of_points_needs_a_paper() -> None:
    rules.check_document(rules.SPLIT, 10, "")
    rules.check_document(rules.INHERIT, 0, "")
    with pytest.raises(BadInput):
        rules.check_document(rules.INHERIT, 10, "  ")


def test_two_different_people_and_once_only() -> None:
    one, other = uuid4(), uuid4()
    rules.check_decider(rules.WAITING, other, one)
    for decider in (one, None):
        with pytest.raises(NotAllowed):
            rules.check_decider(rules.WAITING, decider, one)
    with pytest.raises(Conflict):
        rules.check_decider(rules.DONE, other, one)


def test_points_are_no_presents() -> None:
    assert rules.kind_of(rules.DIED, has_ties=True) == rules.INHERIT
    assert rules.kind_of(rules.MERGED, has_ties=False) == rules.MERGE
    assert rules.kind_of("", has_ties=True) == rules.SPLIT
    for reason in ("", rules.MOVED):
        with pytest.raises(RuleBroken):
            rules.kind_of(reason, has_ties=False)


@settings(max_examples=60, derandomize=True)
@given(head=some.text("SX组-", max_size=4), number=some.integers(0, 99998), width=some.integers(1, 6))
def test_the_next_number_counts_on_and_keeps_its_width(head: str, number: int, width: int) -> None:
    digits = f"{number:0{width}d}"
    after = rules.next_number(head + digits)
    assert after.startswith(head)
    assert int(after.removeprefix(head)) == number + 1
    assert len(after) - len(head) == max(len(digits), len(str(number + 1)))


def test_a_number_without_digits_gets_one() -> None:
    assert rules.next_number("老街") == "老街1"
