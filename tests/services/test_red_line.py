"""A red line: recorded by one and confirmed by another; the pause, the month's base, the way back, the lifting."""

import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from uuid import UUID

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from tests.factories import NOW, TODAY, Made, actor, make_reward, make_user, make_village
from tests.services.test_redemption import give
from villagepoints.domain import ledger
from villagepoints.domain.actor import CLERK, REVIEWER, Actor
from villagepoints.domain.calendar import Month
from villagepoints.domain.errors import BadInput, Conflict, DomainError, NotAllowed, NotFound, RuleBroken
from villagepoints.domain.ledger import Draft
from villagepoints.domain.rulebook import BASE
from villagepoints.models import Activity, Finding, Household, LedgerEntry, MonthClose, RedLineCase, User, Village
from villagepoints.services import posting, red_line, red_line_repair, redemption, rulebook
from villagepoints.services.red_line import Crossed
from villagepoints.services.red_line_repair import Way
from villagepoints.services.transaction import transaction
from villagepoints.services.verify import verify

MAY = date(2026, 5, 20)
POLICE = Crossed("R2", MAY, "公安处罚决定书 12 号", "聚众赌博")


def record(session: Session, village: Made, crossed: Crossed = POLICE, key: str = "r", index: int = 0) -> UUID:
    household_id = village.households[index].id
    return red_line.record(session, village.clerk, key=key, household_id=household_id, crossed=crossed, now=NOW)


def confirmed(session: Session, village: Made, crossed: Crossed = POLICE, key: str = "r") -> UUID:
    case_id = record(session, village, crossed, key)
    red_line.confirm(session, village.reviewer, key=f"{key}-c", case_id=case_id, now=NOW)
    return case_id


def paused(session: Session, village: Made) -> date | None:
    session.rollback()
    return session.scalars(select(Household.redeem_paused_until).where(Household.id == village.household.id)).one()


@transaction
def post_base(session: Session, village: Made, points: dict[str, int], *, origin: str = ledger.PAGE) -> None:
    book = rulebook.in_force(session, village.id, MAY)
    batch = {"origin": origin, "rulebook_version": book.version, "occurred_on": Month.of(MAY).last}
    items = [(item.code, points.get(item.code, item.points)) for item in book.of_kind(BASE)]
    drafts = [
        Draft(household_id=village.household.id, kind=ledger.AWARD, points=p, item_code=code, **batch)  # type: ignore[arg-type]
        for code, p in items
    ]
    posting.post(session, village.id, drafts, NOW)


def base_of_may(session: Session, village: Made) -> dict[str, int]:
    """What stands of May's base."""
    session.rollback()
    entries = session.scalars(select(LedgerEntry).where(LedgerEntry.household_id == village.household.id)).all()
    undone = {entry.reverses_seq for entry in entries}
    of_may = [one for one in entries if one.seq not in undone and one.kind == ledger.AWARD and one.item_code != "D1"]
    return {one.item_code or "": one.points for one in of_may}


def problems(session: Session, village: Made) -> list[str]:
    session.rollback()
    return [problem.sentence for problem in verify(session, session.get_one(Village, village.id))]


def test_what_one_records_waits_and_changes_nothing(session: Session, village: Made) -> None:
    case_id = record(session, village)
    assert record(session, village) == case_id
    assert session.get_one(RedLineCase, (village.id, case_id)).status == "waiting"
    assert paused(session, village) is None
    assert session.get_one(Household, (village.id, village.household.id)).revision > 0, "its page must tell"


def test_another_person_confirms_and_redemption_rests_for_the_months_stated(session: Session, village: Made) -> None:
    confirmed(session, village)
    assert paused(session, village) == date(2026, 9, 15)
    assert problems(session, village) == []
    actions = session.scalars(select(Activity.action).order_by(Activity.seq)).all()
    assert actions[-2:] == ["red_line.recorded", "red_line.confirmed"]


def test_whoever_recorded_it_or_is_concerned_does_not_decide(session: Session, village: Made) -> None:
    case_id = record(session, village)
    with pytest.raises(NotAllowed, match="自己记的"):
        red_line.confirm(session, village.clerk, key="c", case_id=case_id, now=NOW)
    session.execute(update(User).where(User.id == village.reviewer.user_id).values(household_id=village.household.id))
    session.commit()
    for decide in (
        lambda: red_line.confirm(session, village.reviewer, key="c", case_id=case_id, now=NOW),
        lambda: red_line.refuse(session, village.reviewer, key="f", case_id=case_id, reason="不实", now=NOW),
    ):
        with pytest.raises(NotAllowed, match="自己家"):
            decide()
    own = actor(make_user(session, village.id, CLERK, household_id=village.household.id))
    with pytest.raises(NotAllowed, match="自己家"):
        red_line.record(session, own, key="o", household_id=village.household.id, crossed=POLICE, now=NOW)
    assert paused(session, village) is None


@pytest.mark.parametrize(
    ("crossed", "refusal", "words"),
    [
        (replace(POLICE, document=" "), RuleBroken, "书面文书"),
        (replace(POLICE, code="R9"), RuleBroken, "没有「R9」"),
        (replace(POLICE, found_on=TODAY + timedelta(days=1)), BadInput, "还没到"),
        (replace(POLICE, found_on=date(2025, 12, 30)), RuleBroken, "2025 年的账已经结了"),
    ],
)
def test_what_the_rules_do_not_allow_is_not_recorded(
    session: Session, village: Made, crossed: Crossed, refusal: type[DomainError], words: str
) -> None:
    with pytest.raises(refusal, match=words):
        record(session, village, crossed)
    assert session.scalars(select(RedLineCase)).all() == []


def test_the_same_line_on_the_same_day_is_recorded_once(session: Session, village: Made) -> None:
    record(session, village)
    with pytest.raises(Conflict, match="已经记过"):
        record(session, village, key="again")


def test_a_household_that_moved_out_or_of_elsewhere_crosses_nothing(session: Session, village: Made) -> None:
    session.execute(update(Household).where(Household.id == village.household.id).values(left_on=date(2026, 5, 1)))
    session.commit()
    session.expire_all()
    with pytest.raises(RuleBroken, match="迁出"):
        record(session, village)
    other = make_village(session, "qt")
    with pytest.raises(NotFound):
        red_line.record(session, other.clerk, key="x", household_id=village.households[1].id, crossed=POLICE, now=NOW)
    case_id = record(session, village, key="r2", index=1)
    with pytest.raises(NotFound):
        red_line.confirm(session, other.reviewer, key="y", case_id=case_id, now=NOW)


def test_a_refusal_needs_a_reason_and_leaves_everything(session: Session, village: Made) -> None:
    case_id = record(session, village)
    with pytest.raises(BadInput, match="为什么不认定"):
        red_line.refuse(session, village.reviewer, key="f", case_id=case_id, reason=" ", now=NOW)
    red_line.refuse(session, village.reviewer, key="f2", case_id=case_id, reason="文书写的是别人", now=NOW)
    with pytest.raises(Conflict, match="已经处理过"):
        red_line.confirm(session, village.reviewer, key="c", case_id=case_id, now=NOW)
    assert paused(session, village) is None


def test_the_posted_base_of_the_month_becomes_nothing_and_earned_points_stay(session: Session, village: Made) -> None:
    give(session, village, 60)
    post_base(session, village, {"A1": 15})
    confirmed(session, village)
    assert set(base_of_may(session, village).values()) == {0}
    assert session.scalars(select(Household.balance).where(Household.id == village.household.id)).one() == 60
    replaced = session.scalars(select(LedgerEntry).where(LedgerEntry.kind == ledger.REVERSAL)).first()
    assert replaced is not None
    assert (replaced.recorded_by, replaced.approved_by) == (village.clerk.user_id, village.reviewer.user_id)
    assert problems(session, village) == []


def test_while_a_month_is_being_closed_nothing_is_confirmed(session: Session, village: Made) -> None:
    case_id = record(session, village)
    session.add(MonthClose(village_id=village.id, month="2026-05", status="closing", started_at=NOW))
    session.commit()
    with pytest.raises(Conflict, match="正在进行"):
        red_line.confirm(session, village.reviewer, key="c", case_id=case_id, now=NOW)


def test_while_it_is_paused_nothing_new_is_redeemed_but_what_was_reserved_is_handed_over(
    session: Session, village: Made
) -> None:
    give(session, village, 300)
    salt = make_reward(session, village.id, points=10)
    asked = {"household_id": village.household.id, "lines": [(salt.id, 1)]}
    earlier = redemption.reserve(session, village.villager(), key="a", now=NOW, **asked)  # type: ignore[arg-type]
    confirmed(session, village)
    for who, take in ((village.villager(), redemption.reserve), (village.clerk, redemption.serve)):
        more = {} if take is redemption.reserve else {"channel": "counter"}
        with pytest.raises(RuleBroken, match="2026-09-15 起可以再换"):
            take(session, who, key=f"b{take.__name__}", now=NOW, **asked, **more)  # type: ignore[arg-type, operator]
    asked = {"redemption_id": earlier.redemption_id, "key": "f", "now": NOW}
    redemption.fulfil(session, village.clerk, **asked)  # type: ignore[arg-type]


def step(session: Session, village: Made, case_id: UUID, kind: str, hours: int = 0, *, day: int = 0) -> UUID:
    key, now = f"{kind}{hours}{day}", NOW + timedelta(days=day)
    way = Way(kind, TODAY + timedelta(days=day), hours)
    step_id = red_line_repair.add_step(session, village.clerk, key=key, case_id=case_id, way=way, now=now)
    red_line_repair.settle_step(
        session, village.reviewer, key=key + "c", case_id=case_id, step_id=step_id, counts=True, now=now
    )
    return step_id


def test_the_way_back_shortens_the_pause_step_by_step(session: Session, village: Made) -> None:
    case_id = confirmed(session, village)
    step(session, village, case_id, "service", 10)
    step(session, village, case_id, "put_right", day=1)
    assert paused(session, village) == date(2026, 9, 15), "no pledge yet"
    step(session, village, case_id, "pledge", day=2)
    assert paused(session, village) == date(2026, 8, 15)
    step(session, village, case_id, "service", 20, day=3)
    assert paused(session, village) == TODAY + timedelta(days=3), "never earlier than the day it was confirmed"
    assert problems(session, village) == []


def test_a_step_counts_once_another_person_confirmed_it_and_once_only(session: Session, village: Made) -> None:
    case_id = confirmed(session, village)
    way = Way("pledge", TODAY)
    step_id = red_line_repair.add_step(session, village.clerk, key="s", case_id=case_id, way=way, now=NOW)
    with pytest.raises(NotAllowed, match="自己记的"):
        red_line_repair.settle_step(
            session, village.clerk, key="c", case_id=case_id, step_id=step_id, counts=True, now=NOW
        )
    red_line_repair.settle_step(
        session, village.reviewer, key="c2", case_id=case_id, step_id=step_id, counts=True, now=NOW
    )
    with pytest.raises(Conflict, match="核实过"):
        red_line_repair.settle_step(
            session, village.reviewer, key="c3", case_id=case_id, step_id=step_id, counts=False, now=NOW
        )
    wrong = red_line_repair.add_step(
        session, village.clerk, key="w", case_id=case_id, way=Way("put_right", TODAY), now=NOW
    )
    red_line_repair.settle_step(
        session, village.reviewer, key="w2", case_id=case_id, step_id=wrong, counts=False, now=NOW
    )
    with pytest.raises(NotFound):
        red_line_repair.settle_step(
            session, village.reviewer, key="w3", case_id=case_id, step_id=wrong, counts=True, now=NOW
        )


def test_there_is_no_way_back_from_what_is_not_confirmed(session: Session, village: Made) -> None:
    case_id = record(session, village)
    with pytest.raises(Conflict, match="没有认定"):
        red_line_repair.add_step(session, village.clerk, key="s", case_id=case_id, way=Way("pledge", TODAY), now=NOW)


def test_of_two_cases_the_longer_pause_holds(session: Session, village: Made) -> None:
    confirmed(session, village)
    short = confirmed(session, village, Crossed("R1", TODAY), "r1")
    assert paused(session, village) == date(2026, 9, 15)
    third = actor(make_user(session, village.id, REVIEWER))
    red_line.lift(session, third, key="l", case_id=short, reason="查错了户", now=NOW)
    assert paused(session, village) == date(2026, 9, 15)


def lift(session: Session, village: Made, case_id: UUID) -> None:
    third = actor(make_user(session, village.id, REVIEWER))
    red_line.lift(session, third, key="l", case_id=case_id, reason="处罚决定书撤销了", now=NOW)


def test_lifting_gives_the_month_back_what_its_findings_leave_of_it(session: Session, village: Made) -> None:
    session.add(
        Finding(
            village_id=village.id,
            household_id=village.household.id,
            rulebook_version=1,
            item_code="A1",
            count=2,
            found_on=MAY,
            counts_on=MAY,
            status="counted",
            recorded_at=NOW,
        )
    )
    session.commit()
    post_base(session, village, {"A1": 15})
    before = base_of_may(session, village)
    case_id = confirmed(session, village)
    lift(session, village, case_id)
    assert base_of_may(session, village) == before
    assert paused(session, village) is None
    assert problems(session, village) == []


def test_lifting_gives_an_imported_month_back_as_it_was_imported(session: Session, village: Made) -> None:
    post_base(session, village, {"A1": 10, "C1": 5}, origin=ledger.IMPORT)
    before = base_of_may(session, village)
    case_id = confirmed(session, village)
    lift(session, village, case_id)
    assert base_of_may(session, village) == before


def test_lifting_one_of_two_cases_leaves_the_month_empty(session: Session, village: Made) -> None:
    post_base(session, village, {})
    case_id = confirmed(session, village)
    confirmed(session, village, Crossed("R1", MAY), "r1")
    lift(session, village, case_id)
    assert set(base_of_may(session, village).values()) == {0}


def test_whoever_confirmed_it_does_not_lift_it_and_a_reason_is_needed(session: Session, village: Made) -> None:
    case_id = confirmed(session, village)
    with pytest.raises(NotAllowed, match="另一个人"):
        red_line.lift(session, village.reviewer, key="l", case_id=case_id, reason="错了", now=NOW)
    with pytest.raises(BadInput, match="为什么撤销"):
        red_line.lift(session, village.clerk, key="l2", case_id=case_id, reason="", now=NOW)
    lift(session, village, case_id)
    with pytest.raises(Conflict, match="已经撤销"):
        red_line.lift(session, village.clerk, key="l3", case_id=case_id, reason="错了", now=NOW)


def test_of_two_people_who_decide_at_once_one_does(
    sessions: Callable[[], Session], session: Session, village: Made
) -> None:
    post_base(session, village, {})
    case_id = record(session, village)
    people = [village.reviewer, actor(make_user(session, village.id, REVIEWER))]
    barrier, said = threading.Barrier(2), list[str]()

    def decide(who: Actor) -> None:
        with sessions() as own:
            barrier.wait()
            try:
                said.append(str(red_line.confirm(own, who, key=f"c{who.user_id}", case_id=case_id, now=NOW)))
            except Conflict:
                said.append("conflict")

    threads = [threading.Thread(target=decide, args=(who,)) for who in people]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(said) == ["2026-09-15", "conflict"]
    assert len(session.scalars(select(LedgerEntry).where(LedgerEntry.kind == ledger.REVERSAL)).all()) == 10
    assert problems(session, village) == []


@pytest.mark.parametrize(
    "bug",
    [
        update(Household).values(redeem_paused_until=None),
        update(Household).values(redeem_paused_until=date(2026, 7, 1)),
        update(RedLineCase).values(paused_until=date(2026, 7, 1)),
    ],
)
def test_a_pause_that_its_cases_do_not_give_is_found(session: Session, village: Made, bug: object) -> None:
    confirmed(session, village)
    assert problems(session, village) == []
    session.execute(bug)  # type: ignore[call-overload]
    session.commit()
    assert any("停" in sentence for sentence in problems(session, village))
