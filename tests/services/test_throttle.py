"""Tries are counted before the secret is looked at: exactly so many, however many come at once."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest
from sqlalchemy.orm import Session

from tests.factories import NOW, Made
from villagepoints.domain.errors import TooManyTries
from villagepoints.services import throttle

PAUSE = timedelta(minutes=15)


def test_the_tries_left_are_told_and_then_a_pause(session: Session, village: Made) -> None:
    assert [throttle.claim(session, village.id, "x", 3, PAUSE, NOW) for _ in range(3)] == [2, 1, 0]
    with pytest.raises(TooManyTries) as refused:
        throttle.claim(session, village.id, "x", 3, PAUSE, NOW + timedelta(minutes=5))
    assert refused.value.values == {"minutes": 10}


def test_tries_refused_during_the_pause_do_not_lengthen_it(session: Session, village: Made) -> None:
    for _ in range(3):
        throttle.claim(session, village.id, "x", 3, PAUSE, NOW)
    with pytest.raises(TooManyTries):
        throttle.claim(session, village.id, "x", 3, PAUSE, NOW + timedelta(minutes=14))
    assert throttle.claim(session, village.id, "x", 3, PAUSE, NOW + PAUSE) == 2


def test_the_right_secret_clears_the_count_and_other_subjects_have_their_own(session: Session, village: Made) -> None:
    for _ in range(3):
        throttle.claim(session, village.id, "x", 3, PAUSE, NOW)
    assert throttle.claim(session, village.id, "y", 3, PAUSE, NOW) == 2
    throttle.forget(session, village.id, "x")
    assert throttle.claim(session, village.id, "x", 3, PAUSE, NOW) == 2


def test_of_twenty_at_once_exactly_five_come_through(sessions: Callable[[], Session], village: Made) -> None:
    barrier = Barrier(20)

    def attempt() -> bool:
        with sessions() as own:
            barrier.wait()
            try:
                throttle.claim(own, village.id, "pin", 5, PAUSE, NOW)
            except TooManyTries:
                return False
            return True

    with ThreadPoolExecutor(20) as pool:
        assert sum(pool.map(lambda _n: attempt(), range(20))) == 5
