"""Many approved at once: each by itself, nothing half-done, and what did not go through is named."""

from uuid import UUID, uuid4

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from tests.factories import NOW, TODAY, Made, make_village
from tests.services.test_claim import HONOUR, SMALL, propose, status
from villagepoints.domain.errors import BadInput, KeyReused
from villagepoints.models import Review
from villagepoints.services import claim, claim_bulk
from villagepoints.services.claim_bulk import Done
from villagepoints.services.posting import Item


def approve(session: Session, village: Made, ids: list[UUID], key: str = "bulk") -> Done:
    return claim_bulk.approve_many(session, village.reviewer, key=key, claim_ids=ids, now=NOW)


def test_each_goes_its_own_way_and_what_does_not_is_named(session: Session, village: Made) -> None:
    small, large = propose(session, village, SMALL), propose(session, village, HONOUR, "h")
    full = propose(session, village, Item(code="D1", occurred_on=TODAY, quantity=4), "f")
    own = {"household_id": village.households[1].id, "wanted": SMALL, "now": NOW}
    mine = claim.propose(session, village.reviewer, key="m", **own)  # type: ignore[arg-type]
    done = approve(session, village, [small, large, full, mine])
    assert (done.through, done.need_another) == (1, 1)
    assert {one.id: one.number for one in done.not_done} == {full: "001", mine: "002"}
    assert {one.sentence[:8] for one in done.not_done} == {"%(code)s", "这一条是你自己录"}
    assert [status(session, one) for one in (small, large, full, mine)] == ["approved"] + ["waiting"] * 3
    assert len(session.scalars(select(Review)).all()) == 2, "no review of what did not go through"


def test_the_same_click_twice_is_answered_alike_and_another_is_refused(session: Session, village: Made) -> None:
    small = propose(session, village, SMALL)
    full = propose(session, village, Item(code="D1", occurred_on=TODAY, quantity=4), "f")
    first = approve(session, village, [small, full])
    assert approve(session, village, [full, small]) == first
    with pytest.raises(KeyReused):
        approve(session, village, [small])


def test_none_or_too_many_are_refused_and_other_villages_are_not_touched(session: Session, village: Made) -> None:
    for ids in ([], [uuid4() for _ in range(101)]):
        with pytest.raises(BadInput, match="勾选"):
            approve(session, village, ids)
    other = make_village(session, "qt")
    theirs = propose(session, other, SMALL)
    assert approve(session, village, [theirs]) == Done(0, 0, [])
    assert status(session, theirs) == "waiting"
