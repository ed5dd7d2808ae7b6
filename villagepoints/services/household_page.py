"""The read model of a household's home page, in at most six statements, and the name of its present state."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property, lru_cache
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import Date, String, and_, bindparam, case, cast, func, literal, null, or_, select, union_all
from sqlalchemy.orm import Session, aliased

from villagepoints.domain import claim, ledger, redemption
from villagepoints.domain.calendar import Month
from villagepoints.domain.rulebook import BASE, RuleBook
from villagepoints.domain.standing import BasePart, Chance, chances, first_expiry, month_base
from villagepoints.models import Claim, EntryText, Finding, LedgerEntry, Redemption, Reward, User
from villagepoints.services import rulebook
from villagepoints.services.phone import Home
from villagepoints.services.quick_read import QuickRead

RECENT = 3  # entries on the home page; a month's base counts as one
MOST_VILLAGES = 64


class Goods(NamedTuple):
    """Something in stock that points buy."""

    points: int
    name: str


class Sum(NamedTuple):
    """Standing awards or penalties of one item on one day; a month's base is one sum with no item."""

    seq: int
    kind: str
    item_code: str | None
    occurred_on: date
    points: int
    number: int
    occasion: str | None = None


class Listed(NamedTuple):
    """A line that is listed: an entry, a finding, a redemption or a claim, as `source` says."""

    source: str
    ref: str
    kind: str
    item_code: str | None
    day: date
    until: date | None
    points: int
    number: int
    text: str
    who: str
    second: str


@dataclass(frozen=True, slots=True)
class Shelf:
    """What all households of a village have in common on a day: the rule book in force and the goods in stock."""

    book: RuleBook
    base_codes: tuple[str, ...]
    goods: tuple[Goods, ...]


@dataclass(frozen=True)
class HomePage:
    """All that the home page shows; what is derived is derived once."""

    home: Home
    today: date
    shelf: Shelf
    sums: Sequence[Sum]
    listed: Sequence[Listed]

    @cached_property
    def base(self) -> tuple[BasePart, ...]:
        """This month's base, item by item."""
        return month_base(self.shelf.book, self.findings)

    @cached_property
    def findings(self) -> list[Listed]:
        """What was found this month, the latest first."""
        return [line for line in self.listed if line.source == "finding"]

    @cached_property
    def pickups(self) -> list[Listed]:
        """Redemptions that wait to be collected."""
        return [line for line in self.listed if line.source == "redemption"]

    @cached_property
    def claims(self) -> list[Listed]:
        """Claims that wait to be reviewed."""
        return [line for line in self.listed if line.source == "claim"]

    @cached_property
    def recent(self) -> list[Listed]:
        """The last entries, a month's base as one of them."""
        bases = [
            Listed("base", "", one.kind, None, one.occurred_on, None, one.points, one.number, "", str(one.seq), "")
            for one in self.sums
            if one.item_code is None
        ]
        entries = [line for line in self.listed if line.source == "entry"]
        newest = sorted(entries + bases, key=lambda line: -int(line.ref or line.who))
        return newest[:RECENT]

    @property
    def merit(self) -> int:
        """Awards less penalties of this year; spending does not lower it."""
        return sum(one.points for one in self.sums if one.occurred_on.year == self.today.year and one.kind != "opening")

    @property
    def expires(self) -> Month | None:
        """The month in which points expire first."""
        gained = sorted(((one.occurred_on, one.points) for one in self.sums if one.points > 0), reverse=True)
        return first_expiry(self.home.balance, gained, self.shelf.book.expiry_months)

    @cached_property
    def chances(self) -> list[Chance]:
        """What can still be earned this month."""
        year = [one for one in self.sums if one.occurred_on.year == self.today.year]
        return chances(self.shelf.book, self.today, year)

    @property
    def within(self) -> Goods | None:
        """The dearest goods that the balance buys."""
        return max((one for one in self.shelf.goods if one.points <= self.home.balance), default=None)

    @property
    def next(self) -> Goods | None:
        """The cheapest goods that it does not buy yet."""
        return min((one for one in self.shelf.goods if one.points > self.home.balance), default=None)


def state_of(home: Home, today: date, *more: object) -> tuple[object, ...]:
    """The name of a page's present state: as long as it is the same, so is the page. No statement."""
    return (
        home.village_id.hex,
        home.household_id.hex,
        home.last_seq,
        home.revision,
        home.village_revision,
        today.toordinal(),
        *more,
    )


def load(session: Session, home: Home, today: date) -> HomePage:
    """The page of a household on a village date: two statements, and two more for the first of its village."""
    shelf = shelf_of(session, home, today)
    back_to = min(date(today.year, 1, 1), (Month.of(today) - shelf.book.expiry_months).first)
    month = Month.of(today)
    values = {
        "village": home.village_id,
        "household": home.household_id,
        "back_to": back_to,
        "first": month.first,
        "last": month.last,
    }
    sums = [Sum(*row) for row in _sums(shelf.base_codes)(session, values)]
    listed = [Listed(*row) for row in _listed(shelf.base_codes)(session, values)]
    return HomePage(home, today, shelf, sums, listed)


# What changes any of it raises the village's revision, so an earlier answer to the same question stays right.
_SHELVES: dict[tuple[UUID, int, date], Shelf] = {}


def shelf_of(session: Session, home: Home, today: date) -> Shelf:
    """The village's rule book and goods; two statements, or none if they were asked for before."""
    key = (home.village_id, home.village_revision, today)
    shelf = _SHELVES.get(key)
    if shelf is None:
        book = rulebook.in_force(session, home.village_id, today)
        goods = session.connection().execute(_GOODS, {"village": home.village_id})
        codes = tuple(item.code for item in book.of_kind(BASE))
        shelf = Shelf(book, codes, tuple(Goods._make(row) for row in goods))
        while len(_SHELVES) >= MOST_VILLAGES:
            _SHELVES.pop(next(iter(_SHELVES)), None)
        _SHELVES[key] = shelf
    return shelf


def _of_household(model: Any) -> Any:
    return and_(model.village_id == bindparam("village"), model.household_id == bindparam("household"))


def _unindexed(column: Any) -> Any:
    """The column as an expression no index knows: a planner without statistics else walks the whole village's rows
    of one status or day, where one household's few rows are meant."""
    return func.coalesce(column, column)


_GOODS = (
    select(Reward.points, Reward.name)
    .where(Reward.village_id == bindparam("village"), Reward.is_active.is_(True), Reward.stock > 0)
    .order_by(Reward.points, Reward.name)
)


def _is_base(codes: tuple[str, ...]) -> Any:
    # literals, because an IN of values is spelled out anew for every request
    return and_(LedgerEntry.kind == ledger.AWARD, LedgerEntry.item_code.in_([literal(code) for code in codes]))


@lru_cache(maxsize=MOST_VILLAGES)
def _sums(base_codes: tuple[str, ...]) -> QuickRead:
    """One row for each standing entry, but one in all for the base items of a month."""
    is_base = _is_base(base_codes)
    entry, undoing = LedgerEntry, aliased(LedgerEntry)
    undone = select(undoing.reverses_seq).where(_of_household(undoing), undoing.reverses_seq.is_not(None))
    return QuickRead(
        select(
            func.max(entry.seq),
            func.max(entry.kind),
            func.max(case((is_base, null()), else_=func.coalesce(entry.item_code, ""))),
            func.max(entry.occurred_on),
            func.sum(entry.points),
            func.count(),
        )
        .where(
            _of_household(entry),
            _unindexed(entry.occurred_on) >= bindparam("back_to"),
            or_(*(entry.kind == kind for kind in (ledger.AWARD, ledger.PENALTY, ledger.OPENING))),
            entry.seq.not_in(undone),
        )
        .group_by(case((is_base, 0), else_=entry.seq), case((is_base, entry.occurred_on), else_=null()))
    )


@lru_cache(maxsize=MOST_VILLAGES)
def _listed(base_codes: tuple[str, ...]) -> QuickRead:
    """The last entries but a month's base, this month's findings, and what waits: one statement."""
    no_day, none = cast(null(), Date), literal("")
    recorder, approver, finder = aliased(User), aliased(User), aliased(User)
    entry, text = LedgerEntry, EntryText
    of_text = and_(text.village_id == entry.village_id, text.household_id == entry.household_id, text.seq == entry.seq)
    recent = (
        select(
            literal("entry").label("source"),
            cast(entry.seq, String).label("ref"),
            entry.kind.label("kind"),
            entry.item_code.label("item_code"),
            entry.occurred_on.label("day"),
            no_day.label("until"),
            entry.points.label("points"),
            func.coalesce(entry.reverses_seq, 0).label("number"),
            func.coalesce(text.note, "").label("text"),
            func.coalesce(func.nullif(text.recorder, ""), recorder.name, "").label("who"),
            func.coalesce(approver.name, "").label("second"),
        )
        .outerjoin(text, of_text)
        .outerjoin(recorder, and_(recorder.village_id == entry.village_id, recorder.id == entry.recorded_by))
        .outerjoin(approver, and_(approver.village_id == entry.village_id, approver.id == entry.approved_by))
        .where(_of_household(entry), func.coalesce(_is_base(base_codes), False).is_(False))
        .order_by(entry.seq.desc())
        .limit(RECENT)
        .subquery()
    )
    found = (
        select(
            literal("finding"),
            none,
            Finding.status,
            Finding.item_code,
            Finding.found_on,
            Finding.rectify_by,
            literal(0),
            Finding.count,
            Finding.note,
            func.coalesce(finder.name, ""),
            none,
        )
        .outerjoin(finder, and_(finder.village_id == Finding.village_id, finder.id == Finding.recorded_by))
        .where(
            _of_household(Finding),
            Finding.found_on.between(bindparam("first"), bindparam("last")),
            Finding.status != "withdrawn",
        )
    )
    goods = aliased(EntryText)
    of_goods = and_(
        goods.village_id == Redemption.village_id,
        goods.household_id == Redemption.household_id,
        goods.seq == Redemption.entry_seq,
    )
    waiting = (
        select(
            literal("redemption"),
            cast(Redemption.id, String),
            Redemption.status,
            cast(null(), String),
            Redemption.occurred_on,
            Redemption.collect_by,
            Redemption.points,
            literal(0),
            func.coalesce(goods.note, ""),
            func.coalesce(Redemption.pickup_code, ""),
            none,
        )
        .outerjoin(goods, of_goods)
        .where(_of_household(Redemption), _unindexed(Redemption.status) == redemption.RESERVED)
    )
    asked = select(
        literal("claim"),
        cast(Claim.id, String),
        Claim.status,
        Claim.item_code,
        Claim.occurred_on,
        no_day,
        Claim.points,
        Claim.quantity,
        Claim.note,
        none,
        none,
    ).where(_of_household(Claim), _unindexed(Claim.status) == claim.WAITING)
    return QuickRead(union_all(select(recent), found, waiting, asked))
