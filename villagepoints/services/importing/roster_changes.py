"""Compares a roster with who is in the village, and writes the difference."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import bindparam, insert, select, update
from sqlalchemy.orm import Session

from villagepoints.domain.elder import is_elder
from villagepoints.domain.errors import N_
from villagepoints.models import Household, Resident
from villagepoints.models.base import new_id
from villagepoints.services import activity, pinyin
from villagepoints.services.importing import values
from villagepoints.services.importing.plan import Context
from villagepoints.services.importing.result import CHANGED, NEW, SAME
from villagepoints.services.importing.table import Record
from villagepoints.services.resident_rows import HEADS as HEADS

HOME_FIELDS = ("group_no", "residency", "address", "head_name", "remark")
TOLD_FIELDS = ("group_no", "residency", "head_name")  # kept in the trail: reports as at a seal say what a home was then
PERSON_FIELDS = (
    "household_id",
    "name",
    "pinyin",
    "initials",
    "relation",
    "sex",
    "birth_on",
    "identity_hash",
    "phone",
    "phone_tail",
    "left_on",
)
DERIVED = ("pinyin", "initials", "phone_tail")  # from others: alone they are no change that anybody made
Values = dict[str, Any]


@dataclass(slots=True)
class Person:
    """A readable row; empty where the file says nothing."""

    record: Record
    name: str
    relation: str
    sex: str
    birth_on: date | None
    identity_hash: bytes | None
    phone: str

    @property
    def is_head(self) -> bool:
        """Whether the row says so."""
        return self.relation in HEADS


@dataclass(slots=True)
class Home:
    """A household of the file: what its rows say of it, its people, the head first."""

    number: str
    people: list[Person] = field(default_factory=list)
    residency: str = ""
    address: str = ""
    group_no: int | None = None
    remark: str = ""


class Changes:
    """What a roster adds to and changes in the village. An empty cell says nothing: it wipes nothing out."""

    def __init__(self, context: Context, homes: Iterable[Home]) -> None:
        self.context = context
        self.homes = list(homes)
        self.new_homes: list[Values] = []
        self.changed_homes: list[Values] = []
        self.new_people: list[Values] = []
        self.changed_people: list[Values] = []
        self.acts: list[tuple[UUID | None, Values]] = []
        self._load()

    def _load(self) -> None:
        """Households and residents as they stand, in two statements."""
        session, village_id = self.context.session, self.context.village_id
        homes = session.execute(select(Household.__table__).where(Household.village_id == village_id)).mappings()
        self.there = {values.code(row["number"]): dict(row) for row in homes}
        people = session.execute(select(Resident.__table__).where(Resident.village_id == village_id)).mappings()
        self.members: dict[UUID, list[Values]] = defaultdict(list)
        self.by_identity: dict[bytes, Values] = {}
        for row in map(dict, people):
            self.members[row["household_id"]].append(row)
            if row["identity_hash"]:
                self.by_identity[row["identity_hash"]] = row
        self.matched: set[UUID] = set()

    def compare(self) -> None:
        """Count each row as new, changed or unchanged; nothing is written yet."""
        result = self.context.result
        result.new = result.changed = result.unchanged = 0
        for home in self.homes:
            if home.people and not self._has_left(home):
                self._compare_home(home)
        result.totals = {
            "households": len(self.homes),
            "people": sum(len(home.people) for home in self.homes),
            "relocated_households": sum(home.residency == "relocated" for home in self.homes),
        }

    def _has_left(self, home: Home) -> bool:
        """Whether the household left the village: an old list that still has it brings nobody back there."""
        left_on = self.there.get(home.number, {}).get("left_on")
        if left_on is None:
            return False
        sentence = N_("户号 %(number)s %(day)s 起不在村里了，这几行没有动；弄错了的，请在那一户的页面上登记它回来")
        problem = home.people[0].record.problem("household", sentence, number=home.number, day=left_on.isoformat())
        self.context.result.warnings.append(problem)
        for person in home.people:
            self.context.result.mark(person.record.table.sheet, person.record.number, SAME)
        self.context.result.unchanged += len(home.people)
        return True

    def _compare_home(self, home: Home) -> None:
        said = {
            "group_no": home.group_no,
            "residency": home.residency,
            "address": home.address,
            "head_name": home.people[0].name,
            "remark": home.remark,
        }
        row = self.there.get(home.number)
        is_new = row is None
        if row is None:
            row = {"village_id": self.context.village_id, "id": new_id(), "number": home.number, "elder_marked": None}
            row |= {"group_no": home.group_no, "residency": home.residency or "resident", "address": home.address}
            row |= {"head_name": said["head_name"], "remark": home.remark}
            self.new_homes.append(row)
        changed = [] if is_new else [name for name in HOME_FIELDS if said[name] not in ("", None, row[name])]
        if changed == ["head_name"] and not home.people[0].is_head:
            changed = []  # a list without relations does not make its first line the head of a known household
        before = {name: row[name] for name in changed if name in TOLD_FIELDS}
        row |= {name: said[name] for name in changed}
        for place, person in enumerate(home.people):
            self._compare_person(row, person, place, bool(changed) and place == 0)
        elder = is_elder(
            (member["birth_on"] for member in self.members[row["id"]] if member["left_on"] is None),
            self.context.today,
            row["elder_marked"],
        )
        if not is_new and (changed or elder != row["is_elder"]):
            self.changed_homes.append(row)
            known = {"number": home.number, "head_name": row["head_name"]}
            was = {"before": before, "after": {name: row[name] for name in before}} if before else {}
            self.acts.append((row["id"], {**known, "changed": changed, **was}))
        row["is_elder"] = elder
        self._warn_absent(home, row["id"])

    def _compare_person(self, home: Values, person: Person, place: int, home_changed: bool) -> None:
        said = self._said(home, person)
        there = self._match(home["id"], person)
        result = self.context.result
        if there is None:
            line = place if place == 0 else max((m["line"] for m in self.members[home["id"]]), default=-1) + 1
            row = {"village_id": self.context.village_id, "id": new_id(), "line": line, **said}
            self.new_people.append(row)
            self.members[home["id"]].append(row)
            self.matched.add(row["id"])
            result.new += 1
            result.mark(person.record.table.sheet, person.record.number, NEW)
            return
        self.matched.add(there["id"])
        changed = [name for name in PERSON_FIELDS if said[name] not in ("", None, there[name])]
        if there["left_on"] is not None:
            changed.append("left_on")
        shown = [name for name in changed if name not in DERIVED]
        if shown:
            self._move(there, home["id"])
            there |= {name: said[name] for name in changed}
            self.changed_people.append(there)
            self.acts.append((home["id"], {"number": home["number"], "resident": there["id"], "changed": shown}))
        is_changed = bool(shown or home_changed)
        result.changed += is_changed
        result.unchanged += not is_changed
        result.mark(person.record.table.sheet, person.record.number, CHANGED if is_changed else SAME)

    def _said(self, home: Values, person: Person) -> Values:
        full, initials = pinyin.read(person.name)
        return {
            "household_id": home["id"],
            "name": person.name,
            "pinyin": full,
            "initials": initials,
            "relation": person.relation,
            "sex": person.sex,
            "birth_on": person.birth_on,
            "identity_hash": person.identity_hash,
            "phone": person.phone,
            "phone_tail": person.phone[-4:],
            "left_on": None,
        }

    def _match(self, home_id: UUID, person: Person) -> Values | None:
        """The same person: by identity number wherever they live, else by name and birth in the household."""
        found = self.by_identity.get(person.identity_hash) if person.identity_hash else None
        if found is not None and found["id"] not in self.matched:
            return found
        for member in self.members[home_id]:
            same_birth = person.birth_on is None or member["birth_on"] in (None, person.birth_on)
            if member["id"] not in self.matched and member["name"] == person.name and same_birth:
                return member
        return None

    def _move(self, member: Values, home_id: UUID) -> None:
        if member["household_id"] != home_id:
            self.members[member["household_id"]].remove(member)
            self.members[home_id].append(member)

    def _warn_absent(self, home: Home, home_id: UUID) -> None:
        record = home.people[0].record
        if len(home.people) == 1 and "relation" not in record.table.places:
            return  # a list of heads does not say who else lives there
        absent = [m["name"] for m in self.members[home_id] if m["id"] not in self.matched and m["left_on"] is None]
        if absent:
            sentence = N_("户号 %(number)s 里还有 %(names)s，这个文件里没有，没有动；搬走了请在住户页登记")
            problem = record.problem("household", sentence, number=home.number, names="、".join(absent))
            self.context.result.warnings.append(problem)

    def write(self, session: Session) -> None:
        """Write the difference in a fixed number of statements, and each change in the trail."""
        if self.new_homes:
            session.execute(insert(Household), self.new_homes)
        if self.new_people:
            session.execute(insert(Resident), self.new_people)
        _update(session, Household, self.changed_homes, (*HOME_FIELDS, "is_elder"))
        self._release_identities(session)
        _update(session, Resident, self.changed_people, (*PERSON_FIELDS, "line"))
        activity.record_all(session, self.context.actor, "roster.changed", self.context.now, self.acts)
        touched = {act[0] for act in self.acts}
        if touched:
            session.execute(
                update(Household)
                .where(Household.village_id == self.context.village_id, Household.id.in_(touched))
                .values(revision=Household.revision + 1)
                .execution_options(synchronize_session=False)
            )

    def _release_identities(self, session: Session) -> None:
        """Two people whose numbers were swapped would meet in the unique key: both let go first."""
        ids = [row["id"] for row in self.changed_people]
        if ids:
            session.execute(
                update(Resident)
                .where(Resident.village_id == self.context.village_id, Resident.id.in_(ids))
                .values(identity_hash=None)
                .execution_options(synchronize_session=False)
            )


def _update(session: Session, model: Any, rows: list[Values], fields: tuple[str, ...]) -> None:
    if not rows:
        return
    table = model.__table__
    statement = (
        update(table)
        .where(table.c.village_id == bindparam("of_village"), table.c.id == bindparam("of_id"))
        .values({name: bindparam(f"to_{name}") for name in fields})
    )
    keys = [{"of_village": row["village_id"], "of_id": row["id"]} | {f"to_{n}": row[n] for n in fields} for row in rows]
    session.connection().execute(statement, keys)
