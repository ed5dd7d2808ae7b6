"""What keeps people out of the supervision group: their own work, and whom they live with or are related to."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy import and_, or_, select
from sqlalchemy.orm import Session

from villagepoints.domain.errors import NotAllowed
from villagepoints.domain.supervision import HANDS, Standing, bar
from villagepoints.domain.user import effective
from villagepoints.models import CommitteeMember, CommitteeRelative, Household, Relative, Supervisor, User


@dataclass(frozen=True, slots=True)
class Around:
    """The village's staff, committee and declared relatives, read once to be asked about many households."""

    roles: dict[UUID, frozenset[str]]  # of every account that is open
    staff: tuple[tuple[UUID, str, UUID | None], ...]  # who works with points or accounts: id, name, own household
    committee: tuple[tuple[str, UUID | None, UUID | None], ...]  # name, own household, a relative's
    related: tuple[tuple[UUID, UUID], ...]  # account, household of its relatives
    left: frozenset[UUID]  # households of members that have left the village

    def standing(
        self, household_id: UUID, user_id: UUID | None = None, *, age: int | None = None, has_left: bool = False
    ) -> Standing:
        """What speaks against somebody of a household, who has an account or has not."""
        near = {theirs for person, theirs in self.related if person == user_id}  # what they declared themselves
        declared = {person for person, theirs in self.related if theirs == household_id}
        others = [row for row in self.staff if row[0] != user_id]
        return Standing(
            roles=self.roles.get(user_id, frozenset()) if user_id else frozenset(),
            age=age,
            has_left=has_left,
            committee_home=_first(name for name, home, _ in self.committee if home == household_id),
            committee_relative=_first(
                name for name, home, theirs in self.committee if theirs == household_id or home in near
            ),
            staff_home=_first(name for _, name, home in others if home == household_id),
            staff_relative=_first(name for id_, name, home in others if id_ in declared or home in near),
        )

    def bar_of(self, member: Supervisor) -> NotAllowed | None:
        """What keeps a member from acting today; None where nothing does."""
        return bar(self.standing(member.household_id, member.user_id, has_left=member.household_id in self.left))


def around(session: Session, village_id: UUID, today: date) -> Around:
    """Who is close to whom in a village on a village date; four statements."""
    users = session.execute(
        select(User.id, User.name, User.roles, User.household_id).where(User.village_id == village_id, User.is_active)
    ).all()
    sits = or_(CommitteeMember.until_on.is_(None), CommitteeMember.until_on >= today)
    of_member = and_(
        CommitteeRelative.village_id == CommitteeMember.village_id, CommitteeRelative.member_id == CommitteeMember.id
    )
    committee = session.execute(
        select(CommitteeMember.name, CommitteeMember.household_id, CommitteeRelative.household_id)
        .outerjoin(CommitteeRelative, of_member)
        .where(CommitteeMember.village_id == village_id, CommitteeMember.since_on <= today, sits)
    )
    related = session.execute(select(Relative.user_id, Relative.household_id).where(Relative.village_id == village_id))
    left = session.scalars(
        select(Household.id)
        .join(Supervisor, and_(Supervisor.village_id == Household.village_id, Supervisor.household_id == Household.id))
        .where(Household.village_id == village_id, Household.left_on <= today)
    )
    return Around(
        {row.id: frozenset(row.roles) for row in users},
        tuple((row.id, row.name, row.household_id) for row in users if effective(row.roles) & HANDS),
        tuple((name, home, theirs) for name, home, theirs in committee),
        tuple((user_id, theirs) for user_id, theirs in related),
        frozenset(left),
    )


def _first(names: Iterable[str]) -> str:
    return next(iter(names), "")
