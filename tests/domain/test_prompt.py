"""Prompts: what was planted shows with its figures, and in a village where nobody favours anybody next to nothing."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from uuid import UUID

import pytest

from tests.prompt_village import AT, CLERKS, GRID, MONTH, SHOP, fair, favoured, home_id, let_off, reused
from villagepoints.domain import prompt as kinds
from villagepoints.domain import prompt_acts, prompt_homes, prompt_people
from villagepoints.domain.prompt import Prompt
from villagepoints.domain.prompt_books import Asked, Books, Deed, Edit, Handed, Home, Person, Scored, Sums
from villagepoints.services.prompt import found

# What a village of real size with honest people shows in a month. Of 200 drawn ones 7 showed a prompt about relatives
# too; of 60, with all kinds, 2 one about edits and none any other. What was planted showed in 58 (relatives + 20 %), 60
# (a photo six times) and 60 (a scorer who keeps 30 %) of the same 60; + 15 % in 38, a scorer who keeps half in 51.
ALWAYS = {kinds.RESIDENCY}


@pytest.fixture(scope="module")
def village() -> Books:
    return fair(1)


def only(prompts: list[Prompt], kind: str) -> Prompt:
    (one,) = [prompt for prompt in prompts if prompt.kind == kind]
    return one


def test_a_fair_village_gives_nothing_to_look_at_but_its_two_residencies(village: Books) -> None:
    assert {one.kind for one in found(village)} == ALWAYS


def test_what_was_planted_in_it_is_seen_and_nothing_else(village: Books) -> None:
    prompts = found(favoured(reused(let_off(village, 0.3), 6), 20))
    assert {one.kind for one in prompts} == {kinds.RELATIVES, kinds.LENIENT, kinds.PHOTO, *ALWAYS}
    family = only(prompts, kinds.RELATIVES)
    assert (family.subject_id, family.figures["homes"]) == (CLERKS[0], 6)
    assert int(family.figures["mean"]) > 1.1 * int(family.figures["others"])
    assert [kinds.HOME, str(home_id(101))] in family.behind
    photo = only(prompts, kinds.PHOTO)
    assert (photo.figures["uses"], photo.figures["homes"], photo.figures["photos"]) == (6, 6, 6)
    assert len(photo.behind) == 6
    scorer = only(prompts, kinds.LENIENT)
    assert scorer.subject_id == CLERKS[2]
    assert int(scorer.figures["found"]) < 0.5 * int(scorer.figures["expected"])


def test_relatives_are_those_declared_on_either_side_and_never_a_shared_name(village: Books) -> None:
    # six colleagues declared the clerk's household: theirs are the relatives' homes, though the clerk declared none
    people = dict(village.people)
    people[CLERKS[0]] = people[CLERKS[0]]._replace(household_id=home_id(7))
    homes = (101, 233, 377, 505, 691, 803)
    others = {UUID(int=n): Person(UUID(int=n), people[CLERKS[0]].name, home_id(n), []) for n in homes}
    declared = [(user, home_id(7)) for user in others]
    mine = favoured(village, 60)
    both = replace(mine, people={**people, **others}, relatives=declared)
    assert only(list(prompt_people.relatives(both)), kinds.RELATIVES).figures["homes"] == 7
    assert not list(prompt_people.relatives(replace(both, relatives=[])))


def test_a_photo_of_one_act_for_many_households_is_one_use(village: Books) -> None:
    first = village.pictures[0]
    same = [
        first._replace(id=UUID(int=50 + n), about=UUID(int=60 + n), household_id=home_id(600 + n)) for n in range(5)
    ]
    assert not list(prompt_homes.photos(replace(village, pictures=[*village.pictures, *same])))


def homes(how_many: int, group_no: int = 1, residency: str = "resident") -> dict[UUID, Home]:
    return {home_id(n): Home(home_id(n), group_no, residency, True, None, None) for n in range(how_many)}


def books(village: Books, **values: object) -> Books:
    """A village without anything but what is given."""
    empty = Books(
        month=MONTH, at=AT, book=village.book, first_on=village.first_on, kept_from=village.kept_from, homes=homes(50)
    )
    return replace(empty, **values)  # type: ignore[arg-type]


def deed(home: int, seq: int, points: int = 10, day: int = 5, who: UUID = CLERKS[0], code: str = "D1") -> Deed:
    at = datetime(2026, 5, day, 2, seq % 60, tzinfo=UTC)
    return Deed(home_id(home), seq, code, "award", points, date(2026, 5, day), at, who, CLERKS[1], False, "")


def test_leniency_is_reckoned_lane_by_lane(village: Books) -> None:
    # 30 of 50 scored by one clerk, who found nothing; another scored the same 50 and found something at 20:
    # 30·20/80 = 7.5 expected, variance 30·50·20·60 / (80²·79) = 3.56, z = −3.97
    rows = [Scored("2026-05", home_id(n), CLERKS[0]) for n in range(30)]
    rows += [Scored("2026-04", home_id(n), CLERKS[1]) for n in range(50)]
    hits = [one._replace(household_id=home_id(n), recorded_by=CLERKS[1]) for n, one in enumerate(village.found[:20])]
    hits = [one._replace(found_on=date(2026, 4, 20)) for one in hits]
    (one,) = prompt_people.lenient(books(village, scored=rows, found=hits))
    assert one.subject_id == CLERKS[0]
    assert dict(one.figures, chance=0) == {"scored": 30, "found": 0, "expected": 8, "lanes": 1, "chance": 0}
    assert 25_000 < int(one.figures["chance"]) < 30_000
    alone = books(village, scored=rows[:30], found=hits)
    assert not list(prompt_people.lenient(alone))  # nobody else scored these lanes: nothing to compare


def test_gains_for_one_group_count_by_deed_not_by_who_came(village: Books) -> None:
    two = {**homes(25), **{home_id(n): Home(home_id(n), 2, "resident", False, None, None) for n in range(25, 50)}}
    ours = [deed(n % 25, n, day=n % 28 + 1, code=f"D{n % 2 + 1}") for n in range(28)]  # 28 deeds for the first group
    few = [deed(25 + n, n, day=n + 1) for n in range(4)]
    others = [deed(n % 50, 100 + n, day=n % 28 + 1, who=CLERKS[1]) for n in range(56)]
    (one,) = prompt_people.groups(books(village, homes=two, deeds=[*ours, *few, *others], people=village.people))
    assert (one.subject_id, one.figures["group"], one.figures["deeds"]) == (CLERKS[0], 1, 28)
    assert one.figures["percent"] == 88  # 28 of 32
    assert one.figures["others"] == 53  # 28 of 53 deeds of others; of the households only half
    meeting = [deed(n, n) for n in range(25)] + few
    assert not list(prompt_people.groups(books(village, homes=two, deeds=[*meeting, *others], people=village.people)))


def test_a_burst_is_many_acts_not_many_households(village: Books) -> None:
    at = datetime(2026, 5, 12, 12, 14, tzinfo=UTC)
    acts = [Asked(UUID(int=n), CLERKS[0], at + timedelta(seconds=25 * n)) for n in range(24)]
    calm = [Asked(UUID(int=100 + n), CLERKS[0], at - timedelta(days=1, minutes=20 * n)) for n in range(6)]
    (one,) = prompt_acts.bursts(books(village, asked=[*calm, *acts]))
    assert dict(one.figures) == {"acts": 24, "day": "2026-05-12", "time": "20:14", "usual": 1, "households": 24}
    at_once = [asked._replace(claimed_at=at) for asked in acts]  # one page saved for 24 households
    assert not list(prompt_acts.bursts(books(village, asked=at_once)))
    assert not list(prompt_acts.bursts(books(village, asked=acts[:19])))


def test_sums_just_under_the_second_persons_limit_stand_out_from_those_below(village: Books) -> None:
    deeds = [row for n in range(9) for row in (deed(n, 1, 50), deed(n, 2, 45))] + [deed(20, 1, 85)]
    (one,) = prompt_acts.just_under(books(village, deeds=deeds))
    assert (one.figures["under"], one.figures["below"], one.figures["low"], one.figures["high"]) == (9, 1, 90, 99)
    assert one.figures["chance"] == 93  # 11 of 1,024: nine or ten of ten by the toss of a coin
    spread = [deed(n, 1, 95) for n in range(8)] + [deed(n + 20, 1, 85) for n in range(6)]
    assert not list(prompt_acts.just_under(books(village, deeds=spread)))


def test_the_same_full_cap_in_two_months_is_seen(village: Books) -> None:
    full = [deed(3, seq, 20, day) for seq, day in enumerate((1, 2, 3, 4, 5), 1)]  # D1: 100 points a month
    earlier = [row._replace(seq=row.seq + 10, occurred_on=row.occurred_on.replace(month=4)) for row in full]
    (one,) = prompt_homes.caps(books(village, deeds=[*full, *earlier]))
    assert dict(one.figures) == {"homes": 1, "cap": 100, "item": "D1"}
    assert len(one.behind) == 10
    assert not list(prompt_homes.caps(books(village, deeds=full)))


def test_edits_before_the_audit_are_held_against_twelve_weeks(village: Books) -> None:
    late = [Edit("base", AT - timedelta(days=n), [kinds.ENTRY, "x", n]) for n in range(3)]
    late += [Edit("setting", AT - timedelta(days=n), [kinds.ACT, n]) for n in range(3)]
    before = [Edit("count", AT - timedelta(days=10 + 7 * n), [kinds.ACT, 50 + n]) for n in range(12)]
    (one,) = prompt_homes.edits(books(village, edits=[*late, *before]))
    told = {"edits": 6, "usual": 1, "reversals": 3, "base": 3, "settings": 3, "counts": 0}
    assert dict(one.figures) == {**told, "chance": 1683}  # six or more where one is usual: 0.000594
    assert not list(prompt_homes.edits(books(village, edits=before)))
    young = replace(books(village, edits=late), kept_from=AT - timedelta(days=30))
    assert not list(prompt_homes.edits(young))


def test_goods_handed_over_at_night_are_counted_by_the_villages_clock(village: Books) -> None:
    def at(hour: int, n: int) -> Handed:
        instant = datetime(2026, 5, 20, hour, 30, tzinfo=UTC)
        return Handed(UUID(int=n), home_id(n), 200, date(2026, 5, 20), instant, SHOP, "", False)

    # 22:30, 5:30 and 23:30 in the village; 6:30 and 21:30 are day
    rows = [at(14, 1), at(21, 2), at(15, 3), at(22, 4), at(13, 5)]
    (one,) = prompt_acts.nights(books(village, handed=rows))
    assert dict(one.figures) == {"times": 3, "all": 5, "points": 600}
    assert not list(prompt_acts.nights(books(village, handed=rows[1:])))
    imported = [row._replace(is_imported=True) for row in rows]
    assert not list(prompt_acts.nights(books(village, handed=imported)))


def test_a_helper_of_more_than_five_elders_is_seen_and_a_bare_relation_is_nobody(village: Books) -> None:
    def by(name: str, n: int) -> Handed:
        return Handed(UUID(int=n), home_id(n % 20), 50, date(2026, 5, 9), None, None, name, True)

    rows = (
        [by("顾 网格员", n) for n in range(6)]
        + [by("张三", 30 + n) for n in range(5)]
        + [by("邻居", 60 + n) for n in range(9)]
    )
    (one,) = prompt_acts.helpers(books(village, handed=rows))
    assert dict(one.figures) == {"homes": 6, "times": 6, "points": 300, "usual": 5, "unnamed": 9}


def test_a_lane_without_a_deduction_stands_out_where_others_have_many(village: Books) -> None:
    lanes = {home_id(n): Home(home_id(n), n // 20 + 1, "resident", False, None, None) for n in range(100)}
    down = [Sums(home_id(n), 300, 100, 10, 0, date(2026, 2, 28)) for n in range(20, 100) if n % 2]
    (one,) = prompt_homes.never_down(books(village, homes=lanes, sums=down))
    told = {"group": 1, "track": "resident", "homes": 20, "never": 20, "percent": 100, "others": 50, "months": 12}
    assert {name: value for name, value in one.figures.items() if name != "chance"} == told
    young = books(village, homes=lanes, sums=down, first_on=date(2026, 2, 1))
    assert not list(prompt_homes.never_down(young))


def test_whom_nobody_looked_at_in_three_months_is_listed(village: Books) -> None:
    lanes = homes(6)
    lanes[home_id(0)] = lanes[home_id(0)]._replace(joined_on=date(2026, 4, 2))  # new
    lanes[home_id(1)] = lanes[home_id(1)]._replace(walked_on=date(2026, 3, 1))
    rows = [Scored("2026-03", home_id(2), GRID)]
    sums = [Sums(home_id(3), 300, 100, 10, 30, None), Sums(home_id(4), 300, 100, 10, 0, None)]
    (one,) = prompt_homes.never_scored(books(village, homes=lanes, scored=rows, sums=sums))
    assert dict(one.figures) == {"homes": 2, "all": 5}
    assert one.behind == [[kinds.HOME, str(home_id(4))], [kinds.HOME, str(home_id(5))]]


def test_two_residencies_are_told_apart_only_where_the_numbers_can(village: Books) -> None:
    lanes = {**homes(70), **{home_id(n): Home(home_id(n), 1, "relocated", False, None, None) for n in range(70, 150)}}

    def scored(n: int, is_down: bool) -> Sums:
        return Sums(home_id(n), 300, 95 if is_down else 100, 10, 0, date(2026, 5, 31) if is_down else None)

    sums = [scored(n, n < 56) for n in range(70)] + [scored(n, n < 118) for n in range(70, 150)]  # 56/70, 48/80
    (one,) = prompt_homes.residencies(books(village, homes=lanes, sums=sums))
    told = ("resident", "relocated", "value", "low", "high", "resident_base", "relocated_base", "tells")
    assert [one.figures[name] for name in told] == [80, 60, 20, 5, 33, 96, 97, 1]
    (few,) = prompt_homes.residencies(books(village, homes=lanes, sums=[*sums[52:60], *sums[115:122]]))
    assert few.figures["tells"] == 0
    assert not list(prompt_homes.residencies(books(village, homes=lanes, sums=sums[:70])))
