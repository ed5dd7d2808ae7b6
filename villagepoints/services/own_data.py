"""Everything that is kept about one household, read for itself: to be shown, and to be taken home as a file."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import and_, case, func, literal, select
from sqlalchemy.orm import Session

from villagepoints.domain.actor import Actor
from villagepoints.domain.finding import WITHDRAWN
from villagepoints.models import Evidence, Finding, Household, RuleItem
from villagepoints.models.evidence import SUBJECTS
from villagepoints.services import (
    claim_list,
    objection_list,
    phone,
    red_line_list,
    redemption_list,
    service_request_list,
    statement,
)
from villagepoints.services import household as households
from villagepoints.services.paging import Wanted

ALL = Wanted(size=100_000)  # of one household's own


class FindingLine(NamedTuple):
    """What was found at the household and what became of it."""

    item_code: str
    item_name: str
    found_on: date
    note: str
    status: str
    rectify_by: date | None
    settled_on: date | None


class PhotoLine(NamedTuple):
    """A photo that is kept: of what, since when, how many bytes."""

    subject: str
    recorded_at: datetime
    size: int


@dataclass(frozen=True, slots=True)
class OwnData:
    """All of it, of one household only."""

    household: Household
    people: Sequence[households.ResidentRow]
    records: Sequence[statement.Line]
    redemptions: Sequence[redemption_list.RedemptionRow]
    claims: Sequence[claim_list.ClaimRow]
    objections: Sequence[objection_list.ObjectionRow]
    findings: Sequence[FindingLine]
    red_lines: Sequence[red_line_list.Case]
    requests: Sequence[service_request_list.RequestRow]
    photos: Sequence[PhotoLine]
    phones: Sequence[phone.RememberedPhone]


def whole(session: Session, actor: Actor, household_id: UUID, now: datetime) -> OwnData:
    """Everything about the household of a phone; of objections only those it raised itself. Some twenty statements."""
    village_id = actor.village_id
    objections = objection_list.of_household(session, village_id, household_id)
    return OwnData(
        household=households.get(session, village_id, household_id),
        people=households.residents(session, village_id, household_id),
        records=statement.whole(session, village_id, household_id),
        redemptions=redemption_list.of_household(session, village_id, household_id, most=ALL.size),
        claims=claim_list.listed(session, village_id, "", ALL, household_id).rows,
        objections=[row for row in objections if row.household_id == household_id],
        findings=_findings(session, village_id, household_id),
        red_lines=red_line_list.of_household(session, village_id, household_id),
        requests=service_request_list.of_household(session, village_id, household_id, ALL).rows,
        photos=_photos(session, village_id, household_id),
        phones=phone.phones(session, actor, now),
    )


def _findings(session: Session, village_id: UUID, household_id: UUID) -> list[FindingLine]:
    of_item = and_(
        RuleItem.village_id == Finding.village_id,
        RuleItem.version == Finding.rulebook_version,
        RuleItem.code == Finding.item_code,
    )
    rows = session.execute(
        select(
            Finding.item_code,
            func.coalesce(RuleItem.name, ""),
            Finding.found_on,
            Finding.note,
            Finding.status,
            Finding.rectify_by,
            Finding.settled_on,
        )
        .outerjoin(RuleItem, of_item)
        .where(Finding.village_id == village_id, Finding.household_id == household_id, Finding.status != WITHDRAWN)
        .order_by(Finding.found_on, Finding.id)
    )
    return [FindingLine._make(row) for row in rows]


def _photos(session: Session, village_id: UUID, household_id: UUID) -> list[PhotoLine]:
    subject = case(*((getattr(Evidence, name).is_not(None), literal(name)) for name in SUBJECTS), else_="")
    rows = session.execute(
        select(subject, Evidence.recorded_at, Evidence.size)
        .where(Evidence.village_id == village_id, Evidence.household_id == household_id)
        .order_by(Evidence.recorded_at, Evidence.id)
    )
    return [PhotoLine._make(row) for row in rows]
