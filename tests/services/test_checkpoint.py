"""Checkpoints between seals: one a day, only where something moved, each in the trail that the next seal covers."""

from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from tests.factories import NOW, Made, make_household
from tests.services.test_posting import problems, record
from villagepoints.models import Activity, Checkpoint, CheckpointHead
from villagepoints.services import checkpoint
from villagepoints.services.paging import Wanted

DAY = timedelta(days=1)


def test_one_a_day_and_only_if_something_moved(session: Session, village: Made) -> None:
    job = village.clerk
    record(session, village, "a")
    assert checkpoint.take(session, job, now=NOW) == 1
    record(session, village, "b")
    assert checkpoint.take(session, job, now=NOW + timedelta(hours=1)) is None  # the day has one
    assert checkpoint.take(session, job, now=NOW + DAY) == 2
    assert checkpoint.take(session, job, now=NOW + 2 * DAY) is None  # nothing but its own act in the trail
    make_household(session, village.id, "004")
    assert checkpoint.take(session, job, now=NOW + 3 * DAY) == 3
    rows = session.execute(select(CheckpointHead.number, CheckpointHead.seq).order_by(CheckpointHead.number)).all()
    assert sorted(rows) == [(1, 0), (1, 0), (1, 1), (2, 2), (3, 0)]
    assert problems(session, village) == []


def test_its_root_stands_in_the_trail_and_the_next_names_it(session: Session, village: Made) -> None:
    checkpoint.take(session, village.clerk, now=NOW)
    record(session, village, "a")
    checkpoint.take(session, village.clerk, now=NOW + DAY)
    first, second = session.scalars(select(Checkpoint).order_by(Checkpoint.number)).all()
    told = session.scalars(select(Activity.detail).where(Activity.action == checkpoint.TAKEN)).all()
    assert [one["root"] for one in told] == [first.root.hex(), second.root.hex()]
    assert second.previous_root == first.root
    assert [row.number for row in checkpoint.listed(session, village.id, Wanted(size=1)).rows] == [2]
