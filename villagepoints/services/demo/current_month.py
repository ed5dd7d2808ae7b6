"""Writes what waits in the demo village's current month, and the committee's notices."""

from datetime import date, datetime, time
from uuid import UUID

from sqlalchemy import insert
from sqlalchemy.orm import Session

from villagepoints.domain.calendar import SHANGHAI
from villagepoints.domain.service_request import ANSWERED, OPEN
from villagepoints.models import Claim, Finding, News, Review, ServiceRequest
from villagepoints.models.base import new_id
from villagepoints.services import rulebook
from villagepoints.services.demo import objection, waiting
from villagepoints.services.demo.people import SHOWCASE, DemoHousehold

NEWS = (
    (
        "本月积分兑换",
        "每天上午 8:30 到 11:00，下午 1:30 到 4:00，村委会一楼积分超市。行动不方便的可以请人代办，或打文书电话。",
    ),
    ("新增两项加分", "民间纠纷调解成功、公益示范行为已经写进办法，详细标准见「积分办法」。"),
    ("垃圾分类投放时间", "早上 6:30 到 8:30，傍晚 5:30 到 7:30，请按时投放到点位。"),
)


def write(
    session: Session,
    village_id: UUID,
    rows: list[DemoHousehold],
    ids: dict[str, UUID],
    users: dict[str, UUID],
    today: date,
    now: datetime,
) -> None:
    """Findings, claims, reviews and requests that wait, and notices; no points move."""
    version = rulebook.in_force(session, village_id, today).version
    findings = [
        {
            "village_id": village_id,
            "household_id": ids[row.household],
            "rulebook_version": version,
            "item_code": row.item,
            "found_on": row.found_on,
            "note": row.note,
            "status": row.status,
            "rectify_by": row.rectify_by,
            "counts_on": row.rectify_by or row.found_on,
            "recorded_by": users[row.recorder],
            "recorded_at": _at(row.found_on, now),
            "settled_on": row.settled_on,
            "settled_by": users[row.recorder] if row.settled_on else None,
            "settled_note": "已经改好" if row.settled_on else "",
        }
        for row in waiting.findings(rows, today)
    ]
    session.execute(insert(Finding), findings)
    _write_claims(session, village_id, version, waiting.claims(rows, today), ids, users, now)
    first = today.replace(day=1)
    news = [{"village_id": village_id, "title": title, "body": body, "shown_on": first} for title, body in NEWS]
    session.execute(insert(News), news)
    objection.write(session, village_id, ids[SHOWCASE], today, now)
    _write_requests(session, village_id, waiting.requests(rows, today), ids, users, now)


def _write_claims(
    session: Session,
    village_id: UUID,
    version: int,
    rows: list[waiting.WaitingClaim],
    ids: dict[str, UUID],
    users: dict[str, UUID],
    now: datetime,
) -> None:
    claim_ids = [new_id() for _ in rows]
    claims = [
        {
            "village_id": village_id,
            "id": claim_id,
            "household_id": ids[row.household],
            "rulebook_version": version,
            "item_code": row.item,
            "grade": row.grade or None,
            "quantity": row.quantity,
            "points": row.points,
            "occasion": row.occasion,
            "document": row.document,
            "note": row.note,
            "occurred_on": row.occurred_on,
            "claimed_at": _at(row.occurred_on, now),
            "recorded_by": users[row.recorder] if row.recorder else None,
        }
        for claim_id, row in zip(claim_ids, rows, strict=True)
    ]
    session.execute(insert(Claim), claims)
    reviews = [
        {
            "village_id": village_id,
            "claim_id": claim_id,
            "line": 1,
            "reviewer_id": users[row.reviewer],
            "decision": "approved",
            "reason": "材料齐全",
            "decided_at": now,
        }
        for claim_id, row in zip(claim_ids, rows, strict=True)
        if row.reviewer
    ]
    session.execute(insert(Review), reviews)


def _write_requests(
    session: Session,
    village_id: UUID,
    rows: list[waiting.Asked],
    ids: dict[str, UUID],
    users: dict[str, UUID],
    now: datetime,
) -> None:
    requests = [
        {
            "village_id": village_id,
            "number": number,
            "household_id": ids[row.household],
            "kind": row.kind,
            "words": row.words,
            "filed_on": row.filed_on,
            "filed_at": _at(row.filed_on, now),
            "filed_by": users.get(row.writer),
            "status": ANSWERED if row.answer else OPEN,
            "answer": row.answer,
            "answered_by": users.get(row.answerer),
            "answered_on": row.answered_on,
            "answered_at": _at(row.answered_on, now) if row.answered_on else None,
        }
        for number, row in enumerate(rows, 1)
    ]
    session.execute(insert(ServiceRequest), requests)


def _at(day: date, now: datetime) -> datetime:
    """Ten in the morning of a village date, but not after the present."""
    return min(datetime.combine(day, time(10), SHANGHAI), now)
