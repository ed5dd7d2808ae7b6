"""How a name is read, for search by pinyin: every reading of the surname that people really use is kept."""

import unicodedata
from functools import lru_cache

from pypinyin import Style, lazy_pinyin

# Surnames read otherwise than the character usually is: the surname's own reading first, syllables apart.
SURNAMES = {
    "单": ("shan", "dan"),
    "仇": ("qiu", "chou"),
    "查": ("zha", "cha"),
    "曾": ("zeng", "ceng"),
    "区": ("ou", "qu"),
    "翟": ("zhai", "di"),
    "盖": ("ge", "gai"),
    "缪": ("miao", "mou"),
    "朴": ("piao", "pu"),
    "解": ("xie", "jie"),
    "任": ("ren",),
    "华": ("hua",),
    "尉": ("wei", "yu"),
    "员": ("yun", "yuan"),
    "召": ("shao", "zhao"),
    "黑": ("he", "hei"),
    "秘": ("bi", "mi"),
    "冼": ("xian",),
    "折": ("she", "zhe"),
    "洗": ("xian", "xi"),
    "隗": ("wei", "kui"),
    "贾": ("jia", "gu"),
    "乐": ("yue", "le"),
    "葛": ("ge",),
    "卜": ("bu",),
    "种": ("chong", "zhong"),
    "重": ("chong", "zhong"),
    "祭": ("zhai", "ji"),
    "逄": ("pang",),
    "覃": ("qin", "tan"),
    "谌": ("chen", "shen"),
    "晟": ("cheng", "sheng"),
    "繁": ("po", "fan"),
    "能": ("nai", "neng"),
    "便": ("pian", "bian"),
    "宓": ("mi", "fu"),
    "牟": ("mou", "mu"),
    "阚": ("kan",),
    "郗": ("xi", "chi"),
    "佴": ("nai",),
    "都": ("du",),
    "长": ("zhang", "chang"),
    "车": ("che",),
    "沈": ("shen",),
    "干": ("gan",),
    "盛": ("sheng",),
    "尉迟": ("yu chi", "wei chi"),
    "万俟": ("mo qi", "wan si"),
    "令狐": ("ling hu",),
    "长孙": ("zhang sun",),
    "澹台": ("tan tai",),
    "单于": ("chan yu", "dan yu"),
}
FULL, INITIALS = 120, 40  # what the columns hold


@lru_cache(maxsize=20_000)
def read(name: str) -> tuple[str, str]:
    """Full pinyin and initials of a name in lower case, readings separated by spaces: `shanmei danmei`, `sm dm`."""
    name = "".join(unicodedata.normalize("NFKC", name).split())
    surname = next((name[:length] for length in (2, 1) if name[:length] in SURNAMES), "")
    given = lazy_pinyin(name[len(surname) :], style=Style.NORMAL, errors="default")
    readings = [[*reading.split(), *given] for reading in SURNAMES.get(surname, ("",))]
    fulls = ["".join(syllables).lower() for syllables in readings]
    initials = ["".join(syllable[:1] for syllable in syllables).lower() for syllables in readings]
    return _fit(fulls, FULL), _fit(initials, INITIALS)


def _fit(readings: list[str], most: int) -> str:
    words = list(dict.fromkeys(readings))
    while len(" ".join(words)) > most and len(words) > 1:
        words.pop()
    return " ".join(words)[:most]
