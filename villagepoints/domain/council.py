"""评议: the law of a round in which reviewers decide on claims together."""

from collections.abc import Collection
from datetime import date
from uuid import UUID

from villagepoints.domain.actor import CLERK, REVIEWER, SUPERVISOR
from villagepoints.domain.errors import N_, BadInput, Conflict, NotAllowed, RuleBroken

OPEN, CLOSED = "open", "closed"
LEAST = 3  # reviewers who decide on a claim, after those concerned have stepped aside


def may_sit(roles: Collection[str]) -> bool:
    """Whether somebody with these roles may decide in a council; who audits the books does not make them."""
    return (CLERK in roles or REVIEWER in roles) and SUPERVISOR not in roles


def check_held(held_on: date, today: date) -> None:
    """Refuse a village date that has not come (BadInput): minutes are of what was."""
    if held_on > today:
        raise BadInput(N_("评议日期 %(day)s 还没到，没有开。请填今天或以前。"), day=held_on.isoformat()).at("held_on")


def check_members(members: Collection[UUID]) -> None:
    """Refuse a round of fewer than three reviewers (RuleBroken)."""
    if len(set(members)) < LEAST:
        raise RuleBroken(
            N_("评议要 %(least)s 个以上审核人到场，只选了 %(count)s 个。没有记。"), least=LEAST, count=len(set(members))
        ).at("members")


def check_open(status: str) -> None:
    """Refuse to change a round that is over (Conflict)."""
    if status != OPEN:
        raise Conflict(N_("这次评议已经结束，到场的人、结论和记录都不能再改。没有动。"))


def check_minutes(minutes: str) -> None:
    """Refuse to close a round without its minutes (BadInput)."""
    if not minutes.strip():
        raise BadInput(N_("请写评议记录：大家说了什么、怎么定的。没有结束，勾选的都还在。")).at("minutes")


def deciding(members: Collection[UUID], recorded_by: UUID | None, concerned: Collection[UUID]) -> list[UUID]:
    """Who decides on a claim: those present but whoever recorded it, lives there or is related."""
    return [member for member in members if member != recorded_by and member not in concerned]


def check_closer(closer: UUID | None, deciders: Collection[UUID]) -> None:
    """Refuse to apply a decision that is entered by somebody who steps aside from it (NotAllowed): who recorded a
    claim could else pass it alone, in the names of others."""
    if closer not in deciders:
        raise NotAllowed(N_("结束评议的人要回避这一条，没有定，还在待审核。请换一个到场的人来结束。"))


def is_quorate(deciders: Collection[UUID]) -> bool:
    """Whether enough are left to decide."""
    return len(deciders) >= LEAST
