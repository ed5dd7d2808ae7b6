"""Splitting, merging and inheriting move points and never make or lose one, whoever asks and however often."""

import threading
from collections.abc import Callable
from datetime import timedelta
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from tests.factories import NOW, TODAY, Made, make_reward, make_village, remember_phone
from tests.services.test_month_close import close
from tests.services.test_redemption import give
from villagepoints.domain import ledger
from villagepoints.domain import succession as rules
from villagepoints.domain.actor import Actor
from villagepoints.domain.calendar import Month
from villagepoints.domain.errors import (
    BadInput,
    Conflict,
    DomainError,
    KeyReused,
    NotAllowed,
    NotEnoughPoints,
    RuleBroken,
)
from villagepoints.models import (
    Activity,
    Card,
    Household,
    LedgerEntry,
    Phone,
    Relative,
    Resident,
    Succession,
    User,
    Village,
)
from villagepoints.services import card, departure, expiry, redemption, resident, stats, succession
from villagepoints.services.household_edit import Particulars
from villagepoints.services.resident import Person
from villagepoints.services.succession import Share
from villagepoints.services.verify import verify

KEY = b"i" * 32


def add(session: Session, village: Made, name: str, index: int = 0, **more: object) -> UUID:
    asked = {"key": f"add{name}", "household_id": village.households[index].id, "identity_key": KEY, "now": NOW}
    return resident.add(session, village.clerk, person=Person(name=name, **more), **asked)  # type: ignore[arg-type]


def split(
    session: Session, village: Made, people: list[UUID], points: int = 0, key: str = "s", who: Actor | None = None
) -> succession.Settled:
    asked = {"household_id": village.household.id, "people": people, "wanted": Particulars(number="900"), "now": NOW}
    return succession.split(session, who or village.clerk, key=key, share=Share(points), **asked)  # type: ignore[arg-type]


def merge(session: Session, village: Made, points: int | None = None, key: str = "m") -> succession.Settled:
    asked = {"household_id": village.household.id, "number": "002", "share": Share(points), "now": NOW}
    return succession.merge(session, village.clerk, key=key, **asked)  # type: ignore[arg-type]


def confirm(session: Session, village: Made, who: Actor | None = None, key: str = "c") -> int:
    session.rollback()
    row = session.scalars(select(Succession).where(Succession.status == "waiting")).one()
    return succession.confirm(session, who or village.reviewer, key=key, succession_id=row.id, now=NOW)


def balances(session: Session, village: Made) -> list[int]:
    session.rollback()
    rows = select(Household.balance).where(Household.village_id == village.id).order_by(Household.number)
    return list(session.scalars(rows))


def problems(session: Session, village: Made) -> list[str]:
    session.rollback()
    return [problem.sentence for problem in verify(session, session.get_one(Village, village.id))]


def fresh(session: Session, village: Made, household_id: UUID | None = None) -> Household:
    session.rollback()
    key = (village.id, household_id or village.household.id)
    return session.get_one(Household, key, populate_existing=True)


def test_a_split_takes_people_and_the_points_agreed_on(session: Session, village: Made) -> None:
    give(session, village, 90)
    son = add(session, village, "张小明", relation="儿子")
    first = split(session, village, [son], 40)
    assert split(session, village, [son], 40) == first, "a second click is the same split"
    assert not first.waits
    assert balances(session, village) == [50, 0, 0, 40]
    new = fresh(session, village, first.household_id)
    assert (new.number, new.head_name, new.joined_on) == ("900", "张小明", TODAY)
    person = session.get_one(Resident, (village.id, son))
    assert (person.household_id, person.relation, person.line) == (new.id, "户主", 0)
    entries = session.scalars(select(LedgerEntry).where(LedgerEntry.kind == ledger.TRANSFER)).all()
    assert sorted((one.points, one.counter_household_id) for one in entries) == [
        (-40, new.id),
        (40, village.household.id),
    ]
    figures = stats.stats(session, village.id)
    assert (figures["points_outstanding"], figures["points_generated"], figures["points_redeemed"]) == (90, 0, 0)
    acts = session.scalars(select(Activity).where(Activity.action == "household.split")).all()
    assert {act.subject for act in acts} == {village.household.id, new.id}
    assert problems(session, village) == []
    with pytest.raises(KeyReused):
        split(session, village, [son], 39)


def test_many_points_wait_for_another_person(session: Session, village: Made) -> None:
    give(session, village, 300)
    assert merge(session, village).waits
    assert balances(session, village)[:2] == [300, 0], "nothing has moved"
    assert fresh(session, village).left_reason == "merged", "the people have"
    with pytest.raises(NotAllowed, match="另一个人"):
        confirm(session, village, village.clerk)
    assert confirm(session, village) == 300
    assert confirm_again(session, village) == 300
    assert balances(session, village)[:2] == [0, 300]
    entry = session.scalars(
        select(LedgerEntry).where(LedgerEntry.kind == ledger.TRANSFER, LedgerEntry.points > 0)
    ).one()
    assert (entry.recorded_by, entry.approved_by) == (village.clerk.user_id, village.reviewer.user_id)
    assert problems(session, village) == []


def confirm_again(session: Session, village: Made) -> int:
    session.rollback()
    (row,) = session.scalars(select(Succession))
    with pytest.raises(Conflict, match="已经转过去"):
        succession.confirm(session, village.reviewer, key="c2", succession_id=row.id, now=NOW)
    return succession.confirm(session, village.reviewer, key="c", succession_id=row.id, now=NOW)


def test_what_was_refused_can_be_proposed_again(session: Session, village: Made) -> None:
    give(session, village, 200)
    merge(session, village)
    row = session.scalars(select(Succession)).one()
    succession.refuse(session, village.clerk, key="r", succession_id=row.id, reason="数字写错了", now=NOW)
    assert balances(session, village)[:2] == [200, 0]
    asked = {"household_id": village.household.id, "number": "002", "now": NOW}
    succession.inherit(session, village.clerk, key="i", share=Share(150, "家庭协议"), **asked)
    confirm(session, village)
    assert balances(session, village)[:2] == [50, 150]
    assert problems(session, village) == []


def test_a_debt_stays_behind_and_nobody_gives_what_they_have_not(session: Session, village: Made) -> None:
    son = add(session, village, "张小明")
    with pytest.raises(NotEnoughPoints, match="只有 0 分"):
        split(session, village, [son], 1)
    with pytest.raises(BadInput):
        split(session, village, [son], -5)
    owe(session, village, 30)
    assert merge(session, village).points == 0
    assert balances(session, village) == [-30, 0, 0], "refused splits left no household behind"
    assert problems(session, village) == []


def owe(session: Session, village: Made, points: int) -> None:
    from tests.safety import shop

    shop.give(session, village.id, village.household.id, -points)


def test_a_red_line_is_not_got_round_by_handing_points_on(session: Session, village: Made) -> None:
    give(session, village, 50)
    session.execute(update(Household).values(redeem_paused_until=TODAY + timedelta(days=9)))
    session.commit()
    with pytest.raises(RuleBroken, match="红线"):
        merge(session, village)
    merge(session, village, 0, key="none")
    assert balances(session, village)[:2] == [50, 0]


def test_a_split_needs_somebody_to_go_and_somebody_to_stay(session: Session, village: Made) -> None:
    son = add(session, village, "张小明")
    everybody = list(session.scalars(select(Resident.id).where(Resident.household_id == village.household.id)))
    for people in ([], everybody, [son, village.household.id]):
        with pytest.raises(BadInput):
            split(session, village, people)
    taken = {"household_id": village.household.id, "people": [son], "share": Share(), "now": NOW}
    with pytest.raises(Conflict, match="已经是李秀英家的了"):
        succession.split(session, village.clerk, key="x", wanted=Particulars(number="002"), **taken)  # type: ignore[arg-type]
    assert len(balances(session, village)) == 3


def test_who_keeps_out_of_a_household_keeps_out_of_what_became_of_it(session: Session, village: Made) -> None:
    son = add(session, village, "张小明")
    cousin, neighbour = village.users["counter"], village.users["admin"]
    kept = Relative(village_id=village.id, user_id=cousin.id, household_id=village.household.id, relation="sibling")
    kept.declared_at = NOW
    session.add(kept)
    session.execute(update(User).where(User.id == neighbour.id).values(household_id=village.household.id))
    session.commit()
    new = split(session, village, [son]).household_id
    relations = select(Relative.user_id, Relative.relation).where(Relative.household_id == new)
    assert set(session.execute(relations)) == {(cousin.id, "sibling"), (neighbour.id, "other")}
    merge(session, village)
    session.rollback()
    assert session.get_one(User, (village.id, neighbour.id)).household_id == village.households[1].id
    assert session.get(Relative, (village.id, cousin.id, village.households[1].id)) is not None


def test_who_keeps_out_of_a_household_keeps_out_of_where_its_people_go(session: Session, village: Made) -> None:
    daughter = add(session, village, "张小红")
    cousin, groom = village.users["counter"], village.users["admin"]
    for user in (cousin, groom):
        kept = Relative(village_id=village.id, user_id=user.id, household_id=village.household.id, relation="sibling")
        kept.declared_at = NOW
        session.add(kept)
    session.execute(update(User).where(User.id == groom.id).values(household_id=village.households[1].id))
    session.commit()
    asked = {"household_id": village.household.id, "people": [daughter], "number": "002", "now": NOW}
    succession.join(session, village.clerk, key="j", **asked)  # type: ignore[arg-type]
    there = select(Relative.user_id).where(Relative.household_id == village.households[1].id)
    assert session.scalars(there).all() == [cousin.id], "nobody is a relative of their own household"


def test_nobody_moves_the_points_of_their_own_or_a_relatives_household(session: Session, village: Made) -> None:
    give(session, village, 150)
    session.execute(update(User).where(User.id == village.clerk.user_id).values(household_id=village.households[1].id))
    session.commit()
    with pytest.raises(NotAllowed):
        merge(session, village)
    asked = {"household_id": village.household.id, "number": "002", "share": Share(None), "now": NOW}
    succession.merge(session, village.reviewer, key="ok", **asked)  # type: ignore[arg-type]
    with pytest.raises(NotAllowed):
        confirm(session, village, village.clerk)


def test_what_is_under_way_is_finished_first(session: Session, village: Made) -> None:
    give(session, village, 30)
    reward = make_reward(session, village.id, points=10)
    asked = {"household_id": village.household.id, "lines": [(reward.id, 1)], "now": NOW}
    taken = redemption.reserve(session, village.villager(), key="r", **asked)  # type: ignore[arg-type]
    with pytest.raises(RuleBroken, match="还有 1 件事"):
        merge(session, village)
    leaving = {"household_id": village.household.id, "reason": "moved", "left_on": TODAY, "now": NOW}
    with pytest.raises(RuleBroken):
        departure.leave(session, village.clerk, key="l", **leaving)  # type: ignore[arg-type]
    redemption.cancel(
        session, village.actor("counter"), key="c", redemption_id=taken.redemption_id, reason="要搬家", now=NOW
    )
    assert merge(session, village).points == 30


def test_who_leaves_opens_no_door_any_more_and_keeps_its_points(session: Session, village: Made) -> None:
    give(session, village, 120)
    printed = card.issue(session, village.clerk, household_id=village.household.id, card_key=KEY, key="k", now=NOW)
    remember_phone(session, village.household)
    leaving = {"household_id": village.household.id, "reason": "moved", "left_on": TODAY, "now": NOW}
    departure.leave(session, village.clerk, key="l", **leaving)  # type: ignore[arg-type]
    session.rollback()
    assert card.resolve(session, village.code, printed.token) is None
    dead = (select(Card.id).where(Card.revoked_at.is_(None)), select(Phone.id).where(Phone.revoked_at.is_(None)))
    assert [session.scalars(one).all() for one in dead] == [[], []]
    assert stats.stats(session, village.id)["points_outstanding"] == 120
    buys = {"household_id": village.household.id, "lines": [(make_reward(session, village.id, points=10).id, 1)]}
    with pytest.raises(RuleBroken, match="不在村里"):
        redemption.serve(session, village.actor("counter"), channel="counter", key="b", now=NOW, **buys)  # type: ignore[arg-type]
    hand_on = {"household_id": village.household.id, "number": "002", "share": Share(10), "now": NOW}
    with pytest.raises(RuleBroken, match="并户、分户"):
        succession.inherit(session, village.clerk, key="no", **hand_on)  # type: ignore[arg-type]
    gone = departure.come_back(
        session, village.clerk, key="b", household_id=village.household.id, reason="点错了", now=NOW
    )
    assert gone == 0
    back = fresh(session, village)
    assert (back.left_on, back.left_reason, back.balance) == (None, "", 120)
    assert [one.left_on for one in session.scalars(select(Resident).where(Resident.household_id == back.id))] == [None]


def test_after_a_death_points_go_to_the_heir_with_the_paper_named(session: Session, village: Made) -> None:
    give(session, village, 80)
    person = session.scalars(select(Resident.id).where(Resident.household_id == village.household.id)).one()
    asked = {"household_id": village.household.id, "now": NOW}
    died = {"reason": "died", "left_on": TODAY}
    assert resident.leave(session, village.clerk, key="d", resident_id=person, **died, **asked) == 0  # type: ignore[arg-type]
    departure.leave(session, village.clerk, key="l", **died, **asked)  # type: ignore[arg-type]
    with pytest.raises(BadInput, match="凭什么"):
        succession.inherit(session, village.clerk, key="i", number="003", share=Share(None), **asked)  # type: ignore[arg-type]
    share = Share(None, "公证书 12 号")
    succession.inherit(session, village.clerk, key="i", number="003", share=share, **asked)  # type: ignore[arg-type]
    assert balances(session, village) == [0, 0, 80]
    assert problems(session, village) == []


def test_points_that_came_over_are_as_old_as_the_day_they_came(session: Session, village: Made) -> None:
    give(session, village, 60)
    merge(session, village)
    later = NOW + timedelta(days=700)  # two years after the award they would be gone in a month
    assert expiry.expire(session, village.clerk, now=later) == 0
    assert expiry.expire(session, village.clerk, now=NOW + timedelta(days=800)) == 1
    assert balances(session, village)[:2] == [0, 0]


def test_who_comes_back_is_given_the_months_that_were_closed_without_it(session: Session, village: Made) -> None:
    leaving = {"household_id": village.household.id, "reason": "moved", "left_on": TODAY, "now": NOW}
    departure.leave(session, village.clerk, key="l", **leaving)  # type: ignore[arg-type]
    later = NOW + timedelta(days=30)
    assert close(session, village, Month(2026, 6), later).households == 2
    asked = {"household_id": village.household.id, "reason": "点错了", "now": later + timedelta(hours=1)}
    assert departure.come_back(session, village.clerk, key="b", **asked) == 100  # type: ignore[arg-type]
    assert departure.come_back(session, village.clerk, key="b", **asked) == 100  # type: ignore[arg-type]
    assert balances(session, village) == [100, 100, 100]
    assert problems(session, village) == []


def test_a_new_household_gets_no_base_of_the_month_before_it(session: Session, village: Made) -> None:
    son = add(session, village, "张小明")
    split(session, village, [son])
    assert close(session, village, Month(2026, 5), NOW).households == 3
    assert close(session, village, Month(2026, 6), NOW + timedelta(days=30), key="june").households == 4
    assert problems(session, village) == []


def test_what_is_refused_halfway_leaves_nothing(
    session: Session, village: Made, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rules, "check_points", lambda *_: None)  # planted: the ledger itself holds the line
    son = add(session, village, "张小明")
    with pytest.raises(NotEnoughPoints):
        split(session, village, [son], 50)
    assert len(balances(session, village)) == 3, "nor a household"
    assert session.get_one(Resident, (village.id, son)).household_id == village.household.id
    assert session.scalars(select(Succession)).all() == []


def test_a_transfer_without_its_other_half_is_found(session: Session, village: Made) -> None:
    give(session, village, 60)
    merge(session, village)
    session.execute(update(Succession).values(taken_seq=7))
    session.commit()
    assert "转出和转入没有成对。" in problems(session, village)


def test_merging_and_splitting_at_once_never_makes_a_point(
    sessions: Callable[[], Session], session: Session, village: Made
) -> None:
    give(session, village, 90)
    son = add(session, village, "张小明")
    said: list[str] = []
    barrier = threading.Barrier(3)

    def run(act: Callable[[Session], object]) -> None:
        with sessions() as own:
            barrier.wait()
            try:
                act(own)
                said.append("done")
            except DomainError as error:
                said.append(type(error).__name__)

    acts: list[Callable[[Session], object]] = [
        lambda own: split(own, village, [son], 60),
        lambda own: split(own, village, [son], 60, key="s2"),
        lambda own: merge(own, village),
    ]
    threads = [threading.Thread(target=run, args=[act]) for act in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(said) == 3
    assert sum(balances(session, village)) == 90
    assert problems(session, village) == []
    living = select(func.count()).select_from(Resident).where(Resident.name == "张小明", Resident.left_on.is_(None))
    assert session.scalar(living) == 1


@settings(max_examples=8, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)
@given(steps=some.lists(some.tuples(some.integers(0, 3), some.integers(-5, 120), some.booleans()), max_size=5))
def test_points_are_conserved(session: Session, village: Made, steps: list[tuple[int, int, bool]]) -> None:
    made = make_village(session, f"v{next(_SERIAL)}")
    give(session, made, 150)
    for place, (what, points, agrees) in enumerate(steps):
        with_key = {"key": f"k{place}", "now": NOW}
        try:
            _step(session, made, what, points, with_key)
        except DomainError:
            session.rollback()
        for row in session.scalars(
            select(Succession.id).where(Succession.village_id == made.id, Succession.status == "waiting")
        ).all():
            try:
                if agrees:
                    succession.confirm(session, made.reviewer, succession_id=row, **with_key | {"key": f"c{place}"})  # type: ignore[arg-type]
                else:
                    succession.refuse(
                        session,
                        made.reviewer,
                        succession_id=row,
                        reason="不转",
                        **with_key | {"key": f"c{place}"},  # type: ignore[arg-type]
                    )
            except DomainError:
                session.rollback()
        assert sum(balances(session, made)) == 150
        assert min(balances(session, made)) >= 0
    assert problems(session, made) == []


_SERIAL = iter(range(1000))


def _step(session: Session, made: Made, what: int, points: int, asked: dict[str, object]) -> None:
    first = made.household.id
    person = Person(name=f"人{asked['key']}")
    if what == 0:
        new = {"household_id": first, "person": person, "identity_key": KEY, **asked}
        one = resident.add(session, made.clerk, **new | {"key": f"a{asked['key']}"})  # type: ignore[arg-type]
        succession.split(
            session,
            made.clerk,
            household_id=first,
            people=[one],
            wanted=Particulars(),
            share=Share(points),
            **asked,  # type: ignore[arg-type]
        )
    elif what == 1:
        succession.merge(session, made.clerk, household_id=first, number="002", share=Share(points), **asked)  # type: ignore[arg-type]
    elif what == 2:
        succession.inherit(
            session,
            made.clerk,
            household_id=first,
            number="002",
            share=Share(points, "协议"),
            **asked,  # type: ignore[arg-type]
        )
    else:
        departure.come_back(session, made.clerk, household_id=first, reason="弄错了", **asked)  # type: ignore[arg-type]


def test_points_handed_on_in_small_parts_wait_like_many(session: Session, village: Made) -> None:
    give(session, village, 300)
    split(session, village, [add(session, village, "张小明")], 60)
    asked = {"household_id": village.household.id, "number": "900", "now": NOW}
    assert not succession.inherit(session, village.clerk, key="i1", share=Share(39), **asked).waits  # type: ignore[arg-type]
    assert succession.inherit(session, village.clerk, key="i2", share=Share(1), **asked).waits, "with these it is 100"  # type: ignore[arg-type]
    assert confirm(session, village) == 1
    assert balances(session, village) == [200, 0, 0, 100]


def test_a_leaving_dated_back_and_undone_gives_no_base_of_months_closed_before(session: Session, village: Made) -> None:
    assert close(session, village, Month(2026, 5), NOW).households == 3
    asked = {"wanted": Particulars(number="777"), "people": [Person(name="赵新来")], "identity_key": KEY}
    january, now = TODAY.replace(month=1), NOW + timedelta(hours=1)
    new = resident.register(session, village.clerk, key="n", joined_on=january, now=now, **asked)  # type: ignore[arg-type]
    left = {"household_id": new, "reason": "moved", "left_on": january, "now": now}
    departure.leave(session, village.clerk, key="l", **left)  # type: ignore[arg-type]
    back = {"household_id": new, "reason": "点错了", "now": now + timedelta(hours=1)}
    assert departure.come_back(session, village.clerk, key="b", **back) == 0  # type: ignore[arg-type]
    assert problems(session, village) == []
