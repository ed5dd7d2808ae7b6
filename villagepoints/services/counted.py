"""Figures that a large village's books need a second to give, kept until the books have moved on for an hour."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Generic, TypeVar
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from villagepoints.models import Household

Figures = TypeVar("Figures")
HOUR = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Counted(Generic[Figures]):
    """Figures, and the instant at which the books said so."""

    figures: Figures
    counted_at: datetime


# one village, one question, one answer: the entries the books held and what else was asked, and what came of it
_KEPT: dict[tuple[UUID, str], tuple[int, Any, Counted[Any]]] = {}


def counted(
    session: Session, village_id: UUID, name: str, asked: object, now: datetime, count: Callable[[], Figures]
) -> Counted[Figures]:
    """The figures of that name as they were counted for the same `asked`, counted again where an entry was added since
    and an hour is over: what a budget or a talk about rules stands on does not hang on the last entry."""
    entries = session.scalars(
        select(func.coalesce(func.sum(Household.last_seq), 0)).where(Household.village_id == village_id)
    ).one()
    kept = _KEPT.get((village_id, name))
    if kept is not None and kept[1] == asked:
        age = now - kept[2].counted_at
        if kept[0] == entries or timedelta() <= age < HOUR:
            return kept[2]
    made = Counted(count(), now)
    _KEPT[village_id, name] = (entries, asked, made)
    return made
