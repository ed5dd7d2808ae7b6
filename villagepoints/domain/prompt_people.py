"""Prompts about who records: what their relatives get, points for one group, leniency in the same lanes."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from datetime import date
from uuid import UUID

from villagepoints.domain import prompt_math as maths
from villagepoints.domain.actor import ADMIN, CLERK, COUNTER, GRID_WORKER, REVIEWER
from villagepoints.domain.calendar import Month
from villagepoints.domain.ledger import AWARD
from villagepoints.domain.prompt import (
    FINDING,
    GROUP,
    HOME,
    LENIENT,
    MOST_BEHIND,
    RARE,
    RARE_OF_MANY,
    RELATIVES,
    Prompt,
)
from villagepoints.domain.prompt_books import Books, Deed, Person, Recorder, Track, by_recorder, entries

STAFF = {CLERK, REVIEWER, GRID_WORKER, COUNTER, ADMIN}
LEAST_HOMES, LEAST_MORE, LEAST_RANK = 3, 1.10, 2.88  # z: 2 in 1,000
LEAST_OWN = 5  # entries for one's own relatives
LEAST_DEEDS, LEAST_IN_GROUP, LEAST_TIMES = 30, 15, 1.5
LEAST_SCORED, LEAST_EXPECTED, MOST_SHARE, LEAST_STRICT = 30, 5, 0.7, -3.09  # z: 1 in 1,000


def relatives(books: Books) -> Iterator[Prompt]:
    """Staff whose relatives' households stand far above others of their residency, or whom they gave points to."""
    points = {row.household_id: row.points for row in books.sums if row.household_id in books.homes}
    means = {
        track: _mean([points[id_] for id_ in points if books.homes[id_].residency == track])
        for track in {books.homes[id_].residency for id_ in points}
    }
    above = {id_: value - means[books.homes[id_].residency] for id_, value in points.items()}
    for person in books.people.values():
        family = _family(books, person)
        if family and STAFF.intersection(person.roles):
            yield from _of_family(books, person, sorted(family & points.keys()), points, above)


def _family(books: Books, person: Person) -> set[UUID]:
    """Their own household, those they declared, and those of staff who declared theirs."""
    family = {household for user, household in books.relatives if user == person.id}
    if person.household_id is not None:
        family.add(person.household_id)
        declaring = {user for user, household in books.relatives if household == person.household_id}
        family |= {books.people[user].household_id for user in declaring if user in books.people} - {None}  # type: ignore[arg-type]
    return family


def _of_family(
    books: Books, person: Person, family: list[UUID], points: dict[UUID, int], above: dict[UUID, float]
) -> Iterator[Prompt]:
    rest = [id_ for id_ in points if id_ not in set(family)]
    if not family or not rest:
        return
    mean = _mean([points[id_] for id_ in family])
    beside = defaultdict[str, list[int]](list)
    for id_ in rest:
        beside[books.homes[id_].residency].append(points[id_])
    others = _mean([_mean(beside[books.homes[id_].residency]) for id_ in family])
    own, chance = _by_own_hand(books, person, set(family))
    z = 0.0
    if len(family) >= LEAST_HOMES and mean >= LEAST_MORE * max(others, 1):
        z = maths.rank_sum([above[id_] for id_ in family], [above[id_] for id_ in rest])
    stands_out = z >= LEAST_RANK
    if not stands_out and (len(own) < LEAST_OWN or chance >= RARE):
        return
    rate = min(maths.normal_tail(z) if stands_out else 1.0, chance)
    figures = {
        "homes": len(family),
        "mean": round(mean),
        "others": round(others),
        "more": round(100 * (mean - others) / max(others, 1)),
        "own": len(own),
        "own_points": sum(deed.points for deed in own),
        "chance": maths.one_in(rate),
    }
    mine, homes = set(map(id, own)), set(family)
    ours = [deed for deed in books.deeds if deed.household_id in homes and id(deed) not in mine]
    behind: list[list[str | int]] = [[HOME, str(id_)] for id_ in family]
    behind += entries([*own, *ours])
    yield Prompt(RELATIVES, figures, behind[:MOST_BEHIND], person.id, rate)


def _by_own_hand(books: Books, person: Person, family: set[UUID]) -> tuple[list[Deed], float]:
    """The gains they recorded or approved for these households, and how seldom chance gives them as many: each gain of
    theirs goes to the family as often as those of others do, or as its share of the households."""
    given = [deed for deed in books.deeds if deed.kind == AWARD]
    theirs = [deed for deed in given if person.id in (books.recorder(deed), deed.approved_by)]
    own = [deed for deed in theirs if deed.household_id in family]
    mine = set(map(id, theirs))
    others = [deed for deed in given if id(deed) not in mine]
    share = sum(deed.household_id in family for deed in others) / len(others) if others else 0.0
    share = max(share, len(family) / len(books.homes))
    return own, maths.binomial_tail(len(own), len(theirs), share)


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values) if values else 0.0


def groups(books: Books) -> Iterator[Prompt]:
    """Recorders much of whose gains went to one of the groups they record for; a gathering counts as one deed."""
    homes = Counter(home.group_no for home in books.homes.values())
    deeds = _by_group(books)
    tried = sum(map(len, deeds.values()))
    for who, own in deeds.items():
        total = sum(map(len, own.values()))
        if total < LEAST_DEEDS or _walks_lanes(books, who):
            continue
        rest = {group_no: _others(deeds, who, group_no) for group_no in own}
        for group_no, same in own.items():
            by_homes = homes[group_no] / sum(homes[other] for other in own)
            by_others = rest[group_no] / sum(rest.values()) if any(rest.values()) else 0.0
            usual = max(by_homes, by_others)
            chance = maths.binomial_tail(len(same), total, usual)
            too_few = len(same) < LEAST_IN_GROUP or len(same) < LEAST_TIMES * usual * total
            if too_few or chance * tried >= RARE_OF_MANY:
                continue
            rows = [deed for entered in same.values() for deed in entered]
            figures: dict[str, int | str] = {
                "group": group_no,
                "percent": round(100 * len(same) / total),
                "others": round(100 * usual),
                "deeds": len(same),
                "points": sum(deed.points for deed in rows),
                "chance": maths.one_in(chance),
            }
            yield by_recorder(GROUP, who, figures, entries(rows), chance)


Deeds = dict[tuple[str, date], list[Deed]]  # what was recorded of one item for one day: one deed


def _by_group(books: Books) -> dict[Recorder, dict[int, Deeds]]:
    found: dict[Recorder, dict[int, Deeds]] = defaultdict(dict)
    for deed in books.deeds:
        who, home = books.recorder(deed), books.homes.get(deed.household_id)
        if deed.kind == AWARD and who is not None and home is not None and home.group_no is not None:
            same = found[who].setdefault(home.group_no, {})
            same.setdefault((deed.item_code, deed.occurred_on), []).append(deed)
    return found


def _others(deeds: dict[Recorder, dict[int, Deeds]], who: Recorder, group_no: int) -> int:
    return sum(len(own.get(group_no, ())) for other, own in deeds.items() if other != who)


def _walks_lanes(books: Books, who: Recorder) -> bool:
    person = books.people.get(who) if isinstance(who, UUID) else None
    return person is not None and GRID_WORKER in person.roles and CLERK not in person.roles


def lenient(books: Books) -> Iterator[Prompt]:
    """Scorers who found far less than others did in the same lanes."""
    noted = {(one.household_id, Month.of(one.found_on), one.recorded_by): one for one in books.found}
    lanes: dict[Track, dict[UUID, list[tuple[UUID, bool]]]] = defaultdict(lambda: defaultdict(list))
    for row in books.scored:
        home = books.homes.get(row.household_id)
        if home is not None and row.saved_by is not None:
            hit = (row.household_id, Month.parse(row.month), row.saved_by) in noted
            lanes[home.group_no, home.residency][row.saved_by].append((row.household_id, hit))
    for who in {scorer for lane in lanes.values() for scorer in lane}:
        shared = [lane for lane in lanes.values() if who in lane and len(lane) > 1]
        strata = [_stratum(lane, who) for lane in shared]
        compared, scored = maths.by_strata(strata), sum(one.own for one in strata)
        if scored < LEAST_SCORED or compared.expected < LEAST_EXPECTED or compared.z > LEAST_STRICT:
            continue
        if compared.observed > MOST_SHARE * compared.expected:
            continue
        chance = maths.normal_tail(-compared.z)
        figures: dict[str, int | str] = {
            "scored": scored,
            "found": compared.observed,
            "expected": round(compared.expected),
            "lanes": len(shared),
            "chance": maths.one_in(chance),
        }
        own = [[HOME, str(id_)] for lane in shared for id_ in dict.fromkeys(id_ for id_, _ in lane[who])]
        hits = [[FINDING, str(one.id)] for one in books.found if one.recorded_by == who and one.from_sheet]
        yield Prompt(LENIENT, figures, [*hits, *own][:MOST_BEHIND], who, chance)


def _stratum(lane: dict[UUID, list[tuple[UUID, bool]]], who: UUID) -> maths.Stratum:
    others = [hit for scorer, rows in lane.items() if scorer != who for _, hit in rows]
    own = [hit for _, hit in lane[who]]
    return maths.Stratum(len(own), sum(own), len(others), sum(others))
