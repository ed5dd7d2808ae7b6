"""The ledger's law: balances add up, chains hold, redemptions never overdraw."""

from dataclasses import replace
from datetime import UTC, date, datetime
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from villagepoints.domain import ledger
from villagepoints.domain.errors import AlreadyReversed, BadInput, NotEnoughPoints, RuleBroken
from villagepoints.domain.ledger import Draft, Head, PostedEntry, append, commit_to, entry_bytes, entry_hash

VILLAGE = UUID(int=1)
HOUSEHOLD = UUID(int=2)
AT = datetime(2026, 1, 2, 3, 4, 5, 6, tzinfo=UTC)
EMPTY = Head(0, 0, b"")


def draft(points: int, kind: str = ledger.AWARD, **more: object) -> Draft:
    return Draft(
        household_id=HOUSEHOLD, kind=kind, points=points, occurred_on=date(2026, 1, 1), origin=ledger.PAGE, **more
    )


def chain(drafts: list[Draft]) -> tuple[list[PostedEntry], Head]:
    head, entries = EMPTY, []
    for one in drafts:
        entry, head = append(VILLAGE, head, one, AT, b"salt")
        entries.append(entry)
    return entries, head


def test_the_byte_format_is_frozen():
    entry, _ = append(VILLAGE, EMPTY, draft(5, item_code="D2", rulebook_version=1, note="村民会议"), AT, b"salt")
    assert entry_bytes(entry).decode() == (
        '[1,"00000000-0000-0000-0000-000000000001","00000000-0000-0000-0000-000000000002",1,"award",5,5,'
        '"2026-01-01","2026-01-02T03:04:05.000006Z",1,"D2",null,1,null,"page",null,null,null,null,null,null,null,'
        '"' + commit_to(b"salt", "村民会议", "", ()).hex() + '",""]'
    )
    assert entry_hash(entry).hex() == "eacb86e6ae70a5e8cb12a03be6314fa9a74d8ad6ee225c97b37dc4ac3758f46a"


def test_a_redemption_of_more_than_the_balance_is_refused_with_the_numbers():
    _, head = chain([draft(80)])
    with pytest.raises(NotEnoughPoints) as refused:
        append(VILLAGE, head, draft(-100, ledger.REDEMPTION), AT, b"")
    assert refused.value.values == {"needed": 100, "balance": 80, "missing": 20}


def test_a_penalty_and_a_reversal_may_go_below_zero():
    _, head = chain([draft(10), draft(-50, ledger.PENALTY), draft(-10, ledger.REVERSAL, reverses_seq=1)])
    assert head.balance == -50


def test_points_that_no_village_has_are_refused():
    with pytest.raises(BadInput):
        append(VILLAGE, EMPTY, draft(ledger.MOST_POINTS + 1), AT, b"")


POINTS = st.lists(st.tuples(st.sampled_from([ledger.AWARD, ledger.PENALTY]), st.integers(0, 500)), max_size=30)


@given(POINTS)
def test_every_balance_is_the_sum_of_the_points_up_to_it(moves: list[tuple[str, int]]):
    entries, head = chain([draft(-n if kind == ledger.PENALTY else n, kind) for kind, n in moves])
    assert [e.seq for e in entries] == list(range(1, len(moves) + 1))
    assert [e.balance_after for e in entries] == [sum(x.points for x in entries[: i + 1]) for i in range(len(entries))]
    assert head.balance == sum(e.points for e in entries)


CHANGES = st.sampled_from(
    [
        ("points", 1),
        ("seq", 7),
        ("kind", "penalty"),
        ("balance_after", 99),
        ("occurred_on", date(2025, 1, 1)),
        ("recorded_at", datetime(2025, 1, 1, tzinfo=UTC)),
        ("item_code", "A1"),
        ("grade", "x"),
        ("quantity", 2),
        ("occasion", "x"),
        ("origin", "import"),
        ("recorded_by", UUID(int=9)),
        ("approved_by", UUID(int=9)),
        ("acted_for", UUID(int=9)),
        ("reverses_seq", 1),
        ("redemption_id", UUID(int=9)),
        ("batch_id", UUID(int=9)),
        ("counter_household_id", UUID(int=9)),
        ("commitment", b"x"),
        ("prev_hash", b"x"),
        ("household_id", UUID(int=9)),
        ("village_id", UUID(int=9)),
        ("rulebook_version", 9),
    ]
)


@given(CHANGES)
def test_changing_any_field_changes_the_hash(change: tuple[str, object]):
    entry, _ = append(VILLAGE, EMPTY, draft(5), AT, b"")
    assert entry_hash(replace(entry, **{change[0]: change[1]})) != entry.hash


@given(st.text(max_size=20), st.text(max_size=20))
def test_words_cannot_be_moved_between_the_fields_of_a_commitment(a: str, b: str):
    if a or b:
        assert commit_to(b"s", a + b, "", ()) != commit_to(b"s", "", a + b, ())


def test_an_entry_is_reversed_once_and_a_redemption_never():
    entries, _ = chain([draft(10), draft(-5, ledger.REDEMPTION), draft(-10, ledger.REVERSAL, reverses_seq=1)])
    ledger.check_reversible(entries[0], None)
    with pytest.raises(AlreadyReversed):
        ledger.check_reversible(entries[0], 3)
    for entry in entries[1:]:
        with pytest.raises(RuleBroken):
            ledger.check_reversible(entry, None)


def test_the_same_deed_in_other_spacing_is_the_same_occasion_and_another_household_has_its_own():
    same = ledger.occasion_hash(HOUSEHOLD, "2026 市级 文明家庭")
    assert same == ledger.occasion_hash(HOUSEHOLD, " 2026市级文明家庭 ")
    assert same != ledger.occasion_hash(VILLAGE, "2026市级文明家庭")
    assert ledger.occasion_hash(HOUSEHOLD, "  ") is None
