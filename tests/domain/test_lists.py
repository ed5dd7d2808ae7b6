"""Who stands on the red list, and what the black list keeps to itself."""

from dataclasses import asdict

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.domain.test_tally import BOOK
from villagepoints.domain.lists import FEWEST, PENALTY, black_line, is_on_red_list
from villagepoints.domain.ranking import percents


@settings(max_examples=60)
@given(st.lists(st.integers(-50, 400), min_size=1, max_size=60), st.sets(st.integers(0, 59)))
def test_the_red_list_holds_the_best_and_never_one_who_crossed_a_red_line(merits: list[int], crossed: set[int]) -> None:
    of = dict(enumerate(merits))
    ranks = percents(of)
    on = {one for one in of if is_on_red_list(BOOK, ranks[one], of[one], crossed_red_line=one in crossed)}
    assert not on & crossed
    assert all(of[one] > 0 for one in on)
    best = [one for one in of if one not in on and one not in crossed and of[one] > 0]
    assert all(of[left_out] < of[one] for left_out in best for one in on)


def test_before_anybody_has_points_the_list_is_empty() -> None:
    assert not is_on_red_list(BOOK, 1, 0, crossed_red_line=False)
    assert is_on_red_list(BOOK, 10, 5, crossed_red_line=False)
    assert not is_on_red_list(BOOK, 11, 5, crossed_red_line=False)


@given(st.integers(1, 50), st.integers(0, 500))
def test_of_fewer_than_three_households_no_figure_is_told(households: int, points: int) -> None:
    line = black_line(PENALTY, "A7", "乱倒", households, points)
    told = {asdict(line)["households"], asdict(line)["points"]}
    assert told == ({None} if households < FEWEST else {households, points})
