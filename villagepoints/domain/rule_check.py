"""What a rule book must be before a village adopts it: whole, adding up, and silent on what is nobody's business."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from villagepoints.domain.errors import N_, BadInput
from villagepoints.domain.rule_text import screen
from villagepoints.domain.rulebook import (
    BASE,
    CAP_PERIODS,
    CONTRIBUTION,
    ITEM_KINDS,
    PENALTY,
    RuleBook,
    RuleItem,
    adopted,
)

SETTING_NAMES = {
    "name": N_("办法名称"),
    "principle": N_("一句话原则"),
    "monthly_base": N_("每户每月基础分"),
    "contribution_cap": N_("贡献分合计上限"),
    "cap_exempt": N_("不受合计上限的项目"),
    "second_approver_from": N_("多少分起要两人审核"),
    "expiry_months": N_("积分几个月有效"),
    "late_days": N_("上一年的事，一月里还能补记几天"),
    "objection_window_days": N_("入账后几天内可以提异议"),
    "objection_target_working_days": N_("异议争取几个工作日答复"),
    "objection_answer_days": N_("异议最迟几天答复"),
    "publicity_days": N_("公示几天"),
    "rectification_days": N_("劝导后几天内改好"),
    "persuasion_months": N_("劝导过的事记多少个月"),
    "repair_hours": N_("服务几小时抵一个月停兑"),
    "red_list_percent": N_("红榜取前百分之几"),
}
CODE = re.compile(r"[A-Z][A-Z0-9]{0,7}")
LONGEST = {"name": 120, "grade": 20}
EVIDENCE = ("", "photo", "document", "minutes", "two_reviewers", "visit", "check_in", "audit")
ONCE_PER = (None, "deed", "person", "case")
# The law answers an objection within 15 days; the rest keeps slips of the finger out.
RANGES: Mapping[str, tuple[int, int]] = {
    "monthly_base": (1, 1000),
    "second_approver_from": (1, 1000),
    "expiry_months": (6, 120),
    "late_days": (0, 90),
    "objection_window_days": (5, 90),
    "objection_target_working_days": (1, 15),
    "objection_answer_days": (1, 15),
    "publicity_days": (0, 30),
    "rectification_days": (1, 60),
    "persuasion_months": (1, 24),
    "repair_hours": (0, 100),
    "red_list_percent": (1, 50),
}


def parse(source: Mapping[str, Any], version: int) -> RuleBook:
    """A rule book from its text (rulebook.toml as a mapping), fit to be adopted; BadInput says what is first wrong."""
    book = adopted(source, version)
    for problem in problems(book, len(source["item"])):
        raise problem
    return book


def problems(book: RuleBook, rows: int) -> Iterator[BadInput]:
    """Everything for which a book may not be adopted, each with its sentence; `rows` are the items it was read from."""
    if len(book.items) != rows or len({line.code for line in book.red_lines}) != len(book.red_lines):
        yield BadInput(N_("有两个项目或两条红线用了同一个编号，办法没有变。请改成不同的。"))
    if not 1 <= len(book.name) <= 80:
        yield BadInput(N_("办法的名称要有，最多 80 个字，办法没有变。"))
    for name, (least, most) in RANGES.items():
        if not least <= getattr(book, name) <= most:
            yield BadInput(
                N_("「%(name)s」要在 %(least)s 到 %(most)s 之间，办法没有变。"),
                name=SETTING_NAMES[name],
                least=least,
                most=most,
            )
    for item in book.items.values():
        yield from _item_problems(book, item)
    yield from _cap_problems(book)
    for line in book.red_lines:
        if (
            not CODE.fullmatch(line.code)
            or not 1 <= len(line.name) <= LONGEST["name"]
            or not 0 <= line.pause_months <= 12
        ):
            yield BadInput(
                N_("红线 %(code)s 的编号、文字或停兑月数（0 到 12）写得不对，办法没有变。"), code=line.code[:8]
            )
    total = sum(item.points for item in book.of_kind(BASE))
    if total != book.monthly_base:
        yield BadInput(
            N_("基础分各项加起来是 %(total)s 分，不是每月 %(base)s 分，办法没有变。请调整各项的分。"),
            total=total,
            base=book.monthly_base,
        )
    yield from _forbidden(book)


def _item_problems(book: RuleBook, item: RuleItem) -> Iterator[BadInput]:
    known = {category.code for category in book.categories}
    if item.category not in known or item.kind not in ITEM_KINDS or not CODE.fullmatch(item.code):
        yield BadInput(
            N_("项目 %(code)s 的编号、类别或种类写得不对，办法没有变。编号用类别字母加数字，例如 A8。"),
            code=item.code[:8],
        )
    if not all(1 <= len(name) <= LONGEST["name"] for name in (item.name, item.name_relocated)):
        yield BadInput(N_("项目 %(code)s 要有文字，最多 120 个字，办法没有变。"), code=item.code)
    if any(name.removesuffix("_points") not in CAP_PERIODS or limit < 1 for name, limit in item.cap.items()):
        yield BadInput(N_("项目 %(code)s 的上限写得不对，办法没有变。"), code=item.code)
    sign = -1 if item.kind == PENALTY else 1
    if any(not 0 < sign * points <= 1000 for points in (item.grades.values() or (item.points,))):
        yield BadInput(
            N_("项目 %(code)s 的分值正负写得不对，办法没有变。加分填正数，扣分填负数，都不能是 0。"), code=item.code
        )
    if any(not 1 <= len(grade) <= LONGEST["grade"] for grade in item.grades):
        yield BadInput(N_("项目 %(code)s 的等次要有名称，最多 20 个字，办法没有变。"), code=item.code)
    if item.kind == BASE and (item.grades or not 0 < item.step <= item.points):
        yield BadInput(N_("项目 %(code)s 每处扣几分写得不对，办法没有变。要在 1 分到这项的满分之间。"), code=item.code)
    if item.once_per not in ONCE_PER or item.unit not in (None, "hour") or item.evidence not in EVIDENCE:
        yield BadInput(N_("项目 %(code)s 的计量、凭据或「只记一次」写得不对，办法没有变。"), code=item.code)
    if item.quota_percent is not None and (item.kind != CONTRIBUTION or not 1 <= item.quota_percent <= 100):
        yield BadInput(N_("项目 %(code)s 的名额要在 1%% 到 100%% 之间，只有加分项才有，办法没有变。"), code=item.code)


def _cap_problems(book: RuleBook) -> Iterator[BadInput]:
    if any(span not in CAP_PERIODS or limit < 1 for span, limit in book.contribution_cap.items()):
        yield BadInput(N_("贡献分合计的上限写得不对，办法没有变。"))
    contributions = {item.code for item in book.of_kind(CONTRIBUTION)}
    for code in sorted(book.cap_exempt - contributions):
        yield BadInput(N_("「不受合计上限」里的 %(code)s 不是办法里的加分项，办法没有变。"), code=code[:8])


def _forbidden(book: RuleBook) -> Iterator[BadInput]:
    """What names a topic that no village may score, with the word and the reason."""
    for code, texts in (
        *((category.code, (category.name, category.name_en)) for category in book.categories),
        *((item.code, (item.name, item.name_relocated, item.name_en, *item.grades)) for item in book.items.values()),
        *((line.code, (line.name,)) for line in book.red_lines),
    ):
        hit = next((hit for text in texts if (hit := screen(text))), None)
        if hit is not None:
            yield BadInput(
                N_("%(code)s 里写了「%(word)s」：%(why)s办法没有变，请改掉这一项。"),
                code=code,
                word=hit.word,
                why=hit.why,
            )
