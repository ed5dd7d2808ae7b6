"""What a login name, a password and roles must look like."""

import pytest

from villagepoints.domain import user
from villagepoints.domain.actor import ADMIN, CLERK, COUNTER, REVIEWER, SUPERVISOR
from villagepoints.domain.errors import BadInput


@pytest.mark.parametrize(
    ("password", "sentence"),
    [
        ("short", "至少 10 位"),
        ("aaaaaaaaaaaa", "太好猜"),
        ("0123456789", "太好猜"),
        ("9876543210", "太好猜"),
        ("linlinlinlin", "太好猜"),
        ("x" * 300, "最多"),
    ],
)
def test_a_password_that_is_soon_guessed_is_refused(password: str, sentence: str) -> None:
    with pytest.raises(BadInput, match=sentence):
        user.check_password(password, names=("lin",))


@pytest.mark.parametrize("password", ["dao-gu-feng-shou", "稻谷丰收在望今年不错", "lin lin and a hat"])
def test_a_long_enough_password_is_taken(password: str) -> None:
    user.check_password(password, names=("lin", ""))


@pytest.mark.parametrize("login_name", ["", "x", "a b", "😀😀", "-ab", "a" * 41, "a\0b", "<b>"])
def test_a_login_name_that_cannot_be_typed_is_refused(login_name: str) -> None:
    with pytest.raises(BadInput):
        user.check_login_name(login_name)


def test_a_login_name_is_kept_in_lower_case() -> None:
    assert user.check_login_name("  Lin.Wen-Shu ") == "lin.wen-shu"
    assert user.check_login_name("林文书") == "林文书"


@pytest.mark.parametrize("roles", [[], ["king"], [CLERK, "king"]])
def test_roles_must_exist(roles: list[str]) -> None:
    with pytest.raises(BadInput):
        user.check_roles(roles)


def test_roles_are_kept_in_one_order_and_once() -> None:
    assert user.check_roles([COUNTER, CLERK, CLERK]) == [CLERK, COUNTER]


@pytest.mark.parametrize("role", sorted(user.POINTS))
def test_who_keeps_accounts_does_not_work_with_points(role: str) -> None:
    with pytest.raises(BadInput, match="管账号的不能管积分"):
        user.check_roles([ADMIN, role])
    assert user.effective([ADMIN, role]) == {role}, "nor does an account from before the two were kept apart"
    assert user.effective([ADMIN, SUPERVISOR]) == {ADMIN, SUPERVISOR}


def test_an_administrator_and_a_reviewer_are_made_by_two() -> None:
    assert user.needs_second([CLERK], [CLERK, REVIEWER]) == {REVIEWER}
    assert user.needs_second([], [ADMIN]) == {ADMIN}
    assert user.needs_second([ADMIN, REVIEWER], [REVIEWER]) == user.needs_second([], [CLERK, COUNTER]) == set()
