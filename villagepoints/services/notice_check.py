"""Hold the notices against what was posted from them: nothing before its days were over, nothing forgotten."""

from collections.abc import Iterator
from typing import Any
from uuid import UUID

from sqlalchemy import Select, and_, select
from sqlalchemy.orm import Session

from villagepoints.domain import claim, notice
from villagepoints.domain.calendar import village_date
from villagepoints.models import Claim, Household, LedgerEntry, Notice


def wrong_items(session: Session, village_id: UUID) -> Iterator[tuple[str, int | None, str]]:
    """Every item of a notice that was posted too early or is left on one that counts as done: the household's number,
    the entry and what is wrong."""
    of_notice = and_(Notice.village_id == Claim.village_id, Notice.id == Claim.notice_id)
    of_household = and_(Household.village_id == Claim.village_id, Household.id == Claim.household_id)
    of_entry = and_(
        LedgerEntry.village_id == Claim.village_id,
        LedgerEntry.household_id == Claim.household_id,
        LedgerEntry.seq == Claim.entry_seq,
    )
    items: Select[*tuple[Any, ...]] = (
        select(Household.number, Claim.status, Notice, LedgerEntry.seq, LedgerEntry.recorded_at)
        .join(Notice, of_notice)
        .join(Household, of_household)
        .outerjoin(LedgerEntry, of_entry)
        .where(Claim.village_id == village_id)
        .order_by(Notice.number, Household.number)
    )
    for number, status, on, seq, recorded_at in session.execute(items):
        if status == claim.POSTED and seq is None:
            yield number, None, f"第 {on.number} 号公示里的一条说是入账了，账上没有。"
        elif status == claim.POSTED and village_date(recorded_at) <= on.closes_on:
            yield number, seq, f"第 {on.number} 号公示到 {on.closes_on} 才满，这一条提前入账了。"
        elif status == claim.APPROVED and on.status == notice.POSTED:
            yield number, None, f"第 {on.number} 号公示办完了，却还有一条没有入账。"
