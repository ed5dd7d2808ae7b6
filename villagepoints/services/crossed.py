"""Who crossed a red line: confirmed cases by the day they happened, on which base, honours and welfare rest."""

from datetime import date
from uuid import UUID

from sqlalchemy import ColumnElement, and_, select
from sqlalchemy.orm import Session

from villagepoints.domain.red_line import CONFIRMED
from villagepoints.models import RedLineCase


def between(village_id: UUID, first: date, last: date) -> ColumnElement[bool]:
    """The condition that a case is confirmed and happened between two village dates."""
    return and_(
        RedLineCase.village_id == village_id,
        RedLineCase.status == CONFIRMED,
        RedLineCase.found_on.between(first, last),
    )


def households(session: Session, village_id: UUID, first: date, last: date) -> set[UUID]:
    """The households that crossed one; one statement."""
    return set(session.scalars(select(RedLineCase.household_id).where(between(village_id, first, last))))


def day_of(session: Session, village_id: UUID, household_id: UUID, first: date, last: date) -> date | None:
    """The day on which a household first crossed one, None where it did not; one statement."""
    own = select(RedLineCase.found_on).where(between(village_id, first, last), RedLineCase.household_id == household_id)
    return session.scalar(own.order_by(RedLineCase.found_on).limit(1))
