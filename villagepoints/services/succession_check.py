"""Checks that points went from one household to another in pairs, as it was decided."""

from collections.abc import Iterator
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from villagepoints.domain import ledger
from villagepoints.domain.succession import DONE
from villagepoints.models import Household, LedgerEntry, Succession


def wrong_transfers(session: Session, village_id: UUID) -> Iterator[tuple[str | None, int | None, str]]:
    """Transfers without their other half, and hand-overs whose entries are not there or say something else: the
    household's number, the entry and what is wrong."""
    entry = LedgerEntry
    rows = session.execute(
        select(entry.household_id, entry.seq, entry.points, entry.balance_after, entry.counter_household_id).where(
            entry.village_id == village_id, entry.kind == ledger.TRANSFER
        )
    )
    transfers = {(row.household_id, row.seq): row for row in rows}
    numbers = _numbers(session, village_id, {household_id for household_id, _ in transfers})
    done = (Succession.village_id == village_id, Succession.status == DONE, Succession.points > 0)
    for row in session.scalars(select(Succession).where(*done)):
        given = transfers.pop((row.household_id, row.given_seq or 0), None)
        taken = transfers.pop((row.successor_id, row.taken_seq or 0), None)
        if given is None or taken is None:
            yield numbers.get(row.household_id), row.given_seq, "转出和转入没有成对。"
        elif (given.points, taken.points) != (-row.points, row.points):
            yield numbers[row.household_id], row.given_seq, f"应转 {row.points} 分，账上转出和转入不是这个数。"
        elif (given.counter_household_id, taken.counter_household_id) != (row.successor_id, row.household_id):
            yield numbers[row.household_id], row.given_seq, "转出和转入写的不是对方那一户。"
        if given is not None and given.balance_after < 0:
            yield numbers[row.household_id], row.given_seq, "转出把积分转成了负数。"
    for household_id, seq in transfers:
        yield numbers.get(household_id), seq, "账上有这笔转账，没有登记是哪次并户、分户或继承。"


def _numbers(session: Session, village_id: UUID, ids: set[UUID]) -> dict[UUID, str]:
    found = select(Household.id, Household.number).where(Household.village_id == village_id, Household.id.in_(ids))
    return dict(session.execute(found).all()) if ids else {}
