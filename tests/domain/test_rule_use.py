"""Which items are used, and which tell no household from another."""

from tests.domain.test_rulebook import source
from villagepoints.domain.rule_check import parse
from villagepoints.domain.rule_use import Given, Use, uses

BOOK = parse(source(), 1)


def found(**given: Given) -> dict[str, Use]:
    return {one.item.code: one for one in uses(BOOK, given)}


def test_an_item_that_gave_nothing_or_was_taken_back_is_unused() -> None:
    items = found(D1=Given(10) + Given(-10), D2=Given(5), A7=Given(-20))
    assert items["D1"].is_unused
    assert items["C5"].is_unused
    assert not items["D2"].is_unused
    assert not items["A7"].is_unused
    assert not items["A1"].is_unused  # a base item is not given to be used


def test_full_points_for_everybody_tell_nothing_until_one_household_gets_less() -> None:
    full = Given(25 * 40, 40, 25 * 40)
    assert found(A1=full)["A1"].is_always_full
    assert not found(A1=full + Given(20, 1, 25))["A1"].is_always_full
    assert not found()["A1"].is_always_full
    assert not found(D1=Given(5, 1, 5))["D1"].is_always_full
