"""Village dates turn at midnight in Shanghai."""

from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from villagepoints.domain.calendar import Month, Span, looking_back, period, village_date
from villagepoints.domain.names import mask


def test_the_village_day_begins_at_sixteen_hours_utc():
    assert village_date(datetime(2026, 1, 31, 15, 59, 59, tzinfo=UTC)) == date(2026, 1, 31)
    assert village_date(datetime(2026, 1, 31, 16, 0, tzinfo=UTC)) == date(2026, 2, 1)


def test_months_count_over_the_year_and_know_their_last_day():
    assert Month(2025, 12) + 1 == Month(2026, 1)
    assert Month(2026, 1) - 5 == Month(2025, 8)
    assert [str(Month(2028, 2)), Month(2028, 2).last] == ["2028-02", date(2028, 2, 29)]


@pytest.mark.parametrize("text", ["2026", "2026-13", "2026-1-1", "x", "2026-00", ""])
def test_what_is_no_month_is_refused(text: str):
    with pytest.raises(ValueError):  # noqa: PT011
        Month.parse(text)


@given(st.dates(date(2000, 1, 1), date(2100, 1, 1)), st.sampled_from(["day", "month", "quarter", "year"]))
def test_every_day_lies_in_its_periods_and_these_do_not_overlap(day: date, name: str):
    first, last = period(name, day)
    assert first <= day <= last
    assert period(name, first) == period(name, last) == (first, last)


@given(st.dates(date(2000, 1, 1), date(2100, 1, 1)), st.sampled_from(["month", "quarter", "year"]))
def test_a_span_reads_what_it_writes(day: date, name: str):
    span = Span.of(name, day)
    assert Span.parse(str(span)) == span
    assert span.first <= day <= span.last


@pytest.mark.parametrize("text", ["", "x", "2026-Q0", "2026-Q5", "2026-Q", "26", "1999", "2026-13", "2026-Q12"])
def test_what_is_no_span_is_refused(text: str):
    with pytest.raises(ValueError):  # noqa: PT011
        Span.parse(text)


def test_one_looks_back_on_years_quarters_and_months():
    assert [str(one) for one in looking_back(date(2026, 1, 5))][:8] == [
        *("2026", "2025", "2026-Q1", "2025-Q4", "2025-Q3", "2025-Q2", "2025-Q1", "2026-01"),
    ]


def test_names_are_masked_for_strangers():
    assert [mask(n) for n in ("", "王", "王明", "王建明", "欧阳建明")] == ["", "王", "王*", "王*明", "欧**明"]
