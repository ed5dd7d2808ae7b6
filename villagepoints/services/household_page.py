"""The read model of a household's home page, in at most six statements, and the name of its present state."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import cached_property
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy.orm import Session

from villagepoints.domain import expiry
from villagepoints.domain.calendar import SHANGHAI, Month
from villagepoints.domain.finding import PERSUADED
from villagepoints.domain.ledger import AWARD, OPENING, TRANSFER
from villagepoints.domain.rulebook import BASE, RuleBook
from villagepoints.domain.standing import BasePart, Chance, chances, first_expiry, month_base
from villagepoints.services import household_reads, news_reads, rulebook
from villagepoints.services.phone import Home

MOST_VILLAGES = 64
CAME_WITH = (OPENING, TRANSFER)  # points that were earned elsewhere or before: they expire, and count for nothing else
ANSWER_SHOWN = timedelta(days=14)  # how long the answer to an objection stays on the home page
REFUSAL_SHOWN = timedelta(days=14)  # and that a claim was refused


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

    @property
    def id(self) -> UUID:
        """The id of a redemption, claim or objection; databases write it into `ref` with hyphens or without."""
        return UUID(self.ref)

    @property
    def photos(self) -> list[UUID]:
        """The photos of a finding."""
        return [UUID(id_) for id_ in self.ref.split(",") if self.source == "finding" and id_]


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
        """This month's base, item by item; what may be put right until next month lowers none of it."""
        last = Month.of(self.today).last
        of_month = [one for one in self.findings if one.kind != PERSUADED or one.until is None or one.until <= last]
        return month_base(self.shelf.book, of_month)

    @cached_property
    def findings(self) -> list[Listed]:
        """What counts this month and what is still to be put right."""
        return [line for line in self.listed if line.source == "finding"]

    @cached_property
    def pickups(self) -> list[Listed]:
        """Redemptions that wait to be collected."""
        return [line for line in self.listed if line.source == "redemption"]

    @cached_property
    def claims(self) -> list[Listed]:
        """Claims that wait, stand on a notice (`number`, `until`) or were refused lately (why: `who`), latest first."""
        return sorted((line for line in self.listed if line.source == "claim"), key=lambda line: line.day, reverse=True)

    @cached_property
    def red_lines(self) -> list[Listed]:
        """Red lines that somebody recorded and nobody has decided on."""
        return [line for line in self.listed if line.source == "red_line"]

    @cached_property
    def objections(self) -> list[Listed]:
        """Objections that wait to be answered or were answered lately."""
        return [line for line in self.listed if line.source == "objection"]

    @cached_property
    def news(self) -> int:
        """How many things happened that nobody of the household was told of yet."""
        told = next(line for line in self.listed if line.source == "news")
        return told.number + (1 if told.points and self.expiring else 0)

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
        return newest[: household_reads.RECENT]

    @property
    def merit(self) -> int:
        """Awards less penalties of this year; spending does not lower it."""
        of_year = (one for one in self.sums if one.occurred_on.year == self.today.year)
        return sum(one.points for one in of_year if one.kind not in CAME_WITH)

    @cached_property
    def of_month(self) -> list[int]:
        """The points entered for this month, without what an account was opened with or took over."""
        month = Month.of(self.today)
        of_month = (one for one in self.sums if Month.of(one.occurred_on) == month)
        return [one.points for one in of_month if one.kind not in CAME_WITH]

    @property
    def gained(self) -> int:
        """What this month brought so far; undone entries count in neither."""
        return sum(points for points in self.of_month if points > 0)

    @property
    def lost(self) -> int:
        """What penalties took this month, zero or less."""
        return sum(points for points in self.of_month if points < 0)

    @property
    def expires(self) -> Month | None:
        """The month in which points expire first."""
        gained = sorted(((one.occurred_on, one.points) for one in self.sums if one.points > 0), reverse=True)
        return first_expiry(self.home.balance, gained, self.shelf.book.expiry_months)

    @cached_property
    def expiring(self) -> tuple[int, date] | None:
        """Points that expire within a month, and the day; None where none do or it is longer than the warning."""
        day = expiry.next_day(self.today)
        if day - self.today > expiry.WARNED:
            return None
        before = expiry.cutoff(self.shelf.book, day)
        young = sum(one.points for one in self.sums if one.points > 0 and one.occurred_on >= before)
        points = expiry.falls_due(self.home.balance, young)
        return (points, day) if points else None

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
        "answered_since": today - ANSWER_SHOWN,
        "lately": datetime.combine(today - REFUSAL_SHOWN, time(), SHANGHAI),
        "first": month.first,
        "last": month.last,
        **news_reads.values(shelf.book, today),
    }
    sums = _sums(household_reads.STANDING(session, values), shelf.base_codes)
    listed = [Listed(*row) for row in household_reads.listed(shelf.base_codes)(session, values)]
    return HomePage(home, today, shelf, sums, listed)


def _sums(rows: Iterable[Sequence[Any]], base_codes: tuple[str, ...]) -> list[Sum]:
    sums: list[Sum] = []
    bases: dict[date, list[tuple[int, int]]] = {}
    for seq, kind, code, day, points in rows:
        if kind == AWARD and code in base_codes:
            bases.setdefault(day, []).append((seq, points))
        else:
            sums.append(Sum(seq, kind, code or "", day, points, 1))
    for day, parts in bases.items():
        sums.append(Sum(max(parts)[0], AWARD, None, day, sum(points for _seq, points in parts), len(parts)))
    return sums


# What changes any of it raises the village's revision, so an earlier answer to the same question stays right.
_SHELVES: dict[tuple[UUID, int, date], Shelf] = {}


def shelf_of(session: Session, home: Home, today: date) -> Shelf:
    """The village's rule book and goods; two statements, or none if they were asked for before."""
    key = (home.village_id, home.village_revision, today)
    shelf = _SHELVES.get(key)
    if shelf is None:
        book = rulebook.in_force(session, home.village_id, today)
        goods = session.connection().execute(household_reads.GOODS, {"village": home.village_id, "today": today})
        codes = tuple(item.code for item in book.of_kind(BASE))
        shelf = Shelf(book, codes, tuple(Goods._make(row) for row in goods))
        while len(_SHELVES) >= MOST_VILLAGES:
            _SHELVES.pop(next(iter(_SHELVES)), None)
        _SHELVES[key] = shelf
    return shelf
