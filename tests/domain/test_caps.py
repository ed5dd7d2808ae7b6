"""Caps, quotas and once-only items hold whatever came before."""

from dataclasses import dataclass
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.domain.test_rulebook import source
from villagepoints.domain import caps
from villagepoints.domain.caps import Remaining
from villagepoints.domain.errors import RuleBroken
from villagepoints.domain.rule_check import parse

BOOK = parse(source(), 1)
ON = date(2026, 3, 15)


@dataclass(frozen=True)
class Entry:
    item_code: str
    points: int
    occurred_on: date = ON
    occasion: str | None = None


def broken(code: str, points: int, past: list[Entry], occasion: str | None = None, on: date = ON) -> list[str]:
    return [str(e) for e in caps.breaches(BOOK, BOOK.item(code), points, on, occasion, past)]


def test_volunteering_is_capped_at_twenty_a_day_and_a_hundred_a_month():
    assert broken("D1", 20, []) == []
    assert "当天最多 20 分，这户还能记 5 分" in broken("D1", 10, [Entry("D1", 15)])[0]
    days = [Entry("D1", 20, ON - timedelta(days=n)) for n in range(1, 6)]
    assert "本月最多 100 分，这户还能记 0 分" in broken("D1", 5, days)[0]
    assert broken("D1", 5, days, on=date(2026, 4, 1)) == []


def test_the_tidy_home_is_given_once_a_month():
    assert "最多 1 次" in broken("A6", 20, [Entry("A6", 20, date(2026, 3, 1))])[0]
    assert broken("A6", 20, [Entry("A6", 20, date(2026, 2, 28))]) == []


def test_mediation_counts_by_quarter():
    three = [Entry("D3", 10, date(2026, 1, 1)), Entry("D3", 10, date(2026, 2, 1)), Entry("D3", 30)]
    assert broken("D3", 10, three)
    assert broken("D3", 10, three, on=date(2026, 4, 1)) == []


def test_all_contributions_together_stop_at_two_hundred_a_month_but_honours_do_not_count():
    mixed = [Entry("D1", 100), Entry("D2", 20), Entry("C4", 20), Entry("A6", 20), Entry("B3", 30)]
    assert "合计最多 200 分，这户还能记 10 分" in broken("B3", 30, mixed)[0]
    assert broken("B4", 200, mixed, "x") == []
    assert broken("D1", 10, [Entry("B4", 200), Entry("D4", 200)]) == []


def test_a_penalty_has_its_own_cap_and_no_share_in_the_overall_one():
    assert broken("A7", -20, [Entry("A7", -20), Entry("A7", -20)]) == []
    assert broken("A7", -20, [Entry("A7", -20)] * 3)


def test_the_same_deed_counts_once_and_another_deed_again():
    before = [Entry("B4", 50, date(2025, 5, 1), "deed")]
    assert "按最高的等次，2025-05-01 已经记过 50 分，这次不比那次高" in broken("B4", 50, before, "deed")[0]
    assert broken("B4", 20, before, "deed")
    assert broken("B4", 50, before, "other") == []


def test_a_higher_grade_takes_the_place_of_a_lower_one_for_the_same_deed_only():
    b4, b5 = BOOK.item("B4"), BOOK.item("B5")
    lower = Entry("B4", 20, occasion="deed")
    assert caps.takes_place_of(b4, 50, "deed", [lower]) is lower
    assert caps.takes_place_of(b4, 20, "deed", [lower]) is None
    assert caps.takes_place_of(b4, 50, "other", [lower]) is None
    assert caps.takes_place_of(b5, 100, "deed", [Entry("B5", 50, occasion="deed")]) is None, "once per person"


def test_a_tenth_of_the_households_and_not_one_more():
    a6 = BOOK.item("A6")
    assert caps.quota(a6, 684) == 68
    caps.check_quota(a6, 684, 67)
    with pytest.raises(RuleBroken, match="最多 68 户（10%）"):
        caps.check_quota(a6, 684, 68)


def test_what_an_item_asks_for_is_asked_for_at_its_field():
    def check(code: str, document: str = "", occasion: str | None = None) -> None:
        caps.check_requirements(BOOK.item(code), document=document, occasion=occasion)

    with pytest.raises(RuleBroken, match="书面认定") as refused:
        check("B6", document="  ")
    assert refused.value.field == "document"
    check("B6", document="金山公（山）行罚决字〔2026〕1号")
    with pytest.raises(RuleBroken, match="同一个案件") as refused:
        check("C5", document="文书")
    assert refused.value.field == "occasion"
    check("C5", document="文书", occasion="case")


DAYS = st.integers(0, 120).map(lambda n: date(2026, 1, 1) + timedelta(days=n))


@given(st.lists(st.tuples(st.integers(1, 6), DAYS), max_size=40))
def test_whatever_is_asked_for_no_cap_is_ever_passed(wishes: list[tuple[int, date]]):
    past: list[Entry] = []
    item = BOOK.item("D1")
    for hours, day in wishes:
        if not list(caps.breaches(BOOK, item, 5 * hours, day, None, past)):
            past.append(Entry("D1", 5 * hours, day))
    for entry in past:
        assert sum(e.points for e in past if e.occurred_on == entry.occurred_on) <= 20
        assert sum(e.points for e in past if e.occurred_on.month == entry.occurred_on.month) <= 100


@given(st.lists(st.tuples(st.sampled_from(["D1", "D2", "C4", "A6", "B3"]), DAYS), max_size=60))
def test_what_is_said_to_remain_can_be_earned_and_one_more_cannot(given_before: list[tuple[str, date]]):
    past: list[Entry] = []
    for code, day in given_before:
        item = BOOK.item(code)
        if not list(caps.breaches(BOOK, item, item.points, day, None, past)):
            past.append(Entry(code, item.points, day))
    item = BOOK.item("D2")
    left = caps.tightest(item, caps.remaining(BOOK, item, ON, past))
    assert left is not None
    assert left.unit == "points"
    assert list(caps.breaches(BOOK, item, left.amount, ON, None, past)) == []
    assert list(caps.breaches(BOOK, item, left.amount + 1, ON, None, past))


def test_the_tightest_cap_weighs_times_against_points():
    item = BOOK.item("B4")  # 200 points at most
    twice, some = Remaining("year", "times", 2, 2), Remaining("month", "points", 300, 300, overall=True)
    assert caps.tightest(item, [twice, some]) is some
    assert caps.tightest(item, [Remaining("year", "times", 1, 2), some]).period == "year"
    assert caps.tightest(item, []) is None
