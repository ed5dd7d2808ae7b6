"""A household's books against the last seal: the code on its statement, and what is said of a code."""

from datetime import timedelta

import pytest
from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from tests import factories
from tests.factories import NOW, TODAY, Made
from tests.services.test_posting import record
from villagepoints.domain.ledger import entry_hash
from villagepoints.models import EntryText, Household, LedgerEntry, SealHead, triggers
from villagepoints.services import seal, slip
from villagepoints.services.posting import Item


@pytest.fixture
def code(session: Session, village: Made) -> str:
    """The code of the first household after two entries and a seal."""
    record(session, village, "k1")
    record(session, village, "k2", Item(code="D2", occurred_on=TODAY, note="村民代表会"))
    record(session, village, "k3", household_id=village.households[1].id)
    seal.take(session, village.clerk, now=NOW)
    return standing(session, village).code


def standing(session: Session, village: Made) -> slip.Standing:
    session.rollback()
    session.expire_all()
    found = slip.standing(session, village.id, village.household.id)
    assert found is not None
    return found


def said(session: Session, village: Made, code: str) -> str:
    session.rollback()
    session.expire_all()
    return slip.check(session, village.id, code).answer


def tamper(session: Session, *, points: int = 0, note: str = "", drop: bool = False, rehash: bool = False) -> None:
    """What an administrator with SQL does to the second entry of the first household."""
    session.rollback()
    triggers.drop(session.connection())
    household_id = session.scalars(select(Household.id).where(Household.number == "001")).one()
    of_entry = (LedgerEntry.household_id == household_id, LedgerEntry.seq == 2)
    of_text = (EntryText.household_id == household_id, EntryText.seq == 2)
    last = session.scalars(select(LedgerEntry).where(*of_entry)).one()
    if note:
        session.execute(update(EntryText).where(*of_text).values(note=note))
    if points:
        last.balance_after += points - last.points
        last.points = points
    if rehash:
        last.hash = entry_hash(last)
        session.execute(update(Household).where(Household.number == "001").values(last_hash=last.hash))
    if drop:
        session.execute(delete(EntryText).where(*of_text))
        session.execute(delete(LedgerEntry).where(*of_entry))
    session.commit()


def test_nothing_is_sealed_before_the_first_seal_and_the_first_entry(session: Session, village: Made):
    assert slip.standing(session, village.id, village.household.id) is None
    seal.take(session, village.clerk, now=NOW)
    assert slip.standing(session, village.id, village.household.id) is None


def test_a_code_belongs_to_its_seal_and_stays_right_as_the_books_go_on(session: Session, village: Made, code: str):
    record(session, village, "k4", Item(code="C4", occurred_on=TODAY))
    found = standing(session, village)
    assert (found.seal, found.seq, found.taken_at, found.code) == (1, 2, NOW, code)
    assert said(session, village, code.lower().replace("-", "")) == slip.RIGHT
    seal.take(session, village.clerk, now=NOW + timedelta(days=30))
    later = standing(session, village)
    assert (later.seal, later.seq) == (2, 3)
    assert {said(session, village, one) for one in (code, later.code)} == {slip.RIGHT}
    assert said(session, village, later.code.replace("2-", "1-", 1)) == slip.UNKNOWN


@pytest.mark.parametrize(
    "change", [{"points": 20}, {"points": 20, "rehash": True}, {"note": "别的事"}, {"drop": True}], ids=str
)
def test_an_entry_changed_after_the_seal_costs_the_code_and_is_seen(
    session: Session, village: Made, code: str, change: dict[str, object]
):
    tamper(session, **change)  # type: ignore[arg-type]
    assert not standing(session, village).holds
    assert said(session, village, code) == slip.ALTERED


def test_a_reason_that_was_deleted_as_the_law_allows_leaves_the_code_right(session: Session, village: Made, code: str):
    session.rollback()
    triggers.drop(session.connection())
    session.execute(delete(EntryText))
    session.commit()
    assert standing(session, village).code == code
    assert said(session, village, code) == slip.RIGHT


def test_heads_changed_together_with_the_entries_no_longer_come_to_the_root(session: Session, village: Made, code: str):
    tamper(session, points=20, rehash=True)
    head = session.scalars(select(Household.last_hash).where(Household.number == "001")).one()
    session.execute(update(SealHead).where(SealHead.household_id == village.household.id).values(hash=head))
    session.commit()
    forged = standing(session, village).code
    assert forged
    assert forged != code
    assert {said(session, village, one) for one in (forged, code)} == {slip.ALTERED}


@pytest.mark.parametrize("typed", ["", "x", "9-7F3A-91C4-QX0ZM", "1-7F3A-91C4-QX0ZM", "1" * 99, "\0", "1-"])
def test_whatever_is_no_code_is_unknown(session: Session, village: Made, code: str, typed: str):
    assert slip.check(session, village.id, typed) == slip.Verdict(slip.UNKNOWN)


def test_a_code_is_unknown_in_another_village(session: Session, village: Made, code: str):
    other = factories.make_village(session, "hm")
    record(session, other, "k1")
    seal.take(session, other.clerk, now=NOW)
    assert said(session, other, code) == slip.UNKNOWN
