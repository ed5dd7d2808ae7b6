"""Tries at a secret, counted before the secret is looked at, so that many at once cannot slip through together."""

from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import ColumnElement, case, delete, or_
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from villagepoints.domain.errors import N_, TooManyTries
from villagepoints.models import Attempt
from villagepoints.services.transaction import transaction


@transaction
def claim(session: Session, village_id: UUID, subject: str, limit: int, pause: timedelta, now: datetime) -> int:
    """Count one try against `subject` and return how many are left after it.

    A transaction of its own: the try stays counted whatever the secret turns out to be. The pause runs from the last
    counted try; tries refused during it do not lengthen it. Raises TooManyTries with the minutes to wait.
    """
    insert = sqlite.insert if session.get_bind().dialect.name == "sqlite" else postgresql.insert
    over: ColumnElement[bool] = Attempt.until_at <= now
    statement = (
        insert(Attempt)
        .values(village_id=village_id, subject=subject, count=1, until_at=now + pause)
        .on_conflict_do_update(
            index_elements=["village_id", "subject"],
            set_={"count": case((over, 1), else_=Attempt.count + 1), "until_at": now + pause},
            where=or_(over, Attempt.count < limit),
        )
        .returning(Attempt.count)
    )
    count = session.execute(statement).scalar_one_or_none()
    if count is None:
        raise TooManyTries(
            N_("试错的次数太多了，请过 %(minutes)s 分钟再试。"),
            minutes=_minutes_left(session, village_id, subject, now),
        )
    return limit - count


@transaction
def forget(session: Session, village_id: UUID, subject: str) -> None:
    """Forget the tries against `subject`: the right secret came."""
    session.execute(delete(Attempt).where(Attempt.village_id == village_id, Attempt.subject == subject))


def _minutes_left(session: Session, village_id: UUID, subject: str, now: datetime) -> int:
    attempt = session.get(Attempt, (village_id, subject))
    if attempt is None:
        return 1
    return max(1, -int((now - attempt.until_at).total_seconds() // 60))
