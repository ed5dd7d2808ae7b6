"""What is recorded waits for other people, who let it go on a notice or refuse it with a reason; then it is posted."""

from datetime import date, datetime, timedelta
from uuid import UUID

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from tests.factories import NOW, TODAY, Made, actor, make_household, make_user, make_village
from villagepoints.domain import claim as rules
from villagepoints.domain.actor import CLERK, REVIEWER, Actor
from villagepoints.domain.errors import BadInput, Conflict, KeyReused, NotAllowed, NotFound, RuleBroken
from villagepoints.models import Claim, Finding, Household, LedgerEntry, Review, User, Village
from villagepoints.services import claim as claims
from villagepoints.services import claim_list, posting
from villagepoints.services.paging import Wanted
from villagepoints.services.posting import Item
from villagepoints.services.transaction import transaction

HONOUR = Item(code="B4", occurred_on=TODAY, grade="区级", occasion="最美志愿者", document="荣誉证书", note="获评")
SMALL = Item(code="D1", occurred_on=TODAY, quantity=2)


@pytest.fixture
def third(session: Session, village: Made) -> Actor:
    return actor(make_user(session, village.id, REVIEWER, name="朱会计"))


def balance(session: Session, village: Made) -> int:
    session.rollback()
    return session.scalars(select(Household.balance).where(Household.id == village.household.id)).one()


def propose(session: Session, village: Made, wanted: Item = HONOUR, key: str = "p", **more: object) -> UUID:
    values = {"household_id": village.household.id, "now": NOW, **more}
    return claims.propose(session, village.clerk, key=key, wanted=wanted, **values)  # type: ignore[arg-type]


def approve(session: Session, who: Actor, claim_id: UUID, key: str = "a") -> claims.Decided:
    return claims.approve(session, who, key=key, claim_id=claim_id, now=NOW)


@transaction
def post(session: Session, who: Actor, claim_id: UUID, now: datetime = NOW) -> int:
    """What a notice does once its days are over; the entry's number."""
    return claims.post(session, who, claims.locked(session, who.village_id, claim_id), now).seq


def status(session: Session, claim_id: UUID) -> str:
    session.rollback()
    return session.scalars(select(Claim.status).where(Claim.id == claim_id)).one()


def test_even_a_small_entry_waits_and_moves_nothing(session: Session, village: Made) -> None:
    claim_id = propose(session, village, SMALL)
    assert (status(session, claim_id), balance(session, village)) == ("waiting", 0)
    assert claim_list.listed(session, village.id, "waiting", Wanted()).total == 1


def test_another_person_approves_and_it_waits_for_its_notice(session: Session, village: Made) -> None:
    decided = approve(session, village.reviewer, propose(session, village, SMALL))
    assert (decided.status, decided.points, decided.balance) == ("approved", 10, None)
    assert balance(session, village) == 0


def test_what_was_approved_is_posted_with_the_names_of_both(session: Session, village: Made) -> None:
    claim_id = propose(session, village, SMALL)
    approve(session, village.reviewer, claim_id)
    post(session, village.clerk, claim_id)
    assert (status(session, claim_id), balance(session, village)) == ("posted", 10)
    entry = session.scalars(select(LedgerEntry)).one()
    assert (entry.recorded_by, entry.approved_by) == (village.clerk.user_id, village.reviewer.user_id)


def test_where_the_book_wants_no_notice_the_approval_posts(
    session: Session, village: Made, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("villagepoints.domain.claim.goes_on_notice", lambda book, kind: False)
    assert approve(session, village.reviewer, propose(session, village, SMALL)).balance == 10


def test_from_a_hundred_points_it_takes_two_besides_the_recorder(session: Session, village: Made, third: Actor) -> None:
    claim_id = propose(session, village)
    assert approve(session, village.reviewer, claim_id, "a1").status == "waiting"
    with pytest.raises(NotAllowed, match="同意过"):
        approve(session, village.reviewer, claim_id, "a2")
    assert approve(session, third, claim_id, "a3").status == "approved"


def test_the_same_click_twice_is_one_and_answers_alike(session: Session, village: Made) -> None:
    claim_id = propose(session, village, SMALL)
    assert propose(session, village, SMALL) == claim_id
    first = approve(session, village.reviewer, claim_id)
    assert approve(session, village.reviewer, claim_id) == first
    with pytest.raises(KeyReused):
        claims.refuse(session, village.reviewer, key="a", claim_id=claim_id, reason="x", now=NOW)
    assert len(session.scalars(select(Review)).all()) == 1


def test_nobody_reviews_what_they_recorded(session: Session, village: Made) -> None:
    claim_id = propose(session, village)
    for decide in (
        lambda: approve(session, village.clerk, claim_id),
        lambda: claims.refuse(session, village.clerk, key="r", claim_id=claim_id, reason="x", now=NOW),
    ):
        with pytest.raises(NotAllowed, match="自己录的"):
            decide()
    assert session.scalars(select(Review)).all() == []


def test_nobody_proposes_or_reviews_for_their_own_household(session: Session, village: Made) -> None:
    session.execute(update(User).where(User.id == village.reviewer.user_id).values(household_id=village.household.id))
    session.commit()
    claim_id = propose(session, village)
    for act in (
        lambda: approve(session, village.reviewer, claim_id),
        lambda: claims.refuse(session, village.reviewer, key="r", claim_id=claim_id, reason="x", now=NOW),
        lambda: claims.propose(
            session, village.reviewer, key="q", household_id=village.household.id, wanted=HONOUR, now=NOW
        ),
    ):
        with pytest.raises(NotAllowed, match="自己家"):
            act()
    assert status(session, claim_id) == "waiting"


def test_a_households_own_large_claim_takes_two_different_people(session: Session, village: Made) -> None:
    own = {"household_id": village.household.id, "wanted": HONOUR, "now": NOW}
    claim_id = claims.propose(session, village.villager(), key="p", **own)  # type: ignore[arg-type]
    assert approve(session, village.clerk, claim_id, "a1").status == "waiting"
    with pytest.raises(NotAllowed, match="同意过"):
        approve(session, village.clerk, claim_id, "a2")
    assert approve(session, village.reviewer, claim_id, "a3").status == "approved"
    post(session, village.clerk, claim_id)
    entry = session.scalars(select(LedgerEntry)).one()
    assert (entry.recorded_by, entry.approved_by) == (village.clerk.user_id, village.reviewer.user_id)


def test_a_household_claims_for_itself_contributions_only_and_only_where_the_village_lets_it(
    session: Session, village: Made
) -> None:
    def ask(wanted: Item, whose: int = 0) -> UUID:
        asked = {"household_id": village.households[whose].id, "wanted": wanted, "now": NOW}
        return claims.propose(session, village.villager(), key="p", **asked)  # type: ignore[arg-type]

    for wanted, whose in ((SMALL, 1), (Item(code="B6", occurred_on=TODAY, document="文书"), 0)):
        with pytest.raises(NotAllowed, match="只能替自己家申报加分"):
            ask(wanted, whose)
    session.execute(update(Village).values(household_claims=False))
    session.commit()
    with pytest.raises(NotAllowed, match="没有开通"):
        ask(SMALL)
    assert session.scalars(select(Claim)).all() == []


def test_refusing_takes_a_reason_and_posts_nothing(session: Session, village: Made) -> None:
    claim_id = propose(session, village)
    with pytest.raises(BadInput):
        claims.refuse(session, village.reviewer, key="r1", claim_id=claim_id, reason="  ", now=NOW)
    claims.refuse(session, village.reviewer, key="r2", claim_id=claim_id, reason="证书看不清", now=NOW)
    row, reviews = claim_list.one(session, village.id, claim_id)
    assert (row.status, [(one.decision, one.reason) for one in reviews]) == ("refused", [("refused", "证书看不清")])
    with pytest.raises(Conflict):
        approve(session, village.reviewer, claim_id)


def test_whoever_recorded_a_claim_takes_it_back_while_it_waits_and_nobody_else(session: Session, village: Made) -> None:
    claim_id = propose(session, village, SMALL)
    for other in (village.reviewer, village.villager()):
        with pytest.raises(NotAllowed, match="只有申报的人能撤回"):
            claims.withdraw(session, other, key="w", claim_id=claim_id, now=NOW)
    with pytest.raises(NotFound):
        claims.withdraw(session, village.villager(1), key="w", claim_id=claim_id, now=NOW)
    for _ in range(2):
        claims.withdraw(session, village.clerk, key="w", claim_id=claim_id, now=NOW)
    assert status(session, claim_id) == "withdrawn"
    with pytest.raises(Conflict, match="撤回"):
        approve(session, village.reviewer, claim_id)
    approve(session, village.reviewer, decided := propose(session, village, SMALL, "p2"), "b")
    with pytest.raises(Conflict, match="审核通过"):
        claims.withdraw(session, village.clerk, key="w2", claim_id=decided, now=NOW)


def test_a_claim_the_book_no_longer_allows_goes_on_waiting(session: Session, village: Made, third: Actor) -> None:
    first, second = propose(session, village, key="1"), propose(session, village, key="2")
    for claim_id in (first, second):
        approve(session, third, claim_id, f"t{claim_id}")
    approve(session, village.reviewer, first, "a1")
    with pytest.raises(RuleBroken, match="只记一次"):
        approve(session, village.reviewer, second, "a2")
    row, reviews = claim_list.one(session, village.id, second)
    assert (row.status, len(reviews)) == ("waiting", 1)


WRONG = [
    (Item(code="Z9", occurred_on=TODAY), RuleBroken),
    (Item(code="B4", occurred_on=TODAY, occasion="x"), RuleBroken),
    (Item(code="B4", occurred_on=TODAY, grade="银河级", occasion="x"), RuleBroken),
    (Item(code="B4", occurred_on=TODAY, grade="区级"), RuleBroken),
    (Item(code="C5", occurred_on=TODAY, occasion="x"), RuleBroken),
    (Item(code="A7", occurred_on=TODAY), RuleBroken),
    (Item(code="D5", occurred_on=TODAY, document="核查记录"), RuleBroken),
    (Item(code="D1", occurred_on=TODAY, quantity=25), RuleBroken),
    (Item(code="D1", occurred_on=TODAY, quantity=-1), RuleBroken),
    (Item(code="D1", occurred_on=TODAY + timedelta(days=1)), BadInput),
    (Item(code="D1", occurred_on=date(2025, 12, 31)), RuleBroken),
]


@pytest.mark.parametrize(("wanted", "error"), WRONG)
def test_what_would_be_refused_at_approval_is_refused_when_proposed(
    session: Session, village: Made, wanted: Item, error: type[Exception]
) -> None:
    with pytest.raises(error, match=r"。$"):
        propose(session, village, wanted)
    assert claim_list.listed(session, village.id, "", Wanted()).total == 0


def test_a_household_that_moved_out_gets_nothing_for_later_days(session: Session, village: Made) -> None:
    gone = make_household(session, village.id, left_on=TODAY)
    with pytest.raises(RuleBroken, match="已经迁出") as refused:
        propose(session, village, SMALL, household_id=gone.id)
    assert refused.value.field == "occurred_on"
    before = Item(code="D1", occurred_on=TODAY - timedelta(days=1))
    assert propose(session, village, before, household_id=gone.id)


def test_the_day_of_the_persuasion_is_kept_with_the_penalty(session: Session, village: Made) -> None:
    talked = TODAY - timedelta(days=20)
    about = {"village_id": village.id, "household_id": village.household.id, "rulebook_version": 1, "item_code": "A7"}
    when = {"found_on": talked, "counts_on": talked, "rectify_by": talked + timedelta(days=7)}
    session.add(Finding(**about, **when, status="counted", recorded_at=NOW - timedelta(days=20)))
    session.commit()
    claim_id = propose(session, village, Item(code="A7", occurred_on=TODAY, note="再次焚烧"))
    assert session.scalars(select(Claim.persuaded_on).where(Claim.id == claim_id)).one() == talked


def test_a_claim_of_another_village_is_not_there(session: Session, village: Made) -> None:
    claim_id = propose(session, village)
    other = make_village(session, "qt")
    for act in (
        lambda: approve(session, other.actor(CLERK), claim_id),
        lambda: claims.withdraw(session, other.clerk, key="w", claim_id=claim_id, now=NOW),
        lambda: claim_list.one(session, other.id, claim_id),
        lambda: claims.propose(
            session, other.clerk, key="p", household_id=village.household.id, wanted=HONOUR, now=NOW
        ),
    ):
        with pytest.raises(NotFound):
            act()


def test_a_claim_shows_on_the_phone_page_as_a_change(session: Session, village: Made) -> None:
    def revision() -> int:
        session.rollback()
        return session.scalars(select(Household.revision).where(Household.id == village.household.id)).one()

    before = revision()
    claim_id = propose(session, village, SMALL)
    assert revision() == before + 1
    approve(session, village.reviewer, claim_id)
    assert revision() == before + 2


# ------------------------------------------------------------------ the highest grade per deed


def grade(session: Session, village: Made, third: Actor, name: str, *, to: str = "posted") -> UUID:
    """An honour of that grade for the same deed, brought as far as `to`."""
    wanted = Item(code="B4", occurred_on=TODAY, grade=name, occasion="最美 志愿者")
    claim_id = propose(session, village, wanted, f"g{name}")
    if to != "waiting":
        approve(session, village.reviewer, claim_id, f"r{name}")
    if to != "waiting" and status(session, claim_id) == "waiting":
        approve(session, third, claim_id, f"t{name}")
    if to == "posted":
        post(session, village.clerk, claim_id)
    return claim_id


def test_a_higher_grade_for_the_same_deed_takes_the_place_of_the_lower_one(
    session: Session, village: Made, third: Actor
) -> None:
    grade(session, village, third, "镇级")
    grade(session, village, third, "市级及以上")
    assert balance(session, village) == 200
    entries = session.execute(select(LedgerEntry.kind, LedgerEntry.points, LedgerEntry.reverses_seq)).all()
    assert [tuple(one) for one in entries] == [("award", 50, None), ("reversal", -50, 1), ("award", 200, None)]


@pytest.mark.parametrize("later", ["镇级", "村级"])
def test_an_equal_or_lower_grade_for_the_same_deed_is_refused(
    session: Session, village: Made, third: Actor, later: str
) -> None:
    grade(session, village, third, "镇级")
    with pytest.raises(RuleBroken, match="不比那次高"):
        propose(session, village, Item(code="B4", occurred_on=TODAY, grade=later, occasion="最美志愿者"), "again")


def test_a_higher_grade_waits_until_the_lower_one_left_its_notice(
    session: Session, village: Made, third: Actor
) -> None:
    lower = grade(session, village, third, "村级", to="approved")
    with pytest.raises(RuleBroken, match="还在公示"):
        grade(session, village, third, "镇级")
    post(session, village.clerk, lower)
    grade(session, village, third, "镇级")
    assert balance(session, village) == 50


def test_two_grades_that_waited_side_by_side_end_as_the_higher_one(
    session: Session, village: Made, third: Actor
) -> None:
    lower, higher = (grade(session, village, third, name, to="waiting") for name in ("村级", "镇级"))
    approve(session, village.reviewer, lower, "l")
    with pytest.raises(RuleBroken, match="还在公示"):
        approve(session, village.reviewer, higher, "h1")
    post(session, village.clerk, lower)
    approve(session, village.reviewer, higher, "h2")
    post(session, village.clerk, higher)
    assert balance(session, village) == 50


# ------------------------------------------------------------------ caps count what is on its way


def test_what_is_approved_counts_for_the_caps_before_it_is_posted(session: Session, village: Made) -> None:
    four = Item(code="D1", occurred_on=TODAY, quantity=4)
    approve(session, village.reviewer, propose(session, village, four))
    with pytest.raises(RuleBroken, match="当天最多 20 分，这户还能记 0 分"):
        propose(session, village, SMALL, "p2")


def test_the_quota_counts_what_is_approved_before_it_is_posted(session: Session, village: Made) -> None:
    for _ in range(8):
        make_household(session, village.id)  # ten resident households with the two there are: one place
    tidy = Item(code="A6", occurred_on=TODAY)
    second = propose(session, village, tidy, "p2", household_id=village.households[2].id)
    first = propose(session, village, tidy)
    approve(session, village.reviewer, first)
    with pytest.raises(RuleBroken, match="已经评满"):
        approve(session, village.reviewer, second, "a2")
    post(session, village.clerk, first)
    assert balance(session, village) == 20


def test_an_old_deed_counts_against_the_caps_of_its_own_month(session: Session, village: Made) -> None:
    for day, key in ((date(2026, 5, 4), "a"), (date(2026, 5, 5), "b")):
        wanted = Item(code="D2", occurred_on=day)
        posting.record(session, village.clerk, key=key, household_id=village.household.id, wanted=wanted, now=NOW)
    assert balance(session, village) == 10


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_a_household_does_not_bury_its_neighbours_claims(session: Session, village: Made) -> None:
    asked = {"household_id": village.household.id, "wanted": SMALL, "now": NOW}
    ids = [
        claims.propose(session, village.villager(), key=f"k{n}", **asked)  # type: ignore[arg-type]
        for n in range(rules.MOST_WAITING)
    ]
    with pytest.raises(RuleBroken, match="已经有 20 条"):
        claims.propose(session, village.villager(), key="more", **asked)  # type: ignore[arg-type]
    assert claims.propose(session, village.villager(), key="k0", **asked) == ids[0]  # type: ignore[arg-type]
    claims.withdraw(session, village.villager(), key="w", claim_id=ids[0], now=NOW)
    assert claims.propose(session, village.villager(), key="room", **asked)  # type: ignore[arg-type]
