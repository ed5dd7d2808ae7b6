"""What a red line does to the base of its month where that is posted already: nothing of it, or all of it again."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, and_, exists, func, select
from sqlalchemy.orm import Session

from villagepoints.domain import finding, ledger, objection
from villagepoints.domain.calendar import Month
from villagepoints.domain.errors import N_, Conflict
from villagepoints.domain.rulebook import BASE, base_of_month
from villagepoints.models import Finding, LedgerEntry, MonthClose, Objection, RedLineCase, RuleItem, Village
from villagepoints.services import crossed, posting, rulebook
from villagepoints.services.undone import standing


def hold(session: Session, village_id: UUID) -> None:
    """One act on red lines at a time in a village, and no month's close beside it, until the transaction ends."""
    session.execute(select(Village.id).where(Village.id == village_id).with_for_update(key_share=True))


def check_not_closing(session: Session, village_id: UUID) -> None:
    """Refuse while a month is being closed (Conflict): what is posted in this moment may rest on the case or not."""
    closing = select(MonthClose.month).where(MonthClose.village_id == village_id, MonthClose.status == "closing")
    if session.scalar(closing.limit(1)):
        raise Conflict(N_("月底结账正在进行，等它结完再来办这一条。什么都没有动。"))


def put_right(
    session: Session,
    case: RedLineCase,
    reason: str,
    now: datetime,
    *,
    recorded_by: UUID | None,
    approved_by: UUID | None,
) -> None:
    """Bring each base entry of the case's month to what it should be as the household's cases stand now.

    The account is locked by the caller. Where the month is not closed there is nothing to put right.
    """
    entries = _standing(session, case)
    if not entries:
        return
    should = _should_be(session, case)
    for entry in entries:
        points = should.get(entry.item_code or "", entry.points)
        if points != entry.points:
            posting.replace_base(
                session, case.village_id, entry, points, reason, now, recorded_by=recorded_by, approved_by=approved_by
            )


def _should_be(session: Session, case: RedLineCase) -> dict[str, int]:
    """The month's base by item: 0 for each while a case of the month stands, else what was found; what was imported
    came without findings and is taken as it was imported, and what an objection put right stays so."""
    month = Month.of(case.found_on)
    book = rulebook.in_force(session, case.village_id, month.last)
    day = crossed.day_of(session, case.village_id, case.household_id, month.first, month.last)
    found = base_of_month(book, _found(session, case, month), crossed_red_line=day is not None)
    if day is not None:
        return found
    return found | _imported(session, case, month) | _put_right(session, case, month)


def _found(session: Session, case: RedLineCase, month: Month) -> dict[str, int]:
    rows = session.execute(
        select(Finding.item_code, func.sum(Finding.count))
        .where(
            Finding.village_id == case.village_id,
            Finding.household_id == case.household_id,
            Finding.status == finding.COUNTED,
            Finding.counts_on.between(month.first, month.last),
        )
        .group_by(Finding.item_code)
    )
    return {code: int(count) for code, count in rows}


def _imported(session: Session, case: RedLineCase, month: Month) -> dict[str, int]:
    rows = session.execute(
        select(LedgerEntry.item_code, LedgerEntry.points)
        .where(*_base_of(case, month), LedgerEntry.origin == ledger.IMPORT)
        .order_by(LedgerEntry.seq)
    )
    return {code: points for code, points in rows if code}


def _put_right(session: Session, case: RedLineCase, month: Month) -> dict[str, int]:
    """What objections that were right made of the month's items: the entry that came with their answer."""
    answered = exists().where(
        Objection.village_id == LedgerEntry.village_id,
        Objection.about_household_id == LedgerEntry.household_id,
        Objection.status == objection.UPHELD,
        Objection.reversal_seq == LedgerEntry.seq - 1,
        Objection.decided_at == LedgerEntry.recorded_at,  # not what a red line had undone before
    )
    rows = session.execute(
        select(LedgerEntry.item_code, LedgerEntry.points)
        .where(*_base_of(case, month), answered)
        .order_by(LedgerEntry.seq)
    )
    return {code: points for code, points in rows if code}


def _standing(session: Session, case: RedLineCase) -> Sequence[LedgerEntry]:
    month = Month.of(case.found_on)
    return session.scalars(
        select(LedgerEntry).where(*_base_of(case, month), standing()).order_by(LedgerEntry.seq)
    ).all()


def _base_of(case: RedLineCase, month: Month) -> tuple[ColumnElement[bool], ...]:
    of_base = exists().where(
        and_(
            RuleItem.village_id == LedgerEntry.village_id,
            RuleItem.version == LedgerEntry.rulebook_version,
            RuleItem.code == LedgerEntry.item_code,
            RuleItem.kind == BASE,
        )
    )
    return (
        LedgerEntry.village_id == case.village_id,
        LedgerEntry.household_id == case.household_id,
        LedgerEntry.kind == ledger.AWARD,
        LedgerEntry.occurred_on.between(month.first, month.last),
        of_base,
    )
