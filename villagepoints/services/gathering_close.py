"""Close an activity: one claim for each attendance the rules allow, and for the others the reason why not."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import and_, select
from sqlalchemy.orm import Session

from villagepoints.domain import caps
from villagepoints.domain import gathering as rules
from villagepoints.domain.actor import Actor
from villagepoints.domain.calendar import village_date
from villagepoints.domain.claim import WAITING
from villagepoints.domain.errors import N_, DomainError
from villagepoints.domain.names import mask
from villagepoints.domain.rulebook import RuleBook, points_of
from villagepoints.models import Attendance, Claim, Gathering
from villagepoints.services import allowed, claim, once, rulebook
from villagepoints.services.allowed import Counted, Item
from villagepoints.services.gathering import locked
from villagepoints.services.transaction import transaction

WHOLE = "%(title)s（%(person)s）"  # notes go into the claim as they are
CUT = N_("%(title)s（%(person)s），到场 %(there)s 小时，按上限记 %(counted)s 小时")


@dataclass(frozen=True, slots=True)
class Closed:
    """How many claims were made, and how many attendances got none this time."""

    made: int
    refused: int


@transaction
def close(session: Session, actor: Actor, *, key: str, gathering_id: UUID, now: datetime) -> Closed:
    """Ask for the points of everybody who was there and has no claim yet; what the rules refuse keeps its reason.

    May be repeated, by another member of staff too: whoever has a claim is left as they are. Raises RuleBroken before
    the end, Conflict for an activity that was called off, NotFound.
    """
    request = {"close": str(gathering_id), "by": actor.user_id}
    if (earlier := once.claim(session, actor.village_id, key, request, now)) is not None:
        return Closed(**earlier)
    gathering = locked(session, actor.village_id, gathering_id)
    rules.check_ended(gathering, now)
    waiting = _waiting(session, gathering)
    made = refused = 0
    for row in _open(session, gathering):
        try:
            asked = _claim(session, actor, gathering, row, waiting[row.household_id], now)
        except DomainError as error:  # raised before anything of this attendance was written
            row.refusal = _kept(error)
            refused += 1
        else:
            row.claim_id, row.refusal = asked.id, None
            waiting[row.household_id].append(Counted(asked.item_code, asked.points, asked.occurred_on, None, None))
            made += 1
    if gathering.status == rules.PLANNED:
        gathering.status, gathering.closed_by, gathering.closed_at = rules.CLOSED, actor.user_id, now
    session.flush()
    once.answer(session, actor.village_id, key, {"made": made, "refused": refused})
    return Closed(made, refused)


def _open(session: Session, gathering: Gathering) -> Sequence[Attendance]:
    return session.scalars(
        select(Attendance)
        .where(
            Attendance.village_id == gathering.village_id,
            Attendance.gathering_id == gathering.id,
            Attendance.claim_id.is_(None),
        )
        .order_by(Attendance.checked_in_at, Attendance.id)
    ).all()


def _waiting(session: Session, gathering: Gathering) -> defaultdict[UUID, list[Counted]]:
    """What of this activity waits for review, by household: the caps do not know of it yet, and several people of one
    household may not be promised more than the caps leave it."""
    of_claim = and_(Claim.village_id == Attendance.village_id, Claim.id == Attendance.claim_id)
    rows = session.execute(
        select(Claim.household_id, Claim.item_code, Claim.points, Claim.occurred_on)
        .join(Attendance, of_claim)
        .where(
            Attendance.village_id == gathering.village_id,
            Attendance.gathering_id == gathering.id,
            Claim.status == WAITING,
        )
    )
    found: defaultdict[UUID, list[Counted]] = defaultdict(list)
    for household_id, code, points, on in rows:
        found[household_id].append(Counted(code, points, on, None, None))
    return found


def _claim(
    session: Session, actor: Actor, gathering: Gathering, row: Attendance, waiting: Sequence[Counted], now: datetime
) -> Claim:
    on = village_date(gathering.starts_at)
    book = rulebook.in_force(session, actor.village_id, on)
    there = rules.quantity(book.item(gathering.item_code), gathering, row.checked_in_at, row.checked_out_at)
    counted = _fitting(session, book, gathering, row, waiting, there, on)
    named = {"title": gathering.title, "person": mask(row.person), "there": there, "counted": counted}
    note = (CUT if counted < there else WHOLE) % named
    wanted = Item(code=gathering.item_code, occurred_on=on, quantity=counted, note=note)
    return claim.propose_in(session, actor, row.household_id, wanted, now)


def _fitting(
    session: Session,
    book: RuleBook,
    gathering: Gathering,
    row: Attendance,
    waiting: Sequence[Counted],
    there: int,
    on: date,
) -> int:
    """As many units as the caps leave the household; raises what they say where they leave none."""
    item = book.item(gathering.item_code)
    before = [*allowed.past(session, gathering.village_id, row.household_id, item, on), *waiting]
    counted = rules.within_caps(item, there, caps.remaining(book, item, on, before))
    for broken in caps.breaches(book, item, points_of(item, None, counted), on, None, before):
        raise broken
    return counted


def _kept(error: DomainError) -> dict[str, Any]:
    """A refusal as JSON holds it, to be said again in the language of whoever reads it."""
    values = {name: value if isinstance(value, int) else str(value) for name, value in error.values.items()}
    return {"sentence": error.sentence, "values": values}
