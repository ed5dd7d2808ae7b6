"""What was changed about a household, by whom, from what to what: read from the activity trail."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Select, and_, func, literal, select
from sqlalchemy.orm import Session

from villagepoints.models import Activity, Household, Neighbourhood, Relative, Relocation, User
from villagepoints.services.paging import Page, Wanted

ACTIONS = (
    *("household.registered", "household.changed", "household.left", "household.returned"),
    *("household.split", "household.people_moved", "household.merged"),
    *("resident.added", "resident.changed", "resident.left", "resident.returned", "resident.head"),
    *("succession.proposed", "succession.confirmed", "succession.refused"),
    *("roster.changed", "card.issued", "card.lost", "relocation.assigned"),
)


@dataclass(frozen=True, slots=True)
class Change:
    """One act: when, who, what, and the values before and after."""

    seq: int
    at: datetime
    who: str
    action: str
    detail: dict[str, Any]

    @property
    def fields(self) -> list[tuple[str, Any, Any]]:
        """Each field that changed: its name, what it was, what it is."""
        before, after = self.detail.get("before") or {}, self.detail.get("after") or {}
        if not isinstance(before, dict) or not isinstance(after, dict):
            return []  # of an act that names no fields
        return [(name, before.get(name), after.get(name)) for name in dict.fromkeys((*before, *after))]


def of_household(session: Session, village_id: UUID, household_id: UUID, wanted: Wanted) -> Page[Change]:
    """One page of the changes of a household, the latest first; two statements."""
    query = _changes(village_id, household_id)
    total = session.scalars(select(func.count()).select_from(query.order_by(None).subquery())).one()
    rows = session.execute(query.limit(wanted.size).offset(wanted.offset))
    return Page([Change(*row) for row in rows], wanted.number, wanted.size, total)


def latest(session: Session, village_id: UUID, household_id: UUID, most: int) -> list[Change]:
    """The last changes of a household; one statement."""
    return [Change(*row) for row in session.execute(_changes(village_id, household_id).limit(most))]


def _changes(village_id: UUID, household_id: UUID) -> Select[*tuple[Any, ...]]:
    return (
        select(Activity.seq, Activity.recorded_at, func.coalesce(User.name, ""), Activity.action, Activity.detail)
        .outerjoin(User, and_(User.village_id == Activity.village_id, User.id == Activity.actor_id))
        .where(Activity.village_id == village_id, Activity.subject == household_id, Activity.action.in_(ACTIONS))
        .order_by(Activity.seq.desc())
    )


@dataclass(frozen=True, slots=True)
class KeepsOut:
    """A member of staff who handles nothing of a household: it is their own, or a declared relative's."""

    name: str
    relation: str  # empty: their own


def keep_out(session: Session, village_id: UUID, household_id: UUID) -> list[KeepsOut]:
    """Who of the staff keeps out of a household's points; one statement."""
    own = select(User.name, literal("")).where(User.village_id == village_id, User.household_id == household_id)
    related = (
        select(User.name, Relative.relation)
        .join(Relative, and_(Relative.village_id == User.village_id, Relative.user_id == User.id))
        .where(Relative.village_id == village_id, Relative.household_id == household_id)
    )
    return sorted((KeepsOut(*row) for row in session.execute(own.union_all(related))), key=lambda one: one.name)


def committee(session: Session, village_id: UUID, household_id: UUID) -> str:
    """The neighbourhood committee of the blocks a household moved to; empty for most. One statement."""
    of_it = and_(Neighbourhood.village_id == Relocation.village_id, Neighbourhood.id == Relocation.neighbourhood_id)
    mine = (Relocation.village_id == village_id, Relocation.household_id == household_id)
    return session.scalar(select(Neighbourhood.name).join(Relocation, of_it).where(*mine)) or ""


def groups(session: Session, village_id: UUID) -> list[tuple[int, int]]:
    """Every group number with how many households live in it; one statement."""
    here = (Household.village_id == village_id, Household.left_on.is_(None), Household.group_no.is_not(None))
    counted = select(Household.group_no, func.count()).where(*here).group_by(Household.group_no)
    return [
        (number, count) for number, count in session.execute(counted.order_by(Household.group_no)) if number is not None
    ]
