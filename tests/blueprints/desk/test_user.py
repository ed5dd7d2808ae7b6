"""The administrators' pages of people, and what everybody sees of their own account."""

import re

import pyotp
import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from tests.factories import NOW, Clock, Made, make_user, make_village
from tests.pages import Client
from villagepoints.domain.actor import ADMIN, CLERK, COUNTER, GRID_WORKER, REVIEWER
from villagepoints.models import RoleChange, StaffRule, User
from villagepoints.services import user as users


def link_of(page: str) -> str:
    return "/auth/link/" + page.split("/auth/link/")[1].split("<")[0]


def browser(app: Flask, user: User) -> Client:
    client: Client = app.test_client()  # type: ignore[assignment]
    client.sign_in(user)
    return client


def test_somebody_new_is_added_and_signs_in_by_the_link(app: Flask, session: Session, village: Made, as_role) -> None:  # type: ignore[no-untyped-def]
    admin: Client = as_role(ADMIN)
    page = admin.submit("/desk/users", name="林文书", login_name="Lin", roles=["clerk", "counter"], household="001")
    path = link_of(page.get_data(as_text=True))
    user = session.scalars(select(User).where(User.login_name == "lin")).one()
    assert (user.roles, user.household_id) == (["clerk", "counter"], village.household.id)
    newcomer = app.test_client()
    assert newcomer.submit(path).status_code == 302  # type: ignore[attr-defined]
    assert "林文书" in newcomer.get("/desk/").get_data(as_text=True)


def test_a_reviewer_takes_two_administrators(app: Flask, session: Session, village: Made, as_role) -> None:  # type: ignore[no-untyped-def]
    admin: Client = as_role(ADMIN)
    new = {"name": "林", "login_name": "lin", "roles": [GRID_WORKER, REVIEWER]}
    assert "现在只有一位" in admin.submit("/desk/users", **new).get_data(as_text=True)
    second = browser(app, make_user(session, village.id, ADMIN, name="沈管理"))
    assert admin.submit("/desk/users", **new).status_code == 200
    lin = session.scalars(select(User).where(User.login_name == "lin")).one()
    assert lin.roles == [GRID_WORKER]
    wanted = session.scalars(select(RoleChange)).one()
    assert 'value="agree"' not in admin.get("/desk/users").get_data(as_text=True)
    page = second.get("/desk/users").get_data(as_text=True)
    assert "等另一位管理员同意的角色" in page
    assert second.submit("/desk/users", action=f"{wanted.id}", decision="agree").status_code == 302
    session.expire_all()
    session.rollback()
    assert session.get_one(User, (village.id, lin.id)).roles == [GRID_WORKER, REVIEWER]


def test_what_is_wrong_with_a_new_account_is_said_beside_the_form(session: Session, village: Made, as_role) -> None:  # type: ignore[no-untyped-def]
    admin: Client = as_role(ADMIN)
    for fields, sentence in (
        ({"roles": []}, "至少选一个角色"),
        ({"roles": [ADMIN, CLERK]}, "管账号的不能管积分"),
        ({"login_name": "a b"}, "登录名要"),
        ({"household": "没有"}, "没有户号「没有」"),
        ({"name": ""}, "请填姓名"),
    ):
        typed = {"name": "林", "login_name": "lin", "roles": ["clerk"], **fields}
        answer = admin.submit("/desk/users", **typed)
        assert answer.status_code == 422, fields
        assert sentence in answer.get_data(as_text=True), fields
    assert session.scalars(select(User).where(User.login_name == "lin")).all() == []


def test_a_closed_account_is_signed_out_at_once(session: Session, village: Made, as_role, clerk: Client) -> None:  # type: ignore[no-untyped-def]
    assert clerk.get("/desk/").status_code == 200
    page = f"/desk/users/{village.users[CLERK].id}"
    admin: Client = as_role(ADMIN)
    admin.submit(page, action="/active")
    assert clerk.get("/desk/").status_code == 302
    assert "重新开通" in admin.get(page).get_data(as_text=True)


def test_a_link_is_taken_back_and_then_opens_nothing(app: Flask, village: Made, as_role) -> None:  # type: ignore[no-untyped-def]
    admin: Client = as_role(ADMIN)
    page = f"/desk/users/{village.users[CLERK].id}"
    path = link_of(admin.submit(page, action="/link").get_data(as_text=True))
    assert admin.submit(page, action="/link/withdraw").status_code == 302
    assert app.test_client().get(path).status_code == 404
    assert "/link/withdraw" not in admin.get(page).get_data(as_text=True)


def test_people_of_another_village_cannot_be_touched(session: Session, village: Made, as_role) -> None:  # type: ignore[no-untyped-def]
    theirs = make_village(session, "qt").users[CLERK]
    admin: Client = as_role(ADMIN)
    token = admin.get("/desk/users").get_data(as_text=True).split('name="csrf_token" value="')[1].split('"')[0]
    for act in ("", "/link", "/link/withdraw", "/active", "/second-factor"):
        sent = {"csrf_token": token, "key": act or "roles", "roles": [COUNTER]}
        answer = admin.post(f"/desk/users/{theirs.id}{act}", data=sent)
        assert answer.status_code == 404, act


def test_only_an_administrator_sees_the_pages_and_an_administrator_writes_no_points(
    village: Made,
    clerk: Client,
    as_role,  # type: ignore[no-untyped-def]
) -> None:
    for page in ("/desk/users", f"/desk/users/{village.users[CLERK].id}", "/desk/unused-users"):
        assert clerk.get(page).status_code == 403
    admin: Client = as_role(ADMIN)
    for page in ("/desk/entry", f"/desk/households/{village.household.id}/entry", "/desk/sheet"):
        assert admin.get(page).status_code in (403, 404), page


def test_the_table_of_roles_is_read_off_the_views(as_role) -> None:  # type: ignore[no-untyped-def]
    page = as_role(ADMIN).get("/desk/users").get_data(as_text=True)
    rows = {row.split("</b>")[0].split("<b>")[1]: row for row in page.split("谁能做什么")[1].split("<tr>")[2:]}
    cells = {name: re.findall(r"<td class=\"small\"[^>]*>([^<]*)<", row) for name, row in rows.items()}
    assert "审核" in cells["审核人"][0]
    assert "审核" not in cells["管理员"][0]
    assert "审核" not in cells["管理员"][1]
    assert cells["镇里"] == ["—", "—", "—"]


def test_one_is_told_that_somebody_made_a_link_for_them_even_after_it_was_used(
    app: Flask, session: Session, village: Made, clock: Clock, clerk: Client
) -> None:
    token = users.make_link(session, village.actor(ADMIN), user_id=village.users[CLERK].id, now=NOW)
    intruder = app.test_client()
    assert "别人动过" not in intruder.submit(f"/auth/link/{token}").get_data(as_text=True)  # type: ignore[attr-defined]
    assert "别人动过你的账号" not in intruder.get("/desk/").get_data(as_text=True), "nothing new to whoever uses it"
    clock.now = clock.now.replace(hour=clock.now.hour + 2)
    assert "做了登录链接" in clerk.get("/desk/").get_data(as_text=True)
    assert "别人动过你的账号" not in clerk.get("/desk/").get_data(as_text=True), "said once on a device that stays in"
    assert "做了登录链接" in clerk.get("/auth/account").get_data(as_text=True)


def test_a_copied_cookie_dies_with_its_sign_out_and_with_its_device(app: Flask, village: Made, clerk: Client) -> None:
    thief: Client = app.test_client()  # type: ignore[assignment]
    thief.sign_in(village.users[CLERK])
    assert thief.get("/desk/").status_code == 200
    assert clerk.submit("/desk/", action="sign-out").status_code == 302
    assert thief.get("/desk/").status_code == 302


def test_a_device_is_ended_from_another_one(app: Flask, session: Session, village: Made, clerk: Client) -> None:
    token = users.make_link(session, village.actor(ADMIN), user_id=village.users[CLERK].id, now=NOW)
    office: Client = app.test_client()  # type: ignore[assignment]
    office.environ_base["HTTP_USER_AGENT"] = "Mozilla/5.0 (Windows NT 10.0) Chrome/109.0 Safari/537.36"
    office.submit(f"/auth/link/{token}")
    page = office.get("/auth/account").get_data(as_text=True)
    assert "Windows 电脑 · Chrome" in page
    assert office.submit("/auth/account", action="/devices/").status_code == 302
    assert (clerk.get("/desk/").status_code, office.get("/desk/").status_code) == (302, 200)


def test_a_second_factor_is_set_up_and_then_asked_for(
    app: Flask, session: Session, village: Made, clerk: Client
) -> None:
    assert clerk.submit("/auth/account", action="begin").status_code == 302
    page = clerk.get("/auth/second-factor").get_data(as_text=True)
    secret = page.split('class="link-once">')[1].split("<")[0]
    assert 'role="img"' in page
    wrong = clerk.submit("/auth/second-factor", code="000000")
    assert (wrong.status_code, "还没有开" in wrong.get_data(as_text=True)) == (403, True)
    shown = clerk.submit("/auth/second-factor", code=pyotp.TOTP(secret).at(NOW)).get_data(as_text=True)
    codes = re.findall(r"[A-Z0-9]{5}-[A-Z0-9]{5}", shown)
    assert len(codes) == 8
    assert secret not in clerk.get("/auth/second-factor").get_data(as_text=True)
    token = users.make_link(session, village.actor(ADMIN), user_id=village.users[CLERK].id, now=NOW)
    other: Client = app.test_client()  # type: ignore[assignment]
    answer = other.submit(f"/auth/link/{token}", code="123456")
    assert (answer.status_code, "链接还能用" in answer.get_data(as_text=True)) == (403, True)
    assert other.submit(f"/auth/link/{token}", code=codes[0]).status_code == 302


def test_approving_waits_for_a_second_factor_where_the_village_demands_it(
    session: Session,
    village: Made,
    clock: Clock,
    as_role,
    clerk: Client,  # type: ignore[no-untyped-def]
) -> None:
    admin: Client = as_role(ADMIN)
    assert "由管理员来定" in clerk.get("/desk/settings").get_data(as_text=True)
    admin.submit("/desk/settings", action="second-factor")
    assert "2026年6月29日" in admin.get("/desk/settings").get_data(as_text=True)
    assert session.scalars(select(StaffRule.second_factor_from)).one()
    page = clerk.get("/desk/claims").get_data(as_text=True)
    token = page.split('name="csrf_token" value="')[1].split('"')[0]
    assert clerk.post("/desk/claims", data={"csrf_token": token, "key": "1"}).status_code == 422, "nothing was ticked"
    clock.now = clock.now.replace(day=30)
    refused = clerk.post("/desk/claims", data={"csrf_token": token, "key": "2"})
    assert (refused.status_code, "先开动态码" in refused.get_data(as_text=True)) == (403, True)
    assert clerk.get("/desk/claims").status_code == 200
    lifted = admin.submit("/desk/settings", action="second-factor").get_data(as_text=True)
    assert "先开动态码" in lifted, "whom it binds does not lift it"


@pytest.mark.parametrize("act", ["look", "stop"])
def test_unused_accounts_are_looked_through(village: Made, clock: Clock, as_role, act: str) -> None:  # type: ignore[no-untyped-def]
    admin: Client = as_role(ADMIN)
    clock.now = clock.now.replace(month=9, day=12)
    page = admin.get("/desk/unused-users").get_data(as_text=True)
    assert "没有。开着的账号都有人在用" in page
    clock.now = clock.now.replace(month=9, day=30)
    page = admin.get("/desk/unused-users").get_data(as_text=True)
    if act == "look":
        assert "还没看" in page
        assert admin.submit("/desk/unused-users", action="unused-users").status_code == 302
        assert "看过了" in admin.get("/desk/unused-users").get_data(as_text=True)
    else:
        assert admin.submit("/desk/unused-users", action="/active").status_code == 302


def test_the_trail_says_in_words_who_did_what(village: Made, session: Session, as_role) -> None:  # type: ignore[no-untyped-def]
    admin: Client = as_role(ADMIN)
    page = f"/desk/users/{village.users[CLERK].id}"
    admin.submit(page, roles=[COUNTER, GRID_WORKER])
    shown = admin.get("/desk/trail?kind=user").get_data(as_text=True)
    assert "改了角色" in shown
    assert "角色：文书 → 网格员、窗口" in shown
    assert f'href="{page}"' in shown
    book = admin.get("/desk/trail?kind=user&out=xlsx")
    assert book.mimetype.endswith("sheet")
    for query in (
        "day=2026-06-15&who=x",
        f"day=never&who={village.users[ADMIN].id}",
        "kind=%00&page=9",
        "day=9999-12-31",
        "day=0001-01-01",
    ):
        assert admin.get(f"/desk/trail?{query}").status_code == 200, query
