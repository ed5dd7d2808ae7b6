"""Activities from the plan to the claims: checked in by phone or by hand, closed once, again for the rest."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import date, datetime, time, timedelta
from threading import Barrier
from uuid import UUID

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from tests.factories import NOW, Made, make_village
from villagepoints.domain import gathering as rules
from villagepoints.domain.actor import CLERK
from villagepoints.domain.errors import BadInput, Conflict, NotAllowed, NotFound, RuleBroken
from villagepoints.models import Activity, Attendance, Claim, Gathering, Resident, User
from villagepoints.services import attendance, gathering, gathering_close, gathering_list
from villagepoints.services.gathering import Plan
from villagepoints.services.paging import Wanted

KEY = b"k" * 32
DAY = date(2026, 6, 15)
START, END = rules.instant(DAY, time(9)), rules.instant(DAY, time(15))
AFTER = END + timedelta(minutes=5)


def plan(session: Session, village: Made, code: str = "D1", key: str = "g", ends_at: datetime = END) -> UUID:
    made = Plan(title="河道保洁", item_code=code, place="村口", starts_at=START, ends_at=ends_at)
    return gathering.create(session, village.clerk, key=key, plan=made, card_key=KEY, now=NOW)


def arrive(session: Session, village: Made, id_: UUID, index: int = 0, at: datetime = START, key: str = "") -> None:
    person = village.households[index].head_name
    asked = {"gathering_id": id_, "person": person, "key": key or f"in{index}", "now": at}
    attendance.check_in(session, village.villager(index), **asked)  # type: ignore[arg-type]


def leave(session: Session, village: Made, id_: UUID, index: int = 0, at: datetime = END) -> None:
    asked = {"gathering_id": id_, "person": village.households[index].head_name, "key": f"out{index}", "now": at}
    attendance.check_out(session, village.villager(index), **asked)  # type: ignore[arg-type]


def close(session: Session, village: Made, id_: UUID, key: str = "c", by: str = CLERK) -> gathering_close.Closed:
    return gathering_close.close(session, village.actor(by), key=key, gathering_id=id_, now=AFTER)


def claims(session: Session) -> list[tuple[str | None, int, int]]:
    session.rollback()
    rows = session.execute(select(Claim.item_code, Claim.quantity, Claim.points).order_by(Claim.points))
    return [tuple(row) for row in rows]  # type: ignore[misc]


def rows(session: Session, village: Made, id_: UUID) -> list[gathering_list.AttendanceRow]:
    session.rollback()
    session.expire_all()
    return list(gathering_list.attendances(session, village.id, id_, Wanted()).rows)


def test_in_and_out_by_phone_become_one_claim_for_the_hours(session: Session, village: Made) -> None:
    id_ = plan(session, village)
    arrive(session, village, id_, at=START + timedelta(minutes=6))
    leave(session, village, id_, at=START + timedelta(hours=2))
    assert close(session, village, id_) == gathering_close.Closed(1, 0)
    assert claims(session) == [("D1", 2, 10)]
    row = session.scalars(select(Claim)).one()
    assert (row.recorded_by, row.occurred_on, row.note) == (village.clerk.user_id, DAY, "河道保洁（张*国）")
    assert rows(session, village, id_)[0].claim_points == 10


def test_closing_twice_makes_no_second_claim(session: Session, village: Made) -> None:
    id_ = plan(session, village)
    arrive(session, village, id_)
    leave(session, village, id_)
    first = close(session, village, id_)
    assert close(session, village, id_) == first
    assert close(session, village, id_, "c2", "reviewer") == gathering_close.Closed(0, 0)
    assert len(claims(session)) == 1
    assert session.scalars(select(Gathering.closed_by)).one() == village.clerk.user_id


def test_closed_by_two_people_at_once_everybody_gets_one_claim(
    session: Session, sessions: Callable[[], Session], village: Made
) -> None:
    id_ = plan(session, village)
    for index in (0, 1, 2):
        arrive(session, village, id_, index)
        leave(session, village, id_, index)
    start = Barrier(4)

    def one(number: int) -> gathering_close.Closed:
        with sessions() as mine:
            start.wait()
            return close(mine, village, id_, f"c{number % 2}", "clerk" if number % 2 else "reviewer")

    with ThreadPoolExecutor(4) as pool:
        done = list(pool.map(one, range(4)))
    assert sum(one.made for one in set(done)) == 3
    assert len(claims(session)) == 3


def test_of_two_check_ins_at_once_one_counts(session: Session, sessions: Callable[[], Session], village: Made) -> None:
    id_ = plan(session, village)
    start = Barrier(4)

    def one(number: int) -> bool:
        with sessions() as mine:
            start.wait()
            try:
                arrive(mine, village, id_, key=f"tap{number}")
            except Conflict:
                return False
            return True

    with ThreadPoolExecutor(4) as pool:
        assert sorted(pool.map(one, range(4))) == [False, False, False, True]
    assert len(rows(session, village, id_)) == 1


def test_the_caps_cut_the_hours_and_refuse_what_is_left_with_the_reason(session: Session, village: Made) -> None:
    mother = Resident(village_id=village.id, household_id=village.household.id, line=1, name="陈美芳")
    session.add(mother)
    session.commit()
    id_ = plan(session, village)
    for person in ("张建国", "陈美芳"):
        asked = {"gathering_id": id_, "person": person, "key": person, "now": START}
        attendance.check_in(session, village.villager(), **asked)  # type: ignore[arg-type]
        asked |= {"key": f"{person}out", "now": END}
        attendance.check_out(session, village.villager(), **asked)  # type: ignore[arg-type]
    assert close(session, village, id_) == gathering_close.Closed(1, 1)
    assert claims(session) == [("D1", 4, 20)], "six hours, but twenty points a day"
    assert "到场 6 小时，按上限记 4 小时" in session.scalars(select(Claim.note)).one()
    refused = next(row for row in rows(session, village, id_) if row.claim_id is None)
    assert refused.refusal
    assert "当天" in str(refused.refusal.values)
    assert close(session, village, id_, "again") == gathering_close.Closed(0, 1), "nor on a second try"


def test_who_has_not_checked_out_is_named_and_closed_once_the_time_is_put_in(session: Session, village: Made) -> None:
    id_ = plan(session, village)
    arrive(session, village, id_)
    assert close(session, village, id_) == gathering_close.Closed(0, 1)
    row = rows(session, village, id_)[0]
    assert row.refusal
    assert "没有签退" in row.refusal.sentence
    asked = {"gathering_id": id_, "attendance_id": row.id, "arrived": START, "now": AFTER}
    left = START + timedelta(hours=3)
    with pytest.raises(BadInput, match="为什么"):
        attendance.correct(session, village.clerk, key="x", left=left, reason=" ", **asked)  # type: ignore[arg-type]
    attendance.correct(session, village.clerk, key="y", left=left, reason="走的时候忘了签", **asked)  # type: ignore[arg-type]
    assert close(session, village, id_, "c2") == gathering_close.Closed(1, 0)
    assert claims(session) == [("D1", 3, 15)]
    assert session.scalars(select(Activity.action)).all()[-1] == "attendance.corrected"
    with pytest.raises(Conflict, match="已经报了分"):
        attendance.correct(session, village.clerk, key="z", left=END, reason="再改", **asked)  # type: ignore[arg-type]


def test_the_closer_s_own_household_is_left_for_somebody_else(session: Session, village: Made) -> None:
    session.execute(update(User).where(User.id == village.clerk.user_id).values(household_id=village.household.id))
    session.commit()
    id_ = plan(session, village)
    for index in (0, 1):
        arrive(session, village, id_, index)
        leave(session, village, id_, index)
    assert close(session, village, id_) == gathering_close.Closed(1, 1)
    left = rows(session, village, id_)[0]
    assert left.household_id == village.household.id
    assert left.refusal
    assert "自己家" in left.refusal.sentence
    asked = {"gathering_id": id_, "attendance_id": left.id, "arrived": START, "left": END, "now": AFTER}
    with pytest.raises(NotAllowed):
        attendance.correct(session, village.clerk, key="y", reason="多记点", **asked)  # type: ignore[arg-type]
    assert close(session, village, id_, "c2", "reviewer") == gathering_close.Closed(1, 0)
    assert len(claims(session)) == 2


def test_nobody_is_checked_in_twice_and_the_same_tap_is_the_same(session: Session, village: Made) -> None:
    id_ = plan(session, village)
    arrive(session, village, id_)
    arrive(session, village, id_)
    with pytest.raises(Conflict, match="已经签过"):
        arrive(session, village, id_, key="other")
    hand = {"household_number": "001", "person": "", "arrived": START, "left": None, "now": NOW}
    with pytest.raises(Conflict):
        attendance.enter(session, village.clerk, key="h", gathering_id=id_, **hand)  # type: ignore[arg-type]
    assert len(rows(session, village, id_)) == 1


def test_a_phone_checks_in_its_own_people_in_time_and_nobody_else(session: Session, village: Made) -> None:
    id_ = plan(session, village)
    mine = village.villager()
    with pytest.raises(BadInput, match="花名册"):
        attendance.check_in(session, mine, key="a", gathering_id=id_, person="李秀英", now=START)
    with pytest.raises(RuleBroken):
        attendance.check_in(session, mine, key="b", gathering_id=id_, person="张建国", now=START - timedelta(hours=1))
    with pytest.raises(NotFound):
        attendance.check_out(session, mine, key="c", gathering_id=id_, person="张建国", now=END)
    assert rows(session, village, id_) == []


def test_a_late_check_out_counts_as_the_end(session: Session, village: Made) -> None:
    id_ = plan(session, village)
    arrive(session, village, id_)
    leave(session, village, id_, at=END + timedelta(hours=1))
    assert rows(session, village, id_)[0].checked_out_at == END


def test_a_meeting_counts_once_for_having_come(session: Session, village: Made) -> None:
    id_ = plan(session, village, "D2")
    arrive(session, village, id_)
    assert close(session, village, id_) == gathering_close.Closed(1, 0)
    assert claims(session) == [("D2", 1, 5)]


def test_who_has_no_phone_is_written_down_by_hand_and_who_was_not_there_is_taken_off(
    session: Session, village: Made
) -> None:
    id_ = plan(session, village)
    hand = {"household_number": "003", "person": "", "arrived": START, "left": END, "now": NOW}
    attendance.enter(session, village.clerk, key="h", gathering_id=id_, **hand)  # type: ignore[arg-type]
    (row,) = rows(session, village, id_)
    assert (row.person, row.recorder) == ("王阿婆", "沈文书")
    asked = {"gathering_id": id_, "attendance_id": row.id, "reason": "没有来", "now": NOW}
    attendance.remove(session, village.clerk, key="r", **asked)  # type: ignore[arg-type]
    assert rows(session, village, id_) == []
    assert close(session, village, id_) == gathering_close.Closed(0, 0)


def test_an_activity_makes_sense_or_is_not_planned(session: Session, village: Made) -> None:
    for code, ends_at, error in (("D1", START, BadInput), ("C4", END, RuleBroken), ("A1", END, RuleBroken)):
        with pytest.raises(error):
            plan(session, village, code, f"{code}{ends_at}", ends_at)
    assert session.scalars(select(Gathering)).all() == []


def test_before_the_end_nothing_is_closed_and_what_is_called_off_never(session: Session, village: Made) -> None:
    id_ = plan(session, village)
    arrive(session, village, id_)
    with pytest.raises(RuleBroken, match="还没结束"):
        gathering_close.close(session, village.clerk, key="c", gathering_id=id_, now=START)
    gathering.cancel(session, village.clerk, key="x", gathering_id=id_, now=NOW)
    with pytest.raises(Conflict, match="取消"):
        close(session, village, id_)
    assert claims(session) == []


def test_once_points_are_asked_for_it_cannot_be_called_off(session: Session, village: Made) -> None:
    id_ = plan(session, village, "D2")
    arrive(session, village, id_)
    close(session, village, id_)
    with pytest.raises(Conflict, match="已经报了分"):
        gathering.cancel(session, village.clerk, key="x", gathering_id=id_, now=AFTER)


def test_a_poster_s_code_finds_its_activity_and_no_other_village_s(session: Session, village: Made) -> None:
    id_ = plan(session, village)
    token = rules.token_of(KEY, village.id, id_)
    assert gathering.resolve(session, "SX", token.lower()) == gathering.Scan(village.id, id_)
    make_village(session, "qt")
    for code, typed in (("qt", token), ("sx", "0" * 26), ("none", token), ("sx", "")):
        assert gathering.resolve(session, code, typed) is None
    assert token.encode() not in session.scalars(select(Gathering.token_sha256)).one()


def test_another_village_s_activity_is_not_there(session: Session, village: Made) -> None:
    id_ = plan(session, village)
    other = make_village(session, "qt")
    for act in (
        lambda: attendance.check_in(session, other.villager(), key="a", gathering_id=id_, person="张建国", now=START),
        lambda: close(session, other, id_),
        lambda: gathering.cancel(session, other.clerk, key="b", gathering_id=id_, now=NOW),
        lambda: gathering_list.one(session, other.id, id_),
    ):
        with pytest.raises(NotFound):
            act()
    assert session.scalars(select(Attendance)).all() == []
