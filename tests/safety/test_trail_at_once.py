"""Acts of several people at the same moment stand one after the other in the trail, and none is turned away."""

import threading
from collections.abc import Callable

from sqlalchemy import select
from sqlalchemy.orm import Session

from tests.factories import NOW, Made, make_household
from villagepoints.models import Activity
from villagepoints.services import card

PEOPLE, ROUNDS = 4, 8
KEY = bytes(range(32))


def test_cards_given_out_at_four_desks_at_once_are_all_given(
    sessions: Callable[[], Session], session: Session, village: Made
) -> None:
    homes = [make_household(session, village.id).id for _ in range(PEOPLE)]
    clerk, barrier, given = village.clerk, threading.Barrier(PEOPLE), []

    def work(person: int) -> None:
        with sessions() as own:
            for turn in range(ROUNDS):
                barrier.wait()
                try:
                    card.issue(own, clerk, household_id=homes[person], card_key=KEY, key=f"{person}-{turn}", now=NOW)
                    given.append((person, turn))
                except Exception as error:
                    own.rollback()
                    given.append(error)

    threads = [threading.Thread(target=work, args=(person,)) for person in range(PEOPLE)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [one for one in given if isinstance(one, Exception)] == []
    issued = session.scalars(select(Activity.seq).where(Activity.action == "card.issued").order_by(Activity.seq)).all()
    assert issued == list(range(issued[0], issued[0] + PEOPLE * ROUNDS))
