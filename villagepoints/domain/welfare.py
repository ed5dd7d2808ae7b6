"""村级福利挂钩: on which conditions a household qualifies, and what may never depend on points."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from villagepoints.domain.errors import N_, BadInput

# What people are entitled to by law, or belongs to them as members of the collective: points have no say in it.
# 村民委员会组织法 27, 社会救助暂行办法, 社会保险法, 义务教育法, 农村土地承包法, 农村集体经济组织法.
STATUTORY = {
    N_("社会救助是法律给的"): ("低保", "最低生活保障", "五保", "特困", "临时救助", "医疗救助", "救济", "困难补助"),
    N_("社会保险是法律给的"): ("医保", "新农合", "合作医疗", "养老金", "养老保险", "社保", "工伤", "失业金"),
    N_("优抚和残疾人待遇是法律给的"): ("抚恤", "优抚", "退役军人", "残疾人", "护理补贴", "高龄津贴", "尊老金"),
    N_("孩子上学是法律给的"): ("义务教育", "入学", "学籍", "营养餐"),
    N_("土地和房屋是各家的"): ("承包", "征地", "补偿款", "安置房", "宅基地", "拆迁款", "确权"),
    N_("集体的收益人人有份"): ("分红", "集体收益", "股权", "股份"),
    N_("户口和选举是公民的权利"): ("户籍", "户口", "落户", "选举", "投票", "入党"),
    N_("证明和办事人人一样"): ("开证明", "盖章", "办证"),
}


@dataclass(frozen=True, slots=True)
class Conditions:
    """What a scheme asks for; `top_percent` within each residency track, merit in points of the scheme's year."""

    least_merit: int | None
    top_percent: int | None
    excludes_red_line: bool


@dataclass(frozen=True, slots=True)
class Figures:
    """How a household stood: its merit in points, the top per cent of its track, red lines crossed in the year."""

    merit: int
    percent: int
    red_lines: int


@dataclass(frozen=True, slots=True)
class Reason:
    """Whether one condition is met, as a msgid with its values."""

    is_met: bool
    sentence: str
    values: Mapping[str, int]


def check_scheme(name: str, benefit: str, conditions: Conditions) -> None:
    """Refuse what is nobody's to give by points, and a scheme that asks for nothing (BadInput)."""
    text = "".join((name + benefit).split())
    for why, words in STATUTORY.items():
        for word in words:
            if word in text:
                raise BadInput(
                    N_("「%(word)s」不能和积分挂钩：%(why)s，谁家都一样。没有保存，请换一项村里自己出钱办的福利。"),
                    word=word,
                    why=why,
                )
    if conditions.least_merit is None and conditions.top_percent is None:
        raise BadInput(N_("请至少定一个条件：文明分满多少，或者排在前百分之几。没有保存。"))


def judge(conditions: Conditions, figures: Figures) -> Iterator[Reason]:
    """Each condition in turn, met or not; the household qualifies if all are."""
    if conditions.least_merit is not None:
        missing = conditions.least_merit - figures.merit
        values = {"merit": figures.merit, "least": conditions.least_merit, "missing": missing}
        if missing <= 0:
            yield Reason(True, N_("文明分 %(merit)s 分，满 %(least)s 分"), values)
        else:
            yield Reason(False, N_("文明分 %(merit)s 分，要 %(least)s 分，还差 %(missing)s 分"), values)
    if conditions.top_percent is not None:
        values = {"percent": figures.percent, "top": conditions.top_percent}
        if figures.percent <= conditions.top_percent:
            yield Reason(True, N_("在同类住户的前 %(percent)s%%，要求前 %(top)s%%"), values)
        else:
            yield Reason(False, N_("在同类住户的前 %(percent)s%%，没进前 %(top)s%%"), values)
    if conditions.excludes_red_line:
        if figures.red_lines:
            yield Reason(False, N_("这一年碰过红线"), {})
        else:
            yield Reason(True, N_("这一年没有碰红线"), {})
