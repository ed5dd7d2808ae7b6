"""Persuasion first: whatever order things are found in, nobody loses points over the first of a kind."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.domain.test_rulebook import source
from villagepoints.domain import finding
from villagepoints.domain.errors import BadInput, Conflict, RuleBroken
from villagepoints.domain.rule_check import parse
from villagepoints.domain.rulebook import base_of_month
from villagepoints.domain.standing import month_base

BOOK = parse(source(), 1)
ON = date(2026, 6, 15)
DAYS = st.integers(0, 800).map(lambda days: ON - timedelta(days=days))


@dataclass(frozen=True)
class Found:
    found_on: date
    status: str = finding.PERSUADED
    rectify_by: date | None = None
    item_code: str = "A1"
    number: int = 1

    @property
    def recorded_at(self) -> datetime:
        return datetime.combine(self.found_on, time(8), UTC)

    @property
    def kind(self) -> str:
        return self.status


EARLIER = st.lists(st.builds(Found, DAYS, st.sampled_from(sorted(finding.STATUSES))), max_size=6)


def test_the_first_is_persuaded_about_and_has_seven_days() -> None:
    assert finding.becomes(BOOK, ON, [], ON) == (finding.PERSUADED, date(2026, 6, 22))


@pytest.mark.parametrize("status", [finding.PERSUADED, finding.COUNTED, finding.RECTIFIED])
def test_a_repeat_counts_whatever_became_of_the_first(status: str) -> None:
    before = Found(ON - timedelta(days=1), status)
    assert finding.becomes(BOOK, ON, [before], ON) == (finding.COUNTED, None)


def test_a_persuasion_is_forgotten_after_a_year() -> None:
    assert finding.becomes(BOOK, ON, [Found(date(2025, 6, 15))], ON)[0] == finding.COUNTED
    assert finding.becomes(BOOK, ON, [Found(date(2025, 6, 14))], ON)[0] == finding.PERSUADED


def test_the_year_is_counted_from_the_end_of_february_too() -> None:
    assert finding.remembered_from(BOOK, date(2028, 2, 29)) == date(2027, 2, 28)


@settings(max_examples=100)
@given(EARLIER)
def test_it_counts_only_if_something_of_its_kind_stands_within_the_year(earlier: list[Found]) -> None:
    status, until = finding.becomes(BOOK, ON, earlier, ON)
    stands = [one for one in earlier if one.status != finding.WITHDRAWN and date(2025, 6, 15) <= one.found_on < ON]
    assert (status == finding.COUNTED) == bool(stands)
    assert (until is None) == (status == finding.COUNTED)


@settings(max_examples=100)
@given(
    st.lists(
        st.tuples(st.integers(0, 27), st.sampled_from(["A1", "A2", "B1", "C3"]), st.integers(1, 20), st.booleans()),
        max_size=12,
    )
)
def test_a_month_of_findings_never_takes_more_than_an_item_has(walks: list[tuple[int, str, int, bool]]) -> None:
    found: list[Found] = []
    for day, code, number, is_right in sorted(walks):
        on = date(2026, 6, 1) + timedelta(days=day)
        status, until = finding.becomes(BOOK, on, [one for one in found if one.item_code == code], on)
        if status == finding.PERSUADED and is_right:
            status = finding.settle(status, True)
        found.append(Found(on, status, until, code, number))
    parts = month_base(BOOK, found)
    assert all(0 <= part.at_worst <= part.points <= part.item.points for part in parts)
    assert sum(part.points for part in parts) <= BOOK.monthly_base
    firsts = {one.item_code for one in found}
    counted = {code: sum(f.number for f in found if f.item_code == code and f.kind == "counted") for code in firsts}
    assert {part.item.code: part.points for part in parts} == base_of_month(BOOK, counted, crossed_red_line=False)


def test_only_base_items_and_penalties_after_persuasion_are_found_in_the_lane() -> None:
    assert [item.code for item in BOOK.items.values() if item.kind != "base" and finding.can_be_found(item)] == ["A7"]
    for code in ("D1", "B6"):
        with pytest.raises(RuleBroken, match="不是走访检查的内容"):
            finding.check_item(BOOK.item(code))


@pytest.mark.parametrize("count", [0, -1, 21, 2**63])
def test_a_number_of_piles_nobody_sees_in_one_visit_is_refused(count: int) -> None:
    with pytest.raises(BadInput, match="没有记"):
        finding.check_count(count)


def test_a_settled_finding_is_not_settled_again() -> None:
    assert (finding.settle("persuaded", True), finding.settle("persuaded", False)) == ("rectified", "counted")
    for status in (finding.COUNTED, finding.RECTIFIED, finding.WITHDRAWN):
        with pytest.raises(Conflict):
            finding.settle(status, True)


def recheck(code: str, today: date = ON, *, is_right: bool = True, note: str = "", photos: int = 0) -> None:
    finding.check_recheck(BOOK.item(code), ON, today, is_right=is_right, note=note, photos=photos)


def test_put_right_is_shown_by_a_photo_or_told_where_no_photo_shows_it() -> None:
    recheck("A1", photos=1)
    recheck("C2", note="登记好了")
    with pytest.raises(BadInput, match="照片"):
        recheck("A1", note="清掉了")
    with pytest.raises(BadInput, match="怎么改好"):
        recheck("C2", note="  ")


def test_not_put_right_is_said_only_once_the_day_has_come() -> None:
    recheck("A1", is_right=False)
    with pytest.raises(RuleBroken, match="还没到期"):
        recheck("A1", ON - timedelta(days=1), is_right=False)


def test_a_penalty_rests_on_a_persuasion_that_had_its_time() -> None:
    a7 = BOOK.item("A7")
    before = Found(date(2026, 6, 1), rectify_by=date(2026, 6, 8))
    assert finding.persuaded_before(BOOK, a7, date(2026, 6, 9), [before]) == before.found_on
    with pytest.raises(RuleBroken, match="还没到期"):
        finding.persuaded_before(BOOK, a7, date(2026, 6, 8), [before])
    for earlier in ([], [Found(date(2026, 6, 1), finding.WITHDRAWN)], [Found(ON)]):
        with pytest.raises(RuleBroken, match="还没有劝导过"):
            finding.persuaded_before(BOOK, a7, ON, earlier)
