"""The counters where goods are collected: what lies where, who works there, and who may hand over what."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, delete, func, insert, select
from sqlalchemy.orm import Session

from villagepoints.domain import redemption as rules
from villagepoints.domain.actor import CLERK, COUNTER, Actor
from villagepoints.domain.errors import N_, BadInput, Conflict, NotAllowed, NotFound
from villagepoints.models import Counter, CounterStaff, Redemption, RedemptionLine, Reward, RewardCounter, User, Village
from villagepoints.services import activity, once, village
from villagepoints.services.transaction import transaction

ELSEWHERE = N_("村里的兑换窗口")  # where goods lie that no counter has


class Place(NamedTuple):
    """Where and when goods are collected."""

    name: str
    place: str
    hours: str


@dataclass(frozen=True, slots=True)
class CounterRow:
    """A counter with how many kinds of goods lie there and who works there."""

    counter: Counter
    goods: int
    staff: Sequence[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Details:
    """What is said of a counter; `takes_rest` puts the goods that lie at none here."""

    name: str
    place: str
    hours: str
    is_active: bool
    staff: Collection[UUID]
    takes_rest: bool = False


def listed(session: Session, village_id: UUID) -> list[CounterRow]:
    """The counters by name, those in use first; three statements."""
    goods = dict(
        session.execute(
            select(RewardCounter.counter_id, func.count())
            .where(RewardCounter.village_id == village_id)
            .group_by(RewardCounter.counter_id)
        ).all()
    )
    staff: dict[UUID, list[str]] = {}
    for counter_id, name in session.execute(
        select(CounterStaff.counter_id, User.name)
        .join(User, and_(User.village_id == CounterStaff.village_id, User.id == CounterStaff.user_id))
        .where(CounterStaff.village_id == village_id, User.is_active.is_(True))
        .order_by(User.name)
    ):
        staff.setdefault(counter_id, []).append(name)
    query = select(Counter).where(Counter.village_id == village_id)
    rows = session.scalars(query.order_by(Counter.is_active.desc(), Counter.name)).all()
    return [CounterRow(row, goods.get(row.id, 0), staff.get(row.id, [])) for row in rows]


def names(session: Session, village_id: UUID) -> list[tuple[UUID, str]]:
    """The counters in use, by name: what goods can be put at and lists can be narrowed to."""
    query = select(Counter.id, Counter.name).where(Counter.village_id == village_id, Counter.is_active.is_(True))
    return [(id_, name) for id_, name in session.execute(query.order_by(Counter.name))]


def one(session: Session, village_id: UUID, counter_id: UUID) -> Counter:
    """A counter of the village; NotFound where there is none by that id."""
    counter = session.get(Counter, (village_id, counter_id))
    if counter is None:
        raise NotFound(N_("没有这个窗口。"))
    return counter


def without_place(session: Session, village_id: UUID) -> int:
    """How many kinds of goods on offer lie at no counter."""
    placed = select(RewardCounter.reward_id).where(RewardCounter.village_id == village_id)
    query = select(func.count()).select_from(Reward).where(Reward.village_id == village_id, Reward.is_active.is_(True))
    return session.scalars(query.where(Reward.id.not_in(placed))).one()


def staff_to_choose(session: Session, village_id: UUID) -> list[tuple[UUID, str, UUID | None]]:
    """Those who only hand over goods: id, name, and at which counter they work, if at one alone."""
    works_at = and_(CounterStaff.village_id == User.village_id, CounterStaff.user_id == User.id)
    rows = session.execute(
        select(User.id, User.name, User.roles, CounterStaff.counter_id)
        .outerjoin(CounterStaff, works_at)
        .where(User.village_id == village_id, User.is_active.is_(True))
        .order_by(User.name, User.id)
    )
    return [(id_, name, at) for id_, name, roles, at in rows if COUNTER in roles and CLERK not in roles]


def of_actor(session: Session, actor: Actor) -> UUID | None:
    """The only counter that somebody works at; None for whoever works at all of them, as every clerk does."""
    if actor.is_any(CLERK):  # who became one may still stand on a counter's list
        return None
    of_it = and_(Counter.village_id == CounterStaff.village_id, Counter.id == CounterStaff.counter_id)
    return session.scalar(
        select(CounterStaff.counter_id)
        .join(Counter, of_it)
        .where(
            CounterStaff.village_id == actor.village_id,
            CounterStaff.user_id == actor.user_id,
            Counter.is_active,  # whose counter is closed helps out at the others
        )
    )


def place_of_goods(session: Session, village_id: UUID, reward_ids: Collection[UUID]) -> Place | None:
    """Where goods are collected; None for the village's own window."""
    row = session.execute(
        select(Counter.name, Counter.place, Counter.hours)
        .join(RewardCounter, _here())
        .where(RewardCounter.village_id == village_id, RewardCounter.reward_id.in_(reward_ids))
        .order_by(Counter.name)
        .limit(1)
    ).first()
    return Place(*row) if row else None


def place_of(session: Session, village_id: UUID, redemption_id: UUID) -> Place | None:
    """Where a redemption is collected; None for the village's own window."""
    return place_of_goods(session, village_id, list(session.scalars(_goods_of(village_id, redemption_id))))


def lies_at(counter_id: UUID) -> ColumnElement[bool]:
    """For a query of redemptions: only those whose goods lie at that counter; all of one lie at the same."""
    return (
        select(RedemptionLine.line)
        .join(
            RewardCounter,
            and_(
                RewardCounter.village_id == RedemptionLine.village_id,
                RewardCounter.reward_id == RedemptionLine.reward_id,
            ),
        )
        .where(
            RedemptionLine.village_id == Redemption.village_id,
            RedemptionLine.redemption_id == Redemption.id,
            RedemptionLine.line == 1,
            RewardCounter.counter_id == counter_id,
        )
        .exists()
    )


def check_one_place(session: Session, village_id: UUID, reward_ids: Collection[UUID]) -> None:
    """Refuse goods that lie at more than one counter (BadInput)."""
    rules.check_one_place({name or ELSEWHERE for _id, name in _places(session, village_id, reward_ids)})


def check_goods_here(session: Session, actor: Actor, reward_ids: Collection[UUID]) -> None:
    """Refuse goods of another counter than the only one that the actor works at (NotAllowed)."""
    own = of_actor(session, actor)
    if own is None:
        return
    for counter_id, name in _places(session, actor.village_id, reward_ids):
        if counter_id != own:
            raise NotAllowed(
                N_("这些东西在「%(place)s」发，不在你的窗口。什么都没有动，请让他到那边领。"), place=name or ELSEWHERE
            )


def check_here(session: Session, actor: Actor, redemption_id: UUID) -> None:
    """Refuse a redemption of another counter than the only one that the actor works at (NotAllowed)."""
    if actor.user_id is not None:
        check_goods_here(session, actor, list(session.scalars(_goods_of(actor.village_id, redemption_id))))


def _goods_of(village_id: UUID, redemption_id: UUID) -> Select[UUID]:
    return select(RedemptionLine.reward_id).where(
        RedemptionLine.village_id == village_id, RedemptionLine.redemption_id == redemption_id
    )


def _here() -> ColumnElement[bool]:
    return and_(RewardCounter.village_id == Counter.village_id, RewardCounter.counter_id == Counter.id)


def _places(session: Session, village_id: UUID, reward_ids: Collection[UUID]) -> list[tuple[UUID | None, str | None]]:
    of_reward = and_(RewardCounter.village_id == Reward.village_id, RewardCounter.reward_id == Reward.id)
    rows = session.execute(
        select(Counter.id, Counter.name)
        .select_from(Reward)
        .outerjoin(RewardCounter, of_reward)
        .outerjoin(Counter, _here())
        .where(Reward.village_id == village_id, Reward.id.in_(reward_ids))
        .distinct()
    )
    return [(id_, name) for id_, name in rows]


@transaction
def save(session: Session, actor: Actor, *, counter_id: UUID | None, wanted: Details, key: str, now: datetime) -> UUID:
    """Open a counter (counter_id None) or change it: name, place, hours, who works there.

    Raises BadInput without a name, Conflict for a taken one or where a counter with goods is to be closed.
    """
    fields = {"name": wanted.name.strip(), "place": wanted.place.strip(), "hours": wanted.hours.strip()}
    staff = sorted(wanted.staff)
    detail = {**fields, "is_active": wanted.is_active, "staff": [str(id_) for id_ in staff], "rest": wanted.takes_rest}
    request = {"save_counter": counter_id, "by": actor.user_id, **detail}
    if (earlier := once.claim(session, actor.village_id, key, request, now)) is not None:
        return UUID(earlier["counter_id"])
    # one at a time: two counters saved at once may not take the same name, people or goods
    session.execute(select(Village.id).where(Village.id == actor.village_id).with_for_update(key_share=True))
    counter, before = _counter(session, actor.village_id, counter_id, fields["name"], wanted.is_active)
    for field, value in fields.items():
        setattr(counter, field, value)
    counter.is_active = wanted.is_active
    session.flush()
    _staff(session, actor.village_id, counter.id, staff)
    if wanted.takes_rest and wanted.is_active:  # goods at a closed counter could be collected nowhere
        _take_rest(session, actor.village_id, counter.id)
    after = {"before": before, "after": detail}
    activity.record(session, actor, "counter.saved", now, subject=counter.id, detail=after)
    village.touch(session, actor.village_id)
    once.answer(session, actor.village_id, key, {"counter_id": str(counter.id)})
    return counter.id


def _counter(
    session: Session, village_id: UUID, counter_id: UUID | None, name: str, is_active: bool
) -> tuple[Counter, dict[str, object] | None]:
    """The counter to write to and what it was, after what forbids it."""
    if not name:
        raise BadInput(N_("请填窗口的名称。没有保存。")).at("name")
    taken = session.scalar(select(Counter.id).where(Counter.village_id == village_id, Counter.name == name))
    if taken is not None and taken != counter_id:
        raise Conflict(N_("已经有叫「%(name)s」的窗口了，没有保存。"), name=name).at("name")
    if counter_id is None:
        counter = Counter(village_id=village_id)
        session.add(counter)
        return counter, None
    counter = one(session, village_id, counter_id)
    goods = select(func.count()).where(RewardCounter.village_id == village_id, RewardCounter.counter_id == counter_id)
    if not is_active and (count := session.scalars(goods).one()):
        raise Conflict(N_("还有 %(count)s 样商品放在这个窗口，没有停用。请先把它们改到别的窗口。"), count=count).at(
            "is_active"
        )
    return counter, {name: getattr(counter, name) for name in ("name", "place", "hours", "is_active")}


def _staff(session: Session, village_id: UUID, counter_id: UUID, staff: Sequence[UUID]) -> None:
    """Let exactly these work here, and here alone; ids that are nobody's of the village are refused (BadInput)."""
    known = {id_ for id_, _name, _at in staff_to_choose(session, village_id)}
    if not known.issuperset(staff):
        raise BadInput(N_("选的人里有不在名单上的，没有保存。请刷新这一页再选。")).at("staff")
    leave = (CounterStaff.counter_id == counter_id) | CounterStaff.user_id.in_(staff)
    session.execute(delete(CounterStaff).where(CounterStaff.village_id == village_id, leave))
    if staff:
        rows = [{"village_id": village_id, "user_id": id_, "counter_id": counter_id} for id_ in staff]
        session.execute(insert(CounterStaff), rows)


def _take_rest(session: Session, village_id: UUID, counter_id: UUID) -> None:
    placed = select(RewardCounter.reward_id).where(RewardCounter.village_id == village_id)
    rest = session.scalars(select(Reward.id).where(Reward.village_id == village_id, Reward.id.not_in(placed))).all()
    if rest:
        rows = [{"village_id": village_id, "reward_id": id_, "counter_id": counter_id} for id_ in rest]
        session.execute(insert(RewardCounter), rows)


def put(session: Session, village_id: UUID, reward_id: UUID, counter_id: UUID | None) -> None:
    """Let goods lie at a counter, or at none, inside the caller's transaction; NotFound for a counter not in use."""
    if counter_id is not None and not one(session, village_id, counter_id).is_active:
        raise NotFound(N_("没有这个窗口。"))
    goods = select(Reward.id).where(Reward.village_id == village_id, Reward.id == reward_id)
    session.execute(goods.with_for_update(key_share=True))  # two who put it at once put it one after the other
    of_goods = (RewardCounter.village_id == village_id, RewardCounter.reward_id == reward_id)
    session.execute(delete(RewardCounter).where(*of_goods))
    if counter_id is not None:
        session.execute(
            insert(RewardCounter), [{"village_id": village_id, "reward_id": reward_id, "counter_id": counter_id}]
        )


def of_reward(session: Session, village_id: UUID, reward_id: UUID) -> UUID | None:
    """The counter at which goods lie; None for none."""
    return session.scalar(
        select(RewardCounter.counter_id).where(
            RewardCounter.village_id == village_id, RewardCounter.reward_id == reward_id
        )
    )
