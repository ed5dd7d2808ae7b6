"""Hold closed joint sessions against the trail: what was agreed is what the trail says was agreed."""

from collections.abc import Iterator
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from villagepoints.domain import joint_session as rules
from villagepoints.models import Activity, JointItem, JointSession


def wrong_sessions(session: Session, village_id: UUID) -> Iterator[str]:
    """What is wrong with every closed session whose minutes are not those that were closed."""
    closings = session.execute(
        select(Activity.subject, Activity.detail).where(
            Activity.village_id == village_id, Activity.action == "joint.closed"
        )
    )
    kept = {subject: detail.get("minutes_sha256") for subject, detail in closings}
    lines: dict[UUID, list[JointItem]] = {}
    for item in session.scalars(
        select(JointItem).where(JointItem.village_id == village_id).order_by(JointItem.joint_session_id, JointItem.line)
    ):
        lines.setdefault(item.joint_session_id, []).append(item)
    closed = select(JointSession).where(JointSession.village_id == village_id, JointSession.status == rules.CLOSED)
    for row in session.scalars(closed.order_by(JointSession.quarter, JointSession.id)):
        if kept.get(row.id) != rules.minutes_hash(row, lines.get(row.id, [])):
            yield f"the minutes of the joint session of {row.quarter} are not those it was closed with"
