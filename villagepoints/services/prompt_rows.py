"""The rows behind a prompt as a member reads them: which household, which day, what it was, who wrote it down."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import and_, func, select
from sqlalchemy.orm import Session

from villagepoints.domain.calendar import village_date
from villagepoints.domain.prompt import ACT, CLAIM, ENTRY, FINDING, HANDED, HELPER, HOME, IMAGE
from villagepoints.models import (
    Activity,
    AuditPrompt,
    Claim,
    EntryText,
    Evidence,
    Finding,
    Household,
    LedgerEntry,
    Redemption,
    RuleItem,
    User,
)
from villagepoints.services.paging import Page, Wanted
from villagepoints.services.statement import at


@dataclass(frozen=True, slots=True)
class Row:
    """One row: what it is (the words of domain/prompt.py), whose, when, its item, points, words, who wrote it."""

    what: str
    household_id: UUID | None = None
    number: str = ""
    head_name: str = ""
    group_no: int | None = None
    at: datetime | None = None
    day: Any = None  # the village date it happened on
    seq: int | None = None  # of an entry
    item_code: str = ""
    item_name: str = ""
    points: int | None = None
    words: str = ""
    who: str = ""
    photo_id: UUID | None = None


@dataclass
class _Found:
    """What was read of each kind, by its reference."""

    values: dict[tuple[Any, ...], dict[str, Any]] = field(default_factory=dict)

    def add(self, what: str, *key: Any, **values: Any) -> None:
        self.values[(what, *map(str, key))] = {"what": what, **values}


def page(session: Session, prompt: AuditPrompt, wanted: Wanted) -> Page[Row]:
    """One page of the rows behind a prompt, in the order they were kept; at most nine statements."""
    shown = prompt.behind[wanted.offset : wanted.offset + wanted.size]
    found, of = _Found(), prompt.village_id
    by_kind: dict[str, list[list[Any]]] = {}
    for what, *key in shown:
        by_kind.setdefault(what, []).append(key)
    for what, read in READERS.items():
        if what in by_kind:
            read(session, of, by_kind[what], found)
    values = [found.values[reference] for one in shown if (reference := tuple(map(str, one))) in found.values]
    homes, people = _homes(session, of, values), _people(session, of, values)
    rows = [_row(one, homes, people) for one in values]
    return Page(rows, wanted.number, wanted.size, len(prompt.behind))


def households(session: Session, prompt: AuditPrompt) -> set[UUID]:
    """The households that the rows behind a prompt are about; two statements at most."""
    found = {UUID(key[0]) for what, *key in prompt.behind if what in (ENTRY, HOME)}
    for what, model in ((IMAGE, Evidence), (HANDED, Redemption)):
        ids = [UUID(key[0]) for kind, *key in prompt.behind if kind == what]
        if ids:
            about = select(model.household_id).where(model.village_id == prompt.village_id, model.id.in_(ids))
            found |= {id_ for id_ in session.scalars(about) if id_ is not None}
    return found


def names(session: Session, village_id: UUID, prompts: Iterable[AuditPrompt]) -> dict[UUID, str]:
    """Whom prompts are about, by the prompt's id: staff, or the helper as the register calls them; two statements."""
    rows = list(prompts)
    ids = {row.subject_id for row in rows if row.subject_id is not None}
    people = select(User.id, User.name).where(User.village_id == village_id, User.id.in_(ids))
    called = {row.id: row.name for row in session.execute(people)}
    first = {UUID(row.behind[0][1]): row.id for row in rows if row.kind == HELPER and row.behind}
    fetched = select(Redemption.id, Redemption.proxy_name).where(
        Redemption.village_id == village_id, Redemption.id.in_(first)
    )
    found = {first[id_]: name for id_, name in session.execute(fetched)} if first else {}
    for row in rows:
        if row.subject_id in called:
            found[row.id] = called[row.subject_id]
        elif "who" in row.figures:
            found[row.id] = row.figures["who"]
    return found


def _row(values: Mapping[str, Any], homes: Mapping[UUID, Any], people: Mapping[UUID, str]) -> Row:
    kept = {name: value for name, value in values.items() if name not in ("by", "called")}
    home = homes.get(values.get("household_id"))  # type: ignore[arg-type]
    who = values.get("called") or people.get(values.get("by"), "")  # type: ignore[arg-type]
    if home is None:
        return Row(**kept, who=who)
    return Row(**kept, who=who, number=home.number, head_name=home.head_name, group_no=home.group_no)


def _homes(session: Session, village_id: UUID, values: Sequence[Mapping[str, Any]]) -> dict[UUID, Any]:
    ids = {one.get("household_id") for one in values} - {None}
    columns = (Household.id, Household.number, Household.head_name, Household.group_no)
    rows = session.execute(select(*columns).where(Household.village_id == village_id, Household.id.in_(ids)))
    return {row.id: row for row in rows}


def _people(session: Session, village_id: UUID, values: Sequence[Mapping[str, Any]]) -> dict[UUID, str]:
    ids = {one.get("by") for one in values} - {None}
    rows = session.execute(select(User.id, User.name).where(User.village_id == village_id, User.id.in_(ids)))
    return {row.id: row.name for row in rows}


def _entries(session: Session, of: UUID, keys: list[list[Any]], found: _Found) -> None:
    text = and_(
        EntryText.village_id == LedgerEntry.village_id,
        EntryText.household_id == LedgerEntry.household_id,
        EntryText.seq == LedgerEntry.seq,
    )
    item = and_(
        RuleItem.village_id == LedgerEntry.village_id,
        RuleItem.version == LedgerEntry.rulebook_version,
        RuleItem.code == LedgerEntry.item_code,
    )
    wanted = {(UUID(household_id), seq) for household_id, seq in keys}
    rows = session.execute(
        select(LedgerEntry, RuleItem.name, EntryText.note, EntryText.recorder)
        .outerjoin(EntryText, text)
        .outerjoin(RuleItem, item)
        .where(LedgerEntry.village_id == of, at(LedgerEntry.household_id, LedgerEntry.seq, wanted))
    )
    for entry, name, note, recorder in rows:
        key = (entry.household_id, entry.seq)
        shown = {"item_code": entry.item_code or "", "item_name": name or "", "points": entry.points}
        told = {"words": note or "", "called": recorder, "by": entry.recorded_by}
        whose = {"household_id": entry.household_id, "seq": entry.seq, "day": entry.occurred_on}
        found.add(ENTRY, *key, **whose, **shown, **told, at=entry.recorded_at)


def _found_homes(session: Session, of: UUID, keys: list[list[Any]], found: _Found) -> None:
    for (household_id,) in keys:
        found.add(HOME, household_id, household_id=UUID(household_id))


def _photos(session: Session, of: UUID, keys: list[list[Any]], found: _Found) -> None:
    finding = and_(Finding.village_id == Evidence.village_id, Finding.id == Evidence.finding_id)
    claim = and_(Claim.village_id == Evidence.village_id, Claim.id == Evidence.claim_id)
    version = func.coalesce(Finding.rulebook_version, Claim.rulebook_version)
    code = func.coalesce(Finding.item_code, Claim.item_code)
    item = and_(RuleItem.village_id == Evidence.village_id, RuleItem.version == version, RuleItem.code == code)
    rows = session.execute(
        select(Evidence, code, RuleItem.name, func.coalesce(Finding.note, Claim.note, ""))
        .outerjoin(Finding, finding)
        .outerjoin(Claim, claim)
        .outerjoin(RuleItem, item)
        .where(Evidence.village_id == of, Evidence.id.in_([UUID(key) for (key,) in keys]))
    )
    for photo, item_code, name, note in rows:
        shown = {"item_code": item_code or "", "item_name": name or "", "words": note, "photo_id": photo.id}
        whose = {"household_id": photo.household_id, "by": photo.recorded_by}
        found.add(IMAGE, photo.id, **whose, **shown, at=photo.recorded_at, day=village_date(photo.recorded_at))


def _of_item(session: Session, of: UUID, keys: list[list[Any]], found: _Found, what: str) -> None:
    """Findings or claims with their item."""
    model: Any = Finding if what == FINDING else Claim
    item = and_(
        RuleItem.village_id == model.village_id,
        RuleItem.version == model.rulebook_version,
        RuleItem.code == model.item_code,
    )
    rows = session.execute(
        select(model, RuleItem.name)
        .outerjoin(RuleItem, item)
        .where(model.village_id == of, model.id.in_([UUID(key) for (key,) in keys]))
    )
    for one, name in rows:
        shown = {"item_code": one.item_code or "", "item_name": name or "", "words": one.note, "by": one.recorded_by}
        when = (one.found_on, one.recorded_at) if what == FINDING else (one.occurred_on, one.claimed_at)
        points = None if what == FINDING else one.points
        found.add(what, one.id, household_id=one.household_id, day=when[0], at=when[1], points=points, **shown)


def _findings(session: Session, of: UUID, keys: list[list[Any]], found: _Found) -> None:
    _of_item(session, of, keys, found, FINDING)


def _claims(session: Session, of: UUID, keys: list[list[Any]], found: _Found) -> None:
    _of_item(session, of, keys, found, CLAIM)


def _handed(session: Session, of: UUID, keys: list[list[Any]], found: _Found) -> None:
    ids = [UUID(key) for (key,) in keys]
    for one in session.scalars(select(Redemption).where(Redemption.village_id == of, Redemption.id.in_(ids))):
        whose = {"household_id": one.household_id, "day": one.occurred_on, "at": one.fulfilled_at}
        found.add(HANDED, one.id, **whose, points=-one.points, words=one.proxy_name, by=one.fulfilled_by)


def _acts(session: Session, of: UUID, keys: list[list[Any]], found: _Found) -> None:
    seqs = [seq for (seq,) in keys]
    for one in session.scalars(select(Activity).where(Activity.village_id == of, Activity.seq.in_(seqs))):
        day = village_date(one.recorded_at)
        found.add(ACT, one.seq, words=one.action, at=one.recorded_at, day=day, by=one.actor_id)


READERS = {
    ENTRY: _entries,
    HOME: _found_homes,
    IMAGE: _photos,
    FINDING: _findings,
    CLAIM: _claims,
    HANDED: _handed,
    ACT: _acts,
}
