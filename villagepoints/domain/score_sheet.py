"""评分表: what a cell may hold, and what another number in it means for the findings behind it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Generic, Protocol, TypeVar
from uuid import UUID

from villagepoints.domain.errors import N_, BadInput, RuleBroken
from villagepoints.domain.finding import COUNTED, PERSUADED
from villagepoints.domain.rulebook import RuleItem, base_points


class Lowering(Protocol):
    """A finding of the month as a cell looks at it."""

    @property
    def status(self) -> str: ...
    @property
    def count(self) -> int: ...
    @property
    def found_on(self) -> date: ...
    @property
    def from_sheet(self) -> bool: ...


T = TypeVar("T")
F = TypeVar("F", bound=Lowering)


@dataclass(frozen=True, slots=True)
class Change(Generic[T]):
    """What a typed number asks for: findings of the sheet to withdraw, and how many more were found."""

    withdraw: tuple[T, ...] = ()
    found: int = 0


@dataclass(frozen=True, slots=True)
class Typed:
    """A row as it came back: what its cells held when the page was shown, and what was typed, by code."""

    household_id: UUID
    was: str
    cells: Mapping[str, str]


def number_of(findings: Iterable[Lowering]) -> int:
    """How many were found that lower the item, or will if they are not put right."""
    return sum(one.count for one in findings if one.status in (COUNTED, PERSUADED))


def points_in_cell(item: RuleItem, findings: Iterable[Lowering]) -> int:
    """The points the item earns in the month if nothing is put right."""
    return base_points(item, number_of(findings))


def read_points(item: RuleItem, typed: str) -> int:
    """The points that were typed into a cell of the item; BadInput where it cannot hold them."""
    if not typed:
        raise BadInput(N_("%(code)s 空着。没有少分请填 %(most)s。"), code=item.code, most=item.points)
    readable = typed.isascii() and typed.isdigit() and len(typed) <= 4
    points = int(typed) if readable else -1
    if not 0 <= points <= item.points:
        raise BadInput(
            N_("%(code)s 要填 0 到 %(most)s 的整数，填的是「%(typed)s」。"),
            code=item.code,
            most=item.points,
            typed=typed[:8],
        )
    if points and (item.points - points) % item.step:
        near = item.points - (item.points - points) // item.step * item.step
        raise BadInput(
            N_("%(code)s 每处少 %(step)s 分，没有 %(typed)s 分这一档，请填 %(more)s 或 %(less)s。"),
            code=item.code,
            step=item.step,
            typed=points,
            more=near,
            less=max(0, near - item.step),
        )
    return points


def change(item: RuleItem, findings: Sequence[F], points: int) -> Change[F]:
    """What makes the cell hold `points`: more findings, or fewer of the sheet's own, the latest withdrawn first.

    Raises RuleBroken where what was found in the lane stands against a higher number.
    """
    standing = number_of(findings)
    if points == base_points(item, standing):
        return Change()
    needed = -(-(item.points - points) // item.step)
    own = [one for one in findings if one.from_sheet and one.status in (COUNTED, PERSUADED)]
    own.sort(key=lambda one: (one.found_on, one.status == COUNTED), reverse=True)  # a repeat before what it repeats
    gone = []
    while standing > needed and own:
        gone.append(own.pop(0))
        standing -= gone[-1].count
    if standing > needed:
        raise RuleBroken(
            N_("%(code)s 有走访时查到的 %(count)s 处，在表上改不高。查错了请到「检查发现」里撤销那一条。"),
            code=item.code,
            count=standing,
        )
    return Change(tuple(gone), needed - standing)
