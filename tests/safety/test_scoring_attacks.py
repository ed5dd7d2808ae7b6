"""What one person might try alone, or by order and repetition, to move points past the rules of scoring."""

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from uuid import UUID

import pytest
from sqlalchemy import Engine, event, func, select
from sqlalchemy.orm import Session

from tests.domain.test_rulebook import source
from tests.factories import NOW, TODAY, Made, actor, make_household, make_user
from villagepoints.domain import ledger
from villagepoints.domain.actor import CLERK, GRID_WORKER, REVIEWER, Actor
from villagepoints.domain.calendar import Month
from villagepoints.domain.errors import Conflict, DomainError, RuleBroken
from villagepoints.domain.finding import COUNTED, PERSUADED
from villagepoints.domain.gathering import check_plan
from villagepoints.domain.ledger import Draft
from villagepoints.domain.rule_check import parse
from villagepoints.domain.rulebook import BASE, base_points
from villagepoints.models import Claim, Finding, LedgerEntry, MonthClose
from villagepoints.services import (
    attendance,
    claim,
    council,
    finding,
    gathering,
    notice,
    objection,
    posting,
    red_line,
    rulebook,
)
from villagepoints.services.council import Said
from villagepoints.services.objection_subject import About
from villagepoints.services.posting import Item
from villagepoints.services.red_line import Crossed
from villagepoints.services.transaction import transaction

MAY = Month(2026, 5)


@pytest.fixture
def third(session: Session, village: Made) -> Actor:
    """Somebody who had no hand in anything."""
    return actor(make_user(session, village.id, REVIEWER, name="第三人"))


@pytest.fixture
def fourth(session: Session, village: Made) -> Actor:
    """Another clerk."""
    return actor(make_user(session, village.id, CLERK, name="第四人"))


# ---- a council that only one person attends


def test_nobody_passes_their_own_record_by_writing_three_others_into_a_council(
    session: Session, village: Made, third: Actor, fourth: Actor
) -> None:
    alone, household_id = village.clerk, village.household.id
    wanted = Item(code="B4", grade="市级及以上", occasion="自己编的", document="证书", occurred_on=TODAY)
    claim_id = claim.propose(session, alone, key="p", household_id=household_id, wanted=wanted, now=NOW)
    people = [one.user_id for one in (alone, village.reviewer, third, fourth) if one.user_id]
    asked = {"held_on": TODAY, "place": "", "members": people, "claim_ids": [claim_id], "now": NOW}
    round_ = council.open_round(session, alone, key="o", **asked)  # type: ignore[arg-type]
    said = {claim_id: Said("approved", "")}
    closed = council.close(session, alone, key="c", council_id=round_, said=said, minutes="都同意", now=NOW)
    assert closed == council.Closed(0, 0, 1)
    assert session.get_one(Claim, (village.id, claim_id), populate_existing=True).status == "waiting"
    again = council.open_round(session, alone, key="o2", **asked)  # type: ignore[arg-type]
    assert council.close(session, third, key="d", council_id=again, said=said, minutes="都同意", now=NOW).approved == 1


# ---- a red line, objections and a closed month


@transaction
def close_may(session: Session, village: Made, found: dict[str, int]) -> None:
    """May as its close leaves it, with so many counted findings of each item at the first household."""
    book = rulebook.in_force(session, village.id, MAY.last)
    key = {"village_id": village.id, "household_id": village.household.id}
    for code, count in found.items():
        for _ in range(count):
            session.add(
                Finding(
                    **key,
                    rulebook_version=book.version,
                    item_code=code,
                    found_on=MAY.first,
                    counts_on=MAY.first,
                    status=COUNTED,
                    recorded_at=NOW,
                )
            )
    posting.post(
        session,
        village.id,
        [
            Draft(
                household_id=village.household.id,
                kind=ledger.AWARD,
                points=base_points(item, found.get(item.code, 0)),
                occurred_on=MAY.last,
                origin=ledger.PAGE,
                rulebook_version=book.version,
                item_code=item.code,
            )
            for item in book.of_kind(BASE)
        ],
        NOW,
    )
    session.add(MonthClose(village_id=village.id, month=str(MAY), status="closed", started_at=NOW, closed_at=NOW))


def cross(session: Session, village: Made) -> UUID:
    crossed = Crossed("R1", date(2026, 5, 20), "告知书", "焚烧")
    asked = {"household_id": village.household.id, "crossed": crossed, "now": NOW}
    case_id = red_line.record(session, village.clerk, key="rl", **asked)  # type: ignore[arg-type]
    red_line.confirm(session, village.reviewer, key="rc", case_id=case_id, now=NOW)
    return case_id


def a1(session: Session, village: Made) -> LedgerEntry:
    """The standing base entry of A1 in May."""
    session.rollback()
    mine = (LedgerEntry.village_id == village.id, LedgerEntry.household_id == village.household.id)
    undone = select(LedgerEntry.reverses_seq).where(*mine, LedgerEntry.reverses_seq.is_not(None))
    return session.scalars(
        select(LedgerEntry).where(
            *mine, LedgerEntry.item_code == "A1", LedgerEntry.kind == "award", LedgerEntry.seq.not_in(undone)
        )
    ).one()


def file(session: Session, village: Made, about: About, key: str) -> UUID:
    return objection.file(session, village.villager(), key=key, about=about, words="不对", now=NOW)


def uphold(session: Session, who: Actor, objection_id: UUID, key: str, points: int | None = None) -> str:
    asked = {"objection_id": objection_id, "is_right": True, "reason": "提得对", "points": points, "now": NOW}
    return objection.decide(session, who, key=key, **asked)  # type: ignore[arg-type]


def test_an_objection_does_not_give_back_the_base_that_a_standing_red_line_took(
    session: Session, village: Made, third: Actor
) -> None:
    close_may(session, village, {})
    case_id = cross(session, village)
    about = About(household_id=village.household.id, entry_seq=a1(session, village).seq)
    filed = file(session, village, about, "f")
    with pytest.raises(RuleBroken, match="红线"):
        uphold(session, third, filed, "d", 25)
    assert a1(session, village).points == 0
    red_line.lift(session, third, key="l", case_id=case_id, reason="查错了", now=NOW)
    assert a1(session, village).points == 25


def findings(session: Session, village: Made) -> list[UUID]:
    return list(session.scalars(select(Finding.id).where(Finding.village_id == village.id).order_by(Finding.id)))


def test_a_second_objection_that_is_right_never_takes_what_the_first_gave(
    session: Session, village: Made, third: Actor
) -> None:
    close_may(session, village, {"A1": 2})
    about_finding = About(finding_id=findings(session, village)[0])
    may = NOW.replace(month=5, day=30)
    filed = objection.file(session, village.villager(), key="f1", about=about_finding, words="不对", now=may)
    entry = file(session, village, About(household_id=village.household.id, entry_seq=a1(session, village).seq), "f2")
    uphold(session, third, entry, "d1", 25)
    assert a1(session, village).points == 25
    uphold(session, third, filed, "d2")
    assert a1(session, village).points == 25


def test_a_red_line_that_was_wrong_leaves_what_an_objection_put_right(
    session: Session, village: Made, third: Actor
) -> None:
    close_may(session, village, {"A1": 2})
    entry = file(session, village, About(household_id=village.household.id, entry_seq=a1(session, village).seq), "f")
    uphold(session, third, entry, "d", 25)
    case_id = cross(session, village)
    assert a1(session, village).points == 0
    red_line.lift(session, third, key="l", case_id=case_id, reason="查错了", now=NOW)
    assert a1(session, village).points == 25


# ---- a deduction without a persuasion


@pytest.fixture
def walker(session: Session, village: Made) -> Actor:
    return actor(make_user(session, village.id, GRID_WORKER, name="老周"))


def find(session: Session, village: Made, who: Actor, key: str, on: date, code: str = "A1", days: int = 0) -> Finding:
    asked = {"household_id": village.household.id, "code": code, "found_on": on, "now": NOW + timedelta(days=days)}
    return session.get_one(Finding, (village.id, finding.record(session, who, key=key, **asked)))  # type: ignore[arg-type]


def test_nobody_makes_a_repeat_out_of_one_visit(session: Session, village: Made, walker: Actor) -> None:
    assert find(session, village, walker, "1", TODAY).status == PERSUADED
    assert find(session, village, walker, "2", TODAY).status == PERSUADED, "found beside it on the same day"
    assert find(session, village, walker, "3", TODAY + timedelta(days=1), days=1).status == COUNTED


def test_nobody_makes_a_repeat_of_days_on_which_nobody_was_told(session: Session, village: Made, walker: Actor) -> None:
    assert find(session, village, walker, "1", date(2026, 6, 1)).status == PERSUADED
    assert find(session, village, walker, "2", date(2026, 6, 8)).status == PERSUADED, "nobody was told before today"


def test_nobody_writes_down_a_persuasion_whose_days_are_over_already(
    session: Session, village: Made, walker: Actor
) -> None:
    found = find(session, village, walker, "1", date(2026, 6, 1))
    assert found.rectify_by == TODAY + timedelta(days=7)
    asked = {"finding_id": found.id, "is_right": False, "note": "没改", "now": NOW}
    with pytest.raises(DomainError):
        finding.recheck(session, walker, key="r", **asked)  # type: ignore[arg-type]


def test_no_penalty_rests_on_a_persuasion_that_was_written_down_afterwards(
    session: Session, village: Made, walker: Actor
) -> None:
    find(session, village, walker, "1", date(2026, 5, 1), "A7")
    wanted = Item(code="A7", occurred_on=date(2026, 6, 14), note="偷倒")
    with pytest.raises(RuleBroken):
        claim.propose(session, village.clerk, key="p", household_id=village.household.id, wanted=wanted, now=NOW)
    assert session.scalar(select(func.count()).select_from(Claim)) == 0


# ---- locks in another order than everybody else's


@pytest.fixture
def locked(engine: Engine) -> Iterator[list[str]]:
    """The tables whose rows were locked, in their order."""
    tables: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_more: object) -> None:
        if found := re.search(r"FROM (\w+)(?s:.*)FOR (NO KEY )?UPDATE", statement):
            tables.append(found[1])

    event.listen(engine, "before_cursor_execute", note)
    yield tables
    event.remove(engine, "before_cursor_execute", note)


@pytest.mark.parametrize("database", ["postgresql"], indirect=True)
def test_whoever_objects_or_answers_locks_as_everybody_does(
    session: Session, village: Made, third: Actor, locked: list[str]
) -> None:
    wanted = Item(code="A6", occurred_on=TODAY, note="洁美家庭")
    for _ in range(10):
        make_household(session, village.id)
    home = village.household.id
    claim_id = claim.propose(session, village.clerk, key="p", household_id=home, wanted=wanted, now=NOW)
    claim.approve(session, village.reviewer, key="a", claim_id=claim_id, now=NOW)
    put_up = notice.publish(session, village.clerk, key="n", now=NOW)
    locked.clear()
    filed = file(session, village, About(claim_id=claim_id), "f")
    assert list(dict.fromkeys(locked)) == ["claim", "village", "household"]
    locked.clear()
    asked = {"objection_id": filed, "is_right": False, "reason": "查过了", "now": NOW}
    objection.decide(session, third, key="d", **asked)  # type: ignore[arg-type]
    assert list(dict.fromkeys(locked))[:4] == ["notice", "claim", "village", "household"]
    locked.clear()
    posted = notice.post(session, village.clerk, key="t", notice_id=put_up.id, now=NOW + timedelta(days=6))
    assert posted.items == 1
    assert list(dict.fromkeys(locked)) == ["notice", "claim", "village", "household"]


# ---- in two places at once


def test_nobody_is_at_two_activities_at_the_same_time(session: Session, village: Made) -> None:
    times = {"starts_at": NOW, "ends_at": NOW + timedelta(hours=2)}
    one, other = (
        gathering.create(
            session,
            village.clerk,
            key=title,
            plan=gathering.Plan(title=title, item_code="D1", **times),  # type: ignore[arg-type]
            card_key=b"k" * 32,
            now=NOW,
        )
        for title in ("清河道", "扫村道")
    )
    (person,) = attendance.people_of(session, village.id, village.household.id)
    who, hour = village.villager(), timedelta(hours=1)
    attendance.check_in(session, who, key="1", gathering_id=one, person=person, now=NOW)
    with pytest.raises(Conflict, match="清河道"):
        attendance.check_in(session, who, key="2", gathering_id=other, person=person, now=NOW)
    with pytest.raises(Conflict, match="清河道"):
        attendance.enter(
            session,
            village.clerk,
            key="3",
            gathering_id=other,
            household_number="001",
            person=person,
            arrived=NOW - timedelta(minutes=5),
            left=NOW + hour,
            now=NOW,
        )
    attendance.check_out(session, who, key="4", gathering_id=one, person=person, now=NOW + hour)
    attendance.check_in(session, who, key="5", gathering_id=other, person=person, now=NOW + hour)


def test_an_item_with_grades_is_no_activity() -> None:
    """Its grade cannot be known from being there; closing such an activity would count with no points."""
    graded = replace(parse(source(), 1).item("B5"), evidence="check_in")
    with pytest.raises(RuleBroken):
        check_plan(graded, NOW, NOW + timedelta(hours=1), NOW)
