"""The rows of residents inside a transaction: write one down, find who is there, move people, put a head first."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from villagepoints.domain import identity
from villagepoints.domain.calendar import village_date
from villagepoints.domain.errors import N_, BadInput, Conflict, NotFound
from villagepoints.domain.user import check_name
from villagepoints.models import Household, Resident
from villagepoints.services import pinyin

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
    line = next_line(session, target)
    for place, row in enumerate(people):
        row.household_id, row.line = target.id, line + place
        row.relation = "" if row.relation in HEADS else row.relation
    session.flush()
    if is_new and people:
        lead(session, target, people[0])
    staying = present(session, source)
    if staying and staying[0].line != 0:
        lead(session, source, staying[0])


def asked(people: Sequence[Person], identity_key: bytes) -> list[list[str]]:
    """The people as the request's key remembers them; an identity number stands in it as its keyed hash only."""
    return [
        [
            *(str(getattr(one, name)) for name in one.__slots__ if name != "identity"),
            identity.identity_hash(identity_key, UUID(int=0), one.identity).hex(),
        ]
        for one in people
    ]


def next_line(session: Session, household: Household) -> int:
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


def lead(session: Session, household: Household, head: Resident) -> None:
    """Put a person in the head's place; whoever stood there takes theirs."""
    here = (Resident.village_id == household.village_id, Resident.household_id == household.id)
    for row in session.scalars(select(Resident).where(*here, Resident.line == 0, Resident.id != head.id)):
        row.line = head.line or 1
        row.relation = "" if row.relation in HEADS and row.left_on is None else row.relation
    head.line, head.relation, household.head_name = 0, HEAD, head.name
    session.flush()


def chosen(staying: Sequence[Resident], head_id: UUID | None) -> Resident:
    """Who is the head from now on: the one named, else the next; NotFound where that one is not there."""
    if head_id is None:
        return staying[0]
    found = next((one for one in staying if one.id == head_id), None)
    if found is None:
        raise NotFound(N_("这户没有这个人。"))
    return found


def new(
    session: Session, household: Household, person: Person, line: int, identity_key: bytes, today: date
) -> Resident:
    """A person more in the household; raises as `write`."""
    row = Resident(village_id=household.village_id, household_id=household.id, line=line, name="")
    write(session, row, person, identity_key, today)
    session.add(row)
    session.flush()
    return row


def write(session: Session, row: Resident, person: Person, identity_key: bytes, today: date) -> None:
    """Put down what is written of a person; the identity number says birth and sex where nobody else does.

    Raises BadInput for a name or number that cannot be right, Conflict for a number that is somebody else's.
    """
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


def shown(row: Resident) -> dict[str, Any]:
    """A person as the trail keeps them: no identity number, of a phone the last four digits."""
    birth_on = row.birth_on.isoformat() if row.birth_on else None
    tail = row.phone_tail and f"…{row.phone_tail}"
    return {"name": row.name, "relation": row.relation, "sex": row.sex, "birth_on": birth_on, "phone": tail}
