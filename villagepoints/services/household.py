"""Households as the desk finds them: searched, sorted and paged by the database."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, exists, func, or_, select, update
from sqlalchemy.orm import InstrumentedAttribute, Session

from villagepoints.domain.errors import N_, NotFound
from villagepoints.models import Card, Household, Resident
from villagepoints.services.paging import Page, Wanted, order

SORTS: dict[str, InstrumentedAttribute[Any]] = {
    "number": Household.number,
    "name": Household.head_name,
    "group": Household.group_no,
    "residency": Household.residency,
    "elder": Household.is_elder,
    "address": Household.address,
    "balance": Household.balance,
}
FULL_WIDTH = {0xFF01 + i: 0x21 + i for i in range(94)} | {0x3000: 0x20}


@dataclass(frozen=True, slots=True)
class Filter:
    """Which households are wanted: words of a search box, group, residency, elders only."""

    words: str = ""
    group_no: int | None = None
    residency: str = ""
    elders: bool = False


@dataclass(frozen=True, slots=True)
class HouseholdRow:
    """A line of the list; `people` counts who lives there, `matched` names the person the words found."""

    id: UUID
    number: str
    group_no: int | None
    residency: str
    head_name: str
    address: str
    is_elder: bool
    balance: int
    people: int
    matched: str | None


@dataclass(frozen=True, slots=True)
class ResidentRow:
    """A person of a household as its page shows them."""

    id: UUID
    name: str
    relation: str
    sex: str
    birth_on: date | None
    phone: str
    left_on: date | None
    left_reason: str
    line: int

    @property
    def is_head(self) -> bool:
        """Whether the household goes by this person."""
        return self.line == 0 and self.left_on is None


@dataclass(frozen=True, slots=True)
class CardRow:
    """A household's card: its number, since when, when it was opened, whether an opening code is still good."""

    number: int
    issued_at: datetime
    opened_at: datetime | None
    has_opening_code: bool


def search(session: Session, village_id: UUID, wanted: Filter, page: Wanted) -> Page[HouseholdRow]:
    """One page of the households that match, in two statements."""
    conditions = [Household.village_id == village_id, Household.left_on.is_(None), *_conditions(wanted)]
    sums = (func.count(), func.sum(_people()), func.sum(Household.balance))
    total, people, balance = session.execute(select(*sums).select_from(Household).where(*conditions)).one()
    sort = page.sort or "number"
    by = order(sort, SORTS, [Household.number.asc()], Household.number)
    statement = _rows(wanted).where(*conditions).order_by(*by).limit(page.size).offset(page.offset)
    rows = [HouseholdRow(*row) for row in session.execute(statement)]
    added = {"people": int(people or 0), "balance": int(balance or 0)}
    return Page(rows, page.number, page.size, total, sort, sums=added)


def names(session: Session, village_id: UUID, household_ids: Sequence[UUID]) -> list[str]:
    """Number and head of each of these households, by number; one statement."""
    those = (Household.village_id == village_id, Household.id.in_(household_ids))
    rows = session.execute(select(Household.number, Household.head_name).where(*those).order_by(Household.number))
    return [f"{number} {head_name}" for number, head_name in rows]


def get(session: Session, village_id: UUID, household_id: UUID) -> Household:
    """A household of the village; NotFound otherwise."""
    household = session.get(Household, (village_id, household_id))
    if household is None:
        raise NotFound(N_("村里没有这一户。"))
    return household


def by_number(session: Session, village_id: UUID, number: str) -> Household:
    """The household with that number, in any case and width; NotFound otherwise."""
    wanted = tidy(number).upper()
    household = session.scalars(
        select(Household).where(Household.village_id == village_id, func.upper(Household.number) == wanted)
    ).one_or_none()
    if household is None:
        raise NotFound(N_("没有户号「%(number)s」，请核对后再填。"), number=number.strip()[:20])
    return household


def residents(session: Session, village_id: UUID, household_id: UUID) -> Sequence[ResidentRow]:
    """Who lives in a household, its head first; people who left come last."""
    rows = session.execute(
        select(
            Resident.id,
            Resident.name,
            Resident.relation,
            Resident.sex,
            Resident.birth_on,
            Resident.phone,
            Resident.left_on,
            Resident.left_reason,
            Resident.line,
        )
        .where(Resident.village_id == village_id, Resident.household_id == household_id)
        .order_by(Resident.left_on.is_not(None), Resident.line)
    )
    return [ResidentRow(*row) for row in rows]


def touch(session: Session, village_id: UUID, household_id: UUID) -> None:
    """Count a change of a household's page that is no entry, so that no page kept on a phone is taken for current."""
    session.execute(
        update(Household)
        .where(Household.village_id == village_id, Household.id == household_id)
        .values(revision=Household.revision + 1)
        .execution_options(synchronize_session=False)
    )


def living_card(session: Session, village_id: UUID, household_id: UUID) -> CardRow | None:
    """The card that is valid now; None if the household has none."""
    row = session.execute(
        select(Card.number, Card.issued_at, Card.opened_at, Card.opening_sha256.is_not(None)).where(
            Card.village_id == village_id, Card.household_id == household_id, Card.revoked_at.is_(None)
        )
    ).one_or_none()
    return CardRow(*row) if row else None


def groups(session: Session, village_id: UUID) -> Sequence[int]:
    """The group numbers there are, ascending."""
    statement = select(Household.group_no).where(Household.village_id == village_id, Household.group_no.is_not(None))
    numbers = session.scalars(statement.distinct().order_by(Household.group_no))
    return [number for number in numbers if number is not None]


def _lives_in() -> ColumnElement[bool]:
    return and_(
        Resident.village_id == Household.village_id, Resident.household_id == Household.id, Resident.left_on.is_(None)
    )


def _people() -> ColumnElement[int]:
    return select(func.count()).where(_lives_in()).correlate(Household).scalar_subquery()


def _rows(wanted: Filter) -> Select[UUID, str, int | None, str, str, str, bool, int, int, str | None]:
    found = select(func.min(Resident.name)).where(_lives_in(), _person(wanted.words)).correlate(Household)
    return select(
        Household.id,
        Household.number,
        Household.group_no,
        Household.residency,
        Household.head_name,
        Household.address,
        Household.is_elder,
        Household.balance,
        _people().label("people"),
        found.scalar_subquery().label("matched"),
    )


def _conditions(wanted: Filter) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    if words := tidy(wanted.words):
        by_person = exists().where(_lives_in(), _person(words)).correlate(Household)
        number = func.upper(Household.number).contains(words.upper(), autoescape=True)
        conditions.append(or_(number, Household.head_name.startswith(words, autoescape=True), by_person))
    if wanted.group_no is not None:
        conditions.append(Household.group_no == wanted.group_no)
    if wanted.residency:
        conditions.append(Household.residency == wanted.residency)
    if wanted.elders:
        conditions.append(Household.is_elder.is_(True))
    return conditions


def tidy(words: str) -> str:
    """What was typed in a search box: full-width made narrow, spaces dropped, at most 40 characters."""
    return "".join(c for c in words.translate(FULL_WIDTH) if c.isprintable() and c != " ")[:40]


def _person(words: str) -> ColumnElement[bool]:
    """Whether a resident's name, pinyin, initials (any stored reading) or phone tail is what was typed."""
    words = tidy(words)
    if not words:
        return Resident.id.is_(None)
    small = words.lower()
    if words.isascii() and words.isdigit():
        return Resident.phone_tail == words if len(words) == 4 else Resident.phone == words
    return or_(
        Resident.name.contains(words, autoescape=True),
        Resident.initials == small,
        Resident.initials.startswith(small, autoescape=True),
        Resident.initials.contains(" " + small, autoescape=True),
        Resident.pinyin.startswith(small, autoescape=True),
        Resident.pinyin.contains(" " + small, autoescape=True),
    )
