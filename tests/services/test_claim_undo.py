"""An entry that was wrong is reversed by two people; one that was falsely claimed costs its penalty as well."""

from uuid import UUID

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from tests.factories import NOW, TODAY, Made, actor, make_user, village_of
from tests.services.test_claim import approve, balance, post, status
from villagepoints.domain.actor import REVIEWER
from villagepoints.domain.errors import AlreadyReversed, BadInput, Conflict, KeyReused, NotAllowed, NotFound, RuleBroken
from villagepoints.domain.ledger import AWARD, PAGE, Draft
from villagepoints.models import Claim, EntryText, LedgerEntry, User
from villagepoints.services import claim as claims
from villagepoints.services import posting, verify
from villagepoints.services.posting import Item
from villagepoints.services.transaction import transaction

SHOWN = {"document": "监督小组核查记录", "reason": "当天没有参加"}


def give(session: Session, village: Made, wanted: Item, key: str = "k") -> None:
    asked = {"household_id": village.household.id, "wanted": wanted, "now": NOW}
    posting.record(session, village.clerk, key=key, approved_by=village.reviewer.user_id, **asked)


@transaction
def give_base(session: Session, village: Made) -> None:
    base = {"kind": AWARD, "points": 25, "occurred_on": TODAY, "origin": PAGE, "rulebook_version": 1, "item_code": "A1"}
    posting.post(session, village.id, [Draft(household_id=village.household.id, **base)], NOW)


def undo(session: Session, village: Made, key: str = "u", seq: int = 1, reason: str = "记错了户") -> UUID:
    household_id = village.household.id
    return claims.propose_reversal(
        session, village.clerk, key=key, household_id=household_id, seq=seq, reason=reason, now=NOW
    )


def claw_back(session: Session, village: Made, key: str = "c", seq: int = 1, **said: str) -> UUID:
    asked = {"household_id": village.household.id, "seq": seq, "now": NOW, **SHOWN, **said}
    return claims.propose_claw_back(session, village.clerk, key=key, **asked)  # type: ignore[arg-type]


VOLUNTEERED = Item(code="D1", occurred_on=TODAY, quantity=2)
HERO = Item(code="D4", occurred_on=TODAY, grade="见义勇为")


def test_a_reversal_is_asked_for_by_one_and_posted_at_once_by_another(session: Session, village: Made) -> None:
    give(session, village, VOLUNTEERED)
    asked = undo(session, village)
    assert (asked, balance(session, village)) == (undo(session, village), 10)
    with pytest.raises(Conflict, match="已经有人提过"):
        undo(session, village, "u2")
    with pytest.raises(NotAllowed):
        approve(session, village.clerk, asked)
    decided = approve(session, village.reviewer, asked, "b")
    assert (decided.status, decided.points, decided.balance) == ("posted", -10, 0)
    entry = session.scalars(select(LedgerEntry).where(LedgerEntry.seq == 2)).one()
    assert (entry.kind, entry.reverses_seq) == ("reversal", 1)
    assert (entry.recorded_by, entry.approved_by) == (village.clerk.user_id, village.reviewer.user_id)


def test_a_refused_reversal_leaves_the_entry_and_may_be_asked_for_again(session: Session, village: Made) -> None:
    give(session, village, VOLUNTEERED)
    first = undo(session, village)
    claims.refuse(session, village.reviewer, key="r", claim_id=first, reason="没有记错", now=NOW)
    assert balance(session, village) == 10
    assert undo(session, village, "u2") != first


def test_the_reversal_of_a_large_entry_takes_two_besides_the_recorder(session: Session, village: Made) -> None:
    give(session, village, HERO)
    asked = undo(session, village)
    assert approve(session, village.reviewer, asked, "1").status == "waiting"
    third = actor(make_user(session, village.id, REVIEWER))
    assert approve(session, third, asked, "2").balance == 0


def test_a_months_base_is_not_reversed_but_objected_to(session: Session, village: Made) -> None:
    give_base(session, village)
    with pytest.raises(RuleBroken, match="提异议"):
        undo(session, village)
    with pytest.raises(RuleBroken, match="不是加分"):
        claw_back(session, village)
    assert session.scalars(select(Claim)).all() == []


def test_a_false_claim_goes_back_and_costs_its_penalty_in_one_step(session: Session, village: Made) -> None:
    give(session, village, VOLUNTEERED)
    asked = claw_back(session, village)
    assert asked == claw_back(session, village)
    assert approve(session, village.reviewer, asked).status == "approved", "it stands on a notice first"
    assert balance(session, village) == 10
    post(session, village.clerk, asked)
    rows = session.execute(
        select(LedgerEntry.kind, LedgerEntry.item_code, LedgerEntry.points, EntryText.note)
        .join(EntryText, (EntryText.household_id == LedgerEntry.household_id) & (EntryText.seq == LedgerEntry.seq))
        .where(LedgerEntry.seq > 1)
        .order_by(LedgerEntry.seq)
    )
    assert [tuple(row) for row in rows] == [
        ("reversal", "D1", -10, "当天没有参加"),
        ("penalty", "D5", -50, "当天没有参加；监督小组核查记录"),
    ]
    assert (status(session, asked), balance(session, village)) == ("posted", -50)
    assert [one.sentence for one in verify.verify(session, village_of(session, village))] == []
    with pytest.raises(AlreadyReversed):
        claw_back(session, village, "c2")


def test_what_goes_back_and_its_penalty_together_decide_how_many_must_approve(session: Session, village: Made) -> None:
    give(session, village, Item(code="D4", occurred_on=TODAY, grade="献血"))
    asked = claw_back(session, village)
    assert session.scalars(select(Claim.points)).one() == -100
    assert approve(session, village.reviewer, asked).status == "waiting"


def test_the_same_key_with_another_reason_is_refused(session: Session, village: Made) -> None:
    give(session, village, VOLUNTEERED)
    claw_back(session, village)
    with pytest.raises(KeyReused):
        claw_back(session, village, reason="别的")


def test_what_is_no_false_claim_is_refused_in_words(session: Session, village: Made) -> None:
    give(session, village, VOLUNTEERED)
    give(session, village, Item(code="B6", occurred_on=TODAY, document="文书"), "p")
    for said, error, sentence in (
        ({"seq": 2}, RuleBroken, "不是加分"),
        ({"seq": 9}, NotFound, "没有第 9 条"),
        ({"reason": " "}, BadInput, "请写明"),
        ({"document": " "}, BadInput, "要有依据"),
    ):
        with pytest.raises(error, match=sentence):
            claw_back(session, village, "x", **said)  # type: ignore[arg-type]
    undo(session, village)
    with pytest.raises(Conflict, match="已经有人提过"):
        claw_back(session, village, "y")


def test_a_claim_whose_entry_was_reversed_meanwhile_goes_on_waiting(session: Session, village: Made) -> None:
    give(session, village, VOLUNTEERED)
    asked = claw_back(session, village)
    done = {"household_id": village.household.id, "seq": 1, "reason": "记错", "now": NOW}
    posting.reverse(session, village.clerk, key="v", **done)  # type: ignore[arg-type]
    with pytest.raises(AlreadyReversed):
        approve(session, village.reviewer, asked)
    assert status(session, asked) == "waiting"


def test_nobody_takes_back_from_their_own_household(session: Session, village: Made) -> None:
    give(session, village, VOLUNTEERED)
    session.execute(update(User).where(User.id == village.clerk.user_id).values(household_id=village.household.id))
    session.commit()
    for act in (undo, claw_back):
        with pytest.raises(NotAllowed, match="自己家"):
            act(session, village)
