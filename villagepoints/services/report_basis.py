"""On which books a month's report stands: up to the heads of a seal, or all there is; and who was what then."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time
from typing import Any
from uuid import UUID

from sqlalchemy import BindParameter, ColumnElement, Label, Select, and_, bindparam, case, func, null, or_, select, true
from sqlalchemy.orm import InstrumentedAttribute, Session

from villagepoints.domain.audit import CONCLUDED
from villagepoints.domain.calendar import SHANGHAI, Month, village_date
from villagepoints.domain.errors import N_, NotFound
from villagepoints.models import Activity, Audit, Household, LedgerEntry, PublishedReport, Seal, SealHead

NOW = 0  # instead of a seal's number: the books as they stand
# Acts of the trail that change what a household is, as far as a report says it.
LEFT = ("household.left", "household.merged")
CHANGES = (*LEFT, "household.changed", "household.returned", "roster.changed", "resident.head", "resident.changed")
PLACE = ("residency", "group_no", "left_on", "number", "head_name")


@dataclass(frozen=True, slots=True)
class Stand:
    """How far the books are read: up to the heads of seal `number`, or (None) all of them.

    `once` holds for each household that was changed after the seal what it was when the seal was taken.
    """

    village_id: UUID
    number: int | None = None
    taken_at: datetime | None = None
    once: Mapping[UUID, Mapping[str, Any]] = field(default_factory=dict)

    def up_to(self, statement: Select[*tuple[Any, ...]]) -> Select[*tuple[Any, ...]]:
        """A statement about ledger entries, held to those that the seal covers."""
        if self.number is None:
            return statement
        head = and_(
            SealHead.village_id == LedgerEntry.village_id,
            SealHead.number == self.number,
            SealHead.household_id == LedgerEntry.household_id,
            LedgerEntry.seq <= SealHead.seq,
        )
        return statement.join(SealHead, head)

    def homes(self, statement: Select[*tuple[Any, ...]]) -> Select[*tuple[Any, ...]]:
        """A statement about households, held to those that the seal covers."""
        if self.number is None:
            return statement
        there = and_(
            SealHead.village_id == Household.village_id,
            SealHead.number == self.number,
            SealHead.household_id == Household.id,
        )
        return statement.join(SealHead, there)

    def known(self, instant: Any) -> ColumnElement[bool]:
        """Whether something had been written down by then, by the instant that was kept."""
        return true() if self.taken_at is None else instant <= self.taken_at

    def ended(self, day: Any) -> ColumnElement[bool]:
        """Whether something that was settled on a village date was by then: a seal's own day may go on after it."""
        return true() if self.taken_at is None else day < village_date(self.taken_at)

    def column(self, attribute: InstrumentedAttribute[Any]) -> Label[Any]:
        """A household's residency, group or last day as it was then, under a name of its own to group by."""
        by_value: dict[Any, list[UUID]] = defaultdict(list)
        for household_id, was in self.once.items():
            if attribute.key in was:
                by_value[was[attribute.key]].append(household_id)
        cases = [
            (Household.id.in_(_written(ids)), null() if value is None else value) for value, ids in by_value.items()
        ]
        then: ColumnElement[Any] = case(*cases, else_=attribute) if cases else attribute.expression
        return then.label(f"then_{attribute.key}")

    def lived_here(self, day: date) -> ColumnElement[bool]:
        """Households that had not left by a village date, as far as was known."""
        left_on = self.column(Household.left_on).element
        return or_(left_on.is_(None), left_on > day)

    def of(self, household_id: UUID, name: str, now: Any) -> Any:
        """What a household's field held then, given what it holds now."""
        return self.once.get(household_id, {}).get(name, now)


def _written(ids: list[UUID]) -> BindParameter[list[UUID]]:
    """Ids that stand in the statement itself: after a new roster they are more than a database takes as values."""
    return bindparam(None, ids, expanding=True, literal_execute=True, unique=True)


def choose(session: Session, village_id: UUID, month: Month, wanted: int | None = None) -> Stand:
    """The books a month's report is made from: a seal by its number, NOW, or by default what its report stands on.

    That is the seal of its last published edition or of its concluded audit, else the latest seal that was taken
    after the month; without one, and while the month runs, the books as they stand. NotFound for no such seal.
    """
    if wanted is None:
        wanted = _fixed(session, village_id, [month]).get(month) or _latest_after(session, village_id, month)
    if not wanted:
        return Stand(village_id)
    row = session.execute(
        select(Seal.taken_at, Seal.activity_seq).where(Seal.village_id == village_id, Seal.number == wanted)
    ).one_or_none()
    if row is None:
        raise NotFound(N_("没有第 %(number)s 次封账，月报没有做。"), number=wanted)
    return Stand(village_id, wanted, row.taken_at, _once(session, village_id, row.activity_seq))


def own(session: Session, village_id: UUID, first: Month, last: Month) -> dict[Month, int]:
    """Of each month the seal on which its report stood, or first could; months after the last seal have none."""
    months = [first]
    while months[-1] < last:
        months.append(months[-1] + 1)
    found = _fixed(session, village_id, months)
    seals = session.execute(
        select(Seal.number, Seal.taken_at).where(Seal.village_id == village_id).order_by(Seal.number)
    ).all()
    for month in months:
        end = midnight((month + 1).first)
        number = next((number for number, taken_at in seals if taken_at >= end), None)
        if number is not None:
            found.setdefault(month, number)
    return found


def midnight(day: date) -> datetime:
    """The instant at which a village date begins."""
    return datetime.combine(day, time(), SHANGHAI)


def _fixed(session: Session, village_id: UUID, months: list[Month]) -> dict[Month, int]:
    """The seals of published editions, the last of each month, and of concluded audits where nothing was published."""
    names = [str(month) for month in months]
    published = select(PublishedReport.month, PublishedReport.seal_number).where(
        PublishedReport.village_id == village_id, PublishedReport.month.in_(names)
    )
    audited = (
        select(Audit.month, Audit.sealed_number)
        .join(Seal, and_(Seal.village_id == Audit.village_id, Seal.number == Audit.sealed_number))
        .where(Audit.village_id == village_id, Audit.month.in_(names), Audit.status == CONCLUDED)
        .add_columns(Seal.taken_at)
    )
    found: dict[Month, int] = {}
    for name, number, taken_at in session.execute(audited):
        if taken_at >= midnight((Month.parse(name) + 1).first):  # one opened while its month ran covers a part of it
            found[Month.parse(name)] = number
    for name, number in session.execute(published.order_by(PublishedReport.edition)):
        found[Month.parse(name)] = number
    return found


def _latest_after(session: Session, village_id: UUID, month: Month) -> int | None:
    return session.scalar(
        select(func.max(Seal.number)).where(Seal.village_id == village_id, Seal.taken_at >= midnight((month + 1).first))
    )


def _once(session: Session, village_id: UUID, activity_seq: int) -> dict[UUID, dict[str, Any]]:
    """What households were before the acts of the trail that came after a seal, undone from the last to the first."""
    acts = session.execute(
        select(Activity.subject, Activity.action, Activity.detail)
        .where(Activity.village_id == village_id, Activity.seq > activity_seq, Activity.action.in_(CHANGES))
        .order_by(Activity.seq.desc())
    )
    found: dict[UUID, dict[str, Any]] = defaultdict(dict)
    for subject, action, detail in acts:
        before = dict(detail.get("before") or {})
        if action in LEFT:  # nobody leaves twice, and nothing is merged into a household that has left
            before["left_on"] = None
        elif action == "resident.changed" and detail.get("name") == detail.get("head_name"):
            before = {"head_name": before["name"]} if "name" in before else {}
        elif before.get("left_on"):
            before["left_on"] = date.fromisoformat(before["left_on"])
        found[subject].update((name, value) for name, value in before.items() if name in PLACE)
    return {household_id: was for household_id, was in found.items() if was}
