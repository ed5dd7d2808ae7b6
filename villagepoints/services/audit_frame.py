"""What a month's audit could draw, read from the books under pseudonyms.

Nothing backdated escapes: besides the month's own entries the frame holds those of months that no audit was opened
for, and those recorded for earlier months since the last one was opened.
"""

import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import chain
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Result, and_, func, or_, select, type_coerce
from sqlalchemy.orm import Session
from sqlalchemy.types import NullType

from villagepoints.domain import audit as words
from villagepoints.domain.audit_draw import EntryLine, Frame, HouseholdLine, pseudonym
from villagepoints.domain.calendar import Month
from villagepoints.domain.ledger import IMPORT, REDEMPTION
from villagepoints.domain.redemption import PROXY
from villagepoints.models import Audit, AuditItem, Household, Redemption, Reward
from villagepoints.models.ledger import ENTRIES, TEXTS
from villagepoints.services import month_base

# an entry that was being written while the last audit was opened bears an earlier time than its commit
OVERLAP = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Named:
    """A frame with what its pseudonyms stand for; the latter never leaves the group."""

    frame: Frame
    households: dict[str, UUID] = field(default_factory=dict)
    entries: dict[str, tuple[UUID, int]] = field(default_factory=dict)  # household and seq
    goods: dict[str, UUID] = field(default_factory=dict)


def packed(frame: bytes) -> bytes:
    """A frame's bytes as the database keeps them."""
    return zlib.compress(frame, 6)


def unpacked(kept: bytes) -> bytes:
    """The bytes that `packed` packed; zlib.error where they are something else."""
    return zlib.decompress(kept)


def since(session: Session, village_id: UUID, month: Month) -> tuple[Month, datetime | None]:
    """The first month whose entries are in the frame of `month`, and from when entries of earlier months are."""
    before = session.scalar(
        select(func.max(Audit.month)).where(Audit.village_id == village_id, Audit.month < str(month))
    )
    opened = session.scalar(select(func.max(Audit.opened_at)).where(Audit.village_id == village_id))
    first = Month.parse(before) + 1 if before else month
    return first, opened - OVERLAP if opened else None


def build(
    session: Session, village_id: UUID, month: Month, salt: bytes, first: Month, entries_from: datetime | None
) -> Named:
    """The frame of a month as the books stand; six statements, about two seconds for 100,000 entries."""
    named = Named(Frame([], [], []))
    homes = _households(session, village_id, month, salt)
    named.households.update({line.name: id_ for id_, line in homes.items()})
    entries: list[EntryLine] = []
    for line, household_id, seq in _entries(session, village_id, month, salt, first, entries_from):
        entries.append(line)
        named.entries[line.name] = household_id, seq
    goods = session.execute(
        select(Reward.code, Reward.id).where(
            Reward.village_id == village_id, or_(Reward.is_active.is_(True), Reward.stock > 0)
        )
    )
    named.goods.update({row.code: row.id for row in goods})
    frame = Frame(sorted(homes.values()), sorted(entries), sorted(named.goods))
    return Named(frame, named.households, named.entries, named.goods)


def _households(session: Session, village_id: UUID, month: Month, salt: bytes) -> dict[UUID, HouseholdLine]:
    visited = set(
        session.scalars(
            select(AuditItem.household_id).where(
                AuditItem.village_id == village_id,
                AuditItem.kind == words.HOUSEHOLD,
                AuditItem.result.is_not(None),
            )
        )
    )
    rows = session.execute(
        select(Household.id, Household.group_no, Household.residency).where(*month_base.living(village_id, month))
    )
    return {
        id_: HouseholdLine(pseudonym(salt, f"household {id_}"), group, residency, id_ not in visited)
        for id_, group, residency in rows
    }


def _entries(
    session: Session, village_id: UUID, month: Month, salt: bytes, first: Month, entries_from: datetime | None
) -> Iterator[tuple[EntryLine, UUID, int]]:
    entry = ENTRIES.c
    rows: list[Iterable[Any]] = [_rows(session, village_id, entry.occurred_on.between(first.first, month.last))]
    if entries_from:  # asked for apart: each by its own index
        late = and_(entry.recorded_at >= entries_from, entry.occurred_on < first.first)
        rows.append(_rows(session, village_id, late))
    proxies = _proxies(session, village_id)
    ids: dict[Any, UUID] = {}  # of 100,000 ids only a few thousand differ: each is converted once
    names: dict[Any, str] = {}
    recorders: dict[Any, str] = {None: ""}
    for raw_home, raw_recorder, seq, points, kind, item, written, redemption_id in chain(*rows):
        if raw_home not in ids:
            ids[raw_home] = _id(raw_home)
            names[raw_home] = str(ids[raw_home])
        who = written or raw_recorder  # of an import: whom the workbook names, else who brought it in
        if who not in recorders:
            recorders[who] = pseudonym(salt, f"recorder {written or _id(raw_recorder)}")
        is_proxy = kind == REDEMPTION and redemption_id in proxies
        name = pseudonym(salt, f"entry {names[raw_home]} {seq}")
        yield EntryLine(name, points, kind, item or kind, recorders[who], is_proxy), ids[raw_home], seq


def _rows(session: Session, village_id: UUID, which: ColumnElement[bool]) -> Result[Any]:
    entry, raw = ENTRIES.c, NullType()
    of_text = and_(
        TEXTS.c.village_id == entry.village_id,
        TEXTS.c.household_id == entry.household_id,
        TEXTS.c.seq == entry.seq,
        entry.origin == IMPORT,
    )
    columns = (entry.seq, entry.points, entry.kind, entry.item_code, TEXTS.c.recorder, entry.redemption_id)
    return session.execute(
        select(type_coerce(entry.household_id, raw), type_coerce(entry.recorded_by, raw), *columns)
        .select_from(ENTRIES.outerjoin(TEXTS, of_text))
        .where(entry.village_id == village_id, which)
        .execution_options(yield_per=5000)
    )


def _proxies(session: Session, village_id: UUID) -> set[UUID]:
    """Redemptions of elders by somebody for them."""
    of_home = and_(Household.village_id == Redemption.village_id, Household.id == Redemption.household_id)
    rows = session.scalars(
        select(Redemption.id)
        .join(Household, of_home)
        .where(Redemption.village_id == village_id, Redemption.channel == PROXY, Household.is_elder)
    )
    return set(rows)


def _id(raw: Any) -> UUID:
    return raw if isinstance(raw, UUID) else UUID(raw)
