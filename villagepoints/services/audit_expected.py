"""What the books said of what an audit drew, kept with the sample so that later edits show."""

from collections.abc import Collection, Sequence
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import and_, func, select
from sqlalchemy.orm import Session

from villagepoints.domain.calendar import Month
from villagepoints.domain.redemption import RESERVED
from villagepoints.models import LedgerEntry, Redemption, RedemptionLine, Reward
from villagepoints.services import month_base, rulebook
from villagepoints.services.statement import at


class Thing(NamedTuple):
    """What was drawn: a household, an entry of it, or goods."""

    household_id: UUID | None = None
    entry_seq: int | None = None
    reward_id: UUID | None = None


def of_items(
    session: Session, village_id: UUID, month: Month, things: Collection[Thing]
) -> dict[Thing, dict[str, Any]]:
    """What the books say of each now; seven statements."""
    homes = [one.household_id for one in things if one.household_id and one.entry_seq is None]
    entries = [(one.household_id, one.entry_seq) for one in things if one.household_id and one.entry_seq]
    goods = [one.reward_id for one in things if one.reward_id]
    return {
        **{Thing(id_): said for id_, said in _households(session, village_id, month, homes).items()},
        **{Thing(*at): said for at, said in _entries(session, village_id, entries).items()},
        **{Thing(reward_id=id_): said for id_, said in _goods(session, village_id, goods).items()},
    }


def _households(
    session: Session, village_id: UUID, month: Month, households: Sequence[UUID]
) -> dict[UUID, dict[str, Any]]:
    """The month's base of households by item: as posted, or as it would be by what was found until now.

    `{"base": {"A1": 25, …}, "posted": true}`
    """
    book = rulebook.in_force(session, village_id, month.last)
    posted: dict[UUID, dict[str, int]] = {}
    rows = session.execute(
        month_base.standing(village_id, month, book).where(LedgerEntry.household_id.in_(list(households)))
    )
    for household_id, code, points in rows:
        posted.setdefault(household_id, {})[code] = points
    earned = month_base.earned(session, village_id, month, book, [id_ for id_ in households if id_ not in posted])
    return {id_: {"base": posted[id_] if id_ in posted else earned[id_], "posted": id_ in posted} for id_ in households}


def _entries(
    session: Session, village_id: UUID, entries: Sequence[tuple[UUID, int]]
) -> dict[tuple[UUID, int], dict[str, Any]]:
    """What entries said: kind, item, points, day, and the hash that no edit leaves as it is."""
    wanted = set(entries)
    rows = session.scalars(
        select(LedgerEntry).where(
            LedgerEntry.village_id == village_id,
            at(LedgerEntry.household_id, LedgerEntry.seq, wanted),
        )
    )
    return {
        (row.household_id, row.seq): {
            "kind": row.kind,
            "item": row.item_code,
            "points": row.points,
            "occurred_on": row.occurred_on.isoformat(),
            "hash": row.hash.hex(),
        }
        for row in rows
        if (row.household_id, row.seq) in wanted
    }


def _goods(session: Session, village_id: UUID, goods: Sequence[UUID]) -> dict[UUID, dict[str, Any]]:
    """What should lie on the shelf: `stock` to be redeemed and `waiting`, which is redeemed and not yet collected."""
    of_line = and_(Redemption.village_id == RedemptionLine.village_id, Redemption.id == RedemptionLine.redemption_id)
    waiting = session.execute(
        select(RedemptionLine.reward_id, func.sum(RedemptionLine.quantity))
        .join(Redemption, of_line)
        .where(
            Redemption.village_id == village_id,
            Redemption.status == RESERVED,
            Redemption.batch_id.is_(None),
            RedemptionLine.reward_id.in_(goods),
        )
        .group_by(RedemptionLine.reward_id)
    )
    held = {id_: int(pieces) for id_, pieces in waiting}
    stock = session.execute(
        select(Reward.id, Reward.stock).where(Reward.village_id == village_id, Reward.id.in_(goods))
    )
    return {id_: {"stock": pieces, "waiting": held.get(id_, 0)} for id_, pieces in stock}
