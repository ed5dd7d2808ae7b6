"""A month's base read from the books: who gets one, what lowers it, and what stands in the ledger for it already."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, func, or_, select
from sqlalchemy.orm import Session

from villagepoints.domain import ledger
from villagepoints.domain.calendar import Month
from villagepoints.domain.finding import COUNTED, PERSUADED
from villagepoints.domain.rulebook import BASE, RuleBook, base_of_month
from villagepoints.models import Finding, Household, LedgerEntry, MonthClose
from villagepoints.services import crossed
from villagepoints.services.undone import undone


class Lives(NamedTuple):
    """A household that gets the base of a month."""

    id: UUID
    number: str
    head_name: str
    group_no: int | None
    residency: str


def living(village_id: UUID, month: Month) -> list[ColumnElement[bool]]:
    """The condition that a household of the village had come by the month's last day and lived there after it."""
    return [
        Household.village_id == village_id,
        or_(Household.left_on.is_(None), Household.left_on > month.last),
        or_(Household.joined_on.is_(None), Household.joined_on <= month.last),
    ]


def households(village_id: UUID, month: Month) -> Select[UUID, str, str, int | None, str]:
    """The households that get the month's base, by group and number."""
    columns = (Household.id, Household.number, Household.head_name, Household.group_no, Household.residency)
    return select(*columns).where(*living(village_id, month)).order_by(Household.group_no, Household.number)


def lowers(month: Month) -> ColumnElement[bool]:
    """The condition that a finding counts in the month, or was made in it and will count if it is not put right."""
    return or_(
        and_(Finding.status == COUNTED, Finding.counts_on.between(month.first, month.last)),
        and_(Finding.status == PERSUADED, Finding.found_on.between(month.first, month.last)),
    )


def codes(book: RuleBook) -> list[str]:
    """The codes of the book's base items, in its order."""
    return [item.code for item in book.of_kind(BASE)]


def state(session: Session, village_id: UUID, month: Month) -> str:
    """Whether the month is `closing` or `closed`; empty while it is open."""
    return (
        session.scalar(
            select(MonthClose.status).where(MonthClose.village_id == village_id, MonthClose.month == str(month))
        )
        or ""
    )


def standing(village_id: UUID, month: Month, book: RuleBook) -> Select[*tuple[Any, ...]]:
    """Household, item and points of every base entry of the month that was not reversed."""
    return select(LedgerEntry.household_id, LedgerEntry.item_code, LedgerEntry.points).where(
        LedgerEntry.village_id == village_id,
        LedgerEntry.occurred_on == month.last,
        LedgerEntry.kind == ledger.AWARD,
        LedgerEntry.item_code.in_(codes(book)),
        ~undone(),
    )


def posted(
    session: Session, village_id: UUID, month: Month, book: RuleBook, of: Iterable[UUID] | None = None
) -> dict[UUID, set[str]]:
    """The items whose base entry of the month stands in the ledger, by household; of these households, or of all."""
    found: dict[UUID, set[str]] = defaultdict(set)
    query = standing(village_id, month, book)
    if of is not None:
        query = query.where(LedgerEntry.household_id.in_(list(of)))
    for household_id, code, _ in session.execute(query):
        found[household_id].add(code)
    return found


def earned(
    session: Session, village_id: UUID, month: Month, book: RuleBook, of: Sequence[UUID]
) -> dict[UUID, dict[str, int]]:
    """What each base item earns these households in the month, from what counts in it; two statements."""
    counted: dict[UUID, dict[str, int]] = defaultdict(dict)
    rows = session.execute(
        select(Finding.household_id, Finding.item_code, func.sum(Finding.count))
        .where(
            Finding.village_id == village_id,
            Finding.status == COUNTED,
            Finding.counts_on.between(month.first, month.last),
        )
        .group_by(Finding.household_id, Finding.item_code)
    )
    for household_id, code, count in rows:
        counted[household_id][code] = int(count)
    red = crossed.households(session, village_id, month.first, month.last)
    return {id_: base_of_month(book, counted.get(id_, {}), crossed_red_line=id_ in red) for id_ in of}
