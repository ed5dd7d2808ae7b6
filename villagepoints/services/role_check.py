"""Whether everybody of the staff holds the roles that the activity trail gave them, for verify."""

from collections.abc import Iterator
from uuid import UUID

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from villagepoints.models import Activity, RoleChange, User

GIVEN = {"user.added": "roles", "user.roles_changed": "after", "user.opened": "roles"}  # act: where it says the roles


def wrong_roles(session: Session, village_id: UUID) -> Iterator[str]:
    """A sentence for each account with other roles than it was given last, and for roles that one person gave alone."""
    acts = session.execute(
        select(Activity.subject, Activity.action, Activity.detail)
        .where(Activity.village_id == village_id, Activity.action.in_(GIVEN))
        .order_by(Activity.seq)
    )
    given = {subject: detail[GIVEN[action]] for subject, action, detail in acts if GIVEN[action] in detail}
    for user in session.scalars(select(User).where(User.village_id == village_id)):
        if user.id in given and sorted(user.roles) != sorted(given[user.id]):
            yield f"账号「{user.login_name}」的角色和操作记录里最后给的不一样。"
    alone = or_(RoleChange.decided_by == RoleChange.asked_by, RoleChange.decided_by == RoleChange.user_id)
    agreed = (RoleChange.village_id == village_id, RoleChange.status == "agreed")
    for _change in session.scalars(select(RoleChange.id).where(*agreed, alone)):
        yield "有一次给角色，提的人或者本人自己同意了。"
