"""Who may supervise the points, and what a member of the group does not look at themselves.

村民委员会组织法 (Organic Law of the Villagers' Committees) 32: the group is chosen among the villagers; members of
the village committee and their close relatives are not in it.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID

from villagepoints.domain.actor import ADMIN, SUPERVISOR
from villagepoints.domain.errors import N_, BadInput, NotAllowed
from villagepoints.domain.user import POINTS

LEAST, MOST = 3, 7  # members
TERM_YEARS = 5  # as long as the village committee's, article 11
SAID_BEFORE = timedelta(days=30)  # the end of a term
ADULT = 18  # years
HANDS = POINTS | {ADMIN}  # who works with points or with the accounts of those who do


@dataclass(frozen=True, slots=True)
class Ties:
    """Whom a member of the group stands close to: what is theirs, others of the group look at."""

    user_id: UUID
    own: UUID
    related: frozenset[UUID]

    def against(
        self, household_id: UUID | None, recorded_by: UUID | None = None, approved_by: UUID | None = None
    ) -> str | None:
        """Why the member leaves something to another member; None where they may look at it."""
        if household_id == self.own:
            return N_("这是你自己家的，请小组里别的人来看。")
        if household_id is not None and household_id in self.related:
            return N_("这是你亲属家的，请小组里别的人来看。")
        if self.user_id in (recorded_by, approved_by):
            return N_("这一条是你自己记的或者审的，请小组里别的人来看。")
        return None

    def check(
        self, household_id: UUID | None, recorded_by: UUID | None = None, approved_by: UUID | None = None
    ) -> None:
        """Refuse what the member does not look at themselves: NotAllowed with the reason."""
        if reason := self.against(household_id, recorded_by, approved_by):
            raise NotAllowed(reason)


@dataclass(frozen=True, slots=True)
class Standing:
    """What may keep somebody out of the group; the names are of whom it is about, empty where there is nobody."""

    roles: frozenset[str] = frozenset()  # of their own account
    age: int | None = None  # None: not known
    has_left: bool = False
    committee_home: str = ""
    committee_relative: str = ""
    staff_home: str = ""
    staff_relative: str = ""


def bar(standing: Standing) -> NotAllowed | None:
    """Why somebody is not, or no longer, in the group; None where nothing speaks against it."""
    if standing.has_left:
        return NotAllowed(N_("这一户已经不在村里了，不能在监督小组里。"))
    if standing.age is not None and standing.age < ADULT:
        return NotAllowed(N_("监督小组的人要满 %(age)s 岁。"), age=ADULT)
    if not standing.roles <= {SUPERVISOR}:
        return NotAllowed(N_("本人的账号还有别的角色：记分、审核、发商品、管账号的，不能在监督小组里。"))
    return _close_to_others(standing)


def _close_to_others(standing: Standing) -> NotAllowed | None:
    found = (
        (
            standing.committee_home,
            N_("这一户住着村“两委”的%(name)s：成员本人和近亲属不在监督小组里（村民委员会组织法第三十二条）。"),
        ),
        (
            standing.committee_relative,
            N_("这一户是村“两委”%(name)s的近亲属：近亲属不在监督小组里（村民委员会组织法第三十二条）。"),
        ),
        (standing.staff_home, N_("这一户住着管积分或管账号的%(name)s：一家人不能自己查自己。")),
        (standing.staff_relative, N_("这一户和管积分或管账号的%(name)s报过是亲属：要请别人来监督。")),
    )
    return next((NotAllowed(sentence, name=name) for name, sentence in found if name), None)


def check_term(from_on: date, until_on: date, today: date) -> None:
    """Refuse a term that is over, runs backwards or longer than the committee's: BadInput."""
    if until_on < from_on:
        raise BadInput(N_("任期的最后一天要在第一天后面。没有记。")).at("until_on")
    if until_on < today:
        raise BadInput(N_("任期的最后一天已经过了。没有记。")).at("until_on")
    if until_on >= _years_later(from_on, TERM_YEARS):
        raise BadInput(N_("任期最长 %(years)s 年，和村委会一样。请把最后一天改早一些。没有记。"), years=TERM_YEARS).at(
            "until_on"
        )


def _years_later(day: date, years: int) -> date:
    if (day.month, day.day) == (2, 29):
        day = day.replace(day=28)
    return day.replace(year=day.year + years)


def second_of(homes: Collection[UUID], household_id: UUID) -> NotAllowed | None:
    """What keeps out a second member of a household, `homes` being those of who is in; None where it is the first."""
    if household_id not in homes:
        return None
    return NotAllowed(N_("这一户已经有人在监督小组里。一户出一个人，签字的才是不同的人家。"))


def check_room(homes: Collection[UUID], household_id: UUID) -> None:
    """Refuse an eighth member, and a second one of a household: NotAllowed."""
    if second := second_of(homes, household_id):
        raise second
    if len(homes) >= MOST:
        raise NotAllowed(N_("监督小组最多 %(most)s 个人，现在已经满了。请先让一位离任。没有记。"), most=MOST)
