"""The month's report as it is read, laid out once for the page, the PDF and the published edition."""

from typing import Any

from villagepoints.domain.errors import N_
from villagepoints.domain.report import RELOCATED, MonthReport
from villagepoints.domain.report_parts import ObjectionLine, Objections, Parts, Persuasions, Track
from villagepoints.services import report_blocks as blocks
from villagepoints.services.report_audit_text import carried, looked, problems, prompts, sample, state
from villagepoints.services.report_blocks import Block, Part
from villagepoints.services.report_charts import charts
from villagepoints.services.report_end import end
from villagepoints.services.report_tables import (
    Column,
    Row,
    Source,
    Table,
    Translate,
    month_name,
    notes,
    stressed,
    summary,
    tables,
    title,
)
from villagepoints.services.report_words import day, money

PAGE = N_("第 %(page)s 页，共 %(pages)s 页")
ABOUT = {"claim": N_("公示的一条"), "finding": N_("检查发现"), "entry": N_("记上账的一条")}
ENDED = {
    "open": N_("还在核对"),
    "upheld": N_("提得对，改了"),
    "rejected": N_("核对过，没有改"),
    "withdrawn": N_("自己撤回"),
}


def document(report: MonthReport, source: Source, translate: Translate = str) -> dict[str, Any]:
    """All that the report says, as JSON values; its code leads to the source's address, else it holds the seal.

    The same report, source and language give the same document. Blocks marked private may name people.
    """
    audit = report.parts.audit
    mark, said = state(audit, translate)
    kind = translate(N_("积分月报") if audit is None else N_("积分监督审核报告"))
    days = translate(N_("、")).join(day(on, translate) for on in audit.walked_on) if audit else ""
    under = [source.village, month_name(report, translate)]
    return {
        "lang": "zh" if translate(PAGE) == PAGE else "en",
        "title": title(report, source, translate),
        "village": source.village,
        "month": month_name(report, translate),
        "under": under + ([translate(N_("抽查日 %(days)s")) % {"days": days}] if days else []),
        "state": mark,
        "mark": said,
        "is_signed": audit is not None and audit.is_signed,
        "words": {"report": kind, "page": translate(PAGE)},
        "summary": stressed(summary(report, source.village, translate) + looked(audit, translate)),
        "sections": blocks.sections(_parts(report, source, translate), translate),
    }


def _parts(report: MonthReport, source: Source, translate: Translate) -> list[Part]:
    found, parts = {table.name: table for table in tables(report, translate)}, report.parts
    said = [blocks.text(note, soft=True) for note in notes(report, translate)]
    return [
        Part(translate(N_("上次审核留下的事")), carried(parts.audit, translate)),
        Part(found["books"].heading, [*said, blocks.table(found["books"])]),
        Part(found["categories"].heading, [blocks.table(found["categories"])]),
        Part(translate(N_("各组、常住和上楼")), [blocks.table(_tracks(parts, translate))]),
        Part(translate(N_("兑换、商品和钱")), _shop(found["channels"], parts, translate)),
        Part(translate(N_("异议")), _objections(parts.objections, translate)),
        Part(translate(N_("劝导")), [blocks.table(_persuasions(parts.persuasions, translate))]),
        Part(translate(N_("抽了什么，怎么抽的")), sample(parts.audit, translate)),
        Part(translate(N_("值得看一看的")), prompts(parts.audit, translate)),
        Part(translate(N_("查出的问题，谁来办")), problems(parts.audit, translate)),
        Part(translate(N_("和以前各月比")), charts(parts.history, translate)),
        Part(found["items"].heading, [blocks.table(found["items"])]),
        Part(translate(N_("签字和封账")), end(parts, source, translate)),
    ]


def _tracks(parts: Parts, translate: Translate) -> Table:
    names = (N_("户数"), N_("产生"), N_("扣分"), N_("兑换"), N_("月末未兑换"))
    columns = (Column(translate(N_("哪里")), "text"), *(Column(translate(name)) for name in names))
    lived = [_track(one, _lives(str(one.name), translate), "total") for one in parts.residencies]
    groups = [_track(one, _group(one.name, translate)) for one in parts.groups]
    return Table("tracks", translate(N_("各组、常住和上楼")), columns, (*lived, *groups))


def _track(one: Track, name: str, level: Any = "") -> Row:
    return Row((name, one.households, one.generated, -one.deducted, -one.redeemed, one.outstanding), level)


def _lives(name: str, translate: Translate) -> str:
    return translate(N_("动迁上楼")) if name == RELOCATED else translate(N_("常住"))


def _group(name: int | str | None, translate: Translate) -> str:
    return translate(N_("没有分组")) if name is None else translate(N_("%(number)s组")) % {"number": name}


def _shop(channels: Table, parts: Parts, translate: Translate) -> list[Block]:
    shop = parts.shop
    goods = Table(
        "goods",
        translate(N_("兑换了什么")),
        (
            Column(translate(N_("商品")), "text"),
            Column(translate(N_("件数"))),
            Column(translate(N_("积分"))),
            Column(translate(N_("花了多少钱")), "text"),
        ),
        (
            *(Row((one.name, one.pieces, one.points, money(one.cost_cents, translate))) for one in shop.goods),
            Row((translate(N_("合计")), shop.pieces, shop.points, money(shop.cost_cents, translate)), "total"),
        ),
    )
    said = translate(N_("本月发出去的商品，知道进价的一共花了 %(cost)s；新进货 %(pieces)s 件，花了 %(bought)s。")) % {
        "cost": money(shop.cost_cents, translate),
        "pieces": f"{shop.bought_pieces:,}",
        "bought": money(shop.bought_cents, translate),
    }
    if missing := shop.unknown_pieces + shop.bought_unknown:
        said += translate(N_("另有 %(pieces)s 件没有登记进价，不在这两笔钱里。")) % {"pieces": f"{missing:,}"}
    return [
        blocks.table(channels, channels.heading),
        blocks.table(goods, goods.heading, right=(3,)),
        blocks.text(said),
    ]


def _objections(found: Objections, translate: Translate) -> list[Block]:
    named = {
        "filed": found.filed,
        "upheld": found.upheld,
        "rejected": found.rejected,
        "withdrawn": found.withdrawn,
        "open": found.open,
    }
    said = translate(
        N_(
            "本月提了 %(filed)s 件异议：提得对、改了 %(upheld)s 件，核对过没有改 %(rejected)s 件，"
            "自己撤回 %(withdrawn)s 件，还在核对 %(open)s 件。"
        )
    )
    made = [said % named if found.filed else translate(N_("本月没有人提异议。"))]
    if found.median_days is not None:
        made.append(translate(N_("答复的一半在 %(days)g 天以内。")) % {"days": found.median_days})
    if found.late:
        made.append(translate(N_("过了期限的 %(late)s 件。")) % {"late": found.late})
    if found.earlier:
        earlier = {"earlier": found.earlier, "ended": found.earlier_ended}
        made.append(translate(N_("以前提的、月初还没答复的 %(earlier)s 件，本月答复了 %(ended)s 件。")) % earlier)
    listed = [blocks.private(blocks.table(_objection_lines(found, translate)))] if found.lines else []
    return [blocks.text("".join(made)), *listed]


def _objection_lines(found: Objections, translate: Translate) -> Table:
    names = (N_("编号"), N_("谁家"), N_("对什么"), N_("哪天提的"), N_("怎么了结"), N_("几天"))
    columns = tuple(Column(translate(name), "text" if at < 5 else "points") for at, name in enumerate(names))
    rows = tuple(_objection(line, translate) for line in found.lines)
    return Table("objections", translate(N_("异议")), columns, rows)


def _objection(line: ObjectionLine, translate: Translate) -> Row:
    about, ended = translate(ABOUT[line.about]), translate(ENDED[line.status])
    late = translate(N_("（过了期限）")) if line.is_late else ""
    cells = (str(line.number), line.household, about, day(line.filed_on, translate), ended + late, line.days)
    return Row(cells)


def _persuasions(found: Persuasions, translate: Translate) -> Table:
    columns = (Column(translate(N_("劝导以后")), "text"), Column(translate(N_("处数"))))
    figures = [
        (N_("本月劝导"), found.persuaded, "total"),
        (N_("按说好的日子改好，不扣分"), found.rectified, "item"),
        (N_("晚了才改好"), found.rectified_late, "item"),
        (N_("还没到日子，等复查"), found.waiting, "item"),
        (N_("没有改，计入基础分"), found.counted, "item"),
        (N_("看错了，撤销"), found.withdrawn, "item"),
        (N_("说过的老问题，没有再劝导就计入"), found.counted_at_once, ""),
    ]
    rows: list[Any] = [Row((translate(name), number), level) for name, number, level in figures]  # type: ignore[arg-type]
    return Table("persuasions", translate(N_("劝导")), columns, tuple(rows))
