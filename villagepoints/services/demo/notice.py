"""Writes the demo village's open notice and what waits for the next; approved, so that no points move yet."""

from datetime import datetime, timedelta
from random import Random
from uuid import UUID

from sqlalchemy import insert
from sqlalchemy.orm import Session

from villagepoints.domain import claim
from villagepoints.domain import notice as rules
from villagepoints.domain.actor import Actor
from villagepoints.domain.calendar import village_date
from villagepoints.models import Claim, Notice, Review
from villagepoints.models.base import new_id
from villagepoints.services import activity, rulebook
from villagepoints.services.demo import staff, words
from villagepoints.services.demo.people import SHOWCASE, DemoHousehold

SEED = 28
ON_NOTICE, READY = 9, 3
STANDS_FOR = timedelta(days=2)

# item, grade, quantity, points, note, document
DEEDS = (
    ("D1", "", 2, 10, "绿化养护志愿服务2小时", ""),
    ("C4", "", 1, 5, "上报井盖松动隐患", ""),
    ("D4", "帮扶代办", 1, 10, "帮独居老人买米", "邻居的说明"),
    ("D3", "调解人", 1, 30, "邻里纠纷调解成功（调解人）", "调解协议书"),
    ("B6", "", 1, -50, "聚众赌博，派出所书面认定", "派出所认定书"),
    ("D4", "义务维修", 1, 20, "义务修理路边护栏", "小组长的说明"),
)


def write(
    session: Session,
    village_id: UUID,
    rows: list[DemoHousehold],
    ids: dict[str, UUID],
    users: dict[str, UUID],
    now: datetime,
) -> None:
    """One notice, two days old, and a few approved claims that stand on none yet; the shown household's comes first."""
    opened_at = now - STANDS_FOR
    opened_on = village_date(opened_at)
    book = rulebook.in_force(session, village_id, opened_on)
    opened = Notice(
        village_id=village_id,
        number=1,
        opened_on=opened_on,
        closes_on=rules.closes_on(book, opened_on),
        opened_by=users[words.CLERKS[0]],
        opened_at=opened_at,
    )
    session.add(opened)
    session.flush()
    claims = [
        {
            "village_id": village_id,
            "id": new_id(),
            "household_id": ids[number],
            "rulebook_version": book.version,
            "item_code": item,
            "grade": grade or None,
            "quantity": quantity,
            "points": points,
            "document": document,
            "note": note,
            "occurred_on": opened_on - timedelta(days=4),
            "claimed_at": opened_at - timedelta(days=3),
            "recorded_by": users[words.GRID_WORKERS[place % 2]],
            "status": claim.APPROVED,
            "notice_id": opened.id if place < ON_NOTICE else None,
        }
        for place, number in enumerate(_households(rows))
        for item, grade, quantity, points, note, document in [DEEDS[place % len(DEEDS)]]
    ]
    session.execute(insert(Claim), claims)
    approval = {
        "village_id": village_id,
        "line": 1,
        "reviewer_id": users[words.CLERKS[1]],
        "decision": claim.APPROVED,
        "reason": "材料齐全",
        "decided_at": opened_at,
    }
    session.execute(insert(Review), [{**approval, "claim_id": row["id"]} for row in claims])
    told = {"number": 1, "closes_on": opened.closes_on.isoformat(), "items": ON_NOTICE}
    actor = Actor(village_id, user_id=opened.opened_by)
    activity.record(session, actor, "notice.published", opened_at, subject=opened.id, detail=told)


def _households(rows: list[DemoHousehold]) -> list[str]:
    """Whose deeds they are: the shown household's, and others in which none of the staff lives."""
    others = [row.number for row in rows if row.number != SHOWCASE]
    of_staff = {others[own] for _, _, _, own in staff.STAFF if own is not None}
    free = [number for number in others if number not in of_staff]
    return [SHOWCASE, *Random(SEED).sample(free, ON_NOTICE + READY - 1)]
