"""What is kept about a household as a workbook to take home: a sheet for each kind of thing, every word as text."""

from datetime import date, datetime

from flask_babel import gettext as _

from villagepoints.blueprints.entry_sheet import entry_sheet
from villagepoints.blueprints.language import rule_text
from villagepoints.domain.calendar import village_date
from villagepoints.domain.errors import N_
from villagepoints.domain.service_request import KINDS
from villagepoints.services.export import Line, Sheet, workbook_of
from villagepoints.services.own_data import OwnData

STATUSES = {
    "waiting": N_("村里在审"),
    "approved": N_("同意了，等公示"),
    "posted": N_("记上了"),
    "refused": N_("没有同意"),
    "withdrawn": N_("自己撤回了"),
    "reserved": N_("等着领"),
    "fulfilled": N_("已领"),
    "cancelled": N_("取消了，积分已退"),
    "expired": N_("过期没领，积分已退"),
    "open": N_("等答复"),
    "answered": N_("答复了"),
    "upheld": N_("提得对，改了"),
    "rejected": N_("查过，没有改"),
    "persuaded": N_("待复查"),
    "rectified": N_("已改好，不扣"),
    "counted": N_("没改好"),
    "confirmed": N_("认定了"),
    "lifted": N_("撤销了"),
}
SUBJECTS = {
    "finding_id": N_("检查发现"),
    "claim_id": N_("申报"),
    "objection_id": N_("异议"),
    "red_line_case_id": N_("红线"),
    "service_request_id": N_("反映"),
}


def as_file(data: OwnData) -> bytes:
    """The workbook."""
    records = entry_sheet(_("积分记录"), data.records)
    return workbook_of([_household(data), _people(data), records, _redemptions(data), *_said(data), *_seen(data)])


def _on(day: date | datetime | None) -> str:
    if isinstance(day, datetime):
        day = village_date(day)
    return day.isoformat() if day else ""


def _yes(is_so: bool) -> str:
    return str(_("同意") if is_so else _("没有同意"))


def _household(data: OwnData) -> Sheet:
    row = data.household
    lines: list[Line] = [
        [_("户号"), row.number],
        [_("户主"), row.head_name],
        [_("组"), row.group_no],
        [_("类型"), _("动迁上楼") if row.residency == "relocated" else _("常住")],
        [_("住址"), row.address],
        [_("备注"), row.remark],
        [_("老人户"), _("是") if row.is_elder else _("不是")],
        [_("积分"), row.balance],
        [_("扫码看到姓和积分"), _yes(row.shows_at_scan)],
        [_("红榜上写名字"), _yes(row.shows_on_lists)],
        [_("哪天定的密码"), _on(row.pin_set_at)],
        [_("哪天告诉过新的事"), _on(row.told_at)],
        *([_("能看的手机"), f"{phone.label} {_on(phone.pin_at)}"] for phone in data.phones),
    ]
    return Sheet(_("你家"), [_("内容"), _("现在记的")], lines)


def _people(data: OwnData) -> Sheet:
    heads = [_("姓名"), _("关系"), _("性别"), _("生日"), _("电话"), _("哪天搬走")]
    lines = [[one.name, one.relation, one.sex, _on(one.birth_on), one.phone, _on(one.left_on)] for one in data.people]
    return Sheet(_("家里的人"), heads, lines)


def _redemptions(data: OwnData) -> Sheet:
    lines = [
        [
            _on(row.occurred_on),
            _("、").join(f"{name} ×{pieces}" for name, pieces, _each in row.goods),
            row.points,
            _(STATUSES[row.status]),
            row.proxy_name,
            _on(row.collect_by),
        ]
        for row in data.redemptions
    ]
    return Sheet(_("兑换"), [_("日期"), _("东西"), _("积分"), _("情况"), _("代办人"), _("哪天前领")], lines)


def _said(data: OwnData) -> list[Sheet]:
    claims: list[Line] = [
        [_on(row.occurred_on), rule_text(row.item_name), row.points, row.note, row.document, _(STATUSES[row.status])]
        for row in data.claims
    ]
    objections: list[Line] = [
        [row.number, _on(row.filed_on), rule_text(row.item_name), row.words, _(STATUSES[row.status]), row.reason]
        for row in data.objections
    ]
    requests: list[Line] = [
        [row.number, _on(row.filed_on), _(KINDS[row.kind].name), row.words, _(STATUSES[row.status]), row.answer]
        for row in data.requests
    ]
    return [
        Sheet(_("申报"), [_("日期"), _("项目"), _("积分"), _("事由"), _("依据"), _("情况")], claims),
        Sheet(_("异议"), [_("第几号"), _("日期"), _("项目"), _("怎么说的"), _("情况"), _("答复")], objections),
        Sheet(_("反映"), [_("第几号"), _("日期"), _("种类"), _("怎么说的"), _("情况"), _("答复")], requests),
    ]


def _seen(data: OwnData) -> list[Sheet]:
    findings: list[Line] = [
        [_on(row.found_on), row.item_code, rule_text(row.item_name), row.note, _(STATUSES[row.status])]
        for row in data.findings
    ]
    red_lines: list[Line] = [
        [_on(case.row.found_on), case.row.code, rule_text(case.line.name), case.row.note, _(STATUSES[case.row.status])]
        for case in data.red_lines
    ]
    photos: list[Line] = [[_(SUBJECTS[row.subject]), _on(row.recorded_at), row.size] for row in data.photos]
    heads = [_("日期"), _("项目"), _("内容"), _("看到什么"), _("情况")]
    return [
        Sheet(_("检查发现"), heads, findings),
        Sheet(_("红线"), heads, red_lines),
        Sheet(_("照片"), [_("关于什么"), _("日期"), _("大小（字节）")], photos),
    ]
