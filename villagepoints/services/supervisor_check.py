"""Whether the terms of the supervision group are those that the activity trail gave, for verify."""

from collections.abc import Iterator
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from villagepoints.models import Activity, Supervisor, User

APPOINTED, ENDED = "supervisor.appointed", "supervisor.ended"


def wrong_terms(session: Session, village_id: UUID) -> Iterator[str]:
    """A sentence for each term that was not recorded as it stands, or ended otherwise; and for each that is gone.

    Whoever made a member of somebody in the database alone would have a second signature.
    """
    acts = session.scalars(
        select(Activity).where(Activity.village_id == village_id, Activity.action.in_((APPOINTED, ENDED)))
    ).all()
    recorded = {(act.subject, act.detail["from"]): act.detail for act in acts if act.action == APPOINTED}
    ended = {(act.subject, act.detail["day"]) for act in acts if act.action == ENDED}
    left = set(ended)
    rows = session.execute(
        select(Supervisor, User.name)
        .join(User, (User.village_id == Supervisor.village_id) & (User.id == Supervisor.user_id))
        .where(Supervisor.village_id == village_id)
        .order_by(Supervisor.appointed_at, Supervisor.id)
    )
    for term, name in rows:
        said = recorded.pop((term.user_id, term.from_on.isoformat()), None)
        home = str(term.household_id)
        if said is None or (said["until"], said.get("household", home)) != (term.until_on.isoformat(), home):
            yield f"监督小组里 {name} 的任期或者人家，和操作记录里登记的不一样。"
        end = (term.user_id, term.ended_on.isoformat()) if term.ended_on else None
        left.discard(end or (None, ""))
        if end is not None and end not in ended:
            yield f"监督小组里 {name} 离任了，操作记录里没有。"
    if recorded:
        yield f"操作记录里登记过的监督小组任期，有 {len(recorded)} 个不见了。"
    if left:
        yield f"操作记录里离任的监督小组成员，有 {len(left)} 个又在任期里了。"
