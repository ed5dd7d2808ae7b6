"""What the rule book still allows a household: caps by times and points, quotas, once per deed, person or case."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from typing import Protocol, TypeVar

from villagepoints.domain.calendar import period
from villagepoints.domain.errors import N_, RuleBroken
from villagepoints.domain.rulebook import CONTRIBUTION, RuleBook, RuleItem

PERIOD_NAMES = {"day": N_("当天"), "month": N_("本月"), "quarter": N_("本季度"), "year": N_("今年")}
ONCE_NAMES = {"deed": N_("同一件事"), "person": N_("同一个人"), "case": N_("同一个案件")}


class Past(Protocol):
    """An earlier entry of the same household that stands (not reversed)."""

    @property
    def item_code(self) -> str | None: ...
    @property
    def points(self) -> int: ...
    @property
    def occurred_on(self) -> date: ...
    @property
    def occasion(self) -> str | None: ...


Row = TypeVar("Row", bound=Past)


@dataclass(frozen=True, slots=True)
class Remaining:
    """What is left under one cap: `amount` of points or times in a period that is named for people."""

    period: str
    unit: str  # points or times
    amount: int
    limit: int
    overall: bool = False  # the cap over all contributions together


def remaining(book: RuleBook, item: RuleItem, on: date, past: Iterable[Past]) -> list[Remaining]:
    """What every cap on the item leaves this household on a village date, in points (absolute) or times."""
    rows = list(past)
    return [*of_item(item, on, rows), *overall(book, item, on, rows)]


def of_item(item: RuleItem, on: date, past: list[Past]) -> Iterator[Remaining]:
    """What the item's own caps leave."""
    own = [row for row in past if row.item_code == item.code]
    for name, limit in item.cap.items():
        span = name.removesuffix("_points")
        inside = _within(own, span, on)
        if name.endswith("_points"):
            yield Remaining(span, "points", max(0, limit - sum(abs(row.points) for row in inside)), limit)
        else:
            yield Remaining(span, "times", max(0, limit - len(inside)), limit)


def overall(book: RuleBook, item: RuleItem, on: date, past: list[Past]) -> Iterator[Remaining]:
    """What the caps over all contributions together leave; the same for every item they cover."""
    if item.kind != CONTRIBUTION or item.code in book.cap_exempt:
        return
    counted = {other.code for other in book.of_kind(CONTRIBUTION)} - book.cap_exempt
    own = [row for row in past if row.item_code in counted]
    for span, limit in book.contribution_cap.items():
        used = sum(row.points for row in _within(own, span, on))
        yield Remaining(span, "points", max(0, limit - used), limit, overall=True)


def _within(rows: Iterable[Past], span: str, on: date) -> list[Past]:
    first, last = period(span, on)
    return [row for row in rows if first <= row.occurred_on <= last]


def tightest(item: RuleItem, left: Iterable[Remaining]) -> Remaining | None:
    """The cap that is reached first, a time being worth the item's most points; None where nothing caps it."""
    each = max(item.grades.values()) if item.grades else item.points
    return min(left, key=lambda one: one.amount * (abs(each) if one.unit == "times" else 1), default=None)


def breaches(
    book: RuleBook, item: RuleItem, points: int, on: date, occasion: str | None, past: Iterable[Past]
) -> Iterator[RuleBroken]:
    """What an entry of so many points on that date would break, each with its numbers."""
    rows = list(past)
    for left in remaining(book, item, on, rows):
        if left.amount < (abs(points) if left.unit == "points" else 1):
            yield _over(item, points, left)
    if item.once_per and occasion is not None:
        twice = same_occasion(item, occasion, rows)
        if twice:
            yield _again(item, item.once_per, twice)


def same_occasion(item: RuleItem, occasion: str | None, past: Iterable[Row]) -> Row | None:
    """What was given before for the same deed, person or case; None where it would be the first time."""
    if not item.once_per or occasion is None:
        return None
    return next((row for row in past if row.item_code == item.code and row.occasion == occasion), None)


def takes_place_of(item: RuleItem, points: int, occasion: str | None, past: Iterable[Row]) -> Row | None:
    """What a higher grade for the same deed takes the place of: of one deed only the highest grade counts."""
    if item.once_per != "deed" or not item.grades:
        return None
    lower = same_occasion(item, occasion, past)
    return lower if lower is not None and lower.points < points else None


def _again(item: RuleItem, once_per: str, before: Past) -> RuleBroken:
    sentence = N_("%(code)s %(name)s：%(once)s只记一次，%(day)s 已经记过 %(points)s 分。没有记账。")
    if once_per == "deed" and item.grades:
        sentence = N_(
            "%(code)s %(name)s：%(once)s只记一次、按最高的等次，%(day)s 已经记过 %(points)s 分，"
            "这次不比那次高。没有记账。"
        )
    return RuleBroken(
        sentence,
        code=item.code,
        name=item.name,
        once=ONCE_NAMES[once_per],
        day=before.occurred_on.isoformat(),
        points=before.points,
    ).at("occasion")


def _over(item: RuleItem, points: int, left: Remaining) -> RuleBroken:
    named = {"code": item.code, "name": item.name, "period": PERIOD_NAMES[left.period], "limit": left.limit}
    if left.unit == "times":
        full = N_("%(code)s %(name)s：%(period)s最多 %(limit)s 次，已经记满。没有记账。")
        return RuleBroken(full, **named).at("occurred_on")
    if left.overall:
        return RuleBroken(
            N_("贡献分%(period)s合计最多 %(limit)s 分，这户还能记 %(left)s 分，这次要记 %(points)s 分。没有记账。"),
            **named,
            left=left.amount,
            points=abs(points),
        ).at("quantity")
    return RuleBroken(
        N_(
            "%(code)s %(name)s：%(period)s最多 %(limit)s 分，这户还能记 %(left)s 分，这次要记 %(points)s 分。没有记账。"
        ),
        **named,
        left=left.amount,
        points=abs(points),
    ).at("quantity")


def quota(item: RuleItem, households: int) -> int | None:
    """How many households of one residency may be given the item in a month; None where there is no quota."""
    return None if item.quota_percent is None else households * item.quota_percent // 100


def check_quota(item: RuleItem, households: int, given: int) -> None:
    """Refuse one household more than the month's quota of its residency (RuleBroken)."""
    most = quota(item, households)
    if most is not None and given >= most:
        raise RuleBroken(
            N_("%(code)s %(name)s：这一类住户本月最多 %(most)s 户（%(percent)s%%），已经评满。没有记账。"),
            code=item.code,
            name=item.name,
            most=most,
            percent=item.quota_percent,
        )


def check_requirements(
    item: RuleItem,
    *,
    document: str,
    occasion: str | None,
) -> None:
    """Refuse what the item asks for and has not got: its document; the deed, person or case that counts once."""
    if item.requires_document and not document.strip():
        raise RuleBroken(
            N_("%(code)s 要有书面认定才能扣分。请填文书名称或文号；没有就先劝导。没有记账。"), code=item.code
        ).at("document")
    if item.once_per and occasion is None:
        raise RuleBroken(
            N_("%(code)s：%(once)s只记一次，请写明是哪一个。没有记账。"), code=item.code, once=ONCE_NAMES[item.once_per]
        ).at("occasion")
