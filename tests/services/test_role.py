"""Who gives which roles: two administrators where it matters, never one's own, and never the last one's away."""

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from tests.factories import NOW, Made, actor, make_user
from villagepoints.domain.actor import ADMIN, CLERK, COUNTER, GRID_WORKER, REVIEWER, Actor
from villagepoints.domain.errors import BadInput, Conflict, NotAllowed, NotFound
from villagepoints.models import Activity, RoleChange, User
from villagepoints.services import role, role_check, staff_device
from villagepoints.services import user as users


@pytest.fixture
def second(session: Session, village: Made) -> Actor:
    """Another administrator."""
    return actor(make_user(session, village.id, ADMIN, name="沈管理"))


def roles_of(session: Session, village: Made, user_id: object) -> list[str]:
    session.rollback()
    session.expire_all()
    return list(session.get_one(User, (village.id, user_id)).roles)


def change(session: Session, village: Made, by: Actor, roles: list[str], key: str = "c", who: str = CLERK) -> bool:
    return role.change(session, by, user_id=village.users[who].id, roles=roles, key=key, now=NOW)


def test_one_administrator_alone_makes_neither_reviewer_nor_administrator(session: Session, village: Made) -> None:
    admin = village.actor(ADMIN)
    for roles in ([CLERK, REVIEWER], [ADMIN]):
        with pytest.raises(NotAllowed, match="现在只有一位"):
            change(session, village, admin, roles)
    given = {"login_name": "lin", "name": "林", "roles": [REVIEWER], "key": "a", "now": NOW}
    with pytest.raises(NotAllowed, match="现在只有一位"):
        users.add_user(session, admin, **given)  # type: ignore[arg-type]
    assert roles_of(session, village, village.users[CLERK].id) == [CLERK]
    assert users.add_user(session, Actor(village.id), **given), "the server's own command may"  # type: ignore[arg-type]


def test_a_second_administrator_agrees_and_only_then_it_counts(session: Session, village: Made, second: Actor) -> None:
    admin, clerk = village.actor(ADMIN), village.users[CLERK].id
    assert change(session, village, admin, [CLERK, REVIEWER]) is False
    assert roles_of(session, village, clerk) == [CLERK]
    (waiting,) = role.waiting(session, village.id)
    assert (waiting.before, waiting.after) == ((CLERK,), (CLERK, REVIEWER))
    decided = {"change_id": waiting.id, "agrees": True, "now": NOW}
    with pytest.raises(NotAllowed, match="另一位管理员"):
        role.decide(session, admin, **decided, key="d1")  # type: ignore[arg-type]
    with pytest.raises(NotAllowed):
        role.decide(session, village.clerk, **decided, key="d2")  # type: ignore[arg-type]
    role.decide(session, second, **decided, key="d3")  # type: ignore[arg-type]
    assert roles_of(session, village, clerk) == [CLERK, REVIEWER]
    with pytest.raises(Conflict):
        role.decide(session, second, **decided, key="d4")  # type: ignore[arg-type]
    (act,) = session.scalars(select(Activity).where(Activity.action == "user.roles_changed"))
    assert (act.subject, act.detail) == (clerk, {"before": [CLERK], "after": [CLERK, REVIEWER]})


def test_nobody_agrees_to_roles_of_their_own(session: Session, village: Made, second: Actor) -> None:
    third = actor(make_user(session, village.id, ADMIN))
    for by, roles, key in ((third, [CLERK, REVIEWER], "1"), (third, [ADMIN], "2")):
        change(session, village, by, roles, key)
    (waiting,) = role.waiting(session, village.id)
    assert waiting.after == (ADMIN,), "what is asked last stands in place of what waited before"
    candidate = Actor(village.id, user_id=village.users[CLERK].id, roles=frozenset([ADMIN]))
    with pytest.raises(NotAllowed, match="本人"):
        role.decide(session, candidate, change_id=waiting.id, agrees=True, key="3", now=NOW)


def test_a_refused_change_changes_nothing(session: Session, village: Made, second: Actor) -> None:
    change(session, village, village.actor(ADMIN), [CLERK, REVIEWER])
    (waiting,) = role.waiting(session, village.id)
    role.decide(session, second, change_id=waiting.id, agrees=False, key="d", now=NOW)
    assert role.waiting(session, village.id) == []
    assert roles_of(session, village, village.users[CLERK].id) == [CLERK]


def test_other_roles_are_given_by_one_and_nobody_changes_their_own(session: Session, village: Made) -> None:
    admin = village.actor(ADMIN)
    assert change(session, village, admin, [GRID_WORKER, COUNTER])
    assert change(session, village, admin, [GRID_WORKER, COUNTER]), "the same request again"
    for refused, error in (
        (lambda: change(session, village, admin, [CLERK], "x", ADMIN), NotAllowed),
        (lambda: change(session, village, village.clerk, [CLERK], "y"), NotAllowed),
        (lambda: change(session, village, admin, [GRID_WORKER, COUNTER], "z"), Conflict),
        (lambda: change(session, village, admin, [], "w"), BadInput),
        (lambda: role.change(session, admin, user_id=village.id, roles=[CLERK], key="v", now=NOW), NotFound),
    ):
        with pytest.raises(error):
            refused()


def test_the_last_administrator_stays(session: Session, village: Made, second: Actor) -> None:
    first, other = village.actor(ADMIN), second.user_id
    assert other
    users.set_active(session, first, user_id=other, is_active=False, key="1", now=NOW)
    for by in (second, Actor(village.id)):
        with pytest.raises(NotAllowed, match="只剩这一位"):
            users.set_active(session, by, user_id=village.users[ADMIN].id, is_active=False, key=f"2{by}"[:60], now=NOW)
        with pytest.raises(NotAllowed, match="只剩这一位"):
            change(session, village, by, [CLERK], f"3{by}"[:60], ADMIN)


def test_reopening_an_account_leaves_out_what_two_have_to_give(session: Session, village: Made) -> None:
    admin, reviewer = village.actor(ADMIN), village.users[REVIEWER]
    signed_in = staff_device.find(session, village.id, reviewer.id, 1, reviewer.id, NOW)
    assert signed_in
    for is_active in (False, True):
        users.set_active(session, admin, user_id=reviewer.id, is_active=is_active, key=str(is_active), now=NOW)
    assert roles_of(session, village, reviewer.id) == []
    assert staff_device.devices(session, village.id, reviewer.id, NOW) == []


def test_an_account_that_holds_both_from_before_works_with_points_only(session: Session, village: Made) -> None:
    both = make_user(session, village.id, CLERK, ADMIN)
    found = staff_device.find(session, village.id, both.id, 1, both.id, NOW)
    assert found
    assert found.roles == {CLERK}
    with pytest.raises(NotAllowed, match="只剩这一位"):
        users.set_active(session, Actor(village.id), user_id=village.users[ADMIN].id, is_active=False, key="k", now=NOW)


def test_roles_given_past_the_trail_are_found(session: Session, village: Made, second: Actor) -> None:
    """The planted bugs: a role written into the table, and a change that one person asked for and agreed to."""
    admin = village.actor(ADMIN)
    given = {"login_name": "lin", "name": "林", "roles": [CLERK], "key": "a", "now": NOW}
    lin = users.add_user(session, admin, **given)  # type: ignore[arg-type]
    role.change(session, admin, user_id=lin, roles=[COUNTER], key="b", now=NOW)
    users.set_active(session, admin, user_id=lin, is_active=False, key="c", now=NOW)
    users.set_active(session, admin, user_id=lin, is_active=True, key="d", now=NOW)
    role.change(session, admin, user_id=lin, roles=[REVIEWER], key="e", now=NOW)
    (waiting,) = role.waiting(session, village.id)
    role.decide(session, second, change_id=waiting.id, agrees=True, key="f", now=NOW)
    assert list(role_check.wrong_roles(session, village.id)) == []
    session.get_one(User, (village.id, lin)).roles = [REVIEWER, CLERK]
    session.get_one(RoleChange, (village.id, waiting.id)).decided_by = admin.user_id
    session.commit()
    assert len(list(role_check.wrong_roles(session, village.id))) == 2
