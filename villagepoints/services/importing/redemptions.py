"""Imports the redemption register: what was handed over in the past, with its ledger entry."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time
from typing import Any
from uuid import UUID

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from villagepoints.domain.calendar import SHANGHAI
from villagepoints.domain.errors import N_, BadInput
from villagepoints.domain.ledger import IMPORT, REDEMPTION, Draft, PostedEntry
from villagepoints.domain.redemption import COUNTER, FULFILLED, PROXY, SELF
from villagepoints.models import Redemption, RedemptionLine, Reward
from villagepoints.models.base import new_id
from villagepoints.services.importing import values
from villagepoints.services.importing.plan import Account, Context, Plan, Row, records
from villagepoints.services.importing.result import Unusable
from villagepoints.services.importing.table import Reader, Record
from villagepoints.services.workbook import Cell

CHANNELS = {
    SELF: ("自主", "自助", "自己", "本人", "自主兑换", "自助兑换", "手机", "线上", "SELF"),
    COUNTER: ("窗口", "柜台", "现场", "窗口兑换", "超市", "COUNTER"),
    PROXY: ("代办", "代领", "代兑", "代办兑换", "代兑换", "PROXY"),
}
CHANNEL_OF = {word: channel for channel, words in CHANNELS.items() for word in words}


@dataclass(slots=True)
class Taken:
    """A readable row of the register."""

    account: Account
    on: date
    reward: "Goods"
    quantity: int
    each: int
    channel: str
    proxy: str
    id: UUID = field(default_factory=new_id)

    @property
    def points(self) -> int:
        """What it cost, positive."""
        return self.quantity * self.each


@dataclass(frozen=True, slots=True)
class Goods:
    """A reward of the catalogue."""

    id: UUID
    code: str
    name: str
    points: int


def plan(context: Context) -> Plan:
    """Read every row; what a household could not have paid at its turn is refused with the missing points."""
    goods = _goods(context)
    rows = [row for _, record in records(context.file) if (row := _read(context, record, goods))]
    fresh = sorted(context.unknown(rows), key=lambda row: row.data.on)
    for row in fresh:
        _spend(context, row)
    total = sum(row.data.points for row in fresh)
    context.result.totals = {"redeemed": total, "pieces": sum(row.data.quantity for row in fresh)}
    taken = {row.data.id: row.data for row in fresh}

    def after(session: Session, posted: list[PostedEntry]) -> None:
        _insert(context, session, [(taken[entry.redemption_id], entry) for entry in posted if entry.redemption_id])

    return Plan(_drafts(context, fresh), len(fresh), [row.identity for row in fresh], -total, after=after)


def _goods(context: Context) -> dict[str, Goods]:
    """The catalogue by code and by name without spaces; Unusable where there is none yet."""
    rows = context.session.execute(
        select(Reward.id, Reward.code, Reward.name, Reward.points).where(Reward.village_id == context.village_id)
    )
    goods = [Goods(*row) for row in rows]
    if not goods:
        raise Unusable(N_("村里还没有兑换品。请先导入兑换品目录（rewards），再导入兑换登记。"))
    by_name = {values.code(one.name, most=200): one for one in goods}
    return by_name | {values.code(one.code): one for one in goods}


def _read(context: Context, record: Record, goods: dict[str, Goods]) -> Row[Taken] | None:
    reader = Reader(record, context.result.problems)
    on = reader.get("day", values.day, needed=True)
    account = context.account(reader)
    quantity = reader.get("quantity", values.integer, needed=True)
    total = reader.get("total", values.integer, needed=True)
    each = reader.get("each", values.integer)
    channel = reader.get("channel", _channel, needed=True)
    proxy = reader.get("proxy", values.name) or ""
    reward = _reward(context, reader, goods)
    context.check_day(reader, "day", on)
    if not reader.ok or account is None or reward is None or on is None or channel is None:
        return None
    if quantity is None or total is None or (each := _each(reader, quantity, total, each)) is None:
        return None
    business = (on, account.number, reward.code, quantity, each, channel, proxy)
    return Row(record, business, Taken(account, on, reward, quantity, each, channel, proxy))


def _each(reader: Reader, quantity: int, total: int, each: int | None) -> int | None:
    """The points of one piece; refuses a row whose figures do not agree."""
    total = abs(total)  # some registers write what was spent with a minus
    if quantity < 1:
        reader.refuse("quantity", N_("数量至少是 1，请改正或删掉这一行"))
    elif total < 1:
        reader.refuse("total", N_("合计积分至少是 1 分，请改正或删掉这一行"))
    elif each is None and total % quantity:
        reader.refuse(
            "total", N_("合计 %(total)s 分不能平分到 %(quantity)s 件，请核对"), total=total, quantity=quantity
        )
    elif each is not None and each * quantity != total:
        sentence = N_("单价 %(each)s 分 × %(quantity)s 件应该是 %(wanted)s 分，请改正其中一格")
        reader.refuse("total", sentence, each=each, quantity=quantity, wanted=each * quantity)
    else:
        return each if each is not None else total // quantity
    return None


def _channel(raw: Cell) -> str:
    channel = CHANNEL_OF.get(values.code(raw))
    if channel is None:
        raise BadInput(N_("兑换方式要写 自主、窗口 或 代办，请改正"))
    return channel


def _reward(context: Context, reader: Reader, goods: dict[str, Goods]) -> Goods | None:
    name = reader.get("reward_name", lambda raw: values.code(raw, most=80)) or ""
    if not reader.record.has("reward"):
        found = goods.get(name)
        if found is None and reader.ok:
            reader.refuse("reward_name", N_("目录里没有这样兑换品，请核对名称，或先把它导入兑换品目录"))
        return found
    code = reader.get("reward", values.code) or ""
    found = goods.get(code)
    if found is None:
        reader.refuse("reward", N_("目录里没有编号 %(code)s，请核对编号，或先把它导入兑换品目录"), code=code)
    elif name and values.code(found.name, most=200) != name:
        sentence = N_("编号 %(code)s 在目录里是「%(name)s」，按编号记；请核对是不是写错了")
        context.result.warnings.append(reader.record.problem("reward_name", sentence, code=found.code, name=found.name))
    return found


def _spend(context: Context, row: Row[Taken]) -> None:
    account, points = row.data.account, row.data.points
    if account.balance >= points:
        account.balance -= points
        return
    sentence = N_(
        "户号 %(number)s 那时只有 %(balance)s 分，要 %(points)s 分，还差 %(missing)s 分。请核对，或先导入它的加分"
    )
    numbers = {"balance": account.balance, "points": points, "missing": points - account.balance}
    context.result.problems.append(row.record.problem("total", sentence, number=account.number, **numbers))


def _drafts(context: Context, rows: list[Row[Taken]]) -> Iterator[Draft]:
    for row in rows:
        taken = row.data
        yield Draft(
            household_id=taken.account.id,
            kind=REDEMPTION,
            points=-taken.points,
            occurred_on=taken.on,
            origin=IMPORT,
            recorded_by=context.actor.user_id,
            redemption_id=taken.id,
            batch_id=context.batch_id,
            note=f"{taken.reward.name} ×{taken.quantity}",
        )


def _insert(context: Context, session: Session, lot: list[tuple[Taken, PostedEntry]]) -> None:
    """The redemptions of a lot of entries; handed over long ago, at noon of their day for want of the hour."""
    rows: list[dict[str, Any]] = []
    lines: list[dict[str, Any]] = []
    for taken, entry in lot:
        at = datetime.combine(taken.on, time(12), SHANGHAI).astimezone(UTC)
        rows.append(
            {
                "village_id": context.village_id,
                "id": taken.id,
                "household_id": taken.account.id,
                "status": FULFILLED,
                "channel": taken.channel,
                "points": taken.points,
                "occurred_on": taken.on,
                "proxy_name": taken.proxy,
                "entry_seq": entry.seq,
                "reserved_at": at,
                "fulfilled_at": at,
                "batch_id": context.batch_id,
            }
        )
        lines.append(
            {
                "village_id": context.village_id,
                "redemption_id": taken.id,
                "line": 1,
                "reward_id": taken.reward.id,
                "name": taken.reward.name,
                "quantity": taken.quantity,
                "points_each": taken.each,
            }
        )
    if rows:
        session.execute(insert(Redemption), rows)
        session.execute(insert(RedemptionLine), lines)
