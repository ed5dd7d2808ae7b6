"""Findings: the first is persuaded about, repeats count, months that are closed stand still."""

import threading
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from tests.factories import NOW, TODAY, Made, actor, make_user, make_village
from villagepoints.domain.actor import GRID_WORKER, Actor
from villagepoints.domain.calendar import Month
from villagepoints.domain.errors import BadInput, Conflict, KeyReused, NotAllowed, NotFound, RuleBroken
from villagepoints.domain.finding import COUNTED, PERSUADED, RECTIFIED, WITHDRAWN
from villagepoints.models import Finding, Household, MonthClose, User
from villagepoints.models.user import Relative
from villagepoints.services import finding, finding_list, lane
from villagepoints.services.evidence import Photo
from villagepoints.services.finding_list import Filter
from villagepoints.services.paging import Wanted

DUE = TODAY + timedelta(days=7)
YESTERDAY = TODAY - timedelta(days=1)


@pytest.fixture
def walker(session: Session, village: Made) -> Actor:
    return actor(make_user(session, village.id, GRID_WORKER, name="李网格员"))


def photo(name: str = "a") -> Photo:
    return Photo(f"{name}/{name}.jpg", name.encode() * 32, 1000, 800, 600)


def record(session: Session, who: Actor, village: Made, key: str = "f", **more: Any) -> UUID:
    values = {"household_id": village.household.id, "code": "A1", "found_on": TODAY, "now": NOW, **more}
    return finding.record(session, who, key=key, **values)


def told_yesterday(session: Session, who: Actor, village: Made) -> UUID:
    """The first of its kind, of which the household knows since yesterday: what is found today is a repeat."""
    return record(session, who, village, "told", found_on=YESTERDAY, now=at(YESTERDAY))


def recheck(session: Session, who: Actor, id_: UUID, key: str = "r", *, on: date = DUE, **more: Any) -> str:
    values = {"is_right": True, "photos": [photo(key)], "now": at(on), **more}
    return finding.recheck(session, who, key=key, finding_id=id_, **values)


def withdraw(session: Session, who: Actor, id_: UUID, reason: str = "看错了门") -> None:
    finding.withdraw(session, who, key=f"w{id_}"[:40], finding_id=id_, reason=reason, now=NOW)


def at(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, 2, tzinfo=UTC)


def row(session: Session, id_: UUID) -> Finding:
    session.rollback()
    return session.scalars(select(Finding).where(Finding.id == id_)).one()


def close(session: Session, village: Made, month: str, status: str = "closing") -> None:
    session.add(MonthClose(village_id=village.id, month=month, status=status, started_at=NOW))
    session.commit()


def revision(session: Session, village: Made) -> int:
    session.rollback()
    return session.scalars(select(Household.revision).where(Household.id == village.household.id)).one()


def test_the_first_of_its_kind_is_persuaded_about(session: Session, village: Made, walker: Actor) -> None:
    before = revision(session, village)
    found = row(session, record(session, walker, village, note=" 门口一堆纸箱 ", photos=[photo()]))
    assert (found.status, found.rectify_by, found.counts_on) == (PERSUADED, DUE, DUE)
    assert (found.note, found.recorded_by, found.rulebook_version) == ("门口一堆纸箱", walker.user_id, 1)
    assert revision(session, village) > before, "the household's page shows it"
    whole = finding_list.one(session, village.id, found.id)
    assert [one.finding_id for one in whole.photos] == [found.id]
    assert whole.row.recorder == "李网格员"


def test_a_repeat_counts_in_the_month_it_was_found(session: Session, village: Made, walker: Actor) -> None:
    told_yesterday(session, walker, village)
    again = row(session, record(session, walker, village, "g", count=3))
    assert (again.status, again.rectify_by, again.counts_on, again.count) == (COUNTED, None, TODAY, 3)
    assert lane.door(session, village.id, village.household.id, TODAY).points == 85


def test_what_is_found_on_one_day_is_talked_about_together(session: Session, village: Made, walker: Actor) -> None:
    record(session, walker, village)
    assert row(session, record(session, walker, village, "g")).status == PERSUADED
    assert lane.door(session, village.id, village.household.id, TODAY).points == 100


def test_the_days_to_put_it_right_run_from_when_it_is_recorded(session: Session, village: Made, walker: Actor) -> None:
    early, later = TODAY - timedelta(days=20), TODAY - timedelta(days=9)
    for key, on in (("a", early), ("b", later)):
        found = row(session, record(session, walker, village, key, found_on=on))
        assert (found.status, found.rectify_by) == (PERSUADED, DUE), "nobody was told of the first before the second"


def test_another_item_or_household_starts_afresh(session: Session, village: Made, walker: Actor) -> None:
    record(session, walker, village)
    for key, more in (("a", {"code": "A2"}), ("b", {"household_id": village.households[1].id})):
        assert row(session, record(session, walker, village, key, **more)).status == PERSUADED


def test_the_same_form_twice_is_one_finding(session: Session, village: Made, walker: Actor) -> None:
    assert record(session, walker, village) == record(session, walker, village)
    assert len(session.scalars(select(Finding)).all()) == 1
    with pytest.raises(KeyReused):
        record(session, walker, village, code="A2")


def test_two_at_once_are_both_repeats_of_what_was_told_before(
    session: Session, sessions: Callable[[], Session], village: Made, walker: Actor
) -> None:
    told_yesterday(session, walker, village)
    start = threading.Barrier(2)

    def walk(key: str) -> None:
        with sessions() as own:
            start.wait()
            record(own, walker, village, key)

    threads = [threading.Thread(target=walk, args=(key,)) for key in "ab"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    session.rollback()
    assert sorted(session.scalars(select(Finding.status))) == [COUNTED, COUNTED, PERSUADED]


def test_what_the_book_does_not_know_so_is_refused(session: Session, village: Made, walker: Actor) -> None:
    for more, error, says in (
        ({"code": "D1"}, RuleBroken, "不是走访检查的内容"),
        ({"code": "Z9"}, RuleBroken, "没有「Z9」"),
        ({"count": 0}, BadInput, "处数"),
        ({"found_on": TODAY + timedelta(days=1)}, BadInput, "还没到"),
        ({"found_on": date(2025, 12, 31)}, RuleBroken, "账已经结了"),
        ({"household_id": village.id}, NotFound, "没有这一户"),
    ):
        with pytest.raises(error, match=says):
            record(session, walker, village, **more)
    assert session.scalars(select(Finding)).all() == []


def test_a_household_that_moved_out_is_left_alone(session: Session, village: Made, walker: Actor) -> None:
    session.execute(update(Household).where(Household.id == village.household.id).values(left_on=TODAY))
    session.commit()
    session.expire_all()
    with pytest.raises(RuleBroken, match="已经迁出"):
        record(session, walker, village)


def test_a_dumping_is_persuaded_about_but_lowers_no_base(session: Session, village: Made, walker: Actor) -> None:
    id_ = record(session, walker, village, code="A7")
    assert recheck(session, walker, id_, is_right=False, photos=[]) == COUNTED
    assert lane.door(session, village.id, village.household.id, DUE).points == 100


def test_put_right_in_time_costs_nothing(session: Session, village: Made, walker: Actor) -> None:
    id_ = record(session, walker, village)
    before = revision(session, village)
    assert recheck(session, walker, id_, on=TODAY, note="清掉了") == RECTIFIED
    found = row(session, id_)
    assert (found.settled_on, found.settled_by, found.settled_note) == (TODAY, walker.user_id, "清掉了")
    assert lane.door(session, village.id, village.household.id, TODAY).at_worst == 100
    assert [one.is_recheck for one in finding_list.one(session, village.id, id_).photos] == [True]
    assert revision(session, village) > before


def test_not_put_right_counts_from_the_day_somebody_looked(session: Session, village: Made, walker: Actor) -> None:
    id_ = record(session, walker, village)
    looked = date(2026, 7, 3)
    assert recheck(session, walker, id_, on=looked, is_right=False, photos=[]) == COUNTED
    assert row(session, id_).counts_on == looked
    june = lane.door(session, village.id, village.household.id, TODAY)
    july = lane.door(session, village.id, village.household.id, looked)
    assert (june.points, july.points) == (100, 95)


def test_nothing_counts_by_itself_when_the_day_passes(session: Session, village: Made, walker: Actor) -> None:
    id_ = record(session, walker, village)
    late = TODAY + timedelta(days=60)
    assert row(session, id_).status == PERSUADED
    door = lane.door(session, village.id, village.household.id, late)
    assert (door.points, [one.id for one in door.findings]) == (100, [id_]), "and it stays in sight"
    assert finding_list.listed(session, village.id, Filter(due_on=late), Wanted()).total == 1


def test_a_recheck_needs_its_proof_and_its_day(session: Session, village: Made, walker: Actor) -> None:
    id_ = record(session, walker, village)
    for more, error in (({"photos": [], "note": "好了"}, BadInput), ({"is_right": False, "on": TODAY}, RuleBroken)):
        with pytest.raises(error):
            recheck(session, walker, id_, **more)
        assert row(session, id_).status == PERSUADED


def test_a_recheck_is_done_once(session: Session, village: Made, walker: Actor) -> None:
    id_ = record(session, walker, village)
    assert recheck(session, walker, id_) == recheck(session, walker, id_) == RECTIFIED
    with pytest.raises(Conflict, match="已经处理过"):
        recheck(session, walker, id_, "other", is_right=False)


def test_a_recheck_on_the_last_day_of_a_month_already_closed_counts_next_month(
    session: Session, village: Made, walker: Actor
) -> None:
    id_ = record(session, walker, village)
    close(session, village, "2026-06")
    recheck(session, walker, id_, on=date(2026, 6, 30), is_right=False, photos=[])
    assert row(session, id_).counts_on == date(2026, 7, 1)


@pytest.mark.parametrize("status", ["closing", "closed"])
def test_a_closed_month_stands_still(session: Session, village: Made, walker: Actor, status: str) -> None:
    told_yesterday(session, walker, village)
    counted = record(session, walker, village, "g")
    close(session, village, "2026-06", status)
    with pytest.raises(Conflict, match="2026-06 已经结账"):
        record(session, walker, village, "h")
    with pytest.raises(Conflict, match="2026-06 已经结账"):
        withdraw(session, walker, counted)
    assert row(session, counted).status == COUNTED


def test_what_never_counted_may_be_withdrawn_after_its_month(session: Session, village: Made, walker: Actor) -> None:
    id_ = record(session, walker, village)
    close(session, village, "2026-06")
    withdraw(session, walker, id_)
    assert row(session, id_).status == WITHDRAWN


def test_what_was_an_error_is_withdrawn_with_its_reason_and_forgotten(
    session: Session, village: Made, walker: Actor
) -> None:
    id_ = record(session, walker, village)
    with pytest.raises(BadInput, match="为什么撤销"):
        withdraw(session, walker, id_, " ")
    withdraw(session, walker, id_)
    found = row(session, id_)
    assert (found.status, found.settled_note, found.settled_by) == (WITHDRAWN, "看错了门", walker.user_id)
    assert row(session, record(session, walker, village, "g")).status == PERSUADED
    with pytest.raises(Conflict, match="已经撤销"):
        finding.withdraw(session, walker, key="x", finding_id=id_, reason="再来", now=NOW)


@pytest.mark.parametrize("kin", [False, True])
def test_nobody_handles_their_own_household_or_a_relative_s(
    session: Session, village: Made, walker: Actor, kin: bool
) -> None:
    other = record(session, village.clerk, village)
    if kin:
        pair = {"user_id": walker.user_id, "household_id": village.household.id}
        session.add(Relative(village_id=village.id, **pair, relation="父母", declared_at=NOW))
    else:
        session.execute(update(User).where(User.id == walker.user_id).values(household_id=village.household.id))
    session.commit()
    for act in (
        lambda: record(session, walker, village, "g"),
        lambda: recheck(session, walker, other),
        lambda: withdraw(session, walker, other),
        lambda: finding.walk_by(session, walker, key="z", household_id=village.household.id, now=NOW),
    ):
        with pytest.raises(NotAllowed):
            act()
    assert row(session, other).status == PERSUADED


def test_another_village_s_finding_is_not_found(session: Session, village: Made, walker: Actor) -> None:
    stranger = make_village(session, "yz").clerk
    id_ = record(session, walker, village)
    for act in (
        lambda: recheck(session, stranger, id_),
        lambda: withdraw(session, stranger, id_),
        lambda: record(session, stranger, village, "g"),
        lambda: finding_list.one(session, stranger.village_id, id_),
        lambda: lane.door(session, stranger.village_id, village.household.id, TODAY),
    ):
        with pytest.raises(NotFound):
            act()


def test_the_route_shows_who_was_looked_at_and_what_waits(session: Session, village: Made, walker: Actor) -> None:
    ids = [one.id for one in village.households]
    session.execute(update(Household).where(Household.village_id == village.id).values(group_no=3))
    session.commit()
    session.expire_all()
    told_yesterday(session, walker, village)
    record(session, walker, village, "g")
    finding.walk_by(session, walker, key="w", household_id=ids[1], now=NOW)
    stops = lane.route(session, village.id, 3, TODAY, Wanted()).rows
    assert [(one.id, one.persuaded, one.counted, one.due, one.walked_on) for one in stops] == [
        (ids[0], 1, 1, 0, TODAY),
        (ids[1], 0, 0, 0, TODAY),
        (ids[2], 0, 0, 0, None),
    ]
    assert lane.groups(session, village.id, TODAY) == [lane.Group(3, 3, 2)]
    assert lane.route(session, village.id, 3, DUE, Wanted()).rows[0].due == 1
    assert [lane.following(session, village.id, id_) for id_ in ids] == [ids[1], ids[2], None]


def test_the_list_filters_by_month_state_group_and_item(session: Session, village: Made, walker: Actor) -> None:
    session.execute(update(Household).where(Household.id == village.household.id).values(group_no=3))
    session.commit()
    a1 = record(session, walker, village)
    a2 = record(session, walker, village, "g", code="A2", household_id=village.households[1].id)
    june = Month(2026, 6)
    for asked, ids in (
        (Filter(month=june), {a1, a2}),
        (Filter(month=june, group_no=3), {a1}),
        (Filter(month=june, item_code="A2"), {a2}),
        (Filter(month=june, status=COUNTED), set()),
        (Filter(month=Month(2026, 5)), set()),
        (Filter(due_on=DUE - timedelta(days=1)), set()),
        (Filter(due_on=DUE), {a1, a2}),
    ):
        page = finding_list.listed(session, village.id, asked, Wanted())
        assert ({one.id for one in page.rows}, page.total) == (ids, len(ids))
    assert [one.id for one in finding_list.slips(session, village.id, 3)] == [a1]
