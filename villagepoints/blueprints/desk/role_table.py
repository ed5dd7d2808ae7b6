"""谁能做什么: what each role may do at the desk, read off what the views declare, so that it cannot be out of date."""

from collections import defaultdict
from dataclasses import dataclass

from flask import current_app
from flask_babel import gettext as _

from villagepoints.access import STAFF_AUDIENCES, Rule, rule_of
from villagepoints.blueprints.desk.navigation import GROUPS, TABS
from villagepoints.domain.actor import (
    ADMIN,
    CLERK,
    COUNTER,
    GRID_WORKER,
    NEIGHBOURHOOD,
    REVIEWER,
    ROLES,
    SUPERVISOR,
    TOWN,
)
from villagepoints.domain.errors import N_

ABOUT = {
    CLERK: N_("管日常：记分、导入、结账、商品。自己录的要别人审。"),
    GRID_WORKER: N_("走访：查到的记下来，过几天复查。"),
    REVIEWER: N_("审别人录的，贴公示，答复异议。两位管理员一起给。"),
    COUNTER: N_("在窗口发奖品。"),
    SUPERVISOR: N_("每月不打招呼查账。不能是记分的人和他们的近亲属。"),
    NEIGHBOURHOOD: N_("居委会：看自己小区的动迁户，一个季度开一次联席会。"),
    TOWN: N_("镇里：看各村总数，不看一户一户的。"),
    ADMIN: N_("管账号和设置，定办法；没经手过的异议也能答复。不能记分、审分、发奖。两位管理员一起给。"),
}


@dataclass(frozen=True, slots=True)
class RoleLine:
    """One role: what it is for, and the pages where it approves, works, or only looks."""

    role: str
    about: str
    approves: list[str]
    works: list[str]
    looks: list[str]


def lines() -> list[RoleLine]:
    """A line for each role, in their fixed order."""
    rules = _rules_by_module()
    told = []
    for role in ROLES:
        pages: dict[str, list[str]] = {"approve": [], "write": [], "read": []}
        for endpoint, text in _pages().items():
            if kind := _most(role, endpoint, rules):
                pages[kind].append(_(text))
        told.append(RoleLine(role, _(ABOUT[role]), pages["approve"], pages["write"], pages["read"]))
    return told


def _pages() -> dict[str, str]:
    """The pages of the navigation that there are, by the words that lead to them; tabs name theirs more closely."""
    entries = [entry for group in (*GROUPS, *TABS) for entry in group]
    return {entry.endpoint: entry.text for entry in entries if entry.endpoint in current_app.view_functions}


def _rules_by_module() -> dict[str, list[Rule]]:
    rules: dict[str, list[Rule]] = defaultdict(list)
    for endpoint, view in current_app.view_functions.items():
        rule = rule_of(current_app, endpoint)
        if rule is not None and rule.audience in STAFF_AUDIENCES:
            rules[view.__module__].append(rule)
    return rules


def _most(role: str, endpoint: str, rules: dict[str, list[Rule]]) -> str:
    """The most that a role may do on a page and those that belong to it; empty where it may not open it."""
    page = rule_of(current_app, endpoint)
    if page is None or page.audience not in STAFF_AUDIENCES or role not in page.roles:
        return ""
    kinds = {rule.kind for rule in rules[current_app.view_functions[endpoint].__module__] if role in rule.roles}
    return next(kind for kind in ("approve", "write", "read") if kind in kinds)
