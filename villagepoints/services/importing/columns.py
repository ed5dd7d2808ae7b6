"""Which columns each kind of file has and how clerks spell them: the one table of headers."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Column:
    """A column: its field, the spellings of its header (people are told the first), whether a file needs it."""

    field: str
    spellings: tuple[str, ...]
    required: bool = False


PRIVATE = frozenset({"identity"})  # not shown whole, even to the one who wrote it: screens and logs are seen by others
ASIDE = frozenset({"怎么填", "可以选的"})  # sheets of our own templates that hold no rows
HOUSEHOLD = Column("household", ("户号", "户编号", "门牌号", "家庭编号", "户籍编号", "户码", "户代码"), required=True)
HEAD = Column("head", ("户主", "户主姓名", "姓名", "户主名字", "户名"))
DAY = Column("day", ("日期", "时间", "发生日期", "记分日期", "登记日期", "年月日"), required=True)
NOTE = Column("note", ("事由", "说明", "内容", "原因", "备注", "加扣分事由", "具体事由"))


def covered(text: str) -> str:
    """A private cell as a screen shows it."""
    return f"{text[:3]}…{text[-4:]}" if len(text) > 8 else text


COLUMNS: dict[str, tuple[Column, ...]] = {
    "roster": (
        HOUSEHOLD,
        Column("name", ("姓名", "村民姓名", "成员姓名", "家庭成员", "户主姓名", "户主"), required=True),
        Column("relation", ("与户主关系", "关系", "与户主的关系", "家庭关系")),
        Column("sex", ("性别",)),
        Column("birth", ("出生日期", "出生年月日", "出生年月", "生日")),
        Column("identity", ("身份证号", "身份证号码", "身份证", "公民身份号码", "证件号码")),
        Column("phone", ("联系电话", "电话", "手机", "手机号", "手机号码", "联系方式", "电话号码")),
        Column("residency", ("居住情况", "居住类型", "居住状态", "住户类型", "类型")),
        Column("address", ("现住址", "住址", "地址", "家庭住址", "现居住地址")),
        Column("group", ("组别", "组", "村民小组", "小组", "所在组")),
        Column("remark", ("备注", "说明")),
    ),
    "opening": (
        HOUSEHOLD,
        HEAD,
        Column(
            "points",
            ("积分", "结余积分", "期初积分", "积分余额", "余额", "现有积分", "分值", "结转积分"),
            required=True,
        ),
        Column("day", ("日期", "截止日期", "结转日期", "截至日期")),
        NOTE,
    ),
    "base-scores": (
        HOUSEHOLD,
        HEAD,
        Column("month", ("月份", "评分月份", "年月", "月度")),
        Column("total", ("合计", "总分", "得分", "合计得分", "总计", "小计")),
    ),
    "events": (
        DAY,
        HOUSEHOLD,
        HEAD,
        Column("item", ("项目编号", "评分项目", "项目", "项目代码", "编号", "评分内容"), required=True),
        Column("points", ("分值", "积分", "加减分", "得分", "加扣分", "分数"), required=True),
        NOTE,
        Column("recorder", ("记录人", "登记人", "经办人", "记分员", "填报人")),
    ),
    "rewards": (
        Column("code", ("编号", "兑换品编号", "奖品编号", "商品编号", "代码"), required=True),
        Column("name", ("名称", "兑换品", "奖品", "品名", "商品名称", "奖品名称", "兑换品名称", "商品"), required=True),
        Column("points", ("所需积分", "积分", "单价积分", "兑换积分", "分值", "单价"), required=True),
        Column("stock", ("库存", "数量", "库存数量", "现有库存")),
    ),
    "redemptions": (
        DAY,
        HOUSEHOLD,
        HEAD,
        Column("reward", ("兑换品编号", "奖品编号", "商品编号", "编号")),
        Column("reward_name", ("兑换品", "奖品", "兑换品名称", "奖品名称", "商品", "商品名称", "名称", "品名")),
        Column("quantity", ("数量", "件数", "兑换数量"), required=True),
        Column("each", ("单价积分", "单价", "所需积分", "每件积分")),
        Column("total", ("合计积分", "合计", "积分", "兑换积分", "消费积分", "总积分"), required=True),
        Column("channel", ("兑换方式", "方式", "渠道", "领取方式")),
        Column("proxy", ("代办人", "代领人", "代兑人")),
    ),
}
