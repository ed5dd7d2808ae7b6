"""Prompts about single acts: bursts, sums just under the second person, goods handed over at night, busy helpers."""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterator
from datetime import datetime, timedelta
from statistics import median
from uuid import UUID

from villagepoints.domain import prompt_math as maths
from villagepoints.domain.calendar import SHANGHAI, Month, village_date
from villagepoints.domain.ledger import AWARD
from villagepoints.domain.prompt import (
    BURST,
    CLAIM,
    ENTRY,
    FINDING,
    HANDED,
    HELPER,
    MOST_BEHIND,
    NIGHT,
    RARE_OF_MANY,
    UNDER,
    Prompt,
)
from villagepoints.domain.prompt_books import Books, Deed, Recorder, by_recorder, entries

BURST_OF, LEAST_ACTS = timedelta(minutes=10), 20
LEAST_UNDER, BAND = 6, 10  # points
LEAST_NIGHTS, NIGHT_FROM, NIGHT_UNTIL = 3, 22, 6  # o'clock in the village
MOST_ELDERS = 5
# How people call a helper without naming them: it says nothing about who it was.
CALLED = frozenset(
    (
        *("邻居", "亲戚", "亲属", "家属", "家人", "朋友", "老伴", "子女", "儿子", "女儿", "媳妇", "女婿"),
        *("孙子", "孙女", "外孙", "外孙女", "侄子", "侄女", "外甥"),
    )
)


def bursts(books: Books) -> Iterator[Prompt]:
    """Recorders with many acts within ten minutes; one act may be about many households."""
    acts: dict[UUID, dict[datetime, list[list[str | int]]]] = defaultdict(lambda: defaultdict(list))
    for asked in books.asked:
        acts[asked.recorded_by][asked.claimed_at].append([CLAIM, str(asked.id)])
    for found in books.found:
        if found.recorded_by is not None and not found.from_sheet:
            acts[found.recorded_by][found.recorded_at].append([FINDING, str(found.id)])
    for deed in books.deeds:
        if deed.recorded_by is not None and deed.approved_by is None and not deed.is_imported:
            acts[deed.recorded_by][deed.recorded_at].append([ENTRY, str(deed.household_id), deed.seq])
    for who, at in acts.items():
        times = sorted(instant for instant in at if Month.of(village_date(instant)) == books.month)
        ends = [bisect_right(times, start + BURST_OF) for start in times]
        most = max((end - place for place, end in enumerate(ends)), default=0)
        if most < LEAST_ACTS:
            continue
        start = next(place for place, end in enumerate(ends) if end - place == most)
        inside = times[start : start + most]
        periods = len(
            {int(instant.timestamp() // BURST_OF.total_seconds()) for instant in times if instant not in inside}
        )
        begun = inside[0].astimezone(SHANGHAI)
        figures: dict[str, int | str] = {
            "acts": most,
            "day": begun.date().isoformat(),
            "time": begun.strftime("%H:%M"),
            "usual": round((len(times) - most) / periods) if periods else 0,
            "households": sum(len(at[instant]) for instant in inside),
        }
        behind = [row for instant in inside for row in at[instant]]
        yield Prompt(BURST, figures, behind[:MOST_BEHIND], who, 1 / most)


def just_under(books: Books) -> Iterator[Prompt]:
    """Recorders whose points of a day for a household heap just below what a second person must agree to."""
    limit = books.book.second_approver_from
    days: dict[Recorder, dict[tuple[UUID, object], list[Deed]]] = defaultdict(lambda: defaultdict(list))
    for deed in books.deeds:
        who = books.recorder(deed)
        if deed.kind == AWARD and who is not None:
            days[who][deed.household_id, deed.occurred_on].append(deed)
    for who, found in days.items():
        sums = [(sum(deed.points for deed in same), same) for same in found.values()]
        under = [same for points, same in sums if limit - BAND <= points < limit]
        below = sum(limit - 2 * BAND <= points < limit - BAND for points, _ in sums)
        chance = maths.binomial_tail(len(under), len(under) + below, 0.5)
        if len(under) < LEAST_UNDER or chance * len(days) >= RARE_OF_MANY * 2:
            continue
        figures: dict[str, int | str] = {
            "under": len(under),
            "below": below,
            "low": limit - BAND,
            "high": limit - 1,
            "limit": limit,
            "chance": maths.one_in(chance),
        }
        yield by_recorder(UNDER, who, figures, entries(deed for same in under for deed in same), chance)


def nights(books: Books) -> Iterator[Prompt]:
    """Counters that handed goods over at night."""
    handed: dict[UUID, list[tuple[bool, list[str | int], int]]] = defaultdict(list)
    for one in books.handed:
        if one.fulfilled_at is None or one.fulfilled_by is None or one.is_imported:
            continue
        local = one.fulfilled_at.astimezone(SHANGHAI)
        if Month.of(local.date()) == books.month:
            at_night = local.hour >= NIGHT_FROM or local.hour < NIGHT_UNTIL
            handed[one.fulfilled_by].append((at_night, [HANDED, str(one.id)], one.points))
    for who, rows in handed.items():
        night = [(row, points) for at_night, row, points in rows if at_night]
        if len(night) >= LEAST_NIGHTS:
            figures = {"times": len(night), "all": len(rows), "points": sum(points for _, points in night)}
            yield Prompt(NIGHT, figures, [row for row, _ in night][:MOST_BEHIND], who, 1 / len(night))


def helpers(books: Books) -> Iterator[Prompt]:
    """Whoever fetched for more than five elders' households."""
    named: dict[str, dict[UUID, list[tuple[list[str | int], int]]]] = defaultdict(lambda: defaultdict(list))
    unnamed = 0
    for one in books.handed:
        home, name = books.homes.get(one.household_id), "".join(one.proxy_name.split())
        if home is None or not home.is_elder or not name or one.occurred_on < books.quarter_from:
            continue
        if name in CALLED:
            unnamed += 1
        else:
            named[name][one.household_id].append(([HANDED, str(one.id)], one.points))
    for name, homes in named.items():
        if len(homes) <= MOST_ELDERS:
            continue
        rows = [row for same in homes.values() for row in same]
        figures = {
            "homes": len(homes),
            "times": len(rows),
            "points": sum(points for _, points in rows),
            "usual": round(median([len(other) for key, other in named.items() if key != name] or [0])),
            "unnamed": unnamed,
        }
        yield Prompt(HELPER, figures, [row for row, _ in rows][:MOST_BEHIND], None, 1 / len(homes))
