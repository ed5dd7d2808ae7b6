"""民主议定: the six steps by which a village changes its rules, and the numbers that the law asks of its assemblies."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from villagepoints.domain.errors import N_, BadInput, Conflict, RuleBroken

PROPOSE, DISCUSS, DECIDE = "propose", "discuss", "decide"
CARRY_OUT, MANAGE, EVALUATE = "carry_out", "manage", "evaluate"
STEPS = (PROPOSE, DISCUSS, DECIDE, CARRY_OUT, MANAGE, EVALUATE)
BEFORE_FORCE = (PROPOSE, DISCUSS, DECIDE)
STEP_NAMES = {
    PROPOSE: N_("民提"),
    DISCUSS: N_("民议"),
    DECIDE: N_("民决"),
    CARRY_OUT: N_("民办"),
    MANAGE: N_("民管"),
    EVALUATE: N_("民评"),
}
DRAFT, DELIBERATION, ADOPTED, DROPPED = "draft", "deliberation", "adopted", "dropped"

VILLAGERS, HOUSEHOLDS, REPRESENTATIVES = "villagers", "households", "representatives"


@dataclass(frozen=True, slots=True)
class Assembly:
    """A form of assembly: which share of those entitled must be there, and the law's own words for it."""

    name: str
    entitled: str
    law: str
    is_enough: str
    numerator: int
    denominator: int
    more_than: bool  # more than the share (过半数), or the share itself is enough (三分之二以上)

    def has_quorum(self, present: int, entitled: int) -> bool:
        """Whether enough of those entitled are there."""
        there, needed = present * self.denominator, entitled * self.numerator
        return there > needed if self.more_than else there >= needed


ASSEMBLIES: Mapping[str, Assembly] = {
    VILLAGERS: Assembly(
        N_("村民会议（十八周岁以上村民）"),
        N_("本村十八周岁以上村民人数"),
        N_(
            "《村民委员会组织法》第二十二条：召开村民会议，应当有本村十八周岁以上村民的过半数，或者本村三分之二以上的户的"
            "代表参加，村民会议所作决定应当经到会人员的过半数通过。"
        ),
        N_("过半数"),
        1,
        2,
        more_than=True,
    ),
    HOUSEHOLDS: Assembly(
        N_("村民会议（户代表）"),
        N_("本村总户数"),
        N_(
            "《村民委员会组织法》第二十二条：召开村民会议，应当有本村十八周岁以上村民的过半数，或者本村三分之二以上的户的"
            "代表参加，村民会议所作决定应当经到会人员的过半数通过。"
        ),
        N_("三分之二以上"),
        2,
        3,
        more_than=False,
    ),
    REPRESENTATIVES: Assembly(
        N_("村民代表会议"),
        N_("村民代表会议组成人员数"),
        N_(
            "《村民委员会组织法》第二十六条：村民代表会议有三分之二以上的组成人员参加方可召开，所作决定应当经到会人员的"
            "过半数同意。"
        ),
        N_("三分之二以上"),
        2,
        3,
        more_than=False,
    ),
}


@dataclass(frozen=True, slots=True)
class Votes:
    """How an assembly decided: which it was, how many belong to it, came, and voted how."""

    assembly: str
    entitled: int
    present: int
    in_favour: int
    against: int
    abstained: int

    @property
    def has_passed(self) -> bool:
        """More than half of those present are in favour; who abstains is present."""
        return self.in_favour * 2 > self.present


def check_votes(votes: Votes) -> None:
    """Refuse numbers that do not add up (BadInput), and an assembly the law does not count as held (RuleBroken)."""
    assembly = ASSEMBLIES.get(votes.assembly)
    if assembly is None:
        raise BadInput(N_("请选是哪一种会议表决的。没有记。"))
    counted = (votes.in_favour, votes.against, votes.abstained)
    if votes.entitled < 1 or votes.present < 1 or min(counted) < 0:
        raise BadInput(N_("应到、实到要大于 0，同意、反对、弃权不能是负数。没有记。"))
    if votes.present > votes.entitled:
        raise BadInput(
            N_("实到 %(present)s 人，比应到的 %(entitled)s 人还多，请核对。没有记。"),
            present=votes.present,
            entitled=votes.entitled,
        )
    if sum(counted) != votes.present:
        raise BadInput(
            N_("同意、反对、弃权加起来是 %(sum)s，实到是 %(present)s，对不上，请核对。没有记。"),
            sum=sum(counted),
            present=votes.present,
        )
    if not assembly.has_quorum(votes.present, votes.entitled):
        raise RuleBroken(
            N_("应到 %(entitled)s、实到 %(present)s，没有到%(share)s，会议不算数。%(law)s没有记，请到齐了再开。"),
            entitled=votes.entitled,
            present=votes.present,
            share=assembly.is_enough,
            law=assembly.law,
        )


def check_step(step: str, held_on: date, done: Mapping[str, date], status: str, today: date) -> None:
    """Refuse a step out of turn (Conflict, RuleBroken) or on a day that cannot be (BadInput).

    `done` are the days of the steps taken. The first three come before the rules are in force, the others after.
    """
    if step not in STEPS:
        raise BadInput(N_("没有这一步。没有记。"))
    if step in done:
        raise Conflict(N_("「%(step)s」已经记过了，没有再改。"), step=STEP_NAMES[step])
    if status != (DELIBERATION if step in BEFORE_FORCE else ADOPTED):
        raise Conflict(
            N_("「%(step)s」现在还不能记：民提、民议、民决在议定中记，民办、民管、民评在办法定下以后记。没有记。"),
            step=STEP_NAMES[step],
        )
    place = STEPS.index(step)
    before = STEPS[place - 1] if place else None
    if before is not None and before not in done:
        raise RuleBroken(
            N_("要先记「%(before)s」，再记「%(step)s」。没有记。"), before=STEP_NAMES[before], step=STEP_NAMES[step]
        )
    if held_on > today:
        raise BadInput(N_("日期 %(day)s 还没到，没有记。请改成今天或以前。"), day=held_on.isoformat())
    if before is not None and held_on < done[before]:
        raise BadInput(
            N_("「%(step)s」不能早于「%(before)s」的 %(day)s。没有记，请核对日期。"),
            step=STEP_NAMES[step],
            before=STEP_NAMES[before],
            day=done[before].isoformat(),
        )


def check_force(effective_on: date, newest_from: date, today: date) -> None:
    """Refuse a first day of new rules that is not the first of a coming month (BadInput) or not after the newest's."""
    if effective_on.day != 1 or effective_on <= today:
        raise BadInput(N_("新办法要从以后某个月的 1 号开始，已经开始的月份不能换办法。没有生效，请改日期。"))
    if effective_on <= newest_from:
        raise BadInput(
            N_("已经有一版办法从 %(day)s 开始，新的一版要更晚。没有生效，请改日期。"), day=newest_from.isoformat()
        )
