"""Two activities of the demo village: one that is over and waits to be closed, one that is still to come."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, time, timedelta
from uuid import UUID

from sqlalchemy.orm import Session

from villagepoints.domain import gathering as rules
from villagepoints.domain.calendar import village_date
from villagepoints.domain.card import token_sha256
from villagepoints.models import Attendance, Gathering
from villagepoints.models.base import new_id
from villagepoints.services.demo import words
from villagepoints.services.demo.people import DemoHousehold

THERE = 6  # people who came to the one that is over
# title, item, place, days from today, from, to
PLANS = (
    ("河道保洁", "D1", "盛新桥东头", -6, time(8, 30), time(10, 30)),
    ("村民议事会", "D2", "村委会二楼会议室", 4, time(14, 0), time(15, 30)),
)


def write(
    session: Session,
    village_id: UUID,
    rows: Sequence[DemoHousehold],
    ids: Mapping[str, UUID],
    users: Mapping[str, UUID],
    card_key: bytes,
    now: datetime,
) -> None:
    """Write both, inside the caller's transaction."""
    past, _to_come = [_plan(session, village_id, plan, users, card_key, village_date(now), now) for plan in PLANS]
    session.flush()
    for place, row in enumerate(rows[:: len(rows) // THERE][:THERE]):
        session.add(
            Attendance(
                village_id=village_id,
                gathering_id=past.id,
                household_id=ids[row.number],
                person=row.members[0].name,
                checked_in_at=past.starts_at + timedelta(minutes=place - 4),
                checked_out_at=past.ends_at if place else None,  # the first forgot to check out
            )
        )
    session.flush()


def _plan(
    session: Session,
    village_id: UUID,
    plan: tuple[str, str, str, int, time, time],
    users: Mapping[str, UUID],
    card_key: bytes,
    today: date,
    now: datetime,
) -> Gathering:
    title, code, place, days, starts, ends = plan
    on, id_ = today + timedelta(days=days), new_id()
    row = Gathering(
        village_id=village_id,
        id=id_,
        title=title,
        item_code=code,
        place=place,
        starts_at=rules.instant(on, starts),
        ends_at=rules.instant(on, ends),
        token_sha256=token_sha256(rules.token_of(card_key, village_id, id_)),
        recorded_by=users[words.CLERKS[0]],
        recorded_at=now - timedelta(days=9),
    )
    session.add(row)
    return row
