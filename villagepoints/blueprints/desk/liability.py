"""没花的积分要多少钱: what households hold, by the cost of the goods, until it expires, and the next quarter."""

from flask import Response, render_template
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from villagepoints import clock
from villagepoints.access import OFFICE, access, current_actor
from villagepoints.blueprints.desk.blueprint import blueprint
from villagepoints.blueprints.desk.export import as_workbook_of
from villagepoints.domain import liability as rules
from villagepoints.domain.calendar import village_date
from villagepoints.domain.liability import Money
from villagepoints.extensions import db
from villagepoints.services import liability as service
from villagepoints.services.export import Line, Sheet
from villagepoints.services.liability import Liability


@blueprint.get("/liability")
@access("desk", "read", roles=OFFICE)
def liability() -> ResponseReturnValue:
    """Points, money, and when they run out."""
    found = _found()
    halves: dict[tuple[int, int], tuple[int, int]] = {}  # year and half: points that expire, points left after it
    for one in found.curve:
        half = (one.on.year, 1 if one.on.month <= 6 else 2)
        halves[half] = (halves.get(half, (0, 0))[0] + one.points, one.left)
    hundred = rules.money(100, found.rates) if found.rates else None
    return render_template("desk/liability.html", found=found, halves=halves, hundred=hundred)


@blueprint.get("/liability.xlsx")
@access("desk", "read", roles=OFFICE)
def export_liability() -> Response:
    """Every table of the page, a sheet each; money in yuan with two decimals."""
    found = _found()
    curve: list[Line] = [[one.on.isoformat(), one.points, one.left] for one in found.curve]
    title = _("没花的积分要多少钱")
    return as_workbook_of(
        title,
        [
            Sheet(title, [_("哪一笔"), _("积分"), _("最少（元）"), _("大约（元）"), _("最多（元）")], _sums(found)),
            Sheet(
                _("商品和进价"), [_("商品"), _("要几分"), _("进价（元）"), _("换走几件"), _("换走几分")], _goods(found)
            ),
            Sheet(_("哪天到期"), [_("哪天"), _("到期的分"), _("还剩的分")], curve),
        ],
    )


def _sums(found: Liability) -> list[Line]:
    lines: list[Line] = [[_("没花的积分"), found.points, *_yuan(found.money)]]
    if found.forecast:
        lines.append([_("下个季度大约换走"), found.forecast.points, *_yuan(found.next_quarter)])
    return lines


def _goods(found: Liability) -> list[Line]:
    return [
        [one.name, one.points, "" if one.cost_cents is None else _decimal(one.cost_cents), one.pieces, one.redeemed]
        for one in found.goods
    ]


def _found() -> Liability:
    return service.of_village(db.session(), current_actor().village_id, village_date(clock.now()))


def _yuan(money: Money | None) -> list[str]:
    return ["", "", ""] if money is None else [_decimal(cents) for cents in (money.low, money.likely, money.high)]


def _decimal(cents: int) -> str:
    return f"{cents // 100}.{cents % 100:02d}"
