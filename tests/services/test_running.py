"""What the ledger adds up to is kept up with every entry, and is what counting everything anew would find."""

from datetime import date, timedelta

import pytest
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy.orm import Session

from tests.factories import NOW, TODAY, Made, make_households
from villagepoints.commands.serve import count_ahead
from villagepoints.domain.calendar import Month
from villagepoints.domain.ledger import AWARD, IMPORT, PENALTY, REDEMPTION, REFUND, REVERSAL, Draft
from villagepoints.models import Household
from villagepoints.services import posting, running, stats
from villagepoints.services.running import GENERATED, SPENT, Running
from villagepoints.services.transaction import transaction

post = transaction(posting.post)
ITEMS = {"A1": (AWARD, 20), "D4": (AWARD, 10), "A7": (PENALTY, -10)}


def entry(village: Made, house: int, code: str, day: date) -> Draft:
    kind, points = ITEMS[code]
    item = {"rulebook_version": 1, "item_code": code}
    return Draft(
        household_id=village.households[house].id, kind=kind, points=points, occurred_on=day, origin=IMPORT, **item
    )


def undoing(village: Made, house: int, seq: int, points: int, code: str | None) -> Draft:
    return Draft(
        household_id=village.households[house].id,
        kind=REVERSAL if code else REFUND,
        points=points,
        occurred_on=TODAY,
        origin=IMPORT,
        reverses_seq=seq,
        rulebook_version=1 if code else None,
        item_code=code,
    )


def anew(session: Session, village: Made) -> Running:
    kept = running._KEPT.pop(village.id)
    counted = running.of_village(session, village.id, TODAY)
    running._KEPT[village.id] = kept
    return counted


def as_found(sums: Running) -> tuple[object, ...]:
    cells = {key: cell for key, cell in sums.cells.items() if cell.entries}
    young = {id_: points for id_, points in sums.young.items() if points}
    base = {key: cell for key, cell in sums.base.items() if cell.entries or cell.points}
    return cells, young, base, sums.falling_due(), sums.seqs


@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_keeping_up_finds_what_counting_anew_finds(session: Session, village: Made, data: st.DataObject) -> None:
    for _ in range(data.draw(st.integers(1, 4))):
        house = data.draw(st.integers(0, 2))
        days = st.dates(TODAY - timedelta(days=900), TODAY)
        codes = data.draw(st.lists(st.sampled_from(sorted(ITEMS)), min_size=1, max_size=4))
        posted = post(session, village.id, [entry(village, house, code, data.draw(days)) for code in codes], NOW)
        if data.draw(st.booleans()):
            one = posted[0]
            post(session, village.id, [undoing(village, house, one.seq, -one.points, one.item_code)], NOW)
        running.of_village(session, village.id, TODAY)
        session.rollback()
    kept = running.of_village(session, village.id, TODAY)
    assert as_found(kept) == as_found(anew(session, village))


def test_the_sums_are_those_of_the_published_totals(session: Session, village: Made) -> None:
    post(session, village.id, [entry(village, 0, "A1", TODAY), entry(village, 0, "D4", date(2026, 4, 3))], NOW)
    running.of_village(session, village.id, TODAY)
    spent = Draft(household_id=village.households[0].id, kind=REDEMPTION, points=-20, occurred_on=TODAY, origin=IMPORT)
    post(session, village.id, [entry(village, 1, "A7", TODAY), spent], NOW)
    sums, published = running.of_village(session, village.id, TODAY), stats.stats(session, village.id)
    assert (sums.points(GENERATED), -sums.points(SPENT)) == (30, 20)
    assert (published["points_generated"], published["points_redeemed"]) == (30, 20)
    assert [part.points for part in sums.sums(Month(2026, 4), Month(2026, 4))] == [10]
    post(session, village.id, [undoing(village, 0, 3, 20, None)], NOW)
    assert running.of_village(session, village.id, TODAY).points(SPENT) == 0


def test_a_server_adds_up_before_anybody_asks(app: Flask, session: Session, village: Made) -> None:
    post(session, village.id, [entry(village, 0, "D4", TODAY)], NOW)
    assert village.id not in running._KEPT
    count_ahead(app)
    assert running._KEPT[village.id].points(GENERATED) == 10


def test_who_changes_group_takes_its_points_along(session: Session, village: Made) -> None:
    post(session, village.id, [entry(village, 0, "D4", TODAY)], NOW)
    running.of_village(session, village.id, TODAY)
    household = session.get_one(Household, (village.id, village.households[0].id))
    household.group_no, household.revision = 99, household.revision + 1
    session.commit()
    cells = running.of_village(session, village.id, TODAY).cells
    assert [(key[4], cell.points) for key, cell in cells.items()] == [(99, 10)]


def test_many_accounts_that_moved_at_once_are_counted_anew(
    session: Session, village: Made, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(running, "FEW", 1)
    make_households(session, village.id, 5)
    running.of_village(session, village.id, TODAY)
    post(session, village.id, [entry(village, house, "D4", TODAY) for house in range(3)], NOW)
    sums = running.of_village(session, village.id, TODAY)
    assert sums.points(GENERATED) == 30
    assert as_found(sums) == as_found(anew(session, village))


def test_points_fall_due_that_are_older_than_the_cutoff(session: Session, village: Made) -> None:
    old, young = date(2024, 6, 30), date(2024, 7, 1)  # on 1 July 2026 what was gained before July 2024 expires
    posted = post(session, village.id, [entry(village, 0, "A1", old), entry(village, 0, "D4", young)], NOW)
    post(session, village.id, [entry(village, 1, "A1", young)], NOW)
    assert running.of_village(session, village.id, TODAY).falling_due() == {village.households[0].id: 20}
    post(session, village.id, [undoing(village, 0, posted[1].seq, -10, "D4")], NOW)
    assert running.of_village(session, village.id, TODAY).falling_due() == {village.households[0].id: 20}
