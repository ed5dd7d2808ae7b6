"""Which entries stand: what a later entry reversed or refunded counts no more."""

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import aliased

from villagepoints.models import LedgerEntry


def undone() -> ColumnElement[bool]:
    """The condition that an entry was undone by a later one."""
    undoing = aliased(LedgerEntry)
    by = select(undoing.seq).where(
        undoing.village_id == LedgerEntry.village_id,
        undoing.household_id == LedgerEntry.household_id,
        undoing.reverses_seq == LedgerEntry.seq,
    )
    return by.exists()


def standing() -> ColumnElement[bool]:
    """The condition that an entry was not."""
    return ~undone()
