"""Who sits in the village committee and the Party branch, and where their close relatives live: none supervises."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import and_, select
from sqlalchemy.orm import Session

from villagepoints.domain.actor import Actor
from villagepoints.domain.calendar import village_date
from villagepoints.domain.errors import N_, BadInput, Conflict, NotFound
from villagepoints.domain.user import check_name, check_relation
from villagepoints.models import CommitteeMember, CommitteeRelative, Household
from villagepoints.services import activity, once
from villagepoints.services import household as households
from villagepoints.services.supervisor_term import check_may_record
from villagepoints.services.transaction import transaction

MOST_POSITION = 40  # characters


@dataclass(frozen=True, slots=True)
class Kin:
    """A household of a member's close relatives."""

    household_id: UUID
    number: str
    head_name: str
    relation: str


@dataclass(frozen=True, slots=True)
class Sitting:
    """A member of the committee; `number` is empty for who lives elsewhere."""

    id: UUID
    name: str
    position: str
    household_id: UUID | None
    number: str
    since_on: date
    until_on: date | None
    kin: tuple[Kin, ...]

    def is_over(self, on: date) -> bool:
        """Whether they no longer sit in it on a village date."""
        return self.until_on is not None and self.until_on < on


def listed(session: Session, village_id: UUID) -> Sequence[Sitting]:
    """Everybody ever recorded, who sits now first; two statements."""
    kin: dict[UUID, list[Kin]] = {}
    of_household = and_(
        Household.village_id == CommitteeRelative.village_id, Household.id == CommitteeRelative.household_id
    )
    for member_id, home_id, number, head_name, relation in session.execute(
        select(
            CommitteeRelative.member_id,
            Household.id,
            Household.number,
            Household.head_name,
            CommitteeRelative.relation,
        )
        .join(Household, of_household)
        .where(CommitteeRelative.village_id == village_id)
        .order_by(Household.number)
    ):
        kin.setdefault(member_id, []).append(Kin(home_id, number, head_name, relation))
    own = and_(Household.village_id == CommitteeMember.village_id, Household.id == CommitteeMember.household_id)
    rows = session.execute(
        select(CommitteeMember, Household.number)
        .outerjoin(Household, own)
        .where(CommitteeMember.village_id == village_id)
        .order_by(CommitteeMember.until_on.is_not(None), CommitteeMember.since_on, CommitteeMember.id)
    )
    return [_sitting(one, number, tuple(kin.get(one.id, ()))) for one, number in rows]


def _sitting(one: CommitteeMember, number: str | None, kin: tuple[Kin, ...]) -> Sitting:
    return Sitting(one.id, one.name, one.position, one.household_id, number or "", one.since_on, one.until_on, kin)


@transaction
def record(
    session: Session, actor: Actor, *, name: str, position: str, number: str, since_on: date, key: str, now: datetime
) -> UUID:
    """Record a member of the committee or the branch, `number` being their household's or empty; their id.

    Whoever of the supervision group shares their household does not act from then on. Raises BadInput, NotFound.
    """
    check_may_record(actor)
    asked = {"act": "record_committee", "name": name, "position": position, "number": number, "since": since_on}
    if (earlier := once.claim(session, actor.village_id, key, asked, now)) is not None:
        return UUID(earlier["id"])
    if len(position) > MOST_POSITION:
        raise BadInput(N_("职务最多 %(most)s 个字。没有记。"), most=MOST_POSITION).at("position")
    home = households.by_number(session, actor.village_id, number).id if number.strip() else None
    member = CommitteeMember(
        village_id=actor.village_id,
        name=check_name(name),
        position=position.strip(),
        household_id=home,
        since_on=since_on,
        recorded_by=actor.user_id,
        recorded_at=now,
    )
    session.add(member)
    session.flush()
    detail = {"name": member.name, "position": member.position, "household": str(home) if home else ""}
    activity.record(session, actor, "committee.recorded", now, subject=member.id, detail=detail)
    once.answer(session, actor.village_id, key, {"id": str(member.id)})
    return member.id


@transaction
def add_kin(
    session: Session, actor: Actor, *, member_id: UUID, number: str, relation: str, key: str, now: datetime
) -> None:
    """Record a household of a member's close relatives; Conflict where it is recorded already, BadInput, NotFound."""
    check_may_record(actor)
    asked = {"act": "committee_kin", "member": member_id, "number": number, "relation": relation}
    if once.claim(session, actor.village_id, key, asked, now) is not None:
        return
    member = _one(session, actor, member_id)
    home = households.by_number(session, actor.village_id, number)
    ids = (actor.village_id, member_id, home.id)
    if home.id == member.household_id or session.get(CommitteeRelative, ids) is not None:
        raise Conflict(N_("户号 %(number)s 已经登记过了，没有再记。"), number=home.number).at("number")
    kin = CommitteeRelative(village_id=actor.village_id, member_id=member_id, household_id=home.id)
    kin.relation, kin.declared_by, kin.declared_at = check_relation(relation), actor.user_id, now
    session.add(kin)
    session.flush()
    detail = {"name": member.name, "household": str(home.id), "relation": relation}
    activity.record(session, actor, "committee.relative_added", now, subject=member_id, detail=detail)
    once.answer(session, actor.village_id, key, {})


@transaction
def remove_kin(session: Session, actor: Actor, *, member_id: UUID, household_id: UUID, key: str, now: datetime) -> None:
    """Take back a household of relatives that was recorded by mistake; NotFound where it is not."""
    check_may_record(actor)
    asked = {"act": "committee_kin_removed", "member": member_id, "household": household_id}
    if once.claim(session, actor.village_id, key, asked, now) is not None:
        return
    member = _one(session, actor, member_id)
    kin = session.get(CommitteeRelative, (actor.village_id, member_id, household_id))
    if kin is None:
        raise NotFound(N_("没有登记过这一户。"))
    session.delete(kin)
    session.flush()
    detail = {"name": member.name, "household": str(household_id), "relation": kin.relation}
    activity.record(session, actor, "committee.relative_removed", now, subject=member_id, detail=detail)
    once.answer(session, actor.village_id, key, {})


@transaction
def leave(session: Session, actor: Actor, *, member_id: UUID, key: str, now: datetime) -> None:
    """Record that somebody sits there no longer, today being their last day; Conflict where they left, NotFound."""
    check_may_record(actor)
    if once.claim(session, actor.village_id, key, {"act": "committee_left", "member": member_id}, now) is not None:
        return
    member, today = _one(session, actor, member_id), village_date(now)
    if member.until_on is not None:
        raise Conflict(N_("%(name)s 已经登记离任了，没有再动。"), name=member.name)
    member.until_on = max(today, member.since_on)
    detail = {"name": member.name, "day": member.until_on.isoformat()}
    activity.record(session, actor, "committee.left", now, subject=member_id, detail=detail)
    once.answer(session, actor.village_id, key, {})


def _one(session: Session, actor: Actor, member_id: UUID) -> CommitteeMember:
    found = session.get(CommitteeMember, (actor.village_id, member_id), with_for_update=True)
    if found is None:
        raise NotFound(N_("没有登记过这个人。"))
    return found
