"""What the templates of imports say; they are Chinese like the heads that the import reads."""

TITLES = {
    "roster": "花名册",
    "opening": "期初结转",
    "base-scores": "基础分",
    "events": "加减分明细",
    "rewards": "兑换品目录",
    "redemptions": "兑换登记",
}
HOW = (
    "一行一条，从第 2 行往下写。第一列写着「例」的那一行只是样子，不会导进去，留着、改掉都可以。",
    "列的先后可以换，也可以多几列别的；表头的字不要改。有小箭头的格子可以点开来选。",
    "写好存一下，在「导入」里选它。先看结果，点了确认才记上；有一行不能记，整张表都不记，不会只记一半。",
)
ANY_VALUE = "照实写，没有就空着。"
_HOUSEHOLD = ("和花名册里一样的户号。前面的 0 没了也认得。",)
_HEAD = ("写了更好：名字和户号对不上的时候会提醒你，是不是串了行。",)
_DAY = ("写全年月日，例如 2026-11-05。",)

HINTS: dict[str, dict[str, tuple[str, ...]]] = {
    "roster": {
        "": (
            "已经在册的人改了什么就更新什么；空着的格子不会把原来的抹掉。表里没有的人不会被删，搬走了请在住户页登记。",
        ),
        "household": ("一户一个号，一家人写同一个。",),
        "name": ("一行一个人。",),
        "relation": ("每户要有一个人写「户主」。",),
        "birth": ("例如 1958-03-12。写了身份证号可以不写。",),
        "identity": ("用来认出是同一个人，核对完不保存。要先把这一列设成「文本」，不然 Excel 会改掉后几位。",),
        "phone": ("只写一个号码。",),
        "residency": ("常住 或 动迁上楼。",),
        "group": ("几组，写数字。",),
    },
    "opening": {
        "": ("把纸上记着的结余搬过来，一户一行，一户只能搬一次。",),
        "household": _HOUSEHOLD,
        "head": _HEAD,
        "points": ("到那天为止还剩多少分。",),
        "day": ("结到哪一天，不写就是今天。",),
    },
    "base-scores": {
        "": ("一个月一张表，表的名字（下面的标签）写哪年哪月，例如 2025年8月。可以复制这张表，一次导好几个月。",),
        "household": _HOUSEHOLD,
        "head": _HEAD,
        "total": ("可以不写；写了就核对是不是各项加起来的数。",),
    },
    "events": {
        "": ("只写加分和扣分。每个月的基础分写在基础分评分表里。",),
        "day": _DAY,
        "household": _HOUSEHOLD,
        "head": _HEAD,
        "item": ("点开来选，或只写编号，例如 D1。",),
        "points": ("加分写正数，扣分写负数。有等次的项目，按分值认等次。",),
        "note": ("为什么加、为什么扣，村民会看到。",),
    },
    "rewards": {
        "": ("已经有的东西按编号更新名称和积分；库存不会改，进货、盘点请在「商品与库存」里登记。",),
        "code": ("自己编，不能重复，例如 J01。",),
        "points": ("换一件要多少分。",),
        "stock": ("新东西现在有几件。",),
    },
    "redemptions": {
        "": ("以前换走的东西。那时候积分不够的行不能记，要先把加分导进来。",),
        "day": _DAY,
        "household": _HOUSEHOLD,
        "head": _HEAD,
        "reward": ("目录里的编号，或者写后面的名称，写一样就行。",),
        "quantity": ("换了几件。",),
        "each": ("一件多少分，可以不写。",),
        "total": ("一共花了多少分，写正数。",),
        "channel": ("自主、窗口 或 代办。",),
        "proxy": ("代办的写是谁代的。",),
    },
}
HINTS["base-scores"] |= dict.fromkeys(
    [f"{letter}{number}" for letter in "ABC" for number in range(1, 10)], ("这一项得了几分，没得分写 0。",)
)
EXAMPLES: dict[str, dict[str, str | int]] = {
    "roster": {
        "household": "001",
        "name": "张大明",
        "relation": "户主",
        "sex": "男",
        "birth": "1958-03-12",
        "phone": "13800000000",
        "residency": "常住",
        "address": "村东 1 号",
        "group": "3",
    },
    "opening": {"household": "001", "head": "张大明", "points": 120, "day": "2026-01-01", "note": "纸账结余"},
    "base-scores": {"household": "001", "head": "张大明"},
    "events": {
        "day": "2026-11-05",
        "household": "001",
        "head": "张大明",
        "item": "D1",
        "points": 15,
        "note": "河道保洁 3 小时",
        "recorder": "李文书",
    },
    "rewards": {"code": "J01", "name": "食用油 5 升", "points": 200, "stock": 20},
    "redemptions": {
        "day": "2026-11-05",
        "household": "001",
        "head": "张大明",
        "reward": "J01",
        "reward_name": "食用油 5 升",
        "quantity": 1,
        "each": 200,
        "total": 200,
        "channel": "自主",
    },
}
