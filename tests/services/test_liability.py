"""What unspent points may cost: the curve is what the books let expire, the money what the goods cost."""

from datetime import UTC, date, datetime, timedelta
from random import Random

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from tests.factories import NOW, TODAY, Made, make_reward
from tests.services.test_expiry import gain
from tests.services.test_redemption import give, reserve
from villagepoints.domain.calendar import Month
from villagepoints.domain.liability import Money
from villagepoints.models import LedgerEntry
from villagepoints.services import expiry, liability, posting, redemption, running


def test_what_is_left_is_the_newest_of_each_household(session: Session, village: Made) -> None:
    gain(session, village, 100, date(2026, 3, 31))
    gain(session, village, 50, date(2026, 5, 31))
    gain(session, village, 40, date(2026, 3, 31), index=1)
    gain(session, village, -30, date(2026, 5, 1), kind="penalty")
    oil = make_reward(session, village.id, points=20)
    receipt = reserve(session, village, "k", (oil.id, 1))
    redemption.cancel(session, village.villager(), redemption_id=receipt.redemption_id, key="c", now=NOW)
    held = running.of_village(session, village.id, TODAY).held_by_month()
    assert held == {Month(2026, 3): 110, Month(2026, 5): 50}
    gain(session, village, 5, TODAY)  # what is posted later is seen at once
    assert running.of_village(session, village.id, TODAY).held_by_month()[Month(2026, 6)] == 5


def test_the_curve_is_what_the_books_let_expire(session: Session, village: Made) -> None:
    rng = Random(7)
    for _ in range(25):
        on = date(2025, 1, 1) + timedelta(days=rng.randrange(500))
        index = rng.randrange(3)
        if rng.random() < 0.7:
            gain(session, village, rng.randrange(1, 60), on, index=index)
        else:
            gain(session, village, -rng.randrange(1, 40), on, index=index, kind="penalty")
    curve = liability.of_village(session, village.id, TODAY).curve
    assert sum(one.points for one in curve) > 0
    actor = posting.Actor(village.id)
    for one in [one for one in curve if one.points]:
        expiry.expire(session, actor, now=datetime(one.on.year, one.on.month, 1, 4, tzinfo=UTC))
        gone = session.scalar(
            select(func.sum(LedgerEntry.points)).where(LedgerEntry.kind == "expiry", LedgerEntry.occurred_on == one.on)
        )
        session.rollback()
        assert -(gone or 0) == one.points, one.on


def test_points_cost_what_the_goods_taken_cost_and_goods_without_a_cost_are_named(
    session: Session, village: Made
) -> None:
    give(session, village, 1000)
    oil = make_reward(session, village.id, name="食用油", points=200, cost_cents=6000)
    make_reward(session, village.id, name="热水瓶", points=100, cost_cents=5000)
    cut = make_reward(session, village.id, name="理发券", points=50)
    found = liability.of_village(session, village.id, TODAY)
    assert found.money == Money(30000, 40000, 50000)  # nothing taken yet: the plain average of what is on offer
    reserve(session, village, "k1", (oil.id, 2))
    reserve(session, village, "k2", (cut.id, 2))
    found = liability.of_village(session, village.id, TODAY)
    assert (found.points, found.households) == (500, 1)
    assert found.money == Money(15000, 15000, 25000)
    assert [one.name for one in found.without_cost] == ["理发券"]
    assert found.covered_percent == 80
    assert [(one.name, one.pieces, one.redeemed) for one in found.goods][:2] == [("食用油", 2, 400), ("理发券", 2, 100)]


def test_the_next_quarter_stands_on_the_full_months_under_the_rules_in_force(session: Session, village: Made) -> None:
    gain(session, village, 300, date(2026, 4, 30))
    gain(session, village, 500, date(2026, 5, 31))
    oil = make_reward(session, village.id, points=200, cost_cents=6000)
    reserve(session, village, "k", (oil.id, 1), now=NOW - timedelta(days=30))
    gain(session, village, 90, TODAY)
    found = liability.of_village(session, village.id, TODAY)
    assert found.forecast is not None
    assert (found.forecast.first, found.forecast.months, found.forecast.gained_a_month) == (Month(2026, 7), 2, 400)
    assert (found.forecast.spent_percent, found.forecast.points) == (25, 300)
    assert found.next_quarter == Money(9000, 9000, 9000)


def test_a_village_without_anything_costs_nothing(session: Session, village: Made) -> None:
    found = liability.of_village(session, village.id, TODAY)
    assert (found.points, found.money, found.curve, found.forecast, found.covered_percent) == (0, None, [], None, None)
