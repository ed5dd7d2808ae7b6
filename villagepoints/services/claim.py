"""Claims and their review: what is recorded waits for other people, who approve it or refuse it with a reason."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from villagepoints.domain import claim as rules
from villagepoints.domain import recording
from villagepoints.domain.actor import Actor
from villagepoints.domain.calendar import village_date
from villagepoints.domain.errors import N_, BadInput, NotAllowed, NotFound
from villagepoints.domain.ledger import PostedEntry
from villagepoints.domain.rulebook import CONTRIBUTION, RuleBook
from villagepoints.models import Claim, Review, Village
from villagepoints.services import allowed, evidence, once, posting, rulebook
from villagepoints.services import household as households
from villagepoints.services.allowed import Item
from villagepoints.services.claim_undo import propose_claw_back as propose_claw_back
from villagepoints.services.claim_undo import propose_claw_back_in as propose_claw_back_in
from villagepoints.services.claim_undo import propose_reversal as propose_reversal
from villagepoints.services.claim_undo import propose_reversal_in as propose_reversal_in
from villagepoints.services.evidence import Photo
from villagepoints.services.transaction import transaction


@dataclass(frozen=True, slots=True)
class Decided:
    """What a reviewer is told: the claim's status, its points, and the balance if it was posted."""

    status: str
    points: int
    balance: int | None
    seq: int | None


@transaction
def propose(
    session: Session,
    actor: Actor,
    *,
    key: str,
    household_id: UUID,
    wanted: Item,
    now: datetime,
    photos: Sequence[Photo] = (),
) -> UUID:
    """Record an item as a claim that waits for review, by staff or by the household itself; its id.

    Raises RuleBroken for what the book would refuse today, NotAllowed for one's own household or where the village
    does not let households claim, BadInput, NotFound.
    """
    request = {
        "propose": str(household_id),
        "by": actor.user_id,
        "wanted": [str(getattr(wanted, n)) for n in wanted.__slots__],
        "photos": [photo.sha256.hex() for photo in photos],
    }
    if (earlier := once.claim(session, actor.village_id, key, request, now)) is not None:
        return UUID(earlier["id"])
    row = propose_in(session, actor, household_id, wanted, now, photos)
    once.answer(session, actor.village_id, key, {"id": str(row.id)})
    return row.id


def propose_in(
    session: Session, actor: Actor, household_id: UUID, wanted: Item, now: datetime, photos: Sequence[Photo] = ()
) -> Claim:
    """The claim itself, inside the caller's transaction; raises as `propose`."""
    households.get(session, actor.village_id, household_id)
    book = rulebook.in_force(session, actor.village_id, wanted.occurred_on)
    _check_claimant(session, actor, household_id, book.item(wanted.code).kind)
    recording.check_day(book, wanted.occurred_on, village_date(now))
    rules.check_names_its_entry(book.item(wanted.code))
    draft = posting.draft_of(book, household_id, wanted)
    # what would be refused at the approval is better refused now; the approval and the posting check again
    persuaded_on = allowed.check(session, actor.village_id, book, draft, wanted).persuaded_on
    row = Claim(
        village_id=actor.village_id,
        household_id=household_id,
        kind=rules.ITEM,
        rulebook_version=book.version,
        item_code=wanted.code,
        grade=wanted.grade,
        quantity=wanted.quantity,
        points=draft.points,
        occasion=wanted.occasion.strip(),
        document=wanted.document.strip(),
        persuaded_on=persuaded_on,
        note=wanted.note.strip(),
        occurred_on=wanted.occurred_on,
        claimed_at=now,
        recorded_by=actor.user_id,
        status=rules.WAITING,
    )
    session.add(row)
    session.flush()
    evidence.attach(session, actor, photos, household_id, now, claim_id=row.id)
    households.touch(session, actor.village_id, household_id)
    return row


def _check_claimant(session: Session, actor: Actor, household_id: UUID, kind: str) -> None:
    """Staff records for others than their own; a household claims contributions for itself, if the village lets it."""
    if actor.household_id is None:
        allowed.check_people(session, actor.village_id, household_id, [actor.user_id])
        return
    if actor.household_id != household_id or kind != CONTRIBUTION:
        raise NotAllowed(N_("只能替自己家申报加分，没有申报。"))
    if not session.scalar(select(Village.household_claims).where(Village.id == actor.village_id)):
        raise NotAllowed(N_("村里没有开通自己申报。做了好事请告诉网格员或打村里电话，由他们来记。没有申报。"))
    mine = (Claim.village_id == actor.village_id, Claim.household_id == household_id, Claim.status == rules.WAITING)
    rules.check_waiting(session.scalar(select(func.count()).select_from(Claim).where(*mine)) or 0)


@transaction
def approve(session: Session, actor: Actor, *, key: str, claim_id: UUID, reason: str = "", now: datetime) -> Decided:
    """Approve a claim; the last approval it needs lets it go on a notice, or posts it where it needs none.

    Raises Conflict where it is decided, NotAllowed for one's own record or household, RuleBroken where the book
    does not allow it any more (the claim then goes on waiting), NotFound.
    """
    request = {"approve": str(claim_id), "by": actor.user_id}
    if (earlier := once.claim(session, actor.village_id, key, request, now)) is not None:
        return Decided(**earlier)
    decided = approve_in(session, actor, claim_id, reason, now)
    once.answer(session, actor.village_id, key, _as_json(decided))
    return decided


def approve_in(session: Session, actor: Actor, claim_id: UUID, reason: str, now: datetime) -> Decided:
    """The approval itself, inside the caller's transaction; raises as `approve`."""
    row, reviewers = _open_claim(session, actor, claim_id)
    rules.check_reviewer(actor.user_id, row.recorded_by, reviewers)
    allowed.check_people(session, actor.village_id, row.household_id, [actor.user_id, *reviewers])
    review(session, actor.village_id, row, actor.user_id, rules.APPROVED, reason, now)
    book = rulebook.in_force(session, actor.village_id, row.occurred_on)
    if len(reviewers) + 1 < rules.approvals_needed(book, row.points):
        households.touch(session, actor.village_id, row.household_id)
        return Decided(rules.WAITING, row.points, None, None)
    return accept(session, actor, row, now)


def accept(session: Session, actor: Actor, row: Claim, now: datetime) -> Decided:
    """What becomes of a claim once enough people approved it: it is posted, or ready for the next notice.

    A reversal is posted at once: it puts right what was public already. Checks every rule again (RuleBroken).
    """
    book = rulebook.in_force(session, actor.village_id, row.occurred_on)
    if rules.goes_on_notice(book, row.kind):
        _check_again(session, actor.village_id, book, row)
        row.status = rules.APPROVED
        decided = Decided(row.status, row.points, None, None)
    else:
        entry = post(session, actor, row, now)
        decided = Decided(row.status, entry.points, entry.balance_after, entry.seq)
    session.flush()
    households.touch(session, actor.village_id, row.household_id)
    return decided


def _check_again(session: Session, village_id: UUID, book: RuleBook, row: Claim) -> None:
    """Everything once more, with the account locked: two approvals may not both take the last of a cap or quota."""
    wanted = item_of(row)
    if book.item(wanted.code).quota_percent is not None:
        allowed.queue(session, village_id)
    posting.lock(session, village_id, [row.household_id])
    if row.reverses_seq is not None:
        posting.reversible(session, village_id, row.household_id, row.reverses_seq, row.note)
    allowed.check(session, village_id, book, posting.draft_of(book, row.household_id, wanted), wanted, row.id)


def post(session: Session, actor: Actor, row: Claim, now: datetime) -> PostedEntry:
    """Post a claim that enough people approved, inside the caller's transaction; the entry names who recorded it and
    who approved it last. Raises what `posting.post_item` and `posting.reverse_entry` raise."""
    reviewers = _approvals(session, row)
    people: dict[str, UUID | None] = {
        "recorded_by": row.recorded_by or (reviewers[0] if len(reviewers) > 1 else None),
        "approved_by": reviewers[-1] if reviewers else None,
    }
    if row.kind == rules.REVERSAL:
        seq = row.reverses_seq or 0
        entry = posting.reverse_entry(session, actor.village_id, row.household_id, seq, row.note, now, **people)
    else:
        if row.kind == rules.CLAW_BACK:
            seq = row.reverses_seq or 0
            posting.reverse_entry(session, actor.village_id, row.household_id, seq, row.note, now, **people)
        wanted = item_of(row, evidence.hashes(session, actor.village_id, claim_id=row.id))
        entry = posting.post_item(session, actor, row.household_id, wanted, now, claim_id=row.id, **people)
    row.status, row.entry_seq = rules.POSTED, entry.seq
    session.flush()
    return entry


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
    row, _reviewers = _open_claim(session, actor, claim_id)
    rules.check_reviewer(actor.user_id, row.recorded_by, ())
    allowed.check_people(session, actor.village_id, row.household_id, [actor.user_id])
    review(session, actor.village_id, row, actor.user_id, rules.REFUSED, reason, now)
    row.status = rules.REFUSED
    session.flush()
    households.touch(session, actor.village_id, row.household_id)
    decided = Decided(row.status, row.points, None, None)
    once.answer(session, actor.village_id, key, _as_json(decided))
    return decided


@transaction
def withdraw(session: Session, actor: Actor, *, key: str, claim_id: UUID, now: datetime) -> None:
    """Whoever made a claim takes it back while it still waits; Conflict once it is decided, NotAllowed for others."""
    request = {"withdraw": str(claim_id), "by": actor.user_id, "household": actor.household_id}
    if once.claim(session, actor.village_id, key, request, now) is not None:
        return
    row, _reviewers = _open_claim(session, actor, claim_id)
    by_staff = actor.user_id is not None and row.recorded_by == actor.user_id
    by_household = row.recorded_by is None and actor.household_id == row.household_id
    if not (by_staff or by_household):
        raise NotAllowed(N_("这一条不是你申报的，只有申报的人能撤回。什么都没有动。"))
    row.status = rules.WITHDRAWN
    session.flush()
    households.touch(session, actor.village_id, row.household_id)
    once.answer(session, actor.village_id, key, {})


def _open_claim(session: Session, actor: Actor, claim_id: UUID) -> tuple[Claim, Sequence[UUID]]:
    """The claim, locked and still waiting, and who approved it so far."""
    row = locked(session, actor.village_id, claim_id)
    if actor.household_id is not None and row.household_id != actor.household_id:
        raise NotFound(N_("没有这条申报。"))
    rules.check_open(row.status)
    return row, _approvals(session, row)


def locked(session: Session, village_id: UUID, claim_id: UUID) -> Claim:
    """The claim, locked; NotFound where the village has none of that id."""
    statement = select(Claim).where(Claim.village_id == village_id, Claim.id == claim_id).with_for_update()
    row = session.scalars(statement.execution_options(populate_existing=True)).one_or_none()
    if row is None:
        raise NotFound(N_("没有这条申报。"))
    return row


def _approvals(session: Session, row: Claim) -> Sequence[UUID]:
    mine = (Review.village_id == row.village_id, Review.claim_id == row.id, Review.decision == rules.APPROVED)
    return session.scalars(select(Review.reviewer_id).where(*mine).order_by(Review.line)).all()


def review(
    session: Session, village_id: UUID, row: Claim, reviewer: UUID | None, decision: str, reason: str, now: datetime
) -> None:
    """Keep one person's decision on a claim."""
    mine = (Review.village_id == village_id, Review.claim_id == row.id)
    line = (session.scalar(select(func.max(Review.line)).where(*mine)) or 0) + 1
    kept = Review(village_id=village_id, claim_id=row.id, line=line, reviewer_id=reviewer)
    kept.decision, kept.reason, kept.decided_at = decision, reason.strip()[:200], now
    session.add(kept)
    session.flush()


def item_of(row: Claim, photos: tuple[str, ...] = ()) -> Item:
    """What a claim asks to be posted."""
    return Item(
        code=row.item_code or "",
        occurred_on=row.occurred_on,
        grade=row.grade,
        quantity=row.quantity,
        occasion=row.occasion,
        document=row.document,
        note=row.note,
        evidence=photos,
    )


def _as_json(decided: Decided) -> dict[str, Any]:
    return {"status": decided.status, "points": decided.points, "balance": decided.balance, "seq": decided.seq}
