"""What no rule may touch is refused by its word and with the reason; what only sounds like it may stand."""

from typing import Any

import pytest

from tests.domain.test_rulebook import source
from villagepoints.domain import rule_check
from villagepoints.domain.errors import BadInput
from villagepoints.domain.rule_check import parse, problems
from villagepoints.domain.rule_text import screen
from villagepoints.domain.rulebook import adopted

FORBIDDEN = [
    ("到镇里信访一次", "信访"),
    ("越级上访", "越级"),
    ("拨打12345投诉村里", "12345"),
    ("举报村干部", "举报村干部"),
    ("恶意举报", "恶意举报"),
    ("在朋友圈发不实内容", "朋友圈"),
    ("造谣传谣", "造谣"),
    ("转发村里公众号文章", "转发"),
    ("发表不当言论", "言论"),
    ("换届时按要求投票", "换届"),
    ("参加选举", "选举"),
    ("表决时投赞成票", "表决"),
    ("去教堂做礼拜", "教堂"),
    ("家里有人信教", "信教"),
    ("清明烧香拜佛", "烧香"),
    ("全家身体健康", "身体健康"),
    ("家有残疾人", "残疾"),
    ("按时体检、接种疫苗", "体检"),
    ("响应三孩政策", "三孩"),
    ("怀孕报备", "怀孕"),
    ("计划外生育", "生育"),
    ("拖欠合作医疗费", "拖欠"),
    ("列为失信被执行人", "失信被执行"),
    ("欠款不还", "欠款"),
    ("孩子考试成绩好", "孩子"),
    ("未成年人打架", "未成年人"),
    ("学生旷课", "学生"),
    ("信 访", "信访"),
    ("信·访", "信访"),
    ("上\u200b访", "上访"),
    ("拨打１２３４５", "12345"),
    ("Voting in the village election", "election"),
    ("Religious activity", "Religio"),
]
HARMLESS = [
    "参加献血",
    "卫生整洁户",
    "打扫环境卫生",
    "诚信教育活动",
    "上门走访谈心",
    "举报安全隐患",
    "随手拍上报",
    "封建迷信活动",
    "关爱残疾人、看望病人",
    "照看留守儿童",
    "帮助孕妇办事",
    "护送学生过马路",
    "犬只接种狂犬疫苗",
    "考取高校",
    "参加村民会议、议事协商、培训",
    "邻里团结，接受调解",
    "健康步道保洁",
    "虐待、遗弃家庭成员",
    "疫情防控值守",
    "防贷款诈骗宣传",
    "生产安全",
    "关心下一代志愿服务",
    "Village meetings (never how one votes)",
    "Devoted volunteers",
]


@pytest.mark.parametrize(("text", "word"), FORBIDDEN, ids=[text for text, _ in FORBIDDEN])
def test_what_is_nobody_s_business_is_refused_by_its_word(text: str, word: str) -> None:
    hit = screen(text)
    assert hit is not None
    assert hit.word == word
    assert hit.why.endswith(("。", "行。"))


@pytest.mark.parametrize("text", HARMLESS)
def test_what_only_sounds_like_it_may_stand(text: str) -> None:
    assert screen(text) is None


@pytest.mark.parametrize("field", ["name", "name_relocated", "name_en", "grade", "red_line", "category"])
def test_a_book_is_searched_wherever_people_read_it(field: str) -> None:
    raw = source()
    text = "Church attendance" if field == "name_en" else "参加宗教活动"
    if field == "grade":
        next(item for item in raw["item"] if item["code"] == "D4")["grades"][text] = 10
    elif field in ("red_line", "category"):
        raw[field][0]["name"] = text
    else:
        raw["item"][0][field] = text
    with pytest.raises(BadInput, match="信什么、不信什么是各人的事"):
        parse(raw, 1)


def test_the_item_the_word_and_the_reason_are_named() -> None:
    raw = source()
    raw["item"][5]["name"] = "不上访家庭"
    with pytest.raises(BadInput, match=r"A6 里写了「上访」：.*每个人的权利.*办法没有变"):
        parse(raw, 1)


def test_what_was_adopted_before_stays_readable_and_everything_wrong_with_a_draft_is_said() -> None:
    raw: dict[str, Any] = source()
    raw["item"][5]["name"] = "不上访家庭"
    raw["item"][0]["points"] = 24
    raw["objection_answer_days"] = 30
    book = adopted(raw, 1)
    assert len(list(problems(book, len(raw["item"])))) == 3


def test_a_book_that_is_not_searched_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    """The planted bug: the screen lets everything through."""
    monkeypatch.setattr(rule_check, "screen", lambda _: None)
    raw = source()
    raw["item"][5]["name"] = "不上访家庭"
    assert parse(raw, 1).item("A6").name == "不上访家庭"
