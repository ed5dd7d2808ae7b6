"""Village and neighbourhood committee: whose household is whose, a session's agenda, minutes and what is left open."""

import threading
from collections.abc import Callable
from datetime import timedelta
from itertools import count
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from tests.factories import NOW, TODAY, Made, actor, make_household, make_user, village_of
from villagepoints.domain.actor import NEIGHBOURHOOD, Actor
from villagepoints.domain.errors import BadInput, Conflict, NotAllowed, NotFound
from villagepoints.domain.joint_session import Quarter
from villagepoints.models import Activity, Finding, JointItem, JointSession, Relocation
from villagepoints.services import (
    finding,
    joint_paper,
    joint_session,
    joint_session_list,
    neighbourhood,
    pdf,
    relocated,
    service_request,
)
from villagepoints.services.joint_session import Minutes, Said
from villagepoints.services.neighbourhood import Details
from villagepoints.services.paging import Wanted
from villagepoints.services.relocated import Filter
from villagepoints.services.verify import verify

KEYS = count()
Q2, Q3 = Quarter(2026, 2), Quarter(2026, 3)
NEXT = NOW + timedelta(days=40)  # in the third quarter
HELD = {"held_on": TODAY, "attended_village": "沈文书", "attended_committee": "许主任"}


def committee(session: Session, village: Made, name: str = "新枫居委会", *numbers: str) -> UUID:
    """A committee that looks after the households with these numbers."""
    added = neighbourhood.add(session, village.clerk, key=f"add {name}", details=Details(name=name), now=NOW)
    ids = frozenset(home.id for home in village.households if home.number in numbers)
    if ids:
        asked = {"neighbourhood_id": added, "asked": Filter(ids=ids), "expected": len(ids), "now": NOW}
        neighbourhood.assign(session, village.clerk, key=f"give {name}", **asked)  # type: ignore[arg-type]
    return added


def account(session: Session, village: Made, neighbourhood_id: UUID) -> Actor:
    """Somebody of the committee."""
    user = make_user(session, village.id, NEIGHBOURHOOD, name="许主任")
    admin, given = village.actor("admin"), {"neighbourhood_id": neighbourhood_id, "user_ids": [user.id], "now": NOW}
    neighbourhood.set_members(session, admin, key=f"member {user.id}", **given)  # type: ignore[arg-type]
    return actor(user)


def start(session: Session, village: Made, of: UUID, quarter: Quarter = Q2, now: Any = NOW) -> UUID:
    asked = {"neighbourhood_id": of, "quarter": quarter, "now": now}
    return joint_session.open_session(session, village.clerk, key=f"open {of.hex[-6:]} {next(KEYS)}", **asked)


def close(session: Session, village: Made, id_: UUID, said: dict[int, Said], now: Any = NOW, **more: Any) -> None:
    written = Minutes(**{**HELD, **more}, said=said)
    asked = {"key": f"close {id_}", "joint_session_id": id_, "written": written, "now": now}
    joint_session.close(session, village.clerk, **asked)


def find(session: Session, village: Made, home: int, code: str = "A1", **more: Any) -> UUID:
    seen = {"household_id": village.households[home].id, "found_on": TODAY, "note": "楼道堆物", "now": NOW, **more}
    return finding.record(session, village.clerk, key=f"find {home} {code}", code=code, **seen)


def lines(session: Session, village: Made, id_: UUID) -> list[JointItem]:
    session.expire_all()
    return [line.item for line in joint_session_list.one(session, village.id, id_, None).lines]


@pytest.fixture
def blocks(session: Session, village: Made) -> Made:
    """The village with two relocated households more, 101 and 102, beside 002."""
    for number in ("101", "102"):
        village.households.append(
            make_household(session, village.id, number, residency="relocated", address=f"新枫公寓1号{number}室")
        )
    return village


def test_households_are_given_away_as_confirmed_or_not_at_all_and_the_trail_says_from_whom(
    session: Session, blocks: Made
) -> None:
    one, two = committee(session, blocks, "新枫居委会", "101", "102"), committee(session, blocks, "枫景居委会")
    assert relocated.unassigned(session, blocks.id) == 1
    asked = {"neighbourhood_id": two, "asked": Filter(words="1号102"), "now": NOW}
    with pytest.raises(Conflict):  # the list changed since it was confirmed
        neighbourhood.assign(session, blocks.clerk, key="x", expected=2, **asked)  # type: ignore[arg-type]
    assert neighbourhood.assign(session, blocks.clerk, key="y", expected=1, **asked) == 1  # type: ignore[arg-type]
    assert neighbourhood.assign(session, blocks.clerk, key="y", expected=1, **asked) == 1  # type: ignore[arg-type]
    session.expire_all()
    of = dict(session.execute(select(Relocation.household_id, Relocation.neighbourhood_id)).all())
    assert of == {blocks.households[3].id: one, blocks.households[4].id: two}
    act = session.scalars(select(Activity).order_by(Activity.seq.desc()).limit(1)).one()
    before, after = {"neighbourhood": "新枫居委会"}, {"neighbourhood": "枫景居委会"}
    assert (act.subject, act.detail) == (blocks.households[4].id, {"before": before, "after": after})
    rows = {row.name: (row.households, row.accounts) for row in neighbourhood.listed(session, blocks.id)}
    assert rows == {"新枫居委会": (1, 0), "枫景居委会": (1, 0)}


def test_only_relocated_households_of_the_village_can_be_given_away(session: Session, blocks: Made) -> None:
    of = committee(session, blocks)
    asked = {"neighbourhood_id": of, "asked": Filter(ids=frozenset([blocks.household.id])), "now": NOW}
    with pytest.raises(Conflict):
        neighbourhood.assign(session, blocks.clerk, key="x", expected=1, **asked)  # type: ignore[arg-type]


def test_a_committee_s_account_sees_its_own_households_and_sessions_and_no_others(
    session: Session, blocks: Made
) -> None:
    ours, theirs = committee(session, blocks, "甲居委会", "101"), committee(session, blocks, "乙居委会", "102")
    who = account(session, blocks, ours)
    assert neighbourhood.scope(session, who) == ours
    page = relocated.listed(session, blocks.id, TODAY, Filter(neighbourhood_id=ours), Wanted())
    assert [row.number for row in page.rows] == ["101"]
    for home in (0, 1, 4):  # a resident's, nobody's, another committee's
        with pytest.raises(NotFound):
            relocated.one(session, blocks.id, blocks.households[home].id, ours, TODAY)
    with pytest.raises(NotFound):
        relocated.id_of(session, blocks.id, "102", ours)
    foreign = start(session, blocks, theirs)
    with pytest.raises(NotFound):
        joint_session_list.one(session, blocks.id, foreign, ours)
    line = {"joint_session_id": foreign, "subject": "看看", "now": NOW}
    with pytest.raises(NotFound):
        joint_session.add_line(session, who, key="l1", **line)  # type: ignore[arg-type]
    own = start(session, blocks, ours)
    line = {"joint_session_id": own, "subject": "看看", "now": NOW}
    with pytest.raises(NotFound):
        joint_session.add_line(session, who, key="l2", household_id=blocks.households[4].id, **line)  # type: ignore[arg-type]
    joint_session.add_line(session, who, key="l3", household_id=blocks.households[3].id, **line)  # type: ignore[arg-type]
    assert [one.added_by for one in lines(session, blocks, own) if one.kind == "other"] == [who.user_id]


def test_an_account_of_no_committee_or_of_one_set_aside_sees_nothing(session: Session, blocks: Made) -> None:
    of = committee(session, blocks)
    who = account(session, blocks, of)
    with pytest.raises(NotAllowed):
        neighbourhood.scope(session, actor(make_user(session, blocks.id, NEIGHBOURHOOD)))
    details = Details(name="新枫居委会", is_active=False)
    neighbourhood.change(session, blocks.clerk, key="off", neighbourhood_id=of, details=details, now=NOW)
    with pytest.raises(NotAllowed):
        neighbourhood.scope(session, who)


def test_only_an_administrator_says_whose_accounts_belong_and_only_of_that_role(session: Session, blocks: Made) -> None:
    of, asked = committee(session, blocks), {"user_ids": [blocks.users["counter"].id], "now": NOW}
    with pytest.raises(NotAllowed):
        neighbourhood.set_members(session, blocks.clerk, key="m", neighbourhood_id=of, **asked)  # type: ignore[arg-type]
    with pytest.raises(BadInput):
        neighbourhood.set_members(session, blocks.actor("admin"), key="m", neighbourhood_id=of, **asked)  # type: ignore[arg-type]


def test_the_agenda_is_drawn_from_what_is_open_at_the_committee_s_households_alone(
    session: Session, blocks: Made
) -> None:
    of = committee(session, blocks, "新枫居委会", "101")
    due, later, others = find(session, blocks, 3), find(session, blocks, 3, "A2"), find(session, blocks, 4)
    session.execute(update(Finding).where(Finding.id == due).values(rectify_by=TODAY))
    session.commit()
    told = {"key": "v", "kind": "visit", "words": "腿脚不便", "now": NOW}
    service_request.file(session, blocks.villager(3), **told)  # type: ignore[arg-type]
    drawn = lines(session, blocks, start(session, blocks, of))
    assert [one.kind for one in drawn] == ["recheck", "finding", "visit", "unassigned"]
    assert [one.finding_id for one in drawn[:2]] == [due, later]
    assert others not in {one.finding_id for one in drawn}


def test_drawing_again_adds_what_is_new_and_repeats_nothing(session: Session, blocks: Made) -> None:
    of = committee(session, blocks, "新枫居委会", "002", "101", "102")
    find(session, blocks, 3)
    id_ = start(session, blocks, of)
    session.execute(update(Finding).values(rectify_by=TODAY))  # it fell due meanwhile: the same point
    session.commit()
    find(session, blocks, 4)
    for key in ("r1", "r2"):
        joint_session.redraw(session, blocks.clerk, key=key, joint_session_id=id_, now=NOW)
    assert [one.kind for one in lines(session, blocks, id_)] == ["finding", "finding"]


def test_closing_asks_for_the_day_somebody_of_either_side_and_something_that_was_said(
    session: Session, blocks: Made
) -> None:
    of = committee(session, blocks, "新枫居委会", "101")
    find(session, blocks, 3)
    id_, said = start(session, blocks, of), {1: Said("一周内清掉", "许主任", TODAY + timedelta(days=7))}
    for missing in ({"held_on": None}, {"attended_village": " "}, {"attended_committee": ""}):
        with pytest.raises(BadInput):
            close(session, blocks, id_, said, **missing)
    with pytest.raises(BadInput):
        close(session, blocks, id_, {})
    with pytest.raises(BadInput):  # a day to come
        close(session, blocks, id_, said, held_on=TODAY + timedelta(days=1))
    with pytest.raises(BadInput):  # until when, but not what
        close(session, blocks, id_, {1: Said("", "许主任")})
    close(session, blocks, id_, said)
    row = session.get_one(JointSession, (blocks.id, id_), populate_existing=True)
    assert (row.status, row.closed_by) == ("closed", blocks.clerk.user_id)


def test_a_closed_session_stands_and_what_it_left_open_goes_on_in_the_next(session: Session, blocks: Made) -> None:
    of = committee(session, blocks, "新枫居委会", "002", "101", "102")
    find(session, blocks, 3), find(session, blocks, 4)
    first = start(session, blocks, of)
    with pytest.raises(Conflict):  # one at a time
        start(session, blocks, of, Q3, NEXT)
    settle = {"joint_session_id": first, "line": 1, "outcome": "done"}
    with pytest.raises(Conflict):
        joint_session.settle(session, blocks.clerk, key="s0", now=NOW, **settle)  # type: ignore[arg-type]
    close(session, blocks, first, {1: Said("清掉"), 2: Said("上门谈", "许主任", TODAY)})
    for act in (joint_session.redraw, joint_session.save):
        more = {"written": Minutes(said={})} if act is joint_session.save else {}
        with pytest.raises(Conflict):
            act(session, blocks.clerk, key=f"c {act}"[:60], joint_session_id=first, now=NOW, **more)  # type: ignore[operator]
    joint_session.settle(session, blocks.clerk, key="s1", now=NOW, **settle)  # type: ignore[arg-type]
    with pytest.raises(Conflict):  # of the same quarter twice
        start(session, blocks, of)
    second = start(session, blocks, of, Q3, NEXT)
    assert [one.status for one in lines(session, blocks, first)] == ["done", "carried"]
    carried = lines(session, blocks, second)[0]
    assert (carried.from_session_id, carried.agreed, carried.owner, carried.due_on) == (
        first,
        "上门谈",
        "许主任",
        TODAY,
    )
    assert len(lines(session, blocks, second)) == 2, "and the finding that nobody settled is drawn once"
    remove = {"joint_session_id": second, "line": carried.line, "act": "remove"}
    with pytest.raises(Conflict):
        joint_session.rearrange(session, blocks.clerk, key="rm", now=NEXT, **remove)  # type: ignore[arg-type]
    with pytest.raises(Conflict):  # it is settled where it went
        joint_session.settle(session, blocks.clerk, key="s2", now=NEXT, **{**settle, "line": 2})  # type: ignore[arg-type]


def test_points_are_moved_and_taken_off_while_the_session_is_open(session: Session, blocks: Made) -> None:
    of = committee(session, blocks, "新枫居委会", "002", "101", "102")
    id_ = start(session, blocks, of)
    for words in ("甲", "乙", "丙"):
        asked = {"joint_session_id": id_, "subject": words, "now": NOW}
        joint_session.add_line(session, blocks.clerk, key=words, **asked)  # type: ignore[arg-type]
    for key, line, act in (("1", 3, "up"), ("2", 1, "up"), ("3", 2, "remove")):
        asked = {"joint_session_id": id_, "line": line, "act": act, "now": NOW}
        joint_session.rearrange(session, blocks.clerk, key=key, **asked)  # type: ignore[arg-type]
    assert [one.subject for one in lines(session, blocks, id_)] == ["甲", "丙"]


def test_a_joint_finding_is_put_on_the_agenda_only_at_the_committee_s_households(
    session: Session, blocks: Made
) -> None:
    of = committee(session, blocks, "新枫居委会", "101")
    id_ = start(session, blocks, of)
    for home, is_theirs in ((3, True), (4, False)):
        asked = {"joint_session_id": id_, "finding_id": find(session, blocks, home), "now": NOW}
        if is_theirs:
            joint_session.add_finding(session, blocks.clerk, key=f"j{home}", **asked)  # type: ignore[arg-type]
        else:
            with pytest.raises(NotFound):
                joint_session.add_finding(session, blocks.clerk, key=f"j{home}", **asked)  # type: ignore[arg-type]
    assert [one.kind for one in lines(session, blocks, id_)] == ["unassigned", "joint"]


def test_verify_sees_minutes_that_were_changed_after_closing_and_lets_outcomes_pass(
    session: Session, blocks: Made
) -> None:
    of = committee(session, blocks, "新枫居委会", "101")
    find(session, blocks, 3)
    id_ = start(session, blocks, of)
    close(session, blocks, id_, {1: Said("清掉", "许主任", TODAY)})
    asked = {"joint_session_id": id_, "line": 1, "outcome": "dropped", "now": NOW}
    joint_session.settle(session, blocks.clerk, key="s", **asked)  # type: ignore[arg-type]
    assert [problem.kind for problem in verify(session, village_of(session, blocks))] == []
    session.execute(update(JointItem).where(JointItem.line == 1).values(owner="别人"))
    session.commit()
    assert [problem.kind for problem in verify(session, village_of(session, blocks))] == ["joint_session"]


def test_no_statement_runs_for_each_household_or_point(session: Session, blocks: Made, statements: list[str]) -> None:
    of = committee(session, blocks, "新枫居委会", "002", "101", "102")
    counted, home_id = [], blocks.households[3].id
    for quarter, homes in ((Q2, (3,)), (Q3, (1, 4))):
        for home in homes:
            find(session, blocks, home), find(session, blocks, home, "A2")
        now = NOW if quarter == Q2 else NEXT
        assert blocks.clerk.user_id  # read before it is counted
        statements.clear()
        id_ = start(session, blocks, of, quarter, now)
        counted.append(len(statements))
        statements.clear()
        page = relocated.listed(session, blocks.id, TODAY, Filter(), Wanted())
        assert (len(page.rows), len(statements)) == (3, 2)
        statements.clear()
        joint_session_list.one(session, blocks.id, id_, None)
        joint_session_list.listed(session, blocks.id, None, TODAY, Wanted())
        relocated.one(session, blocks.id, home_id, of, TODAY)
        assert len(statements) == 7
        close(session, blocks, id_, {1: Said("办")}, now)
    assert counted[0] == counted[1], "however many findings"
    assert session.scalars(select(func.count()).select_from(JointItem)).one() > 4


@pytest.mark.skipif(not pdf.available(), reason="the extra `pdf` is not installed")
def test_agenda_and_minutes_are_printed_the_same_every_time(session: Session, blocks: Made) -> None:
    of = committee(session, blocks, "新枫居委会", "101")
    find(session, blocks, 3)
    id_ = start(session, blocks, of)
    close(session, blocks, id_, {1: Said("清掉", "许主任", TODAY)}, minutes="逐条议过。\n都同意。")
    whole, village = joint_session_list.one(session, blocks.id, id_, of), village_of(session, blocks)
    said = joint_paper.content(whole, village, is_agenda=False)
    assert said["facts"] == ["2026年6月15日", "", "沈文书", "许主任"]
    assert [(line["agreed"], line["ending"]) for line in said["lines"]] == [
        ("清掉", "还在办"),
        ("没有商定，下次再议", "还在办"),
    ]
    made = joint_paper.as_pdf(whole, village, is_agenda=False)
    assert made.startswith(b"%PDF")
    assert joint_paper.as_pdf(whole, village, is_agenda=False) == made


def test_two_who_give_the_same_household_away_at_once_wait_for_each_other(
    sessions: Callable[[], Session], session: Session, blocks: Made
) -> None:
    """Both are done, the later one from the committee it went to first; and one quarter is opened once."""
    committees = [committee(session, blocks, name) for name in ("新枫居委会", "枫景居委会")]
    clerk, home, gate, said = blocks.clerk, blocks.households[3].id, threading.Barrier(2), list[object]()
    session.rollback()

    def give(place: int) -> None:
        asked = {"asked": Filter(ids=frozenset([home])), "expected": 1, "now": NOW}
        with sessions() as own:
            gate.wait()
            given = {"neighbourhood_id": committees[place], **asked}
            said.append(neighbourhood.assign(own, clerk, key=f"give {place}", **given))  # type: ignore[arg-type]
            gate.wait()
            try:
                joint_session.open_session(
                    own, clerk, key=f"at once {place}", neighbourhood_id=committees[0], quarter=Q2, now=NOW
                )
            except Conflict:
                said.append("held")

    both = [threading.Thread(target=give, args=[place]) for place in (0, 1)]
    for one in both:
        one.start()
    for one in both:
        one.join()
    assert sorted(map(str, said)) == ["1", "1", "held"]
    assert session.scalars(select(func.count()).select_from(Relocation)).one() == 1
