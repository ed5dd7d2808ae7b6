"""Plain functions that make what is objected to, and file and answer objections, for their tests."""

import threading
from collections.abc import Callable, Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from tests.factories import NOW, TODAY, Made
from villagepoints.domain.actor import Actor
from villagepoints.domain.calendar import Month
from villagepoints.domain.errors import DomainError
from villagepoints.domain.ledger import AWARD, PAGE, Draft
from villagepoints.models import (
    Finding,
    Household,
    LedgerEntry,
    MonthClose,
    Objection,
)
from villagepoints.services import claim, notice, objection, posting
from villagepoints.services.objection_subject import About
from villagepoints.services.posting import Item

MAY = Month(2026, 5)
WRONG = "那天我家没有人在"


def recorded(session: Session, village: Made, now: datetime = NOW, **values: Any) -> About:
    """An entry of the first household, recorded by the clerk and approved by the reviewer."""
    wanted = Item(**{"code": "D1", "occurred_on": TODAY, "quantity": 2, **values})
    posted = posting.record(
        session,
        village.clerk,
        key=f"e{now}{values}"[:60],
        household_id=village.household.id,
        wanted=wanted,
        now=now,
        approved_by=village.reviewer.user_id,
    )
    return About(household_id=village.household.id, entry_seq=posted.seq)


def on_notice(session: Session, village: Made, index: int = 0) -> About:
    """An item of a household that stands on an open notice."""
    wanted = Item(code="D2", occurred_on=TODAY)
    household_id = village.households[index].id
    claim_id = claim.propose(session, village.clerk, key=f"c{index}", household_id=household_id, wanted=wanted, now=NOW)
    claim.approve(session, village.reviewer, key=f"a{index}", claim_id=claim_id, now=NOW)
    notice.publish(session, village.clerk, key=f"n{index}", now=NOW)
    return About(claim_id=claim_id)


def found(session: Session, village: Made, on: date = TODAY, count: int = 2, code: str = "A1") -> About:
    """A counted finding of the first household, recorded by the clerk."""
    row = Finding(
        village_id=village.id,
        household_id=village.household.id,
        rulebook_version=1,
        item_code=code,
        count=count,
        found_on=on,
        status="counted",
        counts_on=on,
        recorded_by=village.clerk.user_id,
        recorded_at=NOW,
    )
    session.add(row)
    session.commit()
    return About(finding_id=row.id)


def closed(session: Session, village: Made, month: Month, points: int, status: str = "closed") -> About:
    """The month's base of item A1, posted as the close posts it."""
    draft = Draft(
        household_id=village.household.id,
        kind=AWARD,
        points=points,
        occurred_on=month.last,
        origin=PAGE,
        rulebook_version=1,
        item_code="A1",
        recorded_by=village.clerk.user_id,
    )
    seq = posting.post(session, village.id, [draft], NOW)[0].seq
    session.add(MonthClose(village_id=village.id, month=str(month), status=status, started_at=NOW))
    session.commit()
    return About(household_id=village.household.id, entry_seq=seq)


def file(session: Session, by: Actor, about: About, key: str = "f", **values: Any) -> UUID:
    return objection.file(session, by, **{"key": key, "about": about, "words": WRONG, "now": NOW, **values})


def decide(session: Session, by: Actor, objection_id: UUID, key: str = "d", **values: Any) -> str:
    given = {"key": key, "objection_id": objection_id, "is_right": True, "reason": "查过了", "now": NOW, **values}
    return objection.decide(session, by, **given)


def kept(session: Session, village: Made, objection_id: UUID) -> Objection:
    session.rollback()
    session.expire_all()
    return session.get_one(Objection, (village.id, objection_id))


def entries(session: Session) -> list[tuple[str, int]]:
    session.rollback()
    return [(row.kind, row.points) for row in session.scalars(select(LedgerEntry).order_by(LedgerEntry.seq))]


def revision(session: Session, village: Made, index: int = 0) -> int:
    session.rollback()
    return session.scalars(select(Household.revision).where(Household.id == village.households[index].id)).one()


# ------------------------------------------------------------------ filing


def at_once(
    sessions: Callable[[], Session], acts: Sequence[Callable[[Session], object]], answers: list[object]
) -> None:
    """Each act in a thread and session of its own, all let go together; what they answer or raise."""
    barrier = threading.Barrier(len(acts))

    def run(act: Callable[[Session], object]) -> None:
        with sessions() as own:
            barrier.wait()
            try:
                answers.append(act(own))
            except DomainError as error:
                answers.append(error)

    threads = [threading.Thread(target=run, args=(act,)) for act in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
