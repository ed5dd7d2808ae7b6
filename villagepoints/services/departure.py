"""A household leaves the village, and comes back where it was a mistake: what must be finished, what dies with it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, func, or_, select, update
from sqlalchemy.orm import Session

from villagepoints.domain import claim, finding, objection, red_line, redemption, succession
from villagepoints.domain.actor import Actor
from villagepoints.domain.calendar import Month
from villagepoints.domain.errors import N_, BadInput, Conflict, RuleBroken
from villagepoints.domain.month_close import CLOSED
from villagepoints.domain.succession import HOUSEHOLD_REASONS, MERGED
from villagepoints.models import (
    Activity,
    Card,
    Claim,
    Finding,
    Household,
    MonthClose,
    Objection,
    Phone,
    Redemption,
    RedLineCase,
    Resident,
    Succession,
)
from villagepoints.services import month_close, once, rulebook, village
from villagepoints.services.household import tidy
from villagepoints.services.household_edit import changed, check_lives_here, take
from villagepoints.services.paging import Page, Wanted
from villagepoints.services.resident_rows import check_has_come, present
from villagepoints.services.transaction import transaction

LEAVINGS = ("household.left", "household.merged")  # acts of the trail; nothing is merged into a household that has left


@dataclass(frozen=True, slots=True)
class OpenBusiness:
    """What is still under way for a household: how many of each."""

    redemptions: int
    claims: int
    findings: int
    objections: int
    red_lines: int
    successions: int

    @property
    def count(self) -> int:
        """All of it together."""
        return sum(getattr(self, name) for name in self.__slots__)


def open_business(session: Session, village_id: UUID, household_id: UUID) -> OpenBusiness:
    """What must be finished before a household can leave or be merged; one statement."""

    def number(model: Any, *conditions: ColumnElement[bool]) -> Any:
        mine = (model.village_id == village_id, model.household_id == household_id)
        return select(func.count()).select_from(model).where(*mine, *conditions).scalar_subquery()

    either = or_(Succession.household_id == household_id, Succession.successor_id == household_id)
    waiting = (Succession.village_id == village_id, Succession.status == succession.WAITING)
    row = session.execute(
        select(
            number(Redemption, Redemption.status == redemption.RESERVED),
            number(Claim, Claim.status.in_((claim.WAITING, claim.APPROVED))),
            number(Finding, Finding.status == finding.PERSUADED),
            number(Objection, Objection.status == objection.OPEN),
            number(RedLineCase, RedLineCase.status == red_line.WAITING),
            select(func.count()).select_from(Succession).where(*waiting, either).scalar_subquery(),
        )
    ).one()
    return OpenBusiness(*row)


def check_finished(session: Session, household: Household) -> None:
    """Refuse a household for which something is still under way (RuleBroken)."""
    business = open_business(session, household.village_id, household.id)
    if business.count:
        raise RuleBroken(
            N_("户号 %(number)s 还有 %(count)s 件事没有办完，先办完再来。什么都没有动。"),
            number=household.number,
            count=business.count,
        )


def close_account(session: Session, household: Household, reason: str, left_on: date, now: datetime) -> None:
    """What leaving means, inside the caller's transaction: cards, phones and PIN die at once, the points stay there."""
    household.left_on, household.left_reason, household.pin_hash = left_on, reason, None
    for model in (Card, Phone):
        session.execute(
            update(model)
            .where(
                model.village_id == household.village_id,
                model.household_id == household.id,
                model.revoked_at.is_(None),
            )
            .values(revoked_at=now)
            .execution_options(synchronize_session=False)
        )
    village.touch(session, household.village_id)


@transaction
def leave(
    session: Session, actor: Actor, *, key: str, household_id: UUID, reason: str, left_on: date, now: datetime
) -> None:
    """A household moved away or died out. Its points stay in its account, cannot be used and expire by the rules.

    Raises RuleBroken while something of it is under way, Conflict where it has left, BadInput, NotAllowed, NotFound.
    """
    request = {"household_leaves": str(household_id), "reason": reason, "left_on": str(left_on)}
    if once.claim(session, actor.village_id, key, request, now) is not None:
        return
    if reason not in HOUSEHOLD_REASONS:
        raise BadInput(N_("请选是搬走了，还是家里人都不在了。什么都没有动。")).at("reason")
    check_has_come(left_on, now)
    (household,) = take(session, actor, household_id)
    check_lives_here(household)
    check_finished(session, household)
    people = present(session, household)
    for row in people:
        row.left_on, row.left_reason = left_on, reason
    close_account(session, household, reason, left_on, now)
    after = {"left_reason": reason, "left_on": left_on}
    detail = {"after": after, "people": len(people), "balance": household.balance}
    changed(session, actor, household, "household.left", detail, now)
    once.answer(session, actor.village_id, key, {})


@transaction
def come_back(session: Session, actor: Actor, *, key: str, household_id: UUID, reason: str, now: datetime) -> int:
    """Undo a leaving that was a mistake, as if it had never been; the base points of missed months that are made good.

    The people who left with it are there again; after a merger they stay where they went. It needs a new card.
    Raises Conflict where it lives here or a month is being closed, RuleBroken while points of it wait to go over,
    BadInput without a reason, NotAllowed, NotFound.
    """
    request = {"household_returns": str(household_id), "reason": reason}
    if (earlier := once.claim(session, actor.village_id, key, request, now)) is not None:
        return int(earlier["points"])
    if not reason.strip():
        raise BadInput(N_("请写明怎么弄错了。什么都没有动。")).at("reason")
    (household,) = take(session, actor, household_id)
    if household.left_on is None:
        raise Conflict(N_("户号 %(number)s 就在村里，没有再登记。"), number=household.number)
    check_finished(session, household)
    away_since = household.left_on
    detail = {"before": {"left_reason": household.left_reason, "left_on": away_since}, "reason": reason.strip()[:200]}
    if household.left_reason != MERGED:
        for row in _left_with(session, household):
            row.left_on, row.left_reason = None, ""
    household.left_on, household.left_reason = None, ""
    changed(session, actor, household, "household.returned", detail, now)
    points = _make_good(session, actor, household, away_since, now)
    village.touch(session, actor.village_id)
    once.answer(session, actor.village_id, key, {"points": points})
    return points


def _left_with(session: Session, household: Household) -> Sequence[Resident]:
    return session.scalars(
        select(Resident).where(
            Resident.village_id == household.village_id,
            Resident.household_id == household.id,
            Resident.left_on == household.left_on,
            Resident.left_reason == household.left_reason,
        )
    ).all()


def _make_good(session: Session, actor: Actor, household: Household, away_since: date, now: datetime) -> int:
    """Post the base of the months that were closed without the household; how many points."""
    before = household.balance
    for month in _closed_without(session, household, away_since):
        book = rulebook.in_force(session, actor.village_id, month.last)
        month_close.post_base(session, actor, month, book, [household.id], now)
    session.refresh(household)
    return household.balance - before


def _closed_without(session: Session, household: Household, away_since: date) -> list[Month]:
    """The months that were closed once it stood in the trail that the household had left.

    Not those closed before: it has their base, or came to the books too late for it, and a leaving dated back is no
    way to be given them.
    """
    left = (Activity.village_id == household.village_id, Activity.subject == household.id)
    told_at = select(func.max(Activity.recorded_at)).where(*left, Activity.action.in_(LEAVINGS)).scalar_subquery()
    closes = session.scalars(
        select(MonthClose.month)
        .where(MonthClose.village_id == household.village_id, MonthClose.status == CLOSED)
        .where(MonthClose.month >= str(Month.of(away_since)), MonthClose.closed_at > told_at)
        .order_by(MonthClose.month)
    ).all()
    joined_on = household.joined_on or date.min
    return [month for month in map(Month.parse, closes) if joined_on <= month.last]


# ------------------------------------------------------------------ reading


@dataclass(frozen=True, slots=True)
class Departed:
    """A household that left: when, why, and what its account still holds."""

    id: UUID
    number: str
    head_name: str
    group_no: int | None
    left_on: date
    left_reason: str
    balance: int
    successor_id: UUID | None
    successor_number: str | None


SORTS: dict[str, Any] = {"number": Household.number, "left": Household.left_on, "balance": Household.balance}


def departed(session: Session, village_id: UUID, words: str, reason: str, wanted: Wanted) -> Page[Departed]:
    """One page of the households that left, the last first; two statements."""
    conditions = [Household.village_id == village_id, Household.left_on.is_not(None)]
    if typed := tidy(words):
        number = func.upper(Household.number).contains(typed.upper(), autoescape=True)
        conditions.append(or_(number, Household.head_name.contains(typed, autoescape=True)))
    if reason:
        conditions.append(Household.left_reason == reason)
    total = session.scalars(select(func.count()).select_from(Household).where(*conditions)).one()
    heir = Household.__table__.alias()
    went_to = (
        select(Succession.successor_id)
        .where(
            Succession.village_id == village_id,
            Succession.household_id == Household.id,
            Succession.status != succession.REFUSED,
        )
        .order_by(Succession.recorded_at.desc())
        .limit(1)
        .correlate(Household)
        .scalar_subquery()
    )
    column = SORTS.get(wanted.sort.removeprefix("-"), Household.left_on)
    order = column.asc() if wanted.sort and not wanted.sort.startswith("-") else column.desc()
    rows = session.execute(
        select(
            Household.id,
            Household.number,
            Household.head_name,
            Household.group_no,
            Household.left_on,
            Household.left_reason,
            Household.balance,
            heir.c.id,
            heir.c.number,
        )
        .outerjoin(heir, (heir.c.village_id == Household.village_id) & (heir.c.id == went_to))
        .where(*conditions)
        .order_by(order, Household.number)
        .limit(wanted.size)
        .offset(wanted.offset)
    )
    return Page([Departed(*row) for row in rows], wanted.number, wanted.size, total, wanted.sort or "-left")


def closed_while_away(session: Session, household: Household) -> int:
    """How many months were closed since a household left: what undoing it would make good."""
    return len(_closed_without(session, household, household.left_on)) if household.left_on else 0
