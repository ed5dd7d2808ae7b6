"""Walking the lanes with a phone: from the scan to what was saved in under four taps, and on to the next door."""

from datetime import timedelta
from io import BytesIO

import pytest
from flask import Flask
from PIL import Image
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from tests.factories import NOW, TODAY, Clock, Made, make_household, make_user, make_village, remember_phone
from tests.pages import Client
from villagepoints.domain.actor import ADMIN, COUNTER, GRID_WORKER
from villagepoints.models import Evidence, Finding, Household, User
from villagepoints.services import card, finding


@pytest.fixture
def walker(client: Client, session: Session, village: Made) -> Client:
    session.execute(update(Household).where(Household.village_id == village.id).values(group_no=3))
    session.commit()
    session.expire_all()
    village.users[GRID_WORKER] = make_user(session, village.id, GRID_WORKER, name="李网格员")
    client.sign_in(village.users[GRID_WORKER])
    return client


def door(village: Made, index: int = 0) -> str:
    return f"/desk/lane/{village.households[index].id}"


def photo() -> tuple[BytesIO, str]:
    out = BytesIO()
    Image.new("RGB", (60, 40), (90, 120, 60)).save(out, "JPEG")
    out.seek(0)
    return out, "photo.jpg"


def text(client: Client, page: str) -> str:
    answer = client.get(page)
    assert answer.status_code == 200, answer.status
    return answer.get_data(as_text=True)


def statuses(session: Session) -> list[str]:
    session.rollback()
    return list(session.scalars(select(Finding.status).order_by(Finding.recorded_at, Finding.id)))


def the_photo(session: Session) -> Evidence:
    session.rollback()
    return session.scalars(select(Evidence)).one()


def test_a_scan_leads_whoever_walks_the_lanes_to_the_ticks_of_that_door(
    app: Flask, walker: Client, session: Session, village: Made
) -> None:
    asked = {"household_id": village.household.id, "card_key": app.config["CARD_KEY"], "now": NOW}
    printed = card.issue(session, village.clerk, key="c", **asked)
    for role, place in ((GRID_WORKER, door(village)), (COUNTER, f"/desk/households/{village.household.id}")):
        walker.sign_in(village.users[role])
        assert walker.get(f"/q/sx/{printed.token}").location == place


def test_a_finding_is_ticked_photographed_and_saved(walker: Client, session: Session, village: Made) -> None:
    answer = walker.submit(door(village), **{"code": "A1", "A1-photos": photo()})
    assert answer.status_code == 303
    said = text(walker, answer.location)
    assert "第一次查到，是劝导：6月22日前改好就不扣。" in said
    assert f'href="{door(village, 1)}"' in said, "the next door"
    kept = the_photo(session)
    assert walker.get(f"/desk/evidence/{kept.id}.jpg").mimetype == "image/jpeg"


def test_all_that_was_found_at_a_door_is_saved_at_once_each_with_its_photos(
    walker: Client, session: Session, village: Made
) -> None:
    ticked = {
        "code": ["A1", "A2", "A3"],
        "A2-count": "3",
        "A2-photos": [photo() for _ in range(3)],
        "A3-photos": photo(),
    }
    said = text(walker, walker.submit(door(village), **ticked).location)
    assert said.count("记上了：") == said.count("撤回这一条") == 3
    assert "× 3" in said
    session.rollback()
    shown = select(Finding.item_code, func.count(Evidence.id)).outerjoin(Evidence, Evidence.finding_id == Finding.id)
    assert session.execute(shown.group_by(Finding.item_code).order_by(Finding.item_code)).all() == [
        ("A1", 0),
        ("A2", 3),
        ("A3", 1),
    ]


def test_one_that_cannot_be_saved_keeps_the_others_unsaved_and_ticked(
    walker: Client, session: Session, village: Made
) -> None:
    answer = walker.submit(door(village), **{"code": ["A1", "A2"], "A1-count": "4", "A2-count": "99"})
    assert answer.status_code == 422
    page = answer.get_data(as_text=True)
    assert page.count(" checked>") == 2
    assert '<option value="4" selected>' in page
    assert statuses(session) == []


def test_a_repeat_says_what_it_costs_and_the_base_follows(walker: Client, village: Made, clock: Clock) -> None:
    walker.submit(door(village), code="A1")
    clock.now += timedelta(days=1)
    said = text(walker, walker.submit(door(village), **{"code": "A1", "A1-count": "2"}).location)
    assert "劝导过又查到，这次算数：A1 −10 分。" in said
    assert "<b>90</b>" in said
    assert "A1 −25 分" in text(walker, walker.submit(door(village), **{"code": "A1", "A1-count": "20"}).location), (
        "no more than A1 has"
    )


def test_a_slip_of_the_finger_is_taken_back_with_one_tap(walker: Client, session: Session, village: Made) -> None:
    saved = walker.submit(door(village), code="A1").location
    answer = walker.submit(saved, action="withdraw", reason="刚记就发现记错了")
    assert answer.location == door(village)
    assert "已撤销" in text(walker, answer.location)
    assert statuses(session) == ["withdrawn"]


def test_a_dumping_leads_to_recording_its_penalty(
    walker: Client, session: Session, village: Made, clock: Clock
) -> None:
    walker.submit(door(village), code="A7")
    clock.now += timedelta(days=1)
    walker.sign_in(village.users["clerk"])
    said = text(walker, walker.submit(door(village), code="A7").location)
    assert "扣分要另记一笔" in said
    penalty = f"/desk/households/{village.household.id}/entry?item=A7"
    assert penalty in said
    session.rollback()
    again = session.scalars(select(Finding.id).where(Finding.status == "counted")).one()
    assert penalty in text(walker, f"/desk/findings/{again}")


def test_a_relocated_household_is_read_its_own_items(walker: Client, session: Session, village: Made) -> None:
    assert "楼道与公共部位无堆物" in text(walker, door(village, 1))
    assert "宅前屋后无乱堆物" in text(walker, door(village, 0))


def test_nothing_found_is_one_tap_to_the_next_door_until_the_group_ends(walker: Client, village: Made) -> None:
    places = [walker.submit(door(village, n), action="walked").location for n in range(3)]
    assert places == [door(village, 1), door(village, 2), "/desk/lane?group=3"]
    page = text(walker, places[-1])
    assert "这一组走到头了" in page
    assert page.count("✓ 看过") == 3
    assert "今天看了 3 / 3 户" in text(walker, "/desk/lane")


def test_the_route_starts_at_the_first_door_not_yet_seen(walker: Client, village: Made) -> None:
    assert "从 001 走起" in text(walker, "/desk/lane?group=3")
    walker.submit(door(village), code="A1")
    page = text(walker, "/desk/lane?group=3")
    assert "接着走：002" in page
    assert "劝导 1" in page


def test_a_search_that_finds_one_opens_its_door(walker: Client, village: Made) -> None:
    assert walker.get("/desk/lane?q=002").location == door(village, 1)
    assert "没有找到「九九」" in text(walker, "/desk/lane?q=九九")
    assert "003" in text(walker, "/desk/lane?q=00")


def test_households_without_a_group_are_walked_too(walker: Client, session: Session, village: Made) -> None:
    make_household(session, village.id, "009", head="顾阿三")
    assert "没有分组的户" in text(walker, "/desk/lane")
    assert "顾阿三" in text(walker, "/desk/lane?group=none")


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        ({"code": ""}, "请先点一下查到的是哪一项"),
        ({"code": "D1"}, "不是走访检查的内容"),
        ({"code": "A1", "A1-count": "99"}, "处数要在 1 到 20 之间"),
        ({"code": "A1", "A1-count": "许多"}, "请填整数"),
        ({"code": "A1", "found_on": "2026-07-01"}, "还没到"),
        ({"code": "A1", "found_on": "昨天"}, "请按 2026-01-08 这样填日期"),
        ({"code": "A1", "A1-photos": (BytesIO(b"no photo"), "a.jpg")}, "不是照片"),
        ({"code": "A1", "A1-photos": (BytesIO(b"\xff\xd8" + b"0" * 13 * 1024 * 1024), "a.jpg")}, "一张最多 12 MB"),
    ],
    ids=["nothing ticked", "no base item", "too many", "no number", "to come", "no date", "no photo", "13 MB"],
)
@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_what_cannot_be_saved_is_said_at_the_door_and_nothing_is_saved(
    walker: Client, session: Session, village: Made, fields: dict[str, object], says: str
) -> None:
    answer = walker.submit(door(village), **fields)
    assert answer.status_code == 422
    assert says in answer.get_data(as_text=True)
    assert statuses(session) == []


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_forty_megabytes_are_turned_away_with_a_plain_page(walker: Client, session: Session, village: Made) -> None:
    huge = (BytesIO(b"\xff\xd8" + b"0" * 40 * 1024 * 1024), "a.jpg")
    answer = walker.submit(door(village), **{"code": "A1", "A1-photos": huge})
    assert answer.status_code == 413
    assert "文件太大了" in answer.get_data(as_text=True)
    assert "什么都没有改动" in answer.get_data(as_text=True)
    assert statuses(session) == []


def test_one_s_own_door_offers_nothing_to_tick(walker: Client, session: Session, village: Made) -> None:
    mine = village.households[1]
    session.execute(update(User).where(User.id == village.users[GRID_WORKER].id).values(household_id=mine.id))
    session.commit()
    page = text(walker, door(village, 1))
    assert "要请别的同事来看" in page
    assert 'name="code"' not in page


@pytest.mark.parametrize("role", [COUNTER, ADMIN])
def test_who_does_not_walk_the_lanes_has_no_door(walker: Client, village: Made, role: str) -> None:
    walker.sign_in(village.users[role])
    assert [walker.get(path).status_code for path in ("/desk/lane", door(village))] == [403, 403]


def test_a_door_asks_the_database_no_more_for_more_findings(
    walker: Client, session: Session, village: Made, statements: list[str]
) -> None:
    walker.get(door(village))
    statements.clear()
    walker.get(door(village))
    before = len(statements)
    for n in range(8):
        what = {"household_id": village.household.id, "code": "A2", "found_on": TODAY, "now": NOW}
        finding.record(session, village.clerk, key=f"k{n}", **what)  # type: ignore[arg-type]
    statements.clear()
    walker.get(door(village))
    assert len(statements) <= before


def test_the_household_sees_the_photo_of_its_own_finding_and_no_neighbour_does(
    app: Flask, walker: Client, session: Session, village: Made
) -> None:
    walker.submit(door(village), **{"code": "A1", "A1-photos": photo()})
    kept = the_photo(session)
    address, seen = f"/my/evidence/{kept.id}.jpg", []
    for household in (village.household, village.households[1], make_village(session, "yz").household):
        phone: Client = app.test_client()  # type: ignore[assignment]
        phone.open_home(remember_phone(session, household))
        seen.append((address in text(phone, "/my/"), phone.get(address).status_code))
    assert seen == [(True, 200), (False, 404), (False, 404)]
