"""What waits at the desk, counted in one statement for every page's navigation."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from villagepoints.domain import claim, redemption
from villagepoints.domain.calendar import Month
from villagepoints.models import Claim, Finding, Redemption, Reward, Village

Countable = type[Claim] | type[Redemption] | type[Finding] | type[Reward]
SOON = timedelta(days=5)  # a redemption that runs out within these days


@dataclass(frozen=True, slots=True)
class Waiting:
    """The village's code and name, and how much waits in it."""

    code: str
    name: str
    claims: int
    oldest_claim_at: datetime | None
    redemptions: int
    redemptions_soon: int
    findings: int
    findings_due: int
    low_stock: int


def count(session: Session, village_id: UUID, today: date) -> Waiting:
    """The counts as of a village date; one statement of indexed counts."""
    month = Month.of(today)
    found = (Finding.found_on.between(month.first, month.last), Finding.status.in_(("persuaded", "counted")))
    due = (Finding.status == "persuaded", Finding.rectify_by < today)
    reserved = Redemption.status == redemption.RESERVED
    waiting = Claim.status == claim.WAITING

    def count_of(model: Countable, *conditions: ColumnElement[bool]) -> ColumnElement[int]:
        here = model.village_id == village_id
        return select(func.count()).select_from(model).where(here, *conditions).scalar_subquery()

    row = session.execute(
        select(
            Village.code,
            Village.name,
            count_of(Claim, waiting),
            select(func.min(Claim.claimed_at)).where(Claim.village_id == village_id, waiting).scalar_subquery(),
            count_of(Redemption, reserved),
            count_of(Redemption, reserved, Redemption.collect_by <= today + SOON),
            count_of(Finding, *found),
            count_of(Finding, *due),
            count_of(Reward, Reward.is_active.is_(True), Reward.stock <= Reward.low_stock),
        ).where(Village.id == village_id)
    ).one()
    return Waiting(*row)
