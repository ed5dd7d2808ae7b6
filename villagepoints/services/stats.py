"""What a village's books add up to, counted in the database from the entries themselves."""

from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Integer, and_, case, cast, func, select
from sqlalchemy.orm import Session

from villagepoints.domain import ledger
from villagepoints.domain.redemption import FULFILLED, RESERVED, SELF
from villagepoints.domain.rulebook import BASE
from villagepoints.models import Household, LedgerEntry, Redemption, Resident, RuleItem
from villagepoints.services.undone import standing

_STANDS = (RESERVED, FULFILLED)


def stats(session: Session, village_id: UUID, *, balances: bool = False) -> dict[str, Any]:
    """The published totals of a village; points are counts, months `2026-01`, the share has four decimals."""
    figures = {
        **_households(session, village_id),
        **_points(session, village_id),
        **_redemptions(session, village_id),
        **_rows(session, village_id),
        "generated_by_month": _generated_by_month(session, village_id),
        "points_by_item": _points_by_item(session, village_id),
    }
    if balances:
        rows = session.execute(
            select(Household.number, Household.balance)
            .where(Household.village_id == village_id)
            .order_by(Household.number)
        )
        figures["balance_of"] = dict(rows.all())
    return figures


def _households(session: Session, village_id: UUID) -> dict[str, Any]:
    lives_here = Household.left_on.is_(None)
    total, relocated, outstanding = session.execute(
        select(
            func.coalesce(func.sum(case((lives_here, 1), else_=0)), 0),
            func.coalesce(func.sum(case((and_(lives_here, Household.residency == "relocated"), 1), else_=0)), 0),
            func.coalesce(func.sum(Household.balance), 0),  # of those that left too: it stays theirs until it expires
        ).where(Household.village_id == village_id)
    ).one()
    people = session.scalar(
        select(func.count()).select_from(Resident).where(Resident.village_id == village_id, Resident.left_on.is_(None))
    )
    return {
        "households": int(total),
        "people": people,
        "relocated_households": int(relocated),
        "points_outstanding": int(outstanding),
    }


def item_join() -> ColumnElement[bool]:
    """An entry's item as it stood in the version the entry was posted under."""
    return and_(
        RuleItem.village_id == LedgerEntry.village_id,
        RuleItem.version == LedgerEntry.rulebook_version,
        RuleItem.code == LedgerEntry.item_code,
    )


def _points(session: Session, village_id: UUID) -> dict[str, int]:
    """A reversal carries the item of the entry it undoes, so it nets there by itself."""
    rows = session.execute(
        select(RuleItem.kind, func.sum(LedgerEntry.points))
        .join(RuleItem, item_join())
        .where(LedgerEntry.village_id == village_id)
        .group_by(RuleItem.kind)
    )
    sums = {kind: int(points) for kind, points in rows}
    redeemed = session.scalar(
        select(func.sum(LedgerEntry.points)).where(
            LedgerEntry.village_id == village_id, LedgerEntry.kind.in_((ledger.REDEMPTION, ledger.REFUND))
        )
    )
    base, contributions = sums.get("base", 0), sums.get("contribution", 0)
    return {
        "points_generated": base + contributions,
        "points_from_base": base,
        "points_from_contributions": contributions,
        "points_deducted": -sums.get("penalty", 0),
        "points_redeemed": -int(redeemed or 0),
    }


def _redemptions(session: Session, village_id: UUID) -> dict[str, Any]:
    total, own = session.execute(
        select(func.count(), func.coalesce(func.sum(case((Redemption.channel == SELF, 1), else_=0)), 0)).where(
            Redemption.village_id == village_id, Redemption.status.in_(_STANDS)
        )
    ).one()
    return {
        "redemptions": total,
        "self_service_share_of_redemptions": round(int(own) / total, 4) if total else 0,
    }


def _rows(session: Session, village_id: UUID) -> dict[str, int]:
    """Household-months scored and event rows imported; what was taken back does not count."""
    ours = [
        LedgerEntry.village_id == village_id,
        LedgerEntry.kind.in_((ledger.AWARD, ledger.PENALTY)),
        standing(),
    ]
    months = (
        select(LedgerEntry.household_id, LedgerEntry.occurred_on)
        .join(RuleItem, item_join())
        .where(*ours, RuleItem.kind == BASE)
        .distinct()
        .subquery()
    )
    events = (
        select(func.count())
        .select_from(LedgerEntry)
        .join(RuleItem, item_join())
        .where(*ours, RuleItem.kind != BASE, LedgerEntry.origin == ledger.IMPORT)
    )
    return {
        "base_score_rows": session.scalar(select(func.count()).select_from(months)) or 0,
        "event_rows": session.scalar(events) or 0,
    }


def _generated_by_month(session: Session, village_id: UUID) -> dict[str, int]:
    year = cast(func.extract("year", LedgerEntry.occurred_on), Integer)
    month = cast(func.extract("month", LedgerEntry.occurred_on), Integer)
    rows = session.execute(
        select(year, month, func.sum(LedgerEntry.points))
        .join(RuleItem, item_join())
        .where(LedgerEntry.village_id == village_id, RuleItem.kind != "penalty")
        .group_by(year, month)
        .order_by(year, month)
    )
    return {f"{y:04d}-{m:02d}": int(points) for y, m, points in rows}


def _points_by_item(session: Session, village_id: UUID) -> dict[str, int]:
    rows = session.execute(
        select(LedgerEntry.item_code, func.sum(LedgerEntry.points))
        .where(LedgerEntry.village_id == village_id, LedgerEntry.item_code.is_not(None))
        .group_by(LedgerEntry.item_code)
        .order_by(LedgerEntry.item_code)
    )
    return {str(code): int(points) for code, points in rows}
