"""Claims and their review: what is large waits for another person, who approves and thereby posts it, or refuses."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Select, and_, func, select
from sqlalchemy.orm import Session

from villagepoints.domain import claim as rules
from villagepoints.domain.actor import Actor
from villagepoints.domain.calendar import village_date
from villagepoints.domain.errors import N_, BadInput, Conflict, NotFound
from villagepoints.domain.ledger import PostedEntry
from villagepoints.models import Claim, Household, Review, RuleItem, User
from villagepoints.services import household as households
from villagepoints.services import once, posting, rulebook
from villagepoints.services.paging import Page, Wanted
from villagepoints.services.posting import Item, Posted
from villagepoints.services.transaction import transaction


@dataclass(frozen=True, slots=True)
class Entered:
    """What became of an item somebody recorded: posted at once, or waiting as a claim; its signed points."""

    points: int
    posted: Posted | None
    claim_id: UUID | None


@dataclass(frozen=True, slots=True)
class Decided:
    """What a reviewer is told: the claim's status, its points, and the balance if it was posted."""

    status: str
    points: int
    balance: int | None
    seq: int | None


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
    approvals: int


def enter(session: Session, actor: Actor, *, key: str, household_id: UUID, wanted: Item, now: datetime) -> Entered:
    """Record an item: posted at once, or kept as a claim where the book asks for another person's approval.

    Either way one transaction; raises what `posting.record` and `propose` raise.
    """
    book = rulebook.in_force(session, actor.village_id, wanted.occurred_on)
    points = posting.draft_of(book, household_id, wanted).points
    if book.needs_second_approver(points):
        claim_id = propose(session, actor, key=key, household_id=household_id, wanted=wanted, now=now)
        return Entered(points, None, claim_id)
    posted = posting.record(session, actor, key=key, household_id=household_id, wanted=wanted, now=now)
    return Entered(points, posted, None)


def undo(
    session: Session, actor: Actor, *, key: str, household_id: UUID, seq: int, reason: str, now: datetime
) -> Entered:
    """Reverse an entry: at once, or kept as a claim where the book asks for another person's approval.

    Either way one transaction; raises what `posting.reverse` and `propose_reversal` raise.
    """
    points = -posting.points_of_entry(session, actor.village_id, household_id, seq)
    book = rulebook.in_force(session, actor.village_id, village_date(now))
    asked: dict[str, Any] = {"key": key, "household_id": household_id, "seq": seq, "reason": reason, "now": now}
    if book.needs_second_approver(points):
        return Entered(points, None, propose_reversal(session, actor, **asked))
    return Entered(points, posting.reverse(session, actor, **asked), None)


@transaction
def propose_reversal(
    session: Session, actor: Actor, *, key: str, household_id: UUID, seq: int, reason: str, now: datetime
) -> UUID:
    """Keep the reversal of an entry as a claim that waits for another person; its id.

    Raises what `posting.reverse` raises, and Conflict where the same reversal waits already.
    """
    request = {"propose_reversal": str(household_id), "seq": seq, "by": actor.user_id, "reason": reason}
    if (earlier := once.claim(session, actor.village_id, key, request, now)) is not None:
        return UUID(earlier["id"])
    posting.check_people(session, actor.village_id, household_id, [actor.user_id])
    posting.lock(session, actor.village_id, [household_id])
    original = posting.reversible(session, actor.village_id, household_id, seq, reason)
    same = (Claim.village_id == actor.village_id, Claim.household_id == household_id, Claim.reverses_seq == seq)
    if session.scalar(select(Claim.id).where(*same, Claim.status == rules.WAITING).limit(1)):
        raise Conflict(N_("第 %(seq)s 条的冲正已经有人提过，正等着审核，没有再提。"), seq=seq)
    row = Claim(
        village_id=actor.village_id,
        household_id=household_id,
        rulebook_version=original.rulebook_version,
        item_code=original.item_code,
        reverses_seq=seq,
        grade=original.grade,
        quantity=original.quantity,
        points=-original.points,
        note=reason.strip(),
        occurred_on=village_date(now),
        claimed_at=now,
        recorded_by=actor.user_id,
        status=rules.WAITING,
    )
    session.add(row)
    session.flush()
    households.touch(session, actor.village_id, household_id)
    once.answer(session, actor.village_id, key, {"id": str(row.id)})
    return row.id


@transaction
def propose(session: Session, actor: Actor, *, key: str, household_id: UUID, wanted: Item, now: datetime) -> UUID:
    """Keep an item as a claim that waits for review, by staff or by the household itself; its id.

    Raises RuleBroken for what the book would refuse today, NotAllowed for one's own household, BadInput, NotFound.
    """
    request = {
        "propose": str(household_id),
        "by": actor.user_id,
        "wanted": [str(getattr(wanted, n)) for n in wanted.__slots__],
    }
    if (earlier := once.claim(session, actor.village_id, key, request, now)) is not None:
        return UUID(earlier["id"])
    if wanted.occurred_on > village_date(now):
        raise BadInput(N_("日期 %(day)s 还没到，没有记账。请改成今天或以前。"), day=wanted.occurred_on.isoformat())
    households.get(session, actor.village_id, household_id)
    posting.check_people(session, actor.village_id, household_id, [actor.user_id])
    book = rulebook.in_force(session, actor.village_id, wanted.occurred_on)
    draft = posting.draft_of(book, household_id, wanted)
    # what would be refused at the approval is better refused now; the approval checks again
    posting.check(session, actor.village_id, book, draft, wanted)
    row = Claim(
        village_id=actor.village_id,
        household_id=household_id,
        rulebook_version=book.version,
        item_code=wanted.code,
        grade=wanted.grade,
        quantity=wanted.quantity,
        points=draft.points,
        occasion=wanted.occasion.strip(),
        document=wanted.document.strip(),
        persuaded_on=wanted.persuaded_on,
        note=wanted.note.strip(),
        occurred_on=wanted.occurred_on,
        claimed_at=now,
        recorded_by=actor.user_id,
        status=rules.WAITING,
    )
    session.add(row)
    session.flush()
    households.touch(session, actor.village_id, household_id)
    once.answer(session, actor.village_id, key, {"id": str(row.id)})
    return row.id


@transaction
def approve(session: Session, actor: Actor, *, key: str, claim_id: UUID, reason: str = "", now: datetime) -> Decided:
    """Approve a claim; the last approval it needs posts it in the same transaction.

    Raises Conflict where it is decided, NotAllowed for one's own record or household, RuleBroken where the book
    does not allow it any more (the claim then goes on waiting), NotFound.
    """
    request = {"approve": str(claim_id), "by": actor.user_id}
    if (earlier := once.claim(session, actor.village_id, key, request, now)) is not None:
        return Decided(**earlier)
    row, reviewers = _open_claim(session, actor, claim_id)
    rules.check_reviewer(actor.user_id, row.recorded_by, reviewers)
    posting.check_people(session, actor.village_id, row.household_id, [actor.user_id, *reviewers])
    _review(session, actor, row, len(reviewers) + 1, rules.APPROVED, reason, now)
    book = rulebook.in_force(session, actor.village_id, row.occurred_on)
    needed = rules.approvals_needed(book, row.points, by_household=row.recorded_by is None)
    decided = Decided(rules.WAITING, row.points, None, None)
    if len(reviewers) + 1 >= needed:
        recorded_by = row.recorded_by or (reviewers[0] if reviewers else None)
        entry = _post(session, actor, row, now, recorded_by)
        row.status, row.entry_seq = rules.APPROVED, entry.seq
        decided = Decided(row.status, entry.points, entry.balance_after, entry.seq)
    return _decided(session, actor, row, key, decided)


@transaction
def refuse(session: Session, actor: Actor, *, key: str, claim_id: UUID, reason: str, now: datetime) -> Decided:
    """Refuse a claim with a reason that the household reads; nothing is posted.

    Raises BadInput without a reason, Conflict where it is decided, NotAllowed for one's own record or household.
    """
    request = {"refuse": str(claim_id), "by": actor.user_id, "reason": reason}
    if (earlier := once.claim(session, actor.village_id, key, request, now)) is not None:
        return Decided(**earlier)
    if not reason.strip():
        raise BadInput(N_("请写明为什么不同意，村民会看到。什么都没有动。"))
    row, reviewers = _open_claim(session, actor, claim_id)
    rules.check_reviewer(actor.user_id, row.recorded_by, ())
    posting.check_people(session, actor.village_id, row.household_id, [actor.user_id])
    _review(session, actor, row, len(reviewers) + 1, rules.REFUSED, reason, now)
    row.status = rules.REFUSED
    return _decided(session, actor, row, key, Decided(row.status, row.points, None, None))


def _open_claim(session: Session, actor: Actor, claim_id: UUID) -> tuple[Claim, Sequence[UUID]]:
    """The claim, locked and still waiting, and who approved it so far."""
    statement = select(Claim).where(Claim.village_id == actor.village_id, Claim.id == claim_id).with_for_update()
    row = session.scalars(statement.execution_options(populate_existing=True)).one_or_none()
    if row is None:
        raise NotFound(N_("没有这条申报。"))
    rules.check_open(row.status)
    reviewers = session.scalars(
        select(Review.reviewer_id)
        .where(Review.village_id == actor.village_id, Review.claim_id == claim_id)
        .order_by(Review.line)
    ).all()
    return row, reviewers


def _review(session: Session, actor: Actor, row: Claim, line: int, decision: str, reason: str, now: datetime) -> None:
    review = Review(village_id=actor.village_id, claim_id=row.id, line=line, reviewer_id=actor.user_id)
    review.decision, review.reason, review.decided_at = decision, reason.strip()[:200], now
    session.add(review)
    session.flush()


def _post(session: Session, actor: Actor, row: Claim, now: datetime, recorded_by: UUID | None) -> PostedEntry:
    people: dict[str, UUID | None] = {"recorded_by": recorded_by, "approved_by": actor.user_id}
    if row.reverses_seq is None:
        return posting.post_item(session, actor, row.household_id, _item(row), now, **people)
    return posting.reverse_entry(session, actor.village_id, row.household_id, row.reverses_seq, row.note, now, **people)


def _item(row: Claim) -> Item:
    return Item(
        code=row.item_code or "",
        occurred_on=row.occurred_on,
        grade=row.grade,
        quantity=row.quantity,
        occasion=row.occasion,
        document=row.document,
        persuaded_on=row.persuaded_on,
        note=row.note,
    )


def _decided(session: Session, actor: Actor, row: Claim, key: str, decided: Decided) -> Decided:
    session.flush()
    households.touch(session, actor.village_id, row.household_id)
    answer = {"status": decided.status, "points": decided.points, "balance": decided.balance, "seq": decided.seq}
    once.answer(session, actor.village_id, key, answer)
    return decided


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
            approvals,
        )
        .join(Household, and_(Household.village_id == Claim.village_id, Household.id == Claim.household_id))
        .outerjoin(RuleItem, and_(RuleItem.village_id == Claim.village_id, of_book))
        .outerjoin(User, and_(User.village_id == Claim.village_id, User.id == Claim.recorded_by))
    )
