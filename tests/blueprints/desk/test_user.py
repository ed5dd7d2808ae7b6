"""The administrator's page of people."""

from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from tests.factories import Made, make_village
from tests.pages import Client
from villagepoints.domain.actor import ADMIN, CLERK
from villagepoints.models import User


def test_somebody_new_is_added_and_signs_in_by_the_link(app: Flask, session: Session, village: Made, as_role) -> None:  # type: ignore[no-untyped-def]
    admin: Client = as_role(ADMIN)
    page = admin.submit("/desk/users", name="林文书", login_name="Lin", roles=["clerk", "reviewer"], household="001")
    text = page.get_data(as_text=True)
    path = "/auth/link/" + text.split("/auth/link/")[1].split("<")[0]
    user = session.scalars(select(User).where(User.login_name == "lin")).one()
    assert (user.roles, user.household_id) == (["clerk", "reviewer"], village.household.id)
    newcomer = app.test_client()
    assert newcomer.submit(path).status_code == 302  # type: ignore[attr-defined]
    assert "林文书" in newcomer.get("/desk/").get_data(as_text=True)


def test_what_is_wrong_with_a_new_account_is_said_beside_the_form(session: Session, village: Made, as_role) -> None:  # type: ignore[no-untyped-def]
    admin: Client = as_role(ADMIN)
    for fields, sentence in (
        ({"roles": []}, "至少选一个角色"),
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
    as_role(ADMIN).submit("/desk/users", action=f"{village.users[CLERK].id}/active")
    assert clerk.get("/desk/").status_code == 302


def test_people_of_another_village_cannot_be_touched(session: Session, village: Made, as_role) -> None:  # type: ignore[no-untyped-def]
    theirs = make_village(session, "qt").users[CLERK]
    admin: Client = as_role(ADMIN)
    token = admin.get("/desk/users").get_data(as_text=True).split('name="csrf_token" value="')[1].split('"')[0]
    for act in ("link", "active"):
        answer = admin.post(f"/desk/users/{theirs.id}/{act}", data={"csrf_token": token, "key": act})
        assert answer.status_code == 404, act


def test_only_an_administrator_sees_the_page(clerk: Client) -> None:
    assert clerk.get("/desk/users").status_code == 403
