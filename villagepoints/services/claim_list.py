"""Reading claims: the list of a status, one claim with its reviews."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Select, and_, func, select
from sqlalchemy.orm import Session

from villagepoints.domain import claim as rules
from villagepoints.domain.errors import N_, NotFound
from villagepoints.models import Claim, Household, Review, RuleItem, User
from villagepoints.services.paging import Page, Wanted


@dataclass(frozen=True, slots=True)
class ReviewRow:
    """One decision: whose, which, why, when."""

    reviewer_id: UUID
    reviewer: str
    decision: str
    reason: str
    decided_at: datetime


@dataclass(frozen=True, slots=True)
class ClaimRow:
    """A line of the review list."""

    id: UUID
    kind: str
    household_id: UUID
    number: str
    head_name: str
    item_code: str | None
    item_name: str | None
    reverses_seq: int | None
    grade: str | None
    quantity: int
    points: int
    note: str
    document: str
    occasion: str
    persuaded_on: date | None
    occurred_on: date
    claimed_at: datetime
    recorded_by: UUID | None
    recorder: str | None
    status: str
    entry_seq: int | None
    notice_id: UUID | None
    council_id: UUID | None
    approvals: int


def listed(
    session: Session, village_id: UUID, status: str, wanted: Wanted, household_id: UUID | None = None
) -> Page[ClaimRow]:
    """One page of the claims of a status (any, if empty), the oldest waiting first, else the newest; two statements."""
    conditions = [Claim.village_id == village_id]
    if status:
        conditions.append(Claim.status == status)
    if household_id is not None:
        conditions.append(Claim.household_id == household_id)
    total = session.scalars(select(func.count()).select_from(Claim).where(*conditions)).one()
    order = Claim.claimed_at.asc() if status == rules.WAITING else Claim.claimed_at.desc()
    rows = session.execute(
        _rows().where(*conditions).order_by(order, Claim.id).limit(wanted.size).offset(wanted.offset)
    )
    return Page([ClaimRow(*row) for row in rows], wanted.number, wanted.size, total)


def one(session: Session, village_id: UUID, claim_id: UUID) -> tuple[ClaimRow, Sequence[ReviewRow]]:
    """A claim and its reviews so far; NotFound where the village has none of that id. Two statements."""
    row = session.execute(_rows().where(Claim.village_id == village_id, Claim.id == claim_id)).one_or_none()
    if row is None:
        raise NotFound(N_("没有这条申报。"))
    reviews = session.execute(
        select(Review.reviewer_id, User.name, Review.decision, Review.reason, Review.decided_at)
        .join(User, and_(User.village_id == Review.village_id, User.id == Review.reviewer_id))
        .where(Review.village_id == village_id, Review.claim_id == claim_id)
        .order_by(Review.line)
    )
    return ClaimRow(*row), [ReviewRow(*review) for review in reviews]


def _rows() -> Select[*tuple[Any, ...]]:
    approvals = (
        select(func.count())
        .select_from(Review)
        .where(Review.village_id == Claim.village_id, Review.claim_id == Claim.id, Review.decision == rules.APPROVED)
        .correlate(Claim)
        .scalar_subquery()
    )
    of_book = and_(RuleItem.version == Claim.rulebook_version, RuleItem.code == Claim.item_code)
    return (
        select(
            Claim.id,
            Claim.kind,
            Claim.household_id,
            Household.number,
            Household.head_name,
            Claim.item_code,
            RuleItem.name,
            Claim.reverses_seq,
            Claim.grade,
            Claim.quantity,
            Claim.points,
            Claim.note,
            Claim.document,
            Claim.occasion,
            Claim.persuaded_on,
            Claim.occurred_on,
            Claim.claimed_at,
            Claim.recorded_by,
            User.name,
            Claim.status,
            Claim.entry_seq,
            Claim.notice_id,
            Claim.council_id,
            approvals,
        )
        .join(Household, and_(Household.village_id == Claim.village_id, Household.id == Claim.household_id))
        .outerjoin(RuleItem, and_(RuleItem.village_id == Claim.village_id, of_book))
        .outerjoin(User, and_(User.village_id == Claim.village_id, User.id == Claim.recorded_by))
    )
