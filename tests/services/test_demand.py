"""What households want is added up rightly, and no figure is of fewer households than may be shown."""

from datetime import UTC, date, datetime, timedelta
from uuid import UUID

import pytest
from sqlalchemy import insert, select, update
from sqlalchemy.orm import Session

from tests.factories import NOW, TODAY, Made, make_households, make_reward
from tests.services.test_redemption import give, reserve
from villagepoints.domain.demand import ORDER, Dry, Wish
from villagepoints.models import Household, Redemption, RedemptionLine, Resident, Reward, ServiceRequest
from villagepoints.models.base import new_id
from villagepoints.services import demand, redemption, reward
from villagepoints.services.demand import Held, Part

YEAR = (date(2026, 1, 1), date(2026, 12, 31))


@pytest.fixture
def thirty(session: Session, village: Made) -> list[UUID]:
    """Thirty households more; of the last three nobody knows the age of the head."""
    ids = make_households(session, village.id, 30)
    heads = [{"village_id": village.id, "household_id": id_, "name": f"户主{n}"} for n, id_ in enumerate(ids)]
    session.execute(insert(Resident), heads)
    for birth, some in ((date(1990, 1, 1), ids[:12]), (date(1960, 1, 1), ids[12:27])):
        session.execute(update(Resident).where(Resident.household_id.in_(some)).values(birth_on=birth))
    session.commit()
    return ids


def take(session: Session, village: Made, households: list[UUID], goods: Reward, on: date, pieces: int = 1) -> None:
    """A line of an old register for each of these households."""
    at = datetime(on.year, on.month, on.day, 4, tzinfo=UTC)
    for household_id in households:
        common = {"village_id": village.id, "redemption_id": new_id()}
        taken = {"household_id": household_id, "occurred_on": on, "reserved_at": at, "points": goods.points * pieces}
        handed = {"status": "fulfilled", "channel": "self", "batch_id": new_id()}
        row = {"village_id": village.id, "id": common["redemption_id"], **taken, **handed}
        session.execute(insert(Redemption).values(**row))
        line = {"line": 1, "reward_id": goods.id, "name": goods.name, "quantity": pieces, "points_each": goods.points}
        session.execute(insert(RedemptionLine).values(**common, **line))
    session.commit()


def wish(session: Session, village: Made, households: list[UUID], words: str, goods: Reward | None = None) -> None:
    start = len(session.scalars(select(ServiceRequest.id)).all()) + 1
    common = {"village_id": village.id, "kind": "goods", "words": words, "filed_on": TODAY, "filed_at": NOW}
    common["reward_id"] = goods.id if goods else None
    rows = [{**common, "number": number, "household_id": id_} for number, id_ in enumerate(households, start)]
    session.execute(insert(ServiceRequest), rows)
    session.commit()


def test_goods_are_split_by_residency_and_age_as_far_as_nobody_stands_out(
    session: Session, village: Made, thirty: list[UUID]
) -> None:
    oil = make_reward(session, village.id, name="食用油", points=200)
    take(session, village, thirty, oil, TODAY)
    take(session, village, thirty[:2], oil, TODAY, pieces=3)  # again: a household counts once
    take(session, village, thirty, oil, date(2025, 12, 31))
    (one,) = demand.taken(session, village.id, *YEAR)
    assert one.total == Part(30, 36, 7200)
    assert one.residencies == {"resident": Part(30, 36, 7200)}
    # the three of unknown age are too few, and twelve more must go lest three be left over
    assert one.ages == {0: None, 2: Part(15, 15, 3000), 4: None}
    assert demand.taken(session, village.id, date(2024, 1, 1), date(2024, 12, 31)) == []


def test_a_household_whose_goods_came_back_took_nothing(session: Session, village: Made) -> None:
    give(session, village, 500)
    oil = make_reward(session, village.id, points=200)
    receipt = reserve(session, village, "k", (oil.id, 1))
    assert [one.total for one in demand.taken(session, village.id, *YEAR)] == [Part(1, 1, 200)]
    redemption.cancel(session, village.villager(), redemption_id=receipt.redemption_id, key="c", now=NOW)
    assert demand.taken(session, village.id, *YEAR) == []


def test_wishes_are_told_from_three_households_on(session: Session, village: Made, thirty: list[UUID]) -> None:
    oil = make_reward(session, village.id, name="食用油", stock=0)
    wish(session, village, thirty[:3], "想要雨伞")
    wish(session, village, thirty[:2], "电蚊香")
    wish(session, village, thirty[:1], "电蚊香")
    wish(session, village, thirty[:4], "", oil)
    found = demand.wished(session, village.id, *YEAR)
    assert found.goods == [(oil.id, "食用油", 4)]
    assert found.words == [Wish("想要雨伞", 3)]
    assert (found.read, found.single) == (6, 3)
    session.execute(update(ServiceRequest).values(status="withdrawn"))
    assert demand.wished(session, village.id, *YEAR).read == 0


def test_points_that_sit_are_counted_by_balance_and_by_the_time_since_the_last_redemption(
    session: Session, village: Made, thirty: list[UUID]
) -> None:
    oil = make_reward(session, village.id)
    session.execute(update(Household).where(Household.id.in_(thirty)).values(balance=300))
    take(session, village, thirty[:10], oil, date(2026, 3, 15))
    take(session, village, thirty[10:20], oil, date(2026, 3, 14))
    take(session, village, thirty[10:20], oil, date(2025, 1, 1))
    found = demand.unspent(session, village.id, TODAY)
    assert found.balances == {0: None, 2: None}  # three without points, beside thirty: neither may be told
    assert found.months == {0: Held(10, 3000), 1: Held(10, 3000), 4: Held(13, 3000)}


def test_the_shelf_knows_how_long_it_lasts_and_when_it_was_empty(session: Session, village: Made) -> None:
    give(session, village, 2000)
    early = NOW - timedelta(days=20)
    oil = make_reward(session, village.id, points=10, stock=0)
    came = reward.Move(quantity=4, reason="进货")
    reward.move_stock(session, village.clerk, reward_id=oil.id, wanted=came, key="m1", now=early)
    gone = reserve(session, village, "k1", (oil.id, 4), now=early + timedelta(days=5))
    at = early + timedelta(days=8)
    redemption.cancel(session, village.villager(), redemption_id=gone.redemption_id, key="c", now=at)
    reserve(session, village, "k2", (oil.id, 3), now=at)
    demanded = demand.of_village(session, village.id, *YEAR, TODAY)
    (one,) = demanded.shelves
    assert one.dry == Dry(3, (early + timedelta(days=7)).date())
    assert (one.goods.days_left, one.gone_on, one.to_order) == (10, TODAY + timedelta(days=10), 2)
    assert [made.act for made in demanded.suggestions] == [ORDER]
    assert (demanded.window.reserved, demanded.window.expired) == (2, 0)


def test_another_village_adds_nothing(session: Session, village: Made, thirty: list[UUID]) -> None:
    oil = make_reward(session, village.id)
    take(session, village, thirty, oil, TODAY)
    wish(session, village, thirty, "雨伞")
    found = demand.of_village(session, new_id(), *YEAR, TODAY)
    assert (found.taken, found.shelves, found.wishes.read, found.suggestions) == ([], [], 0, [])
    assert (found.unspent.balances, found.unspent.months) == ({}, {})


def test_the_page_takes_few_statements_however_many_households(
    session: Session, village: Made, thirty: list[UUID], statements: list[str]
) -> None:
    take(session, village, thirty, make_reward(session, village.id), TODAY)
    statements.clear()
    demand.of_village(session, village.id, *YEAR, TODAY)
    assert len(statements) == 11
    assert session.scalars(select(Household.id)).first()
