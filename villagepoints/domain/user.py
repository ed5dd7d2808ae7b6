"""What a staff account must look like: its login name, its password, its roles."""

import re
from collections.abc import Collection
from datetime import timedelta

from villagepoints.domain.actor import ADMIN, CLERK, COUNTER, GRID_WORKER, REVIEWER, ROLES, SUPERVISOR
from villagepoints.domain.errors import N_, BadInput

POINTS = frozenset({CLERK, GRID_WORKER, REVIEWER, COUNTER})  # work with points: never together with ADMIN
BY_TWO = frozenset({ADMIN, REVIEWER})  # given by two administrators
APPROVERS = frozenset({CLERK, REVIEWER, ADMIN})  # a second pair of eyes, or over accounts: asked for a second factor
UNUSED_AFTER = timedelta(days=90)
ENROL_WITHIN = timedelta(days=14)  # from the day a village begins to demand second factors
PASSWORD_LENGTH = 10
PASSWORD_MOST = 200  # hashing a novel is a way to keep the server busy
RELATIONS = ("spouse", "parent", "child", "sibling", "grandparent", "grandchild", "in_law", "other")
LOGIN_NAME = re.compile(r"[^\W_][\w.\-]{1,39}")


def check_login_name(login_name: str) -> str:
    """The login name as kept: trimmed, lower case, 2 to 40 letters, digits, `.`, `-` or `_`; BadInput otherwise."""
    tidy = login_name.strip().lower()
    if not LOGIN_NAME.fullmatch(tidy):
        raise BadInput(N_("登录名要 2 到 40 个字，只用汉字、字母、数字、点、横线。"))
    return tidy


def check_name(name: str) -> str:
    """The person's name as kept, 1 to 40 characters; BadInput otherwise."""
    tidy = " ".join(name.split())
    if not 1 <= len(tidy) <= 40 or not tidy.isprintable():
        raise BadInput(N_("姓名要填，最多 40 个字。"))
    return tidy


def check_roles(roles: Collection[str]) -> list[str]:
    """The roles in their fixed order; BadInput for none, one that does not exist, or two that do not go together: an
    administrator or a member of the supervision group with points."""
    if not roles or not set(roles) <= set(ROLES):
        raise BadInput(N_("至少选一个角色。")).at("roles")
    if ADMIN in roles and not POINTS.isdisjoint(roles):
        raise BadInput(
            N_("管账号的不能管积分：管理员不能同时是文书、网格员、审核人或窗口。请另开一个账号。没有记。")
        ).at("roles")
    if SUPERVISOR in roles and len(set(roles)) > 1:
        raise BadInput(N_("在监督小组里的，不能再有别的角色：自己不能查自己。没有记。")).at("roles")
    return [role for role in ROLES if role in roles]


def check_no_supervisor(before: Collection[str], after: Collection[str]) -> None:
    """Refuse to make or unmake a member of the supervision group by a role alone: a term does, with its document."""
    if (SUPERVISOR in before) != (SUPERVISOR in after):
        raise BadInput(N_("进出监督小组，请到「监督审核」的「监督小组」里登记：谁推选的、任期多长都要写。没有改。")).at(
            "roles"
        )


def effective(roles: Collection[str]) -> frozenset[str]:
    """The roles that count: of an account from before the two were kept apart, those that work with points."""
    held = frozenset(roles)
    return held if held.isdisjoint(POINTS) else held - {ADMIN}


def needs_second(before: Collection[str], after: Collection[str]) -> frozenset[str]:
    """Of the roles newly given those to which another administrator has to agree."""
    return (frozenset(after) - frozenset(before)) & BY_TWO


def check_relation(relation: str) -> str:
    """One of the words for close relatives; BadInput otherwise."""
    if relation not in RELATIONS:
        raise BadInput(N_("请选一个亲属关系。没有记。")).at("relation")
    return relation


def check_password(password: str, *, names: Collection[str] = ()) -> None:
    """Refuse a password that is too short, all one character, or one of the person's own names: BadInput."""
    if len(password) < PASSWORD_LENGTH:
        raise BadInput(N_("密码至少 %(least)s 位，你填了 %(length)s 位。"), least=PASSWORD_LENGTH, length=len(password))
    if len(password) > PASSWORD_MOST:
        raise BadInput(N_("密码最多 %(most)s 位。"), most=PASSWORD_MOST)
    plain = password.casefold()
    digits = "01234567890123456789"
    trivial = len(set(plain)) < 4 or plain in digits or plain in digits[::-1]
    if trivial or any(plain.replace(name.casefold(), "") == "" for name in names if name):
        raise BadInput(N_("这个密码太好猜，请换一个。"))
