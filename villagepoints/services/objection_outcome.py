"""What an objection that was right brings about: an item refused, an entry reversed, replaced or given back, a finding
gone."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy.orm import Session

from villagepoints.domain import caps, ledger
from villagepoints.domain import claim as claim_rules
from villagepoints.domain import finding as finding_rules
from villagepoints.domain.actor import Actor
from villagepoints.domain.calendar import Month, village_date
from villagepoints.domain.errors import N_, BadInput, Conflict, RuleBroken
from villagepoints.domain.ledger import Draft
from villagepoints.domain.rulebook import BASE, base_points
from villagepoints.models import Claim, EntryText, Finding, LedgerEntry, Objection
from villagepoints.services import allowed, claim, crossed, finding, notice, posting, rulebook
from villagepoints.services import household as households
from villagepoints.services import objection_subject as subjects
from villagepoints.services.objection_subject import Subject

NOTE = 200  # characters that a review or a finding keeps of a reason


def takes_two(session: Session, subject: Subject, now: datetime) -> bool:
    """Whether putting it right takes two people: the reversal of an entry as large as needs two to be posted."""
    if subject.entry is None or subject.is_base_entry or subjects.reversed_by(session, subject.entry) is not None:
        return False
    book = rulebook.in_force(session, subject.entry.village_id, village_date(now))
    return book.needs_second_approver(subject.entry.points - subject.taken_back)


def put_right(
    session: Session, actor: Actor, row: Objection, subject: Subject, reason: str, points: int | None, now: datetime
) -> int | None:
    """Do it, inside the caller's transaction; the number of the reversal, None where no entry had to move.

    What another objection put right already stays as it is. Raises what the reversal raises, BadInput for points
    that are missing or change nothing, Conflict for an item that was posted meanwhile or a month just being closed.
    """
    if subject.entry is not None:
        return _entry(session, actor, row, subject, subject.entry, reason, points, now)
    if subject.claim is not None:
        _claim(session, actor, subject.claim, reason, now)
        return None
    return _finding(session, actor, subject.findings[0].id, reason, now)


def _claim(session: Session, actor: Actor, row: Claim, reason: str, now: datetime) -> None:
    """It does not go from its notice into the books."""
    if row.status == claim_rules.POSTED:
        raise Conflict(N_("这一条刚刚记上账了，没有改。请对记上的那一条另提异议。"))
    if row.status != claim_rules.APPROVED:
        return
    claim.review(session, actor.village_id, row, actor.user_id, claim_rules.REFUSED, reason[:NOTE], now)
    row.status = claim_rules.REFUSED
    if row.notice_id is not None:
        notice.settle_in(session, actor, row.notice_id, now)
    households.touch(session, actor.village_id, row.household_id)


def _entry(
    session: Session,
    actor: Actor,
    row: Objection,
    subject: Subject,
    entry: LedgerEntry,
    reason: str,
    points: int | None,
    now: datetime,
) -> int | None:
    posting.lock(session, actor.village_id, [entry.household_id])
    if (undone_by := subjects.reversed_by(session, entry)) is not None:
        return undone_by
    people: dict[str, UUID | None] = {"recorded_by": row.proposed_by, "approved_by": actor.user_id}
    if not subject.is_base_entry:
        undoing = posting.reverse_entry(session, entry.village_id, entry.household_id, entry.seq, reason, now, **people)
        if subject.taken_back and subject.claim is not None:
            _give_back(session, entry.household_id, subject.claim, now, people)
        return undoing.seq
    if _crossed(session, entry.village_id, entry.household_id, entry.occurred_on):
        raise RuleBroken(N_("这户那个月碰了红线，基础分是 0。红线认定错了，请先撤销红线，基础分会跟着恢复。没有改。"))
    if points is None or points == entry.points:
        raise BadInput(N_("提得对，就请填这一项应该得几分（原来记的是 %(points)s 分）。没有改。"), points=entry.points)
    return _replaced(session, entry, points, reason, now, people)


def _give_back(
    session: Session, household_id: UUID, claw_back: Claim, now: datetime, people: dict[str, UUID | None]
) -> None:
    """Post again, as it was and for its day, what was taken as falsely claimed.

    Its deed may have been recorded anew, or others have used up its cap: what the book counts once is not paid twice,
    and nothing of the answer is kept (RuleBroken).
    """
    village_id, seq = claw_back.village_id, claw_back.reverses_seq
    taken = session.get_one(LedgerEntry, (village_id, household_id, seq))
    text = session.get(EntryText, (village_id, household_id, seq))
    book = next(one for one in rulebook.versions(session, village_id) if one.version == taken.rulebook_version)
    item = book.item(taken.item_code or "")
    others = allowed.past(session, village_id, household_id, item, taken.occurred_on)
    for broken in caps.breaches(book, item, taken.points, taken.occurred_on, taken.occasion, others):
        raise broken
    draft = Draft(
        household_id=household_id,
        kind=ledger.AWARD,
        points=taken.points,
        occurred_on=taken.occurred_on,
        origin=ledger.PAGE,
        rulebook_version=taken.rulebook_version,
        item_code=taken.item_code,
        grade=taken.grade,
        quantity=taken.quantity,
        occasion=taken.occasion,
        note=text.note if text else "",
        evidence=tuple(text.evidence) if text else (),
        recorded_by=people["recorded_by"],
        approved_by=people["approved_by"],
    )
    posting.post(session, village_id, [draft], now)


def _replaced(
    session: Session, entry: LedgerEntry, points: int, reason: str, now: datetime, people: dict[str, UUID | None]
) -> int:
    """The number of the reversal: the entry posted in its place comes right after it."""
    return posting.replace_base(session, entry.village_id, entry, points, reason, now, **people).seq - 1


def _finding(session: Session, actor: Actor, finding_id: UUID, reason: str, now: datetime) -> int | None:
    """It never was; where its month is posted already, the item of that month is put right too."""
    found = finding.locked(session, actor.village_id, finding_id)
    if found.status == finding_rules.WITHDRAWN:
        return None
    state = subjects.month_status(session, actor.village_id, found.counts_on)
    if state == "" or found.status != finding_rules.COUNTED:
        finding.withdraw_in(session, actor, found, reason[:NOTE], now)
        return None
    if state != subjects.CLOSED:
        raise Conflict(N_("这个月正在结账，等结完再来答复这一件。异议还开着，什么都没有动。"))
    found.status = finding_rules.WITHDRAWN
    found.settled_on, found.settled_by, found.settled_note = village_date(now), actor.user_id, reason[:NOTE]
    session.flush()
    return _lift_base(session, actor, found, reason, now)


def _lift_base(session: Session, actor: Actor, found: Finding, reason: str, now: datetime) -> int | None:
    """The item of a closed month as it is without a finding that was withdrawn; imported months had no findings."""
    entry = subjects.standing_base(session, found)
    if entry is None or entry.origin == ledger.IMPORT:
        return None
    if _crossed(session, found.village_id, found.household_id, found.counts_on):
        return None
    item = rulebook.in_force(session, found.village_id, entry.occurred_on).item(found.item_code)
    if item.kind != BASE:
        return None
    points = base_points(item, sum(one.count for one in subjects.counted(session, entry)))
    if points <= entry.points:  # another objection may have given more already
        return None
    return _replaced(session, entry, points, reason, now, {"recorded_by": None, "approved_by": actor.user_id})


def _crossed(session: Session, village_id: UUID, household_id: UUID, on: date) -> bool:
    """Whether a red line keeps the household's base of the month of a village date at 0."""
    month = Month.of(on)
    return crossed.day_of(session, village_id, household_id, month.first, month.last) is not None
