"""The activity trail in plain words: what each act is called, and what its values mean."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from flask_babel import gettext as _

from villagepoints.blueprints.filters import yuan
from villagepoints.domain.errors import N_
from villagepoints.forms.user import RELATION_NAMES, ROLE_NAMES
from villagepoints.services.trail import Act

KIND_NAMES = {
    "user": N_("人员账号"),
    "relative": N_("亲属申报"),
    "household": N_("农户"),
    "resident": N_("家里的人"),
    "succession": N_("积分接续"),
    "roster": N_("花名册"),
    "relocation": N_("动迁上楼"),
    "card": N_("码牌"),
    "phone": N_("村民的手机"),
    "neighbourhood": N_("居委会"),
    "joint": N_("联席会"),
    "attendance": N_("活动签到"),
    "gathering": N_("活动"),
    "council": N_("评议"),
    "notice": N_("公示"),
    "objection": N_("异议"),
    "red_line": N_("红线"),
    "problem": N_("监督提的问题"),
    "month": N_("月底结账"),
    "rule_draft": N_("办法草案"),
    "rulebook": N_("办法"),
    "import": N_("导入"),
    "reward": N_("商品"),
    "counter": N_("窗口"),
    "stocktake": N_("盘点"),
    "redemption": N_("兑换"),
    "welfare": N_("村级福利"),
    "supervisor": N_("监督小组"),
    "committee": N_("村委会成员"),
    "audit": N_("监督审核"),
    "working_days": N_("工作日"),
    "village": N_("村里的设置"),
    "seal": N_("封账"),
    "report": N_("月报"),
    "checkpoint": N_("每天的封存点"),
}
ACT_NAMES = {
    "user.added": N_("加了一个人"),
    "user.closed": N_("停用账号"),
    "user.opened": N_("重新开通账号"),
    "user.link_made": N_("做了登录链接"),
    "user.link_withdrawn": N_("收回登录链接"),
    "user.roles_asked": N_("提出改角色，等另一位管理员同意"),
    "user.roles_changed": N_("改了角色"),
    "user.roles_refused": N_("不同意改角色"),
    "user.password_set": N_("设了密码"),
    "user.factor_set": N_("开了动态码"),
    "user.factor_dropped": N_("关了自己的动态码"),
    "user.factor_reset": N_("关掉了别人的动态码"),
    "user.looked_through": N_("看过长久不用的账号"),
    "relative.declared": N_("报了近亲属家"),
    "relative.removed": N_("去掉报错的近亲属家"),
    "household.registered": N_("新立一户"),
    "household.changed": N_("改了农户资料"),
    "household.left": N_("户迁走"),
    "household.returned": N_("户迁回"),
    "household.split": N_("分户"),
    "household.people_moved": N_("人转到别的户"),
    "household.merged": N_("并户"),
    "household.opened": N_("村民开通了手机"),
    "household.pin_changed": N_("村民改了密码"),
    "household.consent": N_("村民改了扫码能看什么"),
    "household.list_consent": N_("改了上不上榜"),
    "resident.added": N_("家里添人"),
    "resident.changed": N_("改了家里人的资料"),
    "resident.left": N_("家里人离开"),
    "resident.returned": N_("家里人回来"),
    "resident.head": N_("换户主"),
    "succession.proposed": N_("提出积分接续"),
    "succession.confirmed": N_("同意积分接续"),
    "succession.refused": N_("不同意积分接续"),
    "roster.changed": N_("花名册改了资料"),
    "relocation.assigned": N_("定了归哪个居委会"),
    "card.issued": N_("发了码牌"),
    "card.lost": N_("码牌挂失"),
    "card.opening_renewed": N_("换了开门码"),
    "phone.remembered": N_("手机登录了一户"),
    "phone.forgotten": N_("手机退出了一户"),
    "neighbourhood.added": N_("加了居委会"),
    "neighbourhood.changed": N_("改了居委会"),
    "neighbourhood.members": N_("改了居委会的人"),
    "joint.opened": N_("开联席会"),
    "joint.closed": N_("联席会开完"),
    "joint.settled": N_("联席会的事办了"),
    "attendance.corrected": N_("改了签到"),
    "attendance.removed": N_("去掉签到"),
    "gathering.cancelled": N_("取消活动"),
    "council.opened": N_("开评议"),
    "council.closed": N_("评议结束"),
    "notice.published": N_("贴公示"),
    "notice.posted": N_("公示期满入账"),
    "notice.taken_off": N_("从公示里拿下一条"),
    "month.closed": N_("月底结账"),
    "rule_draft.started": N_("起草办法"),
    "rule_draft.deliberated": N_("记了办法的一步"),
    "rule_draft.reopened": N_("办法草案退回修改"),
    "rule_draft.dropped": N_("不要这份草案"),
    "rulebook.adopted": N_("新办法生效"),
    "import.done": N_("导入一批"),
    "import.taken_back": N_("撤回一批导入"),
    "reward.saved": N_("改了商品"),
    "reward.changed": N_("导入改了商品"),
    "counter.saved": N_("改了窗口"),
    "redemption.hand_over_undone": N_("发奖记错，改回来"),
    "working_days.entered": N_("记了节假日"),
    "working_days.taken_out": N_("去掉节假日"),
    "welfare.listed": N_("定了村级福利名单"),
    "welfare.withdrawn": N_("撤下村级福利名单"),
    "red_line.recorded": N_("记了红线"),
    "red_line.confirmed": N_("认定红线"),
    "red_line.refused": N_("红线不认定"),
    "red_line.lifted": N_("解除红线"),
    "problem.raised": N_("监督小组提了问题"),
    "problem.closed": N_("监督小组复查，问题了结"),
    "problem.withdrawn": N_("监督小组撤回问题"),
    "objection.supported": N_("认为异议提得对，等另一个人也同意"),
    "objection.upheld": N_("异议提得对，改正了"),
    "objection.rejected": N_("异议答复：维持原来的"),
    "objection.withdrawn": N_("撤回异议"),
    "stocktake.closed": N_("盘点结束"),
    "stocktake.dropped": N_("盘点不要了"),
    "supervisor.appointed": N_("登记了监督小组的人"),
    "supervisor.ended": N_("监督小组有人离任"),
    "supervisor.pin_set": N_("监督小组的人设了签字密码"),
    "supervisor.pin_cleared": N_("清掉了监督小组一个人的签字密码"),
    "committee.recorded": N_("登记了村委会成员"),
    "committee.left": N_("村委会成员离任"),
    "committee.relative_added": N_("登记了村委会成员的近亲属家"),
    "committee.relative_removed": N_("去掉登记错的近亲属家"),
    "audit.prepared": N_("定了下一次抽样的代号"),
    "audit.opened": N_("抽签，开了审核"),
    "audit.rule_changed": N_("改了每次抽多少"),
    "audit.prompt_answered": N_("看过一处值得看一看的"),
    "audit.concluded": N_("结束了一次审核"),
    "audit.reopened": N_("重新打开一次审核"),
    "audit.signed": N_("在审核上签了字"),
    "village.added": N_("建村"),
    "village.household_claims": N_("开关村民自己申报"),
    "village.second_factor": N_("开关动态码的要求"),
    "seal.taken": N_("封账"),
    "report.published": N_("公布了月报"),
    "checkpoint.taken": N_("每天自动存下账的指纹"),
}
VALUE_NAMES = {
    "edition": N_("第几版"),
    "signed": N_("签了字"),
    "neighbourhood": N_("居委会"),
    "members": N_("账号"),
    "contact_name": N_("联系人"),
    "contact_phone": N_("电话"),
    "is_active": N_("在用"),
    "quarter": N_("季度"),
    "lines": N_("条数"),
    "line": N_("第几条"),
    "outcome": N_("办得怎样"),
    "login_name": N_("登录名"),
    "roles": N_("角色"),
    "household": N_("户"),
    "relation": N_("关系"),
    "name": N_("名称"),
    "code": N_("代码"),
    "number": N_("号"),
    "reason": N_("原因"),
    "note": N_("说明"),
    "card": N_("第几张"),
    "rows": N_("行数"),
    "file": N_("文件"),
    "kind": N_("种类"),
    "items": N_("条数"),
    "claims": N_("条数"),
    "on": N_("开着"),
    "from": N_("从哪天起"),
    "day": N_("日期"),
    "month": N_("月份"),
    "version": N_("第几版"),
    "label": N_("手机"),
    "phones": N_("手机数"),
    "closes_on": N_("公示到"),
    "shows": N_("能看什么"),
    "accounts": N_("还开着的账号"),
    "points": N_("积分"),
    "price": N_("积分"),
    "stock": N_("库存"),
    "low_stock": N_("剩几件提醒补货"),
    "household_month_limit": N_("每户每月最多几件"),
    "cost_cents": N_("成本"),
    "supplier": N_("供货商"),
    "offered_from": N_("哪天起可以换"),
    "offered_until": N_("换到哪天为止"),
    "counter_id": N_("窗口"),
    "head_name": N_("户主"),
    "group_no": N_("组"),
    "address": N_("住址"),
    "phone": N_("电话"),
    "residency": N_("住在哪里"),
    "is_elder": N_("老人户"),
    "relative": N_("亲属"),
    "left_on": N_("哪天走的"),
    "birth_date": N_("生日"),
    "people": N_("家里的人"),
    "joined_on": N_("从哪天起算"),
    "balance": N_("余额"),
    "to": N_("到哪一户"),
    "document": N_("凭什么"),
    "entries": N_("条数"),
    "until": N_("到哪天为止"),
    "position": N_("职务"),
    "seal": N_("封账"),
    "changed": N_("换过"),
    "signed_out": N_("手机数"),
    "households": N_("入户看几户"),
    "goods": N_("点几种商品"),
    "large_from": N_("多少分以上条条都看"),
    "share_percent": N_("每人每项抽几成"),
    "share_least": N_("每人每项至少几条"),
    "share_most": N_("每人每项最多几条"),
    "proxy_from": N_("代办多少分以上条条都看"),
    "blind_percent": N_("先打分的占几成"),
    "due_days": N_("几天里改好"),
}
OUTCOME_NAMES = {"open": N_("还在办"), "done": N_("办好了"), "dropped": N_("不办了")}
# who an account's household is, what a seal and a signature came to: kept for machines
UNTOLD = ("head_name", "root", "findings", "hash", "supervisor")
LONGEST = 60  # characters of a value


def words_of(act: Act) -> str:
    """What was done."""
    return str(_(ACT_NAMES.get(act.action, act.action)))


def values_of(act: Act) -> str:
    """What stands in the trail with it, before and after where it says so; long technical values are left out."""
    before, after = act.detail.get("before"), act.detail.get("after")
    if isinstance(before, Mapping) and isinstance(after, Mapping):
        fields = dict.fromkeys((*before, *after))
        changed = [_changed(act, name, before.get(name), after.get(name)) for name in fields]
    elif isinstance(after, Mapping):  # what was added had nothing before
        changed = [_text(act, "", after)]
    else:
        changed = [_changed(act, "roles", before, after)] if before is not None or after is not None else []
    rest = {name: value for name, value in act.detail.items() if name not in ("before", "after", *UNTOLD)}
    plain = [_("%(name)s：%(value)s", name=_name(name), value=text) for name in rest if (text := _value(act, name))]
    return str(_("；")).join(filter(None, [*changed, *plain]))


def _changed(act: Act, name: str, before: object, after: object) -> str:
    if before == after:
        return ""
    old, new = (_text(act, name, value) or _("（空）") for value in (before, after))
    return str(_("%(name)s：%(old)s → %(new)s", name=_name(name), old=old, new=new))


def _name(name: str) -> str:
    return str(_(VALUE_NAMES.get(name, name)))


def _value(act: Act, name: str) -> str:
    return _text(act, name, act.detail[name])


def _text(act: Act, name: str, value: Any) -> str:
    if value is None or value == "":
        return ""
    if isinstance(value, bool):
        return str(_("是") if value else _("否"))
    if isinstance(value, Mapping):
        return str(_("，")).join(f"{_name(key)} {text}" for key, one in value.items() if (text := _text(act, key, one)))
    if isinstance(value, list):
        texts = [text for one in value if (text := _text(act, name, one))]
        return str(_("、")).join(texts[:10]) + (_("等 %(count)s 个", count=len(texts)) if len(texts) > 10 else "")
    return _word(act, name, str(value))


def _word(act: Act, name: str, value: str) -> str:
    if name == "roles":
        return str(ROLE_NAMES.get(value, value))
    if name == "relation":
        return str(RELATION_NAMES.get(value, value))
    if name == "outcome":
        return str(_(OUTCOME_NAMES.get(value, value)))
    if name == "cost_cents":
        return yuan(int(value))
    if _is_id(value):
        return act.names.get(value, "")
    if name.endswith("sha256"):
        return ""
    return value if len(value) <= LONGEST else value[:LONGEST] + "…"


def _is_id(value: str) -> bool:
    try:
        return len(value) == 36 and bool(UUID(value))
    except ValueError:
        return False
