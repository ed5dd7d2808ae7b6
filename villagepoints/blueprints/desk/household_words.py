"""How the desk says what was changed about a household: the act in a sentence, each value as it was and as it is."""

from datetime import date
from typing import Any

from villagepoints.blueprints.desk.blueprint import blueprint
from villagepoints.blueprints.filters import full_day, points
from villagepoints.blueprints.quick import plain as _
from villagepoints.domain.errors import N_
from villagepoints.services.household_history import Change

FIELDS = {
    "number": N_("户号"),
    "group_no": N_("组"),
    "residency": N_("类型"),
    "address": N_("住址"),
    "remark": N_("备注"),
    "elder_marked": N_("老人户"),
    "neighbourhood": N_("居委会"),
    "moved_on": N_("搬上楼的日子"),
    "head_name": N_("户主"),
    "people": N_("人数"),
    "joined_on": N_("从哪天起算"),
    "name": N_("姓名"),
    "relation": N_("和户主的关系"),
    "sex": N_("性别"),
    "birth_on": N_("出生日期"),
    "phone": N_("手机"),
    "identity": N_("身份证号"),
    "left_reason": N_("原因"),
    "left_on": N_("从哪天起"),
}
REASONS = {
    "moved": N_("搬走了"),
    "married": N_("结婚离家"),
    "died": N_("去世了"),
    "mistake": N_("登记错了"),
    "merged": N_("并到别的户"),
}
RESIDENCIES = {"resident": N_("常住"), "relocated": N_("动迁上楼")}
SUCCESSIONS = {"merge": N_("并户"), "inherit": N_("继承"), "split": N_("分户")}
STATUSES = {"waiting": N_("等另一个人定"), "done": N_("已经转了"), "refused": N_("没有转")}
_ACTS = {
    "household.registered": N_("登记了这户"),
    "household.changed": N_("改了这户的资料"),
    "household.left": N_("登记这户不在村里了"),
    "household.returned": N_("登记错了，这户又回来了"),
    "resident.head": N_("换了户主"),
    "relocation.assigned": N_("换了联系的居委会"),
    "roster.changed": N_("按花名册改了"),
    "card.issued": N_("发了新码牌"),
    "card.lost": N_("码牌挂失"),
}
_OF_PERSON = {
    "resident.added": N_("加了%(name)s"),
    "resident.changed": N_("改了%(name)s的资料"),
    "resident.left": N_("%(name)s不在这户了"),
    "resident.returned": N_("%(name)s还在这户"),
}
_BETWEEN = {
    "household.split": N_("%(people)s从 %(from)s 户分到 %(to)s 户"),
    "household.people_moved": N_("%(people)s从 %(from)s 户搬到 %(to)s 户"),
    "household.merged": N_("%(from)s 户并到 %(to)s 户"),
    "succession.proposed": N_("%(from)s 户的积分转给 %(to)s 户"),
    "succession.confirmed": N_("另一个人同意了：%(from)s 户的积分转给 %(to)s 户"),
    "succession.refused": N_("没有同意 %(from)s 户的积分转给 %(to)s 户：%(reason)s"),
}


@blueprint.app_template_global("change_words")
def change_words(change: Change) -> str:
    """What was done, in a sentence without its full stop."""
    if change.action in _OF_PERSON:
        return _(_OF_PERSON[change.action], name=change.detail.get("name", ""))
    if change.action in _BETWEEN:
        known = {name: change.detail.get(name, "") for name in ("people", "from", "to", "reason")}
        sentence = _(_BETWEEN[change.action], **known)
        moved = change.detail.get("points")
        if not moved:
            return sentence
        waits = change.detail.get("status") == "waiting"
        told = {"what": sentence, "n": points(int(moved))}
        return _("%(what)s，%(n)s 分（等另一个人定）", **told) if waits else _("%(what)s，%(n)s 分", **told)
    sentence = _(_ACTS.get(change.action, change.action))
    reason = change.detail.get("reason")
    return _("%(what)s：%(why)s", what=sentence, why=reason) if reason else sentence


@blueprint.app_template_global("changed_fields")
def changed_fields(change: Change) -> list[tuple[str, str, str]]:
    """Each value that changed: its name, as it was (empty for what was new), as it is; a person's own name is
    in the sentence already."""
    skipped = {"name"} if change.action == "resident.added" else set()
    is_change = "before" in change.detail and "after" in change.detail
    return [
        (
            _(FIELDS[name]),
            _value(name, before) if is_change else "",
            _value(name, after if is_change else after or before),
        )
        for name, before, after in change.fields
        if name in FIELDS and name not in skipped and (before or after)
    ]


@blueprint.app_template_global("left_reason")
def left_reason(reason: str) -> str:
    """Why somebody or a household left."""
    return _(REASONS[reason]) if reason in REASONS else ""


@blueprint.app_template_global("succession_words")
def succession_words(kind: str) -> str:
    """What let points go over."""
    return _(SUCCESSIONS[kind])


def _value(name: str, value: Any) -> str:
    if value is None or value == "":
        return _("按年龄算") if name == "elder_marked" else _("没写")
    if isinstance(value, bool):
        return _("是") if value else _("不是")
    words = {"residency": RESIDENCIES, "left_reason": REASONS}.get(name, {})
    if value in words:
        return _(words[value])
    if name.endswith("_on"):
        return full_day(date.fromisoformat(value))
    if name == "group_no":
        return _("%(number)s组", number=value)
    return str(value)
