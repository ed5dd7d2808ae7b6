"""红线: record that one was crossed, let another person confirm or refuse it, lift what was wrong."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from villagepoints.domain import recording
from villagepoints.domain import red_line as rules
from villagepoints.domain.actor import Actor
from villagepoints.domain.calendar import village_date
from villagepoints.domain.errors import N_, BadInput, Conflict, NotFound
from villagepoints.domain.rulebook import RedLine, RuleBook
from villagepoints.models import Household, RedLineCase
from villagepoints.services import activity, allowed, evidence, once, posting, red_line_base, rulebook
from villagepoints.services import household as households
from villagepoints.services.evidence import Photo
from villagepoints.services.transaction import transaction


@dataclass(frozen=True, slots=True)
class Crossed:
    """Which red line a household is said to have crossed, when, and on which paper it rests."""

    code: str
    found_on: date
    document: str = ""
    note: str = ""


@transaction
def record(
    session: Session,
    actor: Actor,
    *,
    key: str,
    household_id: UUID,
    crossed: Crossed,
    now: datetime,
    photos: Sequence[Photo] = (),
) -> UUID:
    """Record a red line that waits to be confirmed; its id. Nothing of the household changes yet.

    Raises RuleBroken (no such line, no document, closed year, moved out), BadInput for a date that has not come,
    NotAllowed for one's own household, Conflict where the same one stands already, NotFound.
    """
    request = {
        "red_line": str(household_id),
        "by": actor.user_id,
        "crossed": [crossed.code, crossed.found_on, crossed.document, crossed.note],
        "photos": [photo.sha256.hex() for photo in photos],
    }
    if (earlier := once.claim(session, actor.village_id, key, request, now)) is not None:
        return UUID(earlier["id"])
    household = households.get(session, actor.village_id, household_id)
    allowed.check_people(session, actor.village_id, household_id, [actor.user_id])
    book = rulebook.in_force(session, actor.village_id, crossed.found_on)
    recording.check_day(book, crossed.found_on, village_date(now))
    recording.check_lives_here(household.left_on, crossed.found_on)
    rules.check_document(book.red_line(crossed.code), crossed.document)
    red_line_base.hold(session, actor.village_id)
    _check_first(session, actor.village_id, household_id, crossed)
    row = RedLineCase(
        village_id=actor.village_id,
        household_id=household_id,
        rulebook_version=book.version,
        code=crossed.code,
        found_on=crossed.found_on,
        document=crossed.document.strip(),
        note=crossed.note.strip(),
        status=rules.WAITING,
        recorded_by=actor.user_id,
        recorded_at=now,
    )
    session.add(row)
    session.flush()
    evidence.attach(session, actor, photos, household_id, now, red_line_case_id=row.id)
    tell(session, actor, row, "red_line.recorded", now)
    once.answer(session, actor.village_id, key, {"id": str(row.id)})
    return row.id


def _check_first(session: Session, village_id: UUID, household_id: UUID, crossed: Crossed) -> None:
    same = select(RedLineCase.id).where(
        RedLineCase.village_id == village_id,
        RedLineCase.household_id == household_id,
        RedLineCase.code == crossed.code,
        RedLineCase.found_on == crossed.found_on,
        RedLineCase.status.in_((rules.WAITING, rules.CONFIRMED)),
    )
    if session.scalar(same.limit(1)):
        raise Conflict(
            N_("这户 %(day)s 的红线 %(code)s 已经记过了，没有再记。"),
            day=crossed.found_on.isoformat(),
            code=crossed.code,
        )


@transaction
def confirm(session: Session, actor: Actor, *, key: str, case_id: UUID, now: datetime) -> date:
    """Confirm a case: redemption rests from today, the month's base becomes 0; the first day it may redeem again.

    Earned points stay. A month that is not closed yet has no entries to put right: its close gives nothing.
    Raises Conflict where it is decided or its month is just being closed, NotAllowed for the recorder and whoever is
    concerned, NotFound.
    """
    request = {"confirm_red_line": str(case_id), "by": actor.user_id}
    if (earlier := once.claim(session, actor.village_id, key, request, now)) is not None:
        return date.fromisoformat(earlier["until"])
    row = _to_decide(session, actor, case_id)
    line = line_of(session, row)
    row.status, row.decided_by, row.decided_at = rules.CONFIRMED, actor.user_id, now
    row.paused_from = village_date(now)
    row.paused_until = rules.months_later(row.paused_from, line.pause_months)
    write_pause(session, row)
    reason = f"红线 {line.code}：当月基础分为 0"
    red_line_base.put_right(session, row, reason, now, recorded_by=row.recorded_by, approved_by=actor.user_id)
    tell(session, actor, row, "red_line.confirmed", now)
    once.answer(session, actor.village_id, key, {"until": row.paused_until.isoformat()})
    return row.paused_until


@transaction
def refuse(session: Session, actor: Actor, *, key: str, case_id: UUID, reason: str, now: datetime) -> None:
    """Refuse a case with a reason the household reads; nothing else changes. Raises as `confirm`, and BadInput."""
    request = {"refuse_red_line": str(case_id), "by": actor.user_id, "reason": reason}
    if once.claim(session, actor.village_id, key, request, now) is not None:
        return
    if not reason.strip():
        raise BadInput(N_("请写明为什么不认定，这户会看到。什么都没有动。"))
    row = _to_decide(session, actor, case_id)
    row.status, row.decided_by, row.decided_at = rules.REFUSED, actor.user_id, now
    row.reason = reason.strip()[:200]
    session.flush()
    tell(session, actor, row, "red_line.refused", now)
    once.answer(session, actor.village_id, key, {})


def _to_decide(session: Session, actor: Actor, case_id: UUID) -> RedLineCase:
    row = locked(session, actor.village_id, case_id)
    rules.check_open(row.status)
    rules.check_decider(actor.user_id, row.recorded_by)
    allowed.check_people(session, actor.village_id, row.household_id, [actor.user_id, row.recorded_by])
    return row


@transaction
def lift(session: Session, actor: Actor, *, key: str, case_id: UUID, reason: str, now: datetime) -> None:
    """Lift a case that was wrongly confirmed: by another person than confirmed it, and with a reason.

    Raises Conflict where it does not stand, NotAllowed, BadInput without a reason, NotFound.
    """
    request = {"lift_red_line": str(case_id), "by": actor.user_id, "reason": reason}
    if once.claim(session, actor.village_id, key, request, now) is not None:
        return
    lift_in(session, actor, locked(session, actor.village_id, case_id), reason, now)
    once.answer(session, actor.village_id, key, {})


def lift_in(session: Session, actor: Actor, row: RedLineCase, reason: str, now: datetime) -> None:
    """The lifting itself, inside the caller's transaction, of a case that `locked` gave; raises as `lift`."""
    if not reason.strip():
        raise BadInput(N_("请写明为什么撤销，这户会看到。什么都没有动。"))
    rules.check_lifter(actor.user_id, row.status, row.decided_by)
    allowed.check_people(session, actor.village_id, row.household_id, [actor.user_id])
    row.status, row.reason = rules.LIFTED, reason.strip()[:200]
    write_pause(session, row)
    red_line_base.put_right(session, row, row.reason, now, recorded_by=actor.user_id, approved_by=None)
    tell(session, actor, row, "red_line.lifted", now)


def locked(session: Session, village_id: UUID, case_id: UUID) -> RedLineCase:
    """The case with its household's account, locked; NotFound where the village has none of that id.

    Conflict while a month is being closed.
    """
    household_id = session.scalar(
        select(RedLineCase.household_id).where(RedLineCase.village_id == village_id, RedLineCase.id == case_id)
    )
    if household_id is None:
        raise NotFound(N_("没有这一条红线记录。"))
    red_line_base.hold(session, village_id)
    red_line_base.check_not_closing(session, village_id)
    posting.lock(session, village_id, [household_id])
    return session.get_one(RedLineCase, (village_id, case_id), populate_existing=True)


def rulebook_of(session: Session, row: RedLineCase) -> RuleBook:
    """The version of the rules that was in force when the line was crossed."""
    return next(book for book in rulebook.versions(session, row.village_id) if book.version == row.rulebook_version)


def line_of(session: Session, row: RedLineCase) -> RedLine:
    """The red line of a case as its own version of the rules has it."""
    return rulebook_of(session, row).red_line(row.code)


def write_pause(session: Session, row: RedLineCase) -> None:
    """Let the household's row say until when all its standing cases together pause it."""
    session.flush()
    longest = select(func.max(RedLineCase.paused_until)).where(
        RedLineCase.village_id == row.village_id,
        RedLineCase.household_id == row.household_id,
        RedLineCase.status == rules.CONFIRMED,
    )
    session.execute(
        update(Household)
        .where(Household.village_id == row.village_id, Household.id == row.household_id)
        .values(redeem_paused_until=session.scalar(longest))
        .execution_options(synchronize_session=False)
    )


def tell(session: Session, actor: Actor, row: RedLineCase, action: str, now: datetime) -> None:
    """Show it on the household's own page, and keep it in the trail."""
    households.touch(session, row.village_id, row.household_id)
    detail = {"case": row.id, "code": row.code, "found_on": row.found_on, "paused_until": row.paused_until}
    activity.record(session, actor, action, now, subject=row.household_id, detail=detail)
