"""Reads single cells as a clerk writes them: full-width digits, spaces, text dates, numbers kept as text."""

import re
import unicodedata
from datetime import date, datetime
from functools import lru_cache

from villagepoints.domain.calendar import YEARS, Month
from villagepoints.domain.errors import N_, BadInput
from villagepoints.services.workbook import Cell

FULL_DATE = re.compile(r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?(?:[T ].*)?")
SOLID_DATE = re.compile(r"(\d{4})(\d{2})(\d{2})")
NO_YEAR = re.compile(r"\d{1,2}[-/.月]\d{1,2}日?")
MONTH = re.compile(r"(\d{4})[-/.年](\d{1,2})月?(?![\d日])|(?<!\d)(20\d{2})(0[1-9]|1[0-2])(?!\d)")
NUMBER = re.compile(r"[+-]?\d+(\.\d+)?")
BETWEEN_CHINESE = re.compile(r"(?<=[\u3400-\u9fff])\s+(?=[\u3400-\u9fff])")
BRACKETED = re.compile(r"\([^)]*\)|\[[^\]]*\]")
CHINESE_DIGITS = {"零": 0, "一": 1, "二": 2, "两": 2, "三": 3, "四": 4, "五": 5, "六": 6, "七": 7, "八": 8, "九": 9}
MOST = 10_000_000


def _clean(value: str) -> str:
    if value.isprintable() and unicodedata.is_normalized("NFC", value):
        return value.strip()
    kept = "".join(mark for mark in value if mark in "\t\n" or unicodedata.category(mark) not in ("Cc", "Cf", "Cs"))
    return unicodedata.normalize("NFC", kept).strip()


@lru_cache(maxsize=20_000)
def _half_width(value: str) -> str:
    return unicodedata.normalize("NFKC", _clean(value)).strip()


@lru_cache(maxsize=4_000)
def header_key(value: str) -> str:
    """A header as it is compared: half-width, without spaces, brackets, stars and colons."""
    return BRACKETED.sub("", re.sub(r"[\s*:：]", "", _half_width(value)))


def shown(value: Cell) -> str:
    """A cell as a person sees it in the file, for a sentence about it."""
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    if isinstance(value, datetime):
        return value.isoformat(sep=" ")
    return str(value)[:60]


def text(value: Cell, most: int = 200) -> str:
    """A cell as free words, kept as they are written; BadInput when longer than `most` characters."""
    words = _clean(value) if isinstance(value, str) else shown(value)
    if len(words) > most:
        raise BadInput(N_("这一格有 %(length)s 个字，最多 %(most)s 个，请写短一些"), length=len(words), most=most)
    return words


@lru_cache(maxsize=20_000)
def _coded(value: str) -> str:
    return re.sub(r"\s", "", _half_width(value)).upper()


def code(value: Cell, most: int = 20) -> str:
    """A number or code: half-width, upper case, without spaces; 1.0 from a spreadsheet is 1."""
    words = _coded(value) if isinstance(value, str) else shown(value)
    if len(words) > most:
        raise BadInput(N_("编号「%(code)s」太长，最多 %(most)s 位，请核对"), code=words[:30], most=most)
    return words


def name(value: Cell, most: int = 40) -> str:
    """A person's name: spaces between Chinese characters, put there to line names up, are dropped."""
    return BETWEEN_CHINESE.sub("", text(_half_width(value) if isinstance(value, str) else value, most))


def integer(value: Cell) -> int:
    """Whole points or pieces, also as text; BadInput for anything else."""
    if isinstance(value, float | int) and not isinstance(value, bool):
        number = float(value)
    else:
        words = (
            _half_width(value).replace(",", "").replace(" ", "").removesuffix("分") if isinstance(value, str) else ""
        )
        words = words.replace("\u2212", "-").replace("—", "-")
        if not NUMBER.fullmatch(words):
            raise BadInput(N_("这里要写一个整数，请改正"))
        number = float(words)
    if not number.is_integer():
        raise BadInput(N_("分值和数量都是整数，不能有小数，请改正"))
    if abs(number) > MOST:
        raise BadInput(N_("这个数太大了，请核对"))
    return int(number)


def day(value: Cell, earliest: int = 2000) -> date:
    """A village date from an Excel date or text; BadInput says what is missing. Years before `earliest` are refused."""
    if isinstance(value, datetime):
        found = value.date()
    elif isinstance(value, date):
        found = value
    else:
        found = _text_day(value)
    if not earliest <= found.year <= 2200:
        raise BadInput(N_("年份 %(year)s 不对，请核对日期"), year=found.year)
    return _same(found)


@lru_cache(maxsize=4_000)
def _same(found: date) -> date:
    """One object for one day, so that what is made of it is made once."""
    return found


def _text_day(value: Cell) -> date:
    words = _half_width(value) if isinstance(value, str) else shown(value)
    words = re.sub(r"\s+(?=[\d年月日])(?<!\d\s)", "", words)
    match = FULL_DATE.fullmatch(words) or SOLID_DATE.fullmatch(words)
    if match:
        try:
            return date(int(match[1]), int(match[2]), int(match[3]))
        except ValueError:
            raise BadInput(N_("没有这一天，请核对日期")) from None
    if NO_YEAR.fullmatch(words):
        raise BadInput(N_("日期没有写年份，请写全，例如 2025-8-1"))
    if isinstance(value, float | int):
        raise BadInput(N_("这里是一个数，不是日期。请把这一列的格式设为「日期」再存一次，或写成 2025-8-1"))
    raise BadInput(N_("日期读不懂，请写成 2025-8-1 或 2025年8月1日"))


def month(value: Cell) -> Month | None:
    """The month a text or date speaks of (2025年8月, 2025-08, 202508); None when it names none of 2000 to 2199."""
    if isinstance(value, date):
        return Month.of(value) if value.year in YEARS else None
    match = MONTH.search(_half_width(value) if isinstance(value, str) else shown(value))
    if not match:
        return None
    year, number = int(match[1] or match[3]), int(match[2] or match[4])
    return Month(year, number) if year in YEARS and 1 <= number <= 12 else None


def group(value: Cell) -> int | None:
    """The number of a villagers' group: 3, 3组, 第十二组; None for an empty cell."""
    words = re.sub(r"\s|第|组|村民小|小|号", "", _half_width(value)) if isinstance(value, str) else shown(value)
    if not words:
        return None
    if words.isascii() and words.isdigit() and len(words) < 5:
        return int(words)
    tens, mark, ones = words.rpartition("十")
    try:
        if mark:
            return CHINESE_DIGITS.get(tens, 1 if not tens else -99) * 10 + (CHINESE_DIGITS[ones] if ones else 0)
        return CHINESE_DIGITS[words]
    except KeyError:
        raise BadInput(N_("组别要写成数字，例如 3 或 3组，请改正")) from None


def phone(value: Cell) -> str:
    """A phone number: digits only; BadInput when it cannot be one."""
    words = re.sub(r"[\s\-()]", "", _half_width(value)) if isinstance(value, str) else shown(value)
    words = words.removeprefix("+86")
    if words and (not words.isascii() or not words.isdigit() or not 5 <= len(words) <= 15):
        raise BadInput(N_("电话要是 5 到 15 位数字，只写一个号码，请改正"))
    return words
