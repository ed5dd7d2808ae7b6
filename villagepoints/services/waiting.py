"""What waits at the desk, counted in one statement for every page's navigation."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import BindParameter, ColumnElement, Select, and_, bindparam, case, func, or_, select
from sqlalchemy.orm import Session

from villagepoints.domain import audit, claim, red_line, redemption, succession
from villagepoints.domain.calendar import SHANGHAI, Month, period
from villagepoints.domain.finding import COUNTED, PERSUADED
from villagepoints.domain.service_request import VISIT
from villagepoints.models import (
    AuditProblem,
    Claim,
    Finding,
    ImportSession,
    JointItem,
    MonthClose,
    Notice,
    Objection,
    Redemption,
    RedLineCase,
    Reward,
    RoleChange,
    ServiceRequest,
    StaffRule,
    Succession,
    Village,
)
from villagepoints.models.base import OfVillage

SOON = timedelta(days=5)  # a redemption that runs out within these days
ENDING = timedelta(days=1)  # a notice that closes today or tomorrow


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
    notices_due: int  # whose publicity is over
    objections: int
    objections_due: int  # beyond the target or on its last day
    objections_late: int  # beyond the limit
    red_lines: int
    requests: int  # what households told or asked and nobody has answered
    visits: int  # households that asked for somebody to come, elders before others
    notices_ending: int  # still open, but not for long
    joint: int  # agreed with a neighbourhood committee, and overdue
    imports: int  # files begun and not committed
    successions: int  # points that go over once a second person agrees
    roles: int  # that wait for another administrator
    unused_look: int  # 1 where nobody has looked through the unused accounts this quarter
    problems: int  # of audits, that somebody of the staff has to see to
    problems_late: int  # of them, beyond their day
    month_closed: str | None  # the last month whose base was closed

    @property
    def notices(self) -> int:
        """What somebody must do about notices: publish or post."""
        return self.to_publish + self.notices_due

    @property
    def accounts(self) -> int:
        """What an administrator must see to."""
        return self.roles + self.unused_look

    @property
    def public(self) -> int:
        """The same with the objections to be answered."""
        return self.notices + self.objections


_VILLAGE: BindParameter[UUID] = bindparam("of_village")
_TODAY: BindParameter[date] = bindparam("today")


def _count_of(model: type[OfVillage], *conditions: ColumnElement[bool]) -> ColumnElement[int]:
    return select(func.count()).select_from(model).where(model.village_id == _VILLAGE, *conditions).scalar_subquery()


def _look_is_due() -> ColumnElement[int]:
    """As `staff_rule.look_is_due` says it; here because every page of the desk asks one statement."""
    looked_on = select(StaffRule.looked_through_on).where(StaffRule.village_id == _VILLAGE).scalar_subquery()
    never = and_(looked_on.is_(None), Village.created_at < bindparam("quarter_at"))
    return case((or_(never, looked_on < bindparam("quarter_on")), 1), else_=0)


def _statement() -> Select[*tuple[Any, ...]]:
    waiting, reserved = Claim.status == claim.WAITING, Redemption.status == redemption.RESERVED
    this_month = Finding.found_on.between(bindparam("first"), bindparam("last"))
    is_open = Objection.status == "open"
    counts: Select[*tuple[Any, ...]] = select(
        Village.code,
        Village.name,
        _count_of(Claim, waiting),
        select(func.min(Claim.claimed_at)).where(Claim.village_id == _VILLAGE, waiting).scalar_subquery(),
        _count_of(Redemption, reserved),
        _count_of(Redemption, reserved, Redemption.collect_by <= bindparam("soon")),
        _count_of(Finding, this_month, Finding.status.in_((PERSUADED, COUNTED))),
        _count_of(Finding, Finding.status == PERSUADED, Finding.rectify_by <= _TODAY),
        _count_of(Reward, Reward.is_active.is_(True), Reward.stock <= Reward.low_stock),
        _count_of(Claim, Claim.status == claim.APPROVED, Claim.notice_id.is_(None)),
        _count_of(Notice, Notice.status == "open", Notice.closes_on < _TODAY),
        _count_of(Objection, is_open),
        _count_of(Objection, is_open, Objection.due_on <= _TODAY),
        _count_of(Objection, is_open, Objection.limit_on < _TODAY),
        _count_of(RedLineCase, RedLineCase.status == red_line.WAITING),
        _count_of(ServiceRequest, ServiceRequest.status == "open"),
        _count_of(ServiceRequest, ServiceRequest.status == "open", ServiceRequest.kind == VISIT),
        _count_of(Notice, Notice.status == "open", Notice.closes_on.between(_TODAY, bindparam("ending"))),
        _count_of(JointItem, JointItem.status == "open", JointItem.due_on < _TODAY),
        _count_of(ImportSession, ImportSession.status == "open"),
        _count_of(Succession, Succession.status == succession.WAITING),
        _count_of(RoleChange, RoleChange.status == "waiting"),
        _look_is_due(),
        _count_of(AuditProblem, AuditProblem.status == audit.OPEN),
        _count_of(AuditProblem, AuditProblem.status == audit.OPEN, AuditProblem.due_on < _TODAY),
        select(func.max(MonthClose.month))
        .where(MonthClose.village_id == _VILLAGE, MonthClose.status == "closed")
        .scalar_subquery(),
    )
    return counts.where(Village.id == _VILLAGE)


_COUNTS = _statement()  # once: every page of the desk asks it


def count(session: Session, village_id: UUID, today: date) -> Waiting:
    """The counts as of a village date; one statement of indexed counts."""
    month, quarter_on = Month.of(today), period("quarter", today)[0]
    asked = {
        "of_village": village_id,
        "today": today,
        "soon": today + SOON,
        "ending": today + ENDING,
        "quarter_on": quarter_on,
        "quarter_at": datetime.combine(quarter_on, time(), SHANGHAI),
        "first": month.first,
        "last": month.last,
    }
    return Waiting(*session.execute(_COUNTS, asked).one())
