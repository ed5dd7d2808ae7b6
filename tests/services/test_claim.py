"""What is large waits for another person, who posts it by approving or refuses it with a reason."""

from datetime import date, timedelta

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from tests.factories import NOW, TODAY, Made, actor, make_user, make_village
from villagepoints.domain.actor import CLERK, REVIEWER
from villagepoints.domain.errors import BadInput, Conflict, KeyReused, NotAllowed, NotFound, RuleBroken
from villagepoints.models import Claim, Household, LedgerEntry, Review, User
from villagepoints.services import claim as claims
from villagepoints.services import posting
from villagepoints.services.paging import Wanted
from villagepoints.services.posting import Item

HONOUR = Item(code="B4", occurred_on=TODAY, grade="区级", occasion="最美志愿者", document="荣誉证书", note="获评")


def balance(session: Session, village: Made) -> int:
    session.rollback()
    return session.scalars(select(Household.balance).where(Household.id == village.household.id)).one()


def propose(session: Session, village: Made, wanted: Item = HONOUR, key: str = "p"):  # type: ignore[no-untyped-def]
    return claims.propose(session, village.clerk, key=key, household_id=village.household.id, wanted=wanted, now=NOW)


def test_a_small_entry_is_posted_at_once(session: Session, village: Made) -> None:
    wanted = Item(code="D1", occurred_on=TODAY, quantity=2)
    entered = claims.enter(session, village.clerk, key="k", household_id=village.household.id, wanted=wanted, now=NOW)
    assert entered.posted
    assert entered.posted.balance == 10
    assert entered.claim_id is None


def test_from_a_hundred_points_it_waits_and_moves_nothing(session: Session, village: Made) -> None:
    entered = claims.enter(session, village.clerk, key="k", household_id=village.household.id, wanted=HONOUR, now=NOW)
    assert (entered.points, entered.posted) == (100, None)
    assert balance(session, village) == 0
    assert claims.listed(session, village.id, "waiting", Wanted()).total == 1


def test_another_person_approves_and_thereby_posts_it(session: Session, village: Made) -> None:
    claim_id = propose(session, village)
    decided = claims.approve(session, village.reviewer, key="a", claim_id=claim_id, now=NOW)
    assert (decided.status, decided.points, decided.balance) == ("approved", 100, 100)
    entry = session.scalars(select(LedgerEntry)).one()
    assert (entry.recorded_by, entry.approved_by) == (village.clerk.user_id, village.reviewer.user_id)
    assert session.get_one(Claim, (village.id, claim_id)).entry_seq == entry.seq


def test_the_same_click_twice_posts_once_and_answers_alike(session: Session, village: Made) -> None:
    claim_id = propose(session, village)
    assert propose(session, village) == claim_id
    first = claims.approve(session, village.reviewer, key="a", claim_id=claim_id, now=NOW)
    assert claims.approve(session, village.reviewer, key="a", claim_id=claim_id, now=NOW) == first
    assert balance(session, village) == 100
    with pytest.raises(KeyReused):
        claims.refuse(session, village.reviewer, key="a", claim_id=claim_id, reason="x", now=NOW)


def test_nobody_reviews_what_they_recorded(session: Session, village: Made) -> None:
    claim_id = propose(session, village)
    for decide in (
        lambda: claims.approve(session, village.clerk, key="a", claim_id=claim_id, now=NOW),
        lambda: claims.refuse(session, village.clerk, key="r", claim_id=claim_id, reason="x", now=NOW),
    ):
        with pytest.raises(NotAllowed, match="自己录的"):
            decide()
    assert balance(session, village) == 0
    assert session.scalars(select(Review)).all() == []


def test_nobody_proposes_or_reviews_for_their_own_household(session: Session, village: Made) -> None:
    session.execute(update(User).where(User.id == village.reviewer.user_id).values(household_id=village.household.id))
    session.commit()
    claim_id = propose(session, village)
    with pytest.raises(NotAllowed, match="自己家"):
        claims.approve(session, village.reviewer, key="a", claim_id=claim_id, now=NOW)
    with pytest.raises(NotAllowed, match="自己家"):
        claims.propose(session, village.reviewer, key="q", household_id=village.household.id, wanted=HONOUR, now=NOW)
    assert balance(session, village) == 0


def test_a_households_own_large_claim_takes_two_different_people(session: Session, village: Made) -> None:
    claim_id = claims.propose(
        session, village.villager(), key="p", household_id=village.household.id, wanted=HONOUR, now=NOW
    )
    first = claims.approve(session, village.clerk, key="a1", claim_id=claim_id, now=NOW)
    assert (first.status, first.balance) == ("waiting", None)
    with pytest.raises(NotAllowed, match="同意过"):
        claims.approve(session, village.clerk, key="a2", claim_id=claim_id, now=NOW)
    assert balance(session, village) == 0
    assert claims.approve(session, village.reviewer, key="a3", claim_id=claim_id, now=NOW).balance == 100
    entry = session.scalars(select(LedgerEntry)).one()
    assert (entry.recorded_by, entry.approved_by) == (village.clerk.user_id, village.reviewer.user_id)


def test_a_households_own_small_claim_takes_one(session: Session, village: Made) -> None:
    wanted = Item(code="D1", occurred_on=TODAY, quantity=2)
    claim_id = claims.propose(
        session, village.villager(), key="p", household_id=village.household.id, wanted=wanted, now=NOW
    )
    assert claims.approve(session, village.clerk, key="a", claim_id=claim_id, now=NOW).balance == 10


def test_refusing_takes_a_reason_and_posts_nothing(session: Session, village: Made) -> None:
    claim_id = propose(session, village)
    with pytest.raises(BadInput):
        claims.refuse(session, village.reviewer, key="r1", claim_id=claim_id, reason="  ", now=NOW)
    claims.refuse(session, village.reviewer, key="r2", claim_id=claim_id, reason="证书看不清", now=NOW)
    row, reviews = claims.one(session, village.id, claim_id)
    assert (row.status, [(review.decision, review.reason) for review in reviews]) == (
        "refused",
        [("refused", "证书看不清")],
    )
    assert balance(session, village) == 0


def test_what_is_decided_is_not_decided_again(session: Session, village: Made) -> None:
    claim_id = propose(session, village)
    claims.refuse(session, village.reviewer, key="r", claim_id=claim_id, reason="不符", now=NOW)
    other = actor(make_user(session, village.id, REVIEWER))
    with pytest.raises(Conflict):
        claims.approve(session, other, key="a", claim_id=claim_id, now=NOW)
    assert balance(session, village) == 0


def test_a_claim_the_book_no_longer_allows_goes_on_waiting(session: Session, village: Made) -> None:
    first, second = propose(session, village, key="1"), propose(session, village, key="2")
    claims.approve(session, village.reviewer, key="a1", claim_id=first, now=NOW)
    with pytest.raises(RuleBroken, match="只记一次"):
        claims.approve(session, village.reviewer, key="a2", claim_id=second, now=NOW)
    row, reviews = claims.one(session, village.id, second)
    assert (row.status, list(reviews)) == ("waiting", [])
    assert balance(session, village) == 100


WRONG = [
    (Item(code="Z9", occurred_on=TODAY), RuleBroken),
    (Item(code="B4", occurred_on=TODAY, occasion="x"), RuleBroken),
    (Item(code="B4", occurred_on=TODAY, grade="银河级", occasion="x"), RuleBroken),
    (Item(code="B4", occurred_on=TODAY, grade="区级"), RuleBroken),
    (Item(code="C5", occurred_on=TODAY, occasion="x"), RuleBroken),
    (Item(code="D1", occurred_on=TODAY, quantity=25), RuleBroken),
    (Item(code="D1", occurred_on=TODAY, quantity=-1), RuleBroken),
    (Item(code="D1", occurred_on=TODAY + timedelta(days=1)), BadInput),
]


def test_what_would_be_refused_at_approval_is_refused_when_proposed(session: Session, village: Made) -> None:
    for wanted, error in WRONG:
        with pytest.raises(error):
            propose(session, village, wanted)
    assert claims.listed(session, village.id, "", Wanted()).total == 0


def test_a_claim_of_another_village_is_not_there(session: Session, village: Made) -> None:
    claim_id = propose(session, village)
    other = make_village(session, "qt")
    with pytest.raises(NotFound):
        claims.approve(session, other.actor(CLERK), key="a", claim_id=claim_id, now=NOW)
    with pytest.raises(NotFound):
        claims.one(session, other.id, claim_id)
    with pytest.raises(NotFound):
        claims.propose(session, other.clerk, key="p", household_id=village.household.id, wanted=HONOUR, now=NOW)


def test_a_claim_shows_on_the_phone_page_as_a_change(session: Session, village: Made) -> None:
    before = session.scalars(select(Household.revision).where(Household.id == village.household.id)).one()
    propose(session, village)
    session.rollback()
    assert session.scalars(select(Household.revision).where(Household.id == village.household.id)).one() == before + 1


def test_an_old_deed_counts_against_the_caps_of_its_own_month(session: Session, village: Made) -> None:
    for day, key in ((date(2026, 5, 4), "a"), (date(2026, 5, 5), "b")):
        wanted = Item(code="D2", occurred_on=day)
        posting.record(session, village.clerk, key=key, household_id=village.household.id, wanted=wanted, now=NOW)
    assert balance(session, village) == 10


def undo(session: Session, village: Made, key: str, seq: int = 1) -> claims.Entered:
    household_id = village.household.id
    return claims.undo(session, village.clerk, key=key, household_id=household_id, seq=seq, reason="记错了户", now=NOW)


def test_a_small_reversal_is_posted_at_once(session: Session, village: Made) -> None:
    wanted = Item(code="D1", occurred_on=TODAY, quantity=2)
    posting.record(session, village.clerk, key="k", household_id=village.household.id, wanted=wanted, now=NOW)
    undone = undo(session, village, "u")
    assert undone.posted
    assert (undone.points, undone.posted.balance) == (-10, 0)


def test_a_large_reversal_waits_for_another_person_and_names_both(session: Session, village: Made) -> None:
    claims.approve(session, village.reviewer, key="a", claim_id=propose(session, village), now=NOW)
    asked = undo(session, village, "u")
    assert asked == undo(session, village, "u")
    assert (asked.points, asked.posted, balance(session, village)) == (-100, None, 100)
    with pytest.raises(Conflict, match="正等着审核"):
        undo(session, village, "u2")
    assert asked.claim_id
    with pytest.raises(NotAllowed):
        claims.approve(session, village.clerk, key="b", claim_id=asked.claim_id, now=NOW)
    decided = claims.approve(session, village.reviewer, key="c", claim_id=asked.claim_id, now=NOW)
    assert (decided.points, decided.balance) == (-100, 0)
    entry = session.scalars(select(LedgerEntry).where(LedgerEntry.seq == 2)).one()
    assert (entry.kind, entry.reverses_seq) == ("reversal", 1)
    assert (entry.recorded_by, entry.approved_by) == (village.clerk.user_id, village.reviewer.user_id)


def test_a_refused_reversal_leaves_the_entry_and_may_be_asked_for_again(session: Session, village: Made) -> None:
    claims.approve(session, village.reviewer, key="a", claim_id=propose(session, village), now=NOW)
    first = undo(session, village, "u").claim_id
    assert first
    claims.refuse(session, village.reviewer, key="r", claim_id=first, reason="没有记错", now=NOW)
    assert balance(session, village) == 100
    assert undo(session, village, "u2").claim_id not in (None, first)
