"""From what was typed or scanned at a counter to the redemption that is to be handed over there."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy.orm import Session

from villagepoints.domain.actor import Actor
from villagepoints.domain.calendar import village_date
from villagepoints.domain.errors import N_, Conflict, NotFound
from villagepoints.domain.redemption import CANCELLED, EXPIRED, FULFILLED, RESERVED
from villagepoints.services import allowed, card, counter, redemption_list
from villagepoints.services.redemption_list import RedemptionRow

DOOR_CARD = re.compile(r"/q/([^/?#]{1,20})/([^/?#]{1,80})", re.IGNORECASE)
OVER = {
    FULFILLED: N_("%(number)s %(name)s 的这笔，%(day)s 已经领走了。东西不要再给。"),
    CANCELLED: N_("%(number)s %(name)s 的这笔，%(day)s 已经取消，积分退回了。东西不要给。"),
    EXPIRED: N_("%(number)s %(name)s 的这笔过了日子没领，%(day)s 积分已经退回。东西不要给，要的话请他重新换。"),
}


@dataclass(frozen=True, slots=True)
class Found:
    """What can be handed over; by a door card, which says whose it is and no more, the pickup code is still asked."""

    rows: Sequence[RedemptionRow]
    by_card: bool


def find(session: Session, actor: Actor, typed: str) -> Found:
    """What a pickup code or a scanned door card stands for.

    Raises NotFound for what is none of the village, Conflict for what is over, NotAllowed for another counter's
    goods and for one's own household.
    """
    if (door := DOOR_CARD.search(typed)) is None:
        redemption_id = redemption_list.by_code(session, actor.village_id, typed)
        return Found([waiting(session, actor, redemption_id)], by_card=False)
    scan = card.resolve(session, door[1], door[2])
    if scan is None:
        raise NotFound(N_("这张码牌不认识，可能已经换了新的。请他说领取码。"))
    if scan.village_id != actor.village_id:
        raise NotFound(N_("这是别的村的码牌，这里发不了。"))
    rows = redemption_list.waiting_of(session, actor.village_id, scan.household_id)
    if not rows:
        raise Conflict(N_("%(number)s 户没有等着领的东西。"), number=scan.household_number)
    for row in rows:
        check(session, actor, row)
    return Found(rows, by_card=True)


def waiting(session: Session, actor: Actor, redemption_id: UUID) -> RedemptionRow:
    """The redemption, if the actor may hand it over; raises as `find`."""
    row = redemption_list.one(session, actor.village_id, redemption_id)
    check(session, actor, row)
    return row


def check(session: Session, actor: Actor, row: RedemptionRow) -> None:
    """Say why a redemption cannot be handed over by the actor: it is over, it lies elsewhere, it is their own."""
    if row.status != RESERVED:
        when = row.fulfilled_at if row.status == FULFILLED else row.closed_at
        day = village_date(when or row.reserved_at).isoformat()
        raise Conflict(OVER[row.status], number=row.number, name=row.head_name, day=day)
    allowed.check_people(session, actor.village_id, row.household_id, [actor.user_id])
    counter.check_here(session, actor, row.id)
