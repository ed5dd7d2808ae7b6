"""An audit's sample: drawn again by anyone, steered by nobody, and nothing that has to be in it is left out."""

import hashlib
import json
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from villagepoints.domain import audit_meaning
from villagepoints.domain.audit import CLERK, ENTRY, GOODS, GROUP, HOUSEHOLD, ITEM, LARGE, NEVER, PROXY
from villagepoints.domain.audit_draw import (
    BOUNDS,
    Drawn,
    EntryLine,
    Frame,
    HouseholdLine,
    Sizes,
    check_lot,
    check_sizes,
    draw,
    frame_hash,
    pseudonym,
    seed,
    share_out,
    stratum_of,
)
from villagepoints.domain.errors import BadInput

MONTH, ROOT = "2026-05", hashlib.sha256(b"seal").digest()
homes = st.builds(
    HouseholdLine, st.just(""), st.none() | st.integers(1, 4), st.sampled_from(["resident", "relocated"]), st.booleans()
)
entries = st.builds(
    EntryLine,
    st.just(""),
    st.integers(-300, 300),
    st.sampled_from(["award", "penalty", "redemption", "reversal", "expiry"]),
    st.sampled_from(["A1", "D1", "redemption"]),
    st.sampled_from(["", "clerk", "other"]),
    st.booleans(),
)


@st.composite
def frames(choose: Callable[..., object]) -> Frame:
    """Any frame, every line of it with a name of its own."""
    some = choose(st.lists(homes, max_size=40)), choose(st.lists(entries, max_size=40))
    return Frame(
        [line._replace(name=pseudonym(b"salt", f"household {n}")) for n, line in enumerate(some[0])],  # type: ignore
        [line._replace(name=pseudonym(b"salt", f"entry {n}")) for n, line in enumerate(some[1])],  # type: ignore
        [f"R{n:02d}" for n in range(choose(st.integers(0, 12)))],  # type: ignore[call-overload]
    )


sizes = st.builds(
    Sizes,
    households=st.integers(5, 40),
    share_percent=st.integers(1, 100),
    share_least=st.integers(1, 3),
    share_most=st.integers(3, 9),
)
lots = st.from_regex(r"\A[0-9]{6}\Z")


@settings(max_examples=40)
@given(frames(), sizes, lots, st.randoms())
def test_the_same_lot_draws_the_same_whatever_order_the_frame_comes_in(
    frame: Frame, chosen: Sizes, lot: str, random: Random
) -> None:
    mixed = Frame(
        random.sample(frame.households, len(frame.households)),
        random.sample(frame.entries, len(frame.entries)),
        random.sample(frame.goods, len(frame.goods)),
    )
    of_seed = seed(ROOT, lot, MONTH)
    assert mixed.as_bytes() == frame.as_bytes()
    assert draw(of_seed, mixed, chosen) == draw(of_seed, frame, chosen)
    assert draw(of_seed, Frame.parse(frame.as_bytes()), chosen) == draw(of_seed, frame, chosen)


@settings(max_examples=40)
@given(frames(), sizes, lots)
def test_what_is_drawn_is_in_the_frame_once_and_what_must_be_drawn_is(frame: Frame, chosen: Sizes, lot: str) -> None:
    sample = draw(seed(ROOT, lot, MONTH), frame, chosen)
    names = Counter((one.kind, one.name) for one in sample)
    there = {
        HOUSEHOLD: {line.name for line in frame.households},
        ENTRY: {line.name for line in frame.entries},
        GOODS: set(frame.goods),
    }
    assert all(name in there[kind] for kind, name in names)
    assert set(names.values()) <= {1}
    kinds = Counter(one.kind for one in sample)
    assert kinds[HOUSEHOLD] == min(chosen.households, len(frame.households))
    assert kinds[GOODS] == min(chosen.goods, len(frame.goods))
    reasons = {(one.reason, one.name) for one in sample}
    for line in frame.entries:
        is_large = abs(line.points) >= chosen.large_from and line.kind in ("award", "penalty", "reversal")
        assert is_large == ((LARGE, line.name) in reasons)
        if line.is_proxy and abs(line.points) >= chosen.proxy_from:
            assert (ENTRY, line.name) in names
    for by in ("recorder", "item"):
        for stratum, lines in Counter(getattr(line, by) for line in frame.entries).items():
            of_it = {line.name for line in frame.entries if getattr(line, by) == stratum}
            drawn = sum(one.name in of_it for one in sample)
            assert stratum == "" or drawn >= min(lines, chosen.share_least)


@settings(max_examples=40)
@given(st.dictionaries(st.text(min_size=1, max_size=4), st.integers(1, 500), min_size=1), st.integers(0, 400), lots)
def test_each_stratum_gets_its_share_up_to_less_than_one_and_all_shares_come_to_what_was_wanted(
    counts: dict[str, int], wanted: int, lot: str
) -> None:
    total = sum(counts.values())
    shares = share_out(seed(ROOT, lot, MONTH), GROUP, counts, wanted)
    assert sum(shares.values()) == min(wanted, total)
    for stratum, lines in counts.items():
        exact = Fraction(min(wanted, total) * lines, total)
        assert abs(shares[stratum] - exact) < 1
        assert 0 <= shares[stratum] <= lines


def _village(new: int = 60) -> Frame:
    """Sixty households in six strata, one of a single household, sixty entries, ten kinds of goods."""
    lines = []
    for n in range(60):
        group, residency = (9, "relocated") if n == 0 else (n % 5, "resident")
        lines.append(HouseholdLine(pseudonym(b"s", f"household {n}"), group, residency, n < new))
    books = [
        EntryLine(pseudonym(b"s", f"entry {n}"), n % 20, "award", f"D{n % 4}", f"clerk {n % 3}", False)
        for n in range(60)
    ]
    return Frame(lines, books, [f"R{n}" for n in range(10)])


@pytest.mark.parametrize("new", [60, 30, 0], ids=["none was visited", "half were", "all were"])
def test_every_line_can_be_drawn_even_that_of_the_smallest_group_and_of_who_was_visited(new: int) -> None:
    frame, seen = _village(new), Counter[str]()
    for lot in range(200):
        seen.update(one.name for one in draw(seed(ROOT, f"{lot:06d}", MONTH), frame, Sizes(households=10)))
    everything = {*(line.name for line in frame.households), *(line.name for line in frame.entries), *frame.goods}
    assert set(seen) == everything
    if new == 60:  # nobody was visited: one in six each, 33 of 200 times, give or take five standard deviations
        assert all(7 < seen[line.name] < 60 for line in frame.households)


def test_who_was_never_visited_goes_first_and_some_are_drawn_among_all() -> None:
    frame = _village(30)
    of_seed = seed(ROOT, "407193", MONTH)
    sample = [one for one in draw(of_seed, frame, Sizes(households=10)) if one.kind == HOUSEHOLD]
    new = {line.name for line in frame.households if line.is_new}
    assert Counter(one.reason for one in sample) == {NEVER: 8, GROUP: 2}
    assert all(one.name in new for one in sample if one.reason == NEVER)
    strata = {line.name: stratum_of(line) for line in frame.households}
    assert all(one.stratum == strata[one.name] for one in sample)
    assert sum(one.is_blind for one in sample) == 2  # a fifth


def test_one_digit_of_the_lot_another_seal_or_month_draws_something_else() -> None:
    frame, asked = _village(), Sizes(households=10)
    first = draw(seed(ROOT, "407193", MONTH), frame, asked)
    others = [seed(ROOT, "407194", MONTH), seed(ROOT, "0407193", MONTH), seed(b"", "407193", MONTH)]
    for other in (*others, seed(ROOT, "407193", "2026-06")):
        assert {one.name for one in draw(other, frame, asked)} != {one.name for one in first}


def test_an_entry_drawn_for_several_reasons_stands_once_for_the_first() -> None:
    line = EntryLine("p", -250, "transfer", "transfer", "clerk", True)
    frame = Frame([], [line], [])
    assert draw(b"seed", frame, Sizes()) == [Drawn(ENTRY, LARGE, "", "p")]
    goods_taken = replace(frame, entries=[line._replace(kind="redemption", item="redemption")])
    assert [one.reason for one in draw(b"seed", goods_taken, Sizes())] == [PROXY]
    small = replace(frame, entries=[line._replace(points=-5)])
    assert [one.reason for one in draw(b"seed", small, Sizes())] == [CLERK]
    by_phone = replace(frame, entries=[line._replace(points=-5, recorder="")])
    assert [one.reason for one in draw(b"seed", by_phone, Sizes())] == [ITEM]


def test_the_formats_stand_as_they_are_written_down() -> None:
    frame = Frame(
        [HouseholdLine("b", None, "resident", True)], [EntryLine("a", -5, "penalty", "B6", "", False)], ["R1"]
    )
    text = frame.as_bytes().decode()
    assert text == (
        '{"entries":[["a",-5,"penalty","B6","",false]],"format":1,"goods":["R1"],'
        '"households":[["b",null,"resident",true]]}'
    )
    assert frame_hash(frame.as_bytes()) == hashlib.sha256(text.encode()).digest()
    parts = json.dumps([1, ROOT.hex(), "407193", MONTH], separators=(",", ":"))
    assert seed(ROOT, "407193", MONTH) == hashlib.sha256(b"villagepoints audit\n" + parts.encode()).digest()


def test_a_lot_is_six_digits_or_more_and_sizes_stay_within_bounds() -> None:
    check_lot("007193")
    for wrong in ("", "12345", "1" * 21, "12345a", "\uff11" * 6):
        with pytest.raises(BadInput):
            check_lot(wrong)
    check_sizes(Sizes())
    for name, (least, most) in BOUNDS.items():
        for beyond in (least - 1, most + 1):
            with pytest.raises(BadInput) as refused:
                check_sizes(replace(Sizes(), **{name: beyond}))
            assert refused.value.field == name
    with pytest.raises(BadInput):
        check_sizes(Sizes(share_least=8, share_most=6))


def test_what_a_size_means_is_counted_exactly() -> None:
    assert audit_meaning.missed(10, 1, 5) == Fraction(1, 2)
    assert audit_meaning.missed(10, 6, 5) == 0
    assert audit_meaning.found(10, 10) == 1
    assert audit_meaning.found(10, 5) == 4  # C(6,5)/C(10,5) = 6/252 < 5 % < C(7,5)/C(10,5) = 21/252
    assert audit_meaning.found(10, 0) is None
    assert audit_meaning.found(0, 0) is None
    said = audit_meaning.meaning(1046, 30)
    assert (said.wrong, said.missed_percent, said.found, said.found_percent) == (105, 4, 99, 10)
    assert audit_meaning.meaning(3, 30).missed == 0  # more than there are: all of them
