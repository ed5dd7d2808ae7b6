"""What a report says of the month's audit: what was left over, the sample, the prompts, and the problems."""

from collections.abc import Sequence

from villagepoints.domain.audit import CONCLUDED, KINDS, PROBLEM_STATES, REASONS, REMEDIES
from villagepoints.domain.errors import N_
from villagepoints.domain.prompt import KINDS as PROMPTS
from villagepoints.domain.report_parts import AuditPart, ProblemLine
from villagepoints.services import report_blocks as blocks
from villagepoints.services.report_blocks import Block
from villagepoints.services.report_tables import Column, Level, Row, Table, Translate
from villagepoints.services.report_words import OFFICES, day, full_day, month_of


def state(audit: AuditPart | None, translate: Translate) -> tuple[str, str]:
    """In a word and in a sentence whether the group has signed: 已签, 未签, or that nobody looked."""
    if audit is None:
        return translate(N_("未审核")), translate(N_("未签：这个月监督小组还没有审核过。"))
    if audit.is_signed:
        names = translate(N_("、")).join(one.member for one in audit.signatures)
        return translate(N_("已签")), translate(N_("已签：%(names)s。")) % {"names": names}
    if audit.status != CONCLUDED:
        return translate(N_("未签")), translate(N_("未签：监督小组还在审核，下面的数可能还会变。"))
    return translate(N_("未签")), translate(N_("未签：要监督小组两户人家的成员都签字，才算数。"))


def looked(audit: AuditPart | None, translate: Translate) -> str:
    """What the audit looked at and found, for the report's first paragraph; nothing without an audit."""
    if audit is None:
        return ""
    of = {kind: sum(one.drawn for one in audit.sample if one.kind == kind) for kind in KINDS}
    said = translate(N_("抽查 %(household)s 户、%(entry)s 条记录和 %(goods)s 种商品，查出问题 %(problems)s 个"))
    said %= {**of, "problems": len(audit.problems)}
    closed = sum(one.is_closed for one in audit.problems)
    return said + (
        translate(N_("，已了结 %(closed)s 个。")) % {"closed": closed} if audit.problems else translate(N_("。"))
    )


def carried(audit: AuditPart | None, translate: Translate) -> list[Block]:
    """The problems that earlier audits left open, before anything else."""
    if audit is None:
        return []
    if not audit.carried:
        return [blocks.text(translate(N_("上次审核没有留下没办完的事。")))]
    named = {"all": len(audit.carried), "closed": sum(one.is_closed for one in audit.carried)}
    said = translate(N_("以前审核留下 %(all)s 件没办完的，现在了结了 %(closed)s 件。")) % named
    return [blocks.text(said), blocks.private(blocks.table(_problems("carried", audit.carried, translate)))]


def sample(audit: AuditPart | None, translate: Translate) -> list[Block]:
    """What was drawn and seen, and why nobody could steer it."""
    if audit is None:
        return []
    days = translate(N_("、")).join(day(on, translate) for on in audit.walked_on)
    opened = translate(N_("审核在 %(day)s打开，事先没有告诉村里。")) % {"day": full_day(audit.opened_on, translate)}
    walked = translate(N_("看的日子：%(days)s。")) % {"days": days} if days else translate(N_("还没有去看过。"))
    seen = translate(N_("一共抽了 %(drawn)s 件，看了 %(seen)s 件，%(differing)s 件对不上。")) % {
        "drawn": f"{audit.drawn:,}",
        "seen": f"{audit.seen:,}",
        "differing": f"{audit.differing:,}",
    }
    blind = translate(N_("其中 %(number)s 户先自己打分、再看原来的分，%(differ)s 户不一样。"))
    blind = blind % {"number": audit.blind, "differ": audit.blind_differ} if audit.blind else ""
    return [
        blocks.text(opened + walked + seen + blind),
        blocks.table(_sample(audit, translate)),
        *(blocks.text(line, soft=True) for line in _meanings(audit, translate)),
        blocks.text(_drawn_how(audit, translate)),
        _stamp(audit, translate),
    ]


def _stamp(audit: AuditPart, translate: Translate) -> Block:
    if not audit.lot:
        return blocks.text(translate(N_("摇出来的号和种子，等审核做完、写了结论再公开。")), soft=True)
    return blocks.stamp(
        [
            translate(N_("抽样用的种子和名册")),
            translate(N_("摇出来的号：%(lot)s")) % {"lot": audit.lot},
            translate(N_("种子：%(seed)s")) % {"seed": audit.seed},
            translate(N_("名册指纹：%(hash)s")) % {"hash": audit.frame_hash},
        ]
    )


def _drawn_how(audit: AuditPart, translate: Translate) -> str:
    """The seed in two plain sentences."""
    seal = (
        translate(N_("第 %(number)s 次封账的指纹")) % {"number": audit.seed_seal}
        if audit.seed_seal is not None
        else translate(N_("还没有封过账，用空白代替指纹"))
    )
    first = translate(
        N_("抽到谁由三样东西算出来：%(seal)s、当着 %(witnesses)s 名成员摇出来的号、月份；谁也不能事先安排。")
    )
    second = translate(N_("这三样和名册都公开，谁都可以重新算一遍，抽出来的一定一样。"))
    return first % {"seal": seal, "witnesses": audit.witnesses} + second


def _sample(audit: AuditPart, translate: Translate) -> Table:
    heads = (N_("抽了"), N_("对得上"), N_("对不上"), N_("说不准"), N_("还没看"))
    columns = (
        Column(translate(N_("看什么")), "text"),
        Column(translate(N_("为什么抽")), "text"),
        *(Column(translate(head)) for head in heads),
    )
    figures = [(one.drawn, one.agree, one.differ, one.unclear, one.unseen) for one in audit.sample]
    rows = [
        Row((translate(KINDS[one.kind]), translate(REASONS[one.reason]), *numbers))
        for one, numbers in zip(audit.sample, figures, strict=True)
    ]
    sums = [sum(column) for column in zip(*figures, strict=True)]
    total: list[Row] = [Row((translate(N_("合计")), "", *sums), "total")] if sums else []
    return Table("sample", translate(N_("抽了什么")), columns, (*rows, *total))


def _meanings(audit: AuditPart, translate: Translate) -> list[str]:
    said = translate(
        N_("%(kind)s：一共 %(frame)s 件，抽了 %(drawn)s 件。要是有 %(percent)s%% 以上不对，95%% 的把握能抽到至少一件。")
    )
    return [
        said
        % {
            "kind": translate(KINDS[one.kind]),
            "frame": f"{one.frame:,}",
            "drawn": f"{one.drawn:,}",
            "percent": one.found_from,
        }
        for one in audit.meanings
        if one.found_from is not None
    ]


def prompts(audit: AuditPart | None, translate: Translate) -> list[Block]:
    """How many things in the figures were worth a look, and what became of them; never whom they are about."""
    if audit is None or not audit.prompts:
        return []
    heads = (N_("看过，说得通"), N_("看过，是问题"), N_("还没看"))
    columns = (Column(translate(N_("看什么")), "text"), *(Column(translate(head)) for head in heads))
    rows = [Row((translate(PROMPTS[one.kind].title), one.explained, one.problem, one.open)) for one in audit.prompts]
    note = translate(N_("这些是数字里值得看一看的地方，不是说谁做错了。"))
    return [blocks.text(note, soft=True), blocks.table(Table("prompts", note, columns, tuple(rows)))]


def problems(audit: AuditPart | None, translate: Translate) -> list[Block]:
    """What has to be put right, by whom, until when; in numbers for anybody, in words for the office and the group."""
    if audit is None:
        return []
    if not audit.problems:
        return [blocks.text(translate(N_("没有查出问题。"))), *_opinion(audit, translate)]
    said = translate(N_("查出 %(all)s 个问题，了结了 %(closed)s 个。")) % {
        "all": len(audit.problems),
        "closed": sum(one.is_closed for one in audit.problems),
    }
    if late := sum(one.is_overdue for one in audit.problems):
        said += translate(N_("过了期限的 %(late)s 个。")) % {"late": late}
    return [
        blocks.text(said),
        blocks.table(_remedies(audit.problems, translate)),
        blocks.private(blocks.table(_problems("problems", audit.problems, translate))),
        *_opinion(audit, translate),
    ]


def _opinion(audit: AuditPart, translate: Translate) -> list[Block]:
    said = translate(N_("监督小组的意见：%(opinion)s")) % {"opinion": audit.opinion}
    return [blocks.private(blocks.text(said))] if audit.opinion else []


def _remedies(found: Sequence[ProblemLine], translate: Translate) -> Table:
    columns = (
        Column(translate(N_("怎么处理")), "text"),
        *(Column(translate(head)) for head in (N_("个数"), N_("了结"), N_("还没了结"))),
    )
    rows = []
    for remedy, name in REMEDIES.items():
        of = [one for one in found if one.remedy == remedy]
        closed = sum(one.is_closed for one in of)
        if of:
            rows.append(Row((translate(name), len(of), closed, len(of) - closed)))
    return Table("remedies", translate(N_("怎么处理")), columns, tuple(rows))


def _problems(name: str, found: Sequence[ProblemLine], translate: Translate) -> Table:
    heads = (N_("编号"), N_("什么问题"), N_("怎么处理"), N_("谁来办"), N_("期限"), N_("现在"))
    columns = tuple(Column(translate(head), "text") for head in heads)
    heading = translate(N_("查出的问题"))
    return Table(name, heading, columns, tuple(_problem(one, name == "carried", translate) for one in found))


def _problem(one: ProblemLine, is_carried: bool, translate: Translate) -> Row:
    now = translate(PROBLEM_STATES[one.status])
    if one.closed_on is not None:
        now = translate(N_("%(state)s（%(day)s）")) % {"state": now, "day": day(one.closed_on, translate)}
    if one.is_overdue:
        now += translate(N_("，过了期限"))
    number = f"{month_of(one.month, translate)}-{one.number}" if is_carried else str(one.number)
    level: Level = ""
    cells = (
        number,
        translate(N_("；")).join(text.rstrip("。；;.") for text in (one.text, one.answer, one.outcome) if text),
        translate(REMEDIES[one.remedy]),
        translate(OFFICES.get(one.owner, one.owner)),
        day(one.due_on, translate),
        now,
    )
    return Row(cells, level)
