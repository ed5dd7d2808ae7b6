"""A cell is read as a clerk means it, or refused."""

from datetime import date

import pytest

from villagepoints.domain.calendar import Month
from villagepoints.services.importing import values


def test_a_month_is_read_from_words_numbers_and_dates() -> None:
    assert {values.month(cell) for cell in ("2025年8月", "2025-08", "202508", date(2025, 8, 31))} == {Month(2025, 8)}


@pytest.mark.parametrize("cell", ["9999年12月", "0000年1月", "0001-01", date(9999, 12, 31), "2025年13月", "八月"])
def test_a_month_beyond_all_books_is_none(cell: str | date) -> None:
    assert values.month(cell) is None
