"""The village's public page: its totals, its notices and how to reach the clerk; nothing of any household."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from villagepoints.domain.ledger import REDEMPTION, REFUND
from villagepoints.domain.rulebook import PENALTY
from villagepoints.models import Household, LedgerEntry, News, RuleItem, Village
from villagepoints.services.stats import item_join

KEPT = timedelta(minutes=5)  # totals read the whole ledger: nobody minds five minutes, a busy village would
MOST_NEWS = 5


class NewsLine(NamedTuple):
    """A notice of the committee."""

    title: str
    body: str
    shown_on: date


@dataclass(frozen=True, slots=True)
class Totals:
    """What the village publishes: points generated and redeemed so far, and how many households take part."""

    generated: int
    redeemed: int
    households: int
    as_of: datetime


_TOTALS: dict[UUID, Totals] = {}


def news(session: Session, village_id: UUID, today: date) -> Sequence[NewsLine]:
    """The notices shown on a village date, the latest first."""
    rows = session.execute(
        select(News.title, News.body, News.shown_on)
        .where(
            News.village_id == village_id,
            News.shown_on <= today,
            or_(News.until_on.is_(None), News.until_on >= today),
        )
        .order_by(News.shown_on.desc(), News.id)
        .limit(MOST_NEWS)
    )
    return [NewsLine._make(row) for row in rows]


def totals(session: Session, village_id: UUID, now: datetime) -> Totals:
    """The published totals, at most five minutes old."""
    kept = _TOTALS.get(village_id)
    if kept is None or not kept.as_of <= now < kept.as_of + KEPT:
        kept = _TOTALS[village_id] = _count(session, village_id, now)
    return kept


def _count(session: Session, village_id: UUID, now: datetime) -> Totals:
    generated = session.scalar(
        select(func.sum(LedgerEntry.points))
        .join(RuleItem, item_join())
        .where(LedgerEntry.village_id == village_id, RuleItem.kind != PENALTY)
    )
    redeemed = session.scalar(
        select(func.sum(LedgerEntry.points)).where(
            LedgerEntry.village_id == village_id, LedgerEntry.kind.in_((REDEMPTION, REFUND))
        )
    )
    households = session.scalar(
        select(func.count())
        .select_from(Household)
        .where(Household.village_id == village_id, Household.left_on.is_(None))
    )
    return Totals(int(generated or 0), -int(redeemed or 0), households or 0, now)


def by_id(session: Session, village_id: UUID) -> Village:
    """The village of a phone or a scan."""
    return session.get_one(Village, village_id)
