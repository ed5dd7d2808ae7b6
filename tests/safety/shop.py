"""Two shops: the real one, and one with the bug that sells the last bottle twice; as threads and as a program.

`python -m tests.safety.shop URL KIND VILLAGE REWARD TRIES HOUSEHOLD…` redeems in turn and prints every acknowledged id.
"""

import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from uuid import UUID, uuid4

from sqlalchemy import insert, select, update
from sqlalchemy.orm import Session

from tests.databases import connect
from villagepoints.domain.actor import Actor
from villagepoints.domain.errors import DomainError, NotEnoughPoints, OutOfStock
from villagepoints.models import Household, Redemption, RedemptionLine, Reward
from villagepoints.models.base import new_id
from villagepoints.services import posting
from villagepoints.services.redemption import reserve

Sell = Callable[[Session, UUID, UUID, UUID], UUID]


def sell(session: Session, village_id: UUID, household_id: UUID, reward_id: UUID) -> UUID:
    """One piece through the service that the phone calls."""
    actor = Actor(village_id, household_id=household_id)
    lines = [(reward_id, 1)]
    receipt = reserve(session, actor, household_id=household_id, lines=lines, key=str(uuid4()), now=datetime.now(UTC))
    return receipt.redemption_id


def sell_carelessly(session: Session, village_id: UUID, household_id: UUID, reward_id: UUID) -> UUID:
    """The planted bug: looks first, decides, and writes later what it had computed from the look."""
    reward = session.execute(select(Reward.stock, Reward.points, Reward.name).where(Reward.id == reward_id)).one()
    account = select(Household.balance, Household.last_seq).where(Household.id == household_id)
    balance, seq = session.execute(account).one()
    session.rollback()
    if reward.stock < 1:
        raise OutOfStock(reward.name)
    if balance < reward.points:
        raise NotEnoughPoints(reward.name)
    redemption_id = new_id()
    session.execute(update(Reward).where(Reward.id == reward_id).values(stock=reward.stock - 1))
    account_after = {"balance": balance - reward.points, "last_seq": seq + 1}
    session.execute(update(Household).where(Household.id == household_id).values(**account_after))
    key = {"village_id": village_id, "redemption_id": redemption_id}
    row = {"household_id": household_id, "points": reward.points, "status": "fulfilled", "channel": "counter"}
    now = datetime.now(UTC)
    session.execute(
        insert(Redemption).values(
            **row, village_id=village_id, id=redemption_id, occurred_on=now.date(), reserved_at=now
        )
    )
    piece = {"line": 1, "reward_id": reward_id, "name": reward.name, "quantity": 1, "points_each": reward.points}
    session.execute(insert(RedemptionLine).values(**key, **piece))
    session.commit()
    return redemption_id


SHOPS: dict[str, Sell] = {"real": sell, "careless": sell_carelessly}


def customers(
    session: Session, shop: Sell, village_id: UUID, reward_id: UUID, households: list[UUID], tries: int
) -> Iterator[UUID]:
    """Redeem for each household in turn; the ids that were acknowledged. A refusal is an answer like any other."""
    for turn in range(tries):
        try:
            yield shop(session, village_id, households[turn % len(households)], reward_id)
        except DomainError:
            session.rollback()


def main(url: str, kind: str, village: str, reward: str, tries: str, *households: str) -> None:
    """Sell until the tries are used up; each acknowledgement is printed before the next try."""
    with Session(connect(url), expire_on_commit=False) as session:
        wanted = [UUID(household) for household in households]
        for redemption_id in customers(session, SHOPS[kind], UUID(village), UUID(reward), wanted, int(tries)):
            print(redemption_id, flush=True)


def give(session: Session, village_id: UUID, household_id: UUID, points: int) -> None:
    """Points to begin with, as an opening entry."""
    from tests.factories import NOW, TODAY
    from villagepoints.domain.ledger import JOB, OPENING, Draft
    from villagepoints.services.transaction import transaction

    draft = Draft(household_id=household_id, kind=OPENING, points=points, occurred_on=TODAY, origin=JOB)
    transaction(posting.post)(session, village_id, [draft], NOW)


if __name__ == "__main__":
    main(*sys.argv[1:])
