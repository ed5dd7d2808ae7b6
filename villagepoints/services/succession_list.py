"""Points that go from one household to another: what waits for a second person, what went, and the check of both."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Select, and_, func, or_, select
from sqlalchemy.orm import Session, aliased

from villagepoints.domain import ledger
from villagepoints.domain.errors import N_, NotFound
from villagepoints.domain.succession import DONE, WAITING
from villagepoints.models import Household, LedgerEntry, Succession, User
from villagepoints.services.paging import Page, Wanted


@dataclass(frozen=True, slots=True)
class Row:
    """One hand-over: between whom, how many points, who proposed it and who decided."""

    id: UUID
    kind: str
    points: int
    document: str
    succeeded_on: date
    status: str
    reason: str
    recorded_at: datetime
    recorded_by: UUID | None
    recorder: str
    decider: str
    household_id: UUID
    number: str
    head_name: str
    balance: int
    successor_id: UUID
    successor_number: str
    successor_name: str


def _rows(village_id: UUID) -> Select[*tuple[Any, ...]]:
    source, target, recorder, decider = aliased(Household), aliased(Household), aliased(User), aliased(User)
    row = Succession
    return (
        select(
            *(row.id, row.kind, row.points, row.document, row.succeeded_on, row.status, row.reason),
            *(row.recorded_at, row.recorded_by, func.coalesce(recorder.name, ""), func.coalesce(decider.name, "")),
            *(source.id, source.number, source.head_name, source.balance, target.id, target.number, target.head_name),
        )
        .join(source, and_(source.village_id == row.village_id, source.id == row.household_id))
        .join(target, and_(target.village_id == row.village_id, target.id == row.successor_id))
        .outerjoin(recorder, and_(recorder.village_id == row.village_id, recorder.id == row.recorded_by))
        .outerjoin(decider, and_(decider.village_id == row.village_id, decider.id == row.decided_by))
        .where(row.village_id == village_id)
    )


def listed(session: Session, village_id: UUID, status: str, wanted: Wanted) -> Page[Row]:
    """One page of the hand-overs of points with that status, the latest first; two statements."""
    mine = (Succession.village_id == village_id, Succession.status == status, Succession.points > 0)
    total = session.scalars(select(func.count()).select_from(Succession).where(*mine)).one()
    query = _rows(village_id).where(*mine).order_by(Succession.recorded_at.desc(), Succession.id)
    rows = [Row(*row) for row in session.execute(query.limit(wanted.size).offset(wanted.offset))]
    return Page(rows, wanted.number, wanted.size, total)


def one(session: Session, village_id: UUID, succession_id: UUID) -> Row:
    """One hand-over; NotFound where the village has none of that id."""
    row = session.execute(_rows(village_id).where(Succession.id == succession_id)).one_or_none()
    if row is None:
        raise NotFound(N_("没有这笔转积分。"))
    return Row(*row)


def waiting_of(session: Session, village_id: UUID, household_id: UUID) -> list[Row]:
    """What waits to go from or to a household; one statement."""
    either = or_(Succession.household_id == household_id, Succession.successor_id == household_id)
    query = _rows(village_id).where(either, Succession.status == WAITING).order_by(Succession.recorded_at)
    return [Row(*row) for row in session.execute(query)]


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
