"""What a household is told: everything that happened to it, once, and nothing that it did itself."""

from contextlib import suppress
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy.orm import Session

from tests.factories import NOW, TODAY, Made, actor, make_reward, make_user, make_village, remember_phone
from tests.services.test_household_page import load, record
from tests.services.test_red_line import post_base
from villagepoints.domain import news as rules
from villagepoints.domain.errors import BadInput, KeyReused, NotAllowed, NotFound
from villagepoints.models import Household, Phone, Village
from villagepoints.services import (
    claim,
    finding,
    news,
    notice,
    objection,
    posting,
    red_line,
    redemption,
    rulebook,
    service_request,
)
from villagepoints.services.objection_subject import About
from villagepoints.services.paging import Wanted
from villagepoints.services.posting import Item
from villagepoints.services.red_line import Crossed


def read(session: Session, village: Made, index: int = 0, now: datetime = NOW, **how: Any) -> list[news.News]:
    session.rollback()
    household_id = village.households[index].id
    return list(news.of_household(session, village.id, household_id, now, Wanted(size=50), **how).rows)


def sources(session: Session, village: Made, index: int = 0, now: datetime = NOW) -> list[str]:
    return [one.source for one in read(session, village, index, now)]


def tell(session: Session, village: Made, by: Any, up_to: datetime = NOW, key: str = "t", now: datetime = NOW) -> int:
    household_ids = [village.household.id]
    return news.tell(session, by, key=key, household_ids=household_ids, up_to=up_to, now=now)


def to_call(session: Session, village: Made, now: datetime = NOW, **which: Any) -> list[news.Called]:
    session.rollback()
    return list(news.to_call(session, village.id, news.Filter(**which), now, Wanted()).rows)


def test_a_month_s_base_is_one_line_and_a_deed_another(session: Session, village: Made) -> None:
    post_base(session, village, {"A1": 20})
    record(session, village, "D4", grade="义务维修", note="修路灯")
    lines = read(session, village)
    assert sorted((line.source, line.text) for line in lines) == [("base", ""), ("entry", "修路灯")]
    base = next(line for line in lines if line.source == "base")
    assert base.points == sum(entry.points for entry in lines if entry.source == "base")
    assert base.number > 1
    assert load(session, village).news == 2


def test_what_was_refused_answered_and_found_is_told(session: Session, village: Made) -> None:
    mine = village.villager()
    earned = Item(code="D4", occurred_on=TODAY, grade="义务维修", note="修水管")
    claimed = claim.propose(session, mine, key="c", household_id=village.household.id, wanted=earned, now=NOW)
    claim.refuse(session, village.reviewer, key="cr", claim_id=claimed, reason="没有照片", now=NOW)
    seen = {"household_id": village.household.id, "code": "A1", "found_on": TODAY, "note": "乱堆物", "now": NOW}
    found = finding.record(session, village.clerk, key="f", **seen)
    filed = objection.file(session, mine, key="o", about=About(finding_id=found), words="不是我家的", now=NOW)
    third = actor(make_user(session, village.id, "reviewer"))
    objection.decide(session, third, key="od", objection_id=filed, is_right=False, reason="照片上是你家", now=NOW)
    asked = service_request.file(session, mine, key="s", kind="idea", words="多装一盏路灯", now=NOW)
    service_request.answer(session, village.clerk, key="sa", request_id=asked, words="下个月装", now=NOW)
    red_line.record(
        session, village.clerk, key="r", household_id=village.household.id, crossed=Crossed("R1", TODAY), now=NOW
    )
    lines = {line.source: line for line in read(session, village)}
    assert set(lines) == {"claim", "finding", "objection", "request", "red_line"}
    assert lines["claim"].who == "没有照片"
    assert (lines["request"].text, lines["request"].number) == ("下个月装", 1)
    assert lines["objection"].kind == "rejected"
    assert lines["finding"].until is not None
    assert load(session, village).news == 5
    assert sources(session, village, 1) == []


def test_what_others_objected_to_is_told_without_their_words(session: Session, village: Made) -> None:
    mended = Item(code="D4", occurred_on=TODAY, grade="义务维修", note="修路灯")
    asked = {"household_id": village.household.id, "wanted": mended, "now": NOW}
    claimed = claim.propose(session, village.clerk, key="c", **asked)  # type: ignore[arg-type]
    claim.approve(session, village.reviewer, key="ca", claim_id=claimed, now=NOW)
    notice.publish(session, village.clerk, key="n", now=NOW)
    about = About(claim_id=claimed)
    filed = objection.file(session, village.villager(1), key="o", about=about, words="他没有修", now=NOW)
    third = actor(make_user(session, village.id, "reviewer"))
    objection.decide(session, third, key="od", objection_id=filed, is_right=False, reason="有人看见他修", now=NOW)
    told = next(line for line in read(session, village) if line.source == "other_objection")
    assert told.text == ""
    assert sources(session, village, 1) == ["objection"]


def test_goods_put_aside_by_somebody_else_are_told_and_one_s_own_are_not(session: Session, village: Made) -> None:
    record(session, village, "D4", grade="义务维修")
    tell(session, village, village.villager())
    salt, later = make_reward(session, village.id, points=5, name="食盐"), NOW + timedelta(hours=1)
    asked = {"household_id": village.household.id, "lines": [(salt.id, 1)], "now": later}
    own = redemption.reserve(session, village.villager(), key="own", **asked)
    redemption.cancel(
        session,
        village.villager(),
        redemption_id=own.redemption_id,
        key="x",
        now=later,
        household_id=village.household.id,
    )
    assert sources(session, village, now=later) == []
    redemption.reserve(session, village.actor("counter"), key="desk", **asked)
    (line,) = read(session, village, now=later)
    assert (line.source, line.kind, line.text) == ("redemption", "reserved", "食盐")
    assert line.until is not None


def test_points_that_expire_are_told_once(session: Session, village: Made) -> None:
    old = date(2024, 6, 20)
    record(session, village, "D4", on=old, now=NOW - timedelta(days=700), grade="义务维修")
    record(session, village, "D4", on=date(2026, 4, 1), now=NOW - timedelta(days=60), grade="义务维修", note="新的")
    (line,) = read(session, village)
    assert (line.source, line.points, line.day) == ("expiring", 20, date(2026, 7, 1))
    assert load(session, village).news == 1
    tell(session, village, village.villager(), up_to=line.at)
    assert sources(session, village) == []
    assert load(session, village).news == 0


def test_who_was_told_hears_only_what_came_later(session: Session, village: Made) -> None:
    record(session, village, "D4", grade="义务维修", note="以前")
    (shown,) = read(session, village)
    record(session, village, "D4", now=NOW + timedelta(seconds=1), grade="义务维修", note="看的时候来的")
    assert tell(session, village, village.villager(), up_to=shown.at, now=NOW + timedelta(minutes=1)) == 1
    assert [line.text for line in read(session, village)] == ["看的时候来的"]
    assert len(read(session, village, all_days=True)) == 2


def test_whoever_was_never_told_hears_of_thirty_days(session: Session, village: Made) -> None:
    for days in (29, 31):
        on = TODAY - timedelta(days=days)
        record(session, village, "D4", on=on, now=NOW - timedelta(days=days), grade="义务维修", note=str(days))
    assert [line.text for line in read(session, village)] == ["29"]


def test_being_told_twice_or_less_changes_nothing(session: Session, village: Made) -> None:
    mine = village.villager()
    assert tell(session, village, mine, key="a") == tell(session, village, mine, key="a") == 1
    with pytest.raises(KeyReused):
        tell(session, village, mine, key="a", up_to=NOW - timedelta(days=1))
    tell(session, village, village.clerk, key="b", up_to=NOW - timedelta(days=1))
    session.rollback()
    row = session.get_one(Household, (village.id, village.household.id), populate_existing=True)
    assert (row.told_at, row.told_by) == (NOW, None)
    assert news.told(session, village.id, row.id) == (NOW, None)


def test_nobody_is_told_of_what_has_not_happened_yet(session: Session, village: Made) -> None:
    tell(session, village, village.villager(), up_to=NOW + timedelta(days=999))
    record(session, village, "D4", now=NOW + timedelta(hours=1), grade="义务维修")
    assert sources(session, village, now=NOW + timedelta(hours=1)) == ["entry"]


@given(text=st.text(max_size=40) | st.datetimes().map(str))
@settings(max_examples=60)
def test_what_a_form_says_is_no_instant_is_refused(text: str) -> None:
    with suppress(BadInput):
        assert rules.told_up_to(text, NOW) <= NOW


def test_another_household_and_another_village_are_not_told_for(session: Session, village: Made) -> None:
    asked = {"up_to": NOW, "now": NOW}
    with pytest.raises(NotAllowed):
        news.tell(session, village.villager(1), key="a", household_ids=[village.household.id], **asked)
    other = make_village(session, "yz")
    with pytest.raises(NotFound):
        news.tell(session, village.clerk, key="b", household_ids=[other.household.id], **asked)
    session.rollback()
    for id_, household in ((village.id, village.household), (other.id, other.household)):
        assert session.get_one(Household, (id_, household.id), populate_existing=True).told_at is None


def test_elders_without_a_phone_are_called_first_and_those_who_look_are_not(session: Session, village: Made) -> None:
    for index in range(3):
        deed = Item(code="D4", occurred_on=TODAY, grade="义务维修", note="修路灯")
        household_id = village.households[index].id
        posting.record(session, village.clerk, key=f"e{index}", household_id=household_id, wanted=deed, now=NOW)
    assert [one.number for one in to_call(session, village)] == ["003", "001", "002"]
    remember_phone(session, village.household)
    assert [one.number for one in to_call(session, village)] == ["003", "002"]
    (first, _second) = to_call(session, village)
    news.tell(session, village.clerk, key="told", household_ids=[first.id], up_to=first.up_to, now=NOW)
    assert [one.number for one in to_call(session, village)] == ["002"]


def test_a_phone_that_was_silent_for_two_weeks_is_called(session: Session, village: Made) -> None:
    remember_phone(session, village.household)
    record(session, village, "D4", grade="义务维修")
    after = [NOW + timedelta(days=days) for days in (13, 15)]
    assert [len(to_call(session, village, now)) for now in after] == [0, 1]
    assert to_call(session, village, after[1], whom="no_phone") == []
    session.query(Phone).update({"pin_at": after[0]})
    session.commit()
    assert to_call(session, village, after[1]) == []


def test_the_call_list_is_cut_by_the_database_and_by_group(session: Session, village: Made) -> None:
    for index, household in enumerate(village.households):
        household.group_no = index % 2
    session.commit()
    for index, household in enumerate(village.households):
        posting.record(
            session,
            village.clerk,
            key=f"g{index}",
            household_id=household.id,
            wanted=Item(code="D4", occurred_on=TODAY, grade="义务维修"),
            now=NOW,
        )
    page = news.to_call(session, village.id, news.Filter(), NOW, Wanted(size=1, number=2))
    assert (page.total, [one.number for one in page.rows]) == (3, ["001"])
    assert [one.number for one in to_call(session, village, group_no=1)] == ["002"]


def test_history_that_is_imported_today_is_no_news(session: Session, village: Made) -> None:
    book = rulebook.in_force(session, village.id, TODAY)
    for days in (100, 3):
        draft = posting.Draft(
            household_id=village.household.id,
            kind="award",
            points=5,
            occurred_on=TODAY - timedelta(days=days),
            origin="import",
            rulebook_version=book.version,
            item_code="D4",
            grade="义务维修",
            note=str(days),
        )
        _post(session, village.id, draft)
    assert [line.text for line in read(session, village)] == ["3"]


def _post(session: Session, village_id: UUID, draft: posting.Draft) -> None:
    session.rollback()
    posting.post(session, village_id, [draft], NOW)
    session.commit()
    assert session.get(Village, village_id) is not None
