"""What is counted becomes the stock, whatever is redeemed and handed over meanwhile."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from threading import Barrier
from typing import Any
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from tests import factories
from tests.factories import NOW, Made
from tests.services.test_posting import problems
from tests.services.test_redemption import give, reserve
from villagepoints.domain.errors import BadInput, Conflict, NotAllowed, NotFound, Refusal
from villagepoints.models import Reward, StockMove, StocktakeLine
from villagepoints.services import counter, redemption, reward, reward_list, stocktake, stocktake_list
from villagepoints.services.paging import Wanted


@pytest.fixture
def oil(session: Session, village: Made) -> Reward:
    """Ten bottles, and a household with points for all of them."""
    give(session, village, 5000)
    return factories.make_reward(session, village.id, points=10, stock=10)


def begin(session: Session, village: Made, key: str = "b", counter_id: UUID | None = None) -> UUID:
    return stocktake.begin(session, village.clerk, counter_id=counter_id, note="", key=key, now=NOW)


def count(session: Session, village: Made, taking: UUID, key: str, *counted: tuple[Reward, int | None]) -> None:
    numbers = {goods.id: number for goods, number in counted}
    stocktake.count(session, village.clerk, stocktake_id=taking, counted=numbers, key=key, now=NOW)


def close(session: Session, village: Made, taking: UUID, key: str = "z", **reasons: str) -> int:
    lines = stocktake_list.lines(session, village.id, taking)
    told = {line.reward_id: reasons.get("reason", "") for line in lines if line.difference}
    return stocktake.close(session, village.clerk, stocktake_id=taking, reasons=told, key=key, now=NOW)


def stock(session: Session, goods: Reward) -> int:
    session.rollback()
    return session.scalars(select(Reward.stock).where(Reward.id == goods.id)).one()


def test_a_difference_moves_the_stock_once_and_is_in_its_history(session: Session, village: Made, oil: Reward):
    taking = begin(session, village)
    count(session, village, taking, "c", (oil, 8))
    assert stock(session, oil) == 10
    with pytest.raises(BadInput, match="请写明原因"):
        close(session, village, taking)
    assert close(session, village, taking, reason="摔破两瓶") == 1
    assert close(session, village, taking, reason="摔破两瓶") == 1  # pressed twice
    assert stock(session, oil) == 8
    with pytest.raises(Conflict, match="已经结束"):
        count(session, village, taking, "d", (oil, 7))
    history = reward_list.history(session, village.id, oil.id, Wanted())
    assert (history.opening, dict(history.sums), history.stock) == (0, {"in": 10, "count": -2}, 8)
    assert [step.text for step in history.page.rows if step.kind == "count"] == ["盘点：摔破两瓶"]
    assert problems(session, village) == []


def test_what_waits_for_collection_lies_on_the_shelf_as_well(session: Session, village: Made, oil: Reward):
    reserve(session, village, "r", (oil.id, 3))
    taking = begin(session, village)
    count(session, village, taking, "c", (oil, 10))
    assert close(session, village, taking) == 0
    assert stock(session, oil) == 7


def test_what_is_redeemed_and_handed_over_after_the_count_is_no_difference(
    session: Session, village: Made, oil: Reward
):
    early = reserve(session, village, "r1", (oil.id, 2))
    taking = begin(session, village)
    count(session, village, taking, "c1", (oil, 9))  # one is missing
    redemption.fulfil(session, village.actor("counter"), redemption_id=early.redemption_id, key="f", now=NOW)
    reserve(session, village, "r2", (oil.id, 4))
    count(session, village, taking, "c2", (oil, 9))  # the page saved again with the same number
    close(session, village, taking, reason="少一瓶")
    assert stock(session, oil) == 10 - 2 - 4 - 1
    assert problems(session, village) == []


def test_what_was_not_counted_stays_and_nothing_counted_is_no_stocktake(session: Session, village: Made, oil: Reward):
    salt = factories.make_reward(session, village.id, points=8, stock=5, name="食盐")
    taking = begin(session, village)
    with pytest.raises(BadInput, match="还没有数"):
        close(session, village, taking)
    count(session, village, taking, "c", (oil, 10), (salt, None))
    assert close(session, village, taking) == 0
    assert stock(session, salt) == 5


def test_goods_promised_since_the_count_are_not_taken_away(session: Session, village: Made, oil: Reward):
    taking = begin(session, village)
    count(session, village, taking, "c", (oil, 2))
    reserve(session, village, "r", (oil.id, 9))
    with pytest.raises(Conflict, match="架上不够给已经换了的人"):
        close(session, village, taking, reason="找不到了")
    assert stock(session, oil) == 1
    assert session.scalars(select(StockMove).where(StockMove.kind == "count")).all() == []


def test_one_stocktake_at_a_time_and_one_may_be_given_up(session: Session, village: Made, oil: Reward):
    taking = begin(session, village)
    assert begin(session, village) == taking
    with pytest.raises(Conflict, match="没有结束"):
        begin(session, village, "b2")
    stocktake.drop(session, village.clerk, stocktake_id=taking, key="x", now=NOW)
    with pytest.raises(Conflict, match="作废"):
        close(session, village, taking)
    begin(session, village, "b3")


@pytest.mark.parametrize("number", [-1, 1_000_001])
def test_a_count_that_is_none_is_refused(session: Session, village: Made, oil: Reward, number: int):
    taking = begin(session, village)
    with pytest.raises(BadInput, match="0 到 1,000,000"):
        count(session, village, taking, "c", (oil, number))


def test_another_village_s_stocktake_is_not_there(session: Session, village: Made, oil: Reward):
    taking = begin(session, village)
    other = factories.make_village(session, "zz")
    with pytest.raises(NotFound):
        count(session, other, taking, "c", (oil, 1))
    with pytest.raises(NotFound):
        stocktake_list.one(session, other.id, taking)


def test_whoever_works_at_one_counter_counts_only_there(session: Session, village: Made, oil: Reward):
    staff = village.actor("counter")
    wanted = counter.Details(name="东头", place="", hours="", is_active=True, staff=[staff.user_id], takes_rest=True)  # type: ignore[list-item]
    east = counter.save(session, village.clerk, counter_id=None, wanted=wanted, key="e", now=NOW)
    with pytest.raises(NotAllowed):
        stocktake.begin(session, staff, counter_id=None, note="", key="b1", now=NOW)
    taking = stocktake.begin(session, staff, counter_id=east, note="", key="b2", now=NOW)
    assert [line.reward_id for line in stocktake_list.lines(session, village.id, taking)] == [oil.id]


def test_goods_moved_while_they_are_counted_are_not_counted_twice(session: Session, village: Made, oil: Reward):
    wanted = {"place": "", "hours": "", "is_active": True, "staff": ()}
    east, west = (
        counter.save(session, village.clerk, counter_id=None, wanted=counter.Details(name=n, **wanted), key=n, now=NOW)  # type: ignore[arg-type]
        for n in ("东头", "西头")
    )
    counter.put(session, village.id, oil.id, east)
    session.commit()
    taking = begin(session, village, counter_id=east)
    count(session, village, taking, "c", (oil, 8))
    counter.put(session, village.id, oil.id, west)
    session.commit()
    with pytest.raises(Conflict, match="没有结束"):
        begin(session, village, "b2", counter_id=west)
    close(session, village, taking, reason="摔破两瓶")
    begin(session, village, "b3", counter_id=west)


def test_verify_names_a_count_that_moved_something_else(session: Session, village: Made, oil: Reward):
    taking = begin(session, village)
    count(session, village, taking, "c", (oil, 8))
    close(session, village, taking, reason="少了")
    session.execute(update(StocktakeLine).values(counted=7))
    session.commit()
    (sentence,) = problems(session, village)
    assert "盘点差 -3 件，库存却动了 -2 件" in sentence


def test_counting_and_selling_at_once_lose_nothing(
    sessions: Callable[[], Session], session: Session, village: Made, oil: Reward
):
    """Counts of what truly lies there, while four phones redeem: no difference, and the books agree."""
    barrier = Barrier(5)

    def sell(index: int) -> None:
        with sessions() as own:
            barrier.wait()
            reserve(own, village, f"s{index}", (oil.id, 2))

    def tally() -> None:
        with sessions() as own:
            barrier.wait()
            taking = begin(own, village)
            count(own, village, taking, "c", (oil, 10))  # nothing was carried away: ten lie there all the time
            close(own, village, taking, reason="不该有差")

    with ThreadPoolExecutor(5) as pool:
        jobs = [pool.submit(sell, index) for index in range(4)] + [pool.submit(tally)]
        for job in jobs:
            job.result()
    assert stock(session, oil) == 2
    assert session.scalars(select(StockMove).where(StockMove.kind == "count")).all() == []
    assert problems(session, village) == []


STEPS = st.lists(
    st.tuples(
        st.sampled_from(["reserve", "cancel", "fulfil", "undo_fulfil", "in", "out", "count", "close"]),
        st.integers(1, 6),
    ),
    max_size=10,
)


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=STEPS)
def test_a_stock_is_always_what_its_history_adds_up_to(
    session: Session, village: Made, oil: Reward, steps: list[tuple[str, int]]
):
    goods = factories.make_reward(session, village.id, points=1, stock=9)
    open_, taken, unique = begin(session, village, f"b{goods.id}"), list[UUID](), iter(range(10**6))
    for step, number in steps:
        key = f"{goods.id}{next(unique)}"
        try:
            _do(session, village, goods, open_, taken, step, number, key)
        except Refusal:
            session.rollback()
        history = reward_list.history(session, village.id, goods.id, Wanted(size=100))
        latest = [row.stock for row in history.page.rows]
        assert latest[0] == history.stock == stock(session, goods) >= 0
        assert min(latest) >= 0
    with suppress(Conflict):
        stocktake.drop(session, village.clerk, stocktake_id=open_, key=f"x{goods.id}", now=NOW)
    assert problems(session, village) == []


def _do(
    session: Session, village: Made, goods: Reward, open_: UUID, taken: list[UUID], step: str, number: int, key: str
) -> None:
    desk: dict[str, Any] = {"key": key, "now": NOW}
    if step == "reserve":
        taken.append(reserve(session, village, key, (goods.id, number)).redemption_id)
    elif step in ("in", "out"):
        move = reward.Move(quantity=number if step == "in" else -number, reason="进出")
        reward.move_stock(session, village.clerk, reward_id=goods.id, wanted=move, **desk)
    elif step == "count":
        count(session, village, open_, key, (goods, number))
    elif step == "close":
        close(session, village, open_, key, reason="数的")
    elif taken:
        which = {"redemption_id": taken[number % len(taken)], **desk}
        reason = {"reason": "错了"} if step == "undo_fulfil" else {}
        getattr(redemption, step)(session, village.actor("counter"), **which, **reason)
