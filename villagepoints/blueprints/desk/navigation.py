"""The desk's side navigation: what the signed-in person may open, and how much waits there."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from flask import current_app, request, url_for
from flask_babel import gettext as _

from villagepoints.access import STAFF_AUDIENCES, current_actor, rule_of
from villagepoints.domain.errors import N_


@dataclass(frozen=True, slots=True)
class Entry:
    """A line of the navigation: where it leads, its words, and under which name its waiting count is known."""

    endpoint: str
    text: str
    waiting: str = ""


@dataclass(frozen=True, slots=True)
class Line:
    """A line as it is shown to one person."""

    url: str
    text: str
    count: int
    here: bool


GROUPS: tuple[tuple[Entry, ...], ...] = (
    (
        Entry("desk.home", N_("今天的事")),
        Entry("desk.households", N_("农户"), "successions"),
        Entry("desk.entry", N_("记分")),
        Entry("desk.findings", N_("评分"), "findings_due"),
        Entry("desk.claims", N_("审核"), "claims"),
        Entry("desk.notices", N_("公示与异议"), "public"),
        Entry("desk.red_lines", N_("红线、榜单与福利"), "red_lines"),
        Entry("desk.requests", N_("村民反映"), "requests"),
        Entry("desk.gatherings", N_("活动")),
        Entry("desk.ledger", N_("积分账")),
        Entry("desk.redemptions", N_("兑换"), "redemptions"),
        Entry("desk.rewards", N_("商品与库存"), "low_stock"),
        Entry("desk.demand", N_("大家想要的")),
        Entry("desk.joint_sessions", N_("居委会联席"), "joint"),
        Entry("desk.problems", N_("监督审核"), "problems"),
    ),
    (
        Entry("public.rules", N_("办法与细则")),
        Entry("desk.rule_drafts", N_("办法修订")),
        Entry("desk.reports", N_("报表与打印")),
        Entry("desk.imports", N_("导入")),
        Entry("desk.cards", N_("码牌")),
    ),
    (Entry("desk.users", N_("人员"), "accounts"), Entry("desk.settings", N_("村里的设置"))),
)
# Pages that share a line of the navigation: a strip of tabs above each of them, the line's own page first.
TABS: tuple[tuple[Entry, ...], ...] = (
    (
        Entry("desk.households", N_("农户")),
        Entry("desk.departed", N_("迁走的户")),
        Entry("desk.groups", N_("组")),
        Entry("desk.successions", N_("户与户转积分"), "successions"),
    ),
    (
        Entry("desk.findings", N_("检查发现"), "findings_due"),
        Entry("desk.lane", N_("走访")),
        Entry("desk.sheet", N_("评分表")),
        Entry("desk.months", N_("月底结账")),
    ),
    (Entry("desk.claims", N_("审核"), "claims"), Entry("desk.councils", N_("评议"))),
    (
        Entry("desk.notices", N_("公示"), "notices"),
        Entry("desk.objections", N_("异议"), "objections"),
        Entry("desk.working_days", N_("工作日")),
    ),
    (
        Entry("desk.redemptions", N_("兑换"), "redemptions"),
        Entry("desk.pickup", N_("扫码发放")),
        Entry("desk.handovers", N_("一天发放的")),
    ),
    (
        Entry("desk.rewards", N_("商品"), "low_stock"),
        Entry("desk.stocktakes", N_("盘点")),
        Entry("desk.counters", N_("窗口")),
        Entry("desk.shelf_labels", N_("货架标签")),
    ),
    (
        Entry("desk.demand", N_("需求分析")),
        Entry("desk.rule_use", N_("办法用得怎么样")),
        Entry("desk.liability", N_("没花的积分要多少钱")),
    ),
    (
        Entry("desk.joint_sessions", N_("联席会"), "joint"),
        Entry("desk.relocated", N_("动迁上楼户")),
        Entry("desk.neighbourhoods", N_("居委会")),
    ),
    (
        Entry("desk.problems", N_("监督提的问题"), "problems"),
        Entry("desk.supervisors", N_("监督小组")),
        Entry("desk.committee", N_("村委会成员")),
        Entry("desk.seals", N_("封账")),
    ),
    (Entry("desk.reports", N_("报表")), Entry("desk.print_pack", N_("打印包"))),
    (
        Entry("desk.users", N_("人员"), "roles"),
        Entry("desk.unused_users", N_("长久不用的账号"), "unused_look"),
        Entry("desk.trail", N_("谁改了什么")),
    ),
    (Entry("desk.requests", N_("村民反映"), "requests"), Entry("desk.told", N_("要告诉的户"))),
    (
        Entry("desk.red_lines", N_("红线"), "red_lines"),
        Entry("desk.lists", N_("红黑榜")),
        Entry("desk.welfare", N_("村级福利")),
    ),
)
# Steps of a task that stand below a household in the URL: the line they were begun at stays lit.
STEPS = {
    "desk.new_entry": "desk.entry",
    "desk.post_entry": "desk.entry",
    "desk.choose_objection": "desk.objections",
    "desk.file_objection": "desk.objections",
    "desk.new_request": "desk.requests",
    "desk.file_request": "desk.requests",
}
ALSO = {"desk.redemptions": "/desk/counter"}  # pages that belong to a line without standing below it


def lines(village_code: str, waiting: Mapping[str, int]) -> Iterator[list[Line]]:
    """The groups of lines for the actor of this request; pages that are not there or not theirs are left out."""
    for group in GROUPS:
        shown = [(_line(entry, village_code, waiting), entry) for entry in group if is_open(entry.endpoint)]
        if shown:
            yield [replace(line, here=line.here or _has_tab_here(entry)) for line, entry in shown]


def tabs(village_code: str, waiting: Mapping[str, int]) -> list[Line]:
    """The strip of pages that the one shown stands among, as far as they are there and theirs; empty for most."""
    for group in TABS:
        shown = [_line(entry, village_code, waiting) for entry in group if is_open(entry.endpoint)]
        if len(shown) > 1 and any(line.here for line in shown):
            return shown
    return []


def is_open(endpoint: str) -> bool:
    """Whether the page exists and the actor of this request may open it."""
    if endpoint not in current_app.view_functions:
        return False
    rule = rule_of(current_app, endpoint)
    if rule is None or rule.audience not in STAFF_AUDIENCES:
        return rule is not None
    return not rule.roles.isdisjoint(current_actor().roles)


def _has_tab_here(entry: Entry) -> bool:
    """Whether a page is shown that shares this line."""
    groups = (group for group in TABS if group[0].endpoint == entry.endpoint)
    return any(_is_here(tab.endpoint) for group in groups for tab in group if is_open(tab.endpoint))


def _line(entry: Entry, village_code: str, waiting: Mapping[str, int]) -> Line:
    values = _village_argument(entry.endpoint, village_code)
    here = _is_here(entry.endpoint)
    return Line(url_for(entry.endpoint, **values), _(entry.text), waiting.get(entry.waiting, 0), here)


def _village_argument(endpoint: str, village_code: str) -> dict[str, Any]:
    """The village for pages of other blueprints that name it in their URL, under whatever name they do."""
    rule = next(current_app.url_map.iter_rules(endpoint))
    return dict.fromkeys(rule.arguments, village_code)


def _is_here(endpoint: str) -> bool:
    """Whether the page shown is this one or one below it in the URL."""
    if request.endpoint in STEPS:
        return endpoint == STEPS[request.endpoint]
    if request.endpoint == endpoint:
        return True
    if endpoint == "desk.home" or not endpoint.startswith("desk."):
        return False
    if endpoint in ALSO and f"{request.path}/".startswith(ALSO[endpoint] + "/"):
        return True
    own = next(current_app.url_map.iter_rules(endpoint)).rule
    return f"{request.path}/".startswith(own.split("<")[0].rstrip("/") + "/")
