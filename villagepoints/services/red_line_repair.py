"""The way back from a red line: steps that one records and another confirms, and the pause they leave."""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from villagepoints.domain import red_line as rules
from villagepoints.domain.actor import Actor
from villagepoints.domain.calendar import village_date
from villagepoints.domain.errors import N_, NotFound
from villagepoints.models import RedLineCase, Repair
from villagepoints.services import allowed, once, red_line
from villagepoints.services import household as households
from villagepoints.services.transaction import transaction


@dataclass(frozen=True, slots=True)
class Way:
    """A step of the way back as somebody records it."""

    kind: str
    done_on: date
    hours: int = 0
    note: str = ""


@dataclass(frozen=True, slots=True)
class Step:
    """A confirmed step as the domain counts it."""

    kind: str
    hours: int
    counts_on: date


@transaction
def add_step(session: Session, actor: Actor, *, key: str, case_id: UUID, way: Way, now: datetime) -> UUID:
    """Record a step of a household's way back; it counts once another person confirmed it. Its id.

    Raises Conflict where the case does not stand, BadInput for a day before it was found or not come yet or for
    hours that cannot be, NotAllowed for one's own household, NotFound.
    """
    request = {"repair": str(case_id), "by": actor.user_id, "way": [way.kind, way.done_on, way.hours, way.note]}
    if (earlier := once.claim(session, actor.village_id, key, request, now)) is not None:
        return UUID(earlier["id"])
    row = red_line.locked(session, actor.village_id, case_id)
    rules.check_stands(row.status)
    allowed.check_people(session, actor.village_id, row.household_id, [actor.user_id])
    hours = way.hours if way.kind == rules.SERVICE else 0
    rules.check_hours(way.kind, hours)
    rules.check_done_on(way.done_on, row.found_on, village_date(now))
    step = Repair(
        village_id=row.village_id,
        case_id=row.id,
        kind=way.kind,
        done_on=way.done_on,
        hours=hours,
        note=way.note.strip(),
        recorded_by=actor.user_id,
        recorded_at=now,
    )
    session.add(step)
    session.flush()
    households.touch(session, row.village_id, row.household_id)
    once.answer(session, actor.village_id, key, {"id": str(step.id)})
    return step.id


@transaction
def settle_step(
    session: Session, actor: Actor, *, key: str, case_id: UUID, step_id: UUID, counts: bool, now: datetime
) -> date:
    """Confirm a step, which may shorten the pause, or take it out; the first day the household may redeem again.

    Raises Conflict where it is settled or the case does not stand, NotAllowed for whoever recorded it or is
    concerned, NotFound.
    """
    request = {"settle_repair": str(step_id), "by": actor.user_id, "counts": counts}
    if (earlier := once.claim(session, actor.village_id, key, request, now)) is not None:
        return date.fromisoformat(earlier["until"])
    row = red_line.locked(session, actor.village_id, case_id)
    step = session.get(Repair, (actor.village_id, step_id), populate_existing=True)
    if step is None or step.case_id != row.id:
        raise NotFound(N_("没有这一步，可能已经被取消了。"))
    rules.check_stands(row.status)
    rules.check_step(actor.user_id, step.recorded_by, step.confirmed_at)
    allowed.check_people(session, actor.village_id, row.household_id, [actor.user_id, step.recorded_by])
    if counts:
        step.confirmed_by, step.confirmed_at = actor.user_id, now
        session.flush()
        row.paused_until = pause_of(session, row)
        red_line.write_pause(session, row)
    else:
        session.delete(step)
        session.flush()
    red_line.tell(session, actor, row, "red_line.step_confirmed" if counts else "red_line.step_dropped", now)
    until = row.paused_until or village_date(now)
    once.answer(session, actor.village_id, key, {"until": until.isoformat()})
    return until


def pause_of(session: Session, row: RedLineCase) -> date:
    """The first day after a confirmed case's pause, counted anew from its confirmed steps; one statement."""
    book = red_line.rulebook_of(session, row)
    found = session.execute(
        select(Repair.kind, Repair.hours, Repair.confirmed_at).where(
            Repair.village_id == row.village_id, Repair.case_id == row.id, Repair.confirmed_at.is_not(None)
        )
    )
    steps = [Step(kind, hours, village_date(at)) for kind, hours, at in found if at is not None]
    return rules.paused_until(book, book.red_line(row.code), row.paused_from or row.found_on, steps)
