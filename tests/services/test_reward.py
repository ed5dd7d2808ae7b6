"""Goods come in and go out with a reason, and never below nothing."""

from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from tests import factories
from tests.factories import NOW, Made
from villagepoints.domain.errors import BadInput, Conflict, KeyReused, NotFound
from villagepoints.models import Reward, StockMove
from villagepoints.services import reward

OIL: dict[str, Any] = {
    "reward_id": None,
    "code": "R01",
    "name": "食用油 5L",
    "points": 200,
    "is_active": True,
    "low_stock": 5,
    "household_month_limit": None,
    "now": NOW,
}


def save(session: Session, village: Made, key: str, **changes: Any) -> UUID:
    return reward.save(session, village.clerk, key=key, **{**OIL, **changes})


def move(session: Session, village: Made, reward_id: UUID, quantity: int, key: str, reason: str = "进货") -> int:
    return reward.move_stock(
        session, village.clerk, reward_id=reward_id, quantity=quantity, reason=reason, key=key, now=NOW
    )


def test_goods_are_added_once_and_changed_later(session: Session, village: Made):
    oil = save(session, village, "k1")
    assert save(session, village, "k1") == oil
    save(session, village, "k2", reward_id=oil, points=180)
    assert [(r.name, r.points, r.stock) for r in reward.catalogue(session, village.id)] == [("食用油 5L", 180, 0)]
    with pytest.raises(KeyReused):
        save(session, village, "k2", points=1)


@pytest.mark.parametrize("bad", [{"points": 0}, {"points": -1}, {"name": " "}, {"code": ""}])
def test_goods_without_code_name_or_points_are_refused(session: Session, village: Made, bad: dict[str, Any]):
    with pytest.raises(BadInput):
        save(session, village, "k1", **bad)
    session.rollback()
    assert session.scalars(select(Reward)).all() == []


def test_a_code_is_taken_only_once(session: Session, village: Made):
    save(session, village, "k1")
    with pytest.raises(Conflict, match="R01"):
        save(session, village, "k2")


def test_stock_moves_with_a_reason_and_never_below_nothing(session: Session, village: Made):
    oil = save(session, village, "k1")
    assert move(session, village, oil, 10, "k2") == move(session, village, oil, 10, "k2") == 10
    with pytest.raises(Conflict, match="只有 10 件，不能出 11 件"):
        move(session, village, oil, -11, "k3")
    for quantity, reason in ((0, "x"), (1, "  ")):
        with pytest.raises(BadInput):
            move(session, village, oil, quantity, "k4", reason)
    assert move(session, village, oil, -3, "k5", "破损") == 7
    session.rollback()
    assert sum(session.scalars(select(StockMove.quantity))) == 7


def test_another_village_s_goods_are_not_there(session: Session, village: Made):
    oil = save(session, village, "k1")
    other = factories.make_village(session, "zz")
    with pytest.raises(NotFound):
        move(session, other, oil, 1, "k1")
