"""Writes the demo village: everything in one transaction, so that a killed first run leaves nothing behind."""

from dataclasses import dataclass
from datetime import datetime
from typing import cast
from uuid import UUID

from sqlalchemy import Table, insert, select
from sqlalchemy.orm import Session

from villagepoints.domain.actor import Actor
from villagepoints.domain.calendar import village_date
from villagepoints.domain.errors import N_, Conflict
from villagepoints.models import Household, Resident, Reward, StockMove, User, Village
from villagepoints.models.base import new_id
from villagepoints.services import bulk, card, pinyin, ranking
from villagepoints.services import village as villages
from villagepoints.services.demo import (
    current_month,
    gathering,
    history,
    neighbourhood,
    notice,
    staff,
    supervision,
    words,
)
from villagepoints.services.demo.people import SHOWCASE, DemoHousehold, households
from villagepoints.services.demo.points import points
from villagepoints.services.transaction import transaction


@dataclass(frozen=True, slots=True)
class Demo:
    """What the commands show of the demo village: whose sign-in links to print, and whose door."""

    village_id: UUID
    household_id: UUID


def find(session: Session) -> Demo | None:
    """The demo village, if it was made; Conflict where another village has its code."""
    village = session.scalars(select(Village).where(Village.code == words.VILLAGE_CODE)).one_or_none()
    if village is None:
        return None
    user_id = session.scalar(select(User.id).where(User.village_id == village.id, User.login_name == staff.DESK))
    household_id = session.scalar(
        select(Household.id).where(Household.village_id == village.id, Household.number == SHOWCASE)
    )
    if village.name != words.VILLAGE_NAME or user_id is None or household_id is None:
        raise Conflict(
            N_("代码「%(code)s」已经是别的村了，没有再造演示村。请换一个实例文件夹（VILLAGEPOINTS_INSTANCE）。"),
            code=words.VILLAGE_CODE,
        )
    return Demo(village.id, household_id)


@transaction
def make(session: Session, *, card_key: bytes, now: datetime) -> Demo:
    """Make the demo village as of the village date of `now`; nothing changes where it is there already."""
    if (found := find(session)) is not None:
        return found
    today = village_date(now)
    rows = households(today)
    village_id = villages.create(
        session, words.VILLAGE_CODE, words.VILLAGE_NAME, now, clerk_name=words.CLERKS[0], clerk_phone=words.CLERK_PHONE
    )
    actor = Actor(village_id)
    ids = _write_people(session, village_id, rows)
    users = staff.write(session, actor, rows, ids, now)
    rewards = _write_rewards(session, village_id, now)
    history.write(session, actor, points(rows, today), history.Names(ids, users, rewards), now)
    current_month.write(session, village_id, rows, ids, users, today, now)
    notice.write(session, village_id, rows, ids, users, now)
    gathering.write(session, village_id, rows, ids, users, card_key, now)
    neighbourhood.write(session, village_id, rows, ids, users, now)
    supervision.write_committee(session, actor, rows, ids, now)
    supervision.write_supervisors(session, actor, rows, ids, users, now)
    ranking.write(session, village_id, now)
    card.create(session, actor, list(ids.values()), card_key=card_key, now=now)
    return Demo(village_id, ids[SHOWCASE])


def _write_people(session: Session, village_id: UUID, rows: list[DemoHousehold]) -> dict[str, UUID]:
    ids = {row.number: new_id() for row in rows}
    session.execute(
        insert(Household),
        [
            {
                "village_id": village_id,
                "id": ids[row.number],
                "number": row.number,
                "group_no": row.group,
                "residency": row.residency,
                "address": row.address,
                "head_name": row.members[0].name,
                "is_elder": row.elderly,
                "remark": row.note,
            }
            for row in rows
        ],
    )
    people = [
        {
            "village_id": village_id,
            "household_id": ids[row.number],
            "line": line,
            "name": person.name,
            "relation": person.relation,
            "sex": person.gender,
            "birth_on": person.born_on,
            "phone": person.phone,
            "phone_tail": person.phone[-4:],
            **dict(zip(("pinyin", "initials"), pinyin.read(person.name), strict=True)),
        }
        for row in rows
        for line, person in enumerate(row.members)
    ]
    session.execute(insert(Resident), people)
    bulk.refresh_statistics(session, cast(Table, Household.__table__), cast(Table, Resident.__table__))
    return ids


def _write_rewards(session: Session, village_id: UUID, now: datetime) -> dict[str, UUID]:
    ids = {code: new_id() for code, _, _, _ in words.GOODS}
    session.execute(
        insert(Reward),
        [
            {
                "village_id": village_id,
                "id": ids[code],
                "code": code,
                "name": name,
                "points": price,
                "stock": stock,
                "cost_cents": words.COSTS.get(code),
            }
            for code, name, price, stock in words.GOODS
        ],
    )
    move = {"village_id": village_id, "kind": "in", "reason": "期初盘点", "recorded_at": now}
    session.execute(
        insert(StockMove),
        [{**move, "id": new_id(), "reward_id": ids[code], "quantity": stock} for code, _, _, stock in words.GOODS],
    )
    return ids
