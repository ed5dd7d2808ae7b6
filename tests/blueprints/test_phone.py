"""A household's pages on its phone: what is shown, kept, asked for again, and refused."""

from datetime import date, timedelta
from typing import Any
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.security import generate_password_hash

from tests.factories import NOW, TODAY, Clock, Made, make_reward, make_village, remember_phone
from tests.pages import Client
from villagepoints.blueprints.phone.kept import Kept
from villagepoints.blueprints.phone.redeem import GOODS
from villagepoints.domain.pin import peppered
from villagepoints.models import Finding, Household, Redemption, Reward
from villagepoints.services import household, phone, posting, redemption, reward
from villagepoints.services.posting import Item

PIN = "730518"


@pytest.fixture
def home(client: Client, session: Session, village: Made) -> Client:
    client.open_home(remember_phone(session, village.household))
    return client


ON_SQLITE = pytest.mark.parametrize("database", ["sqlite"], indirect=True)


def earn(session: Session, village: Made, points: int, index: int = 0) -> None:
    """Points for deeds without a cap, 20 each."""
    for number in range(-(-points // 20)):
        wanted = Item(code="D4", occurred_on=TODAY, grade="义务维修", note=f"修路灯{number}")
        household_id = village.households[index].id
        posting.record(
            session, village.clerk, key=f"e{index}-{number}", household_id=household_id, wanted=wanted, now=NOW
        )


def set_pin(app: Flask, session: Session, village: Made) -> None:
    row = session.get_one(Household, (village.id, village.household.id))
    row.pin_hash = generate_password_hash(peppered(app.config["CARD_KEY"], village.id, row.id, PIN))
    session.commit()


def text(answer: Any) -> str:
    return str(answer.get_data(as_text=True))


def test_home_shows_balance_reasons_and_what_they_buy(home: Client, session: Session, village: Made) -> None:
    earn(session, village, 40)
    make_reward(session, village.id, points=30, name="食盐")
    make_reward(session, village.id, points=200, name="食用油")
    page = text(home.get("/my/"))
    assert '<p class="balance">40</p>' in page
    assert "修路灯1" in page
    assert "沈文书记" in page
    assert "食盐" in page
    assert "<b>160</b>" in page
    assert "张*国" in page
    assert "张建国" not in page


def test_home_shows_the_base_as_it_is_earned_down(home: Client, session: Session, village: Made) -> None:
    for item, status, until in (
        ("A1", "persuaded", date(2026, 6, 20)),
        ("A3", "counted", None),
        ("B2", "rectified", None),
    ):
        session.add(
            Finding(
                village_id=village.id,
                household_id=village.household.id,
                rulebook_version=1,
                item_code=item,
                found_on=TODAY,
                note=f"查到{item}",
                status=status,
                rectify_by=until,
                counts_on=until or TODAY,
                recorded_by=village.users["clerk"].id,
                recorded_at=NOW,
            )
        )
    session.commit()
    page = text(home.get("/my/"))
    assert "<dd>98 <span" in page
    assert "6月20日前改好就不扣" in page
    assert "已改好，不扣" in page


def test_a_relocated_household_reads_its_own_texts(client: Client, session: Session, village: Made) -> None:
    client.open_home(remember_phone(session, village.households[1]))
    page = text(client.get("/my/earn"))
    assert "楼道与公共部位无堆物" in page
    assert "宅前屋后无乱堆物" not in page


def test_an_unchanged_page_is_not_sent_again(home: Client, session: Session, village: Made) -> None:
    first = home.get("/my/")
    again = home.get("/my/", headers={"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")


def test_a_kept_page_carries_what_a_fresh_one_carries(home: Client) -> None:
    fresh = home.get("/my/?fresh")
    kept, unchanged = home.get("/my/"), home.get("/my/", headers={"If-None-Match": fresh.headers["ETag"]})
    assert kept.data == fresh.data
    assert sorted(kept.headers) == sorted(fresh.headers)
    without = {"Content-Type", "Content-Length"}
    assert sorted(unchanged.headers) == sorted(pair for pair in fresh.headers if pair[0] not in without)


def test_a_page_is_kept_for_as_many_states_as_fit() -> None:
    kept = Kept(2)
    for name in ("a", "b", "c"):
        kept.put(name, "br", name.encode())
    assert [kept.get(name, "br") for name in ("a", "b", "c")] == [None, b"b", b"c"]


@ON_SQLITE
@pytest.mark.parametrize("change", ["entry", "revision", "village", "date", "view", "language"])
def test_whatever_changes_on_the_page_changes_its_name(
    home: Client, session: Session, village: Made, clock: Clock, change: str
) -> None:
    name = home.get("/my/").headers["ETag"]
    if change == "entry":
        earn(session, village, 20)
    elif change == "revision":
        household.touch(session, village.id, village.household.id)
        session.commit()
    elif change == "village":
        make_reward(session, village.id)
        reward.move_stock(
            session,
            village.clerk,
            reward_id=session.scalars(select(Reward.id)).one(),
            wanted=reward.Move(quantity=1, reason="进货"),
            key="m",
            now=NOW,
        )
    elif change == "date":
        clock.now += timedelta(days=1)
    else:
        home.set_cookie(change, {"view": "elder", "language": "en"}[change])
    answer = home.get("/my/", headers={"If-None-Match": name})
    assert answer.status_code == 200
    assert answer.headers["ETag"] != name


def test_one_households_page_is_never_anothers(client: Client, session: Session, village: Made) -> None:
    client.open_home(remember_phone(session, village.household))
    assert "张*国" in text(client.get("/my/"))
    client.open_home(remember_phone(session, village.households[1]))
    page = text(client.get("/my/"))
    assert "李*英" in page
    assert "张*国" not in page


@ON_SQLITE
@pytest.mark.parametrize("cookie", ["", "x", "a.b.c", f"{'0' * 32}.{'0' * 32}.x", "0" * 4000, "é.é.é"])
def test_a_phone_that_is_not_known_is_told_to_scan(client: Client, village: Made, cookie: str) -> None:
    client.set_cookie("home", cookie)
    answer = client.get("/my/")
    assert answer.status_code == 403
    assert "扫一扫" in text(answer)


def test_a_phone_signed_out_elsewhere_is_not_known_any_more(home: Client, session: Session, village: Made) -> None:
    home.get("/my/")
    phone.forget_phones(session, village.villager(), now=NOW)
    assert home.get("/my/").status_code == 403
    assert home.get("/my/redeem").status_code == 403


def choose(client: Client, *wanted: tuple[Reward, int]) -> str:
    query = "&".join(f"want={one.id}&pieces-{one.id}={pieces}" for one, pieces in wanted)
    return f"/my/redeem/check?{query}"


def test_redeeming_several_things_gives_one_pickup_code(home: Client, session: Session, village: Made) -> None:
    earn(session, village, 100)
    salt = make_reward(session, village.id, points=10, name="食盐")
    towel = make_reward(session, village.id, points=30, name="毛巾")
    check = choose(home, (salt, 2), (towel, 1))
    assert "50 分" in text(home.get(check))
    page = home.get(home.submit(check, want=[str(salt.id), str(towel.id)]).headers["Location"])
    row = session.scalars(select(Redemption)).one()
    assert row.points == 50
    assert f"{row.pickup_code[:3]} {row.pickup_code[3:]}" in text(page)
    assert "<svg" in text(page)
    assert '<p class="balance">50</p>' in text(home.get("/my/"))


def test_a_second_click_redeems_once(home: Client, session: Session, village: Made) -> None:
    earn(session, village, 100)
    salt = make_reward(session, village.id, points=10, name="食盐")
    page = text(home.get(choose(home, (salt, 1))))
    from tests.pages import forms

    form = next(form for form in forms(page) if form.method == "post")
    answers = [home.post(form.action, data=form.fields) for _ in range(3)]
    assert len({answer.headers["Location"] for answer in answers}) == 1
    assert len(session.scalars(select(Redemption)).all()) == 1


def test_spending_asks_for_the_pin_when_it_is_stale(
    app: Flask, home: Client, session: Session, village: Made, clock: Clock
) -> None:
    earn(session, village, 100)
    set_pin(app, session, village)
    salt = make_reward(session, village.id, points=10, name="食盐")
    clock.now += timedelta(minutes=16)
    check = choose(home, (salt, 1))
    wrong = home.submit(check, pin="111222")
    assert wrong.status_code == 422
    assert "还可以再试 4 次" in text(wrong)
    assert session.scalars(select(Redemption)).all() == []
    assert home.submit(check, pin=PIN).status_code == 303
    assert 'name="pin"' not in text(home.get(check))


def test_without_a_pin_a_crafted_request_spends_nothing(
    app: Flask, home: Client, session: Session, village: Made, clock: Clock
) -> None:
    earn(session, village, 100)
    set_pin(app, session, village)
    salt = make_reward(session, village.id, points=10)
    check = choose(home, (salt, 1))
    clock.now += timedelta(hours=1)
    assert home.submit(check, pin="").status_code == 422
    assert session.scalars(select(Redemption)).all() == []


def test_not_enough_points_is_said_with_the_numbers(home: Client, session: Session, village: Made) -> None:
    earn(session, village, 20)
    oil = make_reward(session, village.id, points=200)
    assert "还差 180 分" in text(home.get(choose(home, (oil, 1))))
    assert "还差 180 分" in text(home.get("/my/redeem"))


def test_goods_that_went_meanwhile_are_said_and_nothing_changes(home: Client, session: Session, village: Made) -> None:
    earn(session, village, 100)
    salt = make_reward(session, village.id, points=10, stock=1, name="食盐")
    from tests.pages import forms

    form = next(form for form in forms(text(home.get(choose(home, (salt, 1))))) if form.method == "post")
    redemption.reserve(
        session,
        village.villager(),
        household_id=village.household.id,
        lines=[(salt.id, 1)],
        key="first",
        now=NOW,
    )
    answer = home.post(form.action, data=form.fields)
    assert answer.status_code == 422
    assert "只剩 0 件" in text(answer)
    assert len(session.scalars(select(Redemption)).all()) == 1


def test_cancelling_gives_points_and_goods_back(home: Client, session: Session, village: Made) -> None:
    earn(session, village, 40)
    salt = make_reward(session, village.id, points=30, stock=1, name="食盐")
    pickup = home.submit(choose(home, (salt, 1))).headers["Location"]
    assert home.submit(pickup, action="cancel").status_code == 303
    assert "＋30 分退回来了" in text(home.get(pickup))
    assert '<p class="balance">40</p>' in text(home.get("/my/"))


def test_another_households_redemption_is_not_there(client: Client, session: Session, village: Made) -> None:
    earn(session, village, 40)
    salt = make_reward(session, village.id, points=30)
    receipt = redemption.reserve(
        session, village.villager(), household_id=village.household.id, lines=[(salt.id, 1)], key="k", now=NOW
    )
    client.open_home(remember_phone(session, village.households[1]))
    assert client.get(f"/my/redeem/{receipt.redemption_id}").status_code == 404
    token = text(client.get("/my/data")).split('name="csrf_token" value="')[1].split('"')[0]
    answer = client.post(f"/my/redeem/{receipt.redemption_id}/cancel", data={"csrf_token": token, "key": "x"})
    assert answer.status_code == 404
    client.open_home(remember_phone(session, make_village(session, "hm").household))
    assert client.get(f"/my/redeem/{receipt.redemption_id}").status_code == 404


def test_records_are_filtered_and_paged(home: Client, session: Session, village: Made) -> None:
    earn(session, village, 20 * 40)
    first = text(home.get("/my/records"))
    assert "修路灯39" in first
    assert "修路灯0<" not in first
    assert "第 40 条" in first
    older = first.split("below=")[1].split('"')[0]
    assert "第 1 条" in text(home.get(f"/my/records?below={older}"))
    assert "第 40 条" in text(home.get("/my/records?month=2026-06&kind=gained"))
    for query in ("month=2026-05", "kind=lost"):
        assert "换个月份或种类看看" in text(home.get(f"/my/records?{query}"))


@ON_SQLITE
@pytest.mark.parametrize(
    "query", ["month=x", "month=9999-99", "month=0000-00", "kind=%00", "below=-1", f"below={2**63}", "below=x"]
)
def test_records_take_any_query(home: Client, query: str) -> None:
    assert home.get(f"/my/records?{query}").status_code == 200


@ON_SQLITE
@pytest.mark.parametrize("query", ["", "want=x", "want=%00", f"want={'9' * 50}", f"want={UUID(int=0)}"])
def test_a_choice_of_nothing_goes_back_to_the_goods(home: Client, query: str) -> None:
    assert home.get(f"/my/redeem/check?{query}").headers["Location"] == "/my/redeem"


def test_help_signs_this_phone_out(home: Client, session: Session, village: Made) -> None:
    left = home.submit("/my/data", action="/forget").headers["Location"]
    assert left == "/v/sx/?left=1"
    assert "这部手机退出了" in home.get(left).get_data(as_text=True)
    assert home.get("/my/").status_code == 403


def test_another_households_phone_is_not_signed_out(home: Client, session: Session, village: Made) -> None:
    other = remember_phone(session, village.households[1])
    other_id = phone.phones(session, village.villager(1), NOW)[0].id
    token = text(home.get("/my/data")).split('name="csrf_token" value="')[1].split('"')[0]
    home.post(f"/my/phones/{other_id}/forget", data={"csrf_token": token})
    credential = phone.Credential.read(other)
    assert credential is not None
    assert phone.identify(session, credential, NOW) is not None


def test_consent_is_given_and_taken_back(home: Client, session: Session, village: Made) -> None:
    assert "什么都看不到" in text(home.get("/my/data"))
    home.submit("/my/data", shows="yes")
    assert "现在：能看到" in text(home.get("/my/data"))
    home.submit("/my/data", shows="no")
    assert "现在：什么都看不到" in text(home.get("/my/data"))


def test_in_large_type_the_page_says_what_the_points_buy_and_what_is_left(
    home: Client, session: Session, village: Made
) -> None:
    home.set_cookie("view", "elder")
    make_reward(session, village.id, points=30, name="食盐")
    assert "再攒 30 分能换 <b>食盐</b>" in text(home.get("/my/"))
    earn(session, village, 40)
    page = text(home.get("/my/"))
    assert "能换 <b>食盐</b>" in page
    assert "换了还剩 10 分" in page


def test_an_elders_household_reads_large_unless_it_chose_otherwise(
    client: Client, session: Session, village: Made
) -> None:
    client.open_home(remember_phone(session, village.households[2]))
    assert 'class="elder"' in text(client.get("/my/"))
    assert "data-say" in text(client.get("/my/"))
    client.get("/view/plain?next=/my/")
    assert 'class="elder"' not in text(client.get("/my/"))


def test_what_a_phone_loads_first_is_small(home: Client, app: Flask) -> None:
    import gzip
    import re

    page = text(home.get("/my/"))
    sizes = [len(gzip.compress(page.encode()))]
    for url in re.findall(r'(?:href|src)="(/static/(?:css|js)/[^"]+)"', page):
        answer = home.get(url)
        assert "immutable" in answer.headers["Cache-Control"]
        sizes.append(len(gzip.compress(answer.data)))
    assert len(sizes) == 4
    assert sum(sizes) < 60_000


def test_words_somebody_typed_are_shown_as_words(home: Client, session: Session, village: Made) -> None:
    wanted = Item(code="D4", occurred_on=TODAY, grade="义务维修", note="<b>修</b>路灯 & 水管")
    posting.record(session, village.clerk, key="w", household_id=village.household.id, wanted=wanted, now=NOW)
    posting.reverse(
        session, village.clerk, key="r", household_id=village.household.id, seq=1, reason="<i>记错</i>", now=NOW
    )
    for path in ("/my/", "/my/records"):
        page = text(home.get(path))
        assert "&lt;b&gt;修&lt;/b&gt;路灯 &amp; 水管" in page
        assert "&lt;i&gt;记错&lt;/i&gt;" in page
        assert "&amp;lt;" not in page


def test_the_goods_come_in_reach_first_and_page_by_page_with_what_was_ticked(
    home: Client, session: Session, village: Made
) -> None:
    earn(session, village, 100)
    goods = [make_reward(session, village.id, points=points, name=f"东西{points}号") for points in range(30, 160, 10)]
    gone = make_reward(session, village.id, points=5, stock=0, name="没货的")
    first = text(home.get("/my/redeem"))
    order = [first.index(f"东西{points}号") for points in (100, 90, 30, 110, 120)]
    assert order == sorted(order)  # within reach, the dearest first; then the nearest
    assert "没货的" not in first
    ticked = f"page=2&want={goods[0].id}&pieces-{goods[0].id}=3"
    second = text(home.get(f"/my/redeem?{ticked}"))
    assert "没货的" in second
    assert "东西30号 × 3" in second
    assert f'<input type="hidden" name="want" value="{goods[0].id}">' in second
    back = text(home.get(f"/my/redeem?want={goods[0].id}&pieces-{goods[0].id}=3"))
    assert f'value="{goods[0].id}" checked' in back
    assert '<option value="3" selected' in back
    assert gone.stock == 0
    for page in ("0", "-1", "x", "99999999999"):
        assert home.get(f"/my/redeem?page={page}").status_code == 200


@ON_SQLITE
def test_the_pictures_of_a_page_of_goods_weigh_little_and_wait_until_they_are_seen(
    home: Client, session: Session, village: Made
) -> None:
    assert GOODS * reward.PICTURE_BYTES <= 60_000
    oil = make_reward(session, village.id, points=10, name="食用油", picture="ab/abcdef0123456789.jpg")
    tag = text(home.get("/my/redeem")).split("<img ")[1].split(">")[0]
    assert f"/v/sx/goods/{oil.id}.jpg?v=abcdef012345" in tag
    assert 'width="72" height="72" alt="" loading="lazy"' in tag


def test_the_limit_of_the_month_and_what_is_left_of_it_are_said(home: Client, session: Session, village: Made) -> None:
    earn(session, village, 100)
    oil = make_reward(session, village.id, points=10, name="食用油", household_month_limit=2)
    assert "每月最多 2 件，这个月还能换 2 件" in text(home.get("/my/redeem"))
    home.submit(choose(home, (oil, 1)))
    assert "每月最多 2 件，这个月还能换 1 件" in text(home.get("/my/redeem"))
    home.submit(choose(home, (oil, 1)))
    assert "这个月换过 2 件，下个月再来" in text(home.get("/my/redeem"))


def test_whoever_comes_back_to_the_page_to_confirm_is_shown_what_was_redeemed(
    home: Client, session: Session, village: Made
) -> None:
    earn(session, village, 100)
    salt = make_reward(session, village.id, points=10, name="食盐")
    key = text(home.get("/my/redeem")).split('name="key" value="')[1].split('"')[0]
    check = f"{choose(home, (salt, 1))}&key={key}"
    pickup = home.submit(check).headers["Location"]
    assert home.get(check).headers["Location"] == pickup
    other = f"{choose(home, (salt, 2))}&key={key}"  # another choice from a page that the browser kept
    assert home.submit(other).headers["Location"] != pickup
    assert len(session.scalars(select(Redemption)).all()) == 2


def test_the_page_of_a_pickup_says_until_when_where_and_who_and_prints_a_slip(
    home: Client, session: Session, village: Made
) -> None:
    earn(session, village, 40)
    salt = make_reward(session, village.id, points=30, name="食盐")
    pickup = home.submit(choose(home, (salt, 1))).headers["Location"]
    page, slip = text(home.get(pickup)), text(home.get(f"{pickup}/slip"))
    code = session.scalars(select(Redemption.pickup_code)).one()
    for words in ("最晚7月15日领", "兑换窗口", "谁能领", village.household.number):
        assert words in page
    for words in (f"{code[:3]} {code[3:]}", "食盐", "2026年7月15日", village.household.head_name):
        assert words in slip
    home.submit(pickup, action="cancel")
    assert home.get(f"{pickup}/slip").headers["Location"] == pickup


def test_the_history_tells_what_was_collected_given_back_and_not_fetched(
    home: Client, session: Session, village: Made, clock: Clock
) -> None:
    earn(session, village, 100)
    salt = make_reward(session, village.id, points=1, stock=99, name="食盐")
    assert "还没有换过东西" in text(home.get("/my/redeem/history"))
    home.submit(home.submit(choose(home, (salt, 1))).headers["Location"], action="cancel")
    for key in range(22):
        receipt = redemption.reserve(
            session, village.villager(), household_id=village.household.id, lines=[(salt.id, 1)], key=f"h{key}", now=NOW
        )
        if key < 20:
            redemption.fulfil(session, village.clerk, redemption_id=receipt.redemption_id, key=f"f{key}", now=NOW)
    page = text(home.get("/my/redeem/history"))
    assert page.count("已领") == 20
    assert "取消了，积分已退" in text(home.get("/my/redeem/history?page=2"))
    assert "过期没领" not in page
    redemption.expire_due(session, village.clerk, now=NOW + timedelta(days=31))
    assert text(home.get("/my/redeem/history")).count("过期没领，积分已退") == 2
