"""What waits at the desk, counted in one statement for every page's navigation."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, func, select
from sqlalchemy.orm import Session

from villagepoints.domain import claim, redemption
from villagepoints.domain.calendar import Month
from villagepoints.models import Claim, Finding, MonthClose, Notice, Objection, Redemption, RedLineCase, Reward, Village

Countable = (
    type[Claim] | type[Redemption] | type[Finding] | type[Reward] | type[Notice] | type[Objection] | type[RedLineCase]
)
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
    to_publish: int  # approved claims that stand on no notice yet
    notices_open: int
    notices_due: int  # whose publicity is over
    objections: int
    objections_due: int  # beyond the target or on its last day
    objections_late: int  # beyond the limit
    red_lines: int
    month_closed: str | None  # the last month whose base was closed

    @property
    def notices(self) -> int:
        """What somebody must do about notices: publish or post."""
        return self.to_publish + self.notices_due

    @property
    def public(self) -> int:
        """The same with the objections to be answered."""
        return self.notices + self.objections


def count(session: Session, village_id: UUID, today: date) -> Waiting:
    """The counts as of a village date; one statement of indexed counts."""
    month = Month.of(today)
    found = (Finding.found_on.between(month.first, month.last), Finding.status.in_(("persuaded", "counted")))
    due = (Finding.status == "persuaded", Finding.rectify_by <= today)
    reserved = Redemption.status == redemption.RESERVED
    waiting = Claim.status == claim.WAITING

    def count_of(model: Countable, *conditions: ColumnElement[bool]) -> ColumnElement[int]:
        here = model.village_id == village_id
        return select(func.count()).select_from(model).where(here, *conditions).scalar_subquery()

    counts: Select[*tuple[Any, ...]] = select(
        Village.code,
        Village.name,
        count_of(Claim, waiting),
        select(func.min(Claim.claimed_at)).where(Claim.village_id == village_id, waiting).scalar_subquery(),
        count_of(Redemption, reserved),
        count_of(Redemption, reserved, Redemption.collect_by <= today + SOON),
        count_of(Finding, *found),
        count_of(Finding, *due),
        count_of(Reward, Reward.is_active.is_(True), Reward.stock <= Reward.low_stock),
        count_of(Claim, Claim.status == claim.APPROVED, Claim.notice_id.is_(None)),
        count_of(Notice, Notice.status == "open"),
        count_of(Notice, Notice.status == "open", Notice.closes_on < today),
        count_of(Objection, Objection.status == "open"),
        count_of(Objection, Objection.status == "open", Objection.due_on <= today),
        count_of(Objection, Objection.status == "open", Objection.limit_on < today),
        count_of(RedLineCase, RedLineCase.status == "waiting"),
        select(func.max(MonthClose.month))
        .where(MonthClose.village_id == village_id, MonthClose.status == "closed")
        .scalar_subquery(),
    )
    return Waiting(*session.execute(counts.where(Village.id == village_id)).one())
