"""Goods lie at one counter, are collected there, and are handed over by those who work there; in their window only."""

from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy.orm import Session

from tests import factories
from tests.factories import NOW, TODAY, Made
from tests.services.test_posting import problems
from tests.services.test_redemption import give, reserve
from villagepoints.domain.actor import CLERK
from villagepoints.domain.errors import BadInput, Conflict, NotAllowed, NotFound, RuleBroken
from villagepoints.models import Reward
from villagepoints.services import counter, handover, pickup, redemption, redemption_list, reward, shop
from villagepoints.services.paging import Wanted
from villagepoints.services.phone import Credential, identify


def open_counter(session: Session, village: Made, name: str = "东头小店", **more: Any) -> UUID:
    said = {"name": name, "place": "新联路 12 号", "hours": "周一到周五", "is_active": True, "staff": (), **more}
    return counter.save(
        session, village.clerk, counter_id=None, wanted=counter.Details(**said), key=f"open {name}", now=NOW
    )


def goods_at(session: Session, village: Made, counter_id: UUID | None, **more: Any) -> Reward:
    made = factories.make_reward(session, village.id, points=10, **more)
    counter.put(session, village.id, made.id, counter_id)
    session.commit()
    return made


@pytest.fixture
def rich(session: Session, village: Made) -> Made:
    give(session, village, 500)
    return village


def test_goods_of_two_counters_are_two_redemptions(session: Session, rich: Made):
    oil, salt = goods_at(session, rich, open_counter(session, rich)), goods_at(session, rich, None, name="食盐")
    with pytest.raises(BadInput, match="不在一个地方领（东头小店、村里的兑换窗口）"):
        reserve(session, rich, "k", (oil.id, 1), (salt.id, 1))
    taken = reserve(session, rich, "k2", (oil.id, 1))
    assert counter.place_of(session, rich.id, taken.redemption_id) == ("东头小店", "新联路 12 号", "周一到周五")
    assert counter.place_of(session, rich.id, reserve(session, rich, "k3", (salt.id, 1)).redemption_id) is None
    assert problems(session, rich) == []


def test_whoever_works_at_one_counter_sees_and_hands_over_only_what_lies_there(session: Session, rich: Made):
    staff = rich.actor("counter")
    east = open_counter(session, rich, staff=[staff.user_id])
    west = open_counter(session, rich, "西头小店")
    here, there = goods_at(session, rich, east), goods_at(session, rich, west)
    mine, theirs = (reserve(session, rich, f"k{good.id}", (good.id, 1)).redemption_id for good in (here, there))
    seen = redemption_list.Filter(counter_id=counter.of_actor(session, staff))
    assert [row.id for row in redemption_list.listed(session, rich.id, seen, Wanted()).rows] == [mine]
    acts: dict[str, Any] = {"redemption_id": theirs, "now": NOW}
    for act, more in ((redemption.fulfil, {}), (redemption.cancel, {"reason": "错"})):
        with pytest.raises(NotAllowed, match="在「西头小店」发"):
            act(session, staff, key=act.__name__, **acts, **more)
    lines = [(there.id, 1)]
    at_window: dict[str, Any] = {"household_id": rich.household.id, "channel": "counter", "now": NOW}
    with pytest.raises(NotAllowed):
        redemption.serve(session, staff, lines=lines, key="s", **at_window)
    with pytest.raises(NotAllowed):
        reward.move_stock(
            session, staff, reward_id=there.id, wanted=reward.Move(quantity=1, reason="进"), key="m", now=NOW
        )
    redemption.fulfil(session, staff, redemption_id=mine, key="f", now=NOW)
    promoted = replace(staff, roles=staff.roles | {CLERK})
    assert counter.of_actor(session, promoted) is None
    redemption.fulfil(session, promoted, redemption_id=theirs, key="g", now=NOW)
    assert problems(session, rich) == []


def test_who_worked_at_a_counter_that_closed_helps_out_at_the_others(session: Session, village: Made):
    staff = village.actor("counter")
    east = open_counter(session, village, staff=[staff.user_id])
    assert counter.of_actor(session, staff) == east
    closed = counter.Details(name="东头小店", place="", hours="", is_active=False, staff=(staff.user_id,))
    counter.save(session, village.clerk, counter_id=east, wanted=closed, key="close", now=NOW)
    assert counter.of_actor(session, staff) is None


def test_a_counter_that_closes_takes_no_goods(session: Session, village: Made):
    good, east = goods_at(session, village, None), open_counter(session, village)
    closed = counter.Details(name="东头小店", place="", hours="", is_active=False, staff=[], takes_rest=True)
    counter.save(session, village.clerk, counter_id=east, wanted=closed, key="c", now=NOW)
    assert counter.of_reward(session, village.id, good.id) is None


def test_a_counter_is_named_once_and_not_closed_while_goods_lie_there(session: Session, village: Made):
    east = open_counter(session, village)
    with pytest.raises(Conflict, match="已经有叫"):
        counter.save(
            session,
            village.clerk,
            counter_id=None,
            wanted=counter.Details(name="东头小店", place="", hours="", is_active=True, staff=()),
            key="k2",
            now=NOW,
        )
    oil = goods_at(session, village, east)
    shut = counter.Details(name="东头小店", place="", hours="", is_active=False, staff=())
    change: dict[str, Any] = {"counter_id": east, "wanted": shut, "now": NOW}
    with pytest.raises(Conflict, match="还有 1 样商品"):
        counter.save(session, village.clerk, key="k3", **change)
    counter.put(session, village.id, oil.id, None)
    session.commit()
    counter.save(session, village.clerk, key="k4", **change)
    with pytest.raises(NotFound):
        counter.put(session, village.id, oil.id, east)
    other = factories.make_village(session, "zz")
    with pytest.raises(NotFound):
        counter.one(session, other.id, east)
    stranger = counter.Details(name="西头", place="", hours="", is_active=True, staff=[other.users["counter"].id])
    with pytest.raises(BadInput):
        counter.save(session, village.clerk, counter_id=None, wanted=stranger, key="k5", now=NOW)


@pytest.mark.parametrize(("days", "allowed"), [(-1, False), (0, True), (3, True), (4, False)])
def test_goods_are_redeemed_only_in_their_window(session: Session, rich: Made, days: int, allowed: bool):
    day, last = NOW + timedelta(days=days), TODAY + timedelta(days=3)
    oil = factories.make_reward(session, rich.id, points=10, offered_from=TODAY, offered_until=last)
    home = identify(session, _phone(session, rich), NOW)
    assert home is not None
    (offer,) = shop.offers(session, home, TODAY + timedelta(days=days), Wanted()).rows
    assert (offer.is_open, offer.most > 0) == (allowed, allowed)
    if allowed:
        reserve(session, rich, "k", (oil.id, 1), now=day)
        return
    with pytest.raises(RuleBroken):
        reserve(session, rich, "k", (oil.id, 1), now=day)
    with pytest.raises(RuleBroken):
        redemption_list.quote(session, rich.id, rich.household.id, [(oil.id, 1)], TODAY + timedelta(days=days))
    assert problems(session, rich) == []


def _phone(session: Session, village: Made) -> Credential:
    secret = factories.remember_phone(session, village.household).rsplit(".", 1)[-1]
    return Credential(village.id, village.household.id, secret)


def test_a_day_at_the_counter_is_what_was_given_and_what_came_back(session: Session, rich: Made):
    oil = goods_at(session, rich, None, name="食用油")
    given, kept, late = (reserve(session, rich, f"k{n}", (oil.id, n)).redemption_id for n in (1, 2, 3))
    redemption.fulfil(session, rich.clerk, redemption_id=given, key="f", now=NOW)
    redemption.cancel(session, rich.clerk, redemption_id=kept, reason="不要了", key="c", now=NOW)
    day = handover.of_day(session, rich.id, TODAY, None, Wanted())
    assert [row.id for row in day.given.rows] == [given]
    assert [(row.name, row.pieces, row.points) for row in day.goods] == [("食用油", 1, 10)]
    assert [(row.name, row.pieces) for row in day.goods_back] == [("食用油", 2)]
    later = NOW + timedelta(days=31)
    assert redemption.expire_due(session, rich.clerk, now=later) == 1
    day = handover.of_day(session, rich.id, TODAY + timedelta(days=31), None, Wanted())
    assert ([row.id for row in day.returned.rows], day.given.total) == ([late], 0)


def test_a_code_that_gives_nothing_says_which_way_it_is_over(session: Session, rich: Made):
    oil = goods_at(session, rich, None)
    first = reserve(session, rich, "k1", (oil.id, 1))
    assert [row.id for row in pickup.find(session, rich.clerk, f" {first.pickup_code} ").rows] == [first.redemption_id]
    redemption.fulfil(session, rich.clerk, redemption_id=first.redemption_id, key="f", now=NOW)
    late = reserve(session, rich, "k2", (oil.id, 1))
    redemption.expire_due(session, rich.clerk, now=NOW + timedelta(days=31))
    for receipt, words in ((first, "已经领走了"), (late, "过了日子没领")):
        with pytest.raises(Conflict, match=words):
            pickup.find(session, rich.clerk, str(receipt.pickup_code))
    with pytest.raises(NotFound, match="6 位数字"):
        pickup.find(session, rich.clerk, "12")
    with pytest.raises(NotFound, match="码牌不认识"):
        pickup.find(session, rich.clerk, "HTTPS://X.CN/Q/SX/ABC")
