"""How far an audit is: the sample by kind, reason and stratum with what was found, and what is still to be done."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import and_, case, func, select
from sqlalchemy.orm import Session

from villagepoints.domain import audit as words
from villagepoints.models import (
    Audit,
    AuditItem,
    AuditPrompt,
    AuditSignature,
    AuditWitness,
    Household,
    Reward,
    Supervisor,
    User,
)
from villagepoints.services.paging import Page, Wanted


@dataclass(slots=True)
class Count:
    """So many drawn, and what was found of them so far."""

    drawn: int = 0
    results: dict[str, int] = field(default_factory=lambda: dict.fromkeys(words.RESULTS, 0))

    @property
    def looked(self) -> int:
        """How many were looked at."""
        return sum(self.results.values())

    @property
    def left(self) -> int:
        """How many were not yet."""
        return self.drawn - self.looked

    def add(self, result: str | None, how_many: int) -> None:
        """Count so many more with that result, None for those not looked at."""
        self.drawn += how_many
        if result is not None:
            self.results[result] += how_many


@dataclass(frozen=True, slots=True)
class Overview:
    """An audit's sample in sums."""

    kinds: dict[str, Count]
    reasons: dict[tuple[str, str], Count]  # kind and reason
    strata: dict[tuple[str, str], Count]  # reason and stratum, of households

    @property
    def whole(self) -> Count:
        """All of it."""
        count = Count()
        for one in self.kinds.values():
            count.drawn += one.drawn
            for result, how_many in one.results.items():
                count.results[result] += how_many
        return count


class AuditRow(NamedTuple):
    """An audit in the list of all of them."""

    audit: Audit
    drawn: int
    looked: int
    differ: int
    households: int  # that signatures come from: two make it signed


class ThingRow(NamedTuple):
    """Something of a sample: its pseudonym and what that stands for."""

    position: int
    kind: str
    reason: str
    stratum: str
    is_blind: bool
    pseudonym: str
    household: str | None  # number
    head_name: str | None
    entry_seq: int | None
    goods: str | None  # name


def overview(session: Session, village_id: UUID, audit_id: UUID) -> Overview:
    """The sample of an audit in sums; one statement."""
    of = (AuditItem.kind, AuditItem.reason, AuditItem.stratum, AuditItem.result)
    rows = session.execute(
        select(*of, func.count())
        .where(AuditItem.village_id == village_id, AuditItem.audit_id == audit_id)
        .group_by(*of)
        .order_by(func.min(AuditItem.position))
    )
    found = Overview({kind: Count() for kind in words.KINDS}, {}, {})
    for kind, reason, stratum, result, how_many in rows:
        found.kinds[kind].add(result, how_many)
        found.reasons.setdefault((kind, reason), Count()).add(result, how_many)
        if kind == words.HOUSEHOLD:
            found.strata.setdefault((reason, stratum), Count()).add(result, how_many)
    return found


def open_prompts(session: Session, village_id: UUID, audit_id: UUID) -> tuple[int, int]:
    """How many prompts of an audit wait for an answer, and how many there are."""
    waiting = func.sum(case((AuditPrompt.status == words.OPEN, 1), else_=0))
    row = session.execute(
        select(func.coalesce(waiting, 0), func.count()).where(
            AuditPrompt.village_id == village_id, AuditPrompt.audit_id == audit_id
        )
    ).one()
    return int(row[0]), int(row[1])


def witnesses(session: Session, village_id: UUID, audit_id: UUID) -> Sequence[str]:
    """The names of those before whom the number was drawn."""
    of_member = and_(Supervisor.village_id == AuditWitness.village_id, Supervisor.id == AuditWitness.supervisor_id)
    of_user = and_(User.village_id == Supervisor.village_id, User.id == Supervisor.user_id)
    return session.scalars(
        select(User.name)
        .select_from(AuditWitness)
        .join(Supervisor, of_member)
        .join(User, of_user)
        .where(AuditWitness.village_id == village_id, AuditWitness.audit_id == audit_id)
        .order_by(User.name)
    ).all()


def listed(session: Session, village_id: UUID, wanted: Wanted, *, concluded: bool = False) -> Page[AuditRow]:
    """One page of the village's audits, the latest month first; with `concluded` only those that are over."""
    conditions = [Audit.village_id == village_id]
    if concluded:
        conditions.append(Audit.status == words.CONCLUDED)
    total = session.scalar(select(func.count()).select_from(Audit).where(*conditions)) or 0
    items = select(func.count()).where(AuditItem.village_id == Audit.village_id, AuditItem.audit_id == Audit.id)
    signed = select(func.count(AuditSignature.household_id.distinct())).where(
        AuditSignature.village_id == Audit.village_id, AuditSignature.audit_id == Audit.id
    )
    looked, differ = items.where(AuditItem.result.is_not(None)), items.where(AuditItem.result == words.DIFFER)
    rows = session.execute(
        select(Audit, *(each.correlate(Audit).scalar_subquery() for each in (items, looked, differ, signed)))
        .where(*conditions)
        .order_by(Audit.month.desc())
        .limit(wanted.size)
        .offset(wanted.offset)
    )
    return Page([AuditRow(*row) for row in rows], wanted.number, wanted.size, total)


def names_of(session: Session, village_id: UUID, user_ids: Collection[UUID]) -> dict[UUID, str]:
    """The names of accounts; one statement."""
    rows = session.execute(select(User.id, User.name).where(User.village_id == village_id, User.id.in_(user_ids)))
    return {row.id: row.name for row in rows}


def things(session: Session, village_id: UUID, audit_id: UUID, wanted: Wanted) -> Page[ThingRow]:
    """One page of a sample in the order of drawing, with what each pseudonym stands for; two statements."""
    of_it = (AuditItem.village_id == village_id, AuditItem.audit_id == audit_id)
    of_home = and_(Household.village_id == AuditItem.village_id, Household.id == AuditItem.household_id)
    of_goods = and_(Reward.village_id == AuditItem.village_id, Reward.id == AuditItem.reward_id)
    how = (AuditItem.position, AuditItem.kind, AuditItem.reason, AuditItem.stratum, AuditItem.is_blind)
    columns: tuple[Any, ...] = (*how, AuditItem.pseudonym)
    named = (Household.number, Household.head_name, AuditItem.entry_seq, Reward.name)
    rows = session.execute(
        select(*columns, *named)
        .outerjoin(Household, of_home)
        .outerjoin(Reward, of_goods)
        .where(*of_it)
        .order_by(AuditItem.position)
        .limit(wanted.size)
        .offset(wanted.offset)
    )
    total = session.scalar(select(func.count()).select_from(AuditItem).where(*of_it)) or 0
    return Page([ThingRow._make(row) for row in rows], wanted.number, wanted.size, total)
