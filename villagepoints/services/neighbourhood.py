"""居委会: the neighbourhood committees, whose account belongs to which, which relocated household each looks after."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, delete, func, insert, select, update
from sqlalchemy.orm import Session

from villagepoints.domain import neighbourhood as rules
from villagepoints.domain.actor import ADMIN, CLERK, GRID_WORKER, NEIGHBOURHOOD, REVIEWER, Actor
from villagepoints.domain.errors import N_, Conflict, NotAllowed, NotFound
from villagepoints.models import Household, JointSession, Neighbourhood, NeighbourhoodMember, Relocation, User, Village
from villagepoints.services import activity, once, relocated
from villagepoints.services.relocated import Filter
from villagepoints.services.transaction import transaction

SEES_ALL = (CLERK, REVIEWER, ADMIN, GRID_WORKER)  # of the village: every committee's households


@dataclass(frozen=True, slots=True, kw_only=True)
class Details:
    """What is written down of a committee."""

    name: str
    contact_name: str = ""
    contact_phone: str = ""
    is_active: bool = True


@dataclass(frozen=True, slots=True)
class NeighbourhoodRow:
    """A line of the list of committees: its households and accounts, the quarter of its last session."""

    id: UUID
    name: str
    contact_name: str
    contact_phone: str
    is_active: bool
    households: int
    elders: int
    accounts: int
    last_quarter: str | None


@dataclass(frozen=True, slots=True)
class Account:
    """An account with the committees' role, and the committee it belongs to now."""

    id: UUID
    name: str
    login_name: str
    neighbourhood_id: UUID | None


@transaction
def add(session: Session, actor: Actor, *, key: str, details: Details, now: datetime) -> UUID:
    """Write down one more committee; its id. Raises BadInput for an unusable name, Conflict for one that is there."""
    request = {"add_neighbourhood": asdict(details), "by": actor.user_id}
    if (earlier := once.claim(session, actor.village_id, key, request, now)) is not None:
        return UUID(earlier["id"])
    one_at_a_time(session, actor.village_id)
    row = Neighbourhood(village_id=actor.village_id, **_checked(session, actor.village_id, details, None))
    session.add(row)
    session.flush()
    activity.record(session, actor, "neighbourhood.added", now, subject=row.id, detail={"name": row.name})
    once.answer(session, actor.village_id, key, {"id": str(row.id)})
    return row.id


@transaction
def change(
    session: Session, actor: Actor, *, key: str, neighbourhood_id: UUID, details: Details, now: datetime
) -> None:
    """Put right what is written of a committee, or set it aside; its accounts then see nothing. Raises as `add`,
    NotFound."""
    request = {"change_neighbourhood": str(neighbourhood_id), "to": asdict(details), "by": actor.user_id}
    if once.claim(session, actor.village_id, key, request, now) is not None:
        return
    one_at_a_time(session, actor.village_id)
    row = one(session, actor.village_id, neighbourhood_id)
    values = _checked(session, actor.village_id, details, neighbourhood_id)
    before = {name: getattr(row, name) for name in values if getattr(row, name) != values[name]}
    for name in before:
        setattr(row, name, values[name])
    session.flush()
    if before:
        detail = {"before": before, "after": {name: values[name] for name in before}}
        activity.record(session, actor, "neighbourhood.changed", now, subject=row.id, detail=detail)
    once.answer(session, actor.village_id, key, {})


def _checked(session: Session, village_id: UUID, details: Details, own: UUID | None) -> dict[str, Any]:
    name = rules.check_name(details.name)
    taken = session.scalar(
        select(Neighbourhood.id).where(Neighbourhood.village_id == village_id, Neighbourhood.name == name)
    )
    if taken not in (None, own):
        raise Conflict(N_("已经有「%(name)s」了，没有存。"), name=name).at("name")
    return {
        "name": name,
        "contact_name": details.contact_name.strip()[: rules.MOST_CONTACT],
        "contact_phone": details.contact_phone.strip()[: rules.MOST_PHONE],
        "is_active": details.is_active,
    }


@transaction
def set_members(
    session: Session, actor: Actor, *, key: str, neighbourhood_id: UUID, user_ids: Collection[UUID], now: datetime
) -> None:
    """Say whose accounts belong to a committee; who belonged to another leaves that.

    Raises NotAllowed for anybody but an administrator, BadInput for an account without the role, NotFound.
    """
    if not actor.is_any(ADMIN):
        raise NotAllowed(N_("哪个账号归哪个居委会，由管理员来定。没有改。"))
    wanted = sorted(set(user_ids), key=str)
    request = {"neighbourhood_members": str(neighbourhood_id), "users": wanted, "by": actor.user_id}
    if once.claim(session, actor.village_id, key, request, now) is not None:
        return
    one_at_a_time(session, actor.village_id)
    one(session, actor.village_id, neighbourhood_id)
    here = (NeighbourhoodMember.village_id == actor.village_id,)
    belongs = dict(
        session.execute(select(NeighbourhoodMember.user_id, NeighbourhoodMember.neighbourhood_id).where(*here)).all()
    )
    before = [user_id for user_id, of in belongs.items() if of == neighbourhood_id]
    for user_id in wanted:
        user = session.get(User, (actor.village_id, user_id))
        if user is None:
            raise NotFound(N_("没有这个人。"))
        rules.check_member(user.roles)
    session.execute(delete(NeighbourhoodMember).where(*here, NeighbourhoodMember.user_id.in_([*before, *wanted])))
    row = {"village_id": actor.village_id, "neighbourhood_id": neighbourhood_id}
    if wanted:
        session.execute(insert(NeighbourhoodMember), [{**row, "user_id": user_id} for user_id in wanted])
    detail = {"before": {"members": sorted(before, key=str)}, "after": {"members": wanted}}
    activity.record(session, actor, "neighbourhood.members", now, subject=neighbourhood_id, detail=detail)
    once.answer(session, actor.village_id, key, {})


@transaction
def assign(
    session: Session,
    actor: Actor,
    *,
    key: str,
    neighbourhood_id: UUID,
    asked: Filter,
    expected: int,
    now: datetime,
) -> int:
    """Give the relocated households that match to a committee; how many changed hands.

    Raises Conflict where others match than the `expected` ones that were confirmed, or the committee is set aside;
    NotFound.
    """
    request = {
        "assign": str(neighbourhood_id),
        "which": [str(part) for part in (asked.words, asked.neighbourhood_id, asked.unassigned, asked.elders)],
        "ids": sorted(map(str, asked.ids)),
        "expected": expected,
        "by": actor.user_id,
    }
    if (earlier := once.claim(session, actor.village_id, key, request, now)) is not None:
        return int(earlier["moved"])
    one_at_a_time(session, actor.village_id)
    rules.check_active(one(session, actor.village_id, neighbourhood_id).is_active)
    found = relocated.matching(session, actor.village_id, asked)
    if len(found) != expected:
        raise Conflict(
            N_("刚才是 %(expected)s 户，现在是 %(found)s 户，名单变了。没有分，请重新选。"),
            expected=expected,
            found=len(found),
        )
    moved = assign_in(session, actor, {row.id: row.neighbourhood_id for row in found}, neighbourhood_id, now)
    once.answer(session, actor.village_id, key, {"moved": moved})
    return moved


def assign_in(
    session: Session, actor: Actor, before: Mapping[UUID, UUID | None], neighbourhood_id: UUID, now: datetime
) -> int:
    """The same inside the caller's transaction; `before` says by household whose each is now, None: nobody's."""
    changed = {home: of for home, of in before.items() if of != neighbourhood_id}
    here = {"village_id": actor.village_id, "neighbourhood_id": neighbourhood_id}
    if fresh := [{**here, "household_id": home} for home, of in changed.items() if of is None]:
        session.execute(insert(Relocation), fresh)
    if given := [{**here, "household_id": home} for home, of in changed.items() if of is not None]:
        session.execute(update(Relocation), given)
    every = select(Neighbourhood.id, Neighbourhood.name).where(Neighbourhood.village_id == actor.village_id)
    names = dict(session.execute(every).all())
    after = {"neighbourhood": names[neighbourhood_id]}
    acts = [
        (home, {"before": {"neighbourhood": names[of] if of else None}, "after": after}) for home, of in changed.items()
    ]
    activity.record_all(session, actor, "relocation.assigned", now, acts)
    return len(changed)


def one_at_a_time(session: Session, village_id: UUID) -> None:
    """Wait for whoever gives the same households away or opens the same session; until the transaction ends."""
    session.execute(select(Village.id).where(Village.id == village_id).with_for_update(key_share=True))


def scope(session: Session, actor: Actor) -> UUID | None:
    """Whose households somebody may see: None for all of the village, else the committee an account belongs to.

    Raises NotAllowed for an account that belongs to no committee, or to one that is set aside.
    """
    if actor.is_any(*SEES_ALL):
        return None
    of_member = and_(
        NeighbourhoodMember.village_id == Neighbourhood.village_id,
        NeighbourhoodMember.neighbourhood_id == Neighbourhood.id,
    )
    found = session.scalar(
        select(Neighbourhood.id)
        .join(NeighbourhoodMember, of_member)
        .where(
            Neighbourhood.village_id == actor.village_id,
            NeighbourhoodMember.user_id == actor.user_id,
            Neighbourhood.is_active.is_(True),
        )
    )
    if found is None:
        raise NotAllowed(N_("您的账号还没有分到哪个居委会，所以没有名单可看。请村里的管理员在「居委会」里选上您。"))
    return found


def one(session: Session, village_id: UUID, neighbourhood_id: UUID) -> Neighbourhood:
    """A committee of the village; NotFound for any other."""
    row = session.get(Neighbourhood, (village_id, neighbourhood_id))
    if row is None:
        raise NotFound(N_("没有这个居委会。"))
    return row


def choices(session: Session, village_id: UUID) -> Sequence[tuple[UUID, str]]:
    """The committees at work, id and name, by name; one statement. A village has a few of them, never pages."""
    rows = session.execute(
        select(Neighbourhood.id, Neighbourhood.name)
        .where(Neighbourhood.village_id == village_id, Neighbourhood.is_active.is_(True))
        .order_by(Neighbourhood.name)
    )
    return [(id_, name) for id_, name in rows]


def listed(session: Session, village_id: UUID) -> list[NeighbourhoodRow]:
    """Every committee, those at work first; one statement."""
    of_it = and_(Relocation.village_id == Neighbourhood.village_id, Relocation.neighbourhood_id == Neighbourhood.id)
    homes: Select[int] = (
        select(func.count()).select_from(Relocation).join(Household, relocated.OF_HOME).where(of_it, *relocated.HERE)
    )
    accounts = select(func.count()).where(
        NeighbourhoodMember.village_id == Neighbourhood.village_id,
        NeighbourhoodMember.neighbourhood_id == Neighbourhood.id,
    )
    quarter = select(func.max(JointSession.quarter)).where(
        JointSession.village_id == Neighbourhood.village_id, JointSession.neighbourhood_id == Neighbourhood.id
    )
    rows = session.execute(
        select(
            Neighbourhood.id,
            Neighbourhood.name,
            Neighbourhood.contact_name,
            Neighbourhood.contact_phone,
            Neighbourhood.is_active,
            *(_each(part) for part in (homes, homes.where(Household.is_elder.is_(True)), accounts, quarter)),
        )
        .where(Neighbourhood.village_id == village_id)
        .order_by(Neighbourhood.is_active.desc(), Neighbourhood.name)
    )
    return [NeighbourhoodRow(*row) for row in rows]


def _each(part: Select[Any]) -> ColumnElement[Any]:
    return part.correlate(Neighbourhood).scalar_subquery()


def accounts(session: Session, village_id: UUID) -> list[Account]:
    """The active accounts with the committees' role, by name; one statement."""
    of_user = and_(NeighbourhoodMember.village_id == User.village_id, NeighbourhoodMember.user_id == User.id)
    rows = session.execute(
        select(User.id, User.name, User.login_name, NeighbourhoodMember.neighbourhood_id, User.roles)
        .outerjoin(NeighbourhoodMember, of_user)
        .where(User.village_id == village_id, User.is_active.is_(True))
        .order_by(User.name, User.id)
    )
    return [Account(*row[:4]) for row in rows if NEIGHBOURHOOD in row.roles]
