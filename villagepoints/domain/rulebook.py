"""The rule book of a village: its categories, scoring items and red lines, read from the text the villagers adopted."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from villagepoints.domain.errors import N_, BadInput, RuleBroken

BASE, CONTRIBUTION, PENALTY = "base", "contribution", "penalty"
ITEM_KINDS = (BASE, CONTRIBUTION, PENALTY)
CAP_PERIODS = ("day", "month", "quarter", "year")


@dataclass(frozen=True, slots=True)
class Category:
    """类: one of the four parts of the rule book."""

    code: str
    name: str
    name_en: str


@dataclass(frozen=True, slots=True)
class RuleItem:
    """评分内容: one of the items, with its points, caps and what it asks for before it is posted."""

    code: str
    kind: str
    category: str
    position: int
    name: str
    name_relocated: str
    name_en: str
    points: int  # of one time, unit or month; 0 where grades say it
    step: int  # base: fewer for each finding
    grades: Mapping[str, int]
    cap: Mapping[str, int]  # `month` etc.: times; `month_points` etc.: points
    quota_percent: int | None
    once_per: str | None  # deed, person or case
    unit: str | None
    evidence: str
    requires_persuasion: bool
    requires_document: bool
    claws_back: bool
    is_honour: bool  # given to few or by grade; a household that crossed a red line gets none that year
    guardian_consent_under: int | None  # younger people's data needs their guardian to agree

    def text_for(self, residency: str) -> str:
        """The item as a household of that residency reads it."""
        return self.name_relocated if residency == "relocated" else self.name


@dataclass(frozen=True, slots=True)
class RedLine:
    """红线: what empties the month's base and pauses redemption."""

    code: str
    name: str
    pause_months: int
    requires_document: bool


@dataclass(frozen=True, slots=True)
class RuleBook:
    """积分管理办法 in one version; effective from a village date until the next version's."""

    version: int
    name: str
    principle: str
    effective_on: date
    monthly_base: int
    contribution_cap: Mapping[str, int]  # points of `month` and `year`
    cap_exempt: frozenset[str]
    second_approver_from: int
    expiry_months: int
    late_days: int  # how long into January the year before may still be recorded
    objection_window_days: int  # after posting, to object
    objection_target_working_days: int
    objection_answer_days: int  # the limit, in calendar days (Shanghai's rules)
    publicity_days: int  # 0: what is approved is posted at once
    rectification_days: int  # to put right what somebody was persuaded about
    persuasion_months: int  # how long a persuasion is remembered: a finding of its kind within it is a repeat
    repair_hours: int  # of service that take one month off a red line's pause
    red_list_percent: int  # how many of each residency stand on the red list
    categories: tuple[Category, ...]
    items: Mapping[str, RuleItem]
    red_lines: tuple[RedLine, ...]

    def item(self, code: str) -> RuleItem:
        """The item with that code; RuleBroken where this version has none."""
        try:
            return self.items[code]
        except KeyError:
            raise RuleBroken(N_("办法里没有「%(code)s」这一项，没有记账。请从列表里选一项。"), code=code) from None

    def of_kind(self, kind: str) -> tuple[RuleItem, ...]:
        """Its items of one kind, in the order of the book."""
        return tuple(item for item in self.items.values() if item.kind == kind)

    def red_line(self, code: str) -> RedLine:
        """The red line with that code; RuleBroken where this version has none."""
        for line in self.red_lines:
            if line.code == code:
                return line
        raise RuleBroken(N_("办法里没有「%(code)s」这条红线，没有记。请从列表里选一条。"), code=code)

    def needs_second_approver(self, points: int) -> bool:
        """Whether an entry of so many points must be approved by another person than the one who recorded it."""
        return abs(points) >= self.second_approver_from


def base_points(item: RuleItem, findings: int) -> int:
    """What a base item earns in a month with so many findings: `step` fewer for each, never below 0."""
    return max(0, item.points - item.step * findings)


def base_of_month(book: RuleBook, findings: Mapping[str, int], *, crossed_red_line: bool) -> dict[str, int]:
    """What each base item earns a household in a month, by item code, with so many counted findings of each.

    Together never more than `monthly_base`, none below 0; all of them 0 where it crossed a red line in that month.
    """
    return {
        item.code: 0 if crossed_red_line else base_points(item, findings.get(item.code, 0))
        for item in book.of_kind(BASE)
    }


def points_of(item: RuleItem, grade: str | None, quantity: int) -> int:
    """The signed points of a contribution or penalty; fixed by the book, never typed.

    Raises RuleBroken for a grade the item does not have, a missing grade, or a quantity where nothing is counted.
    """
    if item.kind == BASE:
        raise RuleBroken(N_("%(code)s 是每月基础分，由检查发现扣减、按月结账，不能单独记。"), code=item.code)
    if item.grades:
        if grade not in item.grades:
            raise RuleBroken(
                N_("%(code)s 要选一个等次：%(grades)s。没有记账。"), code=item.code, grades="、".join(item.grades)
            ).at("grade")
    elif grade:
        raise RuleBroken(N_("%(code)s 不分等次，请不要填等次。没有记账。"), code=item.code)
    most = 24 if item.unit == "hour" else 1
    if not 1 <= quantity <= most:
        raise RuleBroken(
            N_("%(code)s 的数量要在 1 到 %(most)s 之间，填的是 %(quantity)s。没有记账。"),
            code=item.code,
            most=most,
            quantity=quantity,
        ).at("quantity")
    return (item.grades[grade] if item.grades and grade else item.points) * quantity


def grade_for_points(item: RuleItem, points: int) -> str | None:
    """The grade that has these points (a register of paper names only points); None where the item has no grades."""
    return next((grade for grade, value in item.grades.items() if value == points), None)


def adopted(source: Mapping[str, Any], version: int) -> RuleBook:
    """A rule book from a text that was checked when it was adopted, or is not to be yet (rule_check.parse checks).

    What the village once adopted stays readable, whatever later versions of the program would refuse. BadInput where
    the text has not even the form of a rule book.
    """
    try:
        categories = tuple(Category(c["code"], c["name"], c.get("name_en", c["name"])) for c in source["category"])
        items = {raw["code"]: _item(raw, position) for position, raw in enumerate(source["item"], 1)}
        cap = dict(source.get("contribution_cap", {}))
        exempt = frozenset(cap.pop("exempt", ()))
        effective_on = source["effective_on"]
        book = RuleBook(
            version=version,
            name=source["name"],
            principle=source.get("principle", ""),
            effective_on=effective_on if isinstance(effective_on, date) else date.fromisoformat(effective_on),
            monthly_base=int(source["monthly_base"]),
            contribution_cap=cap,
            cap_exempt=exempt,
            second_approver_from=int(source.get("second_approver_from", 100)),
            expiry_months=int(source.get("expiry_months", 24)),
            late_days=int(source.get("late_days", 31)),
            objection_window_days=int(source.get("objection_window_days", 15)),
            objection_target_working_days=int(source.get("objection_target_working_days", 7)),
            objection_answer_days=int(source.get("objection_answer_days", 15)),
            publicity_days=int(source.get("publicity_days", 5)),
            rectification_days=int(source.get("rectification_days", 7)),
            persuasion_months=int(source.get("persuasion_months", 12)),
            repair_hours=int(source.get("repair_hours", 10)),
            red_list_percent=int(source.get("red_list_percent", 10)),
            categories=categories,
            items=items,
            red_lines=tuple(
                RedLine(r["code"], r["name"], int(r["pause_months"]), bool(r.get("requires_document")))
                for r in source.get("red_line", ())
            ),
        )
    except KeyError as missing:
        raise BadInput(N_("办法文件里缺少「%(name)s」，没有导入。请补上后再试。"), name=missing.args[0]) from None
    except (TypeError, ValueError, AttributeError, IndexError) as error:
        raise BadInput(N_("办法文件的格式读不懂（%(error)s），没有导入。"), error=error) from None
    return book


def _item(raw: Mapping[str, Any], position: int) -> RuleItem:
    return RuleItem(
        code=raw["code"],
        kind=raw["kind"],
        category=raw["code"][0],
        position=position,
        name=raw["name"],
        name_relocated=raw.get("name_relocated", raw["name"]),
        name_en=raw.get("name_en", raw["name"]),
        points=int(raw.get("points", 0)),
        step=int(raw.get("step", 0)),
        grades={str(grade): int(points) for grade, points in raw.get("grades", {}).items()},
        cap={str(name): int(value) for name, value in raw.get("cap", {}).items()},
        quota_percent=raw.get("quota_percent"),
        once_per=raw.get("once_per"),
        unit=raw.get("unit"),
        evidence=raw.get("evidence", ""),
        requires_persuasion=bool(raw.get("requires_persuasion")),
        requires_document=bool(raw.get("requires_document")),
        claws_back=bool(raw.get("claws_back")),
        is_honour=bool(raw.get("honour", raw.get("quota_percent") is not None or raw.get("once_per") == "deed")),
        guardian_consent_under=raw.get("guardian_consent_under"),
    )
