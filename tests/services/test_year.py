"""A household's year: every month is what its records say, and the curve and the table say the same."""

import re
from datetime import date

import pytest
from flask import Flask
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import select
from sqlalchemy.orm import Session

from tests.factories import NOW, TODAY, Made, make_reward
from tests.services.test_household_page import counted
from tests.services.test_redemption import give, reserve
from villagepoints.blueprints.phone.curve import LEFT, RIGHT, curve
from villagepoints.domain import ledger
from villagepoints.domain.calendar import Month
from villagepoints.domain.ledger import Draft
from villagepoints.models import LedgerEntry
from villagepoints.services import posting, redemption, year
from villagepoints.services.posting import Item
from villagepoints.services.transaction import transaction
from villagepoints.services.year import MonthOfYear, Year

JUNE = Month.of(TODAY)


@transaction
def enter(session: Session, village: Made, *entries: tuple[str, int, date]) -> None:
    """Entries as they stand in a ledger, whatever the rules say of them."""
    drafts = [
        Draft(household_id=village.household.id, kind=kind, points=points, occurred_on=on, origin=ledger.IMPORT)
        for kind, points, on in entries
    ]
    posting.lock(session, village.id, [village.household.id])
    posting.post(session, village.id, drafts, NOW)


def of(session: Session, village: Made, number: int = 2026, until: Month = JUNE) -> Year:
    return year.of_household(session, village.id, village.household.id, year=number, until=until)


def test_a_month_is_told_as_gained_spent_and_lost(session: Session, village: Made) -> None:
    enter(
        session,
        village,
        (ledger.OPENING, 300, date(2025, 12, 31)),
        (ledger.AWARD, 95, date(2026, 2, 28)),
        (ledger.PENALTY, -20, date(2026, 2, 3)),
        (ledger.EXPIRY, -5, date(2026, 4, 1)),
    )
    salt = make_reward(session, village.id, points=8, stock=9)
    session.commit()
    receipt = reserve(session, village, "k", (salt.id, 2))
    assert [
        (one.month.number, one.gained, one.spent, one.lost, one.balance) for one in of(session, village).months
    ] == [
        (1, 0, 0, 0, 300),
        (2, 95, 0, -20, 375),
        (3, 0, 0, 0, 375),
        (4, 0, 0, -5, 370),
        (5, 0, 0, 0, 370),
        (6, 0, -16, 0, 354),
    ]
    redemption.cancel(
        session,
        village.villager(),
        redemption_id=receipt.redemption_id,
        key="c",
        now=NOW,
        household_id=village.household.id,
    )
    assert of(session, village).months[-1] == MonthOfYear(JUNE, 0, 0, 0, 370)


def test_a_correction_counts_as_what_it_corrects(session: Session, village: Made) -> None:
    deed = Item(code="D4", occurred_on=date(2026, 5, 3), grade="义务维修", note="修路灯")
    common = {"household_id": village.household.id, "now": NOW}
    seq = posting.record(session, village.clerk, key="d", wanted=deed, **common).seq  # type: ignore[arg-type]
    posting.reverse(session, village.clerk, key="r", seq=seq, reason="记错了", **common)  # type: ignore[arg-type]
    assert [(one.month.number, one.gained, one.lost, one.balance) for one in of(session, village).months] == [
        (5, 20, 0, 20),
        (6, -20, 0, 0),
    ]


def test_the_first_year_begins_with_its_first_entry_and_years_before_it_are_empty(
    session: Session, village: Made
) -> None:
    assert (of(session, village).began, of(session, village).gained) == (None, 0)
    enter(session, village, (ledger.AWARD, 95, date(2026, 4, 30)))
    assert [one.month.number for one in of(session, village).months] == [4, 5, 6]
    assert of(session, village, 2025) == Year(2025, None, ())


def test_another_year_ends_with_december_and_another_household_s_points_are_not_in_it(
    session: Session, village: Made
) -> None:
    enter(session, village, (ledger.AWARD, 95, date(2025, 11, 30)), (ledger.AWARD, 7, date(2026, 1, 31)))
    give(session, village, 40, index=1)
    assert [one.balance for one in of(session, village, 2025).months] == [95, 95]


def test_a_year_is_one_statement(session: Session, village: Made, monkeypatch: pytest.MonkeyPatch) -> None:
    with counted(session, monkeypatch) as sent:
        of(session, village)
    assert len(sent) == 1


ENTRIES = st.lists(
    st.tuples(st.sampled_from([ledger.AWARD, ledger.PENALTY]), st.integers(1, 2000), st.dates(date(2024, 1, 1), TODAY)),
    max_size=12,
)


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
@settings(max_examples=25)
@given(entries=ENTRIES)
def test_curve_table_and_ledger_say_the_same(
    entries: list[tuple[str, int, date]], session: Session, village: Made, app: Flask
) -> None:
    made = [(kind, points if kind == ledger.AWARD else -points, on) for kind, points, on in entries]
    enter(session, village, *made)
    of_household = LedgerEntry.household_id == village.household.id
    rows = session.execute(select(LedgerEntry.occurred_on, LedgerEntry.points).where(of_household)).all()
    for number in (2024, 2025, 2026):
        page = of(session, village, number)
        for one in page.months:
            assert one.balance == sum(points for on, points in rows if on <= one.month.last)
            assert one.gained + one.lost + one.spent == sum(p for on, p in rows if Month.of(on) == one.month)
        with app.test_request_context():
            assert _drawn(page) == [f"{one.balance:,}".replace("-", "−") for one in page.months]


def _drawn(page: Year) -> list[str]:
    """The values written at the points, after the points were found to stand in their order and in their place."""
    inside = str(curve(page.months))
    across = [float(x) for x in re.findall(r'cx="([-\d.]+)%"', inside)]
    assert all(LEFT - 0.01 <= x <= RIGHT + 0.01 for x in across)
    by_balance = sorted(zip((one.balance for one in page.months), across, strict=True))
    assert [x for _balance, x in by_balance] == sorted(across)
    return re.findall(r'class="curve-value"[^>]*>([^<]*)<', inside)
