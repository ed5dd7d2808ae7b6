"""Prompts about households: photos, caps, late edits, who is never scored, residents beside relocated ones."""

from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import date, timedelta
from uuid import UUID

from villagepoints.domain import prompt_math as maths
from villagepoints.domain.calendar import Month, village_date
from villagepoints.domain.ledger import AWARD
from villagepoints.domain.prompt import (
    CAP,
    EDITS,
    HOME,
    IMAGE,
    MONTHS_BACK,
    MOST_BEHIND,
    NEVER_DOWN,
    NEVER_SCORED,
    PHOTO,
    RARE_OF_MANY,
    RESIDENCY,
    YEAR_BACK,
    Prompt,
)
from villagepoints.domain.prompt_books import Books, Deed, Edit, Picture, Track, entries
from villagepoints.domain.rulebook import CONTRIBUTION

LEAST_CAP, LEAST_FULL = 50, 2  # points; months at exactly the cap
EDITS_OF, EDITS_BEFORE, LEAST_EDITS = timedelta(days=7), 12, 5  # the days before; weeks to compare with
LEAST_MONTHS, LEAST_LANE = 6, 10  # of books; households of a group


def photos(books: Books) -> Iterator[Prompt]:
    """Pictures that prove several things; one act of somebody for many households is one use of its photo."""
    pictures = sorted(books.pictures, key=lambda one: (one.recorded_at, one.id))
    for places in maths.alike([one.hash for one in pictures]):
        same = [pictures[place] for place in places]
        uses = {(one.recorded_at, one.recorded_by): one for one in same}
        about = {one.about for one in uses.values()}
        if len(about) < 2 or all(village_date(one.recorded_at) < books.month.first for one in same):
            continue
        figures = {
            "uses": len(about),
            "homes": len({one.household_id for one in same}),
            "photos": len(same),
            "bits": max(maths.hamming(same[0].hash, one.hash) for one in same),
        }
        yield Prompt(PHOTO, figures, _behind(same), same[0].id, 1 / len(about))


def _behind(same: list[Picture]) -> list[list[str]]:
    return [[IMAGE, str(one.id)] for one in same][:MOST_BEHIND]


def caps(books: Books) -> Iterator[Prompt]:
    """Households that got exactly a cap's points in two of the three months, for each cap of a month."""
    book = books.book
    exempt = {item.code for item in book.of_kind(CONTRIBUTION)} - book.cap_exempt
    limits: list[tuple[str, int, set[str]]] = [("", book.contribution_cap.get("month", 0), exempt)]
    limits += [(item.code, item.cap.get("month_points", 0), {item.code}) for item in book.of_kind(CONTRIBUTION)]
    for code, limit, counted in limits:
        if limit < LEAST_CAP:
            continue
        months: dict[UUID, dict[Month, list[Deed]]] = defaultdict(lambda: defaultdict(list))
        for deed in books.deeds:
            if deed.kind == AWARD and deed.item_code in counted:
                months[deed.household_id][Month.of(deed.occurred_on)].append(deed)
        full = {
            id_: [same for same in found.values() if sum(deed.points for deed in same) == limit]
            for id_, found in months.items()
        }
        homes = {id_: same for id_, same in full.items() if len(same) >= LEAST_FULL}
        if homes:
            rows = [deed for found in homes.values() for same in found for deed in same]
            figures: dict[str, int | str] = {"homes": len(homes), "cap": limit, "item": code}
            yield Prompt(CAP, figures, entries(rows), None, 1 / len(homes))


def edits(books: Books) -> Iterator[Prompt]:
    """More changes in the seven days before the audit was opened than such a week usually has."""
    since = books.at - EDITS_OF
    if books.kept_from is None or books.kept_from > since - EDITS_OF * EDITS_BEFORE:
        return
    late = [one for one in books.edits if since <= one.at <= books.at]
    before = [one for one in books.edits if since - EDITS_OF * EDITS_BEFORE <= one.at < since]
    usual = len(before) / EDITS_BEFORE
    chance = maths.poisson_tail(len(late), max(usual, 1.0))
    if len(late) < LEAST_EDITS or chance >= RARE_OF_MANY:
        return
    kinds = Counter(one.what for one in late)
    figures = {
        "edits": len(late),
        "usual": round(usual),
        "reversals": kinds["reversal"] + kinds["base"],
        "base": kinds["base"],
        "settings": kinds["setting"],
        "counts": kinds["count"],
        "chance": maths.one_in(chance),
    }
    yield Prompt(EDITS, figures, _rows(late), None, chance)


def _rows(late: list[Edit]) -> list[list[str | int]]:
    return [one.row for one in sorted(late, key=lambda one: one.at, reverse=True)][:MOST_BEHIND]


def never_down(books: Books) -> Iterator[Prompt]:
    """Lanes in which far more households than elsewhere were never scored down in a year, or since the books began."""
    first = (books.month - (YEAR_BACK - 1)).first
    if books.first_on is not None and books.first_on > first:
        first = Month.of(books.first_on).first
    months = _months(first, books.month)
    if books.first_on is None or months < LEAST_MONTHS:
        return
    down = _down(books, first)
    here = [one for one in books.homes.values() if one.joined_on is None or one.joined_on <= first]
    lanes: dict[Track, list[UUID]] = defaultdict(list)
    for home in here:
        lanes[home.group_no, home.residency].append(home.id)
    totals = Counter(home.residency for home in here)
    never = Counter(home.residency for home in here if home.id not in down)
    for (group_no, residency), homes in sorted(lanes.items(), key=str):
        clean = [id_ for id_ in homes if id_ not in down]
        rest = totals[residency] - len(homes)
        chance = maths.hypergeometric_tail(len(clean), len(homes), never[residency], totals[residency])
        if group_no is None or len(homes) < LEAST_LANE or not rest or chance * len(lanes) >= RARE_OF_MANY:
            continue
        figures: dict[str, int | str] = {
            "group": group_no,
            "track": residency,
            "homes": len(homes),
            "never": len(clean),
            "percent": round(100 * len(clean) / len(homes)),
            "others": round(100 * (never[residency] - len(clean)) / rest),
            "months": months,
            "chance": maths.one_in(chance),
        }
        yield Prompt(NEVER_DOWN, figures, [[HOME, str(id_)] for id_ in clean][:MOST_BEHIND], None, chance)


def _down(books: Books, since: date) -> set[UUID]:
    return {row.household_id for row in books.sums if row.lower_on is not None and row.lower_on >= since}


def _months(first: date, last: Month) -> int:
    return (last.year - first.year) * 12 + last.number - first.month + 1


def never_scored(books: Books) -> Iterator[Prompt]:
    """Households that nobody scored, walked past or found anything at in three months."""
    since = books.quarter_from
    if books.first_on is None or books.first_on >= (books.month - (MONTHS_BACK - 2)).first:
        return
    seen = {row.household_id for row in books.scored}
    seen |= {one.household_id for one in books.found}
    seen |= {row.household_id for row in books.sums if row.imported}
    here = [one for one in books.homes.values() if one.joined_on is None or one.joined_on <= since]
    unseen = [one.id for one in here if one.id not in seen and (one.walked_on is None or one.walked_on < since)]
    if unseen:
        figures = {"homes": len(unseen), "all": len(here)}
        yield Prompt(NEVER_SCORED, figures, [[HOME, str(id_)] for id_ in unseen][:MOST_BEHIND], None, 1 / len(unseen))


def residencies(books: Books) -> Iterator[Prompt]:
    """Residents beside relocated households in the audited month; said too where the numbers cannot tell."""
    down = _down(books, books.month.first)
    sides: dict[str, list[tuple[bool, int]]] = {"resident": [], "relocated": []}
    for row in books.sums:
        home = books.homes.get(row.household_id)
        if home is not None and row.month_entries > 0:
            sides[home.residency].append((home.id in down, row.month_base))
    ours, theirs = sides["resident"], sides["relocated"]
    if not ours or not theirs:
        return
    hits, other = sum(hit for hit, _ in ours), sum(hit for hit, _ in theirs)
    found = maths.share_difference(hits, len(ours), other, len(theirs))
    figures: dict[str, int | str] = {
        "resident": round(100 * hits / len(ours)),
        "relocated": round(100 * other / len(theirs)),
        "value": round(100 * found.value),
        "low": round(100 * found.low),
        "high": round(100 * found.high),
        "resident_homes": len(ours),
        "relocated_homes": len(theirs),
        "resident_base": round(sum(base for _, base in ours) / len(ours)),
        "relocated_base": round(sum(base for _, base in theirs) / len(theirs)),
        "tells": int(found.tells),
    }
    if len(ours) > 1 and len(theirs) > 1:
        base = maths.mean_difference([base for _, base in ours], [base for _, base in theirs])
        figures |= {"base_low": round(10 * base.low), "base_high": round(10 * base.high)}
    rows = [[HOME, str(id_)] for id_ in sorted(down & books.homes.keys())]
    yield Prompt(RESIDENCY, figures, rows[:MOST_BEHIND], None, 1.0)
