"""The people of a household: who comes, who leaves and why, who is its head; each change in the trail."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from villagepoints.domain import identity
from villagepoints.domain.actor import Actor
from villagepoints.domain.calendar import village_date
from villagepoints.domain.errors import N_, BadInput, Conflict, NotFound
from villagepoints.domain.succession import MEMBER_REASONS
from villagepoints.domain.user import check_name
from villagepoints.models import Household, Resident
from villagepoints.services import once, pinyin
from villagepoints.services.household_edit import (
    Particulars,
    changed,
    check_lives_here,
    create,
    difference,
    take,
)
from villagepoints.services.red_line_base import check_not_closing, hold
from villagepoints.services.transaction import transaction

HEAD = "户主"
HEADS = (HEAD, "本人", "户主本人", "户主(本人)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """What the clerk writes of a person; the identity number is checked, turned into a keyed hash and dropped."""

    name: str
    relation: str = ""
    sex: str = ""
    birth_on: date | None = None
    identity: str = ""
    phone: str = ""


@transaction
def register(
    session: Session,
    actor: Actor,
    *,
    key: str,
    wanted: Particulars,
    people: Sequence[Person],
    joined_on: date,
    identity_key: bytes,
    now: datetime,
) -> UUID:
    """Register a new household with its people at once, the head first or named so; its id.

    Raises BadInput (nobody, no name, an identity number that cannot be right, a day that has not come), Conflict for
    a number or a person that is there already and while a month is being closed.
    """
    request: dict[str, Any] = {
        "register": [str(getattr(wanted, n)) for n in wanted.__slots__],
        "joined_on": str(joined_on),
    }
    request["people"] = _asked(people, identity_key)
    if (earlier := once.claim(session, actor.village_id, key, request, now)) is not None:
        return UUID(earlier["id"])
    if not people:
        raise BadInput(N_("至少写上户主的姓名。什么都没有动。"))
    hold(session, actor.village_id)
    check_not_closing(session, actor.village_id)
    in_order = sorted(people, key=lambda person: person.relation not in HEADS)
    household = create(session, actor, wanted, check_name(in_order[0].name), joined_on, now)
    for line, person in enumerate(in_order):
        row = _new(session, household, person, line, identity_key, village_date(now))
        row.relation = HEAD if line == 0 else row.relation
    detail = {"after": {"head_name": household.head_name, "people": len(people), "joined_on": joined_on}}
    changed(session, actor, household, "household.registered", detail, now)
    once.answer(session, actor.village_id, key, {"id": str(household.id)})
    return household.id


@transaction
def add(
    session: Session,
    actor: Actor,
    *,
    key: str,
    household_id: UUID,
    person: Person,
    identity_key: bytes,
    now: datetime,
) -> UUID:
    """Add a person to a household; raises as `register`, NotAllowed for one's own household, NotFound."""
    request = {"add": str(household_id), "person": _asked([person], identity_key)}
    if (earlier := once.claim(session, actor.village_id, key, request, now)) is not None:
        return UUID(earlier["id"])
    (household,) = take(session, actor, household_id)
    check_lives_here(household)
    row = _new(session, household, person, _next_line(session, household), identity_key, village_date(now))
    if row.line == 0:  # a household whose people had all left
        _lead(session, household, row)
    changed(session, actor, household, "resident.added", {"name": row.name, "after": _shown(row)}, now)
    once.answer(session, actor.village_id, key, {"id": str(row.id)})
    return row.id


@transaction
def change(
    session: Session,
    actor: Actor,
    *,
    key: str,
    household_id: UUID,
    resident_id: UUID,
    person: Person,
    identity_key: bytes,
    now: datetime,
) -> None:
    """Put right what is written of a person; an empty identity number leaves the one that is kept. Raises as `add`."""
    request = {"resident": str(resident_id), "of": str(household_id), "person": _asked([person], identity_key)}
    if once.claim(session, actor.village_id, key, request, now) is not None:
        return
    (household,) = take(session, actor, household_id)
    check_lives_here(household)
    row = of_household(session, household, resident_id)
    before, had_identity = _shown(row), row.identity_hash
    _write(session, row, person, identity_key, village_date(now))
    if row.line == 0 and row.left_on is None:
        row.relation, household.head_name = HEAD, row.name
    detail: dict[str, Any] = {"name": row.name, **difference(before, _shown(row))}
    if row.identity_hash != had_identity:
        detail["after"]["identity"] = True
    if detail["after"]:
        changed(session, actor, household, "resident.changed", detail, now)
    once.answer(session, actor.village_id, key, {})


@transaction
def leave(
    session: Session,
    actor: Actor,
    *,
    key: str,
    household_id: UUID,
    resident_id: UUID,
    reason: str,
    left_on: date,
    head_id: UUID | None = None,
    now: datetime,
) -> int:
    """A person is no longer in the household; how many still are. A head is followed by `head_id`, or the next.

    Raises BadInput for an unknown reason or a day that has not come, Conflict where they have left, NotAllowed,
    NotFound.
    """
    request = {"leaves": str(resident_id), "of": str(household_id), "head": head_id}
    if (
        earlier := once.claim(session, actor.village_id, key, {**request, "why": reason, "on": left_on}, now)
    ) is not None:
        return int(earlier["left"])
    if reason not in MEMBER_REASONS:
        raise BadInput(N_("请选是为什么不在这户了。什么都没有动。")).at("reason")
    check_has_come(left_on, now)
    (household,) = take(session, actor, household_id)
    check_lives_here(household)
    row = of_household(session, household, resident_id)
    if row.left_on is not None:
        raise Conflict(N_("%(name)s 已经登记过不在这户了，没有再登记。"), name=row.name)
    row.left_on, row.left_reason = left_on, reason
    session.flush()
    staying = present(session, household)
    if row.line == 0 and staying:
        _lead(session, household, _chosen(staying, head_id))
    detail = {"name": row.name, "after": {"left_reason": reason, "left_on": left_on}}
    changed(session, actor, household, "resident.left", detail, now)
    once.answer(session, actor.village_id, key, {"left": len(staying)})
    return len(staying)


@transaction
def come_back(
    session: Session, actor: Actor, *, key: str, household_id: UUID, resident_id: UUID, now: datetime
) -> None:
    """A person who had left is in the household again, or never had left; raises as `leave`."""
    request = {"comes_back": str(resident_id), "of": str(household_id)}
    if once.claim(session, actor.village_id, key, request, now) is not None:
        return
    (household,) = take(session, actor, household_id)
    check_lives_here(household)
    row = of_household(session, household, resident_id)
    if row.left_on is None:
        raise Conflict(N_("%(name)s 就在这户，没有再登记。"), name=row.name)
    detail = {"name": row.name, "before": {"left_reason": row.left_reason, "left_on": row.left_on}}
    is_alone = not present(session, household)
    row.left_on, row.left_reason = None, ""
    if is_alone:
        _lead(session, household, row)
    changed(session, actor, household, "resident.returned", detail, now)
    once.answer(session, actor.village_id, key, {})


@transaction
def make_head(
    session: Session, actor: Actor, *, key: str, household_id: UUID, resident_id: UUID, now: datetime
) -> None:
    """Make one of its people the head of a household; raises Conflict where they have left, NotAllowed, NotFound."""
    request = {"head": str(resident_id), "of": str(household_id)}
    if once.claim(session, actor.village_id, key, request, now) is not None:
        return
    (household,) = take(session, actor, household_id)
    check_lives_here(household)
    row = of_household(session, household, resident_id)
    if row.left_on is not None:
        raise Conflict(N_("%(name)s 已经不在这户，不能当户主。什么都没有动。"), name=row.name)
    before = household.head_name
    _lead(session, household, row)
    changed(session, actor, household, "resident.head", difference({"head_name": before}, {"head_name": row.name}), now)
    once.answer(session, actor.village_id, key, {})


# ------------------------------------------------------------------ shared with splits and mergers


def check_has_come(on: date, now: datetime) -> None:
    """Refuse a village date that has not come (BadInput)."""
    if on > village_date(now):
        raise BadInput(N_("日期 %(day)s 还没到，请改成今天或以前。什么都没有动。"), day=on.isoformat()).at("left_on")


def of_household(session: Session, household: Household, resident_id: UUID) -> Resident:
    """A person of the household, there or not any more; NotFound otherwise."""
    row = session.get(Resident, (household.village_id, resident_id), populate_existing=True)
    if row is None or row.household_id != household.id:
        raise NotFound(N_("这户没有这个人。"))
    return row


def present(session: Session, household: Household) -> list[Resident]:
    """Who is in the household, its head first."""
    here = (Resident.village_id == household.village_id, Resident.household_id == household.id)
    session.flush()
    people = select(Resident).where(*here, Resident.left_on.is_(None)).order_by(Resident.line, Resident.id)
    return list(session.scalars(people))


def move(session: Session, people: Iterable[Resident], source: Household, target: Household) -> None:
    """Let these people live in the target; what is left of the source gets a head, and so does an empty target."""
    people = list(people)
    is_new = not present(session, target)
    line = _next_line(session, target)
    for place, row in enumerate(people):
        row.household_id, row.line = target.id, line + place
        row.relation = "" if row.relation in HEADS else row.relation
    session.flush()
    if is_new and people:
        _lead(session, target, people[0])
    staying = present(session, source)
    if staying and staying[0].line != 0:
        _lead(session, source, staying[0])


# ------------------------------------------------------------------ within


def _asked(people: Sequence[Person], identity_key: bytes) -> list[list[str]]:
    """The people as the request's key remembers them; an identity number stands in it as its keyed hash only."""
    return [
        [
            *(str(getattr(one, name)) for name in one.__slots__ if name != "identity"),
            identity.identity_hash(identity_key, UUID(int=0), one.identity).hex(),
        ]
        for one in people
    ]


def _next_line(session: Session, household: Household) -> int:
    """The place after the last person; 0, the head's, where nobody is there."""
    if not present(session, household):
        _make_room(session, household)
        return 0
    here = (Resident.village_id == household.village_id, Resident.household_id == household.id)
    return (session.scalar(select(func.max(Resident.line)).where(*here)) or 0) + 1


def _make_room(session: Session, household: Household) -> None:
    """Nobody who left stands in the head's place."""
    here = (Resident.village_id == household.village_id, Resident.household_id == household.id)
    for row in session.scalars(select(Resident).where(*here, Resident.line == 0)):
        row.line = 1
    session.flush()


def _lead(session: Session, household: Household, head: Resident) -> None:
    """Put a person in the head's place; whoever stood there takes theirs."""
    here = (Resident.village_id == household.village_id, Resident.household_id == household.id)
    for row in session.scalars(select(Resident).where(*here, Resident.line == 0, Resident.id != head.id)):
        row.line = head.line or 1
        row.relation = "" if row.relation in HEADS and row.left_on is None else row.relation
    head.line, head.relation, household.head_name = 0, HEAD, head.name
    session.flush()


def _chosen(staying: Sequence[Resident], head_id: UUID | None) -> Resident:
    if head_id is None:
        return staying[0]
    found = next((one for one in staying if one.id == head_id), None)
    if found is None:
        raise NotFound(N_("这户没有这个人。"))
    return found


def _new(
    session: Session, household: Household, person: Person, line: int, identity_key: bytes, today: date
) -> Resident:
    row = Resident(village_id=household.village_id, household_id=household.id, line=line, name="")
    _write(session, row, person, identity_key, today)
    session.add(row)
    session.flush()
    return row


def _write(session: Session, row: Resident, person: Person, identity_key: bytes, today: date) -> None:
    """Put down what is written of a person; the identity number says birth and sex where nobody else does."""
    row.name, row.relation = check_name(person.name), person.relation.strip()
    row.pinyin, row.initials = pinyin.read(row.name)
    row.sex, row.birth_on = person.sex, person.birth_on
    row.phone, row.phone_tail = person.phone, person.phone[-4:]
    if person.identity:
        says = identity.read(person.identity)
        if person.birth_on and person.birth_on != says.birth_on:
            raise BadInput(
                N_("出生日期和身份证号里的 %(day)s 对不上，请改正其中一个。什么都没有动。"),
                day=says.birth_on.isoformat(),
            ).at("birth_on")
        row.sex, row.birth_on = person.sex or says.sex, says.birth_on
        hash_ = identity.identity_hash(identity_key, row.village_id, person.identity)
        _check_new(session, row, hash_)
        row.identity_hash = hash_
    if row.birth_on and row.birth_on > today:
        raise BadInput(N_("出生日期还没到，请核对年份。什么都没有动。")).at("birth_on")


def _check_new(session: Session, row: Resident, hash_: bytes) -> None:
    """Refuse an identity number that is somebody else's already (Conflict)."""
    with session.no_autoflush:
        there = session.execute(
            select(Resident.id, Resident.name, Household.number, Resident.left_on)
            .join(Household, (Household.village_id == Resident.village_id) & (Household.id == Resident.household_id))
            .where(Resident.village_id == row.village_id, Resident.identity_hash == hash_)
        ).first()
    if there is not None and there.id != row.id:
        raise Conflict(
            N_("这个身份证号已经是 %(number)s 户%(name)s的了。搬过来的，请到那一户办「搬到另一户」。什么都没有动。"),
            number=there.number,
            name=there.name,
        ).at("identity")


def _shown(row: Resident) -> dict[str, Any]:
    birth_on = row.birth_on.isoformat() if row.birth_on else None
    tail = row.phone_tail and f"…{row.phone_tail}"
    return {"name": row.name, "relation": row.relation, "sex": row.sex, "birth_on": birth_on, "phone": tail}
