"""Every account's entries gone through one by one, each hashed again: up to where its chain is whole."""

from collections.abc import Iterator, Mapping
from dataclasses import fields
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from villagepoints.domain.ledger import PostedEntry, entry_hash
from villagepoints.models import LedgerEntry

FIELDS = [getattr(LedgerEntry, field.name) for field in fields(PostedEntry)]
AT_A_TIME = 500  # rows; of more that are alive at once, the collector of garbage takes longer than their reading


class Walk:
    """What a reading of the ledger, account by account and by number, leaves of each.

    `until`: the last entry up to which its chain is whole; `head`: the hash there; `at`: the hash of the entry that was
    asked for, where the chain is whole up to it; `backdated`: the first one after it that says it is older
    than `since`.
    """

    def __init__(self, asked: Mapping[UUID, int], since: datetime) -> None:
        self.asked, self.since = asked, since
        self.until: dict[UUID, int] = {}
        self.head: dict[UUID, bytes] = {}
        self.at: dict[UUID, bytes] = {}
        self.backdated: dict[UUID, int] = {}

    def see(self, entry: PostedEntry, is_itself: bool) -> None:
        """Go on by one entry; `is_itself`: whether its stored hash is that of its content."""
        account, asked = entry.household_id, self.asked.get(entry.household_id, 0)
        follows = entry.seq == self.until.get(account, 0) + 1 and entry.prev_hash == self.head.get(account, b"")
        if is_itself and follows:
            self.until[account], self.head[account] = entry.seq, entry.hash
            if entry.seq == asked:
                self.at[account] = entry.hash
        if entry.seq > asked and entry.recorded_at < self.since:
            self.backdated.setdefault(account, entry.seq)


def entries(session: Session, village_id: UUID) -> Iterator[PostedEntry]:
    """A village's whole ledger, account by account and by number: as what is hashed, for a row finds each of its
    columns by name, which takes longer than the hash."""
    query = (
        select(*FIELDS)
        .where(LedgerEntry.village_id == village_id)
        .order_by(LedgerEntry.household_id, LedgerEntry.seq)
        .execution_options(yield_per=AT_A_TIME)
    )
    return (PostedEntry(*row) for row in session.execute(query))


def walk(session: Session, village_id: UUID, result: Walk) -> Walk:
    """Read a village's whole ledger into `result`."""
    for entry in entries(session, village_id):
        result.see(entry, entry.hash == entry_hash(entry))
    return result
