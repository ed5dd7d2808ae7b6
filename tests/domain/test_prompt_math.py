"""The statistics behind prompts: against figures reckoned by hand or printed in the papers they come from."""

from itertools import combinations
from math import exp, sqrt

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from villagepoints.domain import prompt_math as maths


def test_a_share_of_few_has_a_wide_interval() -> None:
    assert maths.wilson(5, 10) == pytest.approx((0.2366, 0.7634), abs=1e-4)
    assert maths.wilson(0, 10)[0] == 0.0
    assert maths.wilson(0, 0) == (0.0, 1.0)


def test_the_difference_of_two_shares_is_that_of_the_paper() -> None:
    found = maths.share_difference(56, 70, 48, 80)  # Newcombe 1998, table II (a), method 10
    assert found == pytest.approx((0.2, 0.0524, 0.3339), abs=1e-4)
    assert found.tells
    assert not maths.share_difference(6, 10, 4, 10).tells


def test_the_difference_of_two_means_has_the_interval_of_both_spreads() -> None:
    found = maths.mean_difference([1, 2, 3], [0, 2, 4])  # variances 1 and 4, each by 3
    assert found.value == 0
    assert found.high == pytest.approx(1.959964 * sqrt(5 / 3))


def test_tails_are_exact() -> None:
    assert maths.binomial_tail(8, 10, 0.5) == pytest.approx(56 / 1024)
    assert maths.binomial_tail(0, 10, 0.5) == 1.0
    assert maths.binomial_tail(1, 10, 0.0) == 0.0
    assert maths.hypergeometric_tail(2, 2, 3, 5) == pytest.approx(3 / 10)
    assert maths.hypergeometric_tail(0, 2, 3, 5) == pytest.approx(1.0)
    assert maths.poisson_tail(3, 1.0) == pytest.approx(1 - 2.5 * exp(-1))
    assert maths.normal_tail(maths.Z95) == pytest.approx(0.025, abs=1e-6)
    assert [maths.one_in(0.01), maths.one_in(0.0)] == [100, 1_000_000]


def test_a_scorer_is_compared_within_the_lanes_that_others_scored_too() -> None:
    # 1 of 10 beside 5 of 10: 3 expected, variance 10·10·6·14 / (20²·19) = 1.10526; the second lane compares nothing
    found = maths.by_strata([maths.Stratum(10, 1, 10, 5), maths.Stratum(50, 0, 0, 0)])
    assert (found.observed, found.expected) == (1, 3.0)
    assert found.z == pytest.approx(-2 / sqrt(1.105263), abs=1e-5)
    assert maths.by_strata([]).z == 0.0


def test_ranks_say_how_far_up_values_stand() -> None:
    assert maths.rank_sum([4, 5], [1, 2, 3]) == pytest.approx(sqrt(3))  # 9 instead of 6, variance 3
    assert maths.rank_sum([2], [1, 2]) == pytest.approx(0.5 / sqrt(0.5))  # rank 2.5 instead of 2, a tie of two
    assert maths.rank_sum([1], [1, 1]) == 0.0


def test_bits_that_differ_are_counted_over_64_of_them() -> None:
    assert maths.hamming(0b1011, 0b0010) == 2
    assert maths.hamming(-1, 0) == 64


HASHES = st.integers(-(2**63), 2**63 - 1)
FLIPS = st.lists(st.integers(0, 63), max_size=9)


@settings(max_examples=60)
@given(st.lists(HASHES, min_size=1, max_size=4), st.lists(st.tuples(st.integers(0, 3), FLIPS), max_size=8))
def test_pictures_are_found_as_if_each_was_held_against_each(
    firsts: list[int], copies: list[tuple[int, list[int]]]
) -> None:
    hashes = list(firsts)
    for which, flips in copies:
        value = firsts[which % len(firsts)] & (1 << 64) - 1
        for bit in flips:
            value ^= 1 << bit
        hashes.append(value - (1 << 64) if value >> 63 else value)
    groups = {place: {place} for place in range(len(hashes))}
    for one, other in combinations(range(len(hashes)), 2):
        if hashes[one] and hashes[other] and maths.hamming(hashes[one], hashes[other]) <= maths.NEAR:
            both = groups[one] | groups[other]
            groups |= dict.fromkeys(both, both)
    slow = {frozenset(group) for group in groups.values() if len(group) > 1}
    assert {frozenset(group) for group in maths.alike(hashes)} == slow
