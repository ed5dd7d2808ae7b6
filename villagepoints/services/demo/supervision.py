"""The demo village's committee, and the three villagers who supervise its points."""

from datetime import date, datetime, timedelta
from uuid import UUID

from sqlalchemy.orm import Session

from villagepoints.domain.actor import SUPERVISOR, Actor
from villagepoints.domain.deliberation import REPRESENTATIVES
from villagepoints.models import CommitteeMember, CommitteeRelative, Supervisor
from villagepoints.models.base import new_id
from villagepoints.services import activity
from villagepoints.services.demo.people import SHOWCASE, DemoHousehold
from villagepoints.services.demo.staff import STAFF

TERM = 3  # years, as the villagers' representatives of the demo village decided
DOCUMENT = "村民代表会议决议 第 3 号"
# name, position, number in the village's list of their household, of a grown child's household
COMMITTEE = (
    ("盛国梁", "村支部书记", 900, 905),
    ("金卫东", "村委会主任", 910, None),
    ("陈雪芳", "村委会委员", 840, 845),
)


def write_committee(
    session: Session, actor: Actor, rows: list[DemoHousehold], ids: dict[str, UUID], now: datetime
) -> None:
    """Write the committee's members and where their grown children live, inside the caller's transaction."""
    homes, since = _homes(rows, ids), _since(now)
    acts = []
    for name, position, own, child in COMMITTEE:
        member = CommitteeMember(
            village_id=actor.village_id,
            id=new_id(),
            name=name,
            position=position,
            household_id=homes[own],
            since_on=since,
            recorded_at=now,
        )
        session.add(member)
        session.flush()
        if child is not None:
            session.add(
                CommitteeRelative(
                    village_id=actor.village_id,
                    member_id=member.id,
                    household_id=homes[child],
                    relation="child",
                    declared_at=now,
                )
            )
        acts.append((member.id, {"name": name, "position": position}))
    activity.record_all(session, actor, "committee.recorded", now, acts)


def write_supervisors(
    session: Session,
    actor: Actor,
    rows: list[DemoHousehold],
    ids: dict[str, UUID],
    users: dict[str, UUID],
    now: datetime,
) -> None:
    """Write the terms of the three supervisors, inside the caller's transaction."""
    homes, since = _homes(rows, ids), _since(now)
    until = since.replace(year=since.year + TERM) - timedelta(days=1)
    acts = []
    for name, own in ((name, own) for _, name, roles, own in STAFF if SUPERVISOR in roles and own is not None):
        session.add(
            Supervisor(
                village_id=actor.village_id,
                user_id=users[name],
                household_id=homes[own],
                from_on=since,
                until_on=until,
                assembly=REPRESENTATIVES,
                document=DOCUMENT,
                appointed_at=now,
            )
        )
        acts.append((users[name], {"from": since.isoformat(), "until": until.isoformat(), "document": DOCUMENT}))
    activity.record_all(session, actor, "supervisor.appointed", now, acts)


def _homes(rows: list[DemoHousehold], ids: dict[str, UUID]) -> list[UUID]:
    return [ids[row.number] for row in rows if row.number != SHOWCASE]


def _since(now: datetime) -> date:
    return date(now.year - 1, 1, 1)
