"""The rule book reads as the village wrote it, and refuses what does not add up."""

import tomllib
from importlib.resources import files
from typing import Any

import pytest

from villagepoints.domain.errors import BadInput, RuleBroken
from villagepoints.domain.rule_check import parse
from villagepoints.domain.rulebook import RuleBook, base_points, grade_for_points, points_of


def source() -> dict[str, Any]:
    return tomllib.loads(files("villagepoints").joinpath("data/rulebook.toml").read_text(encoding="utf-8"))


@pytest.fixture
def book() -> RuleBook:
    return parse(source(), 1)


def test_the_default_book_has_four_categories_twenty_three_items_and_five_red_lines(book: RuleBook):
    assert [len(book.categories), len(book.items), len(book.red_lines)] == [4, 23, 5]
    assert [len(book.of_kind(kind)) for kind in ("base", "contribution", "penalty")] == [10, 9, 4]
    assert sum(item.points for item in book.of_kind("base")) == 100


def test_one_pile_costs_five_of_a1_and_six_piles_cost_no_more_than_all(book: RuleBook):
    a1 = book.item("A1")
    assert [base_points(a1, piles) for piles in range(7)] == [25, 20, 15, 10, 5, 0, 0]


def test_a_relocated_household_reads_its_own_text(book: RuleBook):
    assert book.item("A1").text_for("resident") == "宅前屋后无乱堆物"
    assert book.item("A1").text_for("relocated") == "楼道与公共部位无堆物"
    assert book.item("B1").text_for("relocated") == "家庭和睦、孝老爱亲"


@pytest.mark.parametrize(
    ("code", "grade", "quantity", "points"),
    [("D1", None, 3, 15), ("B4", "区级", 1, 100), ("A7", None, 1, -20), ("D3", "当事方", 1, 10)],
)
def test_points_follow_from_the_book(book: RuleBook, code: str, grade: str | None, quantity: int, points: int):
    assert points_of(book.item(code), grade, quantity) == points


@pytest.mark.parametrize(
    ("code", "grade", "quantity"),
    [
        ("B4", None, 1),
        ("B4", "国级", 1),
        ("D2", "村级", 1),
        ("D2", None, 2),
        ("D1", None, 0),
        ("D1", None, -1),
        ("D1", None, 25),
        ("A1", None, 1),
    ],
)
def test_what_the_book_does_not_know_is_refused(book: RuleBook, code: str, grade: str | None, quantity: int):
    with pytest.raises(RuleBroken):
        points_of(book.item(code), grade, quantity)


def test_an_item_that_is_not_in_the_book_is_named(book: RuleBook):
    with pytest.raises(RuleBroken, match="Z9"):
        book.item("Z9")


def test_points_decide_the_grade_of_a_paper_register(book: RuleBook):
    assert grade_for_points(book.item("B4"), 50) == "镇级"
    assert grade_for_points(book.item("B4"), 51) is None


def test_from_a_hundred_points_a_second_person_is_needed_either_way(book: RuleBook):
    assert [book.needs_second_approver(n) for n in (99, 100, -99, -100)] == [False, True, False, True]


def without(*path: Any) -> Any:
    def change(raw: Any) -> None:
        for step in path[:-1]:
            raw = raw[step]
        del raw[path[-1]]

    return change


def setting(value: Any, *path: Any) -> Any:
    def change(raw: Any) -> None:
        for step in path[:-1]:
            raw = raw[step]
        raw[path[-1]] = value

    return change


@pytest.mark.parametrize(
    "change",
    [
        without("monthly_base"),
        without("item", 0, "name"),
        setting(24, "item", 0, "points"),
        setting("zero", "item", 0, "points"),
        setting("bonus", "item", 0, "kind"),
        setting("Z1", "item", 0, "code"),
        setting("A2", "item", 0, "code"),
        setting(0, "item", 0, "step"),
        setting(20, "item", 6, "points"),
        setting(-5, "item", 5, "points"),
        setting({"week": 3}, "item", 5, "cap"),
        setting("soon", "effective_on"),
        setting("none", "item"),
    ],
)
def test_a_book_that_does_not_add_up_is_refused_with_a_sentence(change: Any):
    raw = source()
    change(raw)
    with pytest.raises(BadInput, match=r"没有导入|办法没有变"):
        parse(raw, 1)
