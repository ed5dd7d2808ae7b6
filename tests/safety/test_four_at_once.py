"""The same request four times at the same moment, as a bad line sends it: done once, answered four times."""

import threading
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from tests.factories import NOW, TODAY, Made, make_reward
from tests.safety import shop
from tests.safety.books import problems
from villagepoints.domain.errors import DomainError, KeyReused
from villagepoints.models import LedgerEntry, Redemption, RequestKey
from villagepoints.services import posting
from villagepoints.services.redemption import reserve

Sessions = Callable[[], Session]
Request = Callable[[Session, str], Any]
ROUNDS = 20


def four_times(sessions: Sessions, keys: list[str], request: Request) -> list[list[Any]]:
    """Each key's request four times at once; what was answered, or the refusal."""
    answers: list[list[Any]] = [[] for _ in keys]
    barrier = threading.Barrier(4)

    def work() -> None:
        with sessions() as session:
            for key, given in zip(keys, answers, strict=True):
                barrier.wait()
                try:
                    given.append(request(session, key))
                except DomainError as refusal:
                    session.rollback()
                    given.append(refusal.sentence)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return answers


def test_a_redemption_sent_four_times_is_one(sessions: Sessions, session: Session, village: Made) -> None:
    """The points are exactly enough: a repeat that were not recognised would be told 积分不够."""
    reward = make_reward(session, village.id, points=10, stock=100)
    shop.give(session, village.id, village.household.id, ROUNDS * 10)
    phone, household_id = village.villager(), village.household.id

    def request(own: Session, key: str) -> Any:
        return reserve(own, phone, household_id=household_id, lines=[(reward.id, 1)], key=key, now=datetime.now(UTC))

    answers = four_times(sessions, [str(uuid4()) for _ in range(ROUNDS)], request)
    assert [len(set(given)) for given in answers] == [1] * ROUNDS, "20 done and 60 repeats with the same answer"
    assert len({given[0].redemption_id for given in answers}) == ROUNDS
    assert problems(session, village.id, {reward.id: 100}) == []
    assert session.scalar(select(func.count()).select_from(Redemption)) == ROUNDS


def test_an_entry_sent_four_times_is_one(sessions: Sessions, session: Session, village: Made) -> None:
    wanted = posting.Item(code="D4", grade="帮扶代办", occurred_on=TODAY)

    def request(own: Session, key: str) -> Any:
        return posting.record(own, village.clerk, key=key, household_id=village.household.id, wanted=wanted, now=NOW)

    answers = four_times(sessions, [str(uuid4()) for _ in range(ROUNDS)], request)
    assert [len(set(given)) for given in answers] == [1] * ROUNDS
    assert {given[0] for given in answers} == {posting.Posted(n, 10, 10 * n) for n in range(1, ROUNDS + 1)}
    assert problems(session, village.id) == []


def test_the_same_key_with_another_request_is_refused(session: Session, village: Made) -> None:
    reward = make_reward(session, village.id, points=10, stock=100)
    shop.give(session, village.id, village.household.id, 1000)
    phone, key = village.villager(), str(uuid4())
    once = {"household_id": village.household.id, "key": key, "now": NOW}
    reserve(session, phone, lines=[(reward.id, 1)], **once)
    with pytest.raises(KeyReused):
        reserve(session, phone, lines=[(reward.id, 2)], **once)
    assert problems(session, village.id, {reward.id: 100}) == []


def test_looking_a_key_up_before_claiming_it_is_caught(sessions: Sessions, session: Session, village: Made) -> None:
    """The planted bug: whoever finds no answer yet does the work again, so repeats differ from the first answer."""
    reward = make_reward(session, village.id, points=10, stock=100)
    shop.give(session, village.id, village.household.id, ROUNDS * 10)

    def request(own: Session, key: str) -> Any:
        known = own.scalar(select(RequestKey.answer).where(RequestKey.village_id == village.id, RequestKey.key == key))
        own.rollback()
        return known or shop.sell(own, village.id, village.household.id, reward.id)

    answers = four_times(sessions, [str(uuid4()) for _ in range(ROUNDS)], request)
    assert any(len(set(given)) > 1 for given in answers)
    assert (session.scalar(select(func.count()).select_from(LedgerEntry)) or 0) == ROUNDS + 1, "all points are gone"
