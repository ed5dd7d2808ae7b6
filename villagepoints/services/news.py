"""What happened to a household since somebody of it was told, whom to call about it, and that it was told."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, func, or_, select, union_all, update
from sqlalchemy.orm import Session

from villagepoints.domain import news
from villagepoints.domain.actor import Actor
from villagepoints.domain.calendar import village_date
from villagepoints.domain.errors import N_, NotAllowed, NotFound
from villagepoints.models import Household, Phone, Resident, User
from villagepoints.services import news_reads, once, rulebook
from villagepoints.services.news_reads import FIRST_AT, SINCE
from villagepoints.services.paging import Page, Wanted
from villagepoints.services.transaction import transaction

NO_PHONE, QUIET = "no_phone", "quiet"
MOST_SLIPS = 100  # printed at once
MOST_LINES = 6  # read out to one household; what is more it reads in its records


class News(NamedTuple):
    """One thing that happened; what the columns hold follows from `source`."""

    source: str
    household_id: UUID
    at: datetime
    ref: str
    kind: str | None
    item_code: str | None
    item_name: str
    day: date | None
    until: date | None
    points: int
    number: int
    text: str
    who: str


class Told(NamedTuple):
    """Up to when a household was told what happened, and by whom; both None where it never was, no name where it
    read it on its own phone."""

    at: datetime | None
    by: str | None


@dataclass(frozen=True, slots=True)
class Called:
    """A household to be told, and the newest of what happened to it; `more` things are not listed."""

    id: UUID
    number: str
    head_name: str
    group_no: int | None
    is_elder: bool
    balance: int
    told_at: datetime | None
    phone: str
    has_phone: bool
    lines: Sequence[News] = ()
    more: int = 0

    @property
    def up_to(self) -> datetime:
        """The newest of it: whoever hears this, knows everything until then."""
        return self.lines[0].at


@dataclass(frozen=True, slots=True)
class Filter:
    """Which households are to be told: of a group, without a phone that opens its page, or silent on theirs."""

    group_no: int | None = None
    whom: str = ""


def of_household(
    session: Session, village_id: UUID, household_id: UUID, now: datetime, wanted: Wanted, *, all_days: bool = False
) -> Page[News]:
    """One page of what a household was not told yet (or, with `all_days`, of all the last days), the newest first;
    one statement."""
    since: Any = FIRST_AT if all_days else SINCE
    of_it = and_(Household.village_id == village_id, Household.id == household_id)
    happened = union_all(*(arm.where(of_it) for arm in news_reads.arms(since))).subquery()
    statement = select(happened).order_by(happened.c.at.desc(), happened.c.source, happened.c.ref)
    cut = statement.limit(wanted.size + 1).offset(wanted.offset)
    rows = [News._make(row) for row in session.execute(cut, _values(session, village_id, now))]
    return Page(rows[: wanted.size], wanted.number, wanted.size, None, more=len(rows) > wanted.size)


def told(session: Session, village_id: UUID, household_id: UUID) -> Told:
    """Up to when the household was told; one statement."""
    by = and_(User.village_id == Household.village_id, User.id == Household.told_by)
    of_it = (Household.village_id == village_id, Household.id == household_id)
    return Told._make(session.execute(select(Household.told_at, User.name).outerjoin(User, by).where(*of_it)).one())


def to_call(session: Session, village_id: UUID, which: Filter, now: datetime, wanted: Wanted) -> Page[Called]:
    """One page of the households to be called on, elders first, then by group and number; two statements."""
    values = _values(session, village_id, now)
    conditions = [Household.village_id == village_id, Household.left_on.is_(None), _is_to_call(which.whom, now)]
    if which.group_no is not None:
        conditions.append(Household.group_no == which.group_no)
    number = (
        select(func.max(Resident.phone))
        .where(Resident.village_id == Household.village_id, Resident.household_id == Household.id, Resident.line == 0)
        .correlate(Household)
        .scalar_subquery()
    )
    columns = (Household.id, Household.number, Household.head_name, Household.group_no, Household.is_elder)
    statement: Select[*tuple[Any, ...]] = (
        # counted on the way: who has news is found out once
        select(func.count().over(), *columns, Household.balance, Household.told_at, func.coalesce(number, ""))
        .add_columns(_phone(now).exists())
        .where(*conditions)
        .order_by(Household.is_elder.desc(), Household.group_no, Household.number)
    )
    rows = session.execute(statement.limit(wanted.size).offset(wanted.offset), values).all()
    lines = _lines(session, village_id, [row[1] for row in rows], values)
    # somebody may have told a household between the two statements
    told_of: list[tuple[Any, list[News]]] = [(row[1:], lines[row[1]]) for row in rows if lines[row[1]]]
    called = [replace(Called(*row), lines=of_it[:MOST_LINES], more=len(of_it[MOST_LINES:])) for row, of_it in told_of]
    return Page(called, wanted.number, wanted.size, rows[0][0] if rows else 0)


def _lines(
    session: Session, village_id: UUID, households: Sequence[UUID], values: dict[str, Any]
) -> dict[UUID, list[News]]:
    lines: dict[UUID, list[News]] = {id_: [] for id_ in households}
    if households:
        of_them = and_(Household.village_id == village_id, Household.id.in_(households))
        happened = union_all(*(arm.where(of_them) for arm in news_reads.arms())).subquery()
        newest = select(happened).order_by(happened.c.at.desc(), happened.c.source, happened.c.ref)
        for row in session.execute(newest, values):
            lines[row.household_id].append(News._make(row))
    return lines


def _values(session: Session, village_id: UUID, now: datetime) -> dict[str, Any]:
    today = village_date(now)
    return news_reads.values(rulebook.in_force(session, village_id, today), today)


def _phone(now: datetime) -> Any:
    """A phone that opens the household's page."""
    return select(Phone.id).where(
        Phone.village_id == Household.village_id,
        Phone.household_id == Household.id,
        Phone.revoked_at.is_(None),
        Phone.expires_at > now,
    )


def _is_to_call(whom: str, now: datetime) -> ColumnElement[bool]:
    """Whoever has news and no phone to read them on, or left them unread for long without using the phone."""
    quiet_since = now - news.QUIET
    without = and_(~_phone(now).exists(), news_reads.has_news())
    used = _phone(now).where(Phone.pin_at > quiet_since).exists()
    quiet = and_(_phone(now).exists(), ~used, news_reads.has_old_news(quiet_since))
    return {NO_PHONE: without, QUIET: quiet}.get(whom, or_(without, quiet))


@transaction
def tell(
    session: Session, actor: Actor, *, key: str, household_ids: Sequence[UUID], up_to: datetime, now: datetime
) -> int:
    """Keep that households know what happened up to the newest that was shown; how many they are.

    What came later stays new, and nobody is told less than before. A phone speaks for its own household only:
    NotAllowed; NotFound where the village has not all of them.
    """
    request = {"told": sorted(household_ids), "up_to": up_to.isoformat(), "by": actor.user_id}
    if (earlier := once.claim(session, actor.village_id, key, request, now)) is not None:
        return int(earlier["households"])
    if actor.household_id is not None and set(household_ids) != {actor.household_id}:
        raise NotAllowed(N_("只能替自己家点，什么都没有改。"))
    of_them = (Household.village_id == actor.village_id, Household.id.in_(household_ids))
    # in the order in which everybody locks several: two who tell overlapping households would wait for each other
    locked = select(Household.id).where(*of_them).order_by(Household.id).with_for_update(key_share=True)
    found = len(session.scalars(locked).all())
    if found != len(set(household_ids)):
        raise NotFound(N_("村里没有这一户。"))
    session.execute(
        update(Household)
        .where(*of_them, or_(Household.told_at.is_(None), Household.told_at < up_to))
        .values(told_at=min(up_to, now), told_by=actor.user_id, revision=Household.revision + 1)
        .execution_options(synchronize_session=False)
    )
    once.answer(session, actor.village_id, key, {"households": found})
    return found
