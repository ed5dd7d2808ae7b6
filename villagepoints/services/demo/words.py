"""What the demo village's people, places and deeds are called; every person is invented."""


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


VILLAGE_CODE = "sx"
VILLAGE_NAME = "盛新村"
CLERK_PHONE = "10000000000"  # like every phone of the demo a number that cannot exist

SURNAMES = tuple("陆沈俞顾盛张王杨陈吴朱金徐周钱孙许黄高唐夏曹蒋倪杭戴杜孔邱干马费施陶胡计潘蔡褚姚")
RARE_SURNAMES = _words("单 仇 查 曾 翟 盖 缪 欧阳")  # read otherwise than they look

# given names by sex and by the time of birth: before 1965, before 1995, later
OLD_MEN = _words("水生 林根 火根 根生 永根 金官 关云 伯泉 阿毛 士林 品良 惠良 正华 建国 永兴 小弟 福根 炳泉")
OLD_WOMEN = _words("阿妹 招娣 引娣 秀英 桂芳 月娥 金妹 林妹 凤珍 玉兰 彩英 云仙 杏珍 爱珍 雪芬 美华 小妹 根娣")
MID_MEN = _words("志明 国强 卫东 建忠 永明 文斌 伟 明 俊 杰 军 峰 海荣 春华 建华 晓东 勇 磊")
MID_WOMEN = _words("丽娟 敏 静 燕 芳 丽华 红 晓燕 春燕 雪芳 慧 琴 玲 萍 美芳 丽萍 佳 婷")
NEW_MEN = _words("浩然 子轩 雨泽 宇航 俊杰 梓豪 天佑 一鸣 嘉诚 晨阳 思远 奕辰 喆 骉")
NEW_WOMEN = _words("雨桐 欣怡 梓涵 诗涵 思琪 语嫣 佳怡 子萱 依诺 可欣 一诺 心妍 若汐 静怡")

APARTMENTS = ("新枫公寓", "盛和家园", "枫景苑")
# estate: its committee, whom to ask for, telephone; the households of one house are left to be given away
COMMITTEES = {
    "新枫公寓": ("新枫居委会", "许主任", "10000000001"),
    "盛和家园": ("盛和居委会", "季主任", "10000000002"),
    "枫景苑": ("枫景居委会", "冯主任", "10000000003"),
}
UNGIVEN = "枫景苑12号"
MET_AT = "新枫居委会二楼会议室"
CAME_VILLAGE, CAME_COMMITTEE = "俞文书、顾网格员", "许主任、社工小唐"
MINUTES = "逐条议过。居委会反映楼道停放电动自行车的不少，村里和居委会一起上门劝，先讲清楚再记。"
# what was talked over, what was agreed, who sees to it, within how many days
TALKED_OVER = (
    ("楼道里堆了旧家具", "帮着联系收旧货的，一次清掉", "许主任", 10),
    ("老人独住，子女在外地", "每周有人上门看一次", "社工小唐", 14),
    ("通道里给电动自行车充电", "楼下加一排充电位，装好前停到车棚", "居委会和村里", 30),
)
LIVES_ALONE = "独居老人，需上门"

CLERKS = ("俞文书", "张文书")
GRID_WORKERS = ("顾网格员", "李网格员")
SHOPKEEPER = "陆掌柜"
RECORDERS = (*CLERKS, *GRID_WORKERS)
PROXIES = ("女儿", "儿子", "邻居 王", "网格员 李", "网格员 顾")

VOLUNTEERING = ("河道保洁", "垃圾分类值守", "护村巡逻", "为老服务", "绿化养护")
MEETINGS = ("参加村民小组议事会", "参加村民会议", "参加消防安全培训", "参加垃圾分类培训")
HAZARDS = ("路面破损", "路灯不亮", "井盖松动", "河道漂浮物", "电线垂落", "护栏松动")
HONOURS = ("最美庭院", "好媳妇", "文明户", "优秀志愿者", "平安家庭", "最美志愿者", "五好家庭", "垃圾分类示范户")

# code, name, points, pieces left today
GOODS = (
    ("R01", "食用油 5L", 200, 38),
    ("R02", "大米 10kg", 150, 64),
    ("R03", "洗衣液 3kg", 85, 9),
    ("R04", "抽纸 6包", 48, 120),
    ("R05", "牙膏 2支", 30, 85),
    ("R06", "垃圾袋 5卷", 20, 150),
    ("R07", "食盐 1包", 8, 200),
    ("R08", "毛巾 2条", 36, 46),
    ("R09", "热水瓶", 110, 4),
    ("R10", "理发券", 60, 30),
)

# what a piece costs the village, in cents; nobody has asked the barber yet
COSTS = {
    "R01": 5990,
    "R02": 4580,
    "R03": 2490,
    "R04": 1390,
    "R05": 890,
    "R06": 560,
    "R07": 230,
    "R08": 1080,
    "R09": 5900,
}

# what households would like to find on the shelf: these words, so many times
WISHED = (("雨伞", 5), ("面粉", 4), ("电蚊香", 3), ("菜刀", 1))

# what was found, by base item, in the month that still runs
FOUND = {
    "A1": "宅前屋后有 1 处乱堆物",
    "A2": "干湿垃圾没有分开",
    "A3": "庭院 1 处杂草",
    "A4": "散养家禽",
    "C1": "通道里停放电动自行车充电",
}
