"""Redemption: take points and goods together, hand over, give back."""

import secrets
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func, insert, select, update
from sqlalchemy.orm import Session

from villagepoints.domain import ledger, red_line
from villagepoints.domain import redemption as rules
from villagepoints.domain.actor import Actor
from villagepoints.domain.calendar import period, village_date
from villagepoints.domain.errors import N_, BadInput, Conflict, NotFound
from villagepoints.domain.ledger import Draft
from villagepoints.models import Household, Redemption, RedemptionLine, Reward
from villagepoints.models.base import new_id
from villagepoints.services import activity, allowed, counter, once, posting, village
from villagepoints.services.transaction import transaction


@dataclass(frozen=True, slots=True)
class Receipt:
    """What a person is told after a redemption: its cost, what is left, the pickup code and until when."""

    redemption_id: UUID
    points: int
    balance: int
    pickup_code: str | None
    collect_by: date | None

    def as_json(self) -> dict[str, Any]:
        """The receipt as the request key keeps it."""
        return {
            "redemption_id": str(self.redemption_id),
            "points": self.points,
            "balance": self.balance,
            "pickup_code": self.pickup_code,
            "collect_by": self.collect_by.isoformat() if self.collect_by else None,
        }

    @classmethod
    def from_json(cls, kept: Mapping[str, Any]) -> "Receipt":
        """The receipt that was given the first time."""
        until = kept["collect_by"]
        return cls(
            UUID(kept["redemption_id"]),
            kept["points"],
            kept["balance"],
            kept["pickup_code"],
            date.fromisoformat(until) if until else None,
        )


@transaction
def reserve(
    session: Session, actor: Actor, *, household_id: UUID, lines: Iterable[tuple[UUID, int]], key: str, now: datetime
) -> Receipt:
    """A household takes goods by its own phone: stock and points at once, a pickup code for the counter.

    `lines` are (reward id, pieces). Raises NotEnoughPoints, OutOfStock, RuleBroken, NotFound, and
    BadInput for goods that lie at different counters.
    """
    wanted = rules.merge(lines)
    request = {"reserve": str(household_id), "wanted": {str(id_): n for id_, n in wanted.items()}}
    if (earlier := once.claim(session, actor.village_id, key, request, now)) is not None:
        return Receipt.from_json(earlier)
    receipt = _take(session, actor, household_id, wanted, now, channel=rules.SELF)
    once.answer(session, actor.village_id, key, receipt.as_json())
    return receipt


def reserved(session: Session, village_id: UUID, key: str) -> UUID | None:
    """The redemption that was reserved with this request key, if any."""
    earlier = once.answered(session, village_id, key)
    return Receipt.from_json(earlier).redemption_id if earlier else None


@transaction
def serve(
    session: Session,
    actor: Actor,
    *,
    household_id: UUID,
    lines: Iterable[tuple[UUID, int]],
    channel: str,
    key: str,
    now: datetime,
    proxy_name: str = "",
) -> Receipt:
    """Staff redeems for somebody without a phone and hands the goods over in one step; `channel` counter or proxy.

    Raises as `reserve`, and BadInput where a proxy has no name, NotAllowed for one's own household.
    """
    if channel not in (rules.COUNTER, rules.PROXY):
        raise BadInput(N_("请选一种兑换方式：窗口或代办。什么都没有动。"))
    if channel == rules.PROXY and not proxy_name.strip():
        raise BadInput(N_("代办要写上代办人的姓名。什么都没有动。"))
    wanted = rules.merge(lines)
    request = {
        "serve": str(household_id),
        "wanted": {str(id_): n for id_, n in wanted.items()},
        "channel": channel,
        "by": actor.user_id,
        "proxy": proxy_name,
    }
    if (earlier := once.claim(session, actor.village_id, key, request, now)) is not None:
        return Receipt.from_json(earlier)
    allowed.check_people(session, actor.village_id, household_id, [actor.user_id])
    counter.check_goods_here(session, actor, wanted)
    receipt = _take(session, actor, household_id, wanted, now, channel=channel, proxy_name=proxy_name.strip())
    once.answer(session, actor.village_id, key, receipt.as_json())
    return receipt


def _take(
    session: Session,
    actor: Actor,
    household_id: UUID,
    wanted: Mapping[UUID, int],
    now: datetime,
    *,
    channel: str,
    proxy_name: str = "",
) -> Receipt:
    """Stock, then account, then entry; handed over at once unless the household's own phone asked."""
    today = village_date(now)
    goods = _goods(session, actor.village_id, wanted)
    counter.check_one_place(session, actor.village_id, wanted)
    _take_stock(session, actor.village_id, goods, wanted)
    balance = posting.lock(session, actor.village_id, [household_id])[household_id].balance
    state = select(Household.redeem_paused_until, Household.left_on).where(
        Household.village_id == actor.village_id, Household.id == household_id
    )
    paused_until, left_on = session.execute(state).one()
    rules.check_lives_here(left_on)
    red_line.check_may_redeem(paused_until, today)
    taken = _taken_this_month(session, actor.village_id, household_id, list(wanted), today)
    for reward_id, quantity in wanted.items():
        rules.check_goods(goods[reward_id], quantity, taken.get(reward_id, 0), today)
    points = rules.cost({id_: good.points for id_, good in goods.items()}, wanted)
    if points > balance:
        raise ledger.not_enough(balance, points)
    waits = channel == rules.SELF
    code = free_code(session, actor.village_id) if waits else None
    until = rules.collect_by(today) if waits else None
    redemption_id = new_id()
    draft = Draft(
        household_id=household_id,
        kind=ledger.REDEMPTION,
        points=-points,
        occurred_on=today,
        origin=ledger.PAGE,
        recorded_by=actor.user_id,
        acted_for=None if waits else household_id,
        redemption_id=redemption_id,
        note=summary((goods[id_].name, quantity) for id_, quantity in wanted.items()),
    )
    entry = posting.post(session, actor.village_id, [draft], now)[0]
    session.add(
        Redemption(
            village_id=actor.village_id,
            id=redemption_id,
            household_id=household_id,
            status=rules.RESERVED if waits else rules.FULFILLED,
            channel=channel,
            points=points,
            occurred_on=today,
            pickup_code=code,
            collect_by=until,
            proxy_name=proxy_name,
            entry_seq=entry.seq,
            reserved_at=now,
            reserved_by=actor.user_id,
            fulfilled_at=None if waits else now,
            fulfilled_by=None if waits else actor.user_id,
        )
    )
    session.flush()
    session.execute(insert(RedemptionLine), _lines(actor.village_id, redemption_id, goods, wanted))
    return Receipt(redemption_id, points, entry.balance_after, code, until)


def _lines(
    village_id: UUID, redemption_id: UUID, goods: Mapping[UUID, Reward], wanted: Mapping[UUID, int]
) -> list[dict[str, Any]]:
    return [
        {
            "village_id": village_id,
            "redemption_id": redemption_id,
            "line": line,
            "reward_id": reward_id,
            "name": goods[reward_id].name,
            "quantity": quantity,
            "points_each": goods[reward_id].points,
        }
        for line, (reward_id, quantity) in enumerate(wanted.items(), 1)
    ]


def summary(lines: Iterable[tuple[str, int]]) -> str:
    """The goods of a redemption in one line, as its entry's note says it."""
    return "、".join(name if quantity == 1 else f"{name} ×{quantity}" for name, quantity in lines)


def _goods(session: Session, village_id: UUID, wanted: Mapping[UUID, int]) -> dict[UUID, Reward]:
    rows = session.scalars(
        select(Reward)
        .where(Reward.village_id == village_id, Reward.id.in_(list(wanted)))
        .with_for_update()
        .order_by(Reward.id)
        .execution_options(populate_existing=True)
    )
    goods = {reward.id: reward for reward in rows}
    if len(goods) != len(wanted):
        raise NotFound(N_("要换的东西不在目录里了，什么都没有动。请重新选。"))
    for reward_id, quantity in wanted.items():
        if goods[reward_id].stock < quantity:
            raise rules.out_of_stock(goods[reward_id].name, quantity, goods[reward_id].stock)
    return goods


def _take_stock(session: Session, village_id: UUID, goods: Mapping[UUID, Reward], wanted: Mapping[UUID, int]) -> None:
    for reward_id, quantity in wanted.items():
        left = session.execute(
            update(Reward)
            .where(Reward.village_id == village_id, Reward.id == reward_id, Reward.stock >= quantity)
            .values(stock=Reward.stock - quantity)
            .returning(Reward.stock)
            .execution_options(synchronize_session=False)
        ).scalar_one_or_none()
        if left is None:
            raise rules.out_of_stock(goods[reward_id].name, quantity, goods[reward_id].stock)
        if left == 0:
            village.touch(session, village_id)  # every page stops offering it


def give_stock_back(session: Session, village_id: UUID, redemption_id: UUID) -> None:
    """Put the goods of a redemption back on the shelf, inside the caller's transaction."""
    lines = session.execute(
        select(RedemptionLine.reward_id, func.sum(RedemptionLine.quantity))
        .where(RedemptionLine.village_id == village_id, RedemptionLine.redemption_id == redemption_id)
        .group_by(RedemptionLine.reward_id)
        .order_by(RedemptionLine.reward_id)
    )
    for reward_id, quantity in lines.all():
        stock = session.execute(
            update(Reward)
            .where(Reward.village_id == village_id, Reward.id == reward_id)
            .values(stock=Reward.stock + quantity)
            .returning(Reward.stock)
            .execution_options(synchronize_session=False)
        ).scalar_one()
        if stock == quantity:
            village.touch(session, village_id)


def _taken_this_month(
    session: Session, village_id: UUID, household_id: UUID, reward_ids: Sequence[UUID], today: date
) -> dict[UUID, int]:
    first, last = period("month", today)
    rows = session.execute(
        select(RedemptionLine.reward_id, func.sum(RedemptionLine.quantity))
        .join(
            Redemption,
            (Redemption.village_id == RedemptionLine.village_id) & (Redemption.id == RedemptionLine.redemption_id),
        )
        .where(
            Redemption.village_id == village_id,
            Redemption.household_id == household_id,
            Redemption.status.in_((rules.RESERVED, rules.FULFILLED)),
            Redemption.occurred_on.between(first, last),
            RedemptionLine.reward_id.in_(reward_ids),
        )
        .group_by(RedemptionLine.reward_id)
    )
    return {reward_id: int(quantity) for reward_id, quantity in rows}


def free_code(session: Session, village_id: UUID) -> str:
    """A pickup code of 6 digits that no other waiting redemption of the village has."""
    for _ in range(50):
        candidates = {f"{secrets.randbelow(1_000_000):06d}" for _ in range(8)}
        used = select(Redemption.pickup_code).where(
            Redemption.village_id == village_id,
            Redemption.status == rules.RESERVED,
            Redemption.pickup_code.in_(candidates),
        )
        if free := candidates - set(session.scalars(used)):
            return free.pop()
    raise Conflict(N_("领取码都在用，什么都没有动。请先发放或取消一些再试。"))


# ------------------------------------------------------------------ hand-over and back


def locked(session: Session, village_id: UUID, redemption_id: UUID) -> Redemption:
    """The redemption, locked for the transaction; NotFound where it is not of this village."""
    row = session.execute(
        select(Redemption)
        .where(Redemption.village_id == village_id, Redemption.id == redemption_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).scalar_one_or_none()
    if row is None:
        raise NotFound(N_("没有这笔兑换。"))
    return row


@transaction
def fulfil(session: Session, actor: Actor, *, redemption_id: UUID, key: str, now: datetime) -> None:
    """Hand the goods over (核销); Conflict says what it is by now.

    Raises NotAllowed for one's own household and for goods of another counter than one's own.
    """
    request = {"fulfil": str(redemption_id), "by": actor.user_id}
    if once.claim(session, actor.village_id, key, request, now) is not None:
        return
    row = locked(session, actor.village_id, redemption_id)
    rules.check_step(row.status, rules.FULFILLED)
    allowed.check_people(session, actor.village_id, row.household_id, [actor.user_id])
    counter.check_here(session, actor, row.id)
    row.status, row.fulfilled_at, row.fulfilled_by = rules.FULFILLED, now, actor.user_id
    _bump(session, row)
    once.answer(session, actor.village_id, key, {"status": row.status})


@transaction
def undo_fulfil(session: Session, actor: Actor, *, redemption_id: UUID, reason: str, key: str, now: datetime) -> None:
    """Take a wrong hand-over back: it waits again, with a new pickup code; points and stock do not move.

    Raises Conflict where it was not handed over, BadInput without a reason, NotAllowed at another counter.
    """
    request = {"undo_fulfil": str(redemption_id), "by": actor.user_id, "reason": reason}
    if once.claim(session, actor.village_id, key, request, now) is not None:
        return
    if not reason.strip():
        raise BadInput(N_("请写明为什么撤回。什么都没有动。"))
    row = locked(session, actor.village_id, redemption_id)
    if row.batch_id is not None:
        raise Conflict(N_("这笔是从旧登记册导入的，不能撤回发放。"))
    rules.check_step(row.status, rules.RESERVED)
    allowed.check_people(session, actor.village_id, row.household_id, [actor.user_id])
    counter.check_here(session, actor, row.id)
    was = {"fulfilled_at": row.fulfilled_at, "fulfilled_by": row.fulfilled_by, "reason": reason.strip()}
    row.status, row.fulfilled_at, row.fulfilled_by = rules.RESERVED, None, None
    row.pickup_code = free_code(session, actor.village_id)
    row.collect_by = rules.collect_by(village_date(now))
    row.reason = reason.strip()
    _bump(session, row)
    activity.record(session, actor, "redemption.hand_over_undone", now, subject=row.id, detail=was)
    once.answer(session, actor.village_id, key, {"status": row.status})


@transaction
def cancel(
    session: Session,
    actor: Actor,
    *,
    redemption_id: UUID,
    key: str,
    now: datetime,
    reason: str = "",
    household_id: UUID | None = None,
) -> int:
    """Cancel what waits: points and stock come back; the balance afterwards.

    `household_id` is given where the household itself asks, and must be its own. Raises Conflict, NotFound.
    """
    request = {"cancel": str(redemption_id), "by": actor.user_id or household_id, "reason": reason}
    if (earlier := once.claim(session, actor.village_id, key, request, now)) is not None:
        return int(earlier["balance"])
    row = locked(session, actor.village_id, redemption_id)
    if household_id is not None and row.household_id != household_id:
        raise NotFound(N_("没有这笔兑换。"))
    allowed.check_people(session, actor.village_id, row.household_id, [actor.user_id])
    counter.check_here(session, actor, row.id)
    balance = _give_back(session, actor, row, rules.CANCELLED, now, reason.strip())
    once.answer(session, actor.village_id, key, {"balance": balance})
    return balance


@transaction
def expire_due(session: Session, actor: Actor, *, now: datetime, most: int = 500) -> int:
    """Give back what nobody collected in time; how many there were (call again until it is 0)."""
    due = session.scalars(
        select(Redemption.id)
        .where(
            Redemption.village_id == actor.village_id,
            Redemption.status == rules.RESERVED,
            Redemption.collect_by < village_date(now),
        )
        .order_by(Redemption.collect_by, Redemption.id)
        .limit(most)
    ).all()
    count = 0
    for redemption_id in due:
        row = locked(session, actor.village_id, redemption_id)
        if row.status == rules.RESERVED:
            _give_back(session, actor, row, rules.EXPIRED, now, "")
            count += 1
    return count


def _give_back(session: Session, actor: Actor, row: Redemption, status: str, now: datetime, reason: str) -> int:
    rules.check_step(row.status, status)
    row.status, row.closed_at, row.closed_by, row.reason = status, now, actor.user_id, reason
    give_stock_back(session, actor.village_id, row.id)
    draft = Draft(
        household_id=row.household_id,
        kind=ledger.REFUND,
        points=row.points,
        occurred_on=village_date(now),
        origin=ledger.JOB if status == rules.EXPIRED else ledger.PAGE,
        recorded_by=actor.user_id,
        reverses_seq=row.entry_seq,
        redemption_id=row.id,
        note=reason,
    )
    entry = posting.post(session, actor.village_id, [draft], now)[0]
    row.refund_seq = entry.seq
    session.flush()
    return entry.balance_after


def _bump(session: Session, row: Redemption) -> None:
    session.flush()
    touch_household(session, row.village_id, row.household_id)


def touch_household(session: Session, village_id: UUID, household_id: UUID) -> None:
    """Count a change of a household's page that is no entry."""
    session.execute(
        update(Household)
        .where(Household.village_id == village_id, Household.id == household_id)
        .values(revision=Household.revision + 1)
        .execution_options(synchronize_session=False)
    )
