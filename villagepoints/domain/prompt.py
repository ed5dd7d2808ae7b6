"""Prompts to look: what in a month's figures is worth a member's walk, in plain words; never a verdict on anybody."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from villagepoints.domain.errors import N_

RELATIVES, GROUP, LENIENT, BURST = "relatives", "group", "lenient", "burst"
PHOTO, CAP, UNDER, EDITS = "photo", "cap", "under", "edits"
NIGHT, HELPER, NEVER_DOWN, NEVER_SCORED, RESIDENCY = "night", "helper", "never_down", "never_scored", "residency"

MONTHS_BACK = 3  # what people did is compared over three months: one alone is too little to tell
YEAR_BACK = 12  # and who was never scored down over a year
MOST_BEHIND = 500  # rows kept behind one prompt
RARE = 0.001  # how seldom chance must do as much in one comparison
RARE_OF_MANY = 0.01  # and in all comparisons of one kind together

# The rows behind a prompt, by what they are: an entry by household and number, all others by their own id.
ENTRY, HOME, IMAGE, FINDING, CLAIM, HANDED, ACT = "entry", "home", "photo", "finding", "claim", "redemption", "act"


@dataclass(frozen=True, slots=True)
class Prompt:
    """One prompt: its kind, the user, household or photo it is about, its figures, the rows behind it.

    `rate` says how unusual it is (0 … 1, the smaller the rarer): the rarest of a kind stand first.
    """

    kind: str
    figures: Mapping[str, int | str]
    behind: list[list[Any]]
    subject_id: UUID | None = None
    rate: float = 1.0


@dataclass(frozen=True, slots=True)
class Kind:
    """How a kind is told: its title, what there is to see (with the figures' names), how it is reckoned and what it
    stands against, and the least numbers below which nothing is said; `big` are the figures in large type with their
    words, `bars` the two that are drawn beside each other."""

    title: str
    says: str
    how: str
    least: str
    big: tuple[tuple[str, str], ...]
    bars: tuple[str, str] | None = None
    is_of_few: bool = False  # a few households are meant, not the whole village: theirs do not answer it


KINDS: dict[str, Kind] = {
    RELATIVES: Kind(
        N_("亲属家的分"),
        N_(
            "%(who)s的亲属家有 %(homes)s 户，三个月平均每户 %(mean)s 分；住法一样的别户平均 %(others)s 分。"
            "%(who)s自己给这几户记过 %(own)s 条。"
        ),
        N_(
            "把本人家、本人报的亲属家、报他是亲属的干部家放在一起，三个月里得的分减去扣的分，和住法一样（常住比常住、"
            "动迁比动迁）的别户比。按名次排，排得特别靠前、平均又多出一成以上才提示。"
        ),
        N_("亲属家少于 3 户不比；本人给亲属家记的少于 5 条不算。"),
        (("mean", N_("亲属家平均")), ("others", N_("别户平均"))),
        ("mean", "others"),
        is_of_few=True,
    ),
    GROUP: Kind(
        N_("加分集中在一个组"),
        N_("%(who)s三个月记的加分里，每 100 件有 %(percent)s 件给了%(group)s组；别人记的每 100 件是 %(others)s 件。"),
        N_(
            "同一天同一项算一件事，开一次会记了许多户也只算一件。只看他记过的那几个组：这个组的户数占多少、"
            "别人在这几个组里给它多少，拿大的那个比，多出一半以上、碰巧不大可能才提示。"
        ),
        N_("一个人记的少于 30 件、给这个组的少于 15 件不比；专走几条巷的网格员不比。"),
        (("percent", N_("每 100 件")), ("others", N_("别人每 100 件"))),
        ("percent", "others"),
    ),
    LENIENT: Kind(
        N_("同一条巷，有人记得松"),
        N_("%(who)s评了 %(scored)s 户次，%(found)s 户次查出东西；按同一条巷别人评的算，该有 %(expected)s 户次左右。"),
        N_(
            "只在同一个组、同一种住法里比：谁评过的户次，里面有几户次他记了要整改的。各组分开比了再合起来，"
            "所以组里本来干净，不算他松。比该有的少三成以上、碰巧不大可能才提示。"
        ),
        N_("一个人和别人评过同一条巷的少于 30 户次、该查出的少于 5 户次不比；一条巷只有一个人评过也比不了。"),
        (("found", N_("查出的户次")), ("expected", N_("该有多少"))),
        ("found", "expected"),
    ),
    BURST: Kind(
        N_("几分钟里记了许多条"),
        N_("%(who)s在 %(day)s %(time)s 起的 10 分钟里一条一条记了 %(acts)s 次；平时 10 分钟记 %(usual)s 次。"),
        N_(
            "把检查、申报、直接记的分按记下的时刻排起来，看哪 10 分钟最密。一次记许多户的只算一次；评分表、月底结账、"
            "导入、公示期满入账都不算。"
        ),
        N_("10 分钟里少于 20 次不提示。"),
        (("acts", N_("10 分钟里")), ("usual", N_("平时"))),
        ("acts", "usual"),
    ),
    PHOTO: Kind(
        N_("一张照片用了几回"),
        N_("一样的照片，或者几乎一样的，用在 %(uses)s 件事上，涉及 %(homes)s 户。"),
        N_(
            "每张照片缩成很小的黑白格子，比哪边亮，得出 64 个记号；相差不到 6 个的算同一张，压缩过、调亮过也认得出。"
            "一次给许多户记的同一张照片只算一回，同一件事的不算。"
        ),
        N_("用在 2 件以上的事上才提示；太暗、太平的照片比不了。往前比一年，本月用过的才提示。"),
        (("uses", N_("用在几件事上")), ("homes", N_("涉及几户"))),
        is_of_few=True,
    ),
    CAP: Kind(
        N_("正好卡在上限"),
        N_("有 %(homes)s 户三个月里至少两个月%(item)s正好得满上限 %(cap)s 分。"),
        N_("看每户每个月得的加分是不是一分不差等于办法里的上限；上限不到 50 分的项目不看，那种本来就容易得满。"),
        N_("一户三个月里少于两个月卡满不提示。"),
        (("homes", N_("几户")), ("cap", N_("上限"))),
        is_of_few=True,
    ),
    UNDER: Kind(
        N_("刚好不用第二个人"),
        N_(
            "%(who)s一天记给一户的分，有 %(under)s 次落在 %(low)s 到 %(high)s 分之间，再低 10 分的一段有 %(below)s 次。"
        ),
        N_(
            "满 %(limit)s 分要另一个人同意。没有人躲这道关的话，紧挨着它的一段不会比再低的一段多出许多；"
            "三个月里多得碰巧不大可能才提示。"
        ),
        N_("少于 6 次不提示。"),
        (("under", N_("差一点到")), ("below", N_("再低一段"))),
        ("under", "below"),
    ),
    EDITS: Kind(
        N_("审核前几天改得多"),
        N_(
            "开审核前 7 天改了 %(edits)s 次：冲正 %(reversals)s 条（基础分 %(base)s 条），改设置 %(settings)s 次，"
            "盘点改库存 %(counts)s 次。之前 12 个星期平均每星期 %(usual)s 次。"
        ),
        N_("数 7 天里的冲正、改办法和商品等设置、盘点改的库存，和之前 12 个星期的平均比，多得碰巧不大可能才提示。"),
        N_("少于 5 次、用这个系统不满三个月，不提示。"),
        (("edits", N_("审核前 7 天")), ("usual", N_("平时一星期"))),
        ("edits", "usual"),
    ),
    NIGHT: Kind(
        N_("半夜发奖"),
        N_(
            "%(who)s这个月有 %(times)s 次在晚上 10 点到早上 6 点之间发奖，一共 %(points)s 分；他这个月共发 %(all)s 次。"
        ),
        N_("看每次把商品交出去的时刻，按村里的钟。村民自己夜里在手机上兑换不算，导入的登记簿没有时刻，也不算。"),
        N_("一个月少于 3 次不提示。"),
        (("times", N_("夜里发奖")), ("points", N_("积分"))),
        is_of_few=True,
    ),
    HELPER: Kind(
        N_("一个人替许多老人代办"),
        N_(
            "%(who)s三个月替 %(homes)s 户老人代办了 %(times)s 次，一共 %(points)s 分。"
            "替 5 户以上代办的都列在这里，别的代办人一般 %(usual)s 户。"
        ),
        N_(
            "按登记的代办人姓名数替几户老人办过。网格员替许多老人跑腿是好事，看的是东西有没有送到。"
            "只写「邻居」「女儿」这样的称呼认不出是谁，有 %(unnamed)s 次，没有算。"
        ),
        N_("不超过 5 户不提示。"),
        (("homes", N_("几户老人")), ("points", N_("积分"))),
        is_of_few=True,
    ),
    NEVER_DOWN: Kind(
        N_("一个组几乎没人扣过分"),
        N_(
            "%(group)s组%(track)s %(homes)s 户里有 %(never)s 户 %(months)s 个月没扣过一分；"
            "同样住法的别组每 100 户是 %(others)s 户。"
        ),
        N_("看一年里基础分有没有得不满过、有没有扣过分，冲正了的不算。和住法一样的别组比，多得碰巧不大可能才提示。"),
        N_("账不满 6 个月、一个组少于 10 户不比。"),
        (("never", N_("没扣过分的户")), ("homes", N_("全组"))),
        ("percent", "others"),
    ),
    NEVER_SCORED: Kind(
        N_("三个月没人看过"),
        N_("%(all)s 户里有 %(homes)s 户三个月没有人评过：评分表没点过，走访没到过，没查出过东西，也没导入过评分。"),
        N_("没人看过的户，月底结账照样得满分。这里列的是满分后面没有人看过的户。"),
        N_("新来不满三个月的户不算；账不满三个月不提示。"),
        (("homes", N_("没人看过的户")), ("all", N_("全村"))),
    ),
    RESIDENCY: Kind(
        N_("常住和动迁上楼比一比"),
        N_(
            "这个月每 100 户里扣过分的，常住 %(resident)s 户，动迁上楼 %(relocated)s 户，相差 %(value)s；"
            "真正的差在 %(low)s 到 %(high)s 之间（100 次里 95 次是这样）。基础分平均常住 %(resident_base)s 分，"
            "动迁上楼 %(relocated_base)s 分。"
        ),
        N_("范围里有 0，就是说不准有没有差别：数太小。范围不含 0，就值得问一问是房子不一样，还是评的尺度不一样。"),
        N_("两边都有评过分的户才比。"),
        (("resident", N_("常住，每 100 户")), ("relocated", N_("动迁上楼，每 100 户"))),
        ("resident", "relocated"),
    ),
}
ORDER = tuple(KINDS)
