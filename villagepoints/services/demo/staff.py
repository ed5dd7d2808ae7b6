"""The people who work with the demo village's books; they sign in by one-time links, none has a password."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import insert
from sqlalchemy.orm import Session

from villagepoints.domain.actor import (
    ADMIN,
    CLERK,
    COUNTER,
    GRID_WORKER,
    NEIGHBOURHOOD,
    REVIEWER,
    SUPERVISOR,
    TOWN,
    Actor,
)
from villagepoints.models import User
from villagepoints.models.base import new_id
from villagepoints.services import activity
from villagepoints.services.demo.people import SHOWCASE, DemoHousehold

DESK = "yu"  # who signs in by the link that `make run` prints
ACCOUNTS = "lin"  # and who keeps the accounts

# login name, name, roles, number in the village's list of their own household (None: lives elsewhere)
STAFF = (
    (DESK, "俞文书", (CLERK, REVIEWER, COUNTER), 40),
    (ACCOUNTS, "林管理", (ADMIN,), None),
    ("shen", "沈管理", (ADMIN,), None),
    ("zhang", "张文书", (CLERK, REVIEWER), 140),
    ("chen", "陈委员", (REVIEWER,), 840),
    ("gu", "顾网格员", (GRID_WORKER,), 240),
    ("li", "李网格员", (GRID_WORKER,), 340),
    ("lu", "陆掌柜", (COUNTER,), 440),
    ("jiandu1", "监督组 沈", (SUPERVISOR,), 540),
    ("jiandu2", "监督组 盛", (SUPERVISOR,), 640),
    ("jiandu3", "监督组 金", (SUPERVISOR,), 740),
    ("juwei", "新枫居委会", (NEIGHBOURHOOD,), None),
    ("zhen", "镇农办", (TOWN,), None),
)


def write(
    session: Session, actor: Actor, rows: list[DemoHousehold], ids: dict[str, UUID], now: datetime
) -> dict[str, UUID]:
    """Write the accounts, inside the caller's transaction; their ids by name."""
    numbers = [row.number for row in rows if row.number != SHOWCASE]
    user_ids = {name: new_id() for _, name, _, _ in STAFF}
    users = [
        {
            "village_id": actor.village_id,
            "id": user_ids[name],
            "login_name": login_name,
            "name": name,
            "roles": list(roles),
            "household_id": None if own is None else ids[numbers[own]],
            "created_at": now,
        }
        for login_name, name, roles, own in STAFF
    ]
    session.execute(insert(User), users)
    acts = [(user_ids[name], {"login_name": login_name, "roles": list(roles)}) for login_name, name, roles, _ in STAFF]
    activity.record_all(session, actor, "user.added", now, acts)
    return user_ids
