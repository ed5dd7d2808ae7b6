"""Posting under the rules: one way in, once, by two people where the book says so, undone only by a new entry."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from tests import factories
from tests.factories import NOW, TODAY, Made
from villagepoints.domain.errors import (
    AlreadyReversed,
    BadInput,
    KeyReused,
    NotAllowed,
    NotFound,
    RuleBroken,
)
from villagepoints.models import EntryText, Household, LedgerEntry
from villagepoints.services import posting, verify
from villagepoints.services.posting import Item, Posted

VOLUNTEERING = Item(code="D1", occurred_on=TODAY, quantity=2, note="河道保洁")


def record(session: Session, village: Made, key: str, wanted: Item = VOLUNTEERING, **more: object) -> Posted:
    values = {"household_id": village.household.id, "now": NOW, **more}
    return posting.record(session, village.clerk, key=key, wanted=wanted, **values)  # type: ignore[arg-type]


def count(session: Session) -> int:
    session.rollback()
    return session.scalar(select(func.count()).select_from(LedgerEntry)) or 0


def problems(session: Session, village: Made) -> list[str]:
    session.rollback()
    session.expire_all()
    return [problem.sentence for problem in verify.verify(session, factories.village_of(session, village))]


def test_an_entry_keeps_rule_item_people_and_words(session: Session, village: Made):
    assert record(session, village, "k1") == Posted(seq=1, points=10, balance=10)
    entry = session.scalars(select(LedgerEntry)).one()
    assert (entry.rulebook_version, entry.item_code, entry.quantity, entry.kind) == (1, "D1", 2, "award")
    assert (entry.recorded_by, entry.approved_by, entry.occurred_on) == (village.clerk.user_id, None, TODAY)
    assert session.scalars(select(EntryText)).one().note == "河道保洁"
    assert problems(session, village) == []


def test_the_same_key_gives_the_same_answer_and_one_entry(session: Session, village: Made):
    assert record(session, village, "k1") == record(session, village, "k1")
    assert count(session) == 1


def test_the_same_key_with_another_request_is_refused(session: Session, village: Made):
    record(session, village, "k1")
    with pytest.raises(KeyReused):
        record(session, village, "k1", replace(VOLUNTEERING, quantity=1))
    assert count(session) == 1


def test_a_refused_request_leaves_its_key_free(session: Session, village: Made):
    with pytest.raises(BadInput):
        record(session, village, "k1", replace(VOLUNTEERING, occurred_on=TODAY + timedelta(days=1)))
    assert record(session, village, "k1").seq == 1


@pytest.mark.parametrize("key", ["", "x" * 65])
def test_a_request_without_a_usable_key_is_refused(session: Session, village: Made, key: str):
    with pytest.raises(BadInput):
        record(session, village, key)
    assert count(session) == 0


@pytest.mark.parametrize(
    "wanted",
    [
        Item(code="A1", occurred_on=TODAY),
        Item(code="Z9", occurred_on=TODAY),
        Item(code="D2", occurred_on=TODAY, quantity=2),
        Item(code="D3", occurred_on=TODAY, grade="村级"),
        Item(code="B4", occurred_on=TODAY, grade="村级"),
        Item(code="A7", occurred_on=TODAY),
        Item(code="B6", occurred_on=TODAY),
        Item(code="D1", occurred_on=TODAY, quantity=5),
    ],
)
def test_what_the_rules_do_not_allow_is_refused_and_nothing_is_written(session: Session, village: Made, wanted: Item):
    with pytest.raises(RuleBroken, match="。"):
        record(session, village, "k1", wanted)
    assert count(session) == 0


def test_a_penalty_with_its_document_is_posted_and_may_go_below_zero(session: Session, village: Made):
    wanted = Item(code="B6", occurred_on=TODAY, document="行罚决字〔2026〕1号")
    assert record(session, village, "k1", wanted) == Posted(1, -50, -50)


def test_from_a_hundred_points_another_person_must_approve(session: Session, village: Made):
    hero = Item(code="D4", occurred_on=TODAY, grade="见义勇为")
    for approved_by in (None, village.clerk.user_id):
        with pytest.raises(RuleBroken, match="另一个人"):
            record(session, village, "k1", hero, approved_by=approved_by)
    assert record(session, village, "k1", hero, approved_by=village.reviewer.user_id).points == 200


def test_nobody_records_or_approves_for_their_own_household(session: Session, village: Made):
    cousin = factories.make_user(session, village.id, "clerk", household_id=village.household.id)
    with pytest.raises(NotAllowed):
        posting.record(
            session,
            factories.actor(cousin),
            key="k1",
            household_id=village.household.id,
            wanted=VOLUNTEERING,
            now=NOW,
        )
    with pytest.raises(NotAllowed):
        record(session, village, "k2", approved_by=cousin.id)
    assert count(session) == 0


def test_a_household_of_another_village_is_not_found(session: Session, village: Made):
    other = factories.make_village(session, "zz")
    with pytest.raises(NotFound):
        record(session, village, "k1", household_id=other.household.id)


def test_a_cap_counts_what_stands_and_forgets_what_was_reversed(session: Session, village: Made):
    record(session, village, "k1", replace(VOLUNTEERING, quantity=4))
    with pytest.raises(RuleBroken, match="还能记 0 分"):
        record(session, village, "k2")
    undo(session, village, "k3", 1)
    assert record(session, village, "k2").balance == 10


def test_the_monthly_quota_is_a_tenth_of_each_residency(session: Session, village: Made):
    for _ in range(8):
        factories.make_household(session, village.id)  # with A and C: ten resident households, one place
    tidy = Item(code="A6", occurred_on=TODAY)
    record(session, village, "k1", tidy)
    with pytest.raises(RuleBroken, match="已经评满"):
        record(session, village, "k2", tidy, household_id=village.households[2].id)
    assert record(session, village, "k3", replace(tidy, occurred_on=date(2026, 5, 31))).seq == 2


def undo(session: Session, village: Made, key: str, seq: int, reason: str = "重复记录") -> Posted:
    return posting.reverse(
        session, village.clerk, key=key, household_id=village.household.id, seq=seq, reason=reason, now=NOW
    )


def test_a_reversal_is_a_new_entry_once_with_a_reason(session: Session, village: Made):
    record(session, village, "k1")
    with pytest.raises(BadInput):
        undo(session, village, "k2", 1, "  ")
    assert undo(session, village, "k2", 1) == undo(session, village, "k2", 1) == Posted(2, -10, 0)
    with pytest.raises(AlreadyReversed, match="第 2 条"):
        undo(session, village, "k3", 1)
    with pytest.raises(RuleBroken):
        undo(session, village, "k4", 2)
    with pytest.raises(NotFound):
        undo(session, village, "k5", 99)
    assert count(session) == 2
    assert problems(session, village) == []


def test_from_a_hundred_points_a_reversal_needs_another_person_too(session: Session, village: Made):
    hero = Item(code="D4", occurred_on=TODAY, grade="见义勇为")
    record(session, village, "k1", hero, approved_by=village.reviewer.user_id)
    asked = {"key": "k2", "household_id": village.household.id, "seq": 1, "reason": "记错了户", "now": NOW}
    for approved_by in (None, village.clerk.user_id):
        with pytest.raises(RuleBroken, match="另一个人"):
            posting.reverse(session, village.clerk, approved_by=approved_by, **asked)
    undone = posting.reverse(session, village.clerk, approved_by=village.reviewer.user_id, **asked)
    assert undone == Posted(2, -200, 0)
    assert session.scalars(select(LedgerEntry.approved_by).where(LedgerEntry.seq == 2)).one() is not None


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE ledger_entry SET points = 99",
        "DELETE FROM ledger_entry",
        "UPDATE activity SET action = 'x'",
        "DELETE FROM activity",
    ],
)
def test_the_database_itself_refuses_to_change_the_books(session: Session, village: Made, statement: str):
    record(session, village, "k1")
    with pytest.raises(DBAPIError, match="append-only"):
        session.execute(text(statement))
    session.rollback()
    assert problems(session, village) == []


def test_the_database_refuses_a_redemption_below_zero(session: Session, village: Made):
    record(session, village, "k1")
    row = session.execute(select(LedgerEntry.__table__)).one()._asdict()
    row.update(seq=2, kind="redemption", points=-20, balance_after=-10)
    with pytest.raises(DBAPIError):
        session.execute(LedgerEntry.__table__.insert(), [row])  # type: ignore[attr-defined]


def test_many_households_are_posted_by_the_same_way_in_a_fixed_number_of_statements(session: Session, village: Made):
    from sqlalchemy import event

    from villagepoints.domain.ledger import Draft
    from villagepoints.services.transaction import transaction

    ids = factories.make_households(session, village.id, 300)
    drafts = [
        Draft(household_id=id_, kind="opening", points=n, occurred_on=TODAY, origin="job")
        for n in (1, 2)
        for id_ in ids
    ]
    statements: list[str] = []
    event.listen(session.get_bind(), "before_cursor_execute", lambda *a: statements.append(a[2]))
    transaction(lambda s: posting.post(s, village.id, drafts, NOW))(session)
    assert len([s for s in statements if not s.startswith("BEGIN")]) <= 4
    assert set(session.scalars(select(Household.balance).where(Household.id.in_(ids)))) == {3}
    assert problems(session, village) == []
