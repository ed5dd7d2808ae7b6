"""Imports the catalogue of goods: new ones with their stock, known ones with their new name and points."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import bindparam, insert, select, update
from sqlalchemy.orm import Session

from villagepoints.domain.errors import N_
from villagepoints.models import Reward, StockMove
from villagepoints.models.base import new_id
from villagepoints.services import activity, village
from villagepoints.services.importing import values
from villagepoints.services.importing.plan import Context, Plan, records
from villagepoints.services.importing.result import CHANGED, NEW, SAME
from villagepoints.services.importing.table import Reader, Record


@dataclass(slots=True)
class Goods:
    """A readable row of the catalogue."""

    record: Record
    code: str
    name: str
    points: int
    stock: int


def plan(context: Context) -> Plan:
    """Compare with the catalogue as it stands; the stock of known goods is left alone, it has moved since."""
    goods = [one for _, record in records(context.file) if (one := _read(context, record))]
    _refuse_twice(context, goods)
    known = {
        row.code: row
        for row in context.session.execute(
            select(Reward.code, Reward.id, Reward.name, Reward.points, Reward.stock).where(
                Reward.village_id == context.village_id
            )
        )
    }
    new = [one for one in goods if one.code not in known]
    changed = [one for one in goods if one.code in known and (one.name, one.points) != known[one.code][2:4]]
    for state, some in ((SAME, goods), (NEW, new), (CHANGED, changed)):
        for one in some:
            context.result.mark(one.record.table.sheet, one.record.number, state)
    for one in goods:
        if one.code in known and one.record.has("stock") and one.stock != known[one.code].stock:
            sentence = N_("库存现在是 %(stock)s，没有按文件改；进货或盘点请在「奖品」里登记")
            context.result.warnings.append(one.record.problem("stock", sentence, stock=known[one.code].stock))
    result = context.result
    result.new, result.changed, result.unchanged = len(new), len(changed), len(goods) - len(new) - len(changed)
    result.totals = {"rewards": len(goods), "stock": sum(one.stock for one in new)}

    def write(session: Session) -> None:
        _add(context, session, new)
        _change(context, session, [(known[one.code].id, one) for one in changed])
        if new or changed:
            village.touch(session, context.village_id)

    return Plan(count=len(new) + len(changed), write=write)


def _read(context: Context, record: Record) -> Goods | None:
    reader = Reader(record, context.result.problems)
    code = reader.get("code", values.code, needed=True)
    name = reader.get("name", lambda raw: values.text(raw, 80), needed=True)
    points = reader.get("points", values.integer, needed=True)
    stock = reader.get("stock", values.integer) or 0
    if points is not None and points < 1:
        reader.refuse("points", N_("所需积分至少是 1 分，请改正"))
    if stock < 0:
        reader.refuse("stock", N_("库存不能是负数，请改正"))
    if not reader.ok or code is None or name is None or points is None:
        return None
    return Goods(record, code, name, points, stock)


def _refuse_twice(context: Context, goods: list[Goods]) -> None:
    seen: dict[str, Goods] = {}
    for one in goods:
        first = seen.setdefault(one.code, one)
        if first is not one:
            sentence = N_("编号 %(code)s 在第 %(row)s 行已经有了，请删掉一行或换一个编号")
            context.result.problems.append(one.record.problem("code", sentence, code=one.code, row=first.record.number))


def _add(context: Context, session: Session, goods: list[Goods]) -> None:
    if not goods:
        return
    key = {"village_id": context.village_id}
    ids = {one.code: new_id() for one in goods}
    rows = [
        {**key, "id": ids[o.code], "code": o.code, "name": o.name, "points": o.points, "stock": o.stock} for o in goods
    ]
    session.execute(insert(Reward), rows)
    moves: list[dict[str, Any]] = [
        {
            **key,
            "id": new_id(),
            "reward_id": ids[one.code],
            "quantity": one.stock,
            "reason": f"导入 {context.file.filename}"[:120],
            "recorded_by": context.actor.user_id,
            "recorded_at": context.now,
        }
        for one in goods
        if one.stock
    ]
    if moves:
        session.execute(insert(StockMove), moves)


def _change(context: Context, session: Session, goods: list[tuple[Any, Goods]]) -> None:
    if not goods:
        return
    session.connection().execute(
        update(Reward)
        .where(Reward.village_id == bindparam("of_village"), Reward.id == bindparam("of_id"))
        .values(name=bindparam("to_name"), points=bindparam("to_points")),
        [
            {"of_village": context.village_id, "of_id": id_, "to_name": one.name, "to_points": one.points}
            for id_, one in goods
        ],
    )
    acts = [(id_, {"code": one.code, "name": one.name, "points": one.points}) for id_, one in goods]
    activity.record_all(session, context.actor, "reward.changed", context.now, acts)
