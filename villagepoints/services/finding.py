"""Reading findings: what was found in the lanes this month and what must be put right by when."""

from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import Select, and_, func, select
from sqlalchemy.orm import Session

from villagepoints.domain.calendar import Month
from villagepoints.models import Finding, Household, RuleItem, User
from villagepoints.services.paging import Page, Wanted


@dataclass(frozen=True, slots=True)
class FindingRow:
    """A line of the list of findings."""

    id: UUID
    household_id: UUID
    number: str
    head_name: str
    group_no: int | None
    item_code: str
    item_name: str
    count: int
    found_on: date
    note: str
    status: str
    rectify_by: date | None
    recorder: str | None


def listed(session: Session, village_id: UUID, month: Month, status: str, wanted: Wanted) -> Page[FindingRow]:
    """One page of a month's findings (of one status, if given), by group and household; two statements."""
    conditions = [Finding.village_id == village_id, Finding.found_on.between(month.first, month.last)]
    if status:
        conditions.append(Finding.status == status)
    total = session.scalars(select(func.count()).select_from(Finding).where(*conditions)).one()
    of_book = and_(RuleItem.version == Finding.rulebook_version, RuleItem.code == Finding.item_code)
    statement: Select[*tuple[Any, ...]] = (
        select(
            Finding.id,
            Finding.household_id,
            Household.number,
            Household.head_name,
            Household.group_no,
            Finding.item_code,
            RuleItem.name,
            Finding.count,
            Finding.found_on,
            Finding.note,
            Finding.status,
            Finding.rectify_by,
            User.name,
        )
        .join(Household, and_(Household.village_id == Finding.village_id, Household.id == Finding.household_id))
        .join(RuleItem, and_(RuleItem.village_id == Finding.village_id, of_book))
        .outerjoin(User, and_(User.village_id == Finding.village_id, User.id == Finding.recorded_by))
        .where(*conditions)
        .order_by(Household.group_no, Household.number, Finding.item_code, Finding.id)
        .limit(wanted.size)
        .offset(wanted.offset)
    )
    return Page([FindingRow(*row) for row in session.execute(statement)], wanted.number, wanted.size, total)
