"""The village's public pages: its totals, its notices, its months; nothing of any household."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from villagepoints.domain.calendar import Month, village_date
from villagepoints.domain.errors import N_, NotFound
from villagepoints.domain.report import MonthReport
from villagepoints.models import LedgerEntry, News, Village
from villagepoints.services import report as reports
from villagepoints.services import report_publish, running
from villagepoints.services.report_publish import Edition
from villagepoints.services.running import GENERATED, SPENT

KEPT = timedelta(minutes=5)  # nobody minds five minutes, a busy village would
MOST_NEWS = 5
MOST_MONTHS = 12  # on the village's page
MOST_REPORTS = 64  # kept, of all villages


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
_REPORTS: dict[tuple[UUID, Month], "PublicReport"] = {}


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
    sums = running.of_village(session, village_id, village_date(now))
    return Totals(sums.points(GENERATED), -sums.points(SPENT), len(sums.here()), now)


def months(session: Session, village_id: UUID, today: date) -> list[Month]:
    """The latest months with a report: those that are over, the newest first, none before the first entry."""
    oldest, last = _oldest(session, village_id), Month.of(today) - 1
    return [] if oldest is None else [last - n for n in range(MOST_MONTHS) if last - n >= oldest]


def _oldest(session: Session, village_id: UUID) -> Month | None:
    day = session.scalar(select(func.min(LedgerEntry.occurred_on)).where(LedgerEntry.village_id == village_id))
    return None if day is None else Month.of(day)


@dataclass(frozen=True, slots=True)
class PublicReport:
    """A month's report for anybody: its last published edition, else the books alone, as they stood at `made_at`."""

    made_at: datetime
    made: MonthReport
    edition: Edition | None


def report(session: Session, village_id: UUID, text: str, now: datetime) -> PublicReport:
    """A month's report as it was published; one that was not is of the books only, at most five minutes old.

    What the group found is shown to nobody before it is published. Raises BadInput for what is no month, NotFound for
    one that has not begun or lies before the books: adding one up takes half a second, and whoever asks for two
    centuries of them would never be answered from what is kept.
    """
    month, today = reports.parse_month(text), village_date(now)
    if month > Month.of(today):
        raise NotFound(N_("那个月还没有到，还没有月报。"))
    kept = _REPORTS.get((village_id, month))
    edition = next(iter(report_publish.editions(session, village_id, month)), None)
    is_new = kept is None or edition != kept.edition
    if kept is None or is_new or not kept.made_at <= now < kept.made_at + KEPT:
        if month < (_oldest(session, village_id) or Month.of(today)):
            raise NotFound(N_("没有这样的页面。"))
        while len(_REPORTS) >= MOST_REPORTS:
            _REPORTS.pop(next(iter(_REPORTS)), None)
        kept = _REPORTS[village_id, month] = _public(session, village_id, month, now, edition)
    return kept


def _public(session: Session, village_id: UUID, month: Month, now: datetime, edition: Edition | None) -> PublicReport:
    if edition is not None:
        basis = (edition.seal_number, edition.made_at)
        return PublicReport(now, reports.month_report(session, village_id, month, village_date(now), *basis), edition)
    made = reports.month_report(session, village_id, month, village_date(now))
    return PublicReport(now, replace(made, parts=replace(made.parts, audit=None)), None)


def by_id(session: Session, village_id: UUID) -> Village:
    """The village of a phone or a scan."""
    return session.get_one(Village, village_id)
