"""What households want, read in a few statements that add up in the database; nobody is named anywhere."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, case, distinct, func, select
from sqlalchemy.orm import Session

from villagepoints.domain import demand as rules
from villagepoints.domain import phrase
from villagepoints.domain.calendar import Month
from villagepoints.domain.demand import AGES, UNKNOWN, Suggestion, Window, Wish
from villagepoints.domain.redemption import EXPIRED, FULFILLED, RESERVED, SELF
from villagepoints.domain.service_request import GOODS, WITHDRAWN
from villagepoints.models import Household, Redemption, RedemptionLine, Resident, Reward, ServiceRequest
from villagepoints.services.demand_stock import Shelf, shelves

STANDS = (RESERVED, FULFILLED)
BANDS = (1, 200, 500, 1000)  # points of a balance at which the next band begins
IDLE = (3, 6, 12)  # months without a redemption at which the next band begins
MOST_WORDS, MOST_TIMES = 500, 2000  # wishes and reservations that are read one by one, the latest


@dataclass(frozen=True, slots=True)
class Part:
    """What a group of households took: how many of them, pieces, points."""

    households: int = 0
    pieces: int = 0
    points: int = 0

    def __add__(self, other: "Part") -> "Part":
        return Part(self.households + other.households, self.pieces + other.pieces, self.points + other.points)


Split = Mapping[Any, Part | None]  # None: too few households to be told apart


@dataclass(frozen=True, slots=True)
class Taken:
    """One of the goods in a period: all that went, by residency, by age group of the household's head."""

    reward_id: UUID
    name: str
    total: Part
    residencies: Split
    ages: Split


@dataclass(frozen=True, slots=True)
class Wishes:
    """What was asked for in a period: goods of the catalogue, words that several households used, how many wishes
    were read, and how many of them say what only one or two households want."""

    goods: Sequence[tuple[UUID, str, int]]
    words: Sequence[Wish]
    read: int
    single: int


@dataclass(frozen=True, slots=True)
class Held:
    """A band of households by what they hold: how many, and their points."""

    households: int
    points: int


@dataclass(frozen=True, slots=True)
class Unspent:
    """Where points sit: households by balance, and by months since the last redemption (the last band: never)."""

    balances: Mapping[int, Held | None]
    months: Mapping[int, Held | None]


@dataclass(frozen=True, slots=True)
class Demand:
    """The page."""

    taken: Sequence[Taken]
    shelves: Sequence[Shelf]
    wishes: Wishes
    unspent: Unspent
    window: Window
    suggestions: Sequence[Suggestion]


def of_village(session: Session, village_id: UUID, first: date, last: date, today: date) -> Demand:
    """Everything the page shows of a period of village dates; ten statements."""
    wishes = wished(session, village_id, first, last)
    opening = reserved(session, village_id, first, last)
    shelf = shelves(session, village_id, first, min(last, today), today)
    return Demand(
        taken=taken(session, village_id, first, last),
        shelves=shelf,
        wishes=wishes,
        unspent=unspent(session, village_id, today),
        window=opening,
        suggestions=rules.suggestions([one.goods for one in shelf], wishes.words, opening),
    )


def taken(session: Session, village_id: UUID, first: date, last: date) -> list[Taken]:
    """The goods of a period, those most households took first; one statement.

    A household is of one residency and one age group, so the groups' households add up.
    """
    names: dict[UUID, str] = {}
    residencies: dict[UUID, dict[str, Part]] = defaultdict(lambda: defaultdict(Part))
    ages: dict[UUID, dict[int, Part]] = defaultdict(lambda: defaultdict(Part))
    for id_, name, residency, age, households, pieces, points in session.execute(_cells(village_id, first, last)):
        part = Part(households, int(pieces), int(points))
        names[id_] = max(names.get(id_, ""), name)  # renamed goods stay one
        residencies[id_][residency] += part
        ages[id_][age] += part
    found = [
        Taken(id_, name, sum(ages[id_].values(), Part()), _split(residencies[id_]), _split(ages[id_]))
        for id_, name in names.items()
    ]
    return sorted(found, key=lambda one: (-one.total.households, -one.total.pieces, one.name))


def _split(parts: Mapping[Any, Part]) -> Split:
    hidden = rules.unnamed({group: part.households for group, part in parts.items()})
    return {group: None if group in hidden else part for group, part in parts.items()}


def _cells(village_id: UUID, first: date, last: date) -> Select[*tuple[Any, ...]]:
    """Goods by residency and age group; of each household once, whatever it is called in its lines."""
    head = and_(Resident.village_id == village_id, Resident.household_id == Household.id, _is_head())
    lines = (
        select(
            RedemptionLine.reward_id,
            RedemptionLine.name,
            Household.residency,
            _age_band(last).label("age"),
            Household.id.label("household_id"),
            RedemptionLine.quantity,
            (RedemptionLine.quantity * RedemptionLine.points_each).label("points"),
        )
        .select_from(Redemption)
        .join(RedemptionLine, _of_line())
        .join(Household, and_(Household.village_id == village_id, Household.id == Redemption.household_id))
        .outerjoin(Resident, head)
        .where(
            Redemption.village_id == village_id,
            Redemption.status.in_(STANDS),
            Redemption.occurred_on.between(first, last),
        )
        .subquery()
    )
    group = (lines.c.reward_id, lines.c.residency, lines.c.age)
    return select(
        lines.c.reward_id,
        func.max(lines.c.name),
        lines.c.residency,
        lines.c.age,
        func.count(distinct(lines.c.household_id)),
        func.sum(lines.c.quantity),
        func.sum(lines.c.points),
    ).group_by(*group)


def _of_line() -> ColumnElement[bool]:
    return and_(RedemptionLine.village_id == Redemption.village_id, RedemptionLine.redemption_id == Redemption.id)


def _is_head() -> ColumnElement[bool]:
    return and_(Resident.line == 0, Resident.left_on.is_(None))


def _age_band(on: date) -> ColumnElement[int]:
    """The age group of a household's head on a day, from 0; UNKNOWN where nobody wrote down when the head was born."""
    younger = [(Resident.birth_on > limit, group) for group, limit in enumerate(rules.birth_limits(on))]
    return case((Resident.birth_on.is_(None), UNKNOWN), *younger, else_=len(AGES))


def wished(session: Session, village_id: UUID, first: date, last: date) -> Wishes:
    """The wishes of a period that were not taken back; two statements."""
    asked = (
        ServiceRequest.village_id == village_id,
        ServiceRequest.kind == GOODS,
        ServiceRequest.status != WITHDRAWN,
        ServiceRequest.filed_on.between(first, last),
    )
    named = session.execute(
        select(ServiceRequest.reward_id, func.max(Reward.name), func.count(distinct(ServiceRequest.household_id)))
        .join(Reward, and_(Reward.village_id == ServiceRequest.village_id, Reward.id == ServiceRequest.reward_id))
        .where(*asked)
        .group_by(ServiceRequest.reward_id)
    )
    goods = sorted(((id_, name, number) for id_, name, number in named if id_), key=lambda one: (-one[2], one[1]))
    said = session.execute(
        select(ServiceRequest.household_id, ServiceRequest.words)
        .where(*asked, ServiceRequest.reward_id.is_(None))
        .order_by(ServiceRequest.number.desc())
        .limit(MOST_WORDS)
    ).all()
    found = phrase.phrases([(row[0], row[1]) for row in said], fewest=rules.FEWEST_WISHING)
    words = [Wish(one.words, one.households) for one in found]
    single = sum(not any(wish.words in text for wish in words) for _, text in said)
    return Wishes(goods, words, len(said), single)


def reserved(session: Session, village_id: UUID, first: date, last: date) -> Window:
    """When households reserved with their phones in a period, and how many of them never fetched it; one statement."""
    rows = session.execute(
        select(Redemption.reserved_at, Redemption.status)
        .where(
            Redemption.village_id == village_id,
            Redemption.channel == SELF,
            Redemption.batch_id.is_(None),  # a register of paper does not know the hour
            Redemption.occurred_on.between(first, last),
        )
        .order_by(Redemption.occurred_on.desc())
        .limit(MOST_TIMES)
    ).all()
    return rules.window([at for at, _ in rows], sum(status == EXPIRED for _, status in rows))


def unspent(session: Session, village_id: UUID, today: date) -> Unspent:
    """Households that live here by balance and by the months since they last took something; one statement."""
    last = (
        select(Redemption.household_id, func.max(Redemption.occurred_on).label("on"))
        .where(Redemption.village_id == village_id, Redemption.status.in_(STANDS))
        .group_by(Redemption.household_id)
        .subquery()
    )
    balance = case(*((Household.balance < limit, band) for band, limit in enumerate(BANDS)), else_=len(BANDS))
    since = [(last.c.on >= _months_ago(today, months), band) for band, months in enumerate(IDLE)]
    month = case((last.c.on.is_(None), len(IDLE) + 1), *since, else_=len(IDLE))
    each = (
        select(balance.label("in_balance"), month.label("in_month"), Household.balance)
        .outerjoin(last, last.c.household_id == Household.id)
        .where(Household.village_id == village_id, Household.left_on.is_(None))
        .subquery()
    )
    bands = (each.c.in_balance, each.c.in_month)
    rows = session.execute(select(*bands, func.count(), func.sum(each.c.balance)).group_by(*bands))
    balances: dict[int, Held] = {}
    months: dict[int, Held] = {}
    for in_balance, in_month, households, points in rows:
        for found, band in ((balances, in_balance), (months, in_month)):
            had = found.get(band, Held(0, 0))
            found[band] = Held(had.households + households, had.points + int(points))
    return Unspent(_bands(balances), _bands(months))


def _bands(bands: Mapping[int, Held]) -> dict[int, Held | None]:
    hidden = rules.unnamed({band: held.households for band, held in bands.items()})
    return {band: None if band in hidden else bands[band] for band in sorted(bands)}


def _months_ago(today: date, months: int) -> date:
    month = Month.of(today) - months
    return month.first + timedelta(days=min(today.day, month.last.day) - 1)
