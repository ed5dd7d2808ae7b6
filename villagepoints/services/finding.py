"""Findings: record what was found in the lane, recheck what was to be put right, withdraw what was an error."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from villagepoints.domain import finding as rules
from villagepoints.domain import recording
from villagepoints.domain.actor import Actor
from villagepoints.domain.calendar import Month, village_date
from villagepoints.domain.errors import N_, BadInput, Conflict, NotFound
from villagepoints.models import Finding, Household, MonthClose, Village
from villagepoints.services import allowed, evidence, once, posting, rulebook
from villagepoints.services import household as households
from villagepoints.services.evidence import Photo
from villagepoints.services.transaction import transaction


@dataclass(frozen=True, slots=True)
class Seen:
    """One item that something was found against: how many, and what shows it."""

    code: str
    count: int = 1
    photos: Sequence[Photo] = ()


@transaction
def record_all(
    session: Session,
    actor: Actor,
    *,
    key: str,
    household_id: UUID,
    seen: Sequence[Seen],
    found_on: date,
    note: str = "",
    now: datetime,
) -> list[UUID]:
    """Record what was found at one household on a village date, all of it or nothing: the first of its kind is
    persuaded about, a repeat counts; their ids.

    Raises RuleBroken for an item that is not scored by findings, a household that moved out or a closed year,
    Conflict for a closed month, NotAllowed for one's own household, BadInput for a date to come or an odd number.
    """
    request = {
        "find": str(household_id),
        "by": actor.user_id,
        "what": [[one.code, one.count, *_hashes(one.photos)] for one in seen],
        "said": [found_on.isoformat(), note],
    }
    if (earlier := once.claim(session, actor.village_id, key, request, now)) is not None:
        return [UUID(id_) for id_ in earlier["ids"]]
    ids = [record_in(session, actor, household_id, one, found_on, note, now).id for one in seen]
    _note_walk(session, actor.village_id, household_id, village_date(now))
    households.touch(session, actor.village_id, household_id)
    once.answer(session, actor.village_id, key, {"ids": [str(id_) for id_ in ids]})
    return ids


def record(
    session: Session, actor: Actor, *, code: str, count: int = 1, photos: Sequence[Photo] = (), **said: Any
) -> UUID:
    """The same for a single item; its id."""
    return record_all(session, actor, seen=[Seen(code, count, photos)], **said)[0]


def record_in(
    session: Session, actor: Actor, household_id: UUID, seen: Seen, found_on: date, note: str, now: datetime
) -> Finding:
    """One finding, inside the caller's transaction, which touches the household; raises as `record_all`."""
    today = village_date(now)
    status, rectify_by, version = _becomes(session, actor, household_id, seen.code, seen.count, found_on, today)
    row = Finding(
        village_id=actor.village_id,
        household_id=household_id,
        rulebook_version=version,
        item_code=seen.code,
        count=seen.count,
        found_on=found_on,
        note=note.strip(),
        status=status,
        rectify_by=rectify_by,
        counts_on=rectify_by or found_on,
        recorded_by=actor.user_id,
        recorded_at=now,
    )
    session.add(row)
    session.flush()
    evidence.attach(session, actor, seen.photos, household_id, now, finding_id=row.id)
    return row


def _becomes(
    session: Session, actor: Actor, household_id: UUID, code: str, count: int, found_on: date, today: date
) -> tuple[str, date | None, int]:
    """What such a finding becomes, by when it is to be put right, and by which version of the book; raises as
    `record_all`."""
    book = rulebook.in_force(session, actor.village_id, found_on)
    rules.check_item(book.item(code))
    rules.check_count(count)
    recording.check_day(book, found_on, today)
    allowed.check_people(session, actor.village_id, household_id, [actor.user_id])
    check_open(session, actor.village_id, found_on)
    posting.lock(session, actor.village_id, [household_id])  # one finding at a time
    recording.check_lives_here(households.get(session, actor.village_id, household_id).left_on, found_on)
    before = allowed.of_kind(session, actor.village_id, household_id, code, found_on)
    return *rules.becomes(book, found_on, before, today), book.version


@transaction
def recheck(
    session: Session,
    actor: Actor,
    *,
    key: str,
    finding_id: UUID,
    is_right: bool,
    note: str = "",
    photos: Sequence[Photo] = (),
    now: datetime,
) -> str:
    """Look again at what somebody was persuaded about: put right it costs nothing, else it counts; its new status.

    Raises Conflict where it is settled already, RuleBroken where the day has not come, BadInput without proof that
    it was put right, NotAllowed for one's own household, NotFound.
    """
    request = {
        "recheck": str(finding_id),
        "by": actor.user_id,
        "said": [is_right, note],
        "photos": _hashes(photos),
    }
    if (earlier := once.claim(session, actor.village_id, key, request, now)) is not None:
        return str(earlier["status"])
    today = village_date(now)
    _share_village(session, actor.village_id)
    row = locked(session, actor.village_id, finding_id)
    allowed.check_people(session, actor.village_id, row.household_id, [actor.user_id])
    status = rules.settle(row.status, is_right)
    item = rulebook.in_force(session, actor.village_id, row.found_on).item(row.item_code)
    rules.check_recheck(item, row.rectify_by, today, is_right=is_right, note=note, photos=len(photos))
    row.status = status
    if status == rules.COUNTED:
        row.counts_on = _first_open_day(session, actor.village_id, today)
    _settle(row, actor, note, today)
    session.flush()
    evidence.attach(session, actor, photos, row.household_id, now, is_recheck=True, finding_id=row.id)
    _note_walk(session, actor.village_id, row.household_id, today)
    households.touch(session, actor.village_id, row.household_id)
    once.answer(session, actor.village_id, key, {"status": status})
    return status


@transaction
def withdraw(session: Session, actor: Actor, *, key: str, finding_id: UUID, reason: str, now: datetime) -> None:
    """Take back a finding that was recorded in error, with the reason.

    Raises Conflict where it is withdrawn already or its month is closed, BadInput without a reason, NotAllowed for
    one's own household, NotFound.
    """
    request = {"withdraw_finding": str(finding_id), "by": actor.user_id, "reason": reason}
    if once.claim(session, actor.village_id, key, request, now) is not None:
        return
    _share_village(session, actor.village_id)
    withdraw_in(session, actor, locked(session, actor.village_id, finding_id), reason, now)
    once.answer(session, actor.village_id, key, {})


def withdraw_in(session: Session, actor: Actor, row: Finding, reason: str, now: datetime) -> None:
    """The withdrawal itself, inside the caller's transaction, of a row that is locked; raises as `withdraw`."""
    allowed.check_people(session, actor.village_id, row.household_id, [actor.user_id])
    if not reason.strip():
        raise BadInput(N_("请写明为什么撤销，村民会问起。没有撤销。"))
    if row.status == rules.WITHDRAWN:
        raise Conflict(N_("这一条已经撤销过了，没有再动。"))
    if row.status == rules.COUNTED:  # only what counts was posted with its month
        check_open(session, actor.village_id, row.counts_on)
    row.status = rules.WITHDRAWN
    _settle(row, actor, reason, village_date(now))
    session.flush()
    households.touch(session, actor.village_id, row.household_id)


@transaction
def walk_by(session: Session, actor: Actor, *, key: str, household_id: UUID, now: datetime) -> None:
    """Note that somebody looked at a household today and found nothing; raises NotFound, NotAllowed."""
    request = {"walk_by": str(household_id), "by": actor.user_id}
    if once.claim(session, actor.village_id, key, request, now) is not None:
        return
    households.get(session, actor.village_id, household_id)
    allowed.check_people(session, actor.village_id, household_id, [actor.user_id])
    _note_walk(session, actor.village_id, household_id, village_date(now))
    once.answer(session, actor.village_id, key, {})


def locked(session: Session, village_id: UUID, finding_id: UUID) -> Finding:
    """A finding of the village, its household's account locked before it; NotFound for any other."""
    household_id = session.scalar(
        select(Finding.household_id).where(Finding.village_id == village_id, Finding.id == finding_id)
    )
    if household_id is None:
        raise NotFound(N_("没有这一条检查发现。"))
    posting.lock(session, village_id, [household_id])
    return session.get_one(Finding, (village_id, finding_id), with_for_update=True, populate_existing=True)


def check_open(session: Session, village_id: UUID, on: date) -> None:
    """Refuse a village date in a month that is closed or being closed (Conflict); it then stays open until the
    caller's transaction ends."""
    _share_village(session, village_id)
    if _is_closed(session, village_id, Month.of(on)):
        raise Conflict(
            N_("%(month)s 已经结账，这个月的检查发现不能再动。什么都没有改；有错请走异议更正。"),
            month=str(Month.of(on)),
        )


def _share_village(session: Session, village_id: UUID) -> None:
    """Closing a month takes this row against all who share it, so no month closes in the middle of a finding."""
    session.execute(select(Village.id).where(Village.id == village_id).with_for_update(read=True))


def _is_closed(session: Session, village_id: UUID, month: Month) -> bool:
    return session.get(MonthClose, (village_id, str(month))) is not None


def _first_open_day(session: Session, village_id: UUID, today: date) -> date:
    """Today; or, where its month closed on its last day, the first of the next."""
    month = Month.of(today)
    return (month + 1).first if _is_closed(session, village_id, month) else today


def _settle(row: Finding, actor: Actor, note: str, today: date) -> None:
    row.settled_on, row.settled_by, row.settled_note = today, actor.user_id, note.strip()


def _note_walk(session: Session, village_id: UUID, household_id: UUID, today: date) -> None:
    # a plain update: the household's own page does not show it, and its other columns are none of our business
    session.execute(
        update(Household)
        .where(Household.village_id == village_id, Household.id == household_id)
        .values(walked_on=today)
        .execution_options(synchronize_session=False)
    )


def _hashes(photos: Sequence[Photo]) -> list[Any]:
    return [photo.sha256.hex() for photo in photos]
