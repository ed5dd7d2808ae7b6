"""What stands behind the items of an audit's sample, read for many of them at once."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import Row, and_, select
from sqlalchemy.orm import Session

from villagepoints.domain.audit import ENTRY
from villagepoints.domain.calendar import Month
from villagepoints.domain.finding import COUNTED
from villagepoints.domain.rulebook import BASE
from villagepoints.models import (
    Audit,
    AuditItem,
    AuditLook,
    Claim,
    Evidence,
    Finding,
    Household,
    LedgerEntry,
    Reward,
    Supervisor,
    User,
)
from villagepoints.services import statement
from villagepoints.services.statement import Line, Place, at


@dataclass(frozen=True, slots=True)
class Look:
    """A look as it is read: who looked, what they said, the photos they took."""

    id: UUID
    name: str
    result: str
    note: str
    scores: Mapping[str, int] | None
    counted: int | None
    looked_at: datetime
    photos: Sequence[UUID]


def hidden_homes(session: Session, audit: Audit) -> set[UUID]:
    """The households of the sample that are to be scored blind and were not yet; one statement."""
    rows = session.execute(
        select(AuditItem.household_id, AuditLook.scores)
        .outerjoin(AuditLook, and_(AuditLook.village_id == AuditItem.village_id, AuditLook.item_id == AuditItem.id))
        .where(AuditItem.village_id == audit.village_id, AuditItem.audit_id == audit.id, AuditItem.is_blind)
    ).all()
    scored = {row.household_id for row in rows if row.scores is not None}
    return {row.household_id for row in rows if row.household_id is not None} - scored


def places(
    session: Session, village_id: UUID, items: Sequence[AuditItem]
) -> tuple[dict[UUID, Household], dict[UUID, Reward]]:
    """The households and goods of items; two statements."""
    homes = {item.household_id for item in items} - {None}
    goods = {item.reward_id for item in items} - {None}
    households = session.scalars(select(Household).where(Household.village_id == village_id, Household.id.in_(homes)))
    rewards = session.scalars(select(Reward).where(Reward.village_id == village_id, Reward.id.in_(goods)))
    return {row.id: row for row in households}, {row.id: row for row in rewards}


def _entries(items: Sequence[AuditItem]) -> set[Place]:
    return {(item.household_id, item.entry_seq) for item in items if item.kind == ENTRY}


def lines(session: Session, village_id: UUID, items: Sequence[AuditItem]) -> dict[Place, Line]:
    """The entries among items; two statements."""
    wanted = _entries(items)
    found: dict[Place, Line] = {}
    for line in statement.chosen(session, village_id, at(LedgerEntry.household_id, LedgerEntry.seq, wanted)):
        found[line.household_id, line.seq] = line
    return {place: line for place, line in found.items() if place in wanted}


def people(
    session: Session, village_id: UUID, items: Sequence[AuditItem]
) -> dict[Place, tuple[UUID | None, UUID | None]]:
    """Who recorded and who approved the entries among items; one statement."""
    rows = session.execute(
        select(LedgerEntry.household_id, LedgerEntry.seq, LedgerEntry.recorded_by, LedgerEntry.approved_by).where(
            LedgerEntry.village_id == village_id, at(LedgerEntry.household_id, LedgerEntry.seq, _entries(items))
        )
    )
    return {(row.household_id, row.seq): (row.recorded_by, row.approved_by) for row in rows}


def looks(session: Session, village_id: UUID, items: Sequence[AuditItem]) -> dict[UUID, list[Look]]:
    """The looks at items with who looked and the photos, the last one first; two statements."""
    rows = session.execute(
        select(AuditLook, User.name)
        .join(Supervisor, and_(Supervisor.village_id == village_id, Supervisor.id == AuditLook.supervisor_id))
        .join(User, and_(User.village_id == village_id, User.id == Supervisor.user_id))
        .where(AuditLook.village_id == village_id, AuditLook.item_id.in_([item.id for item in items]))
        .order_by(AuditLook.looked_at.desc(), AuditLook.recorded_at.desc(), AuditLook.id.desc())
    ).all()
    taken: dict[UUID | None, list[UUID]] = defaultdict(list)
    ids = [look.id for look, _ in rows]
    photos = select(Evidence.audit_look_id, Evidence.id).where(
        Evidence.village_id == village_id, Evidence.audit_look_id.in_(ids)
    )
    for look_id, photo_id in session.execute(photos.order_by(Evidence.recorded_at, Evidence.id)):
        taken[look_id].append(photo_id)
    found: dict[UUID, list[Look]] = defaultdict(list)
    for look, name in rows:
        told = (look.result, look.note, look.scores, look.counted, look.looked_at)
        found[look.item_id].append(Look(look.id, name, *told, taken[look.id]))
    return found


def photos(session: Session, audit: Audit, of: Iterable[Line]) -> dict[Place, list[UUID]]:
    """The photos that entries rest on: of their claim, and for a month's base of the findings that lowered it; two
    statements."""
    wanted = list(of)
    found: dict[Place, list[UUID]] = defaultdict(list)
    for row in _of_claims(session, audit.village_id, wanted):
        found[row.household_id, row.entry_seq].append(row.id)
    base = {
        (line.household_id, line.item_code, Month.of(line.occurred_on)): line.seq
        for line in wanted
        if line.item_kind == BASE
    }
    for lowered in _of_findings(session, audit.village_id, [household_id for household_id, _, _ in base]):
        seq = base.get((lowered.household_id, lowered.item_code, Month.of(lowered.counts_on)))
        if seq is not None:
            found[lowered.household_id, seq].append(lowered.id)
    return found


def _of_claims(session: Session, village_id: UUID, wanted: Sequence[Line]) -> Iterable[Row[UUID, UUID, int | None]]:
    keys: set[Place] = {(line.household_id, line.seq) for line in wanted if line.item_kind != BASE}
    return session.execute(
        select(Evidence.id, Claim.household_id, Claim.entry_seq)
        .join(Claim, and_(Claim.village_id == village_id, Claim.id == Evidence.claim_id))
        .where(
            Evidence.village_id == village_id,
            Claim.village_id == village_id,
            at(Claim.household_id, Claim.entry_seq, keys),
        )
        .order_by(Evidence.recorded_at, Evidence.id)
    )


def _of_findings(session: Session, village_id: UUID, of: Sequence[UUID]) -> Iterable[Row[UUID, UUID, str, datetime]]:
    return session.execute(
        select(Evidence.id, Finding.household_id, Finding.item_code, Finding.counts_on)
        .join(Finding, and_(Finding.village_id == village_id, Finding.id == Evidence.finding_id))
        .where(Evidence.village_id == village_id, Finding.household_id.in_(of), Finding.status == COUNTED)
        .order_by(Evidence.recorded_at, Evidence.id)
    )
