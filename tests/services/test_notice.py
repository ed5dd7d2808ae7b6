"""Approved items stand before the village for their days; then a person posts them once, and what is disputed waits."""

import re
import threading
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from tests.factories import NOW, TODAY, Made, make_household, make_user, make_village
from tests.safety.books import problems
from villagepoints.domain.actor import CLERK, REVIEWER, Actor
from villagepoints.domain.errors import BadInput, Conflict, DomainError, KeyReused, NotAllowed, NotFound
from villagepoints.models import Activity, Claim, Household, LedgerEntry, Notice, Objection, User, Village
from villagepoints.services import claim as claims
from villagepoints.services import notice, notice_check, notice_list
from villagepoints.services.notice import Posted
from villagepoints.services.paging import Wanted
from villagepoints.services.posting import Item

DUE = NOW + timedelta(days=6)  # the day after the fifth full day
HOURS = Item(code="D1", occurred_on=TODAY, note="帮王阿婆取药")  # five points, at most twenty a day


def approved(session: Session, village: Made, index: int = 0, wanted: Item = HOURS) -> UUID:
    """A claim of a household that has been approved."""
    household_id = village.households[index].id
    serial = session.scalar(select(func.count()).select_from(Claim))
    key = f"{village.code}{serial}"
    claim_id = claims.propose(session, village.clerk, key=f"p{key}", household_id=household_id, wanted=wanted, now=NOW)
    decided = claims.approve(session, village.reviewer, key=f"a{key}", claim_id=claim_id, now=NOW)
    assert decided.status == "approved"
    return claim_id


def published(session: Session, village: Made, key: str = "pub") -> UUID:
    return notice.publish(session, village.clerk, key=key, now=NOW).id


def object_to(session: Session, village: Made, claim_id: UUID) -> Objection:
    number = (session.scalar(select(func.max(Objection.number))) or 0) + 1
    dates = {"filed_on": TODAY, "due_on": TODAY, "limit_on": TODAY, "filed_at": NOW}
    row = Objection(
        village_id=village.id,
        number=number,
        about_household_id=village.household.id,
        claim_id=claim_id,
        via="phone",
        words="那天不是他",
        **dates,
    )
    session.add(row)
    session.commit()
    return row


def status_of(session: Session, village: Made, claim_id: UUID) -> str:
    session.rollback()
    return session.scalars(select(Claim.status).where(Claim.village_id == village.id, Claim.id == claim_id)).one()


def balance(session: Session, household: Household) -> int:
    session.rollback()
    return session.scalars(select(Household.balance).where(Household.id == household.id)).one()


def notice_status(session: Session, notice_id: UUID) -> str:
    session.rollback()
    return session.scalars(select(Notice.status).where(Notice.id == notice_id)).one()


def test_what_was_approved_is_put_up_together_and_numbered(session: Session, village: Made) -> None:
    first = approved(session, village)
    done = notice.publish(session, village.clerk, key="k", now=NOW)
    assert (done.number, done.closes_on, done.items) == (1, TODAY + timedelta(days=5), 1)
    assert notice.publish(session, village.clerk, key="k", now=NOW) == done, "the same click again"
    with pytest.raises(Conflict, match="没有等着公示的"):
        notice.publish(session, village.clerk, key="k2", now=NOW)
    approved(session, village, 1)
    assert notice.publish(session, village.clerk, key="k3", now=NOW).number == 2
    assert session.get_one(Claim, (village.id, first)).notice_id == done.id
    assert set(session.scalars(select(Activity.action))) >= {"notice.published"}


def test_putting_up_tells_the_households_pages(session: Session, village: Made) -> None:
    approved(session, village)
    before = session.scalars(select(Village.revision)).one()
    published(session, village)
    session.rollback()
    assert session.scalars(select(Village.revision)).one() > before


def test_it_is_posted_only_when_its_days_are_over(session: Session, village: Made) -> None:
    claim_id = approved(session, village)
    notice_id = published(session, village)
    with pytest.raises(Conflict, match="2026-06-20"):
        notice.post(session, village.clerk, key="k", notice_id=notice_id, now=DUE - timedelta(days=1))
    assert balance(session, village.household) == 0
    done = notice.post(session, village.clerk, key="k", notice_id=notice_id, now=DUE)
    assert (done.items, done.points, done.objected, done.set_aside) == (1, 5, 0, ())
    entry = session.scalars(select(LedgerEntry)).one()
    assert (entry.recorded_by, entry.approved_by) == (village.clerk.user_id, village.reviewer.user_id)
    assert (entry.occurred_on, entry.points) == (TODAY, 5)
    assert status_of(session, village, claim_id) == "posted"
    assert notice_status(session, notice_id) == "posted"


def test_pressing_again_posts_nothing_again(session: Session, village: Made) -> None:
    approved(session, village)
    notice_id = published(session, village)
    press = {"notice_id": notice_id, "now": DUE}
    first = notice.post(session, village.clerk, key="k", **press)
    assert notice.post(session, village.clerk, key="k", **press) == first, "the same click: the same answer"
    assert notice.post(session, village.reviewer, key="other", **press) == Posted()
    assert balance(session, village.household) == 5
    with pytest.raises(KeyReused):
        notice.post(session, village.reviewer, key="k", **press)


def test_an_item_with_an_objection_waits_for_its_answer(session: Session, village: Made) -> None:
    disputed, clear = approved(session, village), approved(session, village, 1)
    notice_id = published(session, village)
    objection = object_to(session, village, disputed)
    done = notice.post(session, village.clerk, key="k", notice_id=notice_id, now=DUE)
    assert (done.items, done.objected) == (1, 1)
    assert status_of(session, village, disputed) == "approved"
    assert status_of(session, village, clear) == "posted"
    assert notice_status(session, notice_id) == "open"
    session.get_one(Objection, (village.id, objection.id)).status = "rejected"
    session.commit()
    assert notice.post(session, village.clerk, key="k2", notice_id=notice_id, now=DUE).items == 1
    assert notice_status(session, notice_id) == "posted"


def test_what_the_rules_no_longer_allow_is_set_aside_and_holds_up_nothing(session: Session, village: Made) -> None:
    stuck, clear = approved(session, village), approved(session, village, 1)
    notice_id = published(session, village)
    session.get_one(Household, (village.id, village.household.id)).left_on = TODAY - timedelta(days=1)
    session.commit()
    done = notice.post(session, village.clerk, key="k", notice_id=notice_id, now=DUE)
    assert done.items == 1
    aside = done.set_aside[0]
    assert (aside.claim_id, aside.household, aside.item_code) == (stuck, "001", "D1")
    assert "已经迁出" in aside.sentence % aside.values
    assert status_of(session, village, stuck) == "approved"
    assert status_of(session, village, clear) == "posted"
    assert notice.post(session, village.clerk, key="k", notice_id=notice_id, now=DUE) == done
    assert problems(session, village.id) == []


def test_nobody_posts_for_their_own_household(session: Session, village: Made) -> None:
    approved(session, village)
    notice_id = published(session, village)
    session.execute(update(User).where(User.id == village.clerk.user_id).values(household_id=village.household.id))
    session.commit()
    done = notice.post(session, village.clerk, key="k", notice_id=notice_id, now=DUE)
    assert done.items == 0
    assert "请别的同事" in done.set_aside[0].sentence
    # whoever recorded it has meanwhile moved in: the entry itself would name them, so nobody can post it
    assert notice.post(session, village.reviewer, key="k2", notice_id=notice_id, now=DUE).items == 0


def test_another_presses_for_the_one_who_is_concerned(session: Session, village: Made) -> None:
    approved(session, village)
    notice_id = published(session, village)
    own = make_user(session, village.id, REVIEWER, household_id=village.household.id)
    concerned = Actor(village.id, user_id=own.id, roles=frozenset({REVIEWER}))
    assert len(notice.post(session, concerned, key="k", notice_id=notice_id, now=DUE).set_aside) == 1
    assert notice.post(session, village.clerk, key="k2", notice_id=notice_id, now=DUE).items == 1


def test_a_mistake_is_taken_off_with_a_reason_and_stays_there_as_taken_off(session: Session, village: Made) -> None:
    claim_id = approved(session, village)
    notice_id = published(session, village)
    off: dict[str, Any] = {"notice_id": notice_id, "claim_id": claim_id, "now": NOW}
    with pytest.raises(BadInput, match="为什么撤下"):
        notice.take_off(session, village.clerk, key="k0", reason=" ", **off)
    before = session.scalars(select(Household.revision).where(Household.id == village.household.id)).one()
    notice.take_off(session, village.clerk, key="k", reason="记错了户", **off)
    notice.take_off(session, village.clerk, key="k", reason="记错了户", **off)
    session.rollback()
    assert session.scalars(select(Household.revision).where(Household.id == village.household.id)).one() == before + 1
    with pytest.raises(Conflict, match="已经撤下"):
        notice.take_off(session, village.clerk, key="k2", reason="记错了户", **off)
    line = notice_list.lines(session, village.id, notice_id, Wanted()).rows[0]
    assert (line.status, line.reason) == ("refused", "记错了户")
    assert notice.post(session, village.clerk, key="p", notice_id=notice_id, now=DUE) == Posted()
    assert notice_status(session, notice_id) == "posted"
    assert balance(session, village.household) == 0


def test_what_somebody_objects_to_is_answered_and_not_taken_off(session: Session, village: Made) -> None:
    claim_id = approved(session, village)
    notice_id = published(session, village)
    object_to(session, village, claim_id)
    with pytest.raises(Conflict, match="提了异议"):
        notice.take_off(session, village.clerk, key="k", notice_id=notice_id, claim_id=claim_id, reason="错", now=NOW)


def test_nobody_takes_off_an_item_of_their_own_household(session: Session, village: Made) -> None:
    claim_id = approved(session, village)
    notice_id = published(session, village)
    own = make_user(session, village.id, CLERK, household_id=village.household.id)
    concerned = Actor(village.id, user_id=own.id, roles=frozenset({CLERK}))
    with pytest.raises(NotAllowed, match="自己家"):
        notice.take_off(session, concerned, key="k", notice_id=notice_id, claim_id=claim_id, reason="错", now=NOW)


def test_a_posted_item_is_not_taken_off(session: Session, village: Made) -> None:
    claim_id = approved(session, village)
    notice_id = published(session, village)
    notice.post(session, village.clerk, key="p", notice_id=notice_id, now=DUE)
    with pytest.raises(Conflict, match="已经记上账"):
        notice.take_off(session, village.clerk, key="k", notice_id=notice_id, claim_id=claim_id, reason="错", now=DUE)


def test_another_village_s_notice_is_not_there(session: Session, village: Made) -> None:
    claim_id = approved(session, village)
    notice_id = published(session, village)
    other = make_village(session, "qt")
    with pytest.raises(NotFound):
        notice.post(session, other.clerk, key="k", notice_id=notice_id, now=DUE)
    with pytest.raises(NotFound):
        notice.take_off(session, other.clerk, key="k", notice_id=notice_id, claim_id=claim_id, reason="x", now=NOW)
    with pytest.raises(NotFound):
        notice_list.one(session, other.id, notice_id)
    with pytest.raises(Conflict, match="没有等着公示的"):
        notice.publish(session, other.clerk, key="k", now=NOW)


def test_the_village_sees_a_masked_name_for_a_gain_and_none_for_a_loss(session: Session, village: Made) -> None:
    approved(session, village)
    approved(session, village, 1, Item(code="B6", occurred_on=TODAY, document="派出所认定书", note="打架"))
    notice_id = published(session, village)
    gain, loss = notice_list.whole(session, village.id, notice_id)
    assert (gain.kind, gain.name, gain.points) == ("contribution", "张*国", 5)
    assert (loss.kind, loss.name, loss.points) == ("penalty", "", -50)
    shown = re.sub(r"UUID\([^)]*\)", "", repr((gain, loss)))  # an id may hold any digits
    for private in ("张建国", "李秀英", "李*英", "001", "002", "王阿婆", "打架"):
        assert private not in shown
    notice.post(session, village.clerk, key="k", notice_id=notice_id, now=DUE)
    sums = notice_list.sums(session, village.id, notice_id)
    assert [(one.item_code, one.households, one.points) for one in sums] == [("B6", 1, -50), ("D1", 1, 5)]


def test_an_item_posted_too_early_or_forgotten_is_found_in_the_books(session: Session, village: Made) -> None:
    """The planted bugs: a press that does not ask for the day, and a notice closed over what waits."""
    early, forgotten = approved(session, village), approved(session, village, 1)
    notice_id = published(session, village)
    assert problems(session, village.id) == []
    claims.post(session, village.clerk, session.get_one(Claim, (village.id, early)), NOW)
    session.get_one(Notice, (village.id, notice_id)).status = "posted"
    session.commit()
    assert status_of(session, village, forgotten) == "approved"
    wrong = [(number, seq) for number, seq, _ in notice_check.wrong_items(session, village.id)]
    assert wrong == [("001", 1), ("002", None)]


# ---- whatever happens in between


def test_a_large_notice_is_posted_part_by_part_and_goes_on_where_it_was_killed(
    session: Session, village: Made, monkeypatch: pytest.MonkeyPatch
) -> None:
    ids = [approved(session, village, place % 3) for place in range(6)]
    notice_id = published(session, village)
    monkeypatch.setattr(notice, "PART", 2)
    real, tried = claims.post, list[UUID]()

    def killed_at_the_fourth(given: Session, actor: Actor, row: Claim, now: Any) -> Any:
        tried.append(row.id)
        if len(tried) == 4:
            raise KeyboardInterrupt
        return real(given, actor, row, now)

    monkeypatch.setattr(claims, "post", killed_at_the_fourth)
    with pytest.raises(KeyboardInterrupt):
        notice.post(session, village.clerk, key="k", notice_id=notice_id, now=DUE)
    assert [status_of(session, village, one) for one in ids].count("posted") == 2, "whole parts or nothing of them"
    done = notice.post(session, village.clerk, key="k", notice_id=notice_id, now=DUE)
    assert (done.items, done.points) == (6, 30)
    assert session.scalar(select(func.count()).select_from(LedgerEntry)) == 6
    assert problems(session, village.id) == []


def at_once(sessions: Callable[[], Session], works: list[Callable[[Session], Any]]) -> list[Any]:
    """What each answered that began at the same moment; a refusal is its sentence."""
    barrier, answers = threading.Barrier(len(works)), list[Any]()

    def run(work: Callable[[Session], Any]) -> None:
        with sessions() as own:
            barrier.wait()
            try:
                answers.append(work(own))
            except DomainError as refusal:
                answers.append(refusal.sentence)

    threads = [threading.Thread(target=run, args=(work,)) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return answers


def test_two_who_press_at_once_put_up_and_post_once(
    sessions: Callable[[], Session], session: Session, village: Made
) -> None:
    for place in range(9):
        approved(session, village, place % 3)
    people = [village.clerk, village.reviewer, village.clerk]
    put_up = at_once(
        sessions,
        [lambda own, n=n, who=who: notice.publish(own, who, key=f"u{n}", now=NOW) for n, who in enumerate(people)],
    )
    made = [one for one in put_up if not isinstance(one, str)]
    assert [one.items for one in made] == [9]
    done = at_once(
        sessions,
        [
            lambda own, n=n, who=who: notice.post(own, who, key=f"k{n}", notice_id=made[0].id, now=DUE)
            for n, who in enumerate(people)
        ],
    )
    assert sorted(one.items for one in done) == [0, 0, 9]
    session.rollback()
    assert session.scalar(select(func.count()).select_from(LedgerEntry)) == 9
    assert problems(session, village.id) == []


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_any_course_of_a_notice_posts_each_item_once_or_not_at_all(session: Session, village: Made) -> None:
    """Objections, take-offs and presses in any order: the ledger holds what is marked posted, and nothing else."""
    serial = iter(range(10**6))

    @settings(max_examples=12)
    @given(
        st.lists(st.sampled_from(("object", "off", "press", "answer")), max_size=6), st.randoms(use_true_random=False)
    )
    def course(acts: list[str], chance: Any) -> None:
        household = make_household(session, village.id)
        village.households[:] = [household]
        ids = [approved(session, village) for _ in range(3)]
        notice_id = published(session, village, f"u{next(serial)}")
        for act in [*acts, "press"]:
            key, claim_id = f"k{next(serial)}", chance.choice(ids)
            try:
                if act == "object":
                    object_to(session, village, claim_id)
                elif act == "off":
                    where = {"notice_id": notice_id, "claim_id": claim_id}
                    notice.take_off(session, village.clerk, key=key, reason="错了", now=NOW, **where)  # type: ignore[arg-type]
                elif act == "answer":
                    session.execute(update(Objection).values(status="rejected"))
                    session.commit()
                else:
                    notice.post(session, village.clerk, key=key, notice_id=notice_id, now=DUE)
            except Conflict:
                session.rollback()
        session.rollback()
        statuses = [status_of(session, village, one) for one in ids]
        entries = session.scalars(select(LedgerEntry).where(LedgerEntry.household_id == household.id)).all()
        assert len(entries) == statuses.count("posted")
        assert balance(session, household) == 5 * statuses.count("posted")
        assert (notice_status(session, notice_id) == "posted") == ("approved" not in statuses)

    course()
    assert problems(session, village.id) == []
