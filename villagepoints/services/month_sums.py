"""The books of some months by item and kind: what items are used for, what is generated and what is spent."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from villagepoints.domain import ledger
from villagepoints.domain.calendar import Month
from villagepoints.domain.rule_use import ItemSum
from villagepoints.domain.rulebook import PENALTY, RuleBook
from villagepoints.models import LedgerEntry
from villagepoints.services import rulebook
from villagepoints.services.counted import Counted, counted

MONTHS = 12


@dataclass(frozen=True, slots=True)
class Sums:
    """Twelve months until today: entries by item, and the points generated and redeemed in each month that has any."""

    items: tuple[ItemSum, ...]
    generated: Mapping[Month, int]
    redeemed: Mapping[Month, int]


def year(session: Session, village_id: UUID, today: date, now: datetime) -> Counted[Sums]:
    """The sums of this month and the eleven before it; three statements, two where they are kept."""
    books = {book.version: book for book in rulebook.versions(session, village_id)}
    asked = (Month.of(today), len(books))
    return counted(session, village_id, "month_sums", asked, now, lambda: _count(session, village_id, books, today))


def _count(session: Session, village_id: UUID, books: Mapping[int, RuleBook], today: date) -> Sums:
    first = (Month.of(today) - (MONTHS - 1)).first
    groups = (LedgerEntry.occurred_on, LedgerEntry.kind, LedgerEntry.item_code, LedgerEntry.rulebook_version)
    rows = session.execute(
        select(*groups, func.sum(LedgerEntry.points), func.count())
        .where(LedgerEntry.village_id == village_id, LedgerEntry.occurred_on.between(first, today))
        .group_by(*groups)
    )
    items: dict[tuple[int, str, str], tuple[int, int]] = defaultdict(lambda: (0, 0))
    generated: dict[Month, int] = defaultdict(int)
    redeemed: dict[Month, int] = defaultdict(int)
    for on, kind, code, version, total, entries in rows:
        points, month = int(total), Month.of(on)
        if kind in (ledger.REDEMPTION, ledger.REFUND):
            redeemed[month] -= points
        elif code is not None and version is not None and version in books:
            had = items[version, code, kind]
            items[version, code, kind] = had[0] + points, had[1] + entries
            if (item := books[version].items.get(code)) is not None and item.kind != PENALTY:
                generated[month] += points
    found = tuple(ItemSum(version, code, kind, *sums) for (version, code, kind), sums in items.items())
    return Sums(found, dict(generated), dict(redeemed))
