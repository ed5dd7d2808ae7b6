"""No group is told apart by its figures, and what people are asked stands on figures that anybody can reckon again."""

from datetime import UTC, date, datetime, timedelta
from uuid import UUID

from hypothesis import given, settings
from hypothesis import strategies as st

from villagepoints.domain.demand import (
    ADD,
    BACK,
    DROP,
    FEWEST,
    LOWER,
    ORDER,
    RAISE,
    WINDOW,
    Dry,
    Goods,
    Suggestion,
    Window,
    Wish,
    birth_limits,
    dry_days,
    suggestions,
    unnamed,
    window,
)
from villagepoints.domain.elder import age

TODAY = date(2026, 6, 15)
QUIET = Window(0, 0, 0)


def goods(**values: object) -> Goods:
    common = {
        "id": UUID(int=1),
        "name": "食用油 5L",
        "points": 200,
        "stock": 100,
        "is_active": True,
        "cost_cents": 6000,
    }
    common |= {"pieces_30": 20, "pieces_90": 60, "kept_days": 200, "wishes": 0}
    return Goods(**{**common, **values})  # type: ignore[arg-type]


def asked(*shelf: Goods, wishes: tuple[Wish, ...] = (), opening: Window = QUIET) -> list[Suggestion]:
    return suggestions(shelf, wishes, opening)


@settings(max_examples=60)
@given(st.dictionaries(st.integers(0, 6), st.integers(0, 30)))
def test_no_group_under_ten_can_be_reckoned_from_the_others_and_the_total(households: dict[int, int]) -> None:
    hidden = unnamed(households)
    shown = {group: number for group, number in households.items() if group not in hidden}
    assert all(number == 0 or number >= FEWEST for number in shown.values())
    together = sum(households.values()) - sum(shown.values())
    assert together == 0 or together >= FEWEST or not any(shown.values())


@settings(max_examples=60)
@given(st.dates(date(1900, 1, 1), date(2026, 6, 15)), st.dates(date(2020, 1, 1), date(2030, 12, 31)))
def test_the_limits_of_birth_part_people_as_their_age_does(born: date, on: date) -> None:
    if born <= on:
        assert [born > limit for limit in birth_limits(on)] == [age(born, on) < years for years in (45, 60, 75)]


@settings(max_examples=60)
@given(st.lists(st.tuples(st.integers(0, 30), st.integers(-5, 5)), max_size=25))
def test_empty_evenings_are_those_that_going_forward_finds(moves: list[tuple[int, int]]) -> None:
    first, changes = TODAY - timedelta(days=30), dict[date, int]()
    for day, pieces in moves:
        on = first + timedelta(days=day)
        changes[on] = changes.get(on, 0) + pieces
    stock, empty = 0, []
    for day in range(31):
        on = first + timedelta(days=day)
        stock += changes.get(on, 0)
        if stock <= 0:
            empty.append(on)
    last = TODAY - timedelta(days=5)
    in_period = [on for on in empty if on <= last]
    assert dry_days(stock, changes, first, last, TODAY) == Dry(len(in_period), max(in_period, default=None))


def test_goods_that_run_out_are_to_be_ordered_and_say_how_many() -> None:
    (one,) = asked(goods(stock=5, cost_cents=None))
    assert (one.act, one.values["days"], one.values["order"]) == (ORDER, 7, 15)
    (gone,) = asked(goods(stock=0, wishes=4, cost_cents=None))
    assert (gone.act, gone.values["wishes"]) == (ORDER, 4)
    assert asked(goods(stock=100, cost_cents=None)) == []


def test_goods_nobody_takes_are_asked_about_only_when_they_were_there_long_enough() -> None:
    nobody = {"pieces_30": 0, "pieces_90": 0, "cost_cents": None}
    assert [one.act for one in asked(goods(**nobody))] == [DROP]
    for spared in ({"kept_days": 89}, {"kept_days": None}, {"wishes": 1}, {"stock": 0}, {"pieces_90": 1}):
        assert asked(goods(**{**nobody, **spared})) == []


def test_goods_no_longer_offered_come_back_when_three_households_wait() -> None:
    assert asked(goods(is_active=False, wishes=2)) == []
    assert [one.act for one in asked(goods(is_active=False, wishes=3))] == [BACK]


def test_a_price_is_asked_about_where_points_and_money_are_far_apart_and_the_shelf_agrees() -> None:
    usual = [goods(id=UUID(int=n)) for n in (2, 3, 4)]
    dear = goods(name="毛巾", points=900, pieces_30=0, pieces_90=1)
    (one,) = asked(dear, *usual)
    assert (one.act, one.values["rate"], one.values["average"]) == (LOWER, "15.0", "3.3")
    assert asked(goods(points=900), *usual) == []  # dear, and taken all the same
    cheap = asked(goods(points=60, stock=8), *usual)
    assert [one.act for one in cheap] == [ORDER, RAISE]


def test_a_wish_is_told_unless_the_shelf_has_it() -> None:
    wishes = (Wish("雨伞", 6), Wish("食用油", 9))
    assert [(one.act, one.words) for one in asked(goods(), wishes=wishes)] == [(ADD, "雨伞")]


def test_opening_hours_are_asked_about_only_with_enough_to_go_by() -> None:
    assert asked(opening=Window(19, 19, 19)) == []
    assert asked(opening=Window(100, 39, 9)) == []
    assert [one.act for one in asked(opening=Window(100, 40, 0))] == [WINDOW]
    assert [one.act for one in asked(opening=Window(100, 0, 10))] == [WINDOW]


def test_an_evening_is_one_by_the_village_s_clock() -> None:
    monday = datetime(2026, 6, 15, tzinfo=UTC)
    hours = [monday + timedelta(hours=hour) for hour in (-1, 0, 8, 9)]  # 7:00, 8:00, 16:00 and 17:00 in the village
    assert window(hours, 1) == Window(4, 2, 1)
    assert window([monday + timedelta(days=5, hours=2)], 0).outside == 1
