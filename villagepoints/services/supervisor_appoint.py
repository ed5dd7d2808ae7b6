"""Choosing somebody into the supervision group: who may be, and what is recorded of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from villagepoints.domain import supervision as rules
from villagepoints.domain import user as accounts
from villagepoints.domain.actor import SUPERVISOR, Actor
from villagepoints.domain.calendar import village_date
from villagepoints.domain.deliberation import ASSEMBLIES
from villagepoints.domain.elder import age
from villagepoints.domain.errors import N_, BadInput, Conflict, NotAllowed, NotFound
from villagepoints.models import Resident, Supervisor, User, Village
from villagepoints.services import activity, once, supervisor_standing
from villagepoints.services import household as households
from villagepoints.services.pinyin import read
from villagepoints.services.supervisor_term import check_may_record
from villagepoints.services.transaction import transaction

MOST_DOCUMENT, MOST_CONTACT = 120, 40  # characters


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """What an assembly decided: whom it chose and for how long, by which document; `contact` is published."""

    resident_id: UUID
    login_name: str  # of the account that is made, where the person has none yet
    from_on: date
    until_on: date
    assembly: str
    document: str
    contact: str = ""


@dataclass(frozen=True, slots=True)
class Candidate:
    """Somebody of a household, and what keeps them out of the group; `years` is None where no birthday is known."""

    resident_id: UUID
    name: str
    years: int | None
    login_name: str  # of their account, or a proposal for one
    has_account: bool
    barred: NotAllowed | None


def bars(session: Session, village_id: UUID, household_ids: Sequence[UUID], today: date) -> dict[UUID, NotAllowed]:
    """What keeps everybody of these households out, for those where something does; five statements."""
    around = supervisor_standing.around(session, village_id, today)
    in_group = set(
        session.scalars(
            select(Supervisor.household_id).where(
                Supervisor.village_id == village_id, Supervisor.until_on >= today, Supervisor.ended_on.is_(None)
            )
        )
    )
    found: dict[UUID, NotAllowed] = {}
    for household_id in household_ids:
        barred = rules.bar(around.standing(household_id)) or rules.second_of(in_group, household_id)
        if barred is not None:
            found[household_id] = barred
    return found


def candidates(session: Session, village_id: UUID, household_id: UUID, today: date) -> Sequence[Candidate]:
    """Who of a household may be chosen, the head first, and who may not and why; six statements."""
    around = supervisor_standing.around(session, village_id, today)
    owned = {
        user.name: user
        for user in session.scalars(
            select(User).where(User.village_id == village_id, User.household_id == household_id)
        )
    }
    found = []
    for person in households.residents(session, village_id, household_id):
        if person.left_on is not None and person.left_on <= today:
            continue
        years = None if person.birth_on is None else age(person.birth_on, today)
        user = owned.get(person.name)
        standing = around.standing(household_id, user.id if user else None, age=years)
        login_name = user.login_name if user else read(person.name)[0].split(" ")[0]
        found.append(Candidate(person.id, person.name, years, login_name, user is not None, rules.bar(standing)))
    return found


@transaction
def appoint(session: Session, actor: Actor, *, choice: Choice, key: str, now: datetime) -> UUID:
    """Record a villager whom the assembly chose, give them an account with this role only, and return the term's id.

    Refuses who the law or the village's own rules keep out (NotAllowed with the reason), a full group or a second one
    of a household (NotAllowed), a term that is no term (BadInput), one beside another of theirs (Conflict), NotFound.
    """
    check_may_record(actor)
    asked = {"act": "appoint_supervisor", **{name: getattr(choice, name) for name in choice.__slots__}}
    if (earlier := once.claim(session, actor.village_id, key, asked, now)) is not None:
        return UUID(earlier["id"])
    today = village_date(now)
    _check_choice(choice, today)
    # one at a time: two who take the last place meet here
    session.execute(select(Village.id).where(Village.id == actor.village_id).with_for_update(key_share=True))
    person = session.get(Resident, (actor.village_id, choice.resident_id))
    if person is None or (person.left_on is not None and person.left_on <= today):
        raise NotFound(N_("这户现在没有这个人，请重新选。没有记。"))
    user = _account(session, actor, person.household_id, person.name)
    years = None if person.birth_on is None else age(person.birth_on, today)
    _check_place(session, actor, choice, person.household_id, user, years, today)
    user_id = _give_role(session, actor, user, person, choice.login_name, now)
    term = _add(session, actor, choice, user_id, person.household_id, now)
    once.answer(session, actor.village_id, key, {"id": str(term.id)})
    return term.id


def _check_choice(choice: Choice, today: date) -> None:
    rules.check_term(choice.from_on, choice.until_on, today)
    if choice.assembly not in ASSEMBLIES:
        raise BadInput(N_("请选是哪一种会议推选的。没有记。")).at("assembly")
    if not 1 <= len(choice.document.strip()) <= MOST_DOCUMENT:
        raise BadInput(N_("请填凭什么：哪一天的哪次会议、决议第几号。没有记。")).at("document")
    if len(choice.contact) > MOST_CONTACT:
        raise BadInput(N_("电话最多 %(most)s 个字。没有记。"), most=MOST_CONTACT).at("contact")


def _account(session: Session, actor: Actor, household_id: UUID, name: str) -> User | None:
    """The account somebody of a household has already, whichever way they came to it."""
    return session.scalars(
        select(User)
        .where(User.village_id == actor.village_id, User.household_id == household_id, User.name == name)
        .order_by(User.is_active.desc(), User.created_at)
        .limit(1)
    ).one_or_none()


def _check_place(
    session: Session,
    actor: Actor,
    choice: Choice,
    household_id: UUID,
    user: User | None,
    years: int | None,
    today: date,
) -> None:
    home = households.get(session, actor.village_id, household_id)
    around = supervisor_standing.around(session, actor.village_id, today)
    has_left = home.left_on is not None and home.left_on <= today
    standing = around.standing(household_id, user.id if user else None, age=years, has_left=has_left)
    if barred := rules.bar(standing):
        raise barred
    beside = session.execute(
        select(Supervisor.user_id, Supervisor.household_id).where(
            Supervisor.village_id == actor.village_id,
            Supervisor.until_on >= choice.from_on,
            Supervisor.from_on <= choice.until_on,
            or_(Supervisor.ended_on.is_(None), Supervisor.ended_on > choice.from_on),
        )
    ).all()
    if user is not None and _began(session, user, choice.from_on):
        raise Conflict(N_("%(name)s 有过同一天开始的任期，请另填一个开始的日子。没有记。"), name=user.name).at(
            "from_on"
        )
    if user is not None and any(user_id == user.id for user_id, _ in beside):
        raise Conflict(N_("%(name)s 已经在监督小组里，任期还没完。没有再记。"), name=user.name)
    rules.check_room([home_id for _, home_id in beside], household_id)


def _began(session: Session, user: User, day: date) -> bool:
    """Whether a term of theirs began on that day: one that was ended may have."""
    terms = select(Supervisor.id).where(Supervisor.village_id == user.village_id, Supervisor.user_id == user.id)
    return session.scalar(terms.where(Supervisor.from_on == day)) is not None


def _give_role(
    session: Session, actor: Actor, user: User | None, person: Resident, login_name: str, now: datetime
) -> UUID:
    if user is None:
        return _open_account(session, actor, person, login_name, now)
    if not user.is_active:
        user.is_active, user.roles = True, [SUPERVISOR]
        user.session_no += 1
        detail = {"roles": [SUPERVISOR]}
        activity.record(session, actor, "user.opened", now, subject=user.id, detail=detail)
    elif user.roles != [SUPERVISOR]:
        detail = {"before": list(user.roles), "after": [SUPERVISOR]}
        user.roles = [SUPERVISOR]
        activity.record(session, actor, "user.roles_changed", now, subject=user.id, detail=detail)
    return user.id


def _open_account(session: Session, actor: Actor, person: Resident, login_name: str, now: datetime) -> UUID:
    login_name = accounts.check_login_name(login_name)
    taken = select(User.id).where(User.village_id == actor.village_id, User.login_name == login_name)
    if session.scalar(taken) is not None:
        raise Conflict(N_("登录名「%(login)s」已经有人用了，请换一个。"), login=login_name).at("login_name")
    user = User(
        village_id=actor.village_id,
        login_name=login_name,
        name=accounts.check_name(person.name),
        roles=[SUPERVISOR],
        household_id=person.household_id,
        created_at=now,
    )
    session.add(user)
    session.flush()
    detail = {"login_name": login_name, "roles": [SUPERVISOR]}
    activity.record(session, actor, "user.added", now, subject=user.id, detail=detail)
    return user.id


def _add(
    session: Session, actor: Actor, choice: Choice, user_id: UUID, household_id: UUID, now: datetime
) -> Supervisor:
    term = Supervisor(
        village_id=actor.village_id,
        user_id=user_id,
        household_id=household_id,
        from_on=choice.from_on,
        until_on=choice.until_on,
        assembly=choice.assembly,
        document=choice.document.strip(),
        contact=choice.contact.strip(),
        appointed_by=actor.user_id,
        appointed_at=now,
    )
    session.add(term)
    session.flush()
    detail = {
        "from": choice.from_on.isoformat(),
        "until": choice.until_on.isoformat(),
        "document": term.document,
        "household": str(household_id),
    }
    activity.record(session, actor, "supervisor.appointed", now, subject=user_id, detail=detail)
    return term
