"""动迁上楼户 as village and neighbourhood committee look after them: found, listed, one of them in full.

A committee's account reads what upkeep and visits need: where, the head's name, a telephone number, how many live
there, whether they are old, what was found and agreed. Balances, entries, redemptions, birth dates and the other
people's names are none of its business and are not read at all.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, func, or_, select
from sqlalchemy.orm import Session

from villagepoints.domain import finding
from villagepoints.domain import joint_session as joint
from villagepoints.domain.calendar import Month
from villagepoints.domain.errors import N_, NotFound
from villagepoints.models import Finding, Household, JointItem, JointSession, Neighbourhood, Relocation, Resident
from villagepoints.services import household as households
from villagepoints.services.paging import Page, Sortable, Wanted, order
from villagepoints.services.quick_read import unindexed

OF_HOME = and_(Relocation.village_id == Household.village_id, Relocation.household_id == Household.id)
HERE = (Household.residency == "relocated", Household.left_on.is_(None))
SHOWN = 30  # findings and agreed points on one household's page


@dataclass(frozen=True, slots=True, kw_only=True)
class Filter:
    """Which relocated households are wanted: words of their address, number or head's name, whose they are, only those
    of nobody, only elders', only those with something open, or these very ones."""

    words: str = ""
    neighbourhood_id: UUID | None = None
    unassigned: bool = False
    elders: bool = False
    open_only: bool = False
    ids: frozenset[UUID] = frozenset()


@dataclass(frozen=True, slots=True)
class Match:
    """A household that matches, and whose it is."""

    id: UUID
    number: str
    head_name: str
    address: str
    neighbourhood_id: UUID | None


@dataclass(frozen=True, slots=True)
class RelocatedRow:
    """A line of the list: where it lives and who looks after it, what was found this month and what is still open."""

    id: UUID
    number: str
    head_name: str
    address: str
    is_elder: bool
    neighbourhood: str | None
    phone: str | None
    people: int
    found: int
    persuaded: int
    agreed: int


@dataclass(frozen=True, slots=True)
class Found:
    """A finding of this month, or one that is still to be put right."""

    id: UUID
    rulebook_version: int
    item_code: str
    count: int
    found_on: date
    note: str
    status: str
    rectify_by: date | None


@dataclass(frozen=True, slots=True)
class Agreed:
    """Something that a joint session agreed on for a household."""

    session_id: UUID
    quarter: str
    subject: str
    agreed: str
    owner: str
    due_on: date | None
    status: str


@dataclass(frozen=True, slots=True)
class Whole:
    """One household: its line, its committee, what was found and what was agreed, the latest first."""

    row: RelocatedRow
    neighbourhood_id: UUID | None
    found: Sequence[Found]
    agreed: Sequence[Agreed]


def listed(session: Session, village_id: UUID, today: date, asked: Filter, wanted: Wanted) -> Page[RelocatedRow]:
    """One page of the relocated households that match, with what its counts add up to; two statements."""
    conditions, counts = _conditions(village_id, asked), _counts(today)
    sums = {name: func.coalesce(func.sum(part), 0).label(name) for name, part in counts.items()}
    total, *added = session.execute(_from(select(func.count(), *sums.values())).where(*conditions)).one()
    columns: dict[str, Sortable] = {
        "address": Household.address,
        "number": Household.number,
        "name": Household.head_name,
        "elder": Household.is_elder,
        "committee": Neighbourhood.name,
        **counts,
    }
    by = order(wanted.sort, columns, [Household.address.asc(), Household.number.asc()], Household.number)
    rows = session.execute(
        _from(_columns(today)).where(*conditions).order_by(*by).limit(wanted.size).offset(wanted.offset)
    )
    found = [RelocatedRow(*row) for row in rows]
    return Page(found, wanted.number, wanted.size, total, wanted.sort, sums=dict(zip(sums, added, strict=True)))


def matching(session: Session, village_id: UUID, asked: Filter) -> list[Match]:
    """Every relocated household that matches, by address; one statement."""
    columns: Select[*tuple[Any, ...]] = select(
        Household.id, Household.number, Household.head_name, Household.address, Relocation.neighbourhood_id
    )
    rows = session.execute(
        _from(columns).where(*_conditions(village_id, asked)).order_by(Household.address, Household.number)
    )
    return [Match(*row) for row in rows]


def names(session: Session, village_id: UUID, ids: Sequence[UUID]) -> list[str]:
    """Where those of these households live that are relocated, by address; one statement."""
    return [
        f"{row.number} {row.head_name} {row.address}"
        for row in matching(session, village_id, Filter(ids=frozenset(ids)))
    ]


def unassigned(session: Session, village_id: UUID) -> int:
    """How many relocated households no committee looks after; one statement."""
    wanted = _conditions(village_id, Filter(unassigned=True))
    return int(session.scalars(_from(select(func.count())).where(*wanted)).one())


def one(session: Session, village_id: UUID, household_id: UUID, only: UUID | None, today: date) -> Whole:
    """A relocated household of the village, of that committee alone where `only` is given; NotFound for any other.
    Three statements."""
    mine = _conditions(village_id, Filter(neighbourhood_id=only, ids=frozenset({household_id})))
    row = session.execute(_from(_columns(today).add_columns(Relocation.neighbourhood_id)).where(*mine)).one_or_none()
    if row is None:
        raise NotFound(N_("动迁上楼户里没有这一户。"))
    *columns, neighbourhood_id = row
    return Whole(
        RelocatedRow(*columns),
        neighbourhood_id,
        _found(session, village_id, household_id, today),
        _agreed(session, village_id, household_id),
    )


def id_of(session: Session, village_id: UUID, number: str, only: UUID) -> UUID:
    """The committee's household with that number, in any case and width; NotFound for any other, said alike whether the
    village has it or not; one statement."""
    wanted = households.tidy(number).upper()
    mine = _conditions(village_id, Filter(neighbourhood_id=only))
    found: UUID | None = session.scalar(
        _from(select(Household.id)).where(*mine, func.upper(Household.number) == wanted)
    )
    if found is None:
        raise NotFound(N_("这个居委会的动迁上楼户里没有户号「%(number)s」，请核对后再填。"), number=number.strip()[:20])
    return found


def _found(session: Session, village_id: UUID, household_id: UUID, today: date) -> list[Found]:
    rows = session.execute(
        select(
            Finding.id,
            Finding.rulebook_version,
            Finding.item_code,
            Finding.count,
            Finding.found_on,
            Finding.note,
            Finding.status,
            Finding.rectify_by,
        )
        .where(
            Finding.village_id == village_id,
            Finding.household_id == household_id,
            Finding.status != finding.WITHDRAWN,
            or_(Finding.found_on >= Month.of(today).first, Finding.status == finding.PERSUADED),
        )
        .order_by(Finding.found_on.desc(), Finding.id.desc())
        .limit(SHOWN)
    )
    return [Found(*row) for row in rows]


def _agreed(session: Session, village_id: UUID, household_id: UUID) -> list[Agreed]:
    of_session = and_(JointSession.village_id == JointItem.village_id, JointSession.id == JointItem.joint_session_id)
    rows = session.execute(
        select(
            JointSession.id,
            JointSession.quarter,
            JointItem.subject,
            JointItem.agreed,
            JointItem.owner,
            JointItem.due_on,
            JointItem.status,
        )
        .join(JointSession, of_session)
        .where(
            JointItem.village_id == village_id,
            JointItem.household_id == household_id,
            JointSession.status == joint.CLOSED,
            JointItem.status != joint.CARRIED,
            JointItem.agreed != "",
        )
        .order_by(JointSession.quarter.desc(), JointItem.position)
        .limit(SHOWN)
    )
    return [Agreed(*row) for row in rows]


def _from(columns: Select[*tuple[Any, ...]]) -> Select[*tuple[Any, ...]]:
    of_committee = and_(
        Neighbourhood.village_id == Relocation.village_id, Neighbourhood.id == Relocation.neighbourhood_id
    )
    return columns.select_from(Household).outerjoin(Relocation, OF_HOME).outerjoin(Neighbourhood, of_committee)


def _columns(today: date) -> Select[*tuple[Any, ...]]:
    phone = select(Resident.phone).where(_LIVES, Resident.phone != "").order_by(Resident.line).limit(1)
    return select(
        Household.id,
        Household.number,
        Household.head_name,
        Household.address,
        Household.is_elder,
        Neighbourhood.name,
        phone.correlate(Household).scalar_subquery(),
        *_counts(today).values(),
    )


_LIVES = and_(
    Resident.village_id == Household.village_id, Resident.household_id == Household.id, Resident.left_on.is_(None)
)


def _counts(today: date) -> dict[str, ColumnElement[int]]:
    of_finding = and_(Finding.village_id == Household.village_id, Finding.household_id == Household.id)
    this_month = Finding.found_on.between(Month.of(today).first, Month.of(today).last)
    of_item = and_(JointItem.village_id == Household.village_id, JointItem.household_id == Household.id)
    # found by the household: all that is open in the village would be looked through for each
    counted = {
        "people": (Resident, _LIVES),
        "found": (Finding, and_(of_finding, this_month, Finding.status != finding.WITHDRAWN)),
        "persuaded": (Finding, and_(of_finding, unindexed(Finding.status) == finding.PERSUADED)),
        "agreed": (JointItem, and_(of_item, unindexed(JointItem.status) == joint.OPEN)),
    }
    return {
        name: select(func.count()).select_from(model).where(which).correlate(Household).scalar_subquery()
        for name, (model, which) in counted.items()
    }


def _conditions(village_id: UUID, asked: Filter) -> list[ColumnElement[bool]]:
    conditions = [Household.village_id == village_id, *HERE]
    if words := households.tidy(asked.words):
        columns = (Household.address, Household.head_name, Household.number)
        conditions.append(or_(*(func.upper(one).contains(words.upper(), autoescape=True) for one in columns)))
    if asked.unassigned:
        conditions.append(Relocation.household_id.is_(None))
    if asked.neighbourhood_id is not None:
        conditions.append(Relocation.neighbourhood_id == asked.neighbourhood_id)
    if asked.elders:
        conditions.append(Household.is_elder.is_(True))
    if asked.open_only:
        of_it = and_(Finding.village_id == Household.village_id, Finding.household_id == Household.id)
        conditions.append(select(Finding.id).where(of_it, unindexed(Finding.status) == finding.PERSUADED).exists())
    if asked.ids:
        conditions.append(Household.id.in_(asked.ids))
    return conditions
