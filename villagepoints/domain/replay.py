"""试算: what the past months would have brought every household under other rules; nothing is posted."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from uuid import UUID

from villagepoints.domain.calendar import Month
from villagepoints.domain.errors import RuleBroken
from villagepoints.domain.rulebook import BASE, RuleBook, RuleItem, base_points, points_of
from villagepoints.domain.tally import Tally


@dataclass(frozen=True, slots=True)
class BaseScore:
    """What a base item brought a household in a month under the rules of its time."""

    household: UUID
    month: Month
    version: int
    item_code: str
    points: int
    crossed: bool = False  # the month's base was emptied by a red line


@dataclass(frozen=True, slots=True)
class Event:
    """A contribution or penalty that stands, as it was posted."""

    household: UUID
    version: int
    item_code: str
    grade: str | None
    quantity: int
    points: int
    occurred_on: date
    seq: int
    occasion: str | None = None


@dataclass(frozen=True, slots=True)
class History:
    """The past to be replayed: base scores from `first` on, and events from the start of its year (for the caps)."""

    first: date
    books: Mapping[int, RuleBook]  # every version that something was posted under
    residencies: Mapping[UUID, str]
    households: Mapping[str, int]  # of each residency today, for the quotas
    base: Sequence[BaseScore]
    events: Sequence[Event]


@dataclass(slots=True)
class Outcome:
    """What a replay brings: points by household, month and kind, and what it could not carry over."""

    cells: Counter[tuple[UUID, Month, str]] = field(default_factory=Counter)
    dropped: Counter[str] = field(default_factory=Counter)  # events by item: the rules have no such item or grade
    capped: Counter[str] = field(default_factory=Counter)  # events by item: a cap or quota leaves no room
    assumed: Counter[str] = field(default_factory=Counter)  # household-months of base items nobody looked at then

    def by_household(self) -> Counter[UUID]:
        """Points of every household."""
        total: Counter[UUID] = Counter()
        for (household, _, _), points in self.cells.items():
            total[household] += points
        return total

    def by_track(self, residencies: Mapping[UUID, str]) -> Counter[tuple[str, str]]:
        """Points by residency and kind."""
        total: Counter[tuple[str, str]] = Counter()
        for (household, _, kind), points in self.cells.items():
            total[residencies[household], kind] += points
        return total

    def by_month(self) -> Counter[Month]:
        """Points by month."""
        total: Counter[Month] = Counter()
        for (_, month, _), points in self.cells.items():
            total[month] += points
        return total


Rules = Callable[[int], RuleBook]  # the book to apply to what was posted under a version


def replay(history: History, rules: Rules) -> Outcome:
    """What the history brings when `rules` says which book applies: another one, or (`history.books.__getitem__`) those
    of its time, which brings back the ledger to the point."""
    outcome = Outcome()
    _replay_base(history, rules, outcome)
    _replay_events(history, rules, outcome)
    return outcome


def findings_behind(item: RuleItem, points: int) -> int | None:
    """How many findings leave so many points of a base item; None where no number of them does (a paper's own)."""
    if points > item.points or points < 0:
        return None
    findings = -(-(item.points - points) // item.step)
    return findings if base_points(item, findings) == points else None


def _replay_base(history: History, rules: Rules, outcome: Outcome) -> None:
    scored: set[tuple[UUID, Month, int]] = set()
    for score in history.base:
        if not score.crossed:
            scored.add((score.household, score.month, score.version))
        item = rules(score.version).items.get(score.item_code)
        if item is None or item.kind != BASE:
            continue
        then = history.books[score.version].item(score.item_code)
        outcome.cells[score.household, score.month, BASE] += _base(item, then, score)
    for household, month, version in scored:
        for item in _unseen(rules(version), history.books[version]):
            outcome.cells[household, month, BASE] += item.points
            outcome.assumed[item.code] += 1


def _base(item: RuleItem, then: RuleItem, score: BaseScore) -> int:
    if score.crossed:
        return 0
    findings = findings_behind(then, score.points)
    if findings is not None:
        return base_points(item, findings)
    if (item.points, item.step) == (then.points, then.step):
        return score.points  # no number of findings gives what the paper says: it is kept as it stands
    return min(score.points, item.points)


def _unseen(book: RuleBook, then: RuleBook) -> list[RuleItem]:
    """Base items nobody can have found anything under, for there was no such item: they count in full."""
    known = {item.code for item in then.of_kind(BASE)}
    return [item for item in book.of_kind(BASE) if item.code not in known]


def _replay_events(history: History, rules: Rules, outcome: Outcome) -> None:
    own, tally = Tally(dict(history.households)), Tally(dict(history.households))
    once: set[tuple[UUID, str, str]] = set()
    for event in sorted(history.events, key=lambda event: (event.occurred_on, event.household, event.seq)):
        then = history.books[event.version]
        residency = history.residencies[event.household]
        exempt = _goes_beyond(own, then, then.item(event.item_code), event, event.points, residency)
        book = rules(event.version)
        item = book.items.get(event.item_code)
        points = None if item is None else _points(item, then.item(event.item_code), event)
        is_counted = event.occurred_on >= history.first
        if item is None or points is None:
            outcome.dropped[event.item_code] += is_counted
            continue
        if not exempt and not _fits(tally, once, book, item, event, points, residency):
            outcome.capped[event.item_code] += is_counted
            continue
        _goes_beyond(tally, book, item, event, points, residency)
        if item.once_per and event.occasion:
            once.add((event.household, item.code, event.occasion))
        if is_counted:
            outcome.cells[event.household, Month.of(event.occurred_on), item.kind] += points


def _points(item: RuleItem, then: RuleItem, event: Event) -> int | None:
    """The points of an event under an item; None where the item has no such grade or quantity."""
    if (item.points, item.grades, item.unit) == (then.points, then.grades, then.unit) and event.points != _of(
        then, event
    ):
        return event.points  # a paper register's own figure: it was kept as it stood
    return _of(item, event)


def _of(item: RuleItem, event: Event) -> int | None:
    try:
        return points_of(item, event.grade, event.quantity)
    except RuleBroken:
        return None


def _goes_beyond(tally: Tally, book: RuleBook, item: RuleItem, event: Event, points: int, residency: str) -> bool:
    """Count an event; whether the rules would have refused it there (what was imported from paper may be so)."""
    broken = tally.add(book, item, event.household, points, event.occurred_on)
    return tally.over_quota(item, residency, event.occurred_on) is not None or bool(broken)


def _fits(
    tally: Tally,
    once: set[tuple[UUID, str, str]],
    book: RuleBook,
    item: RuleItem,
    event: Event,
    points: int,
    residency: str,
) -> bool:
    if item.once_per and event.occasion and (event.household, item.code, event.occasion) in once:
        return False
    has_room = tally.has_room(book, item, event.household, points, event.occurred_on)
    return has_room and tally.has_place(item, residency, event.occurred_on)


@dataclass(frozen=True, slots=True)
class Change:
    """A household's points then and under the draft."""

    household: UUID
    before: int
    after: int

    @property
    def difference(self) -> int:
        """What it would have gained (+) or lost (−)."""
        return self.after - self.before


def changes(before: Outcome, after: Outcome, households: Sequence[UUID]) -> Iterator[Change]:
    """Every household's points under both, in the order given."""
    then, now = before.by_household(), after.by_household()
    for household in households:
        yield Change(household, then[household], now[household])
