"""红榜 and 黑榜 of a month, and whether a household agreed to have its name on the red one."""

from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import and_, func, or_, select, update
from sqlalchemy.orm import Session

from villagepoints.domain import ledger
from villagepoints.domain import lists as rules
from villagepoints.domain.actor import Actor
from villagepoints.domain.calendar import Month, period
from villagepoints.domain.errors import N_, BadInput, NotAllowed
from villagepoints.domain.lists import BlackLine
from villagepoints.domain.rulebook import BASE, PENALTY, RuleBook
from villagepoints.models import Household, LedgerEntry, MonthClose, RedLineCase
from villagepoints.services import activity, allowed, crossed, once, ranking, rulebook
from villagepoints.services import household as households
from villagepoints.services.ranking import Rank
from villagepoints.services.transaction import transaction
from villagepoints.services.undone import standing

RESIDENCIES = ("resident", "relocated")
MONTHS = 12  # that can be chosen
MOST_KEPT = 64


@dataclass(frozen=True, slots=True)
class Track:
    """The red list of one residency: names of those who agreed, the best first; the others by id and number, for
    the desk alone, which asks them."""

    residency: str
    names: tuple[str, ...]
    silent: tuple[tuple[UUID, str], ...]


@dataclass(frozen=True, slots=True)
class Board:
    """Both lists of a month, as they may hang on the notice board (but for `silent`)."""

    month: Month
    percent: int
    tracks: tuple[Track, ...]
    black: tuple[BlackLine, ...]


def last_month(session: Session, village_id: UUID, today: date) -> Month | None:
    """The last full month whose base is in the books; None before the first."""
    codes = [item.code for book in rulebook.versions(session, village_id) for item in book.of_kind(BASE)]
    last = session.scalar(
        select(LedgerEntry.occurred_on)
        .where(
            LedgerEntry.village_id == village_id,
            LedgerEntry.kind == ledger.AWARD,
            LedgerEntry.item_code.in_(codes),
            LedgerEntry.occurred_on < Month.of(today).first,
        )
        .order_by(LedgerEntry.occurred_on.desc())
        .limit(1)
    )
    if last is None:
        return None
    closing = select(MonthClose.month).where(MonthClose.village_id == village_id, MonthClose.status == "closing")
    under_way = set(session.scalars(closing))
    return Month.of(last) - 1 if str(Month.of(last)) in under_way else Month.of(last)


def months(last: Month) -> list[Month]:
    """The months to choose from, the latest first."""
    return [last - back for back in range(MONTHS)]


def board(session: Session, village_id: UUID, month: Month) -> Board:
    """The lists of a month as the books stand; six statements, four where its figures were counted before."""
    book = rulebook.in_force(session, village_id, month.last)
    ranks, black = _counted(session, village_id, month)
    red = crossed.households(session, village_id, *period("year", month.first))
    living = session.execute(
        select(
            Household.id, Household.number, Household.residency, Household.head_name, Household.shows_on_lists
        ).where(Household.village_id == village_id, Household.left_on.is_(None))
    )
    listed = [
        (ranks[row.id].percent, row.number, row)
        for row in living
        if row.id in ranks and rules.is_on_red_list(book, *ranks[row.id], crossed_red_line=row.id in red)
    ]
    best = [row for _percent, _number, row in sorted(listed, key=lambda one: one[:2])]
    tracks = tuple(
        Track(
            residency,
            tuple(row.head_name for row in best if row.residency == residency and row.shows_on_lists),
            tuple((row.id, row.number) for row in best if row.residency == residency and not row.shows_on_lists),
        )
        for residency in RESIDENCIES
    )
    red_lines = tuple(_red_lines(session, village_id, month, book))
    return Board(month, book.red_list_percent, tracks, (*black, *red_lines))


# Ranks and sums read a year of entries; they stay right until another entry is posted. Names are never kept.
_COUNTED: dict[tuple[UUID, Month], tuple[int, dict[UUID, Rank], tuple[BlackLine, ...]]] = {}


def _counted(session: Session, village_id: UUID, month: Month) -> tuple[dict[UUID, Rank], tuple[BlackLine, ...]]:
    state = session.scalar(
        select(func.sum(Household.last_seq)).where(Household.village_id == village_id, Household.left_on.is_(None))
    )
    kept = _COUNTED.get((village_id, month))
    if kept is None or kept[0] != state:
        ranks = ranking.ranks(session, village_id, month)
        kept = _COUNTED[village_id, month] = (state or 0, ranks, tuple(_black(session, village_id, month)))
        while len(_COUNTED) > MOST_KEPT:
            _COUNTED.pop(next(iter(_COUNTED)), None)
    return kept[1:]


def _black(session: Session, village_id: UUID, month: Month) -> Iterator[BlackLine]:
    """Items with points that were not given or were taken, in the order of the book."""
    entry = LedgerEntry
    books = {book.version: book for book in rulebook.versions(session, village_id)}
    not_full = (
        and_(entry.rulebook_version == version, entry.item_code == item.code, entry.points < item.points)
        for version, book in books.items()
        for item in book.of_kind(BASE)
    )
    rows = session.execute(
        select(entry.rulebook_version, entry.item_code, entry.household_id, entry.points).where(
            entry.village_id == village_id,
            entry.occurred_on.between(month.first, month.last),
            or_(entry.kind == ledger.PENALTY, and_(entry.kind == ledger.AWARD, or_(*not_full))),
            standing(),
        )
    )
    lost: Counter[str] = Counter()
    who: dict[str, set[UUID]] = defaultdict(set)
    for version, code, household_id, points in rows:
        if code is not None and version in books and code in books[version].items:
            item = books[version].items[code]
            lost[item.code] += (item.points if item.kind == BASE else 0) - points
            who[item.code].add(household_id)
    book = rulebook.in_force(session, village_id, month.last)
    for item in (*book.of_kind(BASE), *book.of_kind(PENALTY)):
        if item.code in who:
            kind = rules.BASE if item.kind == BASE else rules.PENALTY
            yield rules.black_line(kind, item.code, item.name, len(who[item.code]), lost[item.code])


def _red_lines(session: Session, village_id: UUID, month: Month, book: RuleBook) -> Iterator[BlackLine]:
    rows = session.execute(
        select(RedLineCase.code, func.count(func.distinct(RedLineCase.household_id)))
        .where(
            crossed.between(village_id, month.first, month.last),
        )
        .group_by(RedLineCase.code)
        .order_by(RedLineCase.code)
    )
    names = {line.code: line.name for line in book.red_lines}
    for code, how_many in rows:
        yield rules.black_line(rules.RED_LINE, code, names.get(code, code), how_many, None)


@transaction
def consent(
    session: Session, actor: Actor, *, key: str, household_id: UUID, shows: bool, on_paper: bool = False, now: datetime
) -> None:
    """Whether the household's name stands on the red list; not, unless it says so itself or on paper at the desk.

    Taking it back needs no paper. Raises BadInput where the desk has no paper, NotAllowed for the desk's own
    household or another one's phone, NotFound.
    """
    request = {"list_consent": str(household_id), "shows": shows, "by": actor.user_id}
    if once.claim(session, actor.village_id, key, request, now) is not None:
        return
    household = households.get(session, actor.village_id, household_id)
    if actor.household_id is None:
        allowed.check_people(session, actor.village_id, household_id, [actor.user_id])
        if shows and not on_paper:
            raise BadInput(N_("要先收到这户签了字的同意书，才能公开姓名。没有改。"))
    elif actor.household_id != household_id:
        raise NotAllowed(N_("只能替自己家决定，没有改。"))
    detail = {"shows": shows, "on_paper": on_paper}
    activity.record(session, actor, "household.list_consent", now, subject=household_id, detail=detail)
    session.execute(
        update(Household)
        .where(Household.village_id == actor.village_id, Household.id == household.id)
        .values(shows_on_lists=shows, revision=Household.revision + 1)
    )
    once.answer(session, actor.village_id, key, {})
