"""Claims that undo an entry: its reversal where it was wrong, its claw-back where it was falsely claimed."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from villagepoints.domain import claim as rules
from villagepoints.domain.actor import Actor
from villagepoints.domain.calendar import village_date
from villagepoints.domain.errors import N_, BadInput, Conflict
from villagepoints.domain.rulebook import RuleItem, points_of
from villagepoints.models import Claim, LedgerEntry
from villagepoints.services import allowed, evidence, once, posting, rulebook
from villagepoints.services import household as households
from villagepoints.services.evidence import Photo
from villagepoints.services.transaction import transaction


@transaction
def propose_reversal(
    session: Session, actor: Actor, *, key: str, household_id: UUID, seq: int, reason: str, now: datetime
) -> UUID:
    """Keep the reversal of an entry as a claim that waits for another person; its id.

    Raises what `posting.reverse` raises, RuleBroken for a month's base, Conflict where somebody asked already.
    """
    request = {"propose_reversal": str(household_id), "seq": seq, "by": actor.user_id, "reason": reason}
    if (earlier := once.claim(session, actor.village_id, key, request, now)) is not None:
        return UUID(earlier["id"])
    row = propose_reversal_in(session, actor, household_id, seq, reason, now)
    once.answer(session, actor.village_id, key, {"id": str(row.id)})
    return row.id


def propose_reversal_in(
    session: Session, actor: Actor, household_id: UUID, seq: int, reason: str, now: datetime
) -> Claim:
    """The claim itself, inside the caller's transaction; raises as `propose_reversal`."""
    original = _to_undo(session, actor, household_id, seq, reason)
    rules.check_not_base(_item_of(session, original))
    return _add(
        session,
        Claim(
            village_id=actor.village_id,
            household_id=household_id,
            kind=rules.REVERSAL,
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
        ),
    )


@transaction
def propose_claw_back(
    session: Session,
    actor: Actor,
    *,
    key: str,
    household_id: UUID,
    seq: int,
    document: str,
    reason: str,
    now: datetime,
    photos: Sequence[Photo] = (),
) -> UUID:
    """Keep as a claim that a contribution was falsely claimed: what was gained goes back and the penalty is added, in
    one step once it is approved; its id. Its points are both together, so that what is large takes two people.

    Raises BadInput without a reason or anything to show it by, RuleBroken for what is no contribution, AlreadyReversed,
    Conflict where somebody asked already, NotAllowed for one's own household, NotFound.
    """
    request = {
        "propose_claw_back": str(household_id),
        "seq": seq,
        "by": actor.user_id,
        "said": [document, reason],
        "photos": [photo.sha256.hex() for photo in photos],
    }
    if (earlier := once.claim(session, actor.village_id, key, request, now)) is not None:
        return UUID(earlier["id"])
    row = propose_claw_back_in(session, actor, household_id, seq, document, reason, now, photos)
    once.answer(session, actor.village_id, key, {"id": str(row.id)})
    return row.id


def propose_claw_back_in(
    session: Session,
    actor: Actor,
    household_id: UUID,
    seq: int,
    document: str,
    reason: str,
    now: datetime,
    photos: Sequence[Photo] = (),
) -> Claim:
    """The claim itself, inside the caller's transaction; raises as `propose_claw_back`."""
    original = _to_undo(session, actor, household_id, seq, reason)
    rules.check_falsely_gained(_item_of(session, original))
    if not document.strip() and not photos:
        raise BadInput(N_("认定虚报要有依据：填文书或核查记录的名称，或者放照片。什么都没有动。")).at("document")
    book = rulebook.in_force(session, actor.village_id, village_date(now))
    item = rules.clawing_back(book)
    row = _add(
        session,
        Claim(
            village_id=actor.village_id,
            household_id=household_id,
            kind=rules.CLAW_BACK,
            rulebook_version=book.version,
            item_code=item.code,
            reverses_seq=seq,
            points=points_of(item, None, 1) - original.points,
            document=document.strip(),
            note=reason.strip(),
            occurred_on=village_date(now),
            claimed_at=now,
            recorded_by=actor.user_id,
        ),
    )
    evidence.attach(session, actor, photos, household_id, now, claim_id=row.id)
    return row


def _to_undo(session: Session, actor: Actor, household_id: UUID, seq: int, reason: str) -> LedgerEntry:
    """The entry, with its account locked, if nobody asked to undo it yet."""
    allowed.check_people(session, actor.village_id, household_id, [actor.user_id])
    posting.lock(session, actor.village_id, [household_id])
    original = posting.reversible(session, actor.village_id, household_id, seq, reason)
    same = (Claim.village_id == actor.village_id, Claim.household_id == household_id, Claim.reverses_seq == seq)
    if session.scalar(select(Claim.id).where(*same, Claim.status.in_((rules.WAITING, rules.APPROVED))).limit(1)):
        raise Conflict(N_("第 %(seq)s 条的冲正已经有人提过，还没有办完，没有再提。请到「审核」里看。"), seq=seq)
    return original


def _item_of(session: Session, original: LedgerEntry) -> RuleItem | None:
    return rulebook.item_of(session, original.village_id, original.rulebook_version, original.item_code)


def _add(session: Session, row: Claim) -> Claim:
    row.status = rules.WAITING
    session.add(row)
    session.flush()
    households.touch(session, row.village_id, row.household_id)
    return row
