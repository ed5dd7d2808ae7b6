"""Welfare schemes: set one up, count who qualifies and why, let the list stand, take a scheme back."""

from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import delete, func, insert, select
from sqlalchemy.orm import Session

from villagepoints.domain import welfare as rules
from villagepoints.domain.actor import Actor
from villagepoints.domain.calendar import Month, village_date
from villagepoints.domain.errors import N_, BadInput, Conflict, NotFound
from villagepoints.domain.welfare import Conditions, Figures
from villagepoints.models import Household, RedLineCase, WelfareLine, WelfareScheme
from villagepoints.services import activity, crossed, once, ranking, village
from villagepoints.services.transaction import transaction

DRAFT, LISTED, WITHDRAWN = "draft", "listed", "withdrawn"


@dataclass(frozen=True, slots=True, kw_only=True)
class Scheme:
    """What the villagers resolved on."""

    name: str
    benefit: str
    resolution_no: str
    resolved_on: date
    year: int
    residency: str  # one track only; empty: both, each by itself
    conditions: Conditions


@transaction
def create(session: Session, actor: Actor, *, key: str, scheme: Scheme, now: datetime) -> UUID:
    """Set a scheme up and count its list; nothing of it is public yet. Its id.

    Raises BadInput: a statutory right, no condition, no resolution, a resolution or a year that has not come.
    """
    request = {"welfare": asdict(scheme), "by": actor.user_id}
    if (earlier := once.claim(session, actor.village_id, key, request, now)) is not None:
        return UUID(earlier["id"])
    today = village_date(now)
    rules.check_scheme(scheme.name, scheme.benefit, scheme.conditions)
    if not scheme.name.strip() or not scheme.resolution_no.strip():
        raise BadInput(N_("请写明福利的名称和村民会议的决议文号。没有保存。"))
    if scheme.resolved_on > today:
        raise BadInput(N_("决议日期 %(day)s 还没到。没有保存。"), day=scheme.resolved_on.isoformat())
    if not 2000 <= scheme.year <= today.year or Month(scheme.year, 1) >= Month.of(today):
        raise BadInput(N_("%(year)s 年还没有结过一个月，排不出名单。没有保存。"), year=scheme.year)
    row = WelfareScheme(
        village_id=actor.village_id,
        name=scheme.name.strip(),
        benefit=scheme.benefit.strip(),
        resolution_no=scheme.resolution_no.strip(),
        resolved_on=scheme.resolved_on,
        year=scheme.year,
        residency=scheme.residency,
        least_merit=scheme.conditions.least_merit,
        top_percent=scheme.conditions.top_percent,
        excludes_red_line=scheme.conditions.excludes_red_line,
        status=DRAFT,
        created_by=actor.user_id,
        created_at=now,
    )
    session.add(row)
    session.flush()
    _count(session, row, today)
    once.answer(session, actor.village_id, key, {"id": str(row.id)})
    return row.id


@transaction
def count_again(session: Session, actor: Actor, *, key: str, scheme_id: UUID, now: datetime) -> None:
    """Count the list of a draft anew, as of the last month's close; Conflict once it stands."""
    if once.claim(session, actor.village_id, key, {"welfare_count": str(scheme_id)}, now) is not None:
        return
    row = _locked(session, actor.village_id, scheme_id)
    _check_draft(row)
    _count(session, row, village_date(now))
    once.answer(session, actor.village_id, key, {})


@transaction
def enlist(session: Session, actor: Actor, *, key: str, scheme_id: UUID, now: datetime) -> None:
    """Let the list stand as it was counted and shown: households see their own line. Conflict unless it is a draft."""
    if once.claim(session, actor.village_id, key, {"welfare_list": str(scheme_id)}, now) is not None:
        return
    row = _locked(session, actor.village_id, scheme_id)
    _check_draft(row)
    row.status, row.listed_by, row.listed_at = LISTED, actor.user_id, now
    _keep(session, actor, row, "welfare.listed", now, "")
    once.answer(session, actor.village_id, key, {})


@transaction
def withdraw(session: Session, actor: Actor, *, key: str, scheme_id: UUID, reason: str, now: datetime) -> None:
    """Take a scheme back, with a reason; its lines are kept but no household sees them any more."""
    if once.claim(session, actor.village_id, key, {"welfare_back": str(scheme_id), "why": reason}, now) is not None:
        return
    if not reason.strip():
        raise BadInput(N_("请写明为什么撤回。什么都没有动。"))
    row = _locked(session, actor.village_id, scheme_id)
    if row.status == WITHDRAWN:
        raise Conflict(N_("这项福利已经撤回了，没有再改。"))
    row.status = WITHDRAWN
    _keep(session, actor, row, "welfare.withdrawn", now, reason.strip())
    once.answer(session, actor.village_id, key, {})


def _keep(session: Session, actor: Actor, row: WelfareScheme, action: str, now: datetime, reason: str) -> None:
    session.flush()
    detail = {"name": row.name, "resolution": row.resolution_no, "reason": reason}
    activity.record(session, actor, action, now, subject=row.id, detail=detail)
    village.touch(session, actor.village_id)


def _check_draft(row: WelfareScheme) -> None:
    if row.status != DRAFT:
        raise Conflict(N_("这份名单已经定了或者撤回了，没有再改。"))


def _locked(session: Session, village_id: UUID, scheme_id: UUID) -> WelfareScheme:
    query = select(WelfareScheme).where(WelfareScheme.village_id == village_id, WelfareScheme.id == scheme_id)
    row = session.scalars(query.with_for_update().execution_options(populate_existing=True)).one_or_none()
    if row is None:
        raise NotFound(N_("没有这项福利。"))
    return row


def conditions_of(row: WelfareScheme) -> Conditions:
    """What a scheme asks for."""
    return Conditions(row.least_merit, row.top_percent, row.excludes_red_line)


def _count(session: Session, row: WelfareScheme, today: date) -> None:
    month = min(Month(row.year, 12), Month.of(today) - 1)
    row.as_of = str(month)
    times = crossings(session, row.village_id, row.year)
    of_track = select(Household.id).where(Household.village_id == row.village_id, Household.left_on.is_(None))
    if row.residency:
        of_track = of_track.where(Household.residency == row.residency)
    wanted, conditions = set(session.scalars(of_track)), conditions_of(row)
    lines: list[dict[str, Any]] = []
    for household_id, rank in ranking.ranks(session, row.village_id, month).items():
        if household_id in wanted:
            figures = Figures(rank.merit, rank.percent, times.get(household_id, 0))
            reasons = list(rules.judge(conditions, figures))
            lines.append(
                {
                    "village_id": row.village_id,
                    "scheme_id": row.id,
                    "household_id": household_id,
                    **asdict(figures),
                    "qualifies": all(reason.is_met for reason in reasons),
                    "reasons": [[reason.is_met, str(reason.sentence), reason.values] for reason in reasons],
                }
            )
    mine = (WelfareLine.village_id == row.village_id, WelfareLine.scheme_id == row.id)
    session.execute(delete(WelfareLine).where(*mine))
    session.flush()
    if lines:
        session.execute(insert(WelfareLine), lines)


def crossings(session: Session, village_id: UUID, year: int) -> dict[UUID, int]:
    """How many confirmed red lines each household crossed in a year."""
    rows = session.execute(
        select(RedLineCase.household_id, func.count())
        .where(crossed.between(village_id, date(year, 1, 1), date(year, 12, 31)))
        .group_by(RedLineCase.household_id)
    )
    return dict(rows.all())
