"""Terms in the supervision group: whose runs, whose runs out, who leaves early; each act in the activity trail."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import and_, select, update
from sqlalchemy.orm import Session

from villagepoints.domain import supervision as rules
from villagepoints.domain.actor import ADMIN, CLERK, SUPERVISOR, Actor
from villagepoints.domain.calendar import village_date
from villagepoints.domain.errors import N_, BadInput, Conflict, NotAllowed, NotFound
from villagepoints.models import Household, StaffDevice, Supervisor, User
from villagepoints.services import activity, once, supervisor_standing
from villagepoints.services.supervisor_standing import Around
from villagepoints.services.transaction import transaction

MOST_REASON = 200  # characters


@dataclass(frozen=True, slots=True)
class Term:
    """A term as the desk and the public page show it."""

    id: UUID
    user_id: UUID
    name: str
    household_id: UUID
    household_number: str
    from_on: date
    until_on: date
    assembly: str
    document: str
    contact: str
    ended_on: date | None
    ended_reason: str
    has_pin: bool
    barred: NotAllowed | None  # what keeps the member from acting today

    def runs(self, on: date) -> bool:
        """Whether it runs on a village date."""
        return self.from_on <= on <= self.until_on and (self.ended_on is None or on < self.ended_on)

    def is_over(self, on: date) -> bool:
        """Whether it is over by a village date."""
        return on > self.until_on or (self.ended_on is not None and on >= self.ended_on)

    def ends_soon(self, on: date) -> bool:
        """Whether it runs and ends within 30 days."""
        return self.runs(on) and self.until_on - on <= rules.SAID_BEFORE


def terms(session: Session, village_id: UUID, today: date) -> Sequence[Term]:
    """All terms there ever were, the running ones first, then those to come, then those that are over."""
    around = supervisor_standing.around(session, village_id, today)
    rows = session.execute(
        select(Supervisor, User.name, Household.number)
        .join(User, and_(User.village_id == Supervisor.village_id, User.id == Supervisor.user_id))
        .join(Household, and_(Household.village_id == Supervisor.village_id, Household.id == Supervisor.household_id))
        .where(Supervisor.village_id == village_id)
        .order_by(Supervisor.from_on.desc(), Supervisor.appointed_at, Supervisor.id)
    )
    found = [_term(one, name, number, around) for one, name, number in rows]
    return sorted(found, key=lambda term: (not term.runs(today), term.is_over(today)))


def _term(one: Supervisor, name: str, number: str, around: Around) -> Term:
    return Term(
        one.id,
        one.user_id,
        name,
        one.household_id,
        number,
        one.from_on,
        one.until_on,
        one.assembly,
        one.document,
        one.contact,
        one.ended_on,
        one.ended_reason,
        one.pin_hash is not None,
        around.bar_of(one),
    )


def check_may_record(actor: Actor) -> None:
    """Administrators and clerks record who supervises and who sits in the committee (a command may): NotAllowed."""
    if actor.household_id is not None or (actor.user_id is not None and not actor.is_any(ADMIN, CLERK)):
        raise NotAllowed(N_("监督小组和村委会成员由文书或管理员登记。没有记。"))


@transaction
def end(session: Session, actor: Actor, *, supervisor_id: UUID, reason: str, key: str, now: datetime) -> None:
    """End a term before its time, from today on: the role goes, and an account that had no other is closed.

    What the member saw and signed stays. Raises BadInput without a reason, Conflict for a term that is over, NotFound.
    """
    check_may_record(actor)
    asked = {"act": "end_supervisor", "supervisor": supervisor_id, "reason": reason}
    if once.claim(session, actor.village_id, key, asked, now) is not None:
        return
    term, today = _held(session, actor, supervisor_id), village_date(now)
    if not 1 <= len(reason.strip()) <= MOST_REASON:
        raise BadInput(N_("请写为什么离任，最多 %(most)s 个字。没有动。"), most=MOST_REASON).at("reason")
    if term.ended_on is not None or term.until_on < today:
        raise Conflict(N_("这个任期已经完了，没有再动。"))
    term.ended_on, term.ended_reason = today, reason.strip()
    user = session.get_one(User, (actor.village_id, term.user_id))
    _take_role(session, actor, user, now)
    detail = {"day": today.isoformat(), "reason": term.ended_reason}
    activity.record(session, actor, "supervisor.ended", now, subject=user.id, detail=detail)
    once.answer(session, actor.village_id, key, {})


def _take_role(session: Session, actor: Actor, user: User, now: datetime) -> None:
    after = [role for role in user.roles if role != SUPERVISOR]
    detail = {"before": list(user.roles), "after": after}
    user.roles = after
    activity.record(session, actor, "user.roles_changed", now, subject=user.id, detail=detail)
    if after:
        return
    user.is_active = False
    user.session_no += 1
    session.execute(
        update(StaffDevice)
        .where(
            StaffDevice.village_id == user.village_id, StaffDevice.user_id == user.id, StaffDevice.ended_at.is_(None)
        )
        .values(ended_at=now)
    )
    activity.record(session, actor, "user.closed", now, subject=user.id)


@transaction
def clear_pin(session: Session, actor: Actor, *, supervisor_id: UUID, key: str, now: datetime) -> None:
    """Forget a signing PIN that its member forgot: they choose another at their own sign-in; it stands in the trail.

    An administrator does (NotAllowed). Raises Conflict where there is none, NotFound.
    """
    if not actor.is_any(ADMIN):
        raise NotAllowed(N_("忘了签字密码，由管理员来清掉，本人再设新的。没有动。"))
    if once.claim(session, actor.village_id, key, {"act": "clear_pin", "supervisor": supervisor_id}, now) is not None:
        return
    term = _held(session, actor, supervisor_id)
    if term.pin_hash is None:
        raise Conflict(N_("本来就没有设签字密码，没有什么要清。"))
    term.pin_hash, term.pin_set_at = None, None
    activity.record(session, actor, "supervisor.pin_cleared", now, subject=term.user_id)
    once.answer(session, actor.village_id, key, {})


def _held(session: Session, actor: Actor, supervisor_id: UUID) -> Supervisor:
    found = session.get(Supervisor, (actor.village_id, supervisor_id), with_for_update=True)
    if found is None:
        raise NotFound(N_("监督小组里没有这个人。"))
    return found
