"""需求分析: what households take and ask for, what lies unspent, and what people might talk about; no names."""

from typing import Any

from flask import Response, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from villagepoints import clock
from villagepoints.access import OFFICE, access, current_actor
from villagepoints.blueprints.desk.blueprint import blueprint
from villagepoints.blueprints.desk.export import as_workbook_of
from villagepoints.blueprints.desk.navigation import is_open
from villagepoints.domain import demand as rules
from villagepoints.domain.calendar import Month, Span, looking_back, village_date
from villagepoints.domain.demand import UNKNOWN, Suggestion
from villagepoints.domain.errors import N_
from villagepoints.extensions import db
from villagepoints.services import demand as service
from villagepoints.services.demand import Demand, Part, Split
from villagepoints.services.export import Line, Sheet

AGES = (N_("45 岁以下"), N_("45 到 59 岁"), N_("60 到 74 岁"), N_("75 岁以上"), N_("不知道年龄"))
RESIDENCIES = {"resident": N_("常住"), "relocated": N_("动迁上楼")}
BALANCES = (N_("0 分和以下"), N_("1 到 199 分"), N_("200 到 499 分"), N_("500 到 999 分"), N_("1,000 分以上"))
IDLE = (N_("3 个月内换过"), N_("3 到 6 个月没换"), N_("6 到 12 个月没换"), N_("一年多没换"), N_("从来没换过"))
ACTS = {
    rules.ORDER: N_("补货"),
    rules.BACK: N_("再供应"),
    rules.ADD: N_("添一样"),
    rules.WINDOW: N_("换时间"),
    rules.RAISE: N_("调高"),
    rules.LOWER: N_("调低"),
    rules.DROP: N_("换下来"),
}
# where the list or the page behind a suggestion is, and the argument that names what it is about
BEHIND = {
    rules.ORDER: "desk.stock",
    rules.BACK: "desk.edit_reward",
    rules.RAISE: "desk.edit_reward",
    rules.LOWER: "desk.edit_reward",
    rules.DROP: "desk.stock",
}


@blueprint.get("/demand")
@access("desk", "read", roles=OFFICE)
def demand() -> ResponseReturnValue:
    """A period's demand (`of=`: 2026-10, 2026-Q3 or 2026)."""
    span, found = _asked()
    today = village_date(clock.now())
    return render_template(
        "desk/demand.html",
        span=span,
        spans=looking_back(today),
        found=found,
        ages=[
            (key, text) for key, text in enumerate(AGES) if key < UNKNOWN or any(key in one.ages for one in found.taken)
        ],
        residencies=RESIDENCIES,
        balances=BALANCES,
        idle=IDLE,
        acts=ACTS,
        behind=behind,
    )


def behind(suggestion: Suggestion) -> str:
    """The address of what a suggestion's figures come from; empty where the actor may not open it."""
    if suggestion.act == rules.ADD:
        return _open("desk.requests", status="all", kind="goods", who=suggestion.words)
    if suggestion.act == rules.WINDOW:
        return _open("desk.redemptions", status="expired")
    return _open(BEHIND[suggestion.act], reward_id=suggestion.reward_id)


def _open(endpoint: str, **values: Any) -> str:
    return url_for(endpoint, **values) if is_open(endpoint) else ""


def _asked() -> tuple[Span, Demand]:
    """The period that the query asks for, last month's year where it asks for none, and its figures."""
    today = village_date(clock.now())
    try:
        span = Span.parse(request.args.get("of", ""))
    except ValueError:
        span = Span.of("year", (Month.of(today) - 1).first)
    return span, service.of_village(db.session(), current_actor().village_id, span.first, span.last, today)


@blueprint.get("/demand.xlsx")
@access("desk", "read", roles=OFFICE)
def export_demand() -> Response:
    """Every table of the page, a sheet each."""
    span, found = _asked()
    heads = [_("商品"), _("户数"), _("件数"), _("积分")]
    groups = [_("%(group)s（户）", group=_(text)) for text in (*RESIDENCIES.values(), *AGES)]
    goods: list[Line] = [
        [
            one.name,
            one.total.households,
            one.total.pieces,
            one.total.points,
            *(_households(one.residencies, key) for key in RESIDENCIES),
            *(_households(one.ages, key) for key in range(len(AGES))),
        ]
        for one in found.taken
    ]
    sheets = [
        Sheet(_("可以商量的"), [_("哪一类"), _("数字")], _suggested(found)),
        Sheet(_("换走的"), [*heads, *groups], goods),
        Sheet(_("货还够多久"), _shelf_heads(), _shelf_lines(found)),
        Sheet(_("想要的"), [_("想要什么"), _("户数")], _wish_lines(found)),
        Sheet(_("没花的积分"), [_("哪些户"), _("户数"), _("积分")], _unspent_lines(found)),
    ]
    return as_workbook_of(_("需求分析 %(period)s", period=span), sheets)


def _households(split: Split, group: Any) -> str | int:
    part = split.get(group, Part())
    return str(_("不单列")) if part is None else part.households


def _suggested(found: Demand) -> list[Line]:
    return [[_(ACTS[one.act]), _(one.sentence, **one.values)] for one in found.suggestions]


def _shelf_heads() -> list[str]:
    return [
        _("商品"),
        _("库存"),
        _("近 30 天换走"),
        _("还够几天"),
        _("哪天换完"),
        _("这段时间断货几天"),
        _("最近断货"),
        _("补几件"),
    ]


def _shelf_lines(found: Demand) -> list[Line]:
    return [
        [
            one.goods.name,
            one.goods.stock,
            one.goods.pieces_30,
            one.goods.days_left,
            one.gone_on.isoformat() if one.gone_on else "",
            one.dry.days,
            one.dry.last_on.isoformat() if one.dry.last_on else "",
            one.to_order,
        ]
        for one in found.shelves
    ]


def _wish_lines(found: Demand) -> list[Line]:
    named: list[Line] = [[name, households] for _id, name, households in found.wishes.goods]
    return named + [[one.words, one.households] for one in found.wishes.words]


def _unspent_lines(found: Demand) -> list[Line]:
    lines: list[Line] = []
    for texts, bands in ((BALANCES, found.unspent.balances), (IDLE, found.unspent.months)):
        for band, held in bands.items():
            known = [held.households, held.points] if held else [_("不单列"), _("不单列")]
            lines.append([_(texts[band]), *known])
    return lines
