"""Replaying the rules of the time brings back the ledger to the point; other rules bring what they would have."""

import time
from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import select
from sqlalchemy.orm import Session

from tests import factories
from tests.factories import NOW, TODAY, Made
from villagepoints.domain import replay
from villagepoints.domain.calendar import Month
from villagepoints.domain.errors import DomainError
from villagepoints.domain.ledger import AWARD, IMPORT, Draft
from villagepoints.domain.rule_check import parse
from villagepoints.domain.rulebook import BASE, RuleBook
from villagepoints.models import LedgerEntry
from villagepoints.services import posting, rulebook
from villagepoints.services import replay as service
from villagepoints.services.posting import Item
from villagepoints.services.transaction import transaction

JANUARY = Month(2026, 1)


def changed(version: int = 2, **items: dict[str, Any]) -> RuleBook:
    """The default book with items that say otherwise, as `A1={"step": 10}`; None takes one away."""
    source = rulebook.read_text(rulebook.default_text())
    source["item"] = [{**raw, **items.get(raw["code"], {})} for raw in source["item"] if items.get(raw["code"]) != {}]
    return parse(source, version)


def assert_true(session: Session, village_id: UUID, first: Month, last: Month) -> replay.History:
    history = service.load(session, village_id, first, last)
    outcome = replay.replay(history, history.books.__getitem__)
    expected = service.in_books(session, village_id, first, last)
    assert expected
    assert {one: outcome.by_household()[one] for one in expected} == expected
    assert (outcome.dropped.total(), outcome.capped.total(), outcome.assumed.total()) == (0, 0, 0)
    return history


def assert_sample_comes_back(session: Session, village_id: UUID) -> None:
    """The past of the sample's 1,046 households, in seconds (called where they are imported: that takes longer)."""
    days = session.scalars(select(LedgerEntry.occurred_on).where(LedgerEntry.kind == AWARD).distinct()).all()
    first, last = Month.of(min(days)), Month.of(max(days))
    history = assert_true(session, village_id, first, last)
    assert len(history.residencies) == 1046
    start = time.perf_counter()
    found = service.compare(session, village_id, changed(A1={"step": 10}), (last + 1).first, 6)
    assert time.perf_counter() - start < 10
    assert found.is_true
    assert len(found.losers) > 100
    assert [one.difference for one in found.losers] == sorted(one.difference for one in found.losers)


def base(session: Session, made: Made, month: Month, household: int = 0, **points: int) -> None:
    """A month's base of a household, as an import leaves it."""

    @transaction
    def post(session: Session) -> None:
        book = rulebook.in_force(session, made.id, month.last)
        drafts = [
            Draft(
                household_id=made.households[household].id,
                kind=AWARD,
                points=points.get(item.code, item.points),
                occurred_on=month.last,
                origin=IMPORT,
                rulebook_version=book.version,
                item_code=item.code,
            )
            for item in book.of_kind(BASE)
        ]
        posting.post(session, made.id, drafts, NOW)

    post(session)


def of_first(session: Session, made: Made, draft: RuleBook, months: int = 12) -> service.Comparison:
    return service.compare(session, made.id, draft, TODAY, months)


def test_each_pile_costs_what_the_draft_says(session: Session, village: Made) -> None:
    base(session, village, JANUARY, A1=15)  # two piles
    found = of_first(session, village, changed(A1={"step": 10}))
    assert found.is_true
    assert found.totals == (90, 80)
    assert [(one.number, one.difference) for one in found.losers] == [("001", -10)]
    assert (len(found.winners), len(found.losers)) == (0, 1)


def test_a_paper_s_own_figure_is_kept_where_the_item_is_the_same(session: Session, village: Made) -> None:
    base(session, village, JANUARY, A1=13)
    assert of_first(session, village, changed()).totals == (88, 88)
    assert replay.findings_behind(changed().item("A1"), 13) is None


def test_an_item_that_is_gone_drops_its_events_and_says_how_many(session: Session, village: Made) -> None:
    record(session, village, "D1", TODAY - timedelta(days=40), quantity=2)
    source = rulebook.read_text(rulebook.default_text())
    source["item"] = [raw for raw in source["item"] if raw["code"] != "D1"]
    found = of_first(session, village, parse(source, 2))
    assert found.totals == (10, 0)
    assert found.after.dropped == {"D1": 1}


def test_a_lower_cap_leaves_out_what_no_longer_fits(session: Session, village: Made) -> None:
    for day in (40, 41, 42):
        record(session, village, "D2", TODAY - timedelta(days=day))
    found = of_first(session, village, changed(D2={"cap": {"month_points": 10}}))
    assert found.totals == (15, 10)
    assert found.after.capped == {"D2": 1}


def test_what_paper_recorded_beyond_a_cap_stays_in(session: Session, village: Made) -> None:
    @transaction
    def post(session: Session) -> None:
        day = {"occurred_on": TODAY - timedelta(days=40), "origin": IMPORT, "rulebook_version": 1, "item_code": "D2"}
        one = Draft(household_id=village.household.id, kind=AWARD, points=5, **day)  # type: ignore[arg-type]
        posting.post(session, village.id, [one] * 6, NOW)

    post(session)
    found = of_first(session, village, changed())
    assert found.is_true
    assert found.totals == (30, 30)


def test_a_base_item_nobody_looked_at_counts_in_full(session: Session, village: Made) -> None:
    base(session, village, JANUARY, A1=15)
    source = rulebook.read_text(rulebook.default_text())
    source["item"][0]["points"] = 20
    source["item"].append({"code": "A8", "kind": "base", "points": 5, "step": 5, "name": "门前三包"})
    found = of_first(session, village, parse(source, 2))
    assert found.totals == (90, 90)  # two piles: 10 of 20, and 5 for the new item
    assert found.after.assumed == {"A8": 1}


def record(session: Session, made: Made, code: str, on: date, household: int = 0, **more: Any) -> int:
    wanted = Item(code=code, occurred_on=on, note="事", **more)
    posted = posting.record(
        session,
        made.clerk,
        key=f"{code}{on}{household}{more}{time.perf_counter_ns()}",
        household_id=made.households[household].id,
        wanted=wanted,
        now=NOW,
        approved_by=made.reviewer.user_id,
    )
    return posted.seq


EVENTS = st.lists(
    st.tuples(
        st.sampled_from(
            [
                ("D1", {"quantity": 3}),
                ("D2", {}),
                ("C4", {}),
                ("A6", {}),
                ("D4", {"grade": "献血"}),
                ("D4", {"grade": "见义勇为"}),
                ("B4", {"grade": "区级", "occasion": "某一件"}),
                ("B6", {"document": "文书"}),
            ]
        ),
        st.integers(0, 160),
        st.integers(0, 2),
        st.booleans(),
    ),
    max_size=25,
)


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_whatever_was_posted_and_reversed_comes_back_to_the_point(
    session: Session, sessions: Callable[[], Session]
) -> None:
    codes = iter(f"v{n}" for n in range(100))

    @settings(max_examples=20)
    @given(EVENTS, st.lists(st.integers(0, 30), min_size=3, max_size=3))
    def holds(events: list[Any], lost: list[int]) -> None:
        made = factories.make_village(session, next(codes))
        for household, less in enumerate(lost):
            base(session, made, JANUARY + household, household, A1=max(0, 25 - less))
        for (code, more), days, household, is_undone in events:
            try:
                seq = record(session, made, code, TODAY - timedelta(days=days), household, **more)
            except DomainError:
                continue
            if is_undone:
                where = {"household_id": made.households[household].id, "seq": seq, "reason": "记错"}
                approved = {"approved_by": made.reviewer.user_id, "now": NOW}
                posting.reverse(session, made.clerk, key=f"u{household}-{seq}", **where, **approved)  # type: ignore[arg-type]
        assert_true(session, made.id, Month(2026, 1), Month(2026, 6))

    holds()


def test_a_replay_that_loses_a_finding_is_caught(
    session: Session, village: Made, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The planted bug: one finding fewer than the points tell."""
    base(session, village, JANUARY, A1=15)
    true = replay.findings_behind
    monkeypatch.setattr(replay, "findings_behind", lambda item, points: max(0, (true(item, points) or 0) - 1))
    assert not of_first(session, village, changed()).is_true


def test_an_earlier_part_of_the_year_counts_for_the_caps_but_not_for_the_points(
    session: Session, village: Made
) -> None:
    record(session, village, "B3", date(2026, 1, 10))
    record(session, village, "B3", date(2026, 5, 10))
    found = of_first(session, village, changed(B3={"cap": {"year": 1}}), months=2)
    assert found.totals == (30, 0)
    assert replace(changed(), version=3).item("B3").cap == {"year": 2}
