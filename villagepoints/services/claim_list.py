"""Reading claims: the list of a status, and one claim with all that somebody needs to decide on it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, exists, func, or_, select
from sqlalchemy.orm import Session

from villagepoints.domain import caps, ledger
from villagepoints.domain import claim as rules
from villagepoints.domain.actor import Actor
from villagepoints.domain.caps import Remaining
from villagepoints.domain.errors import N_, NotFound
from villagepoints.domain.rulebook import BASE
from villagepoints.models import Claim, CouncilItem, Evidence, Household, Notice, Resident, Review, RuleItem, User
from villagepoints.services import allowed, evidence, rulebook
from villagepoints.services.household import tidy
from villagepoints.services.paging import Page, Sortable, Wanted, order


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
    notice_number: int | None
    notice_closes_on: date | None
    group_no: int | None
    approvals: int


@dataclass(frozen=True, slots=True)
class Filter:
    """Which claims of a status are wanted: under an item, of a group, recorded by somebody (or by the households
    themselves), of households that words find by number or name."""

    item_code: str = ""
    group_no: int | None = None
    recorded_by: UUID | None = None
    by_households: bool = False
    words: str = ""


@dataclass(frozen=True, slots=True)
class Details:
    """What somebody needs to decide on a claim: photos, who decided so far, how many are still missing, what the caps
    leave without it, which entry of a lower grade it will take the place of, and whether the reader is concerned."""

    claim: ClaimRow
    reviews: Sequence[ReviewRow]
    photos: Sequence[Evidence]
    missing: int
    remaining: Sequence[Remaining]
    takes_place_of: int | None
    is_concerned: bool


SORTS: dict[str, Sortable] = {
    "number": Household.number,
    "name": Household.head_name,
    "group": Household.group_no,
    "item": Claim.item_code,
    "claimed": Claim.claimed_at,
    "occurred": Claim.occurred_on,
    "points": Claim.points,
}


def listed(
    session: Session,
    village_id: UUID,
    status: str,
    wanted: Wanted,
    household_id: UUID | None = None,
    which: Filter | None = None,
) -> Page[ClaimRow]:
    """One page of the claims of a status (any, if empty), the oldest waiting first, else the newest; two statements."""
    conditions = [Claim.village_id == village_id, *_conditions(which or Filter())]
    if status:
        conditions.append(Claim.status == status)
    if household_id is not None:
        conditions.append(Claim.household_id == household_id)
    of_household = and_(Household.village_id == Claim.village_id, Household.id == Claim.household_id)
    counted = select(func.count(), func.sum(Claim.points)).select_from(Claim).join(Household, of_household)
    total, points = session.execute(counted.where(*conditions)).one()
    usual: list[ColumnElement[Any]] = [
        Claim.claimed_at.asc() if status == rules.WAITING else Claim.claimed_at.desc(),
        Claim.id.asc(),
    ]
    by = order(wanted.sort, SORTS, usual, Claim.id)
    rows = session.execute(_rows().where(*conditions).order_by(*by).limit(wanted.size).offset(wanted.offset))
    lines, sums = [ClaimRow(*row) for row in rows], {"points": int(points or 0)}
    return Page(lines, wanted.number, wanted.size, total, wanted.sort, sums=sums)


def of_council(session: Session, village_id: UUID, council_id: UUID, wanted: Wanted) -> Page[ClaimRow]:
    """One page of the claims that a council took up, the oldest first; two statements."""
    taken = (CouncilItem.village_id == village_id, CouncilItem.council_id == council_id)
    total = session.scalars(select(func.count()).select_from(CouncilItem).where(*taken)).one()
    of_claim = and_(CouncilItem.village_id == Claim.village_id, CouncilItem.claim_id == Claim.id)
    statement = _rows().join(CouncilItem, of_claim).where(*taken).order_by(Claim.claimed_at, Claim.id)
    rows = session.execute(statement.limit(wanted.size).offset(wanted.offset))
    return Page([ClaimRow(*row) for row in rows], wanted.number, wanted.size, total)


def _conditions(which: Filter) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    if which.item_code:
        conditions.append(Claim.item_code == which.item_code)
    if which.group_no is not None:
        conditions.append(Household.group_no == which.group_no)
    if which.recorded_by is not None:
        conditions.append(Claim.recorded_by == which.recorded_by)
    elif which.by_households:
        conditions.append(Claim.recorded_by.is_(None))
    if words := tidy(which.words):
        lives_there = (Resident.village_id == Household.village_id, Resident.household_id == Household.id)
        conditions.append(
            or_(
                func.upper(Household.number).contains(words.upper(), autoescape=True),
                Household.head_name.contains(words, autoescape=True),
                exists().where(*lives_there, Resident.name.contains(words, autoescape=True)).correlate(Household),
            )
        )
    return conditions


def recorders(session: Session, village_id: UUID) -> Sequence[tuple[UUID, str]]:
    """Who of the staff has recorded claims, by name; one statement."""
    has_recorded = exists().where(Claim.village_id == User.village_id, Claim.recorded_by == User.id)
    rows = session.execute(
        select(User.id, User.name).where(User.village_id == village_id, has_recorded).order_by(User.name)
    )
    return [(user_id, name) for user_id, name in rows]


def details(session: Session, actor: Actor, claim_id: UUID) -> Details:
    """A claim as somebody of the staff reads it; NotFound where the village has none of that id."""
    village_id = actor.village_id
    row, reviews = one(session, village_id, claim_id)
    book = rulebook.in_force(session, village_id, row.occurred_on)
    item = book.items.get(row.item_code or "")
    remaining: Sequence[Remaining] = ()
    lower = None
    if row.kind == rules.ITEM and item is not None and item.kind != BASE:
        before = allowed.past(session, village_id, row.household_id, item, row.occurred_on, but=claim_id)
        remaining = caps.remaining(book, item, row.occurred_on, before)
        occasion = ledger.occasion_hash(row.household_id, row.occasion)
        lower = caps.takes_place_of(item, row.points, occasion, before) if row.status != rules.POSTED else None
    approved = sum(review.decision == rules.APPROVED for review in reviews)
    return Details(
        row,
        reviews,
        evidence.of(session, village_id, claim_id=claim_id),
        max(0, rules.approvals_needed(book, row.points) - approved) if row.status == rules.WAITING else 0,
        remaining,
        lower.seq if lower is not None else None,
        bool(allowed.concerned(session, village_id, row.household_id, [actor.user_id])),
    )


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
            Notice.number,
            Notice.closes_on,
            Household.group_no,
            approvals,
        )
        .join(Household, and_(Household.village_id == Claim.village_id, Household.id == Claim.household_id))
        .outerjoin(RuleItem, and_(RuleItem.village_id == Claim.village_id, of_book))
        .outerjoin(User, and_(User.village_id == Claim.village_id, User.id == Claim.recorded_by))
        .outerjoin(Notice, and_(Notice.village_id == Claim.village_id, Notice.id == Claim.notice_id))
    )
