"""What a rule must not touch: the topics no village may give or take points for, and the words that betray them."""

import re
import unicodedata
from dataclasses import dataclass

from villagepoints.domain.errors import N_


@dataclass(frozen=True, slots=True)
class Topic:
    """A forbidden topic: the words it is known by, the harmless phrases that hold one of them, and the reason."""

    words: re.Pattern[str]
    harmless: re.Pattern[str] | None
    why: str


def _topic(why: str, words: str, harmless: str = "") -> Topic:
    fold = re.IGNORECASE
    return Topic(re.compile(words, fold), re.compile(harmless, fold) if harmless else None, why)


_CARING = (
    "(关爱|关心|关怀|帮助|帮扶|照顾|照看|照料|看望|慰问|陪护|陪伴|服务|护送|接送|搀扶|扶助|尊重|保护|辅导|资助|救助"
    "|虐待|遗弃|伤害|侵害|拐卖)"
)
_PATIENTS = "(残疾人?|残障人?士?|病人|病患|患者|重病|大病|孕妇|孕产妇|产妇|精神障碍)"
_MINORS = "(未成年人?|儿童|孩子|小孩|孩童|中小学生|小学生|中学生|学生|青少年|少年)"

TOPICS = (
    _topic(
        N_("向上级反映情况、信访、投诉是每个人的权利，不能拿来加分扣分。"),
        "信访|上访|缠访|闹访|越级|告状|投诉|12345|申诉|打官司|诉讼|行政复议"
        "|(举报|检举|控告)[^，。；、]{0,6}(政府|干部|村委|党委|支部|书记|主任|领导|机关|单位|官员|公务员)"
        "|(越级|多次|反复|重复|恶意)(举报|反映)|petition|complain",
        "诚信访谈|街上访问|线上访|上访谈",
    ),
    _topic(
        N_("说什么、在网上发什么，是各人的事，不能拿来加分扣分。"),
        "言论|发帖|跟帖|网评|评论|朋友圈|转发|点赞|造谣|传谣|信谣|谣言|抹黑|发牢骚|说怪话|负面信息|负面舆论|舆情"
        "|发表(意见|看法|观点)|妄议|微信群(发|里)|关注公众号|free speech|opinion|social media",
    ),
    _topic(
        N_("选谁、投不投票是各人的事，不能拿来加分扣分。参加会议可以加分，怎么投票不行。"),
        r"投票|选举|选谁|选票|候选|竞选|参选|罢免|换届|表决|投(赞成|反对|弃权)|\bvot(e|es|ing)\b|election|ballot",
        "never how one votes|投票箱维护",
    ),
    _topic(
        N_("信什么、不信什么是各人的事，不能拿来加分扣分。"),
        "宗教|信教|信佛|信仰|教堂|教会|寺庙|寺院|道观|清真|拜佛|烧香|上香|礼佛|做礼拜|祷告|法会|传教|信众|香客"
        "|佛教|道教|基督|天主|伊斯兰|教徒|和尚|尼姑|religio|church|temple|worship|mosque",
        "诚信教|守信教|信仰坚定跟党走",
    ),
    _topic(
        N_("生不生病、身体好不好不是能努力得来的，也是隐私，不能拿来加分扣分。"),
        "疾病|患病|生病|看病|得病|重病|大病|病人|病史|患者|残疾|残障|伤残|精神病|精神障碍|传染病|艾滋|体检|疫苗|核酸"
        "|健康码|健康状况|健康档案|身体健康|身体好|住院|就医|心理疾病|illness|disease|disab|vaccin|patient",
        f"{_CARING}[^，。；]{{0,8}}{_PATIENTS}|助残|(犬|猫|狗|畜|禽|动物|宠物)[^，。；]{{0,4}}疫苗|疫苗[^，。；]{{0,4}}(犬|猫|狗|畜|禽)"
        "|(疾病|传染病)(预防|防控|防治)|(动物|植物|畜禽)疾病",
    ),
    _topic(
        N_("生不生、生几个孩子是各家的事，不能拿来加分扣分。"),
        "生育|计生|怀孕|孕检|产检|孕妇|产妇|二胎|三胎|二孩|三孩|多胎|头胎|生男|生女|结扎|节育|避孕|上环|超生|流产|堕胎|人流手术"
        "|独生子女|未婚先孕|生孩子|pregnan|childbirth|birth control|abortion",
        f"{_CARING}[^，。；]{{0,8}}{_PATIENTS}",
    ),
    _topic(
        N_("欠了谁的钱有法院和合同来管，不能拿来加分扣分。"),
        "欠债|债务|负债|还债|讨债|借款|贷款|欠款|欠费|欠缴|拖欠|老赖|失信被执行|失信人|赌债|debt|loan|arrears",
        "防(范)?[^，。；]{0,4}贷款(诈骗)?|(非法|违规)贷款(宣传|广告)|网络贷款诈骗|校园贷",
    ),
    _topic(
        N_("孩子的品行和成绩由家里和学校来教，不能拿来给全家加分扣分。"),
        f"{_MINORS}|学习成绩|考试成绩|成绩单|成绩排名|期末成绩|逃学|旷课|早恋|三好学生|网瘾|minor's|pupil|school grade",
        f"{_CARING}[^，。；]{{0,8}}{_MINORS}|(儿童|少年)(乐园|之家|友好|宫)|(学生|儿童)护(学|送)岗?|大学生",
    ),
)

_LOOSE = re.compile(r"[\s\u200b-\u200f\u2060\ufeff·•・*_.\-—~|/\\]+")


@dataclass(frozen=True, slots=True)
class Hit:
    """A forbidden word in a text, and why it is forbidden; both to be shown."""

    word: str
    why: str


def screen(text: str) -> Hit | None:
    """The first forbidden word of a text, however it is spaced or widened; None where it may stand."""
    words = unicodedata.normalize("NFKC", text)
    for folded in (_LOOSE.sub("", words), words):  # Latin words need their spaces
        for topic in TOPICS:
            rest = topic.harmless.sub("\n", folded) if topic.harmless else folded
            if found := topic.words.search(rest):
                return Hit(found[0], topic.why)
    return None
