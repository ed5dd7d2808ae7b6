"""A clerk at work until the power goes: posts entries and prints each acknowledgement, to be killed at any moment.

`python -m tests.safety.teller URL KIND VILLAGE HOUSEHOLD…`; a line `household seq` means: the service said it is done.
"""

import sys
from collections.abc import Callable
from datetime import UTC, datetime
from itertools import cycle
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from tests.databases import connect
from villagepoints.domain.ledger import JOB, OPENING, Draft, Head, append
from villagepoints.models import Household, LedgerEntry
from villagepoints.services import posting
from villagepoints.services.transaction import transaction

Post = Callable[[Session, UUID, UUID], int]


def draft(household_id: UUID) -> Draft:
    """Seven points and a note, so that three tables move."""
    today = datetime.now(UTC).date()
    return Draft(household_id=household_id, kind=OPENING, points=7, occurred_on=today, origin=JOB, note="结转")


def post(session: Session, village_id: UUID, household_id: UUID) -> int:
    """One entry through the posting service; its number."""
    return transaction(posting.post)(session, village_id, [draft(household_id)], datetime.now(UTC))[0].seq


def post_in_two_halves(session: Session, village_id: UUID, household_id: UUID) -> int:
    """The planted bug: the account is moved in one transaction and the entry written in the next."""
    household = session.get_one(Household, (village_id, household_id), populate_existing=True)
    head = Head(household.balance, household.last_seq, household.last_hash)
    entry, after = append(village_id, head, draft(household_id), datetime.now(UTC), b"0" * 16)
    row = {name: getattr(entry, name) for name in entry.__slots__}
    moved = {"balance": after.balance, "last_seq": after.seq, "last_hash": after.hash}
    session.execute(update(Household).where(Household.id == household_id).values(**moved))
    session.commit()
    session.add(LedgerEntry(**row))
    session.commit()
    return entry.seq


def post_and_say_so_too_early(session: Session, village_id: UUID, household_id: UUID) -> int:
    """The other planted bug: the acknowledgement goes out before the commit."""
    seq = session.scalar(select(Household.last_seq).where(Household.id == household_id)) or 0
    session.rollback()
    print(household_id, seq + 1, flush=True)
    return post(session, village_id, household_id)


TELLERS: dict[str, Post] = {"real": post, "halves": post_in_two_halves, "early": post_and_say_so_too_early}


def main(url: str, kind: str, village: str, *households: str) -> None:
    """Post for each household in turn, for ever."""
    with Session(connect(url), expire_on_commit=False) as session:
        for household in cycle(households):
            seq = TELLERS[kind](session, UUID(village), UUID(household))
            print(household, seq, flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
