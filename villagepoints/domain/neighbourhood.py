"""居委会: what the village writes down of the committees that look after relocated households with it."""

from collections.abc import Collection

from villagepoints.domain.actor import NEIGHBOURHOOD
from villagepoints.domain.errors import N_, BadInput, Conflict

MOST_NAME, MOST_CONTACT, MOST_PHONE = 60, 40, 20


def check_name(name: str) -> str:
    """The committee's name as kept, 2 to 60 characters; BadInput otherwise."""
    tidy = " ".join(name.split())
    if not 2 <= len(tidy) <= MOST_NAME or not tidy.isprintable():
        raise BadInput(N_("请写居委会的名字，2 到 60 个字。没有存。")).at("name")
    return tidy


def check_member(roles: Collection[str]) -> None:
    """Refuse an account without the committees' role (BadInput)."""
    if NEIGHBOURHOOD not in roles:
        raise BadInput(N_("这个账号不是居委会的角色，没有改。请先在「人员」里给它这个角色。"))


def check_active(is_active: bool) -> None:
    """Refuse to give households to a committee that is no longer at work (Conflict)."""
    if not is_active:
        raise Conflict(N_("这个居委会已经停用，没有分过去。请先恢复它，或者换一个。"))
