"""Answering objections: by another person, and put right in the same step."""

from collections.abc import Callable
from datetime import date, timedelta

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from tests.factories import NOW, TODAY, Made, actor, make_user, village_of
from tests.objections import MAY, at_once, closed, decide, entries, file, found, kept, on_notice, recorded, revision
from villagepoints.domain.actor import CLERK, REVIEWER, Actor
from villagepoints.domain.calendar import Month
from villagepoints.domain.errors import BadInput, Conflict, NotAllowed, NotFound, RuleBroken
from villagepoints.models import (
    Activity,
    Claim,
    Finding,
    LedgerEntry,
    Notice,
    Objection,
    User,
)
from villagepoints.services import claim, notice, objection, posting, verify
from villagepoints.services.objection_subject import About
from villagepoints.services.posting import Item


@pytest.fixture
def third(session: Session, village: Made) -> Actor:
    """Somebody who had no hand in anything."""
    return actor(make_user(session, village.id, REVIEWER, name="第三人"))


def test_an_entry_that_was_wrong_is_reversed_in_the_same_step(session: Session, village: Made, third: Actor) -> None:
    objection_id = file(session, village.villager(), recorded(session, village))
    assert decide(session, third, objection_id, reason="记错了户") == "upheld"
    assert entries(session) == [("award", 10), ("reversal", -10)]
    row = kept(session, village, objection_id)
    assert (row.status, row.reason, row.reversal_seq, row.decided_by) == ("upheld", "记错了户", 2, third.user_id)
    assert session.scalars(select(LedgerEntry.approved_by).where(LedgerEntry.seq == 2)).one() == third.user_id
    assert list(verify.verify(session, village_of(session, village))) == []


def test_an_answer_without_its_reversal_is_found_when_the_books_are_checked(session: Session, village: Made) -> None:
    """The planted bug: an objection called right whose entry still stands."""
    objection_id = file(session, village.villager(), recorded(session, village))
    session.execute(update(Objection).where(Objection.id == objection_id).values(status="upheld"))
    session.commit()
    found = [(one.kind, one.seq) for one in verify.verify(session, village_of(session, village))]
    assert found == [("objection", 1)]


def test_an_entry_that_was_right_stays_with_the_reason(session: Session, village: Made, third: Actor) -> None:
    objection_id = file(session, village.villager(), recorded(session, village))
    with pytest.raises(BadInput, match="为什么"):
        decide(session, third, objection_id, is_right=False, reason=" ")
    before = revision(session, village)
    assert decide(session, third, objection_id, is_right=False, reason="签到表上有你") == "rejected"
    assert entries(session) == [("award", 10)]
    assert kept(session, village, objection_id).reason == "签到表上有你"
    assert revision(session, village) > before


def test_neither_who_recorded_nor_who_approved_nor_who_typed_it_in_answers(
    session: Session, village: Made, third: Actor
) -> None:
    about = recorded(session, village)
    objection_id = file(session, third, about, via="desk", household_id=village.household.id)
    for one, match in ((village.clerk, "经手"), (village.reviewer, "经手"), (third, "登记")):
        with pytest.raises(NotAllowed, match=match):
            decide(session, one, objection_id)
    assert kept(session, village, objection_id).status == "open"
    assert entries(session) == [("award", 10)]


def test_whoever_is_concerned_does_not_answer(session: Session, village: Made, third: Actor) -> None:
    about = on_notice(session, village)
    objection_id = file(session, village.villager(1), about)
    for index in (0, 1):
        own = village.households[index].id
        session.execute(update(User).where(User.id == third.user_id).values(household_id=own))
        session.commit()
        with pytest.raises(NotAllowed, match="自己家"):
            decide(session, third, objection_id)


def test_an_item_on_a_notice_is_refused_if_the_objection_is_right(
    session: Session, village: Made, third: Actor
) -> None:
    about = on_notice(session, village)
    objection_id = file(session, village.villager(1), about)
    with pytest.raises(NotAllowed, match="经手"):
        decide(session, village.reviewer, objection_id)
    decide(session, third, objection_id, reason="没有做这件事")
    assert session.scalars(select(Claim.status)).one() == "refused"
    assert post_notice(session, village) == 0
    assert entries(session) == []


def test_an_item_on_a_notice_waits_for_the_answer_and_then_posts(session: Session, village: Made, third: Actor) -> None:
    objection_id = file(session, village.villager(1), on_notice(session, village))
    assert post_notice(session, village) == 0
    decide(session, third, objection_id, is_right=False, reason="有照片")
    assert post_notice(session, village, key="again") == 1
    assert entries(session) == [("award", 5)]


def post_notice(session: Session, village: Made, key: str = "post") -> int:
    session.rollback()
    notice_id = session.scalars(select(Notice.id)).one()
    later = NOW + timedelta(days=6)
    return notice.post(session, village.clerk, key=key, notice_id=notice_id, now=later).items


def test_an_objection_and_the_posting_at_the_same_moment_never_both_win(
    session: Session, sessions: Callable[[], Session], village: Made
) -> None:
    about, answers = on_notice(session, village), list[object]()
    notice_id = session.scalars(select(Notice.id)).one()
    last, after = NOW + timedelta(days=5), NOW + timedelta(days=6)
    at_once(
        sessions,
        [
            lambda s: file(s, village.villager(1), about, now=last),
            lambda s: notice.post(s, village.clerk, key="post", notice_id=notice_id, now=after).items,
        ],
        answers,
    )
    session.rollback()
    objections, posted = session.scalars(select(Objection)).all(), entries(session)
    assert len(objections) + len(posted) == 1


@pytest.mark.parametrize("points", [25, 15])
def test_a_base_item_is_put_right_and_never_just_taken_back(
    session: Session, village: Made, third: Actor, points: int
) -> None:
    objection_id = file(session, village.villager(), closed(session, village, MAY, 20))
    for wrong in (None, 20, 26, -1):
        with pytest.raises(BadInput):
            decide(session, third, objection_id, points=wrong)
    decide(session, third, objection_id, points=points)
    assert entries(session) == [("award", 20), ("reversal", -20), ("award", points)]
    assert kept(session, village, objection_id).reversal_seq == 2
    again = session.get_one(LedgerEntry, (village.id, village.household.id, 3))
    assert (again.occurred_on, again.item_code, again.approved_by) == (MAY.last, "A1", third.user_id)


def test_whoever_found_it_does_not_answer_about_the_month_s_base(session: Session, village: Made, third: Actor) -> None:
    about = found(session, village, date(2026, 5, 20), 1)
    session.execute(update(Finding).values(recorded_by=third.user_id))
    objection_id = file(session, village.villager(), closed(session, village, MAY, 20))
    assert about
    with pytest.raises(NotAllowed, match="经手"):
        decide(session, third, objection_id, points=25)


def test_a_finding_that_was_wrong_never_was(session: Session, village: Made, third: Actor) -> None:
    about = found(session, village)
    objection_id = file(session, village.villager(), about)
    with pytest.raises(NotAllowed, match="经手"):
        decide(session, village.clerk, objection_id)
    decide(session, third, objection_id, reason="是邻居家的")
    session.expire_all()
    row = session.get_one(Finding, (village.id, about.finding_id))
    assert (row.status, row.settled_by, row.settled_note) == ("withdrawn", third.user_id, "是邻居家的")
    assert entries(session) == []


def test_a_finding_of_a_month_closed_meanwhile_puts_its_base_right(
    session: Session, village: Made, third: Actor
) -> None:
    found(session, village, date(2026, 6, 3), 1)
    objection_id = file(session, village.villager(), found(session, village))
    closed(session, village, Month(2026, 6), 10)
    decide(session, third, objection_id, now=NOW + timedelta(days=20))
    assert entries(session) == [("award", 10), ("reversal", -10), ("award", 20)]
    assert kept(session, village, objection_id).reversal_seq == 2


def test_nothing_moves_while_the_month_is_being_closed(session: Session, village: Made, third: Actor) -> None:
    objection_id = file(session, village.villager(), found(session, village))
    closed(session, village, Month(2026, 6), 15, "closing")
    with pytest.raises(Conflict, match="结账"):
        decide(session, third, objection_id)
    assert kept(session, village, objection_id).status == "open"


def test_a_large_entry_takes_two_people_to_reverse(session: Session, village: Made, third: Actor) -> None:
    about = recorded(session, village, code="B4", grade="区级", quantity=1, occasion="最美志愿者", document="证书")
    objection_id, fourth = file(session, village.villager(), about), actor(make_user(session, village.id, CLERK))
    assert decide(session, third, objection_id) == "open"
    assert entries(session) == [("award", 100)]
    with pytest.raises(NotAllowed, match="另一个人"):
        decide(session, third, objection_id, key="d2")
    assert decide(session, fourth, objection_id, key="d3") == "upheld"
    assert entries(session) == [("award", 100), ("reversal", -100)]
    reversal = session.get_one(LedgerEntry, (village.id, village.household.id, 2))
    assert (reversal.recorded_by, reversal.approved_by) == (third.user_id, fourth.user_id)


def test_two_objections_to_one_entry_reverse_it_once(session: Session, village: Made, third: Actor) -> None:
    about = recorded(session, village)
    first = file(session, village.villager(), about)
    second = file(session, village.clerk, about, key="g", via="desk", objector="路人")
    decide(session, third, first)
    decide(session, third, second, key="e")
    assert entries(session) == [("award", 10), ("reversal", -10)]
    assert kept(session, village, second).reversal_seq == 2


def test_answering_twice_at_the_same_moment_answers_once(
    session: Session, sessions: Callable[[], Session], village: Made, third: Actor
) -> None:
    objection_id, answers = file(session, village.villager(), recorded(session, village)), list[object]()
    fourth = actor(make_user(session, village.id, CLERK))
    at_once(
        sessions,
        [
            lambda s: decide(s, third, objection_id, key="x"),
            lambda s: decide(s, fourth, objection_id, key="y", is_right=False),
        ],
        answers,
    )
    assert sum(isinstance(answer, Conflict) for answer in answers) == 1
    assert entries(session)[1:] == ([("reversal", -10)] if "upheld" in answers else [])


def test_the_same_click_answers_once_and_alike(session: Session, village: Made, third: Actor) -> None:
    objection_id = file(session, village.villager(), recorded(session, village))
    assert decide(session, third, objection_id) == decide(session, third, objection_id) == "upheld"
    with pytest.raises(Conflict, match="答复过"):
        decide(session, third, objection_id, key="later")
    acts = session.scalars(select(Activity.action).order_by(Activity.seq)).all()
    assert list(acts).count("objection.upheld") == 1


# ------------------------------------------------------------------ withdrawing


def test_who_objected_takes_it_back_and_nobody_else(session: Session, village: Made, third: Actor) -> None:
    objection_id = file(session, village.villager(1), on_notice(session, village))
    take_back = {"objection_id": objection_id, "now": NOW}
    with pytest.raises(NotFound):
        objection.withdraw(session, village.villager(0), key="w0", **take_back)
    with pytest.raises(NotAllowed, match="自己撤回"):
        objection.withdraw(session, third, key="w1", reason="他说算了", **take_back)
    objection.withdraw(session, village.villager(1), key="w2", **take_back)
    assert kept(session, village, objection_id).status == "withdrawn"
    with pytest.raises(Conflict, match="撤回"):
        decide(session, third, objection_id)


def test_what_came_on_paper_is_taken_back_at_the_desk_with_a_reason(
    session: Session, village: Made, third: Actor
) -> None:
    about = recorded(session, village)
    objection_id = file(session, third, about, via="desk", household_id=village.household.id)
    fourth = actor(make_user(session, village.id, CLERK))
    take_back = {"objection_id": objection_id, "now": NOW}
    with pytest.raises(NotAllowed, match="经手"):
        objection.withdraw(session, village.clerk, key="w1", reason="他说算了", **take_back)
    with pytest.raises(BadInput):
        objection.withdraw(session, fourth, key="w2", **take_back)
    objection.withdraw(session, fourth, key="w3", reason="本人 6 月 16 日来说撤回", **take_back)
    assert kept(session, village, objection_id).status == "withdrawn"


# ------------------------------------------------------------------ what was taken back as falsely claimed


def taken_back(session: Session, village: Made, wanted: Item) -> About:
    """The penalty of a false claim, with which the contribution of the first household went back."""
    household_id = village.household.id
    gained = {"household_id": household_id, "wanted": wanted, "now": NOW, "approved_by": village.reviewer.user_id}
    seq = posting.record(session, village.clerk, key="gained", **gained).seq  # type: ignore[arg-type]
    said = {"document": "核查记录", "reason": "当天没有参加"}
    claim_id = claim.propose_claw_back(
        session, village.clerk, key="back", household_id=household_id, seq=seq, now=NOW, **said
    )
    row = session.get_one(Claim, (village.id, claim_id))
    claim.review(session, village.id, row, village.reviewer.user_id, "approved", "", NOW)
    entry = claim.post(session, village.clerk, row, NOW)
    session.commit()
    return About(household_id=household_id, entry_seq=entry.seq)


def test_who_had_claimed_truly_gets_the_points_back_with_the_penalty(
    session: Session, village: Made, third: Actor
) -> None:
    about = taken_back(session, village, Item(code="D1", occurred_on=TODAY, quantity=2, note="河道保洁"))
    assert entries(session)[1:] == [("reversal", -10), ("penalty", -50)]
    objection_id = file(session, village.villager(), about)
    assert decide(session, third, objection_id) == "upheld"
    assert entries(session)[3:] == [("reversal", 50), ("award", 10)]
    assert kept(session, village, objection_id).reversal_seq == 4
    same = ("item_code", "grade", "quantity", "occurred_on", "occasion", "rulebook_version")
    first, last = (session.get_one(LedgerEntry, (village.id, village.household.id, seq)) for seq in (1, 5))
    assert [getattr(first, name) for name in same] == [getattr(last, name) for name in same]
    assert [one.sentence for one in verify.verify(session, village_of(session, village))] == []


def test_giving_back_what_with_its_penalty_is_large_takes_two(session: Session, village: Made, third: Actor) -> None:
    about = taken_back(session, village, Item(code="D4", occurred_on=TODAY, grade="献血", occasion="六月献血"))
    objection_id = file(session, village.villager(), about)
    assert decide(session, third, objection_id) == "open"
    fourth = actor(make_user(session, village.id, REVIEWER, name="第四人"))
    assert decide(session, fourth, objection_id, key="d2") == "upheld"
    assert entries(session)[3:] == [("reversal", 50), ("award", 50)]


def test_a_deed_recorded_anew_meanwhile_is_not_paid_twice(session: Session, village: Made, third: Actor) -> None:
    honour = {"code": "B4", "grade": "村级", "occasion": "最美志愿者", "document": "证书"}
    about = taken_back(session, village, Item(occurred_on=TODAY, **honour))  # type: ignore[arg-type]
    objection_id = file(session, village.villager(), about)
    recorded(session, village, quantity=1, **honour)
    before = entries(session)
    with pytest.raises(RuleBroken, match="只记一次"):
        decide(session, third, objection_id)
    assert (entries(session), kept(session, village, objection_id).status) == (before, "open")
