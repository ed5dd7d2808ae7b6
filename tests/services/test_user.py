"""Staff accounts: one-time links, passwords, sessions that can be ended."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from tests.factories import NOW, Made, make_village
from villagepoints.domain.actor import ADMIN, CLERK
from villagepoints.domain.errors import BadInput, Conflict, NotAllowed, NotFound, TooManyTries
from villagepoints.models import Activity, SignInLink, User
from villagepoints.services import signing_in, staff_device
from villagepoints.services import user as users

PASSWORD = "dao-gu-feng-shou"
WRONG = "村代码、登录名、密码或动态码不对"


def add(session: Session, village: Made, login_name: str = "lin", **values: object) -> staff_device.SignedIn:
    given = {"name": "林文书", "roles": [CLERK], "key": login_name, "now": NOW, **values}
    user_id = users.add_user(session, village.actor(ADMIN), login_name=login_name, **given)  # type: ignore[arg-type]
    token = users.make_link(session, village.actor(ADMIN), user_id=user_id, now=NOW)
    return signing_in.open_link(session, token, NOW)


def with_password(session: Session, village: Made) -> staff_device.SignedIn:
    return signing_in.set_password(session, add(session, village), old="", new=PASSWORD, again=PASSWORD, now=NOW)


def found(session: Session, who: staff_device.SignedIn) -> staff_device.SignedIn | None:
    return staff_device.find(session, who.village_id, who.user_id, who.session_no, who.device_id, NOW)


def sign_in(
    session: Session, password: str, login_name: str = "lin", code: str = "sx", now=NOW
) -> staff_device.SignedIn:  # type: ignore[no-untyped-def]
    return signing_in.sign_in(session, village_code=code, login_name=login_name, password=password, now=now)


def test_a_link_signs_its_user_in_once_and_never_again(session: Session, village: Made) -> None:
    token = users.make_link(session, village.actor(ADMIN), user_id=village.users[CLERK].id, now=NOW)
    assert signing_in.look_at_link(session, token, NOW).name == village.users[CLERK].name
    assert signing_in.look_at_link(session, token, NOW).name, "looking does not use it up"
    assert signing_in.open_link(session, token, NOW).user_id == village.users[CLERK].id
    for use in (signing_in.open_link, signing_in.look_at_link):
        with pytest.raises(NotFound):
            use(session, token, NOW)


def test_only_the_hash_of_a_link_is_kept(session: Session, village: Made) -> None:
    token = users.make_link(session, village.actor(ADMIN), user_id=village.users[CLERK].id, now=NOW)
    kept = session.scalars(select(SignInLink.token_sha256)).one()
    assert len(kept) == 32
    assert token.split(".")[1].encode() not in kept


def test_any_other_text_is_no_link(session: Session, village: Made) -> None:
    for token in ["", ".", "sx.", "sx.unknown", "\0.x", "no such village.x", "sx." + "长" * 1000]:
        with pytest.raises(NotFound):
            signing_in.look_at_link(session, token, NOW)
        with pytest.raises(NotFound):
            signing_in.open_link(session, token, NOW)


def test_a_link_dies_after_a_day_and_when_a_new_one_is_made(session: Session, village: Made) -> None:
    admin, user_id = village.actor(ADMIN), village.users[CLERK].id
    old = users.make_link(session, admin, user_id=user_id, now=NOW)
    new = users.make_link(session, admin, user_id=user_id, now=NOW)
    with pytest.raises(NotFound):
        signing_in.open_link(session, old, NOW)
    with pytest.raises(NotFound):
        signing_in.open_link(session, new, NOW + timedelta(hours=24))
    assert signing_in.open_link(session, new, NOW + timedelta(hours=23))


def test_a_link_of_one_village_opens_nothing_under_the_code_of_another(session: Session, village: Made) -> None:
    make_village(session, "qt")
    token = users.make_link(session, village.actor(ADMIN), user_id=village.users[CLERK].id, now=NOW)
    with pytest.raises(NotFound):
        signing_in.open_link(session, "qt." + token.split(".")[1], NOW)


def test_signing_in_takes_village_name_and_password_in_any_case_of_the_first_two(
    session: Session, village: Made
) -> None:
    with_password(session, village)
    assert sign_in(session, PASSWORD, " LIN ", "SX").name == "林文书"


def test_wrong_village_wrong_name_and_wrong_password_are_answered_alike(session: Session, village: Made) -> None:
    with_password(session, village)
    for asked in (
        {"password": "x" * 12},
        {"password": PASSWORD, "login_name": "nobody"},
        {"password": PASSWORD, "code": "zz"},
    ):
        with pytest.raises(NotAllowed, match=WRONG):
            sign_in(session, **asked)  # type: ignore[arg-type]


def test_after_eight_wrong_passwords_there_is_a_pause_even_for_the_right_one(session: Session, village: Made) -> None:
    with_password(session, village)
    for _ in range(8):
        with pytest.raises(NotAllowed):
            sign_in(session, "wrong-wrong")
    with pytest.raises(TooManyTries):
        sign_in(session, PASSWORD)
    assert sign_in(session, PASSWORD, now=NOW + timedelta(minutes=16))


def test_a_weak_password_is_refused_and_nothing_changes(session: Session, village: Made) -> None:
    signed_in = add(session, village)
    with pytest.raises(BadInput, match="至少 10 位"):
        signing_in.set_password(session, signed_in, old="", new="short", again="short", now=NOW)
    with pytest.raises(BadInput, match="不一样"):
        signing_in.set_password(session, signed_in, old="", new=PASSWORD, again=PASSWORD + "x", now=NOW)
    assert session.get_one(User, (village.id, signed_in.user_id)).password_hash is None


def test_changing_a_password_asks_for_the_old_one_and_ends_other_sessions(session: Session, village: Made) -> None:
    signed_in = with_password(session, village)
    with pytest.raises(NotAllowed):
        signing_in.set_password(
            session, signed_in, old="not this", new="another-good-one", again="another-good-one", now=NOW
        )
    fresh = signing_in.set_password(
        session, signed_in, old=PASSWORD, new="another-good-one", again="another-good-one", now=NOW
    )
    assert found(session, signed_in) is None
    assert found(session, fresh)
    kept = session.get_one(User, (village.id, fresh.user_id)).password_hash
    assert kept
    assert kept.startswith("scrypt:")


def test_signing_out_everywhere_ends_every_session(session: Session, village: Made) -> None:
    signed_in = add(session, village)
    staff_device.sign_out_everywhere(session, signed_in.actor, NOW)
    assert found(session, signed_in) is None


def test_a_closed_account_has_no_sessions_links_or_sign_in(session: Session, village: Made) -> None:
    signed_in = with_password(session, village)
    admin = village.actor(ADMIN)
    token = users.make_link(session, admin, user_id=signed_in.user_id, now=NOW)
    users.set_active(session, admin, user_id=signed_in.user_id, is_active=False, key="close", now=NOW)
    assert found(session, replace(signed_in, session_no=signed_in.session_no + 1)) is None
    for refused in (lambda: signing_in.open_link(session, token, NOW), lambda: sign_in(session, PASSWORD)):
        with pytest.raises((NotFound, NotAllowed)):
            refused()


def test_only_an_administrator_or_a_command_manages_accounts(session: Session, village: Made) -> None:
    given = {"login_name": "new", "name": "新人", "roles": [CLERK], "key": "k", "now": NOW}
    for actor in (village.clerk, village.villager()):
        with pytest.raises(NotAllowed):
            users.add_user(session, actor, **given)  # type: ignore[arg-type]
        with pytest.raises(NotAllowed):
            users.make_link(session, actor, user_id=village.users[CLERK].id, now=NOW)
    with pytest.raises(NotAllowed):
        own = village.users[ADMIN].id
        users.set_active(session, village.actor(ADMIN), user_id=own, is_active=False, key="self", now=NOW)


def test_a_login_name_is_taken_once_and_the_same_key_adds_one(session: Session, village: Made) -> None:
    given = {"login_name": "lin", "name": "林", "roles": [CLERK], "now": NOW}
    first = users.add_user(session, village.actor(ADMIN), **given, key="one")  # type: ignore[arg-type]
    assert users.add_user(session, village.actor(ADMIN), **given, key="one") == first  # type: ignore[arg-type]
    with pytest.raises(Conflict):
        users.add_user(session, village.actor(ADMIN), **{**given, "login_name": "LIN"}, key="two")  # type: ignore[arg-type]


def test_an_account_needs_a_name_and_a_role_that_exist(session: Session, village: Made) -> None:
    for wrong in [{"login_name": "a b"}, {"name": " "}, {"roles": []}]:
        given = {"login_name": "lin", "name": "林", "roles": [CLERK], "key": "k", "now": NOW, **wrong}
        with pytest.raises(BadInput):
            users.add_user(session, village.actor(ADMIN), **given)  # type: ignore[arg-type]


def test_every_act_on_accounts_stands_in_the_trail(session: Session, village: Made) -> None:
    with_password(session, village)
    actions = set(session.scalars(select(Activity.action).where(Activity.village_id == village.id)))
    assert {"user.added", "user.link_made", "user.password_set"} <= actions
