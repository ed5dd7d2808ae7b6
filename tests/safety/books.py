"""An accountant of the tests' own: adds everything up again from the entries, knowing nothing of services."""

from collections import defaultdict
from collections.abc import Mapping
from itertools import pairwise
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from villagepoints.domain.ledger import entry_hash
from villagepoints.models import Household, LedgerEntry, Redemption, RedemptionLine, Reward


def problems(session: Session, village_id: UUID, supplied: Mapping[UUID, int] | None = None) -> list[str]:
    """What does not add up in a village's books; `supplied` is how many pieces of each reward ever came in."""
    session.rollback()
    session.expire_all()
    return [
        *_accounts(session, village_id),
        *_redemptions(session, village_id),
        *_stock(session, village_id, supplied or {}),
    ]


def _accounts(session: Session, village_id: UUID) -> list[str]:
    found: list[str] = []
    chains: dict[UUID, list[LedgerEntry]] = defaultdict(list)
    for entry in session.scalars(
        select(LedgerEntry)
        .where(LedgerEntry.village_id == village_id)
        .order_by(LedgerEntry.household_id, LedgerEntry.seq)
    ):
        chains[entry.household_id].append(entry)
    for household in session.scalars(select(Household).where(Household.village_id == village_id)):
        chain = chains.pop(household.id, [])
        where = f"household {household.number}"
        if [entry.seq for entry in chain] != list(range(1, len(chain) + 1)):
            found.append(f"{where}: entries {[entry.seq for entry in chain]}")
        balance = 0
        for entry in chain:
            balance += entry.points
            if entry.balance_after != balance:
                found.append(f"{where}: entry {entry.seq} says {entry.balance_after}, it adds up to {balance}")
            if entry.kind == "redemption" and balance < 0:
                found.append(f"{where}: entry {entry.seq} overspent to {balance}")
            if entry_hash(entry) != entry.hash:
                found.append(f"{where}: entry {entry.seq} is not what was hashed")
        found += [f"{where}: the chain breaks at {b.seq}" for a, b in pairwise(chain) if b.prev_hash != a.hash]
        if household.balance != balance:
            found.append(f"{where}: balance {household.balance}, entries add up to {balance}")
        if household.last_seq != len(chain) or (chain and household.last_hash != chain[-1].hash):
            found.append(f"{where}: its head is not its last entry")
        undone = [entry.reverses_seq for entry in chain if entry.reverses_seq]
        if len(undone) != len(set(undone)):
            found.append(f"{where}: something was reversed twice")
    return found + [f"entries of nobody: {household_id}" for household_id in chains]


def _redemptions(session: Session, village_id: UUID) -> list[str]:
    found = []
    entries = {
        (entry.redemption_id, entry.kind): entry
        for entry in session.scalars(select(LedgerEntry).where(LedgerEntry.village_id == village_id))
        if entry.redemption_id
    }
    for row in session.scalars(select(Redemption).where(Redemption.village_id == village_id)):
        taken = entries.pop((row.id, "redemption"), None)
        if taken is None or taken.points != -row.points:
            found.append(f"redemption {row.id}: took {taken and taken.points}, costs {row.points}")
        given_back = entries.pop((row.id, "refund"), None)
        if (given_back is not None) != (row.status in ("cancelled", "expired")):
            found.append(f"redemption {row.id}: {row.status}, refund {given_back and given_back.points}")
    return found + [f"an entry for a redemption that is not there: {key}" for key in entries]


def _stock(session: Session, village_id: UUID, supplied: Mapping[UUID, int]) -> list[str]:
    gone: dict[UUID, int] = defaultdict(int)
    for reward_id, quantity in session.execute(
        select(RedemptionLine.reward_id, RedemptionLine.quantity)
        .join(
            Redemption,
            (Redemption.village_id == RedemptionLine.village_id) & (Redemption.id == RedemptionLine.redemption_id),
        )
        .where(Redemption.village_id == village_id, Redemption.status.in_(("reserved", "fulfilled")))
    ):
        gone[reward_id] += quantity
    found = []
    for reward in session.scalars(select(Reward).where(Reward.village_id == village_id)):
        if reward.id in supplied and reward.stock + gone[reward.id] != supplied[reward.id]:
            found.append(f"{reward.code}: {reward.stock} left and {gone[reward.id]} gone of {supplied[reward.id]}")
    return found
