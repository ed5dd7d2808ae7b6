"""Counting the shelves: begin, write down what was counted, and let the books follow in one act.

What is counted is compared with what should have lain there in the very moment it was written down, so whatever is
redeemed or handed over before or after neither shows as a difference nor is lost when the stock is put right.
"""

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from sqlalchemy import and_, func, insert, or_, select, true, update
from sqlalchemy.orm import Session

from villagepoints.domain import stocktake as rules
from villagepoints.domain.actor import Actor
from villagepoints.domain.errors import N_, BadInput, Conflict, NotAllowed, NotFound
from villagepoints.domain.redemption import RESERVED
from villagepoints.models import (
    Redemption,
    RedemptionLine,
    Reward,
    RewardCounter,
    StockMove,
    Stocktake,
    StocktakeLine,
    Village,
)
from villagepoints.models.base import new_id
from villagepoints.services import activity, counter, once, stocktake_list, village
from villagepoints.services.reward import change_stock
from villagepoints.services.transaction import transaction

REASON = "盘点：%s"  # what a move of the stock is called in its history


@transaction
def begin(session: Session, actor: Actor, *, counter_id: UUID | None, note: str, key: str, now: datetime) -> UUID:
    """Begin to count what lies at a counter, or (None) everything; the stocktake's id.

    Raises Conflict while another one of the same goods is open, BadInput where there is nothing to count.
    """
    request = {"begin_stocktake": counter_id, "note": note, "by": actor.user_id}
    if (earlier := once.claim(session, actor.village_id, key, request, now)) is not None:
        return UUID(earlier["stocktake_id"])
    _check_counter(session, actor, counter_id)
    goods = _goods_at(session, actor.village_id, counter_id)
    if not goods:
        raise BadInput(N_("这里没有要盘的商品，没有开始。"))
    taking = Stocktake(
        village_id=actor.village_id, counter_id=counter_id, note=note.strip(), begun_by=actor.user_id, begun_at=now
    )
    session.add(taking)
    session.flush()
    of_it = {"village_id": actor.village_id, "stocktake_id": taking.id, "reason": ""}
    session.execute(insert(StocktakeLine), [{**of_it, "reward_id": reward_id} for reward_id in goods])
    # the village last, after the goods that the lines refer to: whoever sells takes them in that order
    session.execute(select(Village.id).where(Village.id == actor.village_id).with_for_update(key_share=True))
    # goods may have been moved here from where they are being counted still: what was missing would go twice
    with_these = (StocktakeLine.village_id == actor.village_id, StocktakeLine.reward_id.in_(goods))
    elsewhere = Stocktake.id.in_(select(StocktakeLine.stocktake_id).where(*with_these))
    here = (Stocktake.counter_id == counter_id, Stocktake.counter_id.is_(None))
    overlaps = (*here, elsewhere) if counter_id else (true(),)
    is_open = (
        Stocktake.village_id == actor.village_id,
        Stocktake.status == rules.OPEN,
        Stocktake.id != taking.id,
        or_(*overlaps),
    )
    if session.scalar(select(Stocktake.id).where(*is_open).limit(1)) is not None:
        raise Conflict(N_("还有一次盘点没有结束，没有再开。请先把那次结束或作废。"))
    once.answer(session, actor.village_id, key, {"stocktake_id": str(taking.id)})
    return taking.id


def _check_counter(session: Session, actor: Actor, counter_id: UUID | None) -> None:
    if counter_id is not None:
        counter.one(session, actor.village_id, counter_id)
    own = counter.of_actor(session, actor)
    if own is not None and own != counter_id:
        raise NotAllowed(N_("你只能盘自己窗口的东西，什么都没有动。"))


def _goods_at(session: Session, village_id: UUID, counter_id: UUID | None) -> list[UUID]:
    """What there is to count: goods on offer, and goods no longer on offer of which some are left."""
    query = select(Reward.id).where(Reward.village_id == village_id, or_(Reward.is_active.is_(True), Reward.stock > 0))
    if counter_id is not None:
        placed = and_(RewardCounter.village_id == Reward.village_id, RewardCounter.reward_id == Reward.id)
        query = query.join(RewardCounter, placed).where(RewardCounter.counter_id == counter_id)
    return list(session.scalars(query))


def locked(session: Session, actor: Actor, stocktake_id: UUID) -> Stocktake:
    """The stocktake, locked and still open; NotFound, Conflict or NotAllowed otherwise."""
    taking = session.execute(
        select(Stocktake)
        .where(Stocktake.village_id == actor.village_id, Stocktake.id == stocktake_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).scalar_one_or_none()
    if taking is None:
        raise NotFound(N_("没有这次盘点。"))
    rules.check_open(taking.status)
    _check_counter(session, actor, taking.counter_id)
    return taking


@transaction
def count(
    session: Session,
    actor: Actor,
    *,
    stocktake_id: UUID,
    counted: Mapping[UUID, int | None],
    key: str,
    now: datetime,
) -> None:
    """Write down what was counted, None for what was not; numbers that stay as they were keep their moment.

    Raises BadInput for what is no count, Conflict where the stocktake is over, NotAllowed at another counter.
    """
    asked = {str(id_): number for id_, number in counted.items()}
    request = {"count": str(stocktake_id), "counted": asked, "by": actor.user_id}
    if once.claim(session, actor.village_id, key, request, now) is not None:
        return
    locked(session, actor, stocktake_id)
    lines = {line.reward_id: line for line in _lines(session, actor.village_id, stocktake_id)}
    changed = {id_: n for id_, n in counted.items() if id_ in lines and lines[id_].counted != n}
    for number in changed.values():
        rules.check_counted(number)
    shelf = _shelf(session, actor.village_id, [id_ for id_, number in changed.items() if number is not None])
    for reward_id, number in changed.items():
        lines[reward_id].counted = number
        lines[reward_id].in_books = shelf.get(reward_id) if number is not None else None
    once.answer(session, actor.village_id, key, {})


def _lines(session: Session, village_id: UUID, stocktake_id: UUID) -> list[StocktakeLine]:
    query = select(StocktakeLine).where(
        StocktakeLine.village_id == village_id, StocktakeLine.stocktake_id == stocktake_id
    )
    return list(session.scalars(query.order_by(StocktakeLine.reward_id).execution_options(populate_existing=True)))


def _shelf(session: Session, village_id: UUID, reward_ids: list[UUID]) -> dict[UUID, int]:
    """What should lie there now: locked, so that stock and what waits for collection are of one moment."""
    query = select(Reward.id, Reward.stock).where(Reward.village_id == village_id, Reward.id.in_(reward_ids))
    stock = dict(session.execute(query.order_by(Reward.id).with_for_update()).all())
    waiting = session.execute(
        select(RedemptionLine.reward_id, func.sum(RedemptionLine.quantity))
        .join(
            Redemption,
            and_(Redemption.village_id == RedemptionLine.village_id, Redemption.id == RedemptionLine.redemption_id),
        )
        .where(
            Redemption.village_id == village_id,
            Redemption.status == RESERVED,
            Redemption.batch_id.is_(None),
            RedemptionLine.reward_id.in_(reward_ids),
        )
        .group_by(RedemptionLine.reward_id)
    )
    held = {id_: int(pieces) for id_, pieces in waiting}
    return {id_: rules.on_the_shelf(pieces, held.get(id_, 0)) for id_, pieces in stock.items()}


@transaction
def close(
    session: Session, actor: Actor, *, stocktake_id: UUID, reasons: Mapping[UUID, str], key: str, now: datetime
) -> int:
    """Let the books follow what was counted, each difference a move with its reason; how many moved.

    What was not counted stays. Raises BadInput for a difference without a reason or where nothing was counted,
    Conflict where fewer would be left than villagers redeemed meanwhile.
    """
    told = {str(id_): reason.strip() for id_, reason in reasons.items()}
    request = {"close_stocktake": str(stocktake_id), "reasons": told, "by": actor.user_id}
    if (earlier := once.claim(session, actor.village_id, key, request, now)) is not None:
        return int(earlier["moved"])
    taking = locked(session, actor, stocktake_id)
    rows = _lines(session, actor.village_id, stocktake_id)
    for row in rows:
        row.reason = reasons.get(row.reward_id, row.reason).strip()
    session.flush()
    lines = stocktake_list.lines(session, actor.village_id, stocktake_id)
    rules.check_close(lines)
    differing = sorted((line for line in lines if rules.difference(line)), key=lambda line: line.reward_id)
    for line in differing:
        _put_right(session, actor, stocktake_id, line, now)
    taking.status, taking.closed_by, taking.closed_at = rules.CLOSED, actor.user_id, now
    detail = {line.code: [line.in_books, line.counted, line.reason] for line in differing}
    activity.record(session, actor, "stocktake.closed", now, subject=stocktake_id, detail=detail)
    village.touch(session, actor.village_id)
    once.answer(session, actor.village_id, key, {"moved": len(differing)})
    return len(differing)


def _put_right(session: Session, actor: Actor, stocktake_id: UUID, line: stocktake_list.Line, now: datetime) -> None:
    quantity = rules.difference(line)
    if change_stock(session, actor.village_id, line.reward_id, quantity) is None:
        raise Conflict(
            N_(
                "「%(name)s」少了 %(less)s 件，数完以后又被换走了一些，架上不够给已经换了的人。"
                "盘点没有结束，库存没有动。请先进货或取消几笔兑换，或者再数一遍。"
            ),
            name=line.name,
            less=-quantity,
        )
    move = {
        "village_id": actor.village_id,
        "id": new_id(),
        "reward_id": line.reward_id,
        "kind": "count",
        "quantity": quantity,
        "reason": (REASON % line.reason)[:120],
        "stocktake_id": stocktake_id,
        "recorded_by": actor.user_id,
        "recorded_at": now,
    }
    session.execute(insert(StockMove), [move])


@transaction
def drop(session: Session, actor: Actor, *, stocktake_id: UUID, key: str, now: datetime) -> None:
    """Give a stocktake up; no stock moves."""
    request = {"drop_stocktake": str(stocktake_id), "by": actor.user_id}
    if once.claim(session, actor.village_id, key, request, now) is not None:
        return
    locked(session, actor, stocktake_id)
    session.execute(
        update(Stocktake)
        .where(Stocktake.village_id == actor.village_id, Stocktake.id == stocktake_id)
        .values(status=rules.DROPPED, closed_by=actor.user_id, closed_at=now)
    )
    activity.record(session, actor, "stocktake.dropped", now, subject=stocktake_id)
    once.answer(session, actor.village_id, key, {})
