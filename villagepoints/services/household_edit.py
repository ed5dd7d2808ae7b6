"""Who a household is: register one, change its particulars, renumber a group; each change in the trail."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from villagepoints.domain.actor import Actor
from villagepoints.domain.calendar import village_date
from villagepoints.domain.elder import is_elder
from villagepoints.domain.errors import N_, BadInput, Conflict, NotFound
from villagepoints.domain.succession import next_number
from villagepoints.models import Household, Neighbourhood, Relocation, Resident
from villagepoints.services import activity, allowed, once, posting, red_line_base, village
from villagepoints.services.household import tidy
from villagepoints.services.transaction import transaction

RELOCATED = "relocated"
MOST_NUMBER, MOST_GROUP = 20, 9999
KEPT = ("number", "group_no", "residency", "address", "remark", "elder_marked")


@dataclass(frozen=True, slots=True, kw_only=True)
class Particulars:
    """What the clerk writes of a household; an empty number leaves the one it has, a new household is given the next;
    `elder_marked` None asks for the age."""

    number: str = ""
    group_no: int | None = None
    residency: str = "resident"
    address: str = ""
    remark: str = ""
    elder_marked: bool | None = None
    neighbourhood_id: UUID | None = None
    moved_on: date | None = None


def take(session: Session, actor: Actor, *household_ids: UUID) -> list[Household]:
    """Households to change, inside the caller's transaction: the village held, their accounts locked, as they stand.

    Raises NotAllowed for one's own or a relative's, Conflict while a month is being closed, NotFound.
    """
    village_id = actor.village_id
    red_line_base.hold(session, village_id)
    red_line_base.check_not_closing(session, village_id)
    for household_id in household_ids:
        allowed.check_people(session, village_id, household_id, [actor.user_id])
    posting.lock(session, village_id, household_ids)
    return [
        session.get_one(Household, (village_id, household_id), populate_existing=True) for household_id in household_ids
    ]


def check_lives_here(household: Household) -> None:
    """Refuse a household that has left (Conflict)."""
    if household.left_on is not None:
        raise Conflict(
            N_("户号 %(number)s %(day)s 起不在村里了，不能再改。什么都没有动。"),
            number=household.number,
            day=household.left_on.isoformat(),
        )


def changed(
    session: Session,
    actor: Actor,
    household: Household,
    action: str,
    detail: Mapping[str, Any],
    now: datetime,
) -> None:
    """Keep the act in the trail, see who is an elder now, and let the household's page be read anew."""
    session.flush()
    births = session.scalars(
        select(Resident.birth_on).where(
            Resident.village_id == household.village_id,
            Resident.household_id == household.id,
            Resident.left_on.is_(None),
        )
    )
    household.is_elder = is_elder(births, village_date(now), household.elder_marked)
    household.revision += 1
    session.flush()
    known = {"number": household.number, "head_name": household.head_name, **detail}
    activity.record(session, actor, action, now, subject=household.id, detail=known)


def difference(before: Mapping[str, Any], after: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """What changed, as the trail keeps it: the fields that differ, before and after."""
    names = [name for name in after if before.get(name) != after[name]]
    return {"before": {name: before.get(name) for name in names}, "after": {name: after[name] for name in names}}


# ------------------------------------------------------------------ numbers


def suggest_number(session: Session, village_id: UUID, group_no: int | None) -> str:
    """The next free household number: after the last of the group, where the group has one, else of the village."""
    numbers = select(Household.number).where(Household.village_id == village_id)
    longest_last = (func.length(Household.number).desc(), Household.number.desc())
    of_group = None
    if group_no is not None and 0 <= group_no <= MOST_GROUP:  # a form that is shown again holds what was refused
        of_group = session.scalar(numbers.where(Household.group_no == group_no).order_by(*longest_last).limit(1))
    number = next_number(of_group or session.scalar(numbers.order_by(*longest_last).limit(1)) or "000")
    while session.scalar(numbers.where(Household.number == number)):
        number = next_number(number)
    return number


def _free_number(session: Session, village_id: UUID, wanted: Particulars, but: UUID | None = None) -> str:
    number = tidy(wanted.number).upper()
    if not number:
        return suggest_number(session, village_id, wanted.group_no)
    if len(number) > MOST_NUMBER:
        raise BadInput(N_("户号最多 %(most)s 位。什么都没有动。"), most=MOST_NUMBER).at("number")
    taken = session.execute(
        select(Household.id, Household.head_name).where(
            Household.village_id == village_id, func.upper(Household.number) == number
        )
    ).first()
    if taken is not None and taken.id != but:
        raise Conflict(
            N_("户号 %(number)s 已经是%(name)s家的了，请换一个。什么都没有动。"), number=number, name=taken.head_name
        ).at("number")
    return number


# ------------------------------------------------------------------ register and change


def create(
    session: Session, actor: Actor, wanted: Particulars, head_name: str, joined_on: date, now: datetime
) -> Household:
    """A new household without people, inside the caller's transaction; the caller holds the village.

    Raises Conflict for a number that is taken, BadInput for one that is too long or a day that has not come.
    """
    if joined_on > village_date(now):
        raise BadInput(N_("日期 %(day)s 还没到，请改成今天或以前。什么都没有动。"), day=joined_on.isoformat()).at(
            "joined_on"
        )
    household = Household(village_id=actor.village_id, head_name=head_name, joined_on=joined_on)
    household.number = _free_number(session, actor.village_id, wanted)
    _write(household, wanted)
    session.add(household)
    session.flush()
    _relocate(session, household, wanted)
    village.touch(session, actor.village_id)
    return household


@transaction
def change(session: Session, actor: Actor, *, key: str, household_id: UUID, wanted: Particulars, now: datetime) -> None:
    """Change what a household is: number, group, residency and its committee, address, remark, elder.

    Raises Conflict where it has left or the number is taken, NotAllowed, BadInput, NotFound.
    """
    request = {"change": str(household_id), "wanted": [str(getattr(wanted, n)) for n in wanted.__slots__]}
    if once.claim(session, actor.village_id, key, request, now) is not None:
        return
    (household,) = take(session, actor, household_id)
    check_lives_here(household)
    before = {**_kept(household), **_relocation(session, household)}
    if tidy(wanted.number):  # an emptied field is no wish for another number
        household.number = _free_number(session, actor.village_id, wanted, but=household.id)
    _write(household, wanted)
    _relocate(session, household, wanted)
    session.flush()
    detail = difference(before, {**_kept(household), **_relocation(session, household)})
    if detail["after"]:
        changed(session, actor, household, "household.changed", detail, now)
        village.touch(session, actor.village_id)
    once.answer(session, actor.village_id, key, {})


def _write(household: Household, wanted: Particulars) -> None:
    household.group_no, household.residency = wanted.group_no, wanted.residency
    household.address, household.remark = wanted.address.strip(), wanted.remark.strip()
    household.elder_marked = wanted.elder_marked


def _kept(household: Household) -> dict[str, Any]:
    return {name: getattr(household, name) for name in KEPT}


def _relocation(session: Session, household: Household) -> dict[str, Any]:
    row = session.get(Relocation, (household.village_id, household.id))
    if row is None:
        return {"neighbourhood": None, "moved_on": None}
    committee = session.get_one(Neighbourhood, (household.village_id, row.neighbourhood_id))
    return {"neighbourhood": committee.name, "moved_on": row.moved_on}


def _relocate(session: Session, household: Household, wanted: Particulars) -> None:
    """Keep with which committee's blocks a relocated household lives; others live with none."""
    row = session.get(Relocation, (household.village_id, household.id))
    if wanted.residency != RELOCATED or wanted.neighbourhood_id is None:
        if row is not None:
            session.delete(row)
        return
    if session.get(Neighbourhood, (household.village_id, wanted.neighbourhood_id)) is None:
        raise NotFound(N_("村里没有登记这个居委会。"))
    if row is None:
        row = Relocation(village_id=household.village_id, household_id=household.id)
        session.add(row)
    row.neighbourhood_id, row.moved_on = wanted.neighbourhood_id, wanted.moved_on


# ------------------------------------------------------------------ groups


@transaction
def regroup(
    session: Session, actor: Actor, *, key: str, group_no: int, to_group: int, joins: bool, now: datetime
) -> int:
    """Give all households of a group another group number; how many there were. No points are concerned.

    `joins`: whether it may become one with a group that has that number already (Conflict otherwise). Raises BadInput
    for a number no group has, NotFound for a group without households.
    """
    request = {"regroup": group_no, "to": to_group, "joins": joins, "by": actor.user_id}
    if (earlier := once.claim(session, actor.village_id, key, request, now)) is not None:
        return int(earlier["households"])
    if not 0 <= to_group <= MOST_GROUP or to_group == group_no:
        raise BadInput(N_("新的组号填 0 到 %(most)s，和原来的不一样。什么都没有动。"), most=MOST_GROUP).at("to_group")
    village_id = actor.village_id
    red_line_base.hold(session, village_id)
    here = (Household.village_id == village_id, Household.left_on.is_(None))
    there = session.scalar(select(func.count()).select_from(Household).where(*here, Household.group_no == to_group))
    if there and not joins:
        raise Conflict(
            N_("%(group)s组已经有 %(count)s 户。真要并成一组，请勾上「并到一起」。什么都没有动。"),
            group=to_group,
            count=there,
        ).at("joins")
    of_group = select(Household.id).where(*here, Household.group_no == group_no).order_by(Household.id)
    ids = session.scalars(of_group.with_for_update()).all() if 0 <= group_no <= MOST_GROUP else ()
    if not ids:
        raise NotFound(N_("%(group)s组没有农户。"), group=group_no)
    move = update(Household).where(*here, Household.group_no == group_no)
    session.execute(
        move.values(group_no=to_group, revision=Household.revision + 1).execution_options(synchronize_session=False)
    )
    detail = difference({"group_no": group_no}, {"group_no": to_group})
    activity.record_all(session, actor, "household.changed", now, [(id_, detail) for id_ in ids])
    once.answer(session, village_id, key, {"households": len(ids)})
    return len(ids)
