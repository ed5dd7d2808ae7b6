"""The demo village's neighbourhood committees: one to an estate, a closed joint session and one in preparation."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy.orm import Session

from villagepoints.domain import joint_session as rules
from villagepoints.domain.actor import Actor
from villagepoints.domain.calendar import village_date
from villagepoints.domain.joint_session import Quarter
from villagepoints.models import JointItem, JointSession, Neighbourhood, NeighbourhoodMember
from villagepoints.models.base import new_id
from villagepoints.services import joint_session, neighbourhood
from villagepoints.services.demo import words
from villagepoints.services.demo.people import DemoHousehold
from villagepoints.services.joint_session import Minutes, Said

ALONE = 2  # the point about somebody old who lives alone


def write(
    session: Session,
    village_id: UUID,
    rows: Sequence[DemoHousehold],
    ids: Mapping[str, UUID],
    users: Mapping[str, UUID],
    now: datetime,
) -> None:
    """Write all of it, inside the caller's transaction; the households of one house are left to be given away."""
    clerk = Actor(village_id, user_id=users[words.CLERKS[0]])
    for estate, (name, contact, phone) in words.COMMITTEES.items():
        committee = Neighbourhood(village_id=village_id, id=new_id(), name=name, contact_name=contact)
        committee.contact_phone = phone
        session.add(committee)
        session.flush()
        homes = [row for row in rows if row.address.startswith(estate) and not row.address.startswith(words.UNGIVEN)]
        neighbourhood.assign_in(session, clerk, {ids[row.number]: None for row in homes}, committee.id, now)
        if name in users:
            key = {"village_id": village_id, "user_id": users[name], "neighbourhood_id": committee.id}
            session.add(NeighbourhoodMember(**key))
            talks = committee.id, [ids[row.number] for row in sorted(homes, key=lambda row: not row.elderly)]
    _sessions(session, clerk, *talks, now)


def _sessions(session: Session, clerk: Actor, neighbourhood_id: UUID, homes: Sequence[UUID], now: datetime) -> None:
    quarter = Quarter.of(village_date(now)).before
    held = now - (village_date(now) - quarter.last) - timedelta(days=10)
    row = JointSession(village_id=clerk.village_id, neighbourhood_id=neighbourhood_id, quarter=str(quarter))
    row.opened_by, row.opened_at = clerk.user_id, held - timedelta(days=7)
    session.add(row)
    session.flush()
    said = {}
    for line, (subject, agreed, owner, days) in enumerate(words.TALKED_OVER, start=1):
        key = {"village_id": clerk.village_id, "joint_session_id": row.id, "line": line, "position": line}
        session.add(
            JointItem(**key, subject=subject, household_id=homes[-line if line != ALONE else 0], added_by=clerk.user_id)
        )
        said[line] = Said(agreed, owner, village_date(held) + timedelta(days=days))
    session.flush()
    came = {"attended_village": words.CAME_VILLAGE, "attended_committee": words.CAME_COMMITTEE}
    written = Minutes(held_on=village_date(held), place=words.MET_AT, minutes=words.MINUTES, said=said, **came)
    joint_session.close_in(session, clerk, row, written, held)
    for line in range(1, len(words.TALKED_OVER)):  # the last one goes on
        item = session.get_one(JointItem, (clerk.village_id, row.id, line))
        item.status, item.settled_by, item.settled_at = rules.DONE, clerk.user_id, held + timedelta(days=20)
    session.flush()
    joint_session.open_in(session, clerk, neighbourhood_id, Quarter.of(village_date(now)), now)
