"""月底结账: post the month's base of every household, from where an earlier attempt stopped, and never twice."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from villagepoints.domain import ledger
from villagepoints.domain.actor import Actor
from villagepoints.domain.calendar import Month, village_date
from villagepoints.domain.errors import N_, Conflict
from villagepoints.domain.ledger import Draft
from villagepoints.domain.month_close import CLOSED, CLOSING, check_may_close
from villagepoints.domain.rulebook import RuleBook
from villagepoints.models import Household, LedgerEntry, MonthClose, Village
from villagepoints.services import activity, month_base, month_preview, once, posting, rulebook, village
from villagepoints.services.transaction import transaction

CHUNK = 200  # households whose base is posted by one transaction: others come to the books in between


@dataclass(frozen=True, slots=True)
class Closed:
    """What closing a month came to: households and points posted; `before` where it had been closed already."""

    households: int
    points: int
    before: bool = False


def close(session: Session, actor: Actor, *, key: str, month: Month, points: int, now: datetime) -> Closed:
    """Close a month whose preview came to so many points, or go on where an earlier attempt stopped.

    Several transactions, each of which may be the last: whoever calls again goes on from there. Raises RuleBroken
    before the month's last day and for a closed year, Conflict where the preview has changed.
    """
    if begin(session, actor, key=key, month=month, points=points, now=now) == CLOSED:
        row = session.get_one(MonthClose, (actor.village_id, str(month)))
        return Closed(row.households, row.points, before=True)
    while (closed := go_on(session, actor, month=month, now=now)) is None:
        pass
    return closed


@transaction
def begin(session: Session, actor: Actor, *, key: str, month: Month, points: int, now: datetime) -> str:
    """Let the month's findings stand still; whether it is now `closing` or was `closed` already. Raises as `close`."""
    once.claim(session, actor.village_id, key, {"close": str(month), "by": actor.user_id, "points": points}, now)
    # findings are written under a share of this lock: those of before are seen below, those of after see the row
    session.execute(select(Village.id).where(Village.id == actor.village_id).with_for_update(key_share=True))
    if state := month_base.state(session, actor.village_id, month):
        return state
    book = rulebook.in_force(session, actor.village_id, month.last)
    check_may_close(book, month, village_date(now))
    if month_preview.totals(session, actor.village_id, month).points != points:
        raise Conflict(N_("预览以后又有人改了评分，还没有结账。请再看一遍预览，再按「结账」。"))
    row = MonthClose(village_id=actor.village_id, month=str(month), status=CLOSING)
    row.started_by, row.started_at = actor.user_id, now
    session.add(row)
    return CLOSING


@transaction
def go_on(session: Session, actor: Actor, *, month: Month, now: datetime) -> Closed | None:
    """Post the base of the next households; the totals once nobody is left and the month is closed."""
    row = session.get_one(MonthClose, (actor.village_id, str(month)), with_for_update=True)  # one at a time
    if row.status == CLOSED:
        return Closed(row.households, row.points, before=True)
    book = rulebook.in_force(session, actor.village_id, month.last)
    if waiting := _waiting(session, actor.village_id, month, book):
        post_base(session, actor, month, book, waiting, now)
        return None
    row.households, row.points = _came_to(session, row, month, book)
    row.status, row.closed_at = CLOSED, now
    detail = {"month": row.month, "households": row.households, "points": row.points}
    activity.record(session, actor, "month.closed", now, detail=detail)
    village.touch(session, actor.village_id)
    return Closed(row.households, row.points)


def _waiting(session: Session, village_id: UUID, month: Month, book: RuleBook) -> list[UUID]:
    """The next households some of whose base entries are missing."""
    stands = month_base.standing(village_id, month, book).subquery()
    complete = (
        select(stands.c.household_id)
        .group_by(stands.c.household_id)
        .having(func.count(func.distinct(stands.c.item_code)) == len(month_base.codes(book)))
    )
    next_ones = (
        select(Household.id)
        .where(*month_base.living(village_id, month), Household.id.not_in(complete))
        .order_by(Household.id)
        .limit(CHUNK)
    )
    return list(session.scalars(next_ones))


def post_base(
    session: Session, actor: Actor, month: Month, book: RuleBook, households: list[UUID], now: datetime
) -> None:
    """Post what these households' base of the month still lacks, inside the caller's transaction."""
    village_id = actor.village_id
    locked = posting.lock(session, village_id, households)
    # read again under the lock: an import may have posted some of it meanwhile
    posted = month_base.posted(session, village_id, month, book, households)
    drafts = [
        Draft(
            household_id=household_id,
            kind=ledger.AWARD,
            points=points,
            occurred_on=month.last,
            origin=ledger.PAGE,
            rulebook_version=book.version,
            item_code=code,
            recorded_by=actor.user_id,
        )
        for household_id, items in month_base.earned(session, village_id, month, book, households).items()
        for code, points in items.items()
        if code not in posted[household_id]
    ]
    posting.post(session, village_id, drafts, now, locked=locked)


def _came_to(session: Session, row: MonthClose, month: Month, book: RuleBook) -> tuple[int, int]:
    """How many households the close posted the base for, and how many points; what was imported is not counted."""
    posted = month_base.standing(row.village_id, month, book)
    ours = posted.where(LedgerEntry.origin == ledger.PAGE, LedgerEntry.recorded_at >= row.started_at).subquery()
    households, points = session.execute(
        select(func.count(func.distinct(ours.c.household_id)), func.coalesce(func.sum(ours.c.points), 0))
    ).one()
    return households, int(points)
