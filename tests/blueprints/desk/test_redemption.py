"""Goods over the counter: by code, by hand, and back again."""

from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from tests.factories import NOW, TODAY, Clock, Made, make_reward, make_village
from tests.pages import Client, forms
from villagepoints.models import Household, Redemption, Reward
from villagepoints.services import posting, redemption
from villagepoints.services.posting import Item
from villagepoints.services.redemption import Receipt


def earn(session: Session, village: Made, points: int) -> None:
    for n in range(points // 50):
        wanted = Item(code="D4", occurred_on=TODAY, grade="献血")
        posting.record(session, village.clerk, key=f"e{n}", household_id=village.household.id, wanted=wanted, now=NOW)


@pytest.fixture
def oil(session: Session, village: Made) -> Reward:
    earn(session, village, 500)
    return make_reward(session, village.id, points=200, stock=3)


@pytest.fixture
def reserved(session: Session, village: Made, oil: Reward) -> Receipt:
    home = village.household.id
    return redemption.reserve(session, village.villager(), household_id=home, lines=[(oil.id, 1)], key="r", now=NOW)


def state(session: Session, village: Made, oil: Reward) -> tuple[str, int, int]:
    """Status of the redemption, balance, stock."""
    session.rollback()
    status = session.scalars(select(Redemption.status)).one()
    balance = session.scalars(select(Household.balance).where(Household.id == village.household.id)).one()
    return status, balance, session.scalars(select(Reward.stock).where(Reward.id == oil.id)).one()


def test_a_typed_or_scanned_code_shows_who_and_what_before_anything_is_confirmed(
    session: Session, village: Made, clerk: Client, oil: Reward, reserved: Receipt
) -> None:
    code = str(reserved.pickup_code)
    for typed in (
        code,
        f" {code[:3]} {code[3:]} ",
        f"HTTP://X/PICKUP/{code}",
        "".join(chr(ord(c) + 0xFEE0) for c in code),
    ):
        answer = clerk.get("/desk/redemptions/code", query_string={"code": typed})
        assert answer.location == f"/desk/redemptions/{reserved.redemption_id}", typed
    page = clerk.get(answer.location).get_data(as_text=True)
    assert "张建国" in page
    assert "食用油 5 升 ×1" in page
    assert state(session, village, oil) == ("reserved", 300, 2)


def test_handing_over_moves_neither_points_nor_stock_again(
    session: Session, village: Made, clerk: Client, oil: Reward, reserved: Receipt
) -> None:
    address = f"/desk/redemptions/{reserved.redemption_id}"
    answer = clerk.submit(address, action="/fulfil")
    assert "已发放" in clerk.get(answer.location).get_data(as_text=True)
    assert state(session, village, oil) == ("fulfilled", 300, 2)


def test_a_stale_page_says_that_the_goods_are_gone(clerk: Client, reserved: Receipt, as_role) -> None:  # type: ignore[no-untyped-def]
    address = f"/desk/redemptions/{reserved.redemption_id}"
    page = clerk.get(address).get_data(as_text=True)
    as_role("counter").submit(address, action="/fulfil")
    token = page.split('name="csrf_token" value="')[1].split('"')[0]
    answer = clerk.post(f"{address}/fulfil", data={"csrf_token": token, "key": "late"})
    assert answer.status_code == 422
    assert "已经领走了" in answer.get_data(as_text=True)


def test_a_wrong_hand_over_is_undone_with_a_reason(
    session: Session, village: Made, clerk: Client, oil: Reward, reserved: Receipt
) -> None:
    address = f"/desk/redemptions/{reserved.redemption_id}"
    clerk.submit(address, action="/fulfil")
    assert "请写明为什么撤回" in clerk.submit(address, action="/undo", reason="").get_data(as_text=True)
    assert clerk.submit(address, action="/undo", reason="给错了人").status_code == 302
    assert state(session, village, oil) == ("reserved", 300, 2)


def test_cancelling_gives_points_and_stock_back(
    session: Session, village: Made, clerk: Client, oil: Reward, reserved: Receipt
) -> None:
    clerk.submit(f"/desk/redemptions/{reserved.redemption_id}", action="/cancel", reason="不要了")
    assert state(session, village, oil) == ("cancelled", 500, 3)


def test_a_code_that_is_none_says_what_to_do(clerk: Client, reserved: Receipt) -> None:
    for typed, sentence in (
        ("12", "6 位数字，这里收到 2 位"),
        ("", "收到 0 位"),
        ("x" * 500, "收到 0 位"),
        ("\0", "收到 0 位"),
        (f"{(int(str(reserved.pickup_code)) + 1) % 1_000_000:06d}", "本村没有领取码是"),
    ):
        answer = clerk.get("/desk/redemptions/code", query_string={"code": typed})
        assert answer.status_code == 404
        assert sentence in answer.get_data(as_text=True)


def test_what_waits_is_listed_and_can_be_searched(village: Made, clerk: Client, reserved: Receipt) -> None:
    link = f"/desk/redemptions/{reserved.redemption_id}"
    for query in ("", "?who=001", "?who=张建国", f"?who={reserved.pickup_code}", "?channel=self"):
        assert link in clerk.get(f"/desk/redemptions{query}").get_data(as_text=True), query
    for query in ("?who=002", "?channel=counter", "?status=fulfilled", "?status=soon"):
        assert link not in clerk.get(f"/desk/redemptions{query}").get_data(as_text=True), query


def test_what_runs_out_within_five_days_is_listed_alone(
    village: Made, clerk: Client, reserved: Receipt, clock: Clock
) -> None:
    link = f"/desk/redemptions/{reserved.redemption_id}"
    clock.now += timedelta(days=24)
    assert link not in clerk.get("/desk/redemptions?status=soon").get_data(as_text=True)
    clock.now += timedelta(days=1)
    page = clerk.get("/desk/redemptions?status=soon").get_data(as_text=True)
    assert link in page
    assert "还剩 5 天" in page


def test_a_redemption_of_another_village_is_not_found(session: Session, clerk: Client, reserved: Receipt) -> None:
    other = make_village(session, "qt")
    goods = make_reward(session, other.id, points=50)
    earn(session, other, 50)
    home = other.household.id
    theirs = redemption.reserve(session, other.villager(), household_id=home, lines=[(goods.id, 1)], key="o", now=NOW)
    assert clerk.get(f"/desk/redemptions/{theirs.redemption_id}").status_code == 404
    answer = clerk.get("/desk/redemptions/code", query_string={"code": theirs.pickup_code})
    assert answer.status_code == 404


def serve(clerk: Client, village: Made, wanted: dict[UUID, str], **fields: str):  # type: ignore[no-untyped-def]
    pieces = {f"reward-{id_}": text for id_, text in wanted.items()}
    return clerk.submit(f"/desk/counter/{village.household.id}", **pieces, **fields)


def confirm(clerk: Client, shown):  # type: ignore[no-untyped-def]
    form = next(form for form in forms(shown.get_data(as_text=True)) if form.has(["step"]))
    return clerk.post(form.action, data=form.fields)


def test_somebody_without_a_phone_is_served_after_a_second_look(
    session: Session, village: Made, clerk: Client, oil: Reward
) -> None:
    shown = serve(clerk, village, {oil.id: "2"})
    page = shown.get_data(as_text=True)
    assert shown.status_code == 200
    assert "食用油 5 升 ×2" in page
    assert "100 分" in page
    assert session.scalars(select(Redemption)).all() == [], "nothing is taken before it is confirmed"
    answer = confirm(clerk, shown)
    assert confirm(clerk, shown).location == answer.location, "a second click is the same redemption"
    assert "用了 400 分，还余 100 分" in clerk.get(answer.location).get_data(as_text=True)
    assert state(session, village, oil) == ("fulfilled", 100, 1)
    assert session.scalars(select(Redemption.channel)).one() == "counter"


def test_a_proxy_is_named(session: Session, village: Made, clerk: Client, oil: Reward) -> None:
    refused = serve(clerk, village, {oil.id: "1"}, channel="proxy")
    assert "代办要写上代办人的姓名" in refused.get_data(as_text=True)
    confirm(clerk, serve(clerk, village, {oil.id: "1"}, channel="proxy", proxy_name="女儿张敏"))
    row = session.scalars(select(Redemption)).one()
    assert (row.channel, row.proxy_name) == ("proxy", "女儿张敏")


def test_what_cannot_be_taken_is_said_with_its_numbers_and_changes_nothing(
    session: Session, village: Made, clerk: Client, oil: Reward
) -> None:
    for text, sentence in (
        ("", "还没有选东西"),
        ("3", "还差 100 分"),
        ("4", "只剩 3 件"),
        ("-1", "件数要在 1 到 99"),
        ("两", "件数「两」读不懂"),
        ("9" * 30, "读不懂"),
    ):
        answer = serve(clerk, village, {oil.id: text})
        assert answer.status_code == 422, text
        assert sentence in answer.get_data(as_text=True), text
    assert session.scalars(select(Redemption)).all() == []
    assert session.scalars(select(Reward.stock)).one() == 3
