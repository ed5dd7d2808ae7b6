"""How the desk says what a row is: on pages, on paper and in workbooks alike."""

from typing import Protocol
from uuid import UUID

from flask import url_for

from villagepoints.blueprints.desk.blueprint import blueprint
from villagepoints.blueprints.desk.listing import Cell
from villagepoints.blueprints.filters import month_name
from villagepoints.blueprints.language import rule_text
from villagepoints.blueprints.quick import plain as _
from villagepoints.domain.errors import N_
from villagepoints.domain.finding import STATUSES
from villagepoints.domain.ledger import KINDS
from villagepoints.services.claim_list import ClaimRow
from villagepoints.services.objection_list import ObjectionRow
from villagepoints.services.redemption_list import RedemptionRow
from villagepoints.services.service_request_list import RequestRow
from villagepoints.services.statement import Line

REDEMPTIONS = {
    "reserved": N_("等着领"),
    "fulfilled": N_("已发放"),
    "cancelled": N_("已取消"),
    "expired": N_("过期退回"),
}
CHANNELS = {"self": N_("自己兑换"), "counter": N_("窗口"), "proxy": N_("代办")}
CLAIMS = {
    "waiting": N_("待审核"),
    "approved": N_("已同意"),
    "posted": N_("已入账"),
    "refused": N_("没有同意"),
    "withdrawn": N_("已撤回"),
}
OBJECTIONS = {
    "open": N_("没答复"),
    "upheld": N_("提得对，改了"),
    "rejected": N_("没有改"),
    "withdrawn": N_("撤回了"),
    "all": N_("全部"),
}
VIA = {"phone": N_("手机上提的"), "desk": N_("在窗口说的"), "paper": N_("交来的纸")}
REQUESTS = {
    "open": N_("没答复"),
    "answered": N_("答复了"),
    "withdrawn": N_("他家撤回了"),
    "all": N_("全部"),
}
CASES = {
    "waiting": N_("待认定"),
    "confirmed": N_("已认定"),
    "refused": N_("没有认定"),
    "lifted": N_("已撤销"),
}
DRAFTS = {
    "draft": N_("修改中"),
    "deliberation": N_("议定中"),
    "adopted": N_("已定为办法"),
    "dropped": N_("已作废"),
}
LOOKS = {
    "draft": "gold",
    "reserved": "gold",
    "persuaded": "gold",
    "counted": "red",
    "waiting": "gold",
    "confirmed": "red",
}
QUIET = ("cancelled", "expired", "withdrawn", "refused", "rejected", "lifted", "dropped")


class Homed(Protocol):
    """A row that is about a household."""

    @property
    def household_id(self) -> UUID: ...
    @property
    def head_name(self) -> str: ...


def of_household(row: Homed) -> Cell:
    """The head of a row's household, leading to its page."""
    return Cell(row.head_name, url_for("desk.household", household_id=row.household_id))


def mark(status: str) -> str:
    """The class of a status's mark."""
    return "mark " + LOOKS.get(status, "plain" if status in QUIET else "")


def choices(names: dict[str, str]) -> list[tuple[str, str]]:
    """Values with their words, for a field of a form."""
    return [(value, _(text)) for value, text in names.items()]


@blueprint.app_template_global("row_names")
def row_names(kind: str) -> dict[str, str]:
    """The words for each value of a kind of row, for templates."""
    names = {
        "kinds": KINDS,
        "redemptions": REDEMPTIONS,
        "channels": CHANNELS,
        "claims": CLAIMS,
        "findings": STATUSES,
        "objections": OBJECTIONS,
        "via": VIA,
        "requests": REQUESTS,
        "cases": CASES,
        "drafts": DRAFTS,
    }
    return {value: _(text) for value, text in names[kind].items()}


@blueprint.app_template_global("reason_of")
def reason_of(line: Line) -> str:
    """An entry's reason in one line."""
    note = _("（%(text)s）", text=line.note) if line.note else ""
    if line.kind == "redemption":
        return _("兑换 %(goods)s", goods=line.goods or line.note)
    if line.kind == "refund":
        return _("兑换退回 %(goods)s", goods=line.goods) + note
    if line.kind == "reversal":
        return _("冲正第 %(seq)s 条：%(why)s", seq=line.reverses_seq, why=line.note)
    if line.kind == "opening":
        return line.note or _("上年结转")
    if line.kind == "expiry":
        return line.note or _("积分到期")
    if line.item_kind == "base":
        month = month_name(line.occurred_on.month)
        return _("%(month)s基础分：%(item)s", month=month, item=rule_text(line.item_name)) + note
    return rule_text(line.note or line.item_name) or _(KINDS[line.kind])


@blueprint.app_template_global("claimed_of")
def claimed_of(row: ClaimRow) -> str:
    """What a claim asks for, in one line."""
    asked = {
        "reversal": _("冲正第 %(seq)s 条", seq=row.reverses_seq),
        "claw_back": _("收回第 %(seq)s 条并扣分", seq=row.reverses_seq),
    }.get(row.kind, "")
    grade = _("（%(text)s）", text=row.grade) if row.grade else ""
    return " ".join(filter(None, (asked, row.item_code, rule_text(row.item_name) + grade)))


@blueprint.app_template_global("objected_of")
def objected_of(row: ObjectionRow) -> str:
    """What an objection is about, in one line."""
    kind = _("第 %(seq)s 条", seq=row.entry_seq) if row.entry_seq else _("公示") if row.claim_id else _("检查发现")
    return f"{kind} · {row.item_code} {rule_text(row.item_name)}" if row.item_code else kind


def goods_of(row: RedemptionRow) -> str:
    """The goods of a redemption with their pieces, in one line."""
    return "、".join(f"{name} ×{pieces}" if pieces > 1 else name for name, pieces, _each in row.goods)


@blueprint.app_template_global("told_of")
def told_of(row: RequestRow) -> str:
    """What a household told or asked, in one line."""
    if not (row.goods or row.words):
        return _("没说是什么事，先打个电话问问")
    wish = _("想要「%(name)s」", name=row.goods) if row.goods else ""
    return _("：").join(filter(None, (wish, row.words)))
