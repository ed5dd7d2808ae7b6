"""Every account's entries gone through one by one, each hashed again: up to where its chain is whole."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from operator import attrgetter
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from villagepoints.domain.ledger import entry_hash
from villagepoints.models import LedgerEntry


@dataclass(frozen=True, slots=True)
class Walked:
    """An account: the last entry up to which its chain is whole, the hash it has at the number that was asked for
    (nothing beyond that entry), and the first entry after that number which says it is older than `since`."""

    until: int
    hash: bytes
    backdated: int | None


def walk(session: Session, village_id: UUID, asked: Mapping[UUID, int], since: datetime) -> dict[UUID, Walked]:
    """Every account with entries; `asked`: at which number of each the hash is wanted. Reads the ledger once."""
    query = (
        select(LedgerEntry.__table__)
        .where(LedgerEntry.village_id == village_id)
        .order_by(LedgerEntry.household_id, LedgerEntry.seq)
        .execution_options(yield_per=5000)
    )
    accounts = groupby(session.execute(query), key=attrgetter("household_id"))
    return {id_: _walked(entries, asked.get(id_, 0), since) for id_, entries in accounts}


def _walked(entries: Iterator[Any], asked: int, since: datetime) -> Walked:
    until, head, at, backdated, is_whole = 0, b"", b"", None, True
    for entry in entries:
        is_whole = is_whole and entry.seq == until + 1 and entry.prev_hash == head and entry.hash == entry_hash(entry)
        if is_whole:
            until, head = entry.seq, entry.hash
            at = head if entry.seq == asked else at
        if backdated is None and entry.seq > asked and entry.recorded_at < since:
            backdated = entry.seq
    return Walked(until, at, backdated)
