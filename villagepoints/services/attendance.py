"""Who was at an activity: check in and out by phone or by hand, put times right, and ask for the points."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import and_, func, select
from sqlalchemy.orm import Session

from villagepoints.domain import gathering as rules
from villagepoints.domain.actor import Actor
from villagepoints.domain.errors import N_, BadInput, Conflict, NotAllowed, NotFound
from villagepoints.models import Attendance, Gathering
from villagepoints.services import activity, allowed, gathering_list, once, posting
from villagepoints.services import household as households
from villagepoints.services.gathering import locked
from villagepoints.services.transaction import transaction


def people_of(session: Session, village_id: UUID, household_id: UUID) -> Sequence[str]:
    """The names of who may be checked in for a household: who lives there, its head where the roster names nobody."""
    here = [one.name for one in households.residents(session, village_id, household_id) if one.left_on is None]
    return here or [households.get(session, village_id, household_id).head_name]


@transaction
def check_in(session: Session, actor: Actor, *, key: str, gathering_id: UUID, person: str, now: datetime) -> None:
    """Somebody of the acting household arrives, by its own phone.

    Raises RuleBroken outside the time for it, Conflict where that person is in already, BadInput for a stranger.
    """
    request = {"arrive": str(gathering_id), "of": actor.household_id, "person": person}
    if once.claim(session, actor.village_id, key, request, now) is not None:
        return
    household_id = _own(actor)
    gathering = locked(session, actor.village_id, gathering_id)
    rules.check_in_open(gathering, now)
    _add(session, actor, gathering, household_id, person, now, None)
    once.answer(session, actor.village_id, key, {})


@transaction
def check_out(session: Session, actor: Actor, *, key: str, gathering_id: UUID, person: str, now: datetime) -> None:
    """The same person leaves; later than the end counts as the end. Raises RuleBroken when it is too late for it,
    Conflict where they are out already, NotFound where they never came."""
    request = {"leave": str(gathering_id), "of": actor.household_id, "person": person}
    if once.claim(session, actor.village_id, key, request, now) is not None:
        return
    household_id = _own(actor)
    gathering = locked(session, actor.village_id, gathering_id)
    rules.check_out_open(gathering, now)
    row = _found(session, gathering, household_id, person)
    if row is None:
        raise NotFound(N_("%(person)s没有签到，没有签退。"), person=person)
    if row.checked_out_at is not None:
        raise Conflict(N_("%(person)s已经签退了，没有再记。"), person=person)
    row.checked_out_at = max(row.checked_in_at, min(now, gathering.ends_at))
    session.flush()
    once.answer(session, actor.village_id, key, {})


@transaction
def enter(
    session: Session,
    actor: Actor,
    *,
    key: str,
    gathering_id: UUID,
    household_number: str,
    person: str,
    arrived: datetime,
    left: datetime | None,
    now: datetime,
) -> None:
    """Write somebody without a phone on the list by hand, the head of the household where no name is given.

    Raises BadInput for a stranger to the household or times outside the activity, Conflict for who is on it already,
    NotAllowed for one's own household, NotFound for an unknown number.
    """
    household = households.by_number(session, actor.village_id, household_number)
    request = {
        "enter": str(gathering_id),
        "by": actor.user_id,
        "who": [str(household.id), person, arrived.isoformat(), left and left.isoformat()],
    }
    if once.claim(session, actor.village_id, key, request, now) is not None:
        return
    gathering = locked(session, actor.village_id, gathering_id)
    rules.check_not_cancelled(gathering.status)
    rules.check_times(gathering, arrived, left)
    allowed.check_people(session, actor.village_id, household.id, [actor.user_id])
    _add(session, actor, gathering, household.id, person.strip() or household.head_name, arrived, left)
    once.answer(session, actor.village_id, key, {})


@transaction
def correct(
    session: Session,
    actor: Actor,
    *,
    key: str,
    gathering_id: UUID,
    attendance_id: UUID,
    arrived: datetime,
    left: datetime | None,
    reason: str,
    now: datetime,
) -> None:
    """Put the times of an attendance right, with a reason that stays beside them.

    Raises BadInput without a reason or for times outside the activity, Conflict once its points were asked for,
    NotAllowed for one's own household, NotFound.
    """
    times = [arrived.isoformat(), left and left.isoformat()]
    request = {"correct": str(attendance_id), "by": actor.user_id, "to": times, "reason": reason}
    if once.claim(session, actor.village_id, key, request, now) is not None:
        return
    gathering, row = _changeable(session, actor, gathering_id, attendance_id, reason)
    rules.check_times(gathering, arrived, left)
    before = [row.checked_in_at.isoformat(), row.checked_out_at and row.checked_out_at.isoformat()]
    row.checked_in_at, row.checked_out_at, row.remark, row.refusal = arrived, left, reason.strip(), None
    session.flush()
    detail = {"gathering": str(gathering_id), "before": before, "after": times, "reason": reason.strip()}
    activity.record(session, actor, "attendance.corrected", now, subject=attendance_id, detail=detail)
    once.answer(session, actor.village_id, key, {})


@transaction
def remove(
    session: Session, actor: Actor, *, key: str, gathering_id: UUID, attendance_id: UUID, reason: str, now: datetime
) -> None:
    """Take somebody who was not there off the list, with a reason; the trail keeps it. Raises as `correct`."""
    request = {"remove": str(attendance_id), "by": actor.user_id, "reason": reason}
    if once.claim(session, actor.village_id, key, request, now) is not None:
        return
    _gathering, row = _changeable(session, actor, gathering_id, attendance_id, reason)
    detail = {"gathering": str(gathering_id), "household": str(row.household_id), "reason": reason.strip()}
    session.delete(row)
    session.flush()
    activity.record(session, actor, "attendance.removed", now, subject=attendance_id, detail=detail)
    once.answer(session, actor.village_id, key, {})


def _own(actor: Actor) -> UUID:
    if actor.household_id is None:
        raise NotAllowed(N_("签到要用自己家的手机，没有签。"))
    return actor.household_id


def _found(session: Session, gathering: Gathering, household_id: UUID, person: str) -> Attendance | None:
    return session.scalars(
        select(Attendance).where(
            Attendance.village_id == gathering.village_id,
            Attendance.gathering_id == gathering.id,
            Attendance.household_id == household_id,
            Attendance.person == person,
        )
    ).one_or_none()


def _add(
    session: Session,
    actor: Actor,
    gathering: Gathering,
    household_id: UUID,
    person: str,
    arrived: datetime,
    left: datetime | None,
) -> None:
    if person not in people_of(session, actor.village_id, household_id):
        raise BadInput(N_("这户的花名册里没有「%(person)s」，没有签。请看看名字写得对不对。"), person=person[:20])
    if _found(session, gathering, household_id, person) is not None:
        raise Conflict(N_("%(person)s已经签过到了，没有再记。"), person=person)
    _check_nowhere_else(session, gathering, household_id, person, arrived, left)
    key = {"village_id": actor.village_id, "gathering_id": gathering.id, "household_id": household_id}
    row = Attendance(**key, person=person, checked_in_at=arrived, checked_out_at=left, recorded_by=actor.user_id)
    session.add(row)
    session.flush()


def _check_nowhere_else(
    session: Session, gathering: Gathering, household_id: UUID, person: str, arrived: datetime, left: datetime | None
) -> None:
    """Refuse somebody who was at another activity at the same time (Conflict); one household at a time may ask."""
    posting.lock(session, gathering.village_id, [household_id])
    title = session.scalar(
        select(Gathering.title)
        .join(
            Attendance,
            and_(Attendance.village_id == Gathering.village_id, Attendance.gathering_id == Gathering.id),
        )
        .where(
            Attendance.village_id == gathering.village_id,
            Attendance.gathering_id != gathering.id,
            Attendance.household_id == household_id,
            Attendance.person == person,
            Attendance.checked_in_at < (left or gathering.ends_at),
            func.coalesce(Attendance.checked_out_at, Gathering.ends_at) > arrived,
            Gathering.status != rules.CANCELLED,
        )
        .limit(1)
    )
    if title is not None:
        raise Conflict(N_("%(person)s这个时候在「%(title)s」，没有签。请先在那边签退。"), person=person, title=title)


def _changeable(
    session: Session, actor: Actor, gathering_id: UUID, attendance_id: UUID, reason: str
) -> tuple[Gathering, Attendance]:
    """The activity, locked, and an attendance of it that may still be changed."""
    if not reason.strip():
        raise BadInput(N_("请写明为什么改，没有改。"))
    gathering = locked(session, actor.village_id, gathering_id)
    row = gathering_list.attendance(session, actor.village_id, gathering_id, attendance_id)
    rules.check_not_cancelled(gathering.status)
    allowed.check_people(session, actor.village_id, row.household_id, [actor.user_id])
    if row.claim_id is not None:
        raise Conflict(
            N_("%(person)s这一次已经报了分，不能再改。记错了，到「审核」里退回，或者冲正。"), person=row.person
        )
    return gathering, row
