"""Writes the one objection that waits to be answered in the demo village."""

from datetime import date, datetime, timedelta
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from villagepoints.domain import finding
from villagepoints.domain import objection as rules
from villagepoints.domain.calendar import Month
from villagepoints.models import Finding, Objection
from villagepoints.services import rulebook, working_days

SAID = "那天刚下过雨，草是隔壁地里长过来的，我家第二天就拔了。"


def write(session: Session, village_id: UUID, household_id: UUID, today: date, now: datetime) -> None:
    """The household objects, by its phone and the day after, to what counts against it this month."""
    found = session.scalars(
        select(Finding)
        .where(
            Finding.village_id == village_id,
            Finding.household_id == household_id,
            Finding.status == finding.COUNTED,
            Finding.found_on >= Month.of(today).first,
        )
        .limit(1)
    ).one_or_none()
    if found is None:
        return
    filed_on = min(found.found_on + timedelta(days=1), today)
    book = rulebook.in_force(session, village_id, filed_on)
    due_on, limit_on = rules.answer_by(book, filed_on, working_days.exceptions(session, village_id))
    session.add(
        Objection(
            village_id=village_id,
            number=1,
            household_id=household_id,
            about_household_id=household_id,
            finding_id=found.id,
            via=rules.PHONE,
            words=SAID,
            filed_on=filed_on,
            filed_at=now,
            due_on=due_on,
            limit_on=limit_on,
        )
    )
    session.flush()
