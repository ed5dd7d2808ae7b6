"""Redemption takes points and goods together, once, and gives both back or neither."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from tests import factories
from tests.factories import NOW, TODAY, Made
from tests.services.test_posting import count, problems
from villagepoints.domain.errors import (
    BadInput,
    Conflict,
    NotAllowed,
    NotEnoughPoints,
    NotFound,
    OutOfStock,
    RuleBroken,
)
from villagepoints.domain.ledger import Draft
from villagepoints.models import Household, Redemption, Reward
from villagepoints.services import posting, redemption
from villagepoints.services.redemption import Receipt
from villagepoints.services.transaction import transaction


@pytest.fixture
def shop(session: Session, village: Made) -> Made:
    """The first household has 500 points."""
    give(session, village, 500)
    return village


@transaction
def _give(session: Session, village_id: UUID, household_id: UUID, points: int) -> None:
    draft = Draft(household_id=household_id, kind="opening", points=points, occurred_on=TODAY, origin="job")
    posting.post(session, village_id, [draft], NOW)


def give(session: Session, village: Made, points: int, index: int = 0) -> None:
    _give(session, village.id, village.households[index].id, points)


def reserve(session: Session, village: Made, key: str, *lines: tuple[UUID, int], **more: Any) -> Receipt:
    values = {"household_id": village.household.id, "now": NOW, **more}
    return redemption.reserve(session, village.villager(), key=key, lines=lines, **values)


def standing(session: Session, village: Made, reward: Reward) -> tuple[int, int]:
    """The first household's balance and the reward's stock."""
    session.rollback()
    session.expire_all()
    balance = session.scalar(select(Household.balance).where(Household.id == village.household.id)) or 0
    return balance, session.scalar(select(Reward.stock).where(Reward.id == reward.id)) or 0


def test_several_things_go_with_one_code(session: Session, shop: Made):
    oil = factories.make_reward(session, shop.id, points=200, stock=5)
    salt = factories.make_reward(session, shop.id, points=8, stock=5, name="食盐 1包")
    receipt = reserve(session, shop, "k1", (oil.id, 1), (salt.id, 2), (salt.id, 1))
    assert (receipt.points, receipt.balance, receipt.collect_by) == (224, 276, TODAY + timedelta(days=30))
    assert receipt.pickup_code is not None
    assert len(receipt.pickup_code) == 6
    assert standing(session, shop, salt) == (276, 2)
    assert problems(session, shop) == []


def test_a_second_click_redeems_once_with_the_same_answer(session: Session, shop: Made):
    oil = factories.make_reward(session, shop.id)
    assert reserve(session, shop, "k1", (oil.id, 1)) == reserve(session, shop, "k1", (oil.id, 1))
    assert standing(session, shop, oil) == (300, 9)


def test_not_enough_points_says_the_numbers_and_moves_nothing(session: Session, shop: Made):
    oil = factories.make_reward(session, shop.id)
    with pytest.raises(NotEnoughPoints, match="要 600 分，现在有 500 分，还差 100 分"):
        reserve(session, shop, "k1", (oil.id, 3))
    assert standing(session, shop, oil) == (500, 10)


def test_no_stock_says_the_numbers_and_moves_nothing(session: Session, shop: Made):
    oil = factories.make_reward(session, shop.id, points=10, stock=1)
    salt = factories.make_reward(session, shop.id, points=8, stock=5)
    with pytest.raises(OutOfStock, match="要 2 件，只剩 1 件"):
        reserve(session, shop, "k1", (salt.id, 1), (oil.id, 2))
    assert standing(session, shop, salt) == (500, 5)
    assert count(session) == 1


def test_goods_off_the_list_over_the_limit_or_of_another_village_are_refused(session: Session, shop: Made):
    other = factories.make_village(session, "zz")
    foreign = factories.make_reward(session, other.id, points=1)
    off = factories.make_reward(session, shop.id, points=1, is_active=False)
    limited = factories.make_reward(session, shop.id, points=1, household_month_limit=2)
    reserve(session, shop, "k1", (limited.id, 2))
    for broken, lines in ((NotFound, (foreign.id, 1)), (RuleBroken, (off.id, 1)), (RuleBroken, (limited.id, 1))):
        with pytest.raises(broken):
            reserve(session, shop, "k2", lines)
    reserve(session, shop, "k3", (limited.id, 1), now=NOW + timedelta(days=30))


def test_handed_over_once_and_a_wrong_hand_over_is_taken_back(session: Session, shop: Made):
    oil = factories.make_reward(session, shop.id)
    receipt = reserve(session, shop, "k1", (oil.id, 1))
    desk = shop.actor("counter")
    redemption.fulfil(session, desk, redemption_id=receipt.redemption_id, key="k2", now=NOW)
    redemption.fulfil(session, desk, redemption_id=receipt.redemption_id, key="k2", now=NOW)
    with pytest.raises(Conflict, match="已经领走"):
        redemption.fulfil(session, desk, redemption_id=receipt.redemption_id, key="k3", now=NOW)
    with pytest.raises(Conflict):
        redemption.cancel(session, desk, redemption_id=receipt.redemption_id, key="k4", now=NOW)
    with pytest.raises(BadInput):
        redemption.undo_fulfil(session, desk, redemption_id=receipt.redemption_id, reason="", key="k5", now=NOW)
    redemption.undo_fulfil(session, desk, redemption_id=receipt.redemption_id, reason="给错人了", key="k5", now=NOW)
    assert standing(session, shop, oil) == (300, 9)
    redemption.fulfil(session, desk, redemption_id=receipt.redemption_id, key="k6", now=NOW)
    assert problems(session, shop) == []


def test_cancelled_points_and_stock_come_back_once(session: Session, shop: Made):
    oil = factories.make_reward(session, shop.id)
    receipt = reserve(session, shop, "k1", (oil.id, 2))
    me = {"household_id": shop.household.id, "redemption_id": receipt.redemption_id, "now": NOW}
    assert redemption.cancel(session, shop.villager(), key="k2", **me) == 500
    assert redemption.cancel(session, shop.villager(), key="k2", **me) == 500
    with pytest.raises(Conflict, match="已经取消"):
        redemption.cancel(session, shop.villager(), key="k3", **me)
    assert standing(session, shop, oil) == (500, 10)
    assert problems(session, shop) == []


def test_another_household_cannot_cancel_mine(session: Session, shop: Made):
    oil = factories.make_reward(session, shop.id)
    receipt = reserve(session, shop, "k1", (oil.id, 1))
    neighbour = shop.households[1].id
    with pytest.raises(NotFound):
        redemption.cancel(
            session,
            shop.villager(1),
            household_id=neighbour,
            redemption_id=receipt.redemption_id,
            key="k2",
            now=NOW,
        )


def test_what_nobody_collects_in_thirty_days_comes_back_the_day_after(session: Session, shop: Made):
    oil = factories.make_reward(session, shop.id)
    reserve(session, shop, "k1", (oil.id, 1))
    job = posting.Actor(shop.id)
    assert redemption.expire_due(session, job, now=NOW + timedelta(days=30)) == 0
    assert redemption.expire_due(session, job, now=NOW + timedelta(days=31)) == 1
    assert redemption.expire_due(session, job, now=NOW + timedelta(days=31)) == 0
    assert standing(session, shop, oil) == (500, 10)
    assert session.scalars(select(Redemption.status)).all() == ["expired"]
    assert problems(session, shop) == []


def test_somebody_without_a_phone_is_served_at_the_counter_or_by_proxy(session: Session, shop: Made):
    oil = factories.make_reward(session, shop.id)
    common = {"household_id": shop.household.id, "lines": [(oil.id, 1)], "now": NOW}
    desk = shop.actor("counter")
    redemption.serve(session, desk, channel="counter", key="k1", **common)
    with pytest.raises(BadInput, match="代办人的姓名"):
        redemption.serve(session, desk, channel="proxy", key="k2", **common)
    redemption.serve(session, desk, channel="proxy", proxy_name="李女儿", key="k2", **common)
    with pytest.raises(BadInput):
        redemption.serve(session, desk, channel="self", key="k3", **common)
    rows = session.execute(select(Redemption.channel, Redemption.status, Redemption.proxy_name)).all()
    assert sorted(map(tuple, rows)) == [("counter", "fulfilled", ""), ("proxy", "fulfilled", "李女儿")]
    assert standing(session, shop, oil) == (100, 8)


def test_the_counter_does_not_serve_itself(session: Session, shop: Made):
    oil = factories.make_reward(session, shop.id)
    own = factories.make_user(session, shop.id, "counter", household_id=shop.household.id)
    with pytest.raises(NotAllowed):
        redemption.serve(
            session,
            factories.actor(own),
            household_id=shop.household.id,
            lines=[(oil.id, 1)],
            channel="counter",
            key="k1",
            now=NOW,
        )
    assert standing(session, shop, oil) == (500, 10)
