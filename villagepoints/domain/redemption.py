"""The rules of redemption: what it costs, how long it waits, and which way its status may go."""

from collections.abc import Collection, Iterable, Mapping
from datetime import date, timedelta
from typing import Protocol
from uuid import UUID

from villagepoints.domain.errors import N_, BadInput, Conflict, OutOfStock, RuleBroken

RESERVED, FULFILLED, CANCELLED, EXPIRED = "reserved", "fulfilled", "cancelled", "expired"
SELF, COUNTER, PROXY = "self", "counter", "proxy"
CHANNELS = (SELF, COUNTER, PROXY)
COLLECT_WITHIN_DAYS = 30
MOST_PIECES = 99
NEXT = {RESERVED: (FULFILLED, CANCELLED, EXPIRED), FULFILLED: (RESERVED,), CANCELLED: (), EXPIRED: ()}

_NOW = {
    RESERVED: N_("这笔兑换还等着领取，什么都没有动。"),
    FULFILLED: N_("这笔兑换已经领走了，什么都没有动。发错了请用「撤回发放」。"),
    CANCELLED: N_("这笔兑换已经取消，积分退回了，什么都没有动。"),
    EXPIRED: N_("这笔兑换过期没领，积分已经退回，什么都没有动。请重新兑换。"),
}


class Goods(Protocol):
    """What the rules look at in a reward."""

    @property
    def name(self) -> str: ...
    @property
    def points(self) -> int: ...
    @property
    def stock(self) -> int: ...
    @property
    def is_active(self) -> bool: ...
    @property
    def household_month_limit(self) -> int | None: ...
    @property
    def offered_from(self) -> date | None: ...
    @property
    def offered_until(self) -> date | None: ...


def merge(lines: Iterable[tuple[UUID, int]]) -> dict[UUID, int]:
    """The pieces wanted of each reward, in a fixed order; BadInput where nothing or too much is chosen."""
    wanted: dict[UUID, int] = {}
    for reward_id, quantity in lines:
        if quantity < 0 or quantity > MOST_PIECES:
            raise BadInput(N_("件数要在 1 到 %(most)s 之间，什么都没有动。"), most=MOST_PIECES)
        if quantity:
            wanted[reward_id] = wanted.get(reward_id, 0) + quantity
    if not wanted:
        raise BadInput(N_("还没有选东西。请先选要换的，再确认。"))
    return dict(sorted(wanted.items()))


def check_goods(goods: Goods, quantity: int, taken_this_month: int, today: date) -> None:
    """Refuse goods off the list or outside their window, short in stock or above the household's limit of the month."""
    if not goods.is_active:
        raise RuleBroken(N_("「%(name)s」现在不供应，什么都没有动。请换一样。"), name=goods.name)
    _check_window(goods, today)
    if goods.stock < quantity:
        raise out_of_stock(goods.name, quantity, goods.stock)
    limit = goods.household_month_limit
    if limit is not None and taken_this_month + quantity > limit:
        raise RuleBroken(
            N_("「%(name)s」每户每月最多 %(limit)s 件，这个月已经换了 %(taken)s 件，什么都没有动。"),
            name=goods.name,
            limit=limit,
            taken=taken_this_month,
        )


def _check_window(goods: Goods, today: date) -> None:
    if goods.offered_from is not None and today < goods.offered_from:
        sentence = N_("「%(name)s」%(day)s 起可以换，现在还没到，什么都没有动。")
        raise RuleBroken(sentence, name=goods.name, day=goods.offered_from.isoformat())
    if goods.offered_until is not None and today > goods.offered_until:
        sentence = N_("「%(name)s」换到 %(day)s 为止，已经过了，什么都没有动。请换一样。")
        raise RuleBroken(sentence, name=goods.name, day=goods.offered_until.isoformat())


def check_one_place(places: Collection[str]) -> None:
    """Refuse goods that lie at several counters: one redemption is handed over in one go."""
    if len(places) > 1:
        names = "、".join(sorted(places))
        raise BadInput(N_("这几样不在一个地方领（%(places)s），什么都没有动。请按地方分开换。"), places=names)


def out_of_stock(name: str, wanted: int, left: int) -> OutOfStock:
    """The refusal of more pieces than there are."""
    return OutOfStock(
        N_("「%(name)s」要 %(wanted)s 件，只剩 %(left)s 件。积分和库存都没有动。"), name=name, wanted=wanted, left=left
    )


def cost(points_each: Mapping[UUID, int], wanted: Mapping[UUID, int]) -> int:
    """What it all costs, in points."""
    return sum(points_each[reward_id] * quantity for reward_id, quantity in wanted.items())


def collect_by(reserved_on: date) -> date:
    """The last village date on which it can be collected; the day after, points and stock come back."""
    return reserved_on + timedelta(days=COLLECT_WITHIN_DAYS)


def check_step(status: str, target: str) -> None:
    """Refuse a step the status does not allow, with what it is now (Conflict)."""
    if target not in NEXT[status]:
        raise Conflict(_NOW[status])


def check_lives_here(left_on: date | None) -> None:
    """Refuse a household that has left the village: its points stay and cannot be used (RuleBroken)."""
    if left_on is not None:
        raise RuleBroken(
            N_("这户 %(day)s 起不在村里了，账上的积分不能再换东西。没有兑换，积分和库存都没有动。"),
            day=left_on.isoformat(),
        )
