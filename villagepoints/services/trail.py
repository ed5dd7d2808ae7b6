"""谁改了什么: the activity trail as people read it, by person, kind and day."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy.orm import Session

from villagepoints.models import Activity, Household, Reward, User
from villagepoints.services.paging import Page, Wanted, pieces

LINK_MADE = "user.link_made"
TOLD = (LINK_MADE, "user.roles_changed", "user.factor_reset", "user.opened")  # done to an account: its person is told
TOLD_FOR = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Filter:
    """Whose acts, of which kind (the part before the dot), from when until before when; None: all."""

    actor_id: UUID | None = None
    kind: str = ""
    begins_at: datetime | None = None
    ends_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Act:
    """One act; `names` says what the ids in it are called."""

    seq: int
    at: datetime
    who: str  # empty: a command or a household's own phone
    action: str
    subject: UUID | None
    is_household: bool
    detail: Mapping[str, Any]
    names: Mapping[str, str]

    @property
    def about(self) -> str:
        """Whom or what it is about, by name."""
        return self.names.get(str(self.subject), "")


def acts(session: Session, village_id: UUID, which: Filter, wanted: Wanted) -> Page[Act]:
    """A page of the trail, the newest first (`at`: the oldest first); five statements."""
    conditions = [Activity.village_id == village_id, *_conditions(which)]
    total = session.scalar(select(func.count()).select_from(Activity).where(*conditions)) or 0
    order = Activity.seq if wanted.sort == "at" else Activity.seq.desc()
    rows = session.scalars(
        select(Activity).where(*conditions).order_by(order).offset(wanted.offset).limit(wanted.size)
    ).all()
    return Page(_read(session, village_id, rows), wanted.number, wanted.size, total, wanted.sort)


def done_to(session: Session, village_id: UUID, user_id: UUID, since: datetime) -> Sequence[Act]:
    """What others did to somebody's account since then, the newest first; at most twenty."""
    rows = session.scalars(
        select(Activity)
        .where(
            Activity.village_id == village_id,
            Activity.subject == user_id,
            Activity.action.in_(TOLD),
            or_(Activity.actor_id.is_(None), Activity.actor_id != user_id),
            Activity.recorded_at >= since,
        )
        .order_by(Activity.seq.desc())
        .limit(20)
    ).all()
    return _read(session, village_id, rows)


def _conditions(which: Filter) -> Iterator[ColumnElement[bool]]:
    if which.actor_id is not None:
        yield Activity.actor_id == which.actor_id
    if which.kind:
        yield Activity.action.startswith(f"{which.kind}.", autoescape=True)
    if which.begins_at is not None:
        yield Activity.recorded_at >= which.begins_at
    if which.ends_at is not None:
        yield Activity.recorded_at < which.ends_at


def _read(session: Session, village_id: UUID, rows: Sequence[Activity]) -> list[Act]:
    ids = {id_ for row in rows for id_ in (row.subject, row.actor_id, *_ids_in(row.detail)) if id_ is not None}
    users = _names(session, village_id, User, ids)
    households = _names(session, village_id, Household, ids - users.keys())
    rewards = _names(session, village_id, Reward, ids - users.keys() - households.keys())
    names = {str(id_): name for id_, name in {**rewards, **households, **users}.items()}
    return [
        Act(
            row.seq,
            row.recorded_at,
            names.get(str(row.actor_id), ""),
            row.action,
            row.subject,
            row.subject in households,
            row.detail,
            names,
        )
        for row in rows
    ]


def _names(session: Session, village_id: UUID, model: type[Any], ids: set[UUID]) -> dict[UUID, str]:
    said = model.number + " " + model.head_name if model is Household else model.name
    return {
        id_: name
        for piece in pieces(sorted(ids))
        for id_, name in session.execute(
            select(model.id, said).where(and_(model.village_id == village_id, model.id.in_(piece)))
        )
    }


def _ids_in(value: object) -> Iterator[UUID]:
    """The ids that stand anywhere in a detail."""
    if isinstance(value, Mapping):
        value = list(value.values())
    if isinstance(value, list):
        for each in value:
            yield from _ids_in(each)
    elif isinstance(value, str) and len(value) == 36:
        try:
            yield UUID(value)
        except ValueError:
            return
